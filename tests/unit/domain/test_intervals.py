"""Lengths of time as annotations write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.domain.intervals import seconds_of


@pytest.mark.parametrize(
    ("text", "seconds", "because"),
    [
        ("90s", 90, "seconds"),
        ("10m", 600, "minutes"),
        ("2h", 7200, "hours"),
        ("1h30m", 5400, "two units"),
        ("1h1m1s", 3661, "all units"),
        (" 10m ", 600, "blanks around it"),
        ("90", None, "no unit"),
        ("", None, "nothing"),
        ("0s", None, "no time at all"),
        ("0h0m0s", None, "so it is"),
        ("1m1h", None, "the wrong order"),
        ("1.5h", None, "no fractions"),
        ("-10m", None, "no debts"),
        ("ten minutes", None, "no prose"),
        ("1d", None, "no days"),
    ],
)
def test_intervals_are_read_as_they_are_written(text: str, seconds: float | None, because: str) -> None:
    assert seconds_of(text) == seconds, because


@given(st.integers(0, 9999), st.integers(0, 999_999), st.integers(0, 99_999_999))
def test_units_add_up(hours: int, minutes: int, seconds: int) -> None:
    total = hours * 3600 + minutes * 60 + seconds

    assert seconds_of(f"{hours}h{minutes}m{seconds}s") == (total or None)


@given(st.text(max_size=30))
def test_no_text_breaks_it(text: str) -> None:
    found = seconds_of(text)

    assert found is None or found > 0
