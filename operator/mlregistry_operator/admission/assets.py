"""A new asset, beside its registry and the versions that other objects declare.

There are only warnings: objects are applied in any order, and the bytes decide.

Cost: one read of the registry, two of the namespace; for a source in a storage account one list of the
registries; one list for each type and version that it declares or
needs, and where those are many a single list of all the registry's assets, 500 a page.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

from mlregistry_operator.admission.findings import Finding
from mlregistry_operator.admission.sources import sources_told
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.api.relations import (
    NAMESPACE_CLOSED,
    REFERENCE_UNDECLARED,
    REFERENCE_UNFIT,
    REGISTRY_MISSING,
    SOURCE_UNDECLARED,
    VERSION_TAKEN,
)
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.components import ComponentReading, read_document
from mlregistry_operator.domain.assets.formats import declared_format, format_faults, inline_file_name
from mlregistry_operator.domain.assets.ids import AssetKey
from mlregistry_operator.domain.assets.references import wanted_references
from mlregistry_operator.domain.boundaries import UNBOUNDED, Boundaries
from mlregistry_operator.domain.usage import version_of
from mlregistry_operator.kube.ports import REGISTRIES, Neighbours
from mlregistry_operator.reconcile.assets.siblings import of_registry, readable
from mlregistry_operator.reconcile.registry_objects import read_registry

_LISTS: Final = 4  # narrow lists at a time; for more versions one list of everything is cheaper
_NAMED: Final = 2
_SOURCE_REGISTRY: Final = "spec.source.asset.registryRef"

Declared = dict[AssetKey, list[ObjectKey]]


async def beside_assets(
    new: MLAsset, around: Neighbours, boundaries: Boundaries = UNBOUNDED
) -> tuple[Finding, ...]:
    """What is to be said of a new asset. Raises `ClusterError` where the API server could not be asked."""
    registry, found = await _door(new, new.registry_key, around)
    reading = _reading(new, registry)
    found += [Finding(REFERENCE_UNFIT, REFERENCE_UNFIT.told(what=told)) for told in reading.refusals]
    found += [Finding(REFERENCE_UNFIT, REFERENCE_UNFIT.told(what=told)) for told in _unreadable(new)]
    name = registry.effective_name if registry is not None else new.registry_key.name
    wanted = [one.key for one in wanted_references(new.spec, name, reading)]
    declared = await _declared(new.registry_key, (version_of(new), *wanted), around)
    others = [key for key in declared.get(version_of(new), ()) if key != new.key]
    if others:
        found.append(Finding(VERSION_TAKEN, VERSION_TAKEN.told(_names(others))))
    missing = [key for key in wanted if key not in declared]
    if missing:
        told = REFERENCE_UNDECLARED.told(str(new.registry_key), _names(missing))
        found.append(Finding(REFERENCE_UNDECLARED, told))
    found += await sources_told(new, registry, around, boundaries)
    return (*found, *await _origin(new, around))


async def _door(
    new: MLAsset, key: ObjectKey, around: Neighbours, field: str = ""
) -> tuple[MLRegistry | None, list[Finding]]:
    """The registry, and why it cannot be used by the asset."""
    body = await around.read(REGISTRIES, key)
    if body is None:
        return None, [Finding(REGISTRY_MISSING, REGISTRY_MISSING.told(str(key)), field)]
    try:
        registry = read_registry(body)
    except CloudError:  # its own condition says what is wrong
        return None, []
    home = new.metadata.namespace
    found = await around.namespace(home) if home != key.namespace else None
    labels = dict(found.labels) if found is not None else {}
    if registry.spec.allowed_namespaces.allows(home, labels, home=key.namespace):
        return registry, []
    return registry, [Finding(NAMESPACE_CLOSED, NAMESPACE_CLOSED.told(str(key), home), field)]


def _reading(new: MLAsset, registry: MLRegistry | None) -> ComponentReading:
    """What an inline document refers to, in the words of its condition later."""
    text = new.spec.source.inline
    if text is None or registry is None:
        return ComponentReading()
    return read_document(new.spec.type, text, registry.effective_name)


def _unreadable(new: MLAsset) -> list[str]:
    """Why no reader of the declared format could use an inline document."""
    text, form = new.spec.source.inline, declared_format(new.spec)
    if text is None:
        return []
    faults = format_faults(form, [inline_file_name(new.spec.type, form)], text, inline=True)
    return [str(fault).strip() for fault in faults]


async def _origin(new: MLAsset, around: Neighbours) -> list[Finding]:
    source, key = new.spec.source.asset, new.origin_registry
    if source is None or key is None:
        return []
    _, found = await _door(new, key, around, _SOURCE_REGISTRY)
    wanted = AssetKey.of(new.spec.type, source.asset_name, source.version)
    if wanted not in await _declared(key, (wanted,), around):
        found.append(Finding(SOURCE_UNDECLARED, SOURCE_UNDECLARED.told(str(key), str(wanted))))
    return found


async def _declared(registry: ObjectKey, versions: Iterable[AssetKey], around: Neighbours) -> Declared:
    """Who declares versions of the registry: at least these versions are all there."""
    pairs = sorted({(one.type, one.version) for one in versions})
    if len(pairs) <= _LISTS:
        lists = await asyncio.gather(*(around.versions(registry.name, *pair) for pair in pairs))
    else:
        lists = [tuple([one async for one in around.assets(registry.name, texts=False)])]
    found: Declared = {}
    for asset in of_registry((readable(body) for page in lists for body in page), registry).read:
        found.setdefault(version_of(asset), []).append(asset.key)
    return found


def _names(found: Iterable[ObjectKey] | Iterable[AssetKey]) -> str:
    told = sorted(map(str, found))
    rest = len(told) - _NAMED
    return ", ".join(told[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
