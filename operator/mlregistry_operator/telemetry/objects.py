"""What is told of single objects. A series bears its object's namespace and name, and goes with the object.

Conditions and drift come from the watch, as the API server has them. No series has a version or a name in
Azure.
"""

import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from mlregistry_operator.api.group import REGISTRY_KIND
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.telemetry.catalogue import Row, looked_up

_log = logging.getLogger(__name__)
_Conditions = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Seen:
    """What is known of one object. Drift and `verified`, by region, are a registry's alone.

    `unread` is why it cannot be read, where it cannot.
    """

    unread: str | None = None
    conditions: _Conditions = ()
    passed: float | None = None
    drifting: float | None = None
    verified: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Objects:
    """The objects that the watch has shown. Written by the reconciling thread, read by any."""

    _seen: dict[tuple[str, ObjectKey], _Seen] = field(default_factory=dict)

    def saw(self, kind: str, key: ObjectKey, body: dict[str, Any]) -> None:
        """The object as the API server has it now."""
        seen = self._seen.setdefault((kind, key), _Seen())
        status = _mapping(body.get("status"))
        found = ((one.get("type"), one.get("status")) for one in _mappings(status.get("conditions")))
        seen.conditions = tuple((str(type_), str(value)) for type_, value in found)
        seen.drifting = min(_open_drift(status), default=None)
        rows = {row.get("location") for row in _mappings(status.get("regions"))}
        seen.verified = {location: when for location, when in seen.verified.items() if location in rows}

    def read(self, kind: str, key: ObjectKey, unread: str | None, error: BaseException | None = None) -> None:
        """Whether the object can be read, and why it cannot; the log has each cause once, with `error`."""
        seen = self._seen.setdefault((kind, key), _Seen())
        if unread is not None and unread != seen.unread:
            about = {"object": f"{kind} {key}", "error": unread}
            _log.error("an object cannot be read: all others pass it over", extra=about, exc_info=error)
        seen.unread = unread

    def lost(self, kind: str, key: ObjectKey) -> None:
        """It is gone, and all that was told of it."""
        self._seen.pop((kind, key), None)

    def forget_all(self) -> None:
        """This process does not reconcile any more: another one tells."""
        self._seen.clear()

    def passed(self, kind: str, key: ObjectKey, now: float) -> None:
        """A pass over it has ended without a failure."""
        if (seen := self._seen.get((kind, key))) is not None:
            seen.passed = now

    def verified(self, registry: ObjectKey, location: str, now: float) -> None:
        """A copy in that region was looked at, and is whole."""
        if (seen := self._seen.get((REGISTRY_KIND, registry))) is not None:
            seen.verified = {**seen.verified, location: now}

    def condition_rows(self) -> Iterator[Row]:
        for (kind, key), seen in list(self._seen.items()):
            for type_, status in seen.conditions:
                yield (kind, key.namespace, key.name, type_, status), 1.0

    def unread_rows(self) -> Iterator[Row]:
        for (kind, key), seen in list(self._seen.items()):
            if seen.unread is not None:
                yield (kind, key.namespace, key.name), 1.0

    def pass_rows(self) -> Iterator[Row]:
        for (kind, key), seen in list(self._seen.items()):
            if seen.passed is not None:
                yield (kind, key.namespace, key.name), seen.passed

    def drift_rows(self) -> Iterator[Row]:
        for (_, key), seen in list(self._seen.items()):
            if seen.drifting is not None:
                yield (key.namespace, key.name), seen.drifting

    def verification_rows(self) -> Iterator[Row]:
        for (_, key), seen in list(self._seen.items()):
            for location, when in seen.verified.items():
                yield (key.namespace, key.name, location), when


def _open_drift(status: Mapping[str, Any]) -> Iterator[float]:
    """Since when each field differs; an entry that somebody has mangled tells nothing."""
    for one in _mappings(status.get("drift")):
        with contextlib.suppress(ValueError, TypeError):
            if not one.get("corrected"):
                yield datetime.fromisoformat(one.get("detectedTime", "")).timestamp()


def _mapping(found: object) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}


def _mappings(found: object) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in (found if isinstance(found, list) else ()) if isinstance(one, Mapping))


OBJECTS: Final = Objects()

looked_up(
    "mlregistry_condition",
    "1 for every condition of every object, with the status that it has now; no series where there is none.",
    "kind",
    "namespace",
    "name",
    "type",
    "status",
    rows=OBJECTS.condition_rows,
)
looked_up(
    "mlregistry_unreadable_object",
    "1 for every object that the operator cannot read: it is passed over, and keeps what it may use.",
    "kind",
    "namespace",
    "name",
    rows=OBJECTS.unread_rows,
)
looked_up(
    "mlregistry_last_successful_pass_timestamp_seconds",
    "When a pass over the object last ended without a failure.",
    "kind",
    "namespace",
    "name",
    rows=OBJECTS.pass_rows,
)
looked_up(
    "mlregistry_drift_uncorrected_since_timestamp_seconds",
    "When the oldest drift was seen that is not put right; no series where there is none.",
    "namespace",
    "name",
    rows=OBJECTS.drift_rows,
)
looked_up(
    "mlregistry_region_verified_timestamp_seconds",
    "When content in that region of the registry was last looked at and found whole.",
    "namespace",
    "name",
    "location",
    rows=OBJECTS.verification_rows,
)
