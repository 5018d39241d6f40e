"""`importImage`: a copy from another registry, done by the service behind a long operation.

A target tag that exists refuses the request at once (`NoForce`); what is wrong with the source is told where
the operation is polled, in the sentence that the source's registry gave.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from mockcloud.arm.errors import ArmError
from mockcloud.arm.registry.registries import REGISTRY, deletion_headers, registry_of
from mockcloud.arm.registry.rules import TYPE
from mockcloud.arm.registry.sources import ClosedError, pulled_from
from mockcloud.arm.routing import Route
from mockcloud.authorization import allowed
from mockcloud.data.images.content import Change, Repository, is_digest
from mockcloud.data.images.errors import manifest_unknown
from mockcloud.data.images.manifests import moved
from mockcloud.data.images.places import change, home
from mockcloud.http import Answer
from mockcloud.operations import Failure, Operation, operation_id

if TYPE_CHECKING:
    from mockcloud.arm.call import ArmCall
    from mockcloud.data.images.content import Manifest
    from mockcloud.store import Body, Resource
    from mockcloud.world import World

IMPORT_TYPE: Final = f"{TYPE}/imports"
_MOST_MANIFESTS: Final = 50
_INVALID: Final = "InvalidParameters"


def import_image(call: ArmCall) -> Answer:
    """Accept the import, or refuse it for a tag that is taken or a source that nobody may read."""
    registry = registry_of(call)
    source: Body = call.body.get("source") or {}
    if not source.get("sourceImage"):
        raise ArmError(400, _INVALID, "The source image of the import is missing.")
    if not (source.get("resourceId") or source.get("registryUri")):
        raise ArmError(400, _INVALID, "The source registry of the import is missing.")
    if source.get("resourceId") and source.get("credentials"):
        raise ArmError(400, _INVALID, "Credentials are for a source that is named by its registryUri.")
    if source.get("credentials") and not source["credentials"].get("password"):
        raise ArmError(400, _INVALID, "The password of the source's credentials is missing.")
    _check_right(call, source)
    for target in _targets(call.body):
        repository, tag = _split(target)
        existing = home(call.world, registry).get(repository, Repository())
        if call.body.get("mode") != "Force" and tag in existing.tags:
            raise ArmError(409, "Conflict", f"Tag {repository}:{tag} already exists in target registry.")
    return _accepted(call, registry)


def _accepted(call: ArmCall, registry: Resource) -> Answer:
    """Imports run beside each other and beside changes of the registry: none of them holds it."""
    now, name = call.world.now(), operation_id("registries")
    due = now + call.world.settings.lro_seconds
    target = f"{registry.id}/imports/{name}"
    operation = Operation(name, target, IMPORT_TYPE.lower(), "Importing", now, due)
    if call.fault is not None and call.fault.lro_error is not None:
        error = call.fault.lro_error
        operation.failure = Failure(error.code, error.message, error.status)
    call.world.images.imports[name] = call.body
    call.world.operations.begin(operation)
    return Answer(202, headers=deletion_headers(call, registry.location.upper(), operation))


def _check_right(call: ArmCall, source: Body) -> None:
    """Whoever imports from another registry has to be allowed to pull there."""
    resource_id = str(source.get("resourceId") or "")
    if resource_id and not allowed(call.world, call.principal_id, f"{TYPE}/pull/read", resource_id):
        raise ArmError(
            403,
            "LinkedAuthorizationFailed",
            f"The client '{call.client_id}' has permission to perform action '{TYPE}/importImage/action' on "
            f"scope '{call.path}', however, it does not have permission to perform action '{TYPE}/pull/read' "
            f"on the linked scope(s) '{resource_id}' or the linked scope(s) are invalid.",
        )


def finish(world: World, operation: Operation) -> None:
    """Copy the image, or end as failed."""
    body = world.images.imports.pop(operation.id, None)
    registry = world.store.get(operation.target.rsplit("/imports/", 1)[0])
    if body is None or registry is None or operation.failure is not None:
        return
    repository, reference = _split(str(body["source"]["sourceImage"]), "latest")
    try:
        there = pulled_from(world, body["source"], repository)
    except ClosedError as closed:
        operation.failure = _refused(closed.status, closed.said)
        return
    manifest = there.find(reference)
    if manifest is None:
        operation.failure = _refused("NotFound Not Found", manifest_unknown(reference).answer().body)
        return
    operation.failure = _copy(world, registry, there, manifest, body)


@dataclass(frozen=True, slots=True)
class _Copy:
    """An image on its way into a registry: the manifest first, then all that it lists."""

    world: World
    registry: Resource
    there: Repository
    listed: list[Manifest]

    def taken(self, repository: str, tag: str) -> bool:
        return tag in self._kept(repository).tags

    def write(self, repository: str, tag: str | None) -> None:
        """Byte for byte, what is listed before what lists it, the tag last."""
        now, changes = self.world.now(), list[Change]()
        for manifest in reversed(self.listed):
            wanted = (str(blob.get("digest")) for blob in manifest.blobs())
            blobs = {digest: self.there.blobs[digest] for digest in wanted if digest in self.there.blobs}
            changes += [Change(repository, "blobs", digest, content) for digest, content in blobs.items()]
            changes.append(Change(repository, "manifests", manifest.digest, replace(manifest, created=now)))
        if tag is not None:
            arrived = replace(self.listed[0], created=now)
            changes.append(Change(repository, "tags", tag, moved(self._kept(repository), tag, arrived)))
        change(self.world, self.registry, self.registry.location, changes)

    def _kept(self, repository: str) -> Repository:
        return home(self.world, self.registry).get(repository, Repository())


def _copy(
    world: World, registry: Resource, there: Repository, manifest: Manifest, body: Body
) -> Failure | None:
    children = manifest.children()
    missing = [child for child in children if child not in there.manifests]
    if missing:
        return _refused("NotFound Not Found", manifest_unknown(missing[0]).answer().body)
    if len(children) >= _MOST_MANIFESTS:
        return Failure(_INVALID, f"The image has more than {_MOST_MANIFESTS} manifests.", 400)
    copy = _Copy(world, registry, there, [manifest, *(there.manifests[child] for child in children)])
    for target in _targets(body):
        repository, tag = _split(target)
        if body.get("mode") != "Force" and copy.taken(repository, tag):
            return Failure("Conflict", f"Tag {repository}:{tag} already exists in target registry.")
        copy.write(repository, tag)
    for repository in body.get("untaggedTargetRepositories") or []:
        copy.write(str(repository), None)
    return None


def _targets(body: Body) -> list[str]:
    """`repository:tag`, the tag being the source's where the request says none."""
    source = str((body.get("source") or {}).get("sourceImage"))
    _, reference = _split(source, "latest")
    tag = "latest" if is_digest(reference) else reference
    targets = [str(target) for target in body.get("targetTags") or []]
    if not targets and not body.get("untaggedTargetRepositories"):
        targets = [_split(source)[0]]
    return [target if ":" in target else f"{target}:{tag}" for target in targets]


def _split(image: str, default: str = "") -> tuple[str, str]:
    """Repository and reference of `repository[:tag][@digest]`; a digest wins over a tag."""
    name, _, digest = image.partition("@")
    repository, _, tag = name.partition(":")
    return repository, digest or tag or default


def _refused(status: str, said: dict[str, Any]) -> Failure:
    return Failure(_INVALID, f"Invalid message {status} {json.dumps(said, separators=(',', ':'))}", 400)


ROUTES: Final = (Route("POST", REGISTRY + "/importImage", import_image, f"{TYPE}/importImage/action"),)
