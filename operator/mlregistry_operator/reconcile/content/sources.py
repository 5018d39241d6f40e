"""Where the bytes of a new version come from: looked at once, then read exactly as they were seen.

Every file's ETag is kept from the listing, and every read names it: bytes that change meanwhile are refused
by the service, never mixed.
"""

from dataclasses import dataclass, replace
from typing import Final, Protocol

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import BlobFacts, BlobRef, BlobStore, Span
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.ids import shown
from mlregistry_operator.domain.assets.manifests import MAX_FILES
from mlregistry_operator.domain.assets.markers import marks_by_itself, without_markers
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.reconcile.content.failures import failed

_ABSENT: Final = frozenset({"BlobNotFound", "ContainerNotFound", "ResourceNotFound", "HTTP 404"})
_CHANGED: Final = frozenset({"ConditionNotMet", "InvalidRange", *_ABSENT})
_FORBIDDEN: Final = frozenset({Reason.AUTHENTICATION_FAILED, Reason.AUTHORIZATION_FAILED})
_MOST_ROWS: Final = 2 * MAX_FILES  # with the markers of folders
_FOLDER_OR_FILE: Final = "Check spec.source.blob.url: it names a file, or a folder with files."


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was listed. `path` is relative to the source, `md5` what the source itself says of it."""

    path: str
    size: int
    blob: BlobRef
    etag: str = ""
    md5: bytes | None = None


class Source(Protocol):
    """What a version is published from. Raises `CloudError` alone."""

    async def files(self) -> tuple[SourceFile, ...]:
        """All files, as they are now. A source without any is refused, where it can tell."""
        ...

    async def read(self, file: SourceFile, span: Span) -> bytes:
        """These bytes of a file, if it still is as it was listed; never fewer."""
        ...


@dataclass(frozen=True, slots=True)
class InlineSource:
    """One document that stands in the spec."""

    name: str
    content: bytes

    async def files(self) -> tuple[SourceFile, ...]:
        return (SourceFile(self.name, len(self.content), BlobRef("", self.name)),)

    async def read(self, file: SourceFile, span: Span) -> bytes:  # noqa: ARG002 - there is one file
        return self.content[span.offset : span.offset + span.length]


@dataclass(frozen=True, slots=True)
class BlobSource:
    """A file, or everything below a folder; an empty `name` is the whole container."""

    store: BlobStore
    container: str
    name: str

    async def files(self) -> tuple[SourceFile, ...]:
        try:
            single = await self._single()
            return (single,) if single is not None else await self._below()
        except CloudError as error:
            raise CloudError(_seen_at_source(error.failure)) from error

    async def read(self, file: SourceFile, span: Span) -> bytes:
        try:
            data = await self.store.read(file.blob, span, file.etag)
        except CloudError as error:
            if error.failure.code in _CHANGED:
                raise _changed(file, error.failure) from error
            raise CloudError(_seen_at_source(error.failure)) from error
        if len(data) != span.length:
            got = span.offset + len(data)
            raise failed(
                Reason.SOURCE_CHANGED,
                f"Source file {file.path!r} was listed with {file.size} bytes and ended after {got}",
                "It is read again by itself, as it is then.",
            )
        return data

    async def _single(self) -> SourceFile | None:
        """The blob of exactly that name, where the file is meant and not the folder."""
        if not self.name or self.name.endswith("/"):
            return None
        found = await self.store.facts(BlobRef(self.container, self.name))
        if found is None or found.is_folder:
            return None
        inner = await self._first_below(found)
        if inner is None:
            return _file(found, self.name.rpartition("/")[2], self.container)
        if found.size == 0:
            return None
        raise failed(
            Reason.INVALID_SPEC,
            f"{shown(self.name)} in container {self.container} is a file and a folder at once: the blob has"
            f" {found.size} bytes, and {shown(inner)} lies below it",
            "For the folder write spec.source.blob.url with a slash at its end, in a new MLAsset; for the"
            " file move away what lies below it, and it goes on by itself.",
            severity=Severity.SLOW_RETRY,
        )

    async def _first_below(self, found: BlobFacts) -> str | None:
        """What makes a folder of a name that is a blob's, too. Below an empty blob a marker does."""
        try:
            async for row in self.store.blobs(self.container, f"{self.name}/"):
                if found.size == 0 or not marks_by_itself(row):
                    return row.name
        except CloudError as error:
            # Who may read this blob alone sees nothing below it. An empty one may be a marker: no guess then.
            if found.size == 0 or error.failure.reason not in _FORBIDDEN:
                raise
        return None

    async def _below(self) -> tuple[SourceFile, ...]:
        folder = f"{self.name.rstrip('/')}/" if self.name else ""
        rows: list[BlobFacts] = []
        filled = 0
        async for row in self.store.blobs(self.container, folder):
            if row.name != folder:
                rows.append(row)
            filled += row.size > 0
            if filled > MAX_FILES or len(rows) > _MOST_ROWS:
                raise _too_many()
        files = without_markers(rows)
        if len(files) > MAX_FILES:
            raise _too_many()
        if not files:
            raise self._empty(folder, markers=bool(rows))
        return tuple(_file(one, one.name.removeprefix(folder), self.container) for one in files)

    def _empty(self, folder: str, *, markers: bool) -> CloudError:
        """What is said where there is no file: where it was looked for, and what may be wrong with that."""
        where = f" below {shown(folder)}" if folder else ""
        hints = (
            (markers, " There are only empty blobs that stand for folders."),
            ("*" in self.name, " Wildcards (*) are not expanded: give the folder."),
            ("//" in f"/{folder}", " An empty part between two slashes counts as a part of the name."),
        )
        return failed(
            Reason.INVALID_SPEC,
            f"The source holds no file: there is none{where} in container {self.container} of"
            f" {self.store.endpoint}." + "".join(text for holds, text in hints if holds),
            "Put files there, and it goes on by itself; or correct spec.source.blob.url in a new MLAsset.",
            severity=Severity.SLOW_RETRY,
        )


def _too_many() -> CloudError:
    return failed(
        Reason.INVALID_SPEC,
        f"The source has more than {MAX_FILES} files",
        "Pack them into archives, or publish a part of them.",
        severity=Severity.SLOW_RETRY,
    )


def _file(found: BlobFacts, path: str, container: str) -> SourceFile:
    return SourceFile(path, found.size, BlobRef(container, found.name), found.etag, found.md5)


def _changed(file: SourceFile, failure: Failure) -> CloudError:
    return failed(
        Reason.SOURCE_CHANGED,
        f"Source file {file.path!r} changed or went away after it was listed",
        "It is read again by itself, as it is then.",
        code=failure.code,
    )


def _seen_at_source(failure: Failure) -> Failure:
    """The same failure, with what it means for somebody who named a source."""
    if failure.code in _ABSENT:
        return replace(
            failure, reason=Reason.SOURCE_UNAVAILABLE, severity=Severity.SLOW_RETRY, remedy=_FOLDER_OR_FILE
        )
    if failure.reason in _FORBIDDEN:
        return replace(failure, reason=Reason.SOURCE_UNAVAILABLE)
    return failure
