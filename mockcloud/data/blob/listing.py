"""List Blobs and List Containers, page by page, in the order of the names."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Final

from mockcloud.data.blob.accounts import containers_of
from mockcloud.data.blob.blobs import Blob, new_etag
from mockcloud.data.blob.containers import metadata_of, modified
from mockcloud.data.blob.content import Content
from mockcloud.data.blob.errors import BlobError
from mockcloud.data.blob.immutability import has_legal_hold, retention_days
from mockcloud.data.blob.times import http_date
from mockcloud.data.blob.writing import XML
from mockcloud.http import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockcloud.data.blob.blobs import Contents
    from mockcloud.data.blob.requests import Request
    from mockcloud.store import Resource

_MOST: Final = 5000
_SETTINGS: Final = (
    "Content-Type",
    "Content-Encoding",
    "Content-Language",
    "Content-MD5",
    "Cache-Control",
    "Content-Disposition",
)


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for: names that begin with `prefix`, from `marker` on, at most `most` of them."""

    prefix: str
    delimiter: str
    marker: str
    most: int
    include: frozenset[str]

    @classmethod
    def of(cls, request: Request) -> Page:
        query = request.query
        try:
            most = int(query.get("maxresults") or _MOST)
            marker = base64.b64decode(query.get("marker", ""), validate=True).decode()
        except (ValueError, binascii.Error) as error:
            raise BlobError("InvalidQueryParameterValue") from error
        if most < 1:
            raise BlobError("OutOfRangeQueryParameterValue", status=400)
        include = frozenset(word for word in query.get("include", "").lower().split(",") if word)
        return cls(query.get("prefix", ""), query.get("delimiter", ""), marker, min(most, _MOST), include)


async def list_blobs(request: Request) -> Answer:
    page, contents = Page.of(request), request.contents
    shown: list[str] = []
    following = ""
    for name, is_prefix in _entries(contents, page):
        if len(shown) == page.most:
            following = name
            break
        shown.append(_prefix(name) if is_prefix else _blob(request, contents, name, page))
    _change_listed(request, contents, page)
    return _answer(request, page, "Blobs", shown, following)


async def list_containers(request: Request) -> Answer:
    page = Page.of(request)
    named = [c for c in containers_of(request.world, request.account) if c.name.startswith(page.prefix)]
    rest = [container for container in named if container.name >= page.marker]
    shown = [_container(container, page) for container in rest[: page.most]]
    following = rest[page.most].name if len(rest) > page.most else ""
    return _answer(request, page, "Containers", shown, following)


def _answer(request: Request, page: Page, tag: str, shown: list[str], following: str) -> Answer:
    endpoint = f"{request.call.base}/{request.account.segment}/"
    container = request.address.container
    marker = base64.b64encode(following.encode()).decode()
    named = f' ContainerName="{escape(container)}"' if container else ""
    asked = "".join(
        _tag(name, value)
        for name, value in (
            ("Prefix", page.prefix),
            ("Marker", request.query.get("marker", "")),
            ("MaxResults", request.query.get("maxresults", "")),
            ("Delimiter", page.delimiter),
        )
        if value
    )
    body = (
        f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="{endpoint}"{named}>'
        f"{asked}<{tag}>{''.join(shown)}</{tag}>{_tag('NextMarker', marker)}</EnumerationResults>"
    )
    return Answer(200, body.encode(), content_type=XML)


def _entries(contents: Contents, page: Page) -> Iterator[tuple[str, bool]]:
    """Names from the marker on, each with whether it is a prefix that stands for what lies below it."""
    names, previous = _names(contents, page), ""
    for position in range(bisect_left(names, max(page.prefix, page.marker)), len(names)):
        name = names[position]
        if not name.startswith(page.prefix):
            return
        folded = _folded(contents, name, page)
        if folded is None:
            yield name, False
        elif folded != previous:
            yield folded, True
            previous = folded


def _folded(contents: Contents, name: str, page: Page) -> str | None:
    """The prefix that a name is shown as where a delimiter is given."""
    if not page.delimiter:
        return None
    head, found, _ = name[len(page.prefix) :].partition(page.delimiter)
    if found:
        return page.prefix + head + page.delimiter
    blob = contents.blobs.get(name)
    return name + page.delimiter if blob is not None and blob.directory else None


def _names(contents: Contents, page: Page) -> list[str]:
    names = contents.names()
    if "uncommittedblobs" in page.include:
        return sorted({*names, *contents.uncommitted})
    return names


def _blob(request: Request, contents: Contents, name: str, page: Page) -> str:
    now = request.world.now()
    blob = contents.get(name, now) or Blob(name, Content(), "", 0, 0)
    parts = [_tag("Creation-Time", http_date(blob.created)), _tag("Last-Modified", http_date(blob.modified))]
    parts += [_tag("Etag", blob.etag.strip('"'))] if blob.etag else []
    parts += [_tag("ResourceType", "directory" if blob.directory else "file")] if request.account.hns else []
    settings = {"Content-Type": "application/octet-stream", **blob.settings}
    parts += [_tag("Content-Length", str(blob.content.size))]
    parts += [_tag(key, settings[key]) for key in _SETTINGS if key in settings]
    parts += [
        _tag("BlobType", "BlockBlob"),
        _tag("AccessTier", blob.tier or "Hot"),
        _tag("AccessTierInferred", str(not blob.tier).lower()),
        _tag("LeaseStatus", "unlocked"),
        _tag("LeaseState", "available"),
        _tag("ServerEncrypted", "true"),
    ]
    if "copy" in page.include and blob.copy is not None:
        parts += [
            _tag("CopyId", blob.copy.id),
            _tag("CopyStatus", blob.copy.status),
            _tag("CopySource", blob.copy.source),
            _tag("CopyProgress", f"{blob.copy.progress(now)}/{blob.copy.total}"),
        ]
    metadata = {**blob.metadata, **({"hdi_isfolder": "true"} if blob.directory else {})}
    extra = _metadata(metadata) if "metadata" in page.include else ""
    return f"<Blob>{_tag('Name', name)}<Properties>{''.join(parts)}</Properties>{extra}<OrMetadata /></Blob>"


def _prefix(name: str) -> str:
    return f"<BlobPrefix>{_tag('Name', name)}</BlobPrefix>"


def _container(container: Resource, page: Page) -> str:
    parts = [
        _tag("Last-Modified", modified(container)),
        _tag("Etag", str(container.body["etag"])),
        _tag("LeaseStatus", "unlocked"),
        _tag("LeaseState", "available"),
        _tag("HasImmutabilityPolicy", str(bool(retention_days(container))).lower()),
        _tag("HasLegalHold", str(has_legal_hold(container)).lower()),
    ]
    extra = _metadata(metadata_of(container)) if "metadata" in page.include else ""
    name = _tag("Name", container.name)
    return f"<Container>{name}<Properties>{''.join(parts)}</Properties>{extra}</Container>"


def _metadata(metadata: dict[str, str]) -> str:
    return f"<Metadata>{''.join(_tag(name, str(said)) for name, said in metadata.items())}</Metadata>"


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text, quote=False)}</{name}>"


def _change_listed(request: Request, contents: Contents, page: Page) -> None:
    """A fault `changeAfterList` on a list: what was listed is another thing from now on."""
    fault = request.call.fault
    if fault is None or fault.corrupt != "changeAfterList":
        return
    for name, blob in contents.blobs.items():
        if name.startswith(page.prefix) and blob.content.size:
            content = blob.content.flipped(blob.content.size // 2)
            contents.blobs[name] = replace(
                blob, content=content, etag=new_etag(), modified=request.world.now()
            )
    contents.dirty = True
