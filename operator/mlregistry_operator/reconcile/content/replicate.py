"""From an account that has a version to one that lacks it, and the proof; the manifest last, there too.

The bytes go from service to service. Stopped at any moment and called again, it goes on where it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import BlobFacts, BlobRef, BlobStore, CopyPhase
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.checksums import Checksums, encode_checksums
from mlregistry_operator.domain.assets.layout import Place
from mlregistry_operator.domain.assets.manifests import FileEntry
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.reconcile.content.capacity import Capacity
from mlregistry_operator.reconcile.content.checksums import Origin, checksums_of
from mlregistry_operator.reconcile.content.failures import failed
from mlregistry_operator.reconcile.content.lanes import each
from mlregistry_operator.reconcile.content.lying import Lying, look
from mlregistry_operator.reconcile.content.progress import Progress
from mlregistry_operator.reconcile.content.transfers import Route, Transfer
from mlregistry_operator.reconcile.content.verify import MANIFEST, compared
from mlregistry_operator.reconcile.content.versions import (
    CommittedVersion,
    committed_version,
    difference,
    is_unproved,
    put_document,
    put_manifest,
)
from mlregistry_operator.telemetry.copies import measured_replication

_ELSEWHERE: Final = frozenset({Reason.SOURCE_UNAVAILABLE, Reason.CONTENT_DAMAGED, Reason.AZURE_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Copying:
    """What goes where. `origins` hold the version, the nearest first.

    `place` is where it lies in the destination, which differs from the origins' where it is promoted under
    another name. `registry` tells registries apart, for the bounds.
    """

    version: CommittedVersion
    origins: Sequence[Origin]
    destination: BlobStore
    place: Place
    registry: str


async def replicate(copying: Copying, capacity: Capacity, progress: Progress | None = None) -> None:
    """Make the destination hold the version, proved by the service or by reading.

    Raises:
        CloudError: the first file that failed; what has arrived stays, and serves the next call.
    """
    told = progress if progress is not None else Progress()
    told.total = copying.version.manifest.size
    work = _Work(copying, capacity, told)
    with measured_replication():
        lying = await capacity.insist(lambda: look(copying.destination, copying.place))
        await work.prepare(lying)
        await work.copy_missing(lying)
        await work.commit()


@dataclass(slots=True)
class _Work:
    copying: Copying
    capacity: Capacity
    progress: Progress
    checksums: Checksums = field(default_factory=dict)

    async def prepare(self, lying: Lying) -> None:
        """The container is there, no other version is in the way, and the checksums are known."""
        destination, place = self.copying.destination, self.copying.place
        if not lying.contained:
            await self.capacity.insist(lambda: destination.ensure_container(place.container))
        await self._look_at_mark(lying)
        self.checksums = await checksums_of(
            self.copying.version.manifest, self.copying.origins, self.capacity
        )

    async def _look_at_mark(self, lying: Lying) -> None:
        """Another version's mark is a conflict; one that nobody can read is taken away."""
        kind, place = self.copying.version.manifest.type, self.copying.place
        if lying.manifest is None:
            return
        try:
            there = await committed_version(self.copying.destination, place, kind, lying)
        except CloudError as error:
            if error.failure.reason is not Reason.CONTENT_DAMAGED:
                raise
            await self.copying.destination.delete(
                BlobRef(place.container, place.manifest), lying.manifest.etag
            )
            lying.manifest = None
        else:
            if there is not None:
                self._compare(there)

    def _compare(self, there: CommittedVersion) -> None:
        if there.digest != self.copying.version.digest:
            raise failed(
                Reason.VERSION_CONFLICT,
                f"{self.copying.destination.endpoint} has {self.copying.place.folder} with digest"
                f" {there.digest} already, and {self.copying.version.digest} was to be copied there",
                "Choose another version: what is published never changes.",
                severity=Severity.STALLED,
            )

    async def copy_missing(self, lying: Lying) -> None:
        """Every file that is not there as it should be, the small ones first."""
        todo = [file for file in self.copying.version.manifest.files if not self._is_there(file, lying)]
        todo.sort(key=lambda file: file.size)

        async def copy(file: FileEntry) -> None:
            await self._copy(file, lying.files.get(file.path))

        await each(todo, self.capacity.files, copy)

    def _is_there(self, file: FileEntry, lying: Lying) -> bool:
        found = lying.files.get(file.path)
        if found is None or (is_unproved(found) and lying.manifest is None):
            return False
        if difference(file, found, self.checksums[file.path].whole) is not None:
            return False
        self.progress.reach(file.path, file.size)
        return True

    async def _copy(self, file: FileEntry, found: BlobFacts | None) -> None:
        transfers = [self._transfer(file, origin) for origin in self.copying.origins]
        if found is not None:
            if _goes_on(found):
                await transfers[0].finish(found)
                return
            await self.copying.destination.delete(
                BlobRef(self.copying.place.container, found.name), found.etag
            )
        first: CloudError | None = None
        for transfer in transfers:
            try:
                await transfer.run()
            except CloudError as error:
                first = first or error
                if error.failure.reason not in _ELSEWHERE:
                    raise first from error
            else:
                return
        if first is not None:
            raise first

    def _transfer(self, file: FileEntry, origin: Origin) -> Transfer:
        route = Route(
            self.copying.place,
            self.copying.destination,
            self.capacity,
            self.copying.registry,
            self.progress,
        )
        return Transfer(route, origin, file, self.checksums[file.path])

    async def commit(self) -> None:
        """Look at everything once more; then, and only then, the commit mark."""
        destination, place = self.copying.destination, self.copying.place
        lying = await self.capacity.insist(lambda: look(destination, place))
        verdict = compared(self.copying.version.manifest, lying, self.checksums)
        if verdict.missing or any(one.path != MANIFEST for one in verdict.differing):
            raise failed(
                Reason.CONTENT_DAMAGED,
                f"What arrived in {destination.endpoint} is not what was published: {verdict.sentence}",
                "It is copied again by itself.",
            )
        if lying.checksums is None or lying.manifest is None:
            raw = encode_checksums(self.checksums)
            ref = BlobRef(place.container, place.checksums)
            await self.capacity.insist(lambda: put_document(destination, ref, raw))
        if lying.manifest is not None:
            return
        version = self.copying.version
        if await self.capacity.insist(lambda: put_manifest(destination, place, version)):
            return
        there = await committed_version(destination, place, version.manifest.type)
        if there is not None:
            self._compare(there)


def _goes_on(found: BlobFacts) -> bool:
    """Whether a slow copy is under way, or has ended and waits for its proof."""
    return is_unproved(found) and (found.copy is None or found.copy.phase not in _ENDED_BADLY)


_ENDED_BADLY: Final = frozenset({CopyPhase.FAILED, CopyPhase.ABORTED})
