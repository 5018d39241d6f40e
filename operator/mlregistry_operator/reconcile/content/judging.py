"""Are a source's files what they were declared as? Asked once they are listed, before anything is staged."""

from collections.abc import Sequence

from mlregistry_operator.domain.assets.documents import MAX_DOCUMENT
from mlregistry_operator.domain.assets.formats import Format, document_of, format_faults
from mlregistry_operator.reconcile.content.capacity import Capacity
from mlregistry_operator.reconcile.content.documents import read_small
from mlregistry_operator.reconcile.content.measure import unfit
from mlregistry_operator.reconcile.content.sources import InlineSource, Source, SourceFile


async def judge(source: Source, files: Sequence[SourceFile], form: Format | None, capacity: Capacity) -> None:
    """Refuse files that no reader of their format could use; reads one document of bounded size at most.

    Raises:
        CloudError: they are not of that format, or the document could not be read.
    """
    paths = [file.path for file in files]
    name = document_of(form, paths)
    read = next((file for file in files if file.path == name and file.size <= MAX_DOCUMENT), None)
    raw = await read_small(source, read, capacity, f"a file {name}") if read is not None else None
    text = raw.decode("utf-8", "replace") if raw is not None else None
    faults = format_faults(form, paths, text, inline=isinstance(source, InlineSource))
    if faults:
        raise unfit(" ".join(str(fault).strip() for fault in faults))
