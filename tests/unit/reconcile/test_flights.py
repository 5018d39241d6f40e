"""Requests that are out, and what their answers do."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from support.scenes import absent
from support.worlds import PATIENCE, refusal

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError, Started
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.containers import container_id
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.lookup import REGISTRY, STORAGE
from mlregistry_operator.domain.plan import Action, ActionKind
from mlregistry_operator.domain.resources import OperationPhase, OperationState
from mlregistry_operator.reconcile.apply import take_answers, take_operations
from mlregistry_operator.reconcile.flights import ASSIGNMENTS_AT_ONCE, TOGETHER_SECONDS, Flights
from mlregistry_operator.reconcile.memory import Memory

NOW = datetime(2026, 11, 24, 8, 0, 0, 999, tzinfo=UTC)
SCENE = absent()
DESIRED = SCENE.desired
TARGET = DESIRED.group.storage_account(DESIRED.accounts["eastus"].names[0])
ACTION = Action(ActionKind.CREATE_STORAGE_ACCOUNT, TARGET, "because")
STARTED = Started("https://cloud.example/1", 17)


async def answers(result: Started | Failure, after: asyncio.Event | None = None) -> Started:
    if after is not None:
        await after.wait()
    if isinstance(result, Failure):
        raise CloudError(result)
    return result


async def test_an_answer_wakes_the_loop_and_is_given_once() -> None:
    woken = asyncio.Event()
    flights = Flights(woken.set)
    flights.start(ACTION, answers(STARTED))
    assert flights.targets() == {TARGET}

    await flights.settle(1)
    (landing,) = flights.collect()

    assert (landing.action, landing.result) == (ACTION, STARTED)
    assert woken.is_set()
    assert flights.targets() == frozenset()
    assert flights.collect() == ()


async def test_nobody_waits_longer_than_the_grace() -> None:
    gate = asyncio.Event()
    flights = Flights(lambda: None)
    flights.start(ACTION, answers(STARTED, gate))

    await flights.settle(0)

    assert flights.collect() == ()
    assert flights.targets() == {TARGET}
    gate.set()
    await flights.settle(1)
    assert len(flights.collect()) == 1


async def test_an_answer_beside_others_that_are_awaited_wakes_the_loop_with_the_last() -> None:
    gate, woken = asyncio.Event(), asyncio.Event()
    flights = Flights(woken.set)
    flights.start(ACTION, answers(STARTED))
    flights.start(Action(ActionKind.CREATE_STORAGE_ACCOUNT, ArmId(f"{TARGET}2"), ""), answers(STARTED, gate))

    await flights.settle(0)
    assert not woken.is_set(), "a pass for each answer would read everything as often"
    gate.set()
    await flights.settle(1)

    assert woken.is_set()
    assert len(flights.collect()) == 2


async def test_what_was_collected_wakes_nobody_later() -> None:
    """The answer is heard by the pass that waited for it; the timer for it has nothing to tell."""
    gate, woken = asyncio.Event(), list[int]()
    flights = Flights(lambda: woken.append(1))
    flights.start(ACTION, answers(STARTED))
    flights.start(replace(ACTION, target=DESIRED.group.storage_account("another")), answers(STARTED, gate))
    await flights.settle(0.05)
    assert len(flights.collect()) == 1

    await asyncio.sleep(TOGETHER_SECONDS + 0.1)
    assert woken == []
    gate.set()
    await flights.settle(1)
    assert woken == [1], "the other answer wakes as ever"


async def test_an_answer_is_heard_soon_though_others_take_long() -> None:
    woken = asyncio.Event()
    flights = Flights(woken.set)
    flights.start(ACTION, answers(STARTED))
    slow = Action(ActionKind.CREATE_STORAGE_ACCOUNT, ArmId(f"{TARGET}2"), "")
    flights.start(slow, answers(STARTED, asyncio.Event()))

    await asyncio.wait_for(woken.wait(), 5)

    assert [landing.action for landing in flights.collect()] == [ACTION]
    assert flights.targets() == {slow.target}


async def test_of_role_assignments_a_few_are_sent_at_once_and_all_in_the_end() -> None:
    gate, sent = asyncio.Event(), []

    async def assign(target: ArmId) -> Started:
        sent.append(target)
        await gate.wait()
        return Started()

    flights = Flights(lambda: None)
    targets = [ArmId(f"{TARGET}/providers/Microsoft.Authorization/roleAssignments/{n}") for n in range(20)]
    for target in targets:
        flights.start(Action(ActionKind.CREATE_ROLE_ASSIGNMENT, target, "because"), assign(target))
    await flights.settle(0)
    assert sent == targets[:ASSIGNMENTS_AT_ONCE]

    gate.set()
    await flights.settle(5)

    assert sent == targets
    assert len(flights.collect()) == len(targets)


async def test_a_refusal_is_an_answer() -> None:
    refused = refusal(TARGET, "ScopeLocked")
    flights = Flights(lambda: None)
    flights.start(ACTION, answers(refused))
    await flights.settle(1)
    assert flights.collect()[0].result == refused


@pytest.mark.promise(13)
async def test_a_defect_at_one_write_is_that_writes_failure_and_the_other_answers_are_heard() -> None:
    async def broken() -> Started:
        raise ZeroDivisionError("SharedAccessKey=abc")

    flights = Flights(lambda: None)
    other = Action(ActionKind.CREATE_STORAGE_ACCOUNT, ArmId(f"{TARGET}2"), "because")
    flights.start(ACTION, broken())
    flights.start(other, answers(STARTED))
    await flights.settle(1)

    failed, landed_well = flights.collect()

    assert isinstance(failed.result, Failure)
    assert failed.result.reason is Reason.DEFECT
    assert failed.result.severity is Severity.RETRY
    assert "abc" not in failed.result.sentence, "what a defect says may be anything"
    assert landed_well.result == STARTED


async def landed(memory: Memory, result: Started | Failure, action: Action = ACTION) -> tuple[Action, ...]:
    """The steps that Azure accepted, of one that was answered so."""
    memory.flights.start(action, answers(result))
    await memory.flights.settle(1)
    return take_answers(memory, DESIRED, now=NOW, monotonic=100)


@pytest.mark.promise(4)
async def test_an_operation_is_remembered_with_its_url_and_its_time() -> None:
    memory = Memory(PATIENCE)

    assert await landed(memory, STARTED) == (ACTION,)

    entry = memory.operations[TARGET]
    assert (entry.url, entry.action, entry.start_time) == (
        "https://cloud.example/1",
        "CreateStorageAccount",
        NOW.replace(microsecond=0),
    )
    assert memory.look_again[TARGET] == 117


async def test_a_write_that_is_done_at_once_leaves_nothing_to_remember() -> None:
    memory = Memory(PATIENCE)
    memory.retries.failed(TARGET, refusal(TARGET, "Conflict"), now=0)

    assert await landed(memory, Started()) == (ACTION,)
    assert memory.operations == {}
    assert memory.retries.problems() == {}


async def test_what_is_accepted_and_fails_in_the_end_is_tried_ever_more_slowly() -> None:
    memory = Memory(PATIENCE)
    failed = OperationState(OperationPhase.FAILED, refusal(TARGET, "InternalServerError", 500))
    for attempt in range(5):
        assert await landed(memory, STARTED) == (ACTION,)
        assert memory.retries.problems() == {}
        take_operations(memory, DESIRED, {TARGET: failed}, monotonic=200, poll=2)
        assert memory.retries.holds(TARGET, 200 + 0.8 * 2**attempt - 0.01)


async def test_a_taken_name_is_followed_by_the_next_until_none_is_left() -> None:
    memory, names = Memory(PATIENCE), DESIRED.accounts["eastus"].names
    for name, following in pairwise(names):
        target = DESIRED.group.storage_account(name)
        action = Action(ActionKind.CREATE_STORAGE_ACCOUNT, target, "because")
        assert await landed(memory, refusal(target, "StorageAccountAlreadyTaken"), action) == ()
        assert memory.names == {(STORAGE, "eastus"): following}
        assert memory.retries.problems() == {}
    last = DESIRED.group.storage_account(names[-1])
    action = Action(ActionKind.CREATE_STORAGE_ACCOUNT, last, "because")

    await landed(memory, refusal(last, "StorageAccountAlreadyTaken"), action)

    failure = memory.retries.problems()[last]
    assert failure.reason is Reason.NAME_CONFLICT
    assert failure.code == "StorageAccountAlreadyTaken"
    assert "registryName" in failure.remedy


async def test_a_name_of_the_container_registry_can_be_taken_too() -> None:
    memory, names = Memory(PATIENCE), DESIRED.container_registry.names
    target = DESIRED.group.container_registry(names[0])
    action = Action(ActionKind.CREATE_CONTAINER_REGISTRY, target, "because")

    await landed(memory, refusal(target, "RegistryNameAlreadyInUse"), action)

    assert memory.names == {(REGISTRY, "eastus"): names[1]}


async def test_the_end_of_an_operation_is_noted() -> None:
    memory = Memory(PATIENCE)
    await landed(memory, STARTED)
    running = OperationState(OperationPhase.RUNNING)
    for state, due in ((running, 202), (OperationState(OperationPhase.RUNNING, retry_after=30), 230)):
        take_operations(memory, DESIRED, {TARGET: state}, monotonic=200, poll=2)
        assert memory.look_again[TARGET] == due
        assert TARGET in memory.operations

    failed = OperationState(OperationPhase.FAILED, refusal(TARGET, "InternalServerError", 500))
    take_operations(memory, DESIRED, {TARGET: failed}, monotonic=200, poll=2)

    assert (memory.operations, memory.look_again) == ({}, {})
    assert memory.retries.problems()[TARGET].code == "InternalServerError"


async def test_a_name_may_turn_out_to_be_taken_at_the_end_of_the_operation() -> None:
    memory = Memory(PATIENCE)
    await landed(memory, STARTED)
    taken = OperationState(OperationPhase.FAILED, refusal(TARGET, "StorageAccountAlreadyTaken"))

    take_operations(memory, DESIRED, {TARGET: taken}, monotonic=200, poll=2)

    assert memory.names == {(STORAGE, "eastus"): DESIRED.accounts["eastus"].names[1]}


def test_a_change_of_the_object_forgets_every_wait() -> None:
    memory = Memory(PATIENCE)
    memory.sees((1,))
    memory.retries.failed(ArmId("/a"), refusal(ArmId("/a"), "ScopeLocked"), now=0)
    memory.failed_looks = 5
    memory.sees((1,))
    assert memory.retries.problems()
    memory.sees((2,))

    assert memory.retries.problems() == {}
    assert memory.failed_looks == 0


async def test_writes_that_azure_refuses_side_by_side_are_sent_one_after_the_other() -> None:
    sent: list[str] = []

    async def call(name: str, gate: asyncio.Event) -> Started:
        sent.append(name)
        await gate.wait()
        if name == "account":
            raise CloudError(refusal(TARGET, "StorageAccountOperationInProgress"))
        return Started()

    flights, gates = Flights(lambda: None), {name: asyncio.Event() for name in ("account", "models", "other")}
    models = container_id(TARGET, "models")
    other = DESIRED.group.storage_account("other")
    flights.start(ACTION, call("account", gates["account"]))
    flights.start(Action(ActionKind.CREATE_CONTAINER, models, "because"), call("models", gates["models"]))
    flights.start(Action(ActionKind.UPDATE_STORAGE_ACCOUNT, other, "because"), call("other", gates["other"]))

    await flights.settle(0.01)
    assert sent == ["account", "other"]
    assert flights.targets() == {TARGET, models, other}, "what waits for its turn is under way"

    gates["account"].set()
    gates["models"].set()
    await flights.settle(0.05)
    assert sent == ["account", "other", "models"], "whatever the answer was"
    assert {landing.action.target for landing in flights.collect()} == {TARGET, models}
    gates["other"].set()
    await flights.settle(1)


async def test_a_write_that_never_had_its_turn_is_let_go_in_peace() -> None:
    flights, gate = Flights(lambda: None), asyncio.Event()
    flights.start(ACTION, answers(STARTED, gate))
    flights.start(
        Action(ActionKind.CREATE_CONTAINER, container_id(TARGET, "models"), "because"), answers(STARTED)
    )
    await flights.settle(0)

    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()  # as the end of the loop does
    await flights.settle(1)

    assert flights.collect() == ()
