"""When what failed is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.plan import Action, ActionKind, Assessment, Standing
from mlregistry_operator.reconcile.retries import Patience, Retries

PATIENCE = Patience(shortest=1, longest=60, slow=600)
A, B = ArmId("/a"), ArmId("/b")


def failure(severity: Severity = Severity.RETRY, wait: float | None = None) -> Failure:
    return Failure(A, Reason.THROTTLED, severity, "no", retry_after=wait)


@given(attempts=st.integers(1, 10_000))
def test_the_wait_doubles_within_its_bounds(attempts: int) -> None:
    doubled = min(60.0, 2.0 ** min(attempts - 1, 16))

    assert 0.8 * doubled <= PATIENCE.wait(failure(), attempts) <= doubled


@given(attempts=st.integers(1, 50), severity=st.sampled_from([Severity.SLOW_RETRY, Severity.STALLED]))
def test_what_a_person_must_mend_waits_the_long_time(attempts: int, severity: Severity) -> None:
    assert PATIENCE.wait(failure(severity), attempts) == 600


@given(
    attempts=st.integers(1, 50),
    asked=st.floats(0, 100_000),
    severity=st.sampled_from(list(Severity)),
)
def test_nothing_is_tried_before_the_service_allows_it(
    attempts: int, asked: float, severity: Severity
) -> None:
    assert PATIENCE.wait(failure(severity, asked), attempts) >= asked


@given(attempts=st.integers(1, 50), asked=st.floats(1, 100_000))
def test_what_the_service_asked_for_is_done_no_later_than_two_seconds_after(
    attempts: int, asked: float
) -> None:
    """Promise 14: not before `Retry-After`, nor later than 2 s after it."""
    assert PATIENCE.wait(failure(wait=asked), attempts) <= asked + 2


def test_a_failed_step_is_held_back_until_its_time() -> None:
    retries = Retries(PATIENCE)
    retries.failed(A, failure(wait=17), now=100)

    assert retries.holds(A, 116.9)
    assert not retries.holds(A, 120)
    assert not retries.holds(B, 100)
    assert retries.problems() == {A: failure(wait=17)}


def test_an_accepted_attempt_is_no_problem_but_does_not_begin_the_count_anew() -> None:
    retries = Retries(PATIENCE)
    for _ in range(4):
        retries.failed(A, failure(), now=0)
    retries.begun(A)
    assert retries.problems() == {}
    retries.failed(A, failure(), now=100)

    assert retries.holds(A, 100 + 0.8 * 16 - 0.01)


@pytest.mark.parametrize("edited", [False, True])
def test_success_and_an_edit_begin_the_count_anew(*, edited: bool) -> None:
    retries = Retries(PATIENCE)
    for _ in range(4):
        retries.failed(A, failure(), now=0)
    if edited:
        retries.forget()
    else:
        retries.succeeded(A)
    assert (retries.problems(), retries.holds(A, 0)) == ({}, False)
    retries.failed(A, failure(), now=0)
    assert not retries.holds(A, 1.01)


def test_only_what_is_wanted_has_a_time_and_it_counts_also_when_it_passes_during_the_pass() -> None:
    retries = Retries(PATIENCE)
    retries.failed(A, failure(Severity.SLOW_RETRY), now=0)
    retries.failed(B, failure(Severity.SLOW_RETRY), now=50)

    assert retries.next_due({A, B}) == 600
    assert retries.next_due({B}) == 650
    assert retries.next_due(set()) is None


def test_a_review_keeps_only_what_still_stands_in_the_way() -> None:
    action = Action(ActionKind.CREATE_STORAGE_ACCOUNT, A, "because")
    waits = Action(ActionKind.CREATE_STORAGE_ACCOUNT, A, "because", waits_for="the group")
    cases = [
        (Assessment(A, Standing.ABSENT, action=action), True, "it is still wanted"),
        (Assessment(A, Standing.BROKEN, action=action), True, "so it is"),
        (Assessment(A, Standing.UNSEEN), True, "nobody knows"),
        (Assessment(A, Standing.SETTLED), False, "it was mended"),
        (Assessment(A, Standing.REFUSED), False, "something else is said of it now"),
        (Assessment(A, Standing.IN_PROGRESS), False, "Azure is working on it"),
        (Assessment(A, Standing.ABSENT, action=waits), False, "it waits for something else first"),
        (Assessment(B, Standing.ABSENT), False, "nothing wants it any more"),
    ]
    for assessment, stays, because in cases:
        retries = Retries(PATIENCE)
        retries.failed(A, failure(), now=0)
        retries.review([assessment])
        assert (A in retries.problems()) == stays, because
