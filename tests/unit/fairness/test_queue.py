"""Whoever waits is served in turn, nobody has more than a share, and nothing stays unused for no reason."""

import math
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.fairness.queue import PATIENCE, FairQueue, Path, Wish

A, B, C = ("a", "1"), ("b", "1"), ("c", "1")
UNBOUNDED = (math.inf, math.inf)
SHARES = (3.0, 1.0)


def granted(queue: FairQueue[str]) -> Iterator[Wish[str]]:
    while (wish := queue.next()) is not None:
        yield wish


def one_after_the_other(queue: FairQueue[str]) -> list[str]:
    """Every wish, each given back before the next is granted."""
    order = []
    while (wish := queue.next()) is not None:
        order.append(wish.item)
        queue.give_back(wish.path, wish.count)
    return order


@pytest.mark.promise(17)
def test_the_number_of_a_groups_wishes_is_its_own_wait() -> None:
    queue: FairQueue[str] = FairQueue(1, UNBOUNDED)
    for number in range(300):
        queue.add(A, 1, f"a{number}")
    queue.add(B, 1, "b")
    queue.add(C, 1, "c")

    order = one_after_the_other(queue)

    assert sorted(order[:3]) == ["a0", "b", "c"], "one round"
    assert order[3:] == [f"a{number}" for number in range(1, 300)], "each group in its order"


@pytest.mark.promise(17)
def test_who_comes_while_others_are_served_is_next() -> None:
    queue: FairQueue[str] = FairQueue(1, UNBOUNDED)
    for number in range(300):
        queue.add(A, 1, f"a{number}")
    for _ in range(100):
        wish = queue.next()
        assert wish is not None
        queue.give_back(wish.path, 1)
    queue.add(B, 1, "b")

    assert "b" in one_after_the_other(queue)[:2]


@pytest.mark.promise(17)
def test_who_comes_late_is_not_owed_what_others_were_given_before() -> None:
    """Else a newcomer with many wishes would have every turn until it has caught up."""
    queue: FairQueue[str] = FairQueue(1, UNBOUNDED)
    for _ in range(300):
        queue.add(A, 1, "a")
    for _ in range(100):
        wish = queue.next()
        assert wish is not None
        queue.give_back(wish.path, 1)
    for _ in range(100):
        queue.add(B, 1, "b")

    order = one_after_the_other(queue)[:40]

    assert Counter(order) == {"a": 20, "b": 20}


@pytest.mark.promise(17)
def test_a_group_with_many_subgroups_has_no_more_turns_than_one_with_a_single_one() -> None:
    queue: FairQueue[str] = FairQueue(1, UNBOUNDED)
    for number in range(30):
        queue.add(("a", str(number)), 1, "a")
    for _ in range(10):
        queue.add(B, 1, "b")

    assert Counter(one_after_the_other(queue)[:20]) == {"a": 10, "b": 10}


@pytest.mark.promise(17)
def test_turns_are_counted_in_units_where_wishes_differ() -> None:
    """Eight small ones are as much as one large one."""
    queue: FairQueue[str] = FairQueue(8, UNBOUNDED)
    for _ in range(20):
        queue.add(A, 8, "large")
        queue.add(B, 1, "small")

    order = one_after_the_other(queue)

    assert order[:20].count("large") <= 4


@pytest.mark.promise(17)
def test_a_group_alone_has_half_and_leaves_the_other_to_whoever_comes() -> None:
    queue: FairQueue[str] = FairQueue(32, SHARES)
    for _ in range(100):
        queue.add(A, 1, "a")
    assert len(list(granted(queue))) == 16

    for group in ("b", "c", "d", "e"):
        for _ in range(100):
            queue.add((group, "1"), 1, group)
        assert list(granted(queue)), f"{group} finds something free, although nobody gave anything back"


@pytest.mark.promise(17)
def test_a_group_with_many_subgroups_leaves_something_too() -> None:
    queue: FairQueue[str] = FairQueue(32, SHARES)
    for number in range(1000):
        queue.add(("a", str(number)), 1, "a")

    assert len(list(granted(queue))) == 24, "three quarters"
    queue.add(B, 1, "b")
    assert [wish.item for wish in granted(queue)] == ["b"]


def test_who_is_stopped_by_its_own_share_stops_nobody_else() -> None:
    queue: FairQueue[str] = FairQueue(4, SHARES)
    for _ in range(9):
        queue.add(A, 1, "a")
    assert len(list(granted(queue))) == 2
    queue.add(B, 1, "b")
    assert [wish.item for wish in granted(queue)] == ["b"]


def test_a_large_wish_is_overtaken_only_so_often() -> None:
    queue: FairQueue[str] = FairQueue(10, SHARES)
    queue.add(("old", "1"), 6, "old")
    (old,) = granted(queue)
    queue.add(A, 6, "large")
    for number in range(PATIENCE + 9):
        queue.add((str(number), "1"), 1, "small")

    small = list(granted(queue))
    served = 0
    while small:
        served += len(small)
        for wish in small:
            queue.give_back(wish.path, wish.count)
        small = list(granted(queue))

    assert served == PATIENCE
    queue.give_back(old.path, old.count)
    assert next(granted(queue)).item == "large"


def test_a_wish_that_is_withdrawn_leaves_nothing_behind() -> None:
    queue: FairQueue[str] = FairQueue(1, UNBOUNDED)
    queue.add(A, 1, "held")
    (held,) = granted(queue)
    wish = queue.add(B, 1, "b")

    queue.withdraw(wish)

    assert queue.waiting == 0
    queue.give_back(held.path, held.count)
    assert queue.free == 1
    assert list(granted(queue)) == []


def test_a_path_of_another_depth_is_refused() -> None:
    with pytest.raises(ValueError, match="2 parts"):
        FairQueue[str](1, UNBOUNDED).add(("a",), 1, "a")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "give", "withdraw"]),
        st.tuples(st.sampled_from("abc"), st.sampled_from("12")),
        st.integers(1, 12),
    ),
    max_size=120,
)


class Model:
    """What the queue must be true to, kept apart from it."""

    def __init__(self, size: int, shares: tuple[float, ...]) -> None:
        self.queue: FairQueue[str] = FairQueue(size, shares)
        self.shares = shares
        self.waiting: list[Wish[str]] = []
        self.held: list[Wish[str]] = []

    def do(self, step: str, path: Path, number: int) -> None:
        if step == "add":
            self.waiting.append(self.queue.add(path, number, ""))
        elif step == "give" and self.held:
            wish = self.held.pop(number % len(self.held))
            self.queue.give_back(wish.path, wish.count)
        elif step == "withdraw" and self.waiting:
            self.queue.withdraw(self.waiting.pop(number % len(self.waiting)))
        for wish in granted(self.queue):
            self.waiting.remove(wish)
            self.held.append(wish)

    def holds(self, prefix: Path) -> int:
        return sum(one.count for one in self.held if one.path[: len(prefix)] == prefix)

    def is_modest(self, wish: Wish[str]) -> bool:
        left = self.queue.size - self.holds(()) - wish.count
        prefixes = [wish.path[:depth] for depth in range(1, len(wish.path) + 1)]
        return all(
            not self.holds(prefix) or math.isinf(share) or self.holds(prefix) + wish.count <= share * left
            for prefix, share in zip(prefixes, self.shares, strict=True)
        )


@pytest.mark.promise(17)
@given(size=st.integers(1, 24), shares=st.sampled_from([UNBOUNDED, SHARES, (math.inf, 1.0)]), steps=STEPS)
def test_nothing_is_lost_nothing_is_given_twice_and_nothing_stays_unused(
    size: int, shares: tuple[float, ...], steps: list[tuple[str, Path, int]]
) -> None:
    model = Model(size, shares)
    for step, path, number in steps:
        model.do(step, path, number)
        assert model.queue.held == model.holds(()) <= size
        assert model.queue.waiting == len(model.waiting)
        free = size - model.holds(())
        heads = {wish.path: wish for wish in reversed(model.waiting)}
        if all(wish.overtaken < PATIENCE for wish in heads.values()):
            idle = [wish for wish in heads.values() if wish.count <= free and model.is_modest(wish)]
            assert not idle, "what is free goes to whoever may have it"


@pytest.mark.promise(17)
@given(size=st.integers(1, 24), steps=STEPS)
def test_whoever_waits_is_served_once_the_others_give_back(
    size: int, steps: list[tuple[str, Path, int]]
) -> None:
    model = Model(size, SHARES)
    for step, path, number in steps:
        model.do(step, path, number)
    while model.held:
        model.do("give", A, 0)
    assert not model.waiting


@pytest.mark.promise(17)
@given(
    size=st.integers(2, 64),
    counts=st.lists(st.integers(0, 60), min_size=1, max_size=6),
)
def test_nobody_holds_more_than_half_however_many_wish(size: int, counts: list[int]) -> None:
    queue: FairQueue[str] = FairQueue(size, (math.inf, 1.0))
    for group, count in enumerate(counts):
        for _ in range(count):
            queue.add((str(group), "1"), 1, "")
    list(granted(queue))
    assert all(queue.held_by((str(group), "1")) <= max(1, size // 2) for group in range(len(counts)))
