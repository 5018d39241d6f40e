"""A component that comes from another registry, with its text written for this one.

Whose text it is does not change by that: it is read as every promotion is, by the right of the registry that
it comes from, for namespaces that this registry is open to. All other files are those of the ancestor. What
comes of it is known before a byte of it is written, and is the same at every attempt: so a publication that
was stopped goes on.
"""

import asyncio
import hashlib
from dataclasses import dataclass, replace

from mlregistry_operator.api.asset import AssetSource
from mlregistry_operator.api.objects import MLAsset, MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import BlobRef, Span
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.components import ComponentReading, read_component, told
from mlregistry_operator.domain.assets.manifests import Manifest, digest_of, manifest_of
from mlregistry_operator.domain.assets.rewriting import RewritingError, rewritten
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.reconcile.assets.claiming import record_of
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.promotions import check_digest, committed_ancestor
from mlregistry_operator.reconcile.assets.scene import AssetScene
from mlregistry_operator.reconcile.content.checksums import Origin
from mlregistry_operator.reconcile.content.documents import published_document
from mlregistry_operator.reconcile.content.failures import failed
from mlregistry_operator.reconcile.content.measure import encoded
from mlregistry_operator.reconcile.content.progress import Progress
from mlregistry_operator.reconcile.content.publish import Publication, publish
from mlregistry_operator.reconcile.content.sources import SourceFile
from mlregistry_operator.reconcile.world import World

_AT_ITS_ORIGIN = "Publish it there under another version, with mlregistry://./... in place of the registry."


@dataclass(frozen=True, slots=True)
class Derived:
    """A `Source`: the files of a published version, one of them with other bytes. `manifest` is theirs."""

    origin: Origin
    manifest: Manifest
    path: str
    content: bytes

    @property
    def digest(self) -> str:
        return digest_of(encoded(self.manifest))

    async def files(self) -> tuple[SourceFile, ...]:
        place = self.origin.place
        return tuple(
            SourceFile(one.path, one.size, BlobRef(place.container, place.file(one.path)))
            for one in self.manifest.files
        )

    async def read(self, file: SourceFile, span: Span) -> bytes:
        if file.path == self.path:
            return self.content[span.offset : span.offset + span.length]
        data = await self.origin.store.read(file.blob, span)
        if len(data) != span.length:
            raise _damaged(f"{file.path!r} ended after {span.offset + len(data)} of {file.size} bytes")
        return data


async def derive(
    scene: AssetScene, source: AssetSource, world: World, content: Content, progress: Progress
) -> None:
    """Publish the ancestor's files as this version, its text written for this registry.

    Raises:
        CloudError: the ancestor is not published, has another digest than is pinned, or says what cannot be
            published here.
    """
    derived = await derived_of(scene.asset, scene.registry, source, world, content, near=scene.primary)
    check_digest(source, derived.digest, "spec.digest", scene.asset.spec.digest)
    wanted = Publication(scene.id, derived, derived.digest, record_of(scene.asset).metadata(), alone=True)
    try:
        await publish(wanted, scene.stores[scene.primary], content.capacity, progress)
    except CloudError as error:
        if error.failure.reason is Reason.DIGEST_MISMATCH:  # a pin that nobody wrote: the files have changed
            raise _damaged("its files have other bytes than its manifest says") from error
        raise


async def derived_of(
    asset: MLAsset, registry: MLRegistry, source: AssetSource, world: World, content: Content, *, near: str
) -> Derived:
    """What the version is made of, ready to be read. Raises as `derive`."""
    ancestor, version, origins = await committed_ancestor(asset, source, world, content, near=near)
    check_digest(source, version.digest, "spec.source.asset.digest", source.digest)
    kind, here = asset.spec.type, registry.effective_name
    document = await published_document(kind, version.manifest, origins[0], content.capacity)
    if document is None:
        raise _unfit(f"{ancestor.id} has no specification at its root that can be told and read", "")
    paths = frozenset(one.path for one in version.manifest.files)
    try:
        text, reading = await asyncio.to_thread(_written, document.text, ancestor.id.registry, here, paths)
    except RewritingError as error:
        raise _unfit(f"{ancestor.id}: {error}", "") from error
    if refusals := reading.refusals:
        what = f"The text of {ancestor.id}, written for {here}, cannot be published: {told(refusals)}"
        raise _unfit(what, _AT_ITS_ORIGIN)
    raw = text.encode()
    digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    files = [
        replace(one, size=len(raw), digest=digest) if one.path == document.path else one
        for one in version.manifest.files
    ]
    return Derived(origins[0], manifest_of(kind, files), document.path, raw)


def _written(text: str, origin: str, here: str, files: frozenset[str]) -> tuple[str, ComponentReading]:
    """The text for this registry, and what it refers to. Raises `RewritingError`."""
    changed = rewritten(text, origin, here)
    return changed, read_component(changed, here, files=files)


def _unfit(why: str, remedy: str) -> CloudError:
    return failed(Reason.INVALID_SPEC, why, remedy or _AT_ITS_ORIGIN, severity=Severity.STALLED)


def _damaged(what: str) -> CloudError:
    return failed(
        Reason.CONTENT_DAMAGED,
        f"The version that this one comes from is damaged: {what}",
        "Its own object tells of it, and mends it where another region has the right bytes.",
    )
