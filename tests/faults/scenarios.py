"""What happens to a registry and to an asset, step by step, and what must be there after each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from faults.following import Version
from faults.lanes import REGIONS, Lane
from support.assets import from_blobs
from support.clouds import ACCOUNTS, REGISTRIES, REPLICATIONS
from support.clusters import Ref, is_ready
from support.images import an_image
from support.manifests import AssetBuilder, Manifest, RegistryBuilder

MOVED = ("eastus", "eastus2", "westus2")
HOST, IMAGE = "mcr.example", "base/sklearn"
FILES = {"train/a.csv": b"a,b\n1,2\n", "train/b.csv": b"b" * 3000, "readme.md": b"taxi fares\n"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One step of a lane. `act` does what a user does; `lacks` says what is declared and not there.

    Without `ends`, the step is over when the object is Ready; else when it is gone. A step that is `aside`
    only leads back to where the lane began, and is not made to fail.
    """

    name: str
    subject: Callable[[Lane], Ref]
    act: Callable[[Lane], object]
    lacks: Callable[[Lane], list[str]]
    ends: bool = False
    aside: bool = False
    begin: Callable[[Lane], object] = Lane.forget  # before anything can fail: it settles what names mean

    def is_over(self, lane: Lane, version: Version, generation: int) -> bool:
        thing = version.thing
        if Ref.of(thing) != self.subject(lane):
            return False
        if self.ends:
            return version.gone
        return not version.gone and is_ready(thing) and thing["metadata"]["generation"] >= generation


@dataclass(frozen=True, slots=True)
class Cycle:
    """Steps that leave a lane as they found it. `prepare` makes what they stand on."""

    name: str
    prepare: Callable[[Lane], object]
    steps: tuple[Scenario, ...]


def _registry(lane: Lane) -> Ref:
    return Ref.of(lane.registry)


def _asset(lane: Lane) -> Ref:
    return Ref.of(lane.asset)


def _create(lane: Lane) -> None:
    lane.registry = _declared(lane, "first", "Standard_LRS")
    lane.world.cluster.create(lane.registry.manifest())


def _update(lane: Lane) -> None:
    lane.registry = _declared(lane, "second", "Standard_GRS")
    lane.world.cluster.patch(lane.registry, {"spec": lane.registry.spec})


def _change_regions(lane: Lane) -> None:
    lane.registry = _declared(lane, "first", "Standard_LRS").in_regions(*MOVED)
    lane.world.cluster.patch(lane.registry, {"spec": lane.registry.spec})


def _change_back(lane: Lane) -> None:
    lane.registry = _declared(lane, "first", "Standard_LRS")
    lane.world.cluster.patch(lane.registry, {"spec": lane.registry.spec})


def _delete_registry(lane: Lane) -> None:
    lane.world.cluster.delete(lane.registry)


def _delete_asset(lane: Lane) -> None:
    lane.world.cluster.delete(lane.asset)


def _declared(lane: Lane, stage: str, redundancy: str) -> RegistryBuilder:
    fresh = lane.registry.in_regions(*REGIONS).with_tags(stage=stage)
    return fresh.with_storage("eastus2", account_type=redundancy)


def _lacks_of_registry(lane: Lane) -> list[str]:
    """What the registry declares and the cloud does not have, finished and as declared."""
    there = {
        (body["type"], body["location"]): body
        for body in lane.resources()
        if (body.get("properties") or {}).get("provisioningState") == "Succeeded"
    }
    lacking = [] if (REGISTRIES, "eastus") in there else ["the container registry"]
    for row in lane.registry.spec["replicationLocations"]:
        location = row["location"]
        account = there.get((ACCOUNTS, location))
        wanted = row.get("storageConfig", {}).get("storageAccountType", "Standard_LRS")
        tags = lane.registry.spec["tags"].items()
        if account is None:
            lacking.append(f"the account in {location}")
        elif account["sku"]["name"] != wanted or not tags <= (account.get("tags") or {}).items():
            lacking.append(f"what was changed of the account in {location}")
        if location != "eastus" and (REPLICATIONS, location) not in there:
            lacking.append(f"the replica in {location}")
    left = {location for kind, location in there if kind == ACCOUNTS} - {
        row["location"] for row in lane.registry.spec["replicationLocations"]
    }
    return lacking + [f"the end of the account in {location}" for location in left]


def _nothing_is_left(lane: Lane) -> list[str]:
    return [f"the end of {body['id']}" for body in lane.resources()]


def _lacks_of_files(lane: Lane) -> list[str]:
    spec, lacking = lane.asset.spec, []
    folder = f"{spec['assetName']}/{spec['version']}/"
    for location, account in lane.accounts().items():
        there = {
            blob["name"].removeprefix(folder)
            for blob in lane.world.cloud.blobs(account)
            if blob["name"].startswith(folder) and blob["committed"]
        }
        wanted = {"manifest.json", *_files(lane.asset)}
        lacking += [f"{name} in {location}" for name in sorted(wanted - there)]
    return lacking


def _files(asset: AssetBuilder) -> list[str]:
    if "blob" in asset.spec["source"]:
        return [f"files/{path}" for path in FILES]
    return [f"files/{asset.spec['type'].lower()}.yaml"]


def _files_that_are_left(lane: Lane) -> list[str]:
    spec = lane.asset.spec
    folder = f"{spec['assetName']}/{spec['version']}/"
    return [
        f"the end of {blob['name']} in {location}"
        for location, account in lane.accounts().items()
        for blob in lane.world.cloud.blobs(account)
        if blob["name"].startswith(folder)
        and ("/files/" in blob["name"] or blob["name"].endswith("manifest.json"))
    ]


def _lacks_of_image(lane: Lane) -> list[str]:
    there = {image["location"] for image in _images(lane)}
    return [f"the image in {location}" for location in REGIONS if location not in there]


def _images_that_are_left(lane: Lane) -> list[str]:
    return [f"the end of the image in {image['location']}" for image in _images(lane)]


def _images(lane: Lane) -> list[Manifest]:
    registry = lane.container_registry()
    version = lane.asset.spec["version"]
    found = lane.world.cloud.images(registry) if registry else []
    return [image for image in found if version in image["tags"]]


def _publish(kind: str, **fields: object) -> Callable[[Lane], None]:
    """Apply the next version of the lane's asset."""

    def act(lane: Lane) -> None:
        version = f"run{lane.round}"
        spec = {name: value(lane) if callable(value) else value for name, value in fields.items()}
        lane.asset = (
            lane.asset.named(f"taxi-{version}")
            .of_type(kind)
            .at_version(version)
            .with_spec(assetName="taxi-fare", deletionPolicy="Delete", **spec)
        )
        lane.world.cluster.create(lane.asset.manifest())

    return act


def _next_version(lane: Lane) -> None:
    lane.round += 1
    lane.call_the_asset("taxi-fare", f"run{lane.round}")
    lane.forget()


def _from_team(lane: Lane) -> Manifest:
    return from_blobs(f"{lane.world.url}/team{lane.number:05d}/data/taxi")


def _ready_registry(lane: Lane) -> None:
    """The registry that assets are published in, and what they are published from."""
    cluster, cloud = lane.world.cluster, lane.world.cloud
    for path, content in FILES.items():
        cloud.put_blob(f"team{lane.number:05d}", "data", f"taxi/{path}", content, location="northeurope")
    cloud.put_image("external", HOST, IMAGE, "1", an_image().content)
    lane.words[f"team{lane.number:05d}"] = "{source}"
    lane.world.recording.claim(lane.subscription, [f"team{lane.number:05d}"])
    lane.registry = _declared(lane, "first", "Standard_LRS")
    cluster.create(lane.registry.manifest())
    cluster.wait(lane.registry, is_ready, because="nothing stands in its way", seconds=60)


def _nothing(_lane: Lane) -> None:
    return


def _changes(name: str, act: Callable[[Lane], None]) -> Cycle:
    change = Scenario(name, _registry, act, _lacks_of_registry)
    back = Scenario("change it back", _registry, _change_back, _lacks_of_registry, aside=True)
    return Cycle(name, _ready_registry, (change, back))


def _assets(name: str, act: Callable[[Lane], None], *, image: bool = False) -> Cycle:
    lacks, left = (
        (_lacks_of_image, _images_that_are_left) if image else (_lacks_of_files, _files_that_are_left)
    )
    publish = Scenario(f"publish {name}", _asset, act, lacks, begin=_next_version)
    return Cycle(
        name, _ready_registry, (publish, Scenario(f"delete {name}", _asset, _delete_asset, left, ends=True))
    )


CYCLES: Final[dict[str, Cycle]] = {
    cycle.name: cycle
    for cycle in (
        Cycle(
            "a registry",
            _nothing,
            (
                Scenario("create a registry", _registry, _create, _lacks_of_registry),
                Scenario("delete a registry", _registry, _delete_registry, _nothing_is_left, ends=True),
            ),
        ),
        _changes("update a registry", _update),
        _changes("change the regions", _change_regions),
        _assets("files", _publish("Data", source=_from_team, data={"format": "UriFolder"})),
        _assets("a document", _publish("Component", source={"inline": "name: train\ntype: command\n"})),
        _assets(
            "an image",
            _publish(
                "Environment",
                source={"image": {"reference": f"{HOST}/{IMAGE}:1"}},
                environment={"osType": "Linux"},
            ),
            image=True,
        ),
    )
}
SCENARIOS: Final = {step.name: cycle for cycle in CYCLES.values() for step in cycle.steps if not step.aside}
