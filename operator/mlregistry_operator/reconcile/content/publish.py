"""From a source into the primary, once: look, read and stage, compare, commit, and the manifest last.

Whatever is wrong with the source is known before anything is committed. Stopped at any moment and called
again, it ends as if it had not been stopped, and sends nothing again that is staged.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import BlobFacts, BlobRef, BlobStore
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.checksums import encode_checksums
from mlregistry_operator.domain.assets.formats import Format
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.assets.layout import Place, place_of, source_problems
from mlregistry_operator.domain.assets.manifests import (
    FileEntry,
    Manifest,
    digest_of,
    file_entry,
)
from mlregistry_operator.domain.assets.tombstones import (
    Tombstone,
    TombstoneError,
    decode_tombstone,
    forbids,
)
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.reconcile.content.capacity import Capacity
from mlregistry_operator.reconcile.content.failures import failed
from mlregistry_operator.reconcile.content.intake import TakenIn, Upload
from mlregistry_operator.reconcile.content.judging import judge
from mlregistry_operator.reconcile.content.lanes import each
from mlregistry_operator.reconcile.content.lying import Lying, document, look, waiting
from mlregistry_operator.reconcile.content.measure import encoded, manifest_from, take_in, unfit
from mlregistry_operator.reconcile.content.mismatches import Mismatches
from mlregistry_operator.reconcile.content.progress import Progress
from mlregistry_operator.reconcile.content.sources import Source, SourceFile
from mlregistry_operator.reconcile.content.versions import (
    CommittedVersion,
    committed_version,
    kept_with,
    put_document,
    put_manifest,
    stored_digest,
)

Judge = Callable[[tuple[SourceFile, ...]], Awaitable[None]]
"""Looks at the files of a source. Raises `CloudError` where they are not to be published."""

_OTHER_VERSION = "Choose another version: what is published never changes."


@dataclass(frozen=True, slots=True)
class Publication:
    """What is to be published as which version.

    `pinned` is the digest that it must have, `form` the format that its files were declared to have. `owner`
    is written beside the manifest. `alone` says that nobody else publishes this version now: what an attempt
    that never ended has committed of other bytes is then removed, else it is a conflict. `asked` looks at
    the files before anything is staged. `mismatches` is what attempts before this one have met.
    """

    asset: AssetId
    source: Source
    pinned: str | None = None
    owner: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False
    form: Format | None = None
    asked: Judge | None = None
    mismatches: Mismatches = field(default_factory=Mismatches)


async def publish(
    publication: Publication, primary: BlobStore, capacity: Capacity, progress: Progress | None = None
) -> CommittedVersion:
    """The version, committed in the primary; what is committed already is returned as it is.

    Raises:
        CloudError: with everything as it was, but for staged blocks; or, after all bytes were right, with a
            part of the files committed and no manifest, which the next call completes.
    """
    work = _Work(publication, primary, capacity, progress or Progress(), place_of(publication.asset.key))
    lying = await look(primary, work.place)
    existing = await committed_version(primary, work.place, publication.asset.type, lying)
    if existing is None:
        existing = await work.run(lying)
    elif publication.pinned not in {None, existing.digest}:
        raise work.conflict(f"digest {existing.digest}", f"digest {publication.pinned} is pinned")
    await work.sweep(lying, existing.manifest)
    return existing


@dataclass(frozen=True, slots=True)
class _Staged:
    """A file whose bytes are known and wait in the primary; `there` where they are committed already."""

    entry: FileEntry
    taken: TakenIn
    there: bool


@dataclass(frozen=True, slots=True)
class _Work:
    publication: Publication
    primary: BlobStore
    capacity: Capacity
    progress: Progress
    place: Place

    async def run(self, lying: Lying) -> CommittedVersion:
        stone = await self._tombstone(lying)
        self._refuse_buried(stone, self.publication.pinned)
        files = await self._listed()
        await self._clear(lying, files)
        staged = await self._stage(lying, files)
        manifest = manifest_from(self.publication.asset.type, [one.entry for one in staged])
        raw = encoded(manifest)
        version = CommittedVersion(manifest, digest_of(raw), self.publication.owner, fresh=True)
        self._compare_pinned(version.digest)
        self._refuse_buried(stone, version.digest)
        await each([one for one in staged if not one.there], self.capacity.files, self._commit)
        checksums = encode_checksums({one.entry.path: one.taken.checksums for one in staged})
        ref = BlobRef(self.place.container, self.place.checksums)
        await self.capacity.insist(lambda: put_document(self.primary, ref, checksums))
        if await self.capacity.insist(lambda: put_manifest(self.primary, self.place, version, raw)):
            return version
        return await self._won_by_another(version)

    async def _listed(self) -> tuple[SourceFile, ...]:
        files = await self.capacity.insist(self.publication.source.files)
        problems = source_problems((file.path for file in files), self.place)
        if problems:
            raise unfit(" ".join(problems))
        await judge(self.publication.source, files, self.publication.form, self.capacity)
        if self.publication.asked is not None:
            await self.publication.asked(files)
        self.progress.total = sum(file.size for file in files)
        return files

    async def _tombstone(self, lying: Lying) -> Tombstone | None:
        if lying.tombstone is None:
            return None
        try:
            return decode_tombstone(await document(self.primary, self.place, lying.tombstone))
        except TombstoneError as error:
            raise failed(
                Reason.CONTENT_DAMAGED,
                f"The tombstone {self.place.tombstone} cannot be read: {error}",
                _OTHER_VERSION,
                severity=Severity.STALLED,
            ) from error

    def _refuse_buried(self, stone: Tombstone | None, digest: str | None) -> None:
        refusal = forbids(stone, digest, self.publication.asset)
        if refusal is not None:
            raise CloudError(refusal)

    async def _clear(self, lying: Lying, files: tuple[SourceFile, ...]) -> None:
        """Make room: the container, and no leftover of another size than its file has now."""
        if not lying.contained:
            await self.primary.ensure_container(self.place.container)
        sizes = {file.path: file.size for file in files}
        for path, found in list(lying.files.items()):
            if found.size != sizes.get(path, found.size):
                await self._remove_leftover(path, found, f"{sizes[path]} bytes")
                del lying.files[path]

    async def _remove_leftover(self, path: str, found: BlobFacts, now: str) -> None:
        if not self.publication.alone:
            there = stored_digest(found) or f"{found.size} bytes"
            raise self.conflict(f"a file {path!r} of {there}", f"{now} in the source")
        await self.primary.delete(BlobRef(self.place.container, found.name), found.etag)

    async def _stage(self, lying: Lying, files: tuple[SourceFile, ...]) -> list[_Staged]:
        begun = await waiting(self.primary, self.place) if lying.contained else frozenset()

        async def stage(file: SourceFile) -> _Staged:
            leftover = lying.files.get(file.path)
            upload = None if leftover is not None else await self._upload(file, begun)
            taken = await take_in(
                self.publication.source, file, self.capacity, upload, self.publication.mismatches
            )
            entry = file_entry(self.publication.asset.type, file.path, taken.size, taken.digest)
            if leftover is not None and stored_digest(leftover) != taken.digest:
                await self._remove_leftover(file.path, leftover, taken.digest)
                raise _begun_with_others(file, leftover, taken)
            self.progress.reach(file.path, file.size)
            return _Staged(entry, taken, leftover is not None)

        return await each(files, self.capacity.files, stage)

    async def _upload(self, file: SourceFile, begun: frozenset[str]) -> Upload:
        blob = BlobRef(self.place.container, self.place.file(file.path))
        if file.path not in begun:
            return Upload(self.primary, blob)
        staged = await self.capacity.insist(lambda: self.primary.staged(blob))
        return Upload(self.primary, blob, frozenset((block.id, block.size) for block in staged))

    def _compare_pinned(self, digest: str) -> None:
        if self.publication.pinned not in {None, digest}:
            raise failed(
                Reason.DIGEST_MISMATCH,
                f"The source has the digest {digest}, and spec.digest pins {self.publication.pinned}; nothing"
                " was committed",
                "Correct the pin or the source; what is published keeps its digest for ever.",
                severity=Severity.STALLED,
            )

    async def _commit(self, staged: _Staged) -> None:
        blob = BlobRef(self.place.container, self.place.file(staged.entry.path))
        kept = kept_with(staged.entry, staged.taken.md5)
        if await self.capacity.insist(lambda: self.primary.commit(blob, staged.taken.block_ids, kept)):
            return
        found = await self.capacity.insist(lambda: self.primary.facts(blob))
        there = stored_digest(found) if found is not None else None
        if there != staged.entry.digest:
            raise self.conflict(f"a file {staged.entry.path!r} of {there}", f"{staged.entry.digest} here")

    async def _won_by_another(self, ours: CommittedVersion) -> CommittedVersion:
        theirs = await committed_version(self.primary, self.place, self.publication.asset.type)
        if theirs is None or theirs.digest == ours.digest:
            return theirs or replace(ours, fresh=False)
        await self.sweep(await look(self.primary, self.place), theirs.manifest)
        raise self.conflict(f"digest {theirs.digest}", f"digest {ours.digest} here")

    async def sweep(self, lying: Lying, manifest: Manifest) -> None:
        """Take away files that the commit mark does not name: an attempt left them that never ended."""
        named = {file.path for file in manifest.files}
        strays = [found for path, found in lying.files.items() if path not in named]

        async def remove(stray: BlobFacts) -> None:
            try:
                await self.primary.delete(BlobRef(self.place.container, stray.name), stray.etag)
            except CloudError as error:
                if error.failure.reason is not Reason.LOCKED:  # a retention policy keeps it for a while
                    raise

        await each(strays, self.capacity.files, remove)

    def conflict(self, there: str, here: str) -> CloudError:
        return failed(
            Reason.VERSION_CONFLICT,
            f"{self.publication.asset} has {there} already, and {here}",
            _OTHER_VERSION,
            severity=Severity.STALLED,
        )


def _begun_with_others(file: SourceFile, leftover: BlobFacts, taken: TakenIn) -> CloudError:
    return failed(
        Reason.SOURCE_CHANGED,
        f"An earlier attempt had begun to commit {file.path!r} with {stored_digest(leftover)}; the source has"
        f" {taken.digest} now",
        "What was begun is removed, and the source is read again by itself.",
    )
