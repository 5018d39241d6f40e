"""What a read or a copy sees where a fault damages it. What lies in the store stays as it is."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockcloud.data.blob.blobs import Blob
    from mockcloud.data.blob.content import Content
    from mockcloud.faults import Fault


def seen(blob: Blob, fault: Fault | None) -> Blob:
    """The blob as a whole: shorter by half (`truncate`), or another one than was listed
    (`changeAfterList`: the same size, another etag, which is the same in every part of one read).
    """
    corrupt = fault.corrupt if fault else None
    if corrupt == "truncate":
        return replace(blob, content=blob.content.part(0, blob.content.size // 2))
    if corrupt == "changeAfterList":
        digest = hashlib.sha256(blob.etag.encode()).hexdigest()
        return replace(blob, etag=f'"0x8D{digest[:13].upper()}"', modified=blob.modified + 1)
    return blob


def damaged(part: Content, fault: Fault | None) -> Content:
    """What is read of it: one byte in the middle is turned over (`flip`, `changeAfterList`)."""
    if fault is None or fault.corrupt not in {"flip", "changeAfterList"} or not part.size:
        return part
    return part.flipped(part.size // 2)
