"""When an operation whose URL cannot be read is over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.manifests import a_registry
from support.scenes import settled

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.registry_status import OperationEntry
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.operations import BLIND_LIMIT, settle_blind
from mlregistry_operator.domain.plan import ActionKind
from mlregistry_operator.domain.resources import OperationPhase, OperationState

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SEEN = settled(a_registry()).account("eastus")
BLIND = OperationState(OperationPhase.UNREADABLE, retry_after=7)


def entry(action: ActionKind, age: timedelta = timedelta(seconds=30)) -> OperationEntry:
    return OperationEntry(target=SEEN.id, action=action, url="https://x/1", start_time=NOW - age)


@pytest.mark.parametrize(
    ("action", "state", "phase", "because"),
    [
        (ActionKind.CREATE_STORAGE_ACCOUNT, "Succeeded", OperationPhase.SUCCEEDED, "the resource says so"),
        (ActionKind.CREATE_STORAGE_ACCOUNT, "Failed", OperationPhase.FAILED, "the resource says so"),
        (ActionKind.CREATE_STORAGE_ACCOUNT, "Canceled", OperationPhase.FAILED, "somebody has ended it"),
        (ActionKind.DELETE_REPLICATION, "Failed", OperationPhase.RUNNING, "it may have failed long before"),
        (ActionKind.CREATE_STORAGE_ACCOUNT, "Creating", OperationPhase.RUNNING, "it goes on"),
        (ActionKind.CREATE_STORAGE_ACCOUNT, None, OperationPhase.RUNNING, "what is made may not show yet"),
        (ActionKind.DELETE_REPLICATION, None, OperationPhase.SUCCEEDED, "it is gone"),
        (ActionKind.DELETE_REPLICATION, "Deleting", OperationPhase.RUNNING, "it goes"),
        (ActionKind.DELETE_REPLICATION, "Succeeded", OperationPhase.RUNNING, "Azure has not begun"),
    ],
)
@pytest.mark.promise(6)
def test_where_the_url_tells_nothing_the_resource_does(
    action: ActionKind, state: str | None, phase: OperationPhase, because: str
) -> None:
    seen = replace(SEEN, provisioning_state=state) if state else None

    found = settle_blind(entry(action), BLIND, seen, now=NOW)

    assert found.phase is phase, because
    if phase is OperationPhase.RUNNING:
        assert found.retry_after == 7


@pytest.mark.promise(13)
def test_a_resource_that_does_not_answer_is_told_and_an_operation_is_not() -> None:
    """Whether a deleted replication's name is free again, nothing but its own address can tell."""
    trouble = Failure(
        SEEN.id, Reason.AZURE_UNAVAILABLE, Severity.RETRY, "Could not look", "ServiceUnavailable"
    )
    blind = replace(BLIND, failure=trouble)
    by_url = entry(ActionKind.DELETE_REPLICATION)
    by_address = by_url.model_copy(update={"url": by_url.target})

    assert settle_blind(by_address, blind, None, now=NOW).failure is trouble
    assert settle_blind(by_url, blind, SEEN, now=NOW).failure is None


def test_what_the_url_told_stands() -> None:
    for phase in (OperationPhase.RUNNING, OperationPhase.SUCCEEDED, OperationPhase.FAILED):
        state = OperationState(phase)
        assert settle_blind(entry(ActionKind.DELETE_REPLICATION), state, None, now=NOW) is state


def test_a_lost_operation_does_not_block_its_resource_for_ever() -> None:
    for age, phase in (
        (BLIND_LIMIT, OperationPhase.RUNNING),
        (BLIND_LIMIT + timedelta(seconds=1), OperationPhase.SUCCEEDED),
    ):
        old = entry(ActionKind.CREATE_STORAGE_ACCOUNT, age)
        assert settle_blind(old, BLIND, None, now=NOW).phase is phase


def test_a_running_operation_does_not_keep_an_unreadable_url_for_long() -> None:
    """The limit is for those that cannot be read alone: a slow one may take as long as it needs."""
    slow = entry(ActionKind.CREATE_CONTAINER_REGISTRY, timedelta(hours=3))
    running = OperationState(OperationPhase.RUNNING)

    assert settle_blind(slow, running, None, now=NOW).phase is OperationPhase.RUNNING
