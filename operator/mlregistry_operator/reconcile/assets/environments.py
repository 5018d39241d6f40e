"""One pass over an environment that is an image: import it once, and know which regions have it.

Azure copies the image and replicates it. Each region is asked itself where the registry has regional
endpoints; else the primary is, and another region is told by the status of its replication, which is the
weaker evidence, and is said to be.
"""

import asyncio
from dataclasses import replace
from typing import Final

from mlregistry_operator.api.asset_status import CopyState
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId, replication
from mlregistry_operator.domain.assets.claims import (
    Claim,
    Position,
    Published,
    Turn,
    first_of,
    position,
    shared,
)
from mlregistry_operator.domain.assets.references import Resolution
from mlregistry_operator.domain.assets.rows import RegionView
from mlregistry_operator.domain.assets.summary import AssetPass, Publication
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.image_kinds import holds_no_image
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
from mlregistry_operator.reconcile.assets.claiming import claim_of, other_claims
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.image_kinds import kind_instead, refuse_other_kinds
from mlregistry_operator.reconcile.assets.image_scenes import ImageScene, image_place
from mlregistry_operator.reconcile.assets.importing import import_image
from mlregistry_operator.reconcile.assets.looking import in_region
from mlregistry_operator.reconcile.assets.memory import AssetMemory
from mlregistry_operator.reconcile.assets.publishers import (
    publisher_of,
)
from mlregistry_operator.reconcile.assets.scene import AssetScene
from mlregistry_operator.reconcile.world import World

IMPORT: Final = "import"


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
    other = await _other_kind(scene, place, tag)
    stands = await _position(scene, tag, memory, world)
    if _may_start(memory, world.clock.monotonic()):
        if other is not None and stands.turn is Turn.OWN:
            memory.jobs.start(IMPORT, refuse_other_kinds(scene, place, _named(scene)))
        elif stands.turn is Turn.PUBLISH and resolution.resolved:
            _start_import(scene, place, memory, world, content)
    await memory.jobs.settle(world.timing.grace)
    if memory.jobs.take_ended(world.clock.monotonic()):
        memory.wake.set()
    return AssetPass(
        asset=scene.asset,
        asset_id=scene.id,
        references=resolution,
        published=_told(stands, tag, memory, other),
        regions=await _views(scene, place, tag if other is None else None),
        lineage=scene.asset.spec.lineage,
        notes=(stands.note,) if stands.note else (),
        unread=stands.unread,
    )


async def _other_kind(scene: AssetScene, place: ImageScene, tag: ImageTag | None) -> Failure | None:
    """What stands there instead of an image. What was told as published has been looked at before."""
    if tag is None or scene.asset.status.digest == tag.digest:
        return None
    what = await kind_instead(place, tag.digest)
    return holds_no_image(place.image.repository, place.image.tag, what) if what is not None else None


def _may_start(memory: AssetMemory, now: float) -> bool:
    """What has come and was no image is not fetched again: the same source has the same."""
    failure = memory.jobs.trouble(IMPORT)
    is_final = failure is not None and failure.reason is Reason.INVALID_SPEC
    return not is_final and memory.jobs.may_start(IMPORT, now)


def _named(scene: AssetScene) -> str:
    """The source, as its author names it."""
    image, asset = scene.asset.spec.source.image, scene.asset.spec.source.asset
    if image is not None:
        return image.reference
    return f"{asset.asset_name} {asset.version}" if asset is not None else str(scene.id)


async def _position(scene: AssetScene, tag: ImageTag | None, memory: AssetMemory, world: World) -> Position:
    """Whose the image is: the record tells who imported it."""
    asset = scene.asset
    source = asset.spec.source.image
    pinned = ImageReference.parse(source.reference).digest if source is not None else None
    own = claim_of(asset, asset.spec.digest or pinned or asset.status.digest)
    if tag is None:
        memory.publisher = None
        return position(own, await other_claims(asset, world.cluster), None, scene.id)
    if memory.publisher is None or memory.publisher[0] != tag.digest:
        memory.publisher = (tag.digest, await publisher_of(scene))
    published = Published(tag.digest, memory.publisher[1])
    stands = position(own, (), published, scene.id)
    if stands.turn is not Turn.COMPARE:
        return stands
    if await _declares_the_same(own, published, asset, world):
        return shared(published, unread=True)
    return Position(Turn.REFUSED, _undecided(scene, tag))


async def _declares_the_same(own: Claim, published: Published, asset: MLAsset, world: World) -> bool:
    """Whether an object that does not say its digest names the image that is there.

    Where nobody recorded who imported it, the oldest of those that declare it counts.
    """
    if published.owner is not None:
        return published.owner.source == own.source
    first = first_of((own, *await other_claims(asset, world.cluster)))
    return first is None or first.source == own.source


def _start_import(
    scene: AssetScene, place: ImageScene, memory: AssetMemory, world: World, content: Content
) -> None:
    """As the only one that imports this version now; whoever comes second finds it published."""
    asset, version = scene.asset, (scene.registry.key, scene.id.key)
    if not content.fleet.may_publish(*version, asset.key):
        return

    async def work() -> None:
        try:
            await import_image(scene, place, world, content)
        finally:
            content.fleet.has_published(*version)

    memory.jobs.start(IMPORT, work())


def _told(
    stands: Position, tag: ImageTag | None, memory: AssetMemory, other: Failure | None
) -> Publication | Failure | None:
    trouble = memory.jobs.trouble(IMPORT) if tag is None or other is not None else None
    failure = stands.failure or trouble
    if other is not None and failure is None:  # ours is being taken away
        return None if stands.turn is Turn.OWN else other
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


def _undecided(scene: AssetScene, tag: ImageTag) -> Failure:
    return Failure(
        ArmId(""),
        Reason.VERSION_CONFLICT,
        Severity.STALLED,
        f"{scene.id} is published already, with the digest {tag.digest}, and this object does not say its",
        remedy=f"Where it is the same image, write spec.digest: {tag.digest} in a new MLAsset; else choose"
        " another version.",
    )
