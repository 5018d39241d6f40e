"""What a version's document refers to: its environment, the components of a pipeline, their data, and files.

Every reference must be to one version in the registry that the document itself is in, and every file must be
in the version. Whatever can come to mean something else, or lies outside, is refused with what to write
instead; nothing is left to be found out when somebody runs the component.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.domain.assets.documents import DocumentError, read_mapping
from mlregistry_operator.domain.assets.elsewhere import ANY, curated_name, curated_way, told_elsewhere
from mlregistry_operator.domain.assets.ids import (
    AZURE,
    UNPINNED,
    AssetId,
    AssetIdError,
    Newest,
    is_asset_id,
    mention_in,
    nothing_newest,
    pin_advice,
    read_asset_id,
    shown,
)
from mlregistry_operator.domain.assets.local_files import missing_files
from mlregistry_operator.domain.assets.slots import Slot, slots_of

_TOLD: Final = 20  # places of one document that a message names
# azureml:<name>, with :<version> or @<label>
_WORKSPACE: Final = re.compile(r"azureml:(?P<name>[\w.-]+)(:(?P<version>[\w.-]+)|@.*)?")
_PATH_OF_WORKSPACE: Final = re.compile(r"azureml://(datastores|subscriptions|jobs|locations)/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ComponentReading:
    """What was found: the references, and a sentence for everything that must be written otherwise.

    `unread` says that the text could not be read at all, so that nobody knows what it refers to.
    """

    references: tuple[AssetId, ...] = ()
    refusals: tuple[str, ...] = ()
    unread: bool = False


def told(refusals: tuple[str, ...]) -> str:
    """The refusals of one document, as one message says them; of very many some are told."""
    rest = len(refusals) - _TOLD
    return " ".join((*refusals[:_TOLD], *((f"And {rest} more places like these.",) if rest > 0 else ())))


def read_document(
    kind: AssetType,
    text: str,
    registry: str,
    newest: Newest = nothing_newest,
    files: Collection[str] | None = None,
) -> ComponentReading:
    """The document of a version of any type, as `read_component` reads a component's.

    An environment's refers to files alone; what another type's says is none of our concern.
    """
    if kind is AssetType.COMPONENT:
        return read_component(text, registry, newest, files)
    if kind is not AssetType.ENVIRONMENT:
        return ComponentReading()
    try:
        return ComponentReading(refusals=missing_files(kind, read_mapping(text), files))
    except DocumentError:  # no environment's specification, and what it is nobody says
        return ComponentReading()


def read_component(
    text: str,
    registry: str,
    newest: Newest = nothing_newest,
    files: Collection[str] | None = None,
) -> ComponentReading:
    """The references of a component's specification that is to be published in `registry`.

    `newest` knows that registry's versions and serves the advice alone. `files` are all paths of the version;
    None where the specification is all there is.
    """
    try:
        document = read_mapping(text)
    except DocumentError as error:
        return ComponentReading(refusals=(str(error),), unread=True)
    references: dict[object, AssetId] = {}
    refusals: list[str] = []
    for slot in slots_of(document):
        try:
            found = reference_in(slot, registry, newest)
        except AssetIdError as error:
            refusals.append(f"{slot.field}: {error}")
        else:
            references.setdefault(found.key, found)
    absent = missing_files(AssetType.COMPONENT, document, files)
    return ComponentReading(tuple(references.values()), (*refusals, *absent))


def reference_in(slot: Slot, registry: str, newest: Newest = nothing_newest) -> AssetId:
    """The version that a place refers to.

    Raises:
        AssetIdError: it refers to none, to one elsewhere, or to one of another kind.
    """
    if not isinstance(slot.value, str):
        raise AssetIdError(f"is written out in place. {_publish_first(slot, registry)}")
    if not is_asset_id(slot.value):
        raise AssetIdError(_outside(slot, slot.value, registry, newest))
    mention = mention_in(slot.value)
    if mention is not None and mention.is_elsewhere and mention.registry.lower() != registry.lower():
        raise AssetIdError(told_elsewhere(slot.value, mention, registry, slot.likely))
    found = read_asset_id(slot.value, newest, registry)
    if slot.kind is not None and found.type is not slot.kind:
        raise AssetIdError(f"{shown(slot.value)} is of type {found.type}; {slot.kind} belongs here.")
    return found


def _outside(slot: Slot, value: str, registry: str, newest: Newest) -> str:
    """Why a value that is no registry's asset id will not do."""
    if _PATH_OF_WORKSPACE.match(value):
        return (
            f"{shown(value)} lies in a workspace, and whoever runs it has another one."
            f" {_publish_first(slot, registry)}"
        )
    of_workspace = _WORKSPACE.fullmatch(value)
    if of_workspace is None:
        return f"{shown(value)} is no version of a registry. {_publish_first(slot, registry)}"
    name, version = of_workspace["name"], of_workspace["version"]
    here = AssetId(registry, slot.likely, name, version or ANY)
    if slot.likely is AssetType.ENVIRONMENT and curated_name(name):
        fault = UNPINNED if version is None else "is Microsoft's, and is looked up in a workspace."
        return f"{shown(value)} {fault} {curated_way(here)}"
    if version is None:
        return f"{shown(value)} {UNPINNED} {pin_advice(registry, slot.likely, name, newest)}"
    return (
        f"{shown(value)} is looked up in whatever workspace it runs in. Publish it in {registry}, and write"
        f" {here.azure}."
    )


def _publish_first(slot: Slot, registry: str) -> str:
    kind = slot.likely
    return (
        f"Publish it as an MLAsset with type: {kind} in {registry}, and write"
        f" {AZURE}{registry}/{kind.plural}/<name>/versions/<version>."
    )
