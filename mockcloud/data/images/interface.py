"""`/_mock/images/...`: manifests as they lie in each region, and what other hosts have for `importImage`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mockcloud.arm.call import timestamp
from mockcloud.arm.registry.rules import TYPE
from mockcloud.data.images.content import MANIFEST, Change, Manifest, Repository, is_digest
from mockcloud.data.images.manifests import moved
from mockcloud.data.images.places import locations, registry_named, shelf
from mockcloud.http import Answer
from mockcloud.interface.resources import plant
from mockcloud.regions import canonical, exists

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockcloud.data.images.content import Repositories
    from mockcloud.http import Call
    from mockcloud.world import World

_EXTERNAL: Final = "external"
_GROUP: Final = "mockcloud"
# <registry>/<location>/<repository>/<reference>
_LEAST: Final = 4


class UnusableError(Exception):
    """What was asked for names no image; the message says why."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Repositories that can be looked at and changed without anything following elsewhere."""

    repositories: Repositories
    repository: str
    reference: str

    def find(self) -> Manifest | None:
        found = self.repositories.get(self.repository)
        return None if found is None else found.find(self.reference)


def serve(world: World, call: Call, rest: str, raw: bytes) -> Answer:
    """Answer a request for `/_mock/images/<rest>`."""
    try:
        return _served(world, call, rest, raw)
    except UnusableError as error:
        return _refusal(400, "Invalid", str(error))


def _served(world: World, call: Call, rest: str, raw: bytes) -> Answer:
    parts = rest.split("/")
    if call.method == "GET" and len(parts) == 1:
        return _listed(world, parts[0])
    if len(parts) == len((_EXTERNAL, "host")) and parts[0] == _EXTERNAL:
        return _accounts(world, call.method, parts[1].lower(), raw)
    if len(parts) < _LEAST:
        raise UnusableError("The address is <registry>/<location>/<repository>/<digest or tag>.")
    holder, location, reference = parts[0], parts[1], parts[-1]
    if call.method == "PUT":
        _make_registry(world, holder, location)
    place = _Place(_repositories(world, holder, location), "/".join(parts[2:-1]), reference)
    match call.method:
        case "GET":
            return _shown(place)
        case "PUT":
            return _put(world, call, place, raw)
        case "DELETE":
            return _deleted(place)
        case _:
            return _refusal(405, "MethodNotAllowed", f"{call.method} is not served here.")


def _accounts(world: World, method: str, host: str, raw: bytes) -> Answer:
    """Who may pull from a host outside. One that was never given accounts lets everybody in."""
    known = world.images.accounts
    match method:
        case "GET":
            return Answer(200, {"accounts": known.get(host)})
        case "PUT":
            known[host] = _read_accounts(raw)
            return Answer(200, {"accounts": known[host]})
        case "DELETE":
            known.pop(host, None)
            return Answer(204)
        case _:
            return _refusal(405, "MethodNotAllowed", f"{method} is not served here.")


def _read_accounts(raw: bytes) -> list[dict[str, Any]]:
    try:
        accounts = json.loads(raw)["accounts"]
        return [
            {
                "username": str(one["username"]),
                "password": str(one["password"]),
                "repositories": [str(name) for name in one.get("repositories") or ()],
            }
            for one in accounts
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise UnusableError(
            'The body is {"accounts": [{"username", "password", "repositories": [prefix, ...]}]}.'
        ) from error


def _repositories(world: World, holder: str, location: str) -> Repositories:
    if holder == _EXTERNAL:
        return world.images.outside.setdefault(location.lower(), {})
    registry = registry_named(world, holder)
    found = None if registry is None else shelf(world, registry, canonical(location))
    if found is None:
        raise UnusableError(f"The registry {holder} has no content in {location}.")
    return found


def _make_registry(world: World, holder: str, location: str) -> None:
    if holder == _EXTERNAL or registry_named(world, holder) is not None:
        return
    if not exists(location):
        raise UnusableError(f"Azure has no public region {location}.")
    subscription = next(iter(world.subscriptions.values()))
    resource_id = f"/subscriptions/{subscription}/resourceGroups/{_GROUP}/providers/{TYPE}/{holder}"
    plant(world, resource_id, {"location": canonical(location)})


def _shown(place: _Place) -> Answer:
    found = place.find()
    if found is None:
        return _refusal(404, "NotFound", f"There is no {place.repository}, {place.reference}.")
    return Answer(200, found.content, {"Docker-Content-Digest": found.digest}, found.media_type)


def _put(world: World, call: Call, place: _Place, raw: bytes) -> Answer:
    manifest = Manifest(raw, _media_type(call, raw), world.now())
    if is_digest(place.reference) and place.reference != manifest.digest:
        raise UnusableError(f"The digest of these bytes is {manifest.digest}.")
    repository = place.repositories.get(place.repository) or Repository()
    Change(place.repository, "manifests", manifest.digest, manifest).apply(place.repositories)
    if not is_digest(place.reference):
        tag = moved(repository, place.reference, manifest)
        Change(place.repository, "tags", place.reference, tag).apply(place.repositories)
    body = {"digest": manifest.digest, "mediaType": manifest.media_type, "size": len(raw)}
    return Answer(201, body, {"Docker-Content-Digest": manifest.digest})


def _media_type(call: Call, raw: bytes) -> str:
    """What the caller says it is, else what it says of itself, else an OCI image manifest."""
    said = (call.header("Content-Type") or "").partition(";")[0].strip()
    if said not in {"", "application/json", "application/octet-stream"}:
        return said
    document = Manifest(raw, MANIFEST, 0.0).named()
    if "mediaType" in document:
        return str(document["mediaType"])
    return "application/vnd.oci.image.index.v1+json" if "manifests" in document else MANIFEST


def _deleted(place: _Place) -> Answer:
    found = place.find()
    if found is None:
        return _refusal(404, "NotFound", f"There is no {place.repository}, {place.reference}.")
    tags = [place.reference]
    if is_digest(place.reference):
        tags = place.repositories[place.repository].tags_of(found.digest)
        Change(place.repository, "manifests", found.digest, None).apply(place.repositories)
    for tag in tags:
        Change(place.repository, "tags", tag, None).apply(place.repositories)
    return Answer(204)


def _listed(world: World, holder: str) -> Answer:
    if holder == _EXTERNAL:
        shelves = list(world.images.outside.items())
    else:
        registry = registry_named(world, holder)
        if registry is None:
            return _refusal(404, "NotFound", f"There is no registry {holder}.")
        shelves = [(place, shelf(world, registry, place) or {}) for place in locations(world, registry)]
    return Answer(200, {"images": [row for place, one in shelves for row in _rows(place, one)]})


def _rows(location: str, repositories: Repositories) -> Iterator[dict[str, Any]]:
    for name, repository in sorted(repositories.items()):
        for digest, manifest in sorted(repository.manifests.items()):
            yield {
                "location": location,
                "repository": name,
                "digest": digest,
                "tags": repository.tags_of(digest),
                "mediaType": manifest.media_type,
                "size": len(manifest.content),
                "created": timestamp(manifest.created),
            }


def _refusal(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}})
