"""One pass over an environment that is an image: import it once, and know which regions have it.

Azure copies the image and replicates it. Each region is asked itself where the registry has regional
endpoints; else the primary is, and another region is told by the status of its replication, which is the
weaker evidence, and is said to be.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from mlregistry_operator.api.asset_status import CopyState
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.images import ImageImport, Images
from mlregistry_operator.cloud.ports import Cloud, CloudError
from mlregistry_operator.domain.arm import ArmId, replication
from mlregistry_operator.domain.assets.claims import Position, Published, Turn, first_of, position
from mlregistry_operator.domain.assets.layout import Image, image_of
from mlregistry_operator.domain.assets.references import Resolution
from mlregistry_operator.domain.assets.rows import RegionView
from mlregistry_operator.domain.assets.summary import AssetPass, Publication
from mlregistry_operator.domain.assets.tombstones import Tombstone, forbids
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.images import (
    ImageReference,
    ImageTag,
    ImageVerdict,
    asked_itself,
    explained,
    regional_endpoint,
    told_by_status,
)
from mlregistry_operator.domain.regional import has_regional_endpoints, lacks_regional_endpoints
from mlregistry_operator.domain.resources import OperationPhase
from mlregistry_operator.reconcile.assets.ancestry import image_source
from mlregistry_operator.reconcile.assets.claiming import claim_of, other_claims
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.graves import tombstone_of
from mlregistry_operator.reconcile.assets.looking import in_region
from mlregistry_operator.reconcile.assets.memory import AssetMemory
from mlregistry_operator.reconcile.assets.scene import AssetScene
from mlregistry_operator.reconcile.identities import identity_of
from mlregistry_operator.reconcile.world import World

IMPORT: Final = "import"


@dataclass(frozen=True, slots=True)
class ImageScene:
    """The container registry of an asset's registry, and where in it the image lies."""

    id: ArmId
    login_server: str
    images: Images
    cloud: Cloud
    image: Image


async def pass_over_image(
    scene: AssetScene, resolution: Resolution, memory: AssetMemory, world: World, content: Content
) -> AssetPass:
    """Look at the registry, start the import where the image is not there, say how things stand.

    Raises:
        CloudError: the container registry is not there yet, or cannot be read.
        ClusterError: the API server could not be asked.
    """
    place = await image_place(scene, world, content)
    tag = await place.images.tag(place.login_server, place.image.repository, place.image.tag)
    stands = await _position(scene, tag, world)
    now = world.clock.monotonic()
    if stands.turn is Turn.PUBLISH and resolution.resolved and memory.jobs.may_start(IMPORT, now):
        memory.jobs.start(IMPORT, _import(scene, place, world, content))
    await memory.jobs.settle(world.timing.grace)
    if memory.jobs.take_ended(world.clock.monotonic()):
        memory.wake.set()
    return AssetPass(
        asset=scene.asset,
        asset_id=scene.id,
        references=resolution,
        published=_told(stands, tag, memory),
        regions=await _views(scene, place, tag),
        lineage=scene.asset.spec.lineage,
        notes=(stands.note,) if stands.note else (),
    )


async def _position(scene: AssetScene, tag: ImageTag | None, world: World) -> Position:
    """Whose the image is. A registry keeps no record of who imported: the first to declare it did."""
    asset = scene.asset
    source = asset.spec.source.image
    pinned = ImageReference.parse(source.reference).digest if source is not None else None
    own = claim_of(asset, asset.spec.digest or pinned or asset.status.digest)
    if tag is not None and own.digest == tag.digest:
        return Position(Turn.OWN)
    others = await other_claims(asset, world.cluster)
    if tag is None:
        return position(own, others, None, scene.id)
    first = first_of((own, *others))
    if own.digest is None and (first is None or first.uid == own.uid or first.source == own.source):
        return Position(Turn.OWN)
    stands = position(own, others, Published(tag.digest), scene.id)
    return Position(Turn.REFUSED, _undecided(scene, tag)) if stands.turn is Turn.COMPARE else stands


async def _import(scene: AssetScene, place: ImageScene, world: World, content: Content) -> None:
    """Start the import and follow it; a tag that is there already was imported before.

    Raises:
        CloudError: the source could not be imported.
    """
    source, name = await image_source(scene.asset, world, content)
    stone = await tombstone_of(scene)
    if stone is not None:
        name = _as_it_was(scene, stone, name)
    wanted = ImageImport(place.id, source, name, place.image.repository, place.image.tag)
    try:
        begun = await place.images.import_image(wanted)
    except CloudError as error:
        if error.failure.reason is Reason.VERSION_CONFLICT:
            return
        raise
    wait = begun.retry_after
    while begun.url is not None:
        await asyncio.sleep(wait or world.timing.poll)
        state = await place.images.import_state(begun.url, wanted)
        if state.phase is OperationPhase.FAILED and state.failure is not None:
            raise CloudError(state.failure)
        if state.phase is not OperationPhase.RUNNING:
            return
        wait = state.retry_after


def _as_it_was(scene: AssetScene, stone: Tombstone, name: str) -> str:
    """The source image by the digest that the deleted version had: only those bytes may come back.

    Raises:
        CloudError: the source is pinned to other bytes.
    """
    repository, _, digest = name.partition("@")
    refusal = forbids(stone, digest or None, scene.id)
    if refusal is not None:
        raise CloudError(refusal)
    return f"{repository.partition(':')[0]}@{stone.digest}"


async def image_place(scene: AssetScene, world: World, content: Content) -> ImageScene:
    """Where the image of an asset lies. Raises `CloudError` where there is no container registry yet."""
    found = scene.registry.status.container_registry
    if found is None or not found.login_server:
        raise CloudError(_no_registry(scene))
    identity = await identity_of(scene.registry, world.cluster)
    subscription = scene.registry.spec.azure.subscription_id
    return ImageScene(
        ArmId(found.id),
        found.login_server,
        await content.images.images(identity, subscription),
        await world.clouds.open(identity, subscription),
        image_of(scene.id.key),
    )


def _told(stands: Position, tag: ImageTag | None, memory: AssetMemory) -> Publication | Failure | None:
    failure = stands.failure or (memory.jobs.trouble(IMPORT) if tag is None else None)
    if failure is not None or tag is None:
        return failure
    return Publication(tag.digest)


async def _views(scene: AssetScene, place: ImageScene, tag: ImageTag | None) -> tuple[RegionView, ...]:
    if tag is None:
        waits = "It waits for the import."
        return tuple(RegionView(one, CopyState.PENDING, awaits=waits) for one in scene.regions)
    uri = place.image.pinned(place.login_server, tag.digest)
    verdicts = await _verdicts(scene, place, tag)
    return tuple(_view(location, verdicts[location], uri) for location in scene.regions)


async def _verdicts(scene: AssetScene, place: ImageScene, tag: ImageTag) -> dict[str, ImageVerdict]:
    """Azure's list of replications is asked for only where the regions themselves do not tell enough."""
    regional = has_regional_endpoints(scene.registry)
    hosts = {
        one: regional_endpoint(place.login_server, one) if regional else place.login_server
        for one in (scene.regions if regional else (scene.primary,))
    }
    answers = await asyncio.gather(*(_asked(scene, place, host, one, tag) for one, host in hosts.items()))
    verdicts = dict(zip(hosts, answers, strict=True))
    rest = [
        one
        for one in scene.regions
        if one != scene.primary and (one not in verdicts or not verdicts[one].ready)
    ]
    if not rest:
        return verdicts
    told = await _told_by_status(scene, place, tag, rest)
    return verdicts | {
        one: explained(verdicts[one], told[one]) if one in verdicts else told[one] for one in rest
    }


async def _asked(
    scene: AssetScene, place: ImageScene, host: str, location: str, tag: ImageTag
) -> ImageVerdict:
    try:
        answer = await place.images.manifest(host, place.image.repository, tag.digest)
    except CloudError as error:
        return asked_itself(tag.digest, error.failure)
    return asked_itself(tag.digest, answer, had_it=_had_it(scene, location, tag))


def _had_it(scene: AssetScene, location: str, tag: ImageTag) -> bool:
    """Whether this region was seen to have the image. No registry tells what it has lost; the row does."""
    rows, status = scene.asset.status.regions, scene.asset.status
    return status.digest == tag.digest and any(one.location == location and one.uri for one in rows)


async def _told_by_status(
    scene: AssetScene, place: ImageScene, tag: ImageTag, locations: list[str]
) -> dict[str, ImageVerdict]:
    try:
        listed = {one.location: one for one in await place.cloud.replications(place.id)}
    except CloudError as error:
        return dict.fromkeys(locations, ImageVerdict(CopyState.FAILED, failure=error.failure))
    offered = not lacks_regional_endpoints(scene.registry)
    return {one: told_by_status(listed.get(one), tag.updated, one, offered=offered) for one in locations}


def _view(location: str, verdict: ImageVerdict, uri: str) -> RegionView:
    """What was lost keeps the place where it was, so that the next look knows it too."""
    view = RegionView(
        location, verdict.state, awaits=verdict.message or "", uri=uri if verdict.lost else None
    )
    if verdict.ready:
        return replace(view, evidence=verdict.evidence, uri=uri)
    if verdict.failure is not None:
        return replace(view, failure=in_region(location, verdict.failure))
    if verdict.state is CopyState.FAILED:
        message = f"{location}: {verdict.message or 'the image is not as it was imported.'}"
        failure = Failure(replication(ArmId(""), location), Reason.CONTENT_DAMAGED, Severity.RETRY, message)
        return replace(view, failure=failure)
    return view


def _no_registry(scene: AssetScene) -> Failure:
    return Failure(
        ArmId(""),
        Reason.DEPENDENCY_NOT_READY,
        Severity.RETRY,
        f"MLRegistry {scene.registry.key} has no container registry yet",
        remedy="It goes on by itself as soon as that is there.",
    )


def _undecided(scene: AssetScene, tag: ImageTag) -> Failure:
    return Failure(
        ArmId(""),
        Reason.VERSION_CONFLICT,
        Severity.STALLED,
        f"{scene.id} is published already, with the digest {tag.digest}, and this object does not say its",
        remedy=f"Where it is the same image, write spec.digest: {tag.digest} in a new MLAsset; else choose"
        " another version.",
    )
