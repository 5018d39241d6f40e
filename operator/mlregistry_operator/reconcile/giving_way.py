"""A long list read without keeping everybody else in the event loop waiting."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final, TypeVar

_T = TypeVar("_T")
_AT_ONCE: Final = 100


async def giving_way(found: AsyncIterator[_T]) -> AsyncIterator[_T]:
    """The same items; after each hundred others have their turn."""
    number = 0
    async for one in found:
        yield one
        number += 1
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
