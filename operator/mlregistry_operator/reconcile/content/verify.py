"""Is what lies in an account what the manifest says? One listing tells, without reading a byte of content."""

from dataclasses import dataclass
from typing import Final

from mlregistry_operator.cloud.content import BlobFacts, BlobStore
from mlregistry_operator.domain.assets.checksums import Checksums
from mlregistry_operator.domain.assets.layout import Place
from mlregistry_operator.domain.assets.manifests import Manifest, encode
from mlregistry_operator.reconcile.content.hashing import md5_of
from mlregistry_operator.reconcile.content.lying import Lying, look
from mlregistry_operator.reconcile.content.versions import CommittedVersion, Difference, difference

_TOLD: Final = 3  # files that a message names
MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is missing, and what is there with other bytes; `committed` is whether the commit mark is there.

    A manifest with other bytes is among `differing`, as `manifest.json`.
    """

    committed: bool
    missing: tuple[str, ...] = ()
    differing: tuple[Difference, ...] = ()

    @property
    def complete(self) -> bool:
        """The account holds the version, whole and as it was published."""
        return self.committed and not self.missing and not self.differing

    @property
    def sentence(self) -> str:
        """What is wrong, a few files of it by name; empty where nothing is."""
        parts = [f"{one} is missing" for one in self.missing[:_TOLD]]
        parts = [str(one) for one in self.differing[:_TOLD]] + parts
        rest = len(self.missing) + len(self.differing) - len(parts)
        if rest > 0:
            parts.append(f"{rest} more files are missing or differ")
        if not self.committed and not parts:
            parts.append("the manifest is missing")
        return "; ".join(parts)


async def verify(
    version: CommittedVersion, place: Place, store: BlobStore, checksums: Checksums | None = None
) -> Verdict:
    """Compare what is stored beside the bytes with the manifest: sizes, digests, MD5s where they are known.

    Raises:
        CloudError: the account could not be read.
    """
    return compared(version.manifest, await look(store, place), checksums)


def compared(manifest: Manifest, lying: Lying, checksums: Checksums | None = None) -> Verdict:
    """The same for what was listed already."""
    missing: list[str] = []
    differing: list[Difference] = []
    if lying.manifest is not None:
        differing.extend(_manifest_differs(manifest, lying.manifest))
    for file in manifest.files:
        found = lying.files.get(file.path)
        if found is None:
            missing.append(file.path)
            continue
        differs = difference(file, found, checksums[file.path].whole if checksums is not None else None)
        if differs is not None:
            differing.append(differs)
    return Verdict(lying.manifest is not None, tuple(missing), tuple(differing))


def _manifest_differs(manifest: Manifest, found: BlobFacts) -> tuple[Difference, ...]:
    raw = encode(manifest)
    expected = md5_of(raw)
    if found.size == len(raw) and found.md5 in {None, expected}:
        return ()
    stored = found.md5.hex() if found.md5 is not None else "unknown"
    return (
        Difference(
            MANIFEST,
            f"{len(raw)} bytes with MD5 {expected.hex()}",
            f"{found.size} bytes with MD5 {stored}",
        ),
    )
