"""What a component's specification refers to: its environment, and the components of a pipeline.

Every reference must be to one version in the registry that the component itself is in. Whatever can come to
mean something else, or lies outside, is refused with what to write instead; nothing is left to be found out
when somebody runs the component.

Source: Azure ML component and pipeline YAML, https://learn.microsoft.com/azure/machine-learning/reference-yaml-component-command
and reference-yaml-component-pipeline.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.domain.assets.documents import DocumentError, read_mapping
from mlregistry_operator.domain.assets.ids import (
    AZURE,
    UNPINNED,
    AssetId,
    AssetIdError,
    Newest,
    is_asset_id,
    nothing_newest,
    pin_advice,
    read_asset_id,
    shown,
)

_TRIAL: Final = ("trial",)  # what a sweep tries: a component, or one written out in place
_PLACES: Final = (
    (("environment",), AssetType.ENVIRONMENT),
    (("task", "environment"), AssetType.ENVIRONMENT),  # what a parallel component runs for every batch
    (("component",), AssetType.COMPONENT),
    (_TRIAL, AssetType.COMPONENT),
)
# azureml:<name>, with :<version> or @<label>
_WORKSPACE: Final = re.compile(r"azureml:(?P<name>[\w.-]+)(:(?P<version>[\w.-]+)|@.*)?")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a specification that refers to something: where, what, and the kind that belongs there.

    `kind` is None where any kind may be referred to, and a value that is no asset id is none of our concern.
    """

    field: str
    value: object
    kind: AssetType | None


@dataclass(frozen=True, slots=True)
class ComponentReading:
    """What was found: the references, and a sentence for everything that must be written otherwise.

    `unread` says that the text could not be read at all, so that nobody knows what it refers to.
    """

    references: tuple[AssetId, ...] = ()
    refusals: tuple[str, ...] = ()
    unread: bool = False


def read_component(text: str, registry: str, newest: Newest = nothing_newest) -> ComponentReading:
    """The references of a component's specification that is to be published in `registry`.

    `newest` knows that registry's versions and serves the advice alone.
    """
    try:
        slots = tuple(slots_of(read_mapping(text)))
    except DocumentError as error:
        return ComponentReading(refusals=(str(error),), unread=True)
    references: dict[object, AssetId] = {}
    refusals: list[str] = []
    for slot in slots:
        try:
            found = reference_in(slot, registry, newest)
        except AssetIdError as error:
            refusals.append(f"{slot.field}: {error}")
        else:
            references.setdefault(found.key, found)
    return ComponentReading(tuple(references.values()), tuple(refusals))


def slots_of(step: Mapping[str, Any], prefix: str = "") -> Iterator[Slot]:
    """Every place of a specification, or of one step of it, that refers to an asset."""
    for path, kind in _PLACES:
        value = _at(step, path)
        field = prefix + ".".join(path)
        if path == _TRIAL and isinstance(value, Mapping):
            yield from slots_of(value, f"{field}.")
        elif value is not None:
            yield Slot(field, value, kind)
    yield from _inputs(step, prefix)
    for name, job in _members(step.get("jobs")):
        yield from slots_of(job, f"{prefix}jobs.{name}.")


def reference_in(slot: Slot, registry: str, newest: Newest = nothing_newest) -> AssetId:
    """The version that a place refers to.

    Raises:
        AssetIdError: it refers to none, to one elsewhere, or to one of another kind.
    """
    if not isinstance(slot.value, str):
        raise AssetIdError(f"is written out in place. {_publish_first(slot, registry)}")
    if not is_asset_id(slot.value):
        raise AssetIdError(_outside(slot, slot.value, registry, newest))
    found = read_asset_id(slot.value, newest)
    if not found.in_registry(registry):
        raise AssetIdError(
            f"{shown(slot.value)} is in the registry {found.registry}, and a version in {registry} needs only"
            f" what is in {registry}. Publish it there as well, with an MLAsset whose source is that version,"
            f" and write {replace(found, registry=registry).azure}."
        )
    if slot.kind is not None and found.type is not slot.kind:
        raise AssetIdError(f"{shown(slot.value)} is of type {found.type}; {slot.kind} belongs here.")
    return found


def _inputs(step: Mapping[str, Any], prefix: str) -> Iterator[Slot]:
    for name, described in _members(step.get("inputs")):
        for field in ("path", "default"):
            value = described.get(field)
            if isinstance(value, str) and is_asset_id(value):
                yield Slot(f"{prefix}inputs.{name}.{field}", value, None)


def _at(step: Mapping[str, Any], path: tuple[str, ...]) -> object:
    found: object = step
    for field in path:
        found = found.get(field) if isinstance(found, Mapping) else None
    return found


def _members(found: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(found, Mapping):
        yield from ((str(name), member) for name, member in found.items() if isinstance(member, Mapping))


def _outside(slot: Slot, value: str, registry: str, newest: Newest) -> str:
    """Why a value that is no registry's asset id will not do."""
    kind = slot.kind or AssetType.DATA
    of_workspace = _WORKSPACE.fullmatch(value)
    if of_workspace is None:
        return f"{shown(value)} is no version of a registry. {_publish_first(slot, registry)}"
    name, version = of_workspace["name"], of_workspace["version"]
    if version is None:
        return f"{shown(value)} {UNPINNED} {pin_advice(registry, kind, name, newest)}"
    return (
        f"{shown(value)} is looked up in whatever workspace it runs in. Publish it in {registry}, and write"
        f" {AssetId(registry, kind, name, version).azure}."
    )


def _publish_first(slot: Slot, registry: str) -> str:
    kind = slot.kind or AssetType.DATA
    return (
        f"Publish it as an MLAsset with type: {kind} in {registry}, and write"
        f" {AZURE}{registry}/{kind.plural}/<name>/versions/<version>."
    )
