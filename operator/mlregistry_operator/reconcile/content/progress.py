"""How far a copy is: bytes of bytes, for whoever wants to know while it goes on."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Progress:
    """Changed by the work, read by others at any time: bytes that the destination holds, proved or not.

    `done` never goes back within one run, and is `total` at its end.
    """

    total: int = 0
    _done: dict[str, int] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return sum(self._done.values())

    def reach(self, path: str, count: int) -> None:
        """So many bytes of this file are there."""
        self._done[path] = max(count, self._done.get(path, 0))
