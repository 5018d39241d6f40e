"""What wakes a loop once, and what a pass has seen already."""

from support.manifests import a_registry
from support.worlds import Twins

from mlregistry_operator.reconcile.changes import Change

OLDER: Change = (1, None, True, None)
NEWER: Change = (1, None, True, "look-now")


def test_an_edit_that_is_told_while_the_pass_reads_the_object_costs_no_second_pass() -> None:
    memory = Twins(a_registry()).memory
    memory.begin_pass()

    memory.is_shown(NEWER)
    memory.starts_with(NEWER)

    assert not memory.wake.is_set()
    assert not memory.edited


def test_an_edit_that_comes_after_the_pass_has_read_the_object_wakes_the_loop() -> None:
    memory = Twins(a_registry()).memory
    memory.begin_pass()

    memory.starts_with(OLDER)
    memory.is_shown(NEWER)

    assert memory.wake.is_set()
    assert memory.edited


def test_an_edit_that_the_reading_has_missed_wakes_the_loop() -> None:
    memory = Twins(a_registry()).memory
    memory.begin_pass()

    memory.is_shown(NEWER)
    memory.starts_with(OLDER)

    assert memory.wake.is_set(), "the answer was older than what the watch told"


def test_an_edit_that_a_pass_has_read_before_the_watch_tells_it_wakes_nobody() -> None:
    memory = Twins(a_registry()).memory
    memory.begin_pass()

    memory.starts_with(NEWER)
    memory.is_shown(NEWER)

    assert not memory.wake.is_set()
