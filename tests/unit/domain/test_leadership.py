"""Who takes a lease, and when: no two clocks are ever compared."""

import pytest

from mlregistry_operator.domain.leadership import (
    Candidate,
    Decision,
    Reign,
    Seen,
    Step,
    Tenure,
    claim,
    decide,
    let_go,
    look,
)

ME = Candidate("pod-a", "11111111")
RIVAL = Candidate("pod-b", "22222222")
TAKE = Decision(Step.TAKE)


def held_by(holder: str, *, seconds: int = 15, version: str = "7") -> Tenure:
    return Tenure(holder, seconds, "yesterday", "yesterday", transitions=3, version=version)


@pytest.mark.parametrize(
    ("tenure", "now", "expected", "because"),
    [
        (None, 0.0, TAKE, "there is no lease yet"),
        (held_by(""), 0.0, TAKE, "the last holder let go of it"),
        (held_by(ME.name), 0.0, Decision(Step.RENEW), "it is ours"),
        (held_by(RIVAL.name), 0.0, Decision(Step.WAIT, 15.0), "it was seen just now, whatever date it bears"),
        (held_by(RIVAL.name), 14.9, Decision(Step.WAIT, pytest.approx(0.1)), "it may still be renewed"),
        (held_by(RIVAL.name), 15.0, TAKE, "nothing has been heard for its whole time"),
        (held_by("pod-a_00000000"), 0.0, TAKE, "our container has restarted: its predecessor is dead"),
        (held_by("pod-ab_00000000"), 0.0, Decision(Step.WAIT, 15.0), "a longer name is another pod"),
    ],
)
def test_a_lease_is_taken_when_nobody_can_hold_it(
    tenure: Tenure | None, now: float, expected: Decision, because: str
) -> None:
    assert decide(ME, Seen(tenure, 0.0), now) == expected, because


def test_without_a_name_that_survives_nobody_is_taken_for_an_earlier_self() -> None:
    anonymous = Candidate("", "host-1")

    assert anonymous.name == "host-1"
    assert decide(anonymous, Seen(held_by("_host-0"), 0.0), 0.0).step is Step.WAIT


def test_every_change_of_the_lease_is_a_sign_of_life() -> None:
    first = look(None, held_by(RIVAL.name, version="7"), 100.0)

    assert look(first, held_by(RIVAL.name, version="7"), 110.0) == first
    assert look(first, held_by(RIVAL.name, version="8"), 110.0).since == 110.0


@pytest.mark.promise(4)
def test_a_lease_that_was_deleted_runs_on_until_its_holder_must_have_noticed() -> None:
    first = look(None, held_by(RIVAL.name), 100.0)
    deleted = look(first, None, 103.0)

    assert decide(ME, deleted, 103.0) == Decision(Step.WAIT, 12.0)
    assert decide(ME, look(deleted, None, 115.0), 115.0) == TAKE
    assert claim(ME, deleted.tenure, 15.0, "today").version == "", "it is made again"


def test_whoever_takes_a_lease_counts_the_transition_and_whoever_renews_does_not() -> None:
    taken = claim(ME, held_by(RIVAL.name), 15.0, "today")
    renewed = claim(ME, taken, 15.0, "later")

    assert (taken.holder, taken.transitions, taken.acquired, taken.version) == (ME.name, 4, "today", "7")
    assert (renewed.transitions, renewed.acquired, renewed.renewed) == (4, "today", "later")
    assert claim(ME, None, 14.2, "today") == Tenure(ME.name, 15, "today", "today"), "never shorter than said"


def test_a_lease_that_was_let_go_is_anybodys() -> None:
    assert decide(RIVAL, Seen(let_go(held_by(ME.name), "today"), 0.0), 0.0) == TAKE


@pytest.mark.promise(4)
def test_a_reign_ends_by_its_own_clock() -> None:
    now = 0.0
    reign = Reign(lambda: now)
    assert not reign.holds, "nobody writes before the lease is won"

    reign.until = 10.0
    assert reign.holds
    now = 30.0  # the process was stopped meanwhile
    assert not reign.holds
    assert reign.left == 0.0
