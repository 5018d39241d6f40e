"""What remains of a deleted version, and what it forbids: the same name and version with other bytes."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.patterns import DIGEST, matches
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.failures import Failure, Severity


class TombstoneError(ValueError):
    """These bytes are no tombstone; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What was deleted, when (UTC, to the second), and at the deletion of which object."""

    digest: str
    time: datetime
    by: ObjectKey


def bury(digest: str, now: datetime, by: ObjectKey) -> Tombstone:
    """The tombstone to write before any content goes."""
    return Tombstone(digest, now.astimezone(UTC).replace(microsecond=0), by)


def encode_tombstone(stone: Tombstone) -> bytes:
    """The bytes to store."""
    document = {
        "deletedBy": {"name": stone.by.name, "namespace": stone.by.namespace},
        "digest": stone.digest,
        "time": stone.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def decode_tombstone(raw: bytes) -> Tombstone:
    """The tombstone that these bytes are.

    Raises:
        TombstoneError: they are none.
    """
    try:
        document: Any = json.loads(raw)
        by, digest = document["deletedBy"], document["digest"]
        time = datetime.fromisoformat(document["time"])
        key, utc = ObjectKey(str(by["namespace"]), str(by["name"])), time.astimezone(UTC)
    except Exception as error:  # whatever a parser raises, these bytes are to blame
        raise TombstoneError(f"The tombstone cannot be read: {error!r}.") from error
    if not isinstance(digest, str) or not matches(DIGEST, digest) or time.tzinfo is None:
        raise TombstoneError("The tombstone has no digest, or a time without zone.")
    return Tombstone(digest, utc, key)


def forbids(stone: Tombstone | None, digest: str | None, asset: AssetId) -> Failure | None:
    """Why content of this digest cannot be published under the version; None where it can.

    The same bytes may come back. A digest that is not known yet is asked about again when it is.
    """
    if stone is None or digest is None or stone.digest == digest:
        return None
    return Failure(
        ArmId(""),
        Reason.VERSION_DELETED,
        Severity.STALLED,
        f"{asset} was deleted on {stone.time:%Y-%m-%d}, with MLAsset {stone.by}; it had the digest"
        f" {stone.digest}, and this content has the digest {digest}.",
        remedy="Choose another version: a version never comes back with other bytes.",
    )
