"""A block that may have arrived although nobody said so is looked for before it is sent again."""

from collections.abc import Awaitable, Callable

from mlregistry_operator.cloud.content import BlobRef, BlobStore


def unless_staged(
    store: BlobStore, blob: BlobRef, block: tuple[str, int], stage: Callable[[], Awaitable[object]]
) -> Callable[[], Awaitable[None]]:
    """A call that stages the block, given as id and size, and is safe to repeat.

    From its second time on it asks first what is staged: a lost answer costs a read then, not the bytes.
    """
    tried = False

    async def call() -> None:
        nonlocal tried
        if tried and any((one.id, one.size) == block for one in await store.staged(blob)):
            return
        tried = True
        await stage()

    return call
