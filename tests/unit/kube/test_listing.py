"""Lists are read in pages that are small in bytes, however large their objects are."""

import re
from typing import Any

import pytest
from kubernetes.aio import client

from mlregistry_operator.kube.rest import Rest
from mlregistry_operator.kube.watching import PAGE, LargeAnswerError

SMALL = 2**12
LARGE = 2**20
MOST = 16 * 2**20


class Listing(Rest):
    """Objects of these sizes; an answer of more than 16 MiB is given up."""

    def __init__(self, sizes: list[int]) -> None:
        super().__init__(client.ApiClient.__new__(client.ApiClient))
        self.sizes = sizes
        self.limits: list[int] = []

    async def _sized(self, path: str) -> tuple[dict[str, Any], int]:
        limit = int(re.findall(r"limit=(\d+)", path)[0])
        start = int((re.findall(r"continue=(\d+)", path) or ["0"])[0])
        self.limits.append(limit)
        page = self.sizes[start : start + limit]
        if sum(page) > MOST:
            raise LargeAnswerError
        token = str(start + limit) if start + limit < len(self.sizes) else ""
        return {"items": [{"size": one} for one in page], "metadata": {"continue": token}}, sum(page)


async def listed(rest: Listing) -> list[int]:
    return [one["size"] async for one in rest.listed("/objects")]


async def test_many_small_objects_take_few_pages() -> None:
    rest = Listing([SMALL] * 1200)

    assert await listed(rest) == rest.sizes
    assert rest.limits == [PAGE, 500, 500, 500]


@pytest.mark.promise(17)
async def test_large_objects_come_a_few_at_a_time() -> None:
    rest = Listing([LARGE] * 100)

    assert await listed(rest) == rest.sizes
    assert set(rest.limits) == {PAGE}


@pytest.mark.promise(17)
async def test_large_objects_behind_small_ones_are_asked_for_again_in_parts() -> None:
    rest = Listing([SMALL] * PAGE + [LARGE] * 40)

    assert await listed(rest) == rest.sizes
    assert rest.limits == [PAGE, 500, PAGE, PAGE, PAGE]


async def test_a_page_that_is_too_large_in_any_part_is_an_error() -> None:
    with pytest.raises(LargeAnswerError):
        await listed(Listing([2 * LARGE] * PAGE))
