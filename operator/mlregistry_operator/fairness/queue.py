"""Who is next: turns among groups and their subgroups, and no group with more than its share. Pure.

The order is that of start-time fair queuing: next is the group that was given least, counted from when it
began to wait, so that a group's number of wishes is its own wait. A share is a part of what stays free: a
group takes more only while it then holds at most `shares` times what is left for the others. What is given is
not taken away again, and so there is always something for who comes next; a group alone has half with a share
of 1.

Sources: Goyal, Vin, Cheng, "Start-time fair queueing" (SIGCOMM 1996), and Choudhury, Hahne, "Dynamic queue
length thresholds for shared-memory packet switches" (IEEE/ACM Transactions on Networking, 1998).
"""

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Generic, TypeVar

T = TypeVar("T")
Path = tuple[str, ...]
PATIENCE: Final = 64  # others that may overtake a wish for more than is free; then all wait for it


@dataclass(slots=True, eq=False)
class Wish(Generic[T]):
    """So many units for a path; `item` is the caller's own."""

    path: Path
    count: int
    item: T
    granted: bool = False
    overtaken: int = 0


@dataclass(slots=True)
class _Group(Generic[T]):
    """`served` is what it was given, and `now` how far the group of its children is that was served last."""

    held: int = 0
    served: int = 0
    now: int = 0
    waiting: int = 0
    children: "dict[str, _Group[T]]" = field(default_factory=dict)
    wishes: deque[Wish[T]] = field(default_factory=deque)


class FairQueue(Generic[T]):
    """`size` units. `shares` has a number for each level of a path, the outermost first; `inf`: no bound.

    `limit` says how many units one path may hold now. A path that holds nothing may have whatever is free.
    """

    def __init__(
        self, size: int, shares: Sequence[float], limit: Callable[[], float] = lambda: math.inf
    ) -> None:
        self._size, self._shares, self._limit = size, tuple(shares), limit
        self._root: _Group[T] = _Group()

    @property
    def size(self) -> int:
        return self._size

    @property
    def held(self) -> int:
        return self._root.held

    @property
    def free(self) -> int:
        return self._size - self._root.held

    @property
    def waiting(self) -> int:
        """How many wishes are not granted yet."""
        return self._root.waiting

    def held_by(self, path: Path) -> int:
        """What a group holds, its subgroups' together."""
        group = self._root
        for name in path:
            if name not in group.children:
                return 0
            group = group.children[name]
        return group.held

    def add(self, path: Path, count: int, item: T) -> Wish[T]:
        """Wait for so many units, behind the path's other wishes; more than there are is all of them."""
        if len(path) != len(self._shares):
            raise ValueError(f"{path}: a path has {len(self._shares)} parts here")
        wish = Wish(path, max(1, min(count, self._size)), item)
        group = self._root
        group.waiting += 1
        for name in path:
            child = group.children.setdefault(name, _Group())
            if not child.waiting:
                child.served = max(child.served, group.now)
            child.waiting += 1
            group = child
        group.wishes.append(wish)
        return wish

    def withdraw(self, wish: Wish[T]) -> None:
        """Forget a wish that was not granted."""
        groups = self._groups(wish.path)
        groups[-1].wishes.remove(wish)
        for group in groups:
            group.waiting -= 1
        self._tidy(wish.path)

    def next(self) -> Wish[T] | None:
        """Grant the wish whose turn it is; None where none may be granted now."""
        if self.free < 1 or not self._root.waiting:
            return None
        passed: list[Wish[T]] = []
        for groups in self._in_turn((self._root,)):
            wish = groups[-1].wishes[0]
            if not self._is_modest(groups, wish.count):
                continue
            if wish.count <= self.free:
                for other in passed:
                    other.overtaken += 1
                self._grant(groups, wish)
                return wish
            if wish.overtaken >= PATIENCE:
                return None
            passed.append(wish)
        return None

    def give_back(self, path: Path, count: int) -> None:
        """So many units of a path are free again."""
        for group in self._groups(path):
            group.held -= count
        self._tidy(path)

    def _groups(self, path: Path) -> list[_Group[T]]:
        groups = [self._root]
        for name in path:
            groups.append(groups[-1].children[name])
        return groups

    def _in_turn(self, above: tuple[_Group[T], ...]) -> Iterator[tuple[_Group[T], ...]]:
        """The way to every path with a wish, who was given least before others."""
        if len(above) > len(self._shares):
            yield above
            return
        waiting = [child for child in above[-1].children.values() if child.waiting]
        for child in sorted(waiting, key=lambda one: one.served):
            yield from self._in_turn((*above, child))

    def _is_modest(self, groups: Sequence[_Group[T]], count: int) -> bool:
        """Whether enough stays free for others; who holds nothing takes nothing away from anybody."""
        left, path = self.free - count, groups[-1]
        if path.held and path.held + count > self._limit():
            return False
        return all(
            group.held == 0 or math.isinf(share) or group.held + count <= share * left
            for group, share in zip(groups[1:], self._shares, strict=True)
        )

    def _grant(self, groups: Sequence[_Group[T]], wish: Wish[T]) -> None:
        groups[-1].wishes.popleft()
        wish.granted = True
        for above, group in pairwise(groups):
            above.now = group.served
            group.served += wish.count
        for group in groups:
            group.waiting -= 1
            group.held += wish.count

    def _tidy(self, path: Path) -> None:
        """Forget the groups of a path that neither hold nor want anything."""
        groups = self._groups(path)
        for above, name, group in reversed(list(zip(groups, path, groups[1:], strict=False))):
            if not group.held and not group.waiting:
                del above.children[name]
