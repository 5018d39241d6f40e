"""Assets of a registry, those that can be read and those that cannot: both are kept in mind.

Of an object that cannot be read its raw fields tell what it may use. Whatever is uncertain counts as a use:
what is kept too long can be deleted later.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.domain.raw import key_of, mapping
from mlregistry_operator.kube.ports import Body
from mlregistry_operator.reconcile.assets.objects import read_asset


@dataclass(frozen=True, slots=True)
class Unread:
    """An object that cannot be read, by what its raw fields say."""

    body: Body

    @property
    def key(self) -> ObjectKey:
        return key_of(self.body)

    @property
    def uid(self) -> str:
        return str(mapping(self.body.get("metadata")).get("uid", ""))

    @property
    def digest(self) -> str | None:
        """Of the content that its status says it has."""
        found = mapping(self.body.get("status")).get("digest")
        return found if isinstance(found, str) else None

    @property
    def leaves(self) -> bool:
        return mapping(self.body.get("metadata")).get("deletionTimestamp") is not None

    def is_of(self, registry: ObjectKey) -> bool:
        """Whether it names the registry, in its own namespace where it names none."""
        ref = mapping(_spec(self.body).get("registryRef"))
        return (ref.get("name"), ref.get("namespace") or self.key.namespace) == (
            registry.name,
            registry.namespace,
        )


@dataclass(frozen=True, slots=True)
class Siblings:
    """The assets that name a registry."""

    read: tuple[MLAsset, ...] = ()
    unread: tuple[Unread, ...] = ()


def readable(body: Body) -> MLAsset | Unread:
    """The object as models where it can be read; the watch says of every other one why not."""
    try:
        return read_asset(body)
    except Exception:  # noqa: BLE001 - whatever is wrong with one object must not stand in the way of others
        return Unread(body)


def may_refer(body: Body, asset: MLAsset) -> bool:
    """Whether an object can need the version that `asset` declares, by a look at its text alone.

    What refers to a version says its name, unless it inherits the need from what it is promoted from, or
    spells it with escapes.
    """
    if mapping(body.get("metadata")).get("uid") == asset.metadata.uid:
        return False
    spec = _spec(body)
    text = json.dumps(spec, ensure_ascii=False, default=str).lower()
    promoted = mapping(spec.get("source")).get("asset") is not None
    return promoted or "\\\\" in text or asset.spec.asset_name.lower() in text


def asset_name_of(body: Body) -> str | None:
    """The name of the version that it declares, in lower case, where it says one."""
    name = _spec(body).get("assetName")
    return name.lower() if isinstance(name, str) else None


def of_registry(found: Iterable[MLAsset | Unread], registry: ObjectKey) -> Siblings:
    """Those that name the registry."""
    read, unread = [], []
    for one in found:
        if isinstance(one, Unread):
            if one.is_of(registry):
                unread.append(one)
        elif one.registry_key == registry:
            read.append(one)
    return Siblings(tuple(read), tuple(unread))


def _spec(body: Body) -> Mapping[str, Any]:
    return mapping(body.get("spec"))
