"""Are a source's files what they were declared as? Asked once they are listed, before anything is staged."""

from collections.abc import Sequence

from mlregistry_operator.cloud.content import Span
from mlregistry_operator.domain.assets.documents import MAX_DOCUMENT
from mlregistry_operator.domain.assets.formats import Format, document_of, format_faults
from mlregistry_operator.reconcile.content.capacity import Capacity
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
    text = await text_of(source, read, capacity) if read is not None else None
    inline = isinstance(source, InlineSource)
    faults = format_faults(form, paths, text, inline=inline)
    if faults:
        raise unfit(" ".join(str(fault).strip() for fault in faults))


async def text_of(source: Source, file: SourceFile, capacity: Capacity) -> str:
    """A small file, read as text. Raises `CloudError`."""
    with (await capacity.budget.take(2 * file.size)).held():
        span = Span(0, file.size)
        data = await capacity.insist(lambda: capacity.speed.read(source, file, span))
        return data.decode("utf-8", "replace")
