"""Where the bytes of a new version come from: looked at once, then read exactly as they were seen.

Every file's ETag is kept from the listing, and every read names it: bytes that change meanwhile are refused
by the service, never mixed.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Final, Protocol

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import BlobFacts, BlobRef, BlobStore, Span
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.manifests import MAX_FILES
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.reconcile.content.failures import failed

_ABSENT: Final = frozenset({"BlobNotFound", "ContainerNotFound", "ResourceNotFound", "HTTP 404"})
_CHANGED: Final = frozenset({"ConditionNotMet", "InvalidRange", *_ABSENT})
_FORBIDDEN: Final = frozenset({Reason.AUTHENTICATION_FAILED, Reason.AUTHORIZATION_FAILED})
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
        """All files, as they are now; none where there is none."""
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
            return (single,) if single is not None else tuple([file async for file in self._below()])
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
        if not self.name or self.name.endswith("/"):
            return None
        found = await self.store.facts(BlobRef(self.container, self.name))
        if found is None or found.is_folder:
            return None
        return _file(found, self.name.rpartition("/")[2], self.container)

    async def _below(self) -> AsyncIterator[SourceFile]:
        folder = f"{self.name.rstrip('/')}/" if self.name else ""
        count = 0
        async for found in self.store.blobs(self.container, folder):
            path = found.name.removeprefix(folder)
            if found.is_folder or not path:
                continue
            count += 1
            if count > MAX_FILES:
                raise failed(
                    Reason.INVALID_SPEC,
                    f"The source has more than {MAX_FILES} files",
                    "Pack them into archives, or publish a part of them.",
                    severity=Severity.SLOW_RETRY,
                )
            yield _file(found, path, self.container)


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
