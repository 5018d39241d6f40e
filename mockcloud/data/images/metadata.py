"""Azure's own interface to a registry, `/acr/v1`: what tags and manifests there are, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mockcloud.arm.call import timestamp
from mockcloud.data.images.content import is_digest
from mockcloud.data.images.errors import OciError, manifest_unknown
from mockcloud.http import Answer

if TYPE_CHECKING:
    from mockcloud.data.images.content import Manifest, Repository, Tag
    from mockcloud.data.images.requests import Desk

_PAGE: Final = 100
_CHANGEABLE: Final = {"deleteEnabled": True, "writeEnabled": True, "readEnabled": True, "listEnabled": True}


async def catalog(desk: Desk) -> Answer:
    names, headers = _page(desk, sorted(desk.repositories()), "/acr/v1/_catalog")
    return Answer(200, {"repositories": names}, headers)


async def tags(desk: Desk) -> Answer:
    repository, wanted = desk.repository(), desk.call.query.get("digest")
    known = sorted(name for name, tag in repository.tags.items() if wanted in {None, tag.digest})
    names, headers = _page(desk, known, f"/acr/v1/{desk.name}/_tags")
    return Answer(200, _named(desk, tags=[_tag(name, repository.tags[name]) for name in names]), headers)


async def tag(desk: Desk) -> Answer:
    found = desk.repository().tags.get(desk.last)
    if found is None:
        raise _tag_unknown(desk.last)
    return Answer(200, _named(desk, tag=_tag(desk.last, found)))


async def untag(desk: Desk) -> Answer:
    """The manifest stays, even where no other tag points at it."""
    if desk.last not in desk.repository().tags:
        raise _tag_unknown(desk.last)
    desk.make(desk.entry("tags", desk.last, None))
    return Answer(202)


async def manifests(desk: Desk) -> Answer:
    repository = desk.repository()
    digests, headers = _page(desk, sorted(repository.manifests), f"/acr/v1/{desk.name}/_manifests")
    found = [_manifest(repository, repository.manifests[digest]) for digest in digests]
    return Answer(200, _named(desk, manifests=found), headers)


async def manifest(desk: Desk) -> Answer:
    if not is_digest(desk.last):
        raise manifest_unknown(desk.last)
    return Answer(200, _named(desk, manifest=_manifest(desk.repository(), desk.manifest())))


async def delete_repository(desk: Desk) -> Answer:
    repository = desk.repository()
    gone = {
        "manifestsDeleted": sorted(repository.manifests),
        "tagsDeleted": sorted(repository.tags),
    }
    changes = [
        *(desk.entry("tags", key, None) for key in repository.tags),
        *(desk.entry("manifests", key, None) for key in repository.manifests),
        *(desk.entry("blobs", key, None) for key in repository.blobs),
    ]
    desk.make(*changes)
    return Answer(202, gone)


def _tag(name: str, tag: Tag) -> dict[str, Any]:
    return {
        "name": name,
        "digest": tag.digest,
        "createdTime": timestamp(tag.created),
        "lastUpdateTime": timestamp(tag.updated),
        "signed": False,
        "changeableAttributes": _CHANGEABLE,
    }


def _manifest(repository: Repository, manifest: Manifest) -> dict[str, Any]:
    when = timestamp(manifest.created)
    return {
        "digest": manifest.digest,
        "imageSize": sum(int(blob.get("size", 0)) for blob in manifest.blobs()),
        "createdTime": when,
        "lastUpdateTime": when,
        "mediaType": manifest.media_type,
        "tags": repository.tags_of(manifest.digest),
        "changeableAttributes": _CHANGEABLE,
    }


def _named(desk: Desk, **more: Any) -> dict[str, Any]:
    return {"registry": desk.endpoint.service, "imageName": desk.name, **more}


def _page(desk: Desk, names: list[str], path: str) -> tuple[list[str], dict[str, str]]:
    """The names after `last`, at most `n`; where more follow, a header says where."""
    size, last = int(desk.call.query.get("n") or _PAGE), desk.call.query.get("last", "")
    rest = [name for name in names if name > last]
    shown = rest[:size]
    if len(rest) <= size:
        return shown, {}
    return shown, {"Link": f'<{path}?last={shown[-1]}&n={size}>; rel="next"'}


def _tag_unknown(name: str) -> OciError:
    return OciError(404, "TAG_UNKNOWN", "the specified tag does not exist", {"name": name})
