"""What a source's own document says, asked before anything of it is published."""

import asyncio

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.components import ComponentReading, read_document, told
from mlregistry_operator.domain.assets.local_files import DOCUMENTED, no_specification, specification_in
from mlregistry_operator.domain.assets.references import resolve
from mlregistry_operator.domain.failures import gravest
from mlregistry_operator.reconcile.assets.content import Content
from mlregistry_operator.reconcile.assets.scene import AssetScene
from mlregistry_operator.reconcile.content.documents import read_small
from mlregistry_operator.reconcile.content.measure import unfit
from mlregistry_operator.reconcile.content.sources import Source, SourceFile


async def judge_document(
    scene: AssetScene, content: Content, source: Source, files: tuple[SourceFile, ...]
) -> None:
    """Look into the document among the files of a blob source, which has not been looked at before.

    What it needs has to be in the registry by now. An inline one was judged with the references.

    Raises:
        CloudError: it cannot be read, says what must be written otherwise, or needs what is not there.
    """
    spec = scene.asset.spec
    if spec.type not in DOCUMENTED or spec.source.blob is None:
        return
    paths = frozenset(one.path for one in files)
    path = specification_in(spec.type, paths)
    if path is None:
        if spec.type is AssetType.COMPONENT:
            raise unfit(no_specification(spec.type))
        return
    file = next(one for one in files if one.path == path)
    raw = await read_small(source, file, content.capacity, f"the document of a {spec.type}")
    reading = await _reading(spec.type, raw, path, scene.id.registry, paths)
    if reading.refusals:
        raise unfit(f"{path}: {told(reading.refusals)}")
    known = content.fleet.known(scene.asset.registry_key)
    failure = gravest(resolve(scene.id, reading.references, known).failures)
    if failure is not None:
        raise CloudError(failure)


async def _reading(
    kind: AssetType, raw: bytes, path: str, registry: str, paths: frozenset[str]
) -> ComponentReading:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise unfit(f"{path!r} is no UTF-8: {error.reason} at byte {error.start}") from error
    return await asyncio.to_thread(lambda: read_document(kind, text, registry, files=paths))
