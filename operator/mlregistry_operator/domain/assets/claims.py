"""Whose a version is when several objects declare it, and what that allows.

The first to publish wins, and what was published tells who that was: beside it lies a record of its owner.
Until something is published the oldest object goes first, and those behind it wait. Afterwards whoever
declares the same bytes shares them, and whoever declares others is refused with both digests.

A claim costs nothing, and so gives no right over data: content goes only with the object that published it.
An object made anew stands for one that is gone where it has its namespace and name: whoever may create it
there could have deleted that one. The same source elsewhere proves nothing, for a source can be copied.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from mlregistry_operator.api.asset import Source
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.failures import Failure, Severity

_LATE: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OwnerRecord:
    """What the manifest's blob says of the object that published it; blob metadata, of words in ASCII.

    `source` is the fingerprint of the declared source: of an object made anew under the same name it tells
    that the bytes are the same, though the source may be gone (a staging container is emptied by itself).
    """

    uid: str
    namespace: str
    name: str
    source: str

    @property
    def key(self) -> ObjectKey:
        return ObjectKey(self.namespace, self.name)

    def metadata(self) -> dict[str, str]:
        """As blob metadata; the names are C# identifiers, as Azure wants them."""
        return {
            "mlregistry_uid": self.uid,
            "mlregistry_namespace": self.namespace,
            "mlregistry_name": self.name,
            "mlregistry_source": self.source,
        }

    @classmethod
    def read(cls, metadata: Mapping[str, str]) -> "OwnerRecord | None":
        """The record in a blob's metadata, whose names compare without case; None where there is none."""
        folded = {name.lower(): text for name, text in metadata.items()}
        uid = folded.get("mlregistry_uid", "")
        if not uid:
            return None
        rest = (folded.get(f"mlregistry_{name}", "") for name in ("namespace", "name", "source"))
        return cls(uid, *rest)


@dataclass(frozen=True, slots=True)
class Claim:
    """An object that declares a version.

    `digest` is the digest of its content where that is known: pinned, or `read` from its source. `stuck` says
    that it cannot publish as it is, so that others need not wait for it.
    """

    uid: str
    key: ObjectKey
    source: str
    created: datetime | None = None
    digest: str | None = None
    read: bool = False
    deletes: bool = False
    leaving: bool = False
    stuck: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """What lies there: the manifest's digest, and who put it there, where that is recorded."""

    digest: str
    owner: OwnerRecord | None = None


class Turn(Enum):
    """What an object may do with the version that it declares."""

    PUBLISH = "publish it: nothing is there yet, and nobody goes first"
    OWN = "keep it: this object published it, or was made anew in place of the one that did"
    SHARE = "use what is there: another object published the same bytes"
    COMPARE = "read its source to learn its digest, and upload nothing"
    WAIT = "wait for the object that goes first"
    REFUSED = "nothing: the version has other bytes"


@dataclass(frozen=True, slots=True)
class Position:
    """Where an object stands: `failure` where it waits or is refused, `note` what a user should know.

    `unread` tells that it shares content by its digest alone: it has shown no bytes of its own.
    """

    turn: Turn
    failure: Failure | None = None
    note: str = ""
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Farewell:
    """Whether the content goes with the object, and the sentence that says why."""

    deletes_content: bool
    because: str


def source_fingerprint(source: Source, namespace: str) -> str:
    """What tells one declared source from another, for an object in that namespace; no secret is in it.

    By whose right it is read, which is by which Secret or identity, is not part of what it is.
    """
    declared = source.model_dump(
        mode="json",
        by_alias=True,
        exclude_none=True,
        exclude={"blob": {"sas_secret_ref"}, "image": {"registry_id", "pull_secret_ref"}},
    )
    if source.asset is not None:
        if not source.asset.rewrite_references:  # absent, as in what was published before the field came
            del declared["asset"]["rewriteReferences"]
        declared["asset"]["registryRef"].setdefault("namespace", namespace)
    canonical = json.dumps(declared, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256-{hashlib.sha256(canonical.encode()).hexdigest()}"


def first_of(claims: Iterable[Claim]) -> Claim | None:
    """Who goes first while nothing is published: the oldest that can, by creation and then by uid."""
    able = [claim for claim in claims if not (claim.stuck or claim.leaving)]
    return min(able, key=lambda claim: (claim.created or _LATE, claim.uid), default=None)


def position(own: Claim, others: tuple[Claim, ...], published: Published | None, asset: AssetId) -> Position:
    """What the object may do with the version `asset`. `others` are the other objects that declare it."""
    if published is None:
        first = first_of((own, *others))
        if first is None or first.uid == own.uid:
            return Position(Turn.PUBLISH)
        return Position(Turn.WAIT, _goes_first(first, asset))
    if own.digest is not None and own.digest != published.digest:
        return Position(Turn.REFUSED, _conflict(own.digest, published, asset))
    if _is_of(own, published):
        return Position(Turn.OWN)
    return Position(Turn.COMPARE) if own.digest is None else shared(published, unread=not own.read)


def shared(published: Published, *, unread: bool) -> Position:
    """Where an object stands that uses what another one has published."""
    by = "was published before" if published.owner is None else f"MLAsset {published.owner.key} published"
    alone = " Its own source was not read, and it counts nowhere as an owner." if unread else ""
    return Position(Turn.SHARE, note=f"It shares the content that {by}.{alone}", unread=unread)


def farewell(own: Claim, others: tuple[Claim, ...], published: Published | None) -> Farewell:
    """What becomes of the content when `own` is deleted.

    Content goes with its publisher alone, and stays for others whose source was read and has the same bytes.
    An object that is leaving with `Delete` does not hold the content; one that leaves with `Retain` does.
    """
    if published is None:
        return Farewell(deletes_content=False, because="Nothing was published.")
    if not own.deletes:
        return Farewell(deletes_content=False, because="deletionPolicy is Retain: the content stays.")
    if not _is_of(own, published):
        return Farewell(deletes_content=False, because=_not_its_own(own, published))
    holders = [
        other.key
        for other in others
        if other.read and other.digest == published.digest and not (other.leaving and other.deletes)
    ]
    if holders:
        names = ", ".join(map(str, sorted(holders)))
        return Farewell(deletes_content=False, because=f"The content stays, for {names} declares it too.")
    return Farewell(deletes_content=True, because="deletionPolicy is Delete, and nobody else declares it.")


def _is_of(own: Claim, published: Published) -> bool:
    """Whether the object published what is there, or was made anew in place of the one that did."""
    record = published.owner
    if record is None or record.uid == own.uid:
        return record is not None
    return record.key == own.key and (record.source == own.source or own.digest == published.digest)


def _not_its_own(own: Claim, published: Published) -> str:
    if own.digest != published.digest:
        return "What is published there is not this object's content."
    if published.owner is None:
        return "The content stays: nothing tells that this object published it."
    return f"The content stays: MLAsset {published.owner.key} published it, and this object only shares it."


def _goes_first(first: Claim, asset: AssetId) -> Failure:
    return Failure(
        ArmId(""),
        Reason.DEPENDENCY_NOT_READY,
        Severity.RETRY,
        f"MLAsset {first.key} declares {asset} too, and was there first.",
        remedy="It goes on by itself once that is published; with other bytes, choose another version.",
    )


def _conflict(digest: str, published: Published, asset: AssetId) -> Failure:
    by = f" by MLAsset {published.owner.key}" if published.owner is not None else ""
    return Failure(
        ArmId(""),
        Reason.VERSION_CONFLICT,
        Severity.STALLED,
        f"{asset} is published already{by}, with the digest {published.digest}; this content has the digest"
        f" {digest}.",
        remedy="Choose another version: what is published never changes.",
    )
