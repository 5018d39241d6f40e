"""Events fit the bounds of the API server, which counts bytes, and lose no more than they must."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.domain.events import NOTE_BYTES, WORD_BYTES, event, fit, listing

TEXTS = [
    ("a", "one byte each"),
    ("é", "two bytes each"),
    ("模", "three bytes each"),
    ("🛰", "four bytes each"),
    ("longname0.", "the words of a path"),
    ("\ud800", "half of a pair, as an answer of Azure may have it"),
]


@pytest.mark.promise(13)
@pytest.mark.parametrize(("text", "because"), TEXTS, ids=[because for _, because in TEXTS])
@pytest.mark.parametrize("more", [0, 1, 2, 3, 5000])
def test_a_note_has_at_most_1024_bytes_and_is_cut_between_characters(
    text: str, because: str, more: int
) -> None:
    size = len(text.encode("utf-8", "replace"))
    whole = "x" * more + text * (NOTE_BYTES // size)

    note = event("Warning", "Reason", "Action", whole).note

    assert len(note.encode()) <= NOTE_BYTES, because
    if len(whole.encode("utf-8", "replace")) <= NOTE_BYTES:
        assert note == whole.replace("\ud800", "?")
    else:
        assert note.endswith("…")
        assert whole.replace("\ud800", "?").startswith(note[:-1])
        assert len(note.encode()) > NOTE_BYTES - 4, "no more is lost than one character"


@given(st.text(max_size=400), st.integers(3, 300))
def test_whatever_is_cut_fits_and_is_the_beginning(text: str, most: int) -> None:
    found = fit(text, most)

    assert len(found.encode()) <= most
    assert found == text or text.startswith(found[:-1])


def test_reason_and_action_have_their_bounds_too() -> None:
    note = event("Normal", "Ä" * 200, "a" * 200, "")

    assert len(note.reason.encode()) <= WORD_BYTES
    assert len(note.action.encode()) <= WORD_BYTES


@pytest.mark.parametrize("letter", ["a", "模"])
def test_a_list_names_every_item_in_as_many_events_as_it_takes(letter: str) -> None:
    items = [f"{letter * 90}{number}" for number in range(40)]

    notes = list(listing("Retained", "Delete", "Left in Azure:", items))

    assert all(len(one.note.encode()) <= NOTE_BYTES for one in notes)
    assert not any(one.note.endswith("…") for one in notes)
    said = " ".join(one.note for one in notes).replace(",", " ").split()
    assert all(item in said for item in items)


def test_an_item_that_is_longer_than_an_event_is_cut_and_the_others_are_not() -> None:
    notes = list(listing("Retained", "Delete", "Left:", ["short", "模" * 500, "last"]))

    assert [one.note.endswith("…") for one in notes] == [False, True, False]
    assert notes[0].note == "Left: short"
    assert notes[2].note == "Left: last"
