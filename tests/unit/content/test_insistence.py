"""What passes by itself is tried again at once; what does not is left to the caller, with its wait."""

from collections.abc import Awaitable, Callable

import pytest
from support.memory_blobs import refusal

from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.reconcile.content.insistence import Insistence

pytestmark = pytest.mark.timeout(20)
QUICK = Insistence(attempts=4, shortest=0.001, longest=0.05)


def failing(times: int, error: Callable[[], CloudError]) -> tuple[Callable[[], Awaitable[str]], list[int]]:
    tries = list[int]()

    async def call() -> str:
        tries.append(1)
        if len(tries) <= times:
            raise error()
        return "done"

    return call, tries


@pytest.mark.parametrize(
    ("code", "status", "wait", "tries", "because"),
    [
        ("ServerBusy", 503, None, 4, "the service says that it is busy now"),
        ("OperationTimedOut", 500, None, 4, "another attempt is expected to find time"),
        ("ServerBusy", 503, 0.01, 4, "a short wait that was asked for is waited here"),
        ("ServerBusy", 503, 60.0, 1, "a long wait is the caller's, who holds nothing meanwhile"),
        ("Md5Mismatch", 400, None, 1, "the same bytes would be refused again"),
        ("AuthorizationPermissionMismatch", 403, None, 1, "a person has to act"),
    ],
)
async def test_what_is_tried_again(
    code: str, status: int, wait: float | None, tries: int, because: str
) -> None:
    call, made = failing(99, lambda: refusal(code, status=status, wait=wait))

    with pytest.raises(CloudError) as caught:
        await QUICK(call)

    assert caught.value.failure.code == code
    assert len(made) == tries, because


async def test_the_answer_of_a_later_attempt_is_the_answer() -> None:
    call, made = failing(2, lambda: refusal("ServerBusy", status=503))
    assert await QUICK(call) == "done"
    assert len(made) == 3
