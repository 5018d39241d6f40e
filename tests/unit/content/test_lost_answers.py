"""A block whose answer was lost is looked for, not sent again."""

from collections.abc import Callable
from typing import Any

import pytest
from support.memory_blobs import Call, MemoryAccount, refusal

from mlregistry_operator.reconcile.content.replicate import replicate
from mlregistry_operator.reconcile.content.verify import verify

pytestmark = [pytest.mark.timeout(60), pytest.mark.promise(4)]

FILES = {"large": bytes(range(256)) * 9 * 1024}


def lost(verb: str, number: int) -> Callable[[Call, str], None]:
    """The answer to the so-manieth call of that verb does not arrive."""
    seen = 0

    def step(call: Call, when: str) -> None:
        nonlocal seen
        if call.verb == verb and when == "after":
            seen += 1
            if seen == number:
                raise refusal("ServerBusy", call.blob, status=503)

    return step


@pytest.fixture
def filled(registry: Any) -> Any:
    made = type(registry)(block=256 * 1024)
    made.files = FILES
    made.give(**FILES)
    return made


def calls(registry: Any, verb: str) -> int:
    return sum(1 for call in registry.cloud.calls if call.verb == verb)


def blocks_of(account: MemoryAccount) -> int:
    stored = next(one for blob, one in account.stored.items() if blob.name.endswith("/large"))
    return len({block.id for block in stored.blocks})


async def test_an_upload_sends_every_block_once_though_an_answer_is_lost(filled: Any) -> None:
    filled.cloud.steps.append(lost("stage", 2))
    version = await filled.published()

    assert calls(filled, "stage") == blocks_of(filled.primary) > 2
    assert (await verify(version, filled.place, filled.primary)).complete


async def test_a_copy_of_blocks_copies_each_once_though_an_answer_is_lost(filled: Any) -> None:
    version = await filled.published()
    filled.cloud.refused = frozenset({"copy_from", "put_from"})
    filled.cloud.steps.append(lost("stage_from", 2))
    await replicate(filled.copying(version), filled.capacity())

    assert calls(filled, "stage_from") == blocks_of(filled.replica) > 2
    assert (await verify(version, filled.place, filled.replica)).complete
