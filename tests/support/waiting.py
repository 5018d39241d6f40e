"""Waiting for what has to come about, never for a time to pass."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
_PAUSE = 0.02


async def until(look: Callable[[], Awaitable[T | None]], seconds: float = 10) -> T:
    """What a look finds at last. Fails where nothing came in that time."""
    deadline = time.monotonic() + seconds
    while True:
        found = await look()
        if found is not None:
            return found
        assert time.monotonic() < deadline, f"nothing came in {seconds} s"
        await asyncio.sleep(_PAUSE)
