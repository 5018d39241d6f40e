"""From the SDK's words to ours."""

from typing import Final

from azure.storage.blob import BlobBlock, BlobProperties, ContentSettings, CopyProperties

from mlregistry_operator.cloud.content import BlobFacts, CopyPhase, ServerCopy, StoredBlock, WrittenAs

_PHASES: Final = {phase.value: phase for phase in CopyPhase}


def facts(properties: BlobProperties) -> BlobFacts:
    md5 = properties.content_settings.content_md5
    return BlobFacts(
        name=properties.name,
        size=properties.size or 0,
        etag=(properties.etag or "").strip('"'),
        md5=bytes(md5) if md5 else None,
        metadata={key: value or "" for key, value in (properties.metadata or {}).items()},
        copy=_copy(properties.copy),
    )


def _copy(copy: CopyProperties) -> ServerCopy | None:
    phase = _PHASES.get(str(copy.status or "").lower())
    if phase is None or not copy.id:
        return None
    done, _, total = (copy.progress or "0/0").partition("/")
    return ServerCopy(
        id=copy.id,
        phase=phase,
        done=int(done or 0),
        total=int(total or 0),
        text=copy.status_description or "",
    )


def blocks(found: list[BlobBlock]) -> tuple[StoredBlock, ...]:
    return tuple(StoredBlock(str(block.id), int(block.size or 0)) for block in found)


def content_settings(kept: WrittenAs) -> ContentSettings:
    return ContentSettings(
        content_type=kept.content_type, content_md5=bytearray(kept.md5) if kept.md5 else None
    )
