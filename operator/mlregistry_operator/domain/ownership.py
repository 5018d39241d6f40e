"""Whose a resource in Azure is, told by its tags.

Tags of other people on our resources are theirs and stay. The keys that we wrote from `spec.tags` are noted,
as short hashes, in a tag of our own, so that a key that leaves the spec can leave Azure without asking any
memory but Azure's own.

Source: tag values hold 256 characters (https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from mlregistry_operator.api.group import ADOPT, TAG_LOCATION, TAG_OWNER, TAG_PREFIX, TAG_REGISTRY

TAG_KEYS: Final = f"{TAG_PREFIX}tag-keys"
_VALUE_LIMIT: Final = 256
_MARK_LENGTH: Final = 6

Tags = Mapping[str, str]


class Owned(Protocol):
    """Whatever has an id and tags in Azure."""

    @property
    def id(self) -> str: ...

    @property
    def tags(self) -> Tags: ...


@dataclass(frozen=True, slots=True)
class Owner:
    """The object that a resource belongs to: cluster id (UID of `kube-system`), namespace, name.

    `adopted` are the ids, in lower case, that the object's annotation takes over. `barred` are those that
    belong to other objects of the cluster, each with the cause and what to do.
    """

    cluster_id: str
    namespace: str
    name: str
    adopted: frozenset[str] = frozenset()
    barred: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """What `mlregistry-owner` says; hashed where the whole would not fit."""
        whole = f"{self.cluster_id}/{self.namespace}/{self.name}"
        return whole if len(whole) <= _VALUE_LIMIT else f"sha256-{hashlib.sha256(whole.encode()).hexdigest()}"


def adopted_by(annotations: Mapping[str, str]) -> frozenset[str]:
    """The ids, in lower case, that an object's annotation takes over."""
    said = annotations.get(ADOPT, "").casefold().split(",")
    return frozenset(one.strip() for one in said if one.strip())


def desired_tags(owner: Owner, registry_name: str, location: str, declared: Tags) -> dict[str, str]:
    """All tags that a resource of ours carries. A declared tag never takes the place of one of ours."""
    declared = {key: text for key, text in declared.items() if not key.casefold().startswith(TAG_PREFIX)}
    ours = {TAG_OWNER: owner.tag, TAG_REGISTRY: registry_name, TAG_LOCATION: location}
    noted = {TAG_KEYS: "".join(sorted(_mark(key) for key in declared))} if declared else {}
    return {**declared, **ours, **noted}


def is_ours(owner: Owner, observed: Owned) -> bool:
    """Whether the resource carries our owner tag, or is adopted. Else nothing is changed or deleted."""
    return tag_of(observed.tags, TAG_OWNER) == owner.tag or observed.id.casefold() in owner.adopted


def is_taken_over(owner: Owner, observed: Owned) -> bool:
    """Whether the annotation alone makes it ours: the tag does not say so yet."""
    return observed.id.casefold() in owner.adopted and tag_of(observed.tags, TAG_OWNER) != owner.tag


def taken_from(owner: Owner, observed: Owned) -> str | None:
    """Whose a resource was that the annotation takes over; None where it carries our tag."""
    tag = tag_of(observed.tags, TAG_OWNER)
    return None if tag == owner.tag else (tag or "nobody that a tag tells")


def merged_tags(desired: Tags, observed: Tags) -> dict[str, str]:
    """The tags to write: what we want, and what others have put there."""
    noted = tag_of(observed, TAG_KEYS) or ""
    marks = {noted[at : at + _MARK_LENGTH] for at in range(0, len(noted), _MARK_LENGTH)}
    wanted = {key.casefold() for key in desired}
    foreign = {
        key: value
        for key, value in observed.items()
        if key.casefold() not in wanted
        and not key.casefold().startswith(TAG_PREFIX)
        and _mark(key) not in marks
    }
    return {**foreign, **desired}


def tags_settled(desired: Tags, observed: Tags) -> bool:
    """Whether nothing has to be written; keys compare without case, as Azure compares them."""
    return _folded(merged_tags(desired, observed)) == _folded(observed)


def tag_changes(wanted: Tags, observed: Tags) -> dict[str, tuple[str | None, str | None]]:
    """Each tag that is not as wanted: what it should say and what it says, None where it should not or does
    not exist. `wanted` is the whole set, as `merged_tags` gives it.
    """
    found = _folded(observed)
    names = {key.casefold(): key for key in (*observed, *wanted)}
    return {
        names[key]: (text, found.get(key))
        for key, text in {**dict.fromkeys(found), **_folded(wanted)}.items()
        if found.get(key) != text
    }


def tag_of(tags: Tags, key: str) -> str | None:
    """What a tag says; keys compare without case."""
    return next((value for name, value in tags.items() if name.casefold() == key), None)


def _mark(key: str) -> str:
    return hashlib.sha256(key.casefold().encode()).hexdigest()[:_MARK_LENGTH]


def _folded(tags: Tags) -> dict[str, str]:
    return {key.casefold(): value for key, value in tags.items()}
