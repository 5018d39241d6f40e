"""A version that comes from another registry, or from another name in this one.

Its bytes go from service to service, from the nearest region that has them proved. What is known of it goes
along: where it came from, and what it needs, which has to be in the destination too.
"""

from dataclasses import dataclass, replace

from mlregistry_operator.api.asset import AssetSource
from mlregistry_operator.api.asset_status import PromotedFrom
from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.components import ComponentReading, read_component
from mlregistry_operator.domain.assets.formats import declared_format, format_faults
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.assets.layout import place_of
from mlregistry_operator.domain.assets.references import wanted_references
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.kube.ports import ASSETS
from mlregistry_operator.reconcile.assets.claiming import record_of
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.looking import is_whole, look_everywhere
from mlregistry_operator.reconcile.assets.objects import read_asset
from mlregistry_operator.reconcile.assets.scene import AssetScene, open_regions, usable_registry
from mlregistry_operator.reconcile.content.checksums import Origin
from mlregistry_operator.reconcile.content.progress import Progress
from mlregistry_operator.reconcile.content.replicate import Copying, replicate
from mlregistry_operator.reconcile.content.versions import CommittedVersion
from mlregistry_operator.reconcile.world import World


@dataclass(frozen=True, slots=True)
class Ancestor:
    """The version that an asset is promoted from; `asset` is the object that declares it, if one does."""

    registry: MLRegistry
    id: AssetId
    asset: MLAsset | None

    def told(self, digest: str) -> PromotedFrom:
        """As the status says it, for content of that digest."""
        return PromotedFrom(asset_id=str(self.id), digest=digest)


async def ancestor_of(asset: MLAsset, source: AssetSource, world: World, content: Content) -> Ancestor:
    """The version that the spec's source names.

    Raises:
        CloudError: its registry is missing, or closed to the asset's namespace.
        ClusterError: the API server could not be asked.
    """
    key = asset.origin_registry or asset.registry_key
    registry = await usable_registry(key, asset.metadata.namespace, world)
    wanted = AssetId(registry.effective_name, asset.spec.type, source.asset_name, source.version)
    card = content.fleet.find(key, wanted.key)
    body = await world.cluster.read(ASSETS, card.object) if card is not None else None
    return Ancestor(registry, wanted, read_asset(body) if body is not None else None)


def needs_of(ancestor: Ancestor, destination: str) -> tuple[AssetId, ...]:
    """What the promoted version needs, as versions of the registry that it is promoted to."""
    if ancestor.asset is None:
        return ()
    spec, registry = ancestor.asset.spec, ancestor.registry.effective_name
    reading = ComponentReading()
    if spec.type is AssetType.COMPONENT and spec.source.inline is not None:
        reading = read_component(spec.source.inline, registry)
    return tuple(replace(one, registry=destination) for one in wanted_references(spec, registry, reading))


async def promote(
    scene: AssetScene, source: AssetSource, world: World, content: Content, progress: Progress
) -> None:
    """Copy the ancestor's files into the primary, as this version.

    Raises:
        CloudError: the ancestor is not published, has another digest, or could not be copied.
    """
    _, version, origins = await committed_ancestor(scene.asset, source, world, content, near=scene.primary)
    check_digests(scene.asset, source, version.digest)
    check_format(scene.asset, source, version)
    owned = CommittedVersion(version.manifest, version.digest, record_of(scene.asset).metadata())
    copying = Copying(owned, origins, scene.stores[scene.primary], scene.place, str(scene.registry.key))
    await replicate(copying, content.capacity, progress)


async def ancestral_digest(asset: MLAsset, source: AssetSource, world: World, content: Content) -> str:
    """The digest that the ancestor is published with. Raises `CloudError` where it is not published."""
    _, version, _ = await committed_ancestor(asset, source, world, content, near="")
    return version.digest


async def committed_ancestor(
    asset: MLAsset, source: AssetSource, world: World, content: Content, *, near: str
) -> tuple[Ancestor, CommittedVersion, list[Origin]]:
    """The ancestor as it is committed, and the accounts that hold all of it, the one in `near` first.

    Raises:
        CloudError: it is not published, or not open to the asset's namespace.
    """
    ancestor = await ancestor_of(asset, source, world, content)
    stores = await open_regions(ancestor.registry, world, content.stores)
    place = place_of(ancestor.id.key)
    looks = await look_everywhere(stores, place, ancestor.id.type)
    order = sorted(looks.values(), key=lambda look: (look.location != near, look.location))
    whole = [(look.location, look.version) for look in order if is_whole(look) and look.version is not None]
    if not whole:
        raise CloudError(not_published(ancestor.id))
    return ancestor, whole[0][1], [Origin(stores[location], place) for location, _ in whole]


def check_digests(asset: MLAsset, source: AssetSource, digest: str) -> None:
    """Raise `CloudError` where the spec pins another digest than the ancestor has."""
    check_digest(source, digest, "spec.source.asset.digest", source.digest)
    check_digest(source, digest, "spec.digest", asset.spec.digest)


def check_digest(source: AssetSource, digest: str, field: str, pinned: str | None) -> None:
    """Raise `CloudError` where one field pins another digest than was found."""
    if pinned in {None, digest}:
        return
    written = (
        ", with its references rewritten," if field == "spec.digest" and source.rewrite_references else ""
    )
    raise CloudError(
        Failure(
            ArmId(""),
            Reason.DIGEST_MISMATCH,
            Severity.STALLED,
            f"{source.asset_name} {source.version}{written} has the digest {digest}, and {field} pins"
            f" {pinned}; nothing was copied",
            remedy="Correct the pin in a new MLAsset; what is published keeps its digest for ever.",
        )
    )


def check_format(asset: MLAsset, source: AssetSource, version: CommittedVersion) -> None:
    """Raise `CloudError` where the files can't be of the format that the spec declares for them.

    The list of files tells that alone. What an earlier release let pass is promoted with what it names.
    """
    paths = [file.path for file in version.manifest.files]
    faults = format_faults(declared_format(asset.spec), paths)
    if faults:
        raise CloudError(
            Failure(
                ArmId(""),
                Reason.INVALID_SPEC,
                Severity.STALLED,
                f"{source.asset_name} {source.version} is published, and is not what spec declares:"
                f" {' '.join(fault.what for fault in faults)} Nothing was copied.",
                remedy="Declare the format that it has, in a new MLAsset; or publish it anew, under another"
                " version.",
            )
        )


def not_published(ancestor: AssetId) -> Failure:
    """What is said while the ancestor is not there yet."""
    return Failure(
        ArmId(""),
        Reason.DEPENDENCY_NOT_FOUND,
        Severity.RETRY,
        f"{ancestor} is not published",
        remedy="Publish it there; the promotion goes on by itself.",
    )
