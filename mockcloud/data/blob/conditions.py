"""Conditional headers: whether a request may go on, given what is there."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from mockcloud.data.blob.errors import BlobError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockcloud.data.blob.blobs import Blob

    Header = Callable[[str], str | None]


def check_read(header: Header, blob: Blob) -> None:
    """For what changes nothing; a 304 where the caller has it already.

    Raises:
        BlobError: 412 or 304 `ConditionNotMet`.
    """
    _must_match(header, blob)
    none_match, since = header("If-None-Match"), header("If-Modified-Since")
    if none_match and _matches(none_match, blob):
        raise BlobError("ConditionNotMet", status=304, headers={"ETag": blob.etag})
    if since and not none_match and int(blob.modified) <= _time(since):
        raise BlobError("ConditionNotMet", status=304, headers={"ETag": blob.etag})


def check_write(header: Header, blob: Blob | None) -> None:
    """For what replaces or deletes the blob, or makes one where there is none.

    Raises:
        BlobError: 409 `BlobAlreadyExists` for `If-None-Match: *`, else 412 `ConditionNotMet`.
    """
    if blob is None:
        if header("If-Match"):
            raise BlobError("ConditionNotMet")
        return
    _must_match(header, blob)
    none_match, since = header("If-None-Match"), header("If-Modified-Since")
    if none_match and none_match.strip() == "*":
        raise BlobError("BlobAlreadyExists")
    if none_match and _matches(none_match, blob):
        raise BlobError("ConditionNotMet")
    if since and int(blob.modified) <= _time(since):
        raise BlobError("ConditionNotMet")


def check_source(header: Header, blob: Blob) -> None:
    """For the source of a copy: `x-ms-source-if-*`.

    Raises:
        BlobError: 412 `SourceConditionNotMet`.
    """
    try:
        check_write(lambda name: header(f"x-ms-source-{name.lower()}"), blob)
    except BlobError as error:
        if error.code == "InvalidHeaderValue":
            raise
        raise BlobError("SourceConditionNotMet") from error


def _must_match(header: Header, blob: Blob) -> None:
    match, unmodified = header("If-Match"), header("If-Unmodified-Since")
    if match and not _matches(match, blob):
        raise BlobError("ConditionNotMet")
    if unmodified and int(blob.modified) > _time(unmodified):
        raise BlobError("ConditionNotMet")


def _matches(said: str, blob: Blob) -> bool:
    if said.strip() == "*":
        return True
    tags = {tag.strip().removeprefix("W/").strip('"') for tag in said.split(",")}
    return blob.etag.strip('"') in tags


def _time(text: str) -> float:
    try:
        return parsedate_to_datetime(text).timestamp()
    except ValueError as error:
        raise BlobError("InvalidHeaderValue", detail=text) from error
