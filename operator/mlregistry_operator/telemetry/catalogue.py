"""What the operator measures, as data: the same rows make the metrics and the table in the documentation."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.core import REGISTRY, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

# A second series beside every counter, with the time of its birth, would double what is stored for nothing.
disable_created_metrics()  # type: ignore[no-untyped-call]  # ships none


@dataclass(frozen=True, slots=True)
class Entry:
    """One metric. `meaning` is one sentence or two; units stand in the name."""

    name: str
    kind: str
    meaning: str
    labels: tuple[str, ...]


CATALOGUE: Final[list[Entry]] = []
Row = tuple[tuple[str, ...], float]


def counter(name: str, meaning: str, *labels: str) -> Counter:
    CATALOGUE.append(Entry(name, "counter", meaning, labels))
    return Counter(name, meaning, labels)


def gauge(name: str, meaning: str, *labels: str) -> Gauge:
    CATALOGUE.append(Entry(name, "gauge", meaning, labels))
    return Gauge(name, meaning, labels)


def histogram(name: str, meaning: str, *labels: str, buckets: tuple[float, ...]) -> Histogram:
    CATALOGUE.append(Entry(name, "histogram", meaning, labels))
    return Histogram(name, meaning, labels, buckets=buckets)


def looked_up(name: str, meaning: str, *labels: str, rows: Callable[[], Iterable[Row]]) -> None:
    """A gauge that keeps nothing: its series are made of `rows` when somebody asks.

    A series that is kept takes a kilobyte, and there may be thousands of objects.
    """
    CATALOGUE.append(Entry(name, "gauge", meaning, labels))
    REGISTRY.register(_LookedUp(name, meaning, labels, rows))


class _LookedUp(Collector):
    def __init__(
        self, name: str, meaning: str, labels: tuple[str, ...], rows: Callable[[], Iterable[Row]]
    ) -> None:
        self._name, self._meaning, self._labels, self._rows = name, meaning, labels, rows

    def describe(self) -> Iterable[Metric]:
        return [self._family()]

    def collect(self) -> Iterable[Metric]:
        family = self._family()
        for labels, value in self._rows():
            family.add_metric(labels, value)
        return [family]

    def _family(self) -> GaugeMetricFamily:
        return GaugeMetricFamily(self._name, self._meaning, labels=self._labels)


# What the client library tells of any process in Python.
LIBRARY: Final = (
    Entry("process_cpu_seconds_total", "counter", "Processor time of the process.", ()),
    Entry("process_max_fds", "gauge", "Files and connections that the process may have open.", ()),
    Entry("process_open_fds", "gauge", "Files and connections that the process has open.", ()),
    Entry("process_resident_memory_bytes", "gauge", "Memory of the process.", ()),
    Entry("process_start_time_seconds", "gauge", "When the process began.", ()),
    Entry("process_virtual_memory_bytes", "gauge", "Address space of the process.", ()),
    Entry("python_gc_collections_total", "counter", "Runs of the garbage collector.", ("generation",)),
    Entry("python_gc_objects_collected_total", "counter", "Objects that it has freed.", ("generation",)),
    Entry(
        "python_gc_objects_uncollectable_total", "counter", "Objects that it could not free.", ("generation",)
    ),
    Entry(
        "python_info",
        "gauge",
        "1; the labels say which Python it is.",
        ("implementation", "major", "minor", "patchlevel", "version"),
    ),
)
