"""A version's document, read whole: from a source that is to be published, or from what is published."""

import asyncio
import hashlib
from dataclasses import dataclass

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.cloud.content import BlobRef, Span
from mlregistry_operator.domain.assets.documents import MAX_DOCUMENT
from mlregistry_operator.domain.assets.local_files import specification_in
from mlregistry_operator.domain.assets.manifests import Manifest
from mlregistry_operator.reconcile.content.capacity import Capacity
from mlregistry_operator.reconcile.content.checksums import Origin, damaged
from mlregistry_operator.reconcile.content.measure import unfit
from mlregistry_operator.reconcile.content.sources import Source, SourceFile


@dataclass(frozen=True, slots=True)
class Document:
    """The file that tells what a version is, and what it says."""

    path: str
    text: str


async def read_small(source: Source, file: SourceFile, capacity: Capacity, what: str) -> bytes:
    """All bytes of a file of a source, which is no larger than a document may be; `what` names it.

    Raises:
        CloudError: it is larger, or could not be read.
    """
    if file.size > MAX_DOCUMENT:
        raise unfit(
            f"{file.path!r} has {file.size} bytes, and {what} is read up to {MAX_DOCUMENT}. Keep it to that."
        )
    if file.size == 0:
        return b""
    with (await capacity.budget.take(2 * file.size)).held():
        return await capacity.insist(lambda: capacity.speed.read(source, file, Span(0, file.size)))


async def published_document(
    kind: AssetType, manifest: Manifest, origin: Origin, capacity: Capacity
) -> Document | None:
    """The document of a published version; None where it has none that can be told or read as text.

    Raises:
        CloudError: it could not be read, or has other bytes than the manifest says.
    """
    path = specification_in(kind, [one.path for one in manifest.files])
    entry = next((one for one in manifest.files if one.path == path), None)
    if entry is None or not 0 < entry.size <= MAX_DOCUMENT:
        return None
    blob = BlobRef(origin.place.container, origin.place.file(entry.path))
    with (await capacity.budget.take(2 * entry.size)).held():
        raw = await capacity.insist(lambda: origin.store.read(blob, Span(0, entry.size)))
    found = f"sha256:{await asyncio.to_thread(lambda: hashlib.sha256(raw).hexdigest())}"
    if found != entry.digest:
        raise damaged(entry, origin.store, found)
    try:
        return Document(entry.path, raw.decode())
    except UnicodeDecodeError:
        return None
