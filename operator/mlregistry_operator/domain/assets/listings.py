"""The files of a version, by path, and what documents among them name."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from posixpath import normpath
from typing import Final
from unicodedata import normalize

_SCANNED: Final = 200  # files that one pattern is tried on; beyond them it has the benefit of the doubt
_WILDCARDS: Final = "*?["


@dataclass(frozen=True, slots=True)
class Fault:
    """Why files are not what they were declared as, and what to do. Both are sentences."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}"


@dataclass(frozen=True, slots=True)
class Listing:
    """Paths without a slash in front, as they are published.

    They are looked for as they read: an `ä` is one sign or two (Unicode's forms NFC and NFD), as macOS writes
    one form and most editors the other. All are compared in NFD, in which a pattern may end within a letter.
    """

    paths: tuple[str, ...]
    _compared: tuple[str, ...] = field(repr=False)
    _files: frozenset[str] = field(repr=False)

    @classmethod
    def of(cls, paths: Iterable[str]) -> "Listing":
        listed = tuple(sorted(paths))
        compared = tuple(sorted(normalize("NFD", path) for path in listed))
        return cls(listed, compared, frozenset(compared))

    def has_file(self, path: str) -> bool:
        return _plain(path) in self._files

    def has_below(self, folder: str) -> bool:
        """Whether there is a file in that folder, or in one of its folders."""
        below = _plain(folder)
        return next(self._beginning(f"{below}/" if below else ""), None) is not None

    def has(self, path: str) -> bool:
        """Whether it is a file, a folder, or what the names of several files begin with before a dot."""
        return self.has_file(path) or self.has_below(path) or any(self._beginning(f"{_plain(path)}."))

    def may_match(self, pattern: str) -> bool:
        """Whether a file begins and ends as the pattern does, before and behind its wildcards."""
        plain = _plain(pattern)
        first = next((index for index, sign in enumerate(plain) if sign in _WILDCARDS), len(plain))
        last = max((plain.rfind(sign) for sign in "*?]"), default=-1)
        if first == len(plain):
            return self.has(plain)
        tail = plain[last + 1 :]
        tried = 0
        for path in islice(self._beginning(plain[:first]), _SCANNED):
            tried += 1
            if path.endswith(tail):
                return True
        return tried == _SCANNED

    def _beginning(self, start: str) -> Iterator[str]:
        for index in range(bisect_left(self._compared, start), len(self._compared)):
            if not self._compared[index].startswith(start):
                return
            yield self._compared[index]


def _plain(path: str) -> str:
    """The same path in NFD, without `.`, doubled slashes and a slash at its end; empty for the root.

    Tools on Windows write backslashes, which are slashes to those that read them there.
    """
    found = normalize("NFD", normpath(path.replace("\\", "/"))) if path else ""
    return "" if found == "." else found
