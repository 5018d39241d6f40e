"""Who still uses an object, and so keeps it from being deleted; the webhook and the finalizers ask here.

A registry is used by every asset that names it, even one that is leaving: its content may have to go first.
A version is used by the assets of its registry that refer to it, as long as they stay. It is not used where
another object has published the same version, nor where it never was published and cannot be as it is, nor by
what it needs itself: versions that need each other are never published, and one of them has to go first.
Whom the registry turned away from the beginning uses nothing, or a stranger could keep it for ever. What
cannot be found out counts as a use: what is kept too long can be deleted later.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.guards import ASSET_IN_USE, REGISTRY_IN_USE
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.assets.components import ComponentReading, read_component
from mlregistry_operator.domain.assets.ids import AssetKey
from mlregistry_operator.domain.assets.references import (
    Known,
    Standing,
    cycle_of,
    merely_shares,
    standing_of,
    wanted_references,
)
from mlregistry_operator.domain.conditions import find

NAMED: Final = 10  # objects that one sentence names

RegistryNames = Mapping[ObjectKey, str]
"""The registries' own names, which ids contain; a registry that is not among them goes by its object's."""
Origins = Mapping[tuple[ObjectKey, AssetKey], MLAsset]
"""Assets by registry and version, to find what another is promoted from."""


def users_of_registry(registry: ObjectKey, assets: Iterable[MLAsset]) -> tuple[ObjectKey, ...]:
    """The assets that are declared in the registry, sorted."""
    return tuple(sorted(one.key for one in _admitted(registry, assets)))


def users_of_asset(asset: MLAsset, assets: Sequence[MLAsset], names: RegistryNames) -> tuple[ObjectKey, ...]:
    """The assets that need the version which `asset` declares, sorted.

    `assets` are all of its registry, and those that they are promoted from: what a version needs, its
    promotion needs too.
    """
    origins = {(one.registry_key, version_of(one)): one for one in assets}
    version = version_of(asset)
    staying = [
        one
        for one in _admitted(asset.registry_key, assets)
        if one.key != asset.key and one.metadata.deletion_timestamp is None
    ]
    if _never_was(asset) or _is_held(version, staying):
        return ()
    users = [one for one in staying if _needs(one, version, origins, names)]
    if users and needs_of(asset, origins, names):
        known = {
            version_of(one): Known(standing_of(one), one.key, needs_of(one, origins, names))
            for one in (*staying, asset)
        }
        users = [one for one in users if not cycle_of(version_of(one), (version,), known)]
    return tuple(sorted(one.key for one in users))


def needs_of(asset: MLAsset, origins: Origins, names: RegistryNames) -> frozenset[AssetKey]:
    """Every version that an asset refers to: declared, in a component's specification, and by its origin."""
    registry = names.get(asset.registry_key, asset.registry_key.name)
    own = frozenset(one.key for one in wanted_references(asset.spec, registry, _reading(asset, registry)))
    origin = _origin_of(asset, origins)
    return own if origin is None else own | needs_of(origin, {}, names)


def version_of(asset: MLAsset) -> AssetKey:
    """The version that an object declares, within its registry."""
    return AssetKey.of(asset.spec.type, asset.spec.asset_name, asset.spec.version)


def registry_in_use_sentence(users: tuple[ObjectKey, ...]) -> str:
    """Why a registry with these users cannot go, and what to do."""
    return REGISTRY_IN_USE.told(named(users))


def asset_in_use_sentence(users: tuple[ObjectKey, ...]) -> str:
    """Why an asset with these users cannot go, and what to do."""
    return ASSET_IN_USE.told(named(users))


def named(users: tuple[ObjectKey, ...], at_most: int = NAMED) -> str:
    """Their names, as many as a sentence can carry."""
    rest = len(users) - at_most
    return ", ".join(map(str, users[:at_most])) + (f" and {rest} more" if rest > 0 else "")


def _admitted(registry: ObjectKey, assets: Iterable[MLAsset]) -> Iterator[MLAsset]:
    for one in assets:
        if one.registry_key == registry and (one.status.digest is not None or not _is_turned_away(one)):
            yield one


def _is_turned_away(asset: MLAsset) -> bool:
    ready = find(asset.status.conditions, ConditionType.READY)
    return ready is not None and ready.reason == Reason.NAMESPACE_NOT_ALLOWED


def _never_was(asset: MLAsset) -> bool:
    """Whether the version was never published and cannot be, as it is declared."""
    return standing_of(asset) is Standing.FAILED and asset.status.digest is None


def _is_held(version: AssetKey, others: Iterable[MLAsset]) -> bool:
    """Whether the version stays for another object, which has the same bytes to show."""
    return any(
        version_of(one) == version and standing_of(one) is Standing.PUBLISHED and not merely_shares(one)
        for one in others
    )


def _needs(asset: MLAsset, version: AssetKey, origins: Origins, names: RegistryNames) -> bool:
    """Whether an asset keeps the version, for sure or for all that can be known.

    A specification that was published and cannot be read any more may refer to whatever its text can mean.
    One that cannot be read and was never published will never be, and keeps nothing.
    """
    if not _may_need(asset, version, origins):
        return False
    try:
        if version in needs_of(asset, origins, names):
            return True
        return asset.status.digest is not None and _reading(asset, "").unread
    except Exception:  # noqa: BLE001 - what cannot be found out of one asset keeps the version
        return True


def _reading(asset: MLAsset, registry: str) -> ComponentReading:
    text = _specification(asset)
    return read_component(text, registry) if text is not None else ComponentReading()


def _may_need(asset: MLAsset, version: AssetKey, origins: Origins) -> bool:
    """Whether it is worth while to read the asset's specification, which is slow, for that version.

    A text without the version's name, and without an escape that could spell it, does not refer to it.
    """
    if asset.spec.references or asset.spec.component is not None:
        return True
    origin = _origin_of(asset, origins)
    if origin is not None and _may_need(origin, version, {}):
        return True
    text = _specification(asset)
    return text is not None and (version.name in text.lower() or "\\" in text)


def _origin_of(asset: MLAsset, origins: Origins) -> MLAsset | None:
    source, registry = asset.spec.source.asset, asset.origin_registry
    if source is None or registry is None:
        return None
    return origins.get((registry, AssetKey.of(asset.spec.type, source.asset_name, source.version)))


def _specification(asset: MLAsset) -> str | None:
    """A component's own, where it is written in the object."""
    return asset.spec.source.inline if asset.spec.type is AssetType.COMPONENT else None
