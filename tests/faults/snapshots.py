"""What there is in the cloud of one lane, in words that are the same for every lane and run."""

from typing import Any

from faults.calls import Names
from faults.lanes import Lane
from support.clouds import ACCOUNTS

from mockcloud.client import Body

Snapshot = dict[str, Any]
_CONTENT = ("/files/", "/manifest.json")


def snapshot(lane: Lane) -> Snapshot:
    """Resources, blobs with their blocks, images. Equal for two lanes that have come to the same end."""
    names, found = lane.names, {}
    for body in lane.resources():
        if body["type"].endswith(
            "/containers"
        ):  # one for each type of asset, which stays where there was any
            continue
        found[names.told(body["id"]).casefold()] = _resource(body, names)
        if body["type"] == ACCOUNTS:
            for blob in lane.world.cloud.blobs(body["name"]):
                place = f"{names.told(body['name'])}/{blob['container']}/{names.told(blob['name'])}"
                found[place] = _blob(blob)
    registry = lane.container_registry()
    for image in lane.world.cloud.images(registry) if registry else ():
        tags = sorted(names.told(tag) for tag in image["tags"])
        found[f"{image['location']}/{names.told(image['repository'])}@{image['digest']}"] = tags
    return _of_this_round(found)


def _resource(body: Body, names: Names) -> Body:
    tags = {key: names.told(value) for key, value in (body.get("tags") or {}).items()}
    return {
        "location": body.get("location"),
        "sku": (body.get("sku") or {}).get("name"),
        "tags": tags,
        "state": (body.get("properties") or {}).get("provisioningState"),
    }


def _blob(blob: Body) -> Body:
    """Documents tell times and owners; files and manifests are the same bytes ever."""
    told = {"committed": blob["committed"], "uncommittedBlocks": blob["uncommittedBlocks"]}
    return told | ({"md5": blob["md5"]} if any(one in f"/{blob['name']}" for one in _CONTENT) else {})


def _of_this_round(found: Snapshot) -> Snapshot:
    """Without what earlier rounds have left on purpose: tombstones, of which each version keeps its own."""
    return {place: one for place, one in found.items() if "/run" not in place}
