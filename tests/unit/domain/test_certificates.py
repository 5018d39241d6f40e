"""When a certificate is made anew, and how long an authority is still trusted."""

from datetime import UTC, datetime, timedelta

import pytest

from mlregistry_operator.domain.certificates import (
    Authority,
    Held,
    Rotation,
    flaw,
    is_due,
    still_trusted,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
ROTATION = Rotation(YEAR)
NEW, OLD = Authority("new", NOW + YEAR), Authority("old", NOW + YEAR / 3)
HOST = "mlregistry-operator.mlregistry-system.svc"


def held(made: datetime = NOW, *hosts: str) -> Held:
    return Held(made, made + YEAR, frozenset(hosts or (HOST,)), (NEW,))


@pytest.mark.parametrize(
    ("now", "told", "because"),
    [
        (NOW, None, "it was made just now"),
        (NOW - timedelta(seconds=5), None, "another API server's clock is a little behind"),
        (NOW + YEAR, "it has run out", "its time is over"),
        (NOW - timedelta(days=1), "it is not good before", "whoever made it had a clock that was off"),
    ],
)
def test_a_certificate_is_served_in_its_time_alone(now: datetime, told: str | None, because: str) -> None:
    found = flaw(held(), frozenset({HOST}), now)

    assert (found or "").startswith(told or ""), because
    assert (found is None) is (told is None), because


def test_a_certificate_for_other_names_is_not_served() -> None:
    assert flaw(held(NOW, HOST), frozenset({HOST, "127.0.0.1"}), NOW) == "it is not for 127.0.0.1"
    assert flaw(held(NOW, HOST, "127.0.0.1"), frozenset({HOST}), NOW) is None


def test_another_is_made_with_a_third_of_the_time_left() -> None:
    assert not is_due(held(), ROTATION, NOW + YEAR * 0.66)
    assert is_due(held(), ROTATION, NOW + YEAR * 0.67)


def test_the_authority_before_is_trusted_until_every_replica_has_had_its_time() -> None:
    def trusted(after: timedelta) -> tuple[Authority, ...]:
        return still_trusted(NEW, [OLD, OLD], NOW, ROTATION, NOW + after)

    assert trusted(timedelta(0)) == (NEW, OLD), "the newest first, each once"
    assert trusted(ROTATION.overlap * 0.99) == (NEW, OLD)
    assert trusted(ROTATION.overlap) == (NEW,)


def test_an_authority_that_has_run_out_is_not_kept() -> None:
    over = Authority("over", NOW - timedelta(days=1))

    assert still_trusted(NEW, [over, OLD], NOW, ROTATION, NOW) == (NEW, OLD)


@pytest.mark.parametrize("validity", [timedelta(seconds=20), timedelta(days=1), YEAR])
def test_every_replica_looks_many_times_while_two_authorities_are_trusted(validity: timedelta) -> None:
    rotation = Rotation(validity)

    assert rotation.look * 5 <= rotation.overlap
    assert rotation.renewal + rotation.overlap <= validity
