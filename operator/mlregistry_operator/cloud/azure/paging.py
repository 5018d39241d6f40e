"""Lists of a service, page by page, and with an end.

A marker that repeats itself, or pages without end, are a service's fault or a hostile one's intention: the
list fails then, instead of holding its caller for ever.
"""

from collections.abc import AsyncIterator
from typing import Final, TypeVar

from azure.core.async_paging import AsyncItemPaged
from azure.core.exceptions import AzureError

_T = TypeVar("_T")
MOST_PAGES: Final = 5000
"""Of 5000 blobs each: more than an account of ours will ever have in one container."""


class EndlessListError(AzureError):
    """A list that is not followed any further."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the list does not end: {why}")


class Markers:
    """The markers of one list, each of which leads to the next page."""

    def __init__(self, most: int = MOST_PAGES) -> None:
        self._most, self._last, self._pages = most, "", 0

    def follow(self, marker: str | None) -> bool:
        """Whether there is another page.

        Raises:
            EndlessListError: the marker is that of the page before, or there have been too many pages.
        """
        if not marker:
            return False
        self._pages += 1
        if marker == self._last:
            raise EndlessListError("the marker of a page leads to that page again")
        if self._pages >= self._most:
            raise EndlessListError(f"there are more than {self._most} pages")
        self._last = marker
        return True


async def pages_of(found: AsyncItemPaged[_T], most: int = MOST_PAGES) -> AsyncIterator[list[_T]]:
    """Each page of an SDK's list. Raises what the SDK raises, and `EndlessListError`."""
    pages, markers = found.by_page(), Markers(most)
    while True:
        try:
            page = [one async for one in await anext(pages)]
        except StopAsyncIteration:
            return
        yield page
        if not markers.follow(_marker(pages)):
            return


async def listed(found: AsyncItemPaged[_T]) -> AsyncIterator[_T]:
    """Everything of an SDK's list, page by page. Raises as `pages_of`."""
    async for page in pages_of(found):
        for one in page:
            yield one


def _marker(pages: object) -> str | None:
    """The SDKs' iterators keep it under one of two names."""
    return getattr(pages, "continuation_token", None)
