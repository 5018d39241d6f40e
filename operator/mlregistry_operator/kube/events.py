"""Events in `events.k8s.io/v1`, repeated ones as a series instead of a flood.

Source: https://github.com/kubernetes/community/blob/master/contributors/devel/sig-instrumentation/event-style-guide.md
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from mlregistry_operator.api.group import API_VERSION
from mlregistry_operator.domain.events import WORD_BYTES, EventNote, fit
from mlregistry_operator.kube.errors import cluster_errors
from mlregistry_operator.kube.ports import Body, ClusterError, Kind
from mlregistry_operator.kube.rest import Rest
from mlregistry_operator.kube.times import micro_time

_CONTROLLER: Final = "mlregistry.io/operator"
_REMEMBERED: Final = 1024
_NAME_LIMIT: Final = 253
_SERIES_SECONDS: Final = 600
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Written:
    name: str
    count: int
    at: datetime


class EventRecorder:
    """Writes events; the same about the same object within ten minutes counts up a series."""

    def __init__(self, rest: Rest, instance: str) -> None:
        self._rest = rest
        self._instance = fit(instance, WORD_BYTES)
        self._written: OrderedDict[tuple[str, ...], _Written] = OrderedDict()

    async def record(self, kind: Kind, body: Body, note: EventNote) -> None:
        """Write the event. Never raises: what a user must know stands in the status as well."""
        metadata, now = body["metadata"], datetime.now(UTC)
        key = (metadata["uid"], note.type, note.reason, note.note)
        known = self._written.get(key)
        try:
            with cluster_errors(f"write an event about {kind.kind} {metadata['name']}"):
                if known is not None and (now - known.at).total_seconds() < _SERIES_SECONDS:
                    await self._count_up(metadata["namespace"], known, now)
                else:
                    self._written[key] = await self._create(kind, metadata, note, now)
        except ClusterError as error:
            _log.warning(
                "event was not written", extra={"reason": note.reason, "note": note.note, "error": str(error)}
            )
        while len(self._written) > _REMEMBERED:
            self._written.popitem(last=False)

    async def _create(self, kind: Kind, metadata: dict[str, Any], note: EventNote, now: datetime) -> _Written:
        name = event_name(metadata["name"])
        event = {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": metadata["namespace"]},
            "eventTime": micro_time(now),
            "type": note.type,
            "reason": note.reason,
            "action": note.action,
            "note": note.note,
            "regarding": {
                "apiVersion": API_VERSION,
                "kind": kind.kind,
                "name": metadata["name"],
                "namespace": metadata["namespace"],
                "uid": metadata["uid"],
                "resourceVersion": metadata["resourceVersion"],
            },
            "reportingController": _CONTROLLER,
            "reportingInstance": self._instance,
        }
        await self._rest.create(_path(metadata["namespace"]), event)
        return _Written(name, 1, now)

    async def _count_up(self, namespace: str, known: _Written, now: datetime) -> None:
        known.count, known.at = known.count + 1, now
        series = {"count": known.count, "lastObservedTime": micro_time(now)}
        await self._rest.patch(f"{_path(namespace)}/{known.name}", {"series": series})


def event_name(about: str) -> str:
    """A new name for an event about an object: a DNS subdomain, whose parts end with no dash."""
    suffix = f".{uuid4().hex[:16]}"
    return f"{about[: _NAME_LIMIT - len(suffix)].rstrip('-.')}{suffix}"


def _path(namespace: str) -> str:
    return f"/apis/events.k8s.io/v1/namespaces/{namespace}/events"
