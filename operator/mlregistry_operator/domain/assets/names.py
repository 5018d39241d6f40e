"""Names of files that storage holds and some consumers cannot: told, and not refused.

A version is the same bytes for everybody. Whoever downloads it to a file system that compares names without
case, or by another form of Unicode, gets one of two files; on Windows some names are not to be had at all.

Sources: https://learn.microsoft.com/windows/win32/fileio/naming-a-file; case-insensitive matching of
canonically equivalent texts, The Unicode Standard, section 3.13 (D145).
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final
from unicodedata import normalize

from mlregistry_operator.domain.assets.ids import shown

_TOLD: Final = 3
_DEVICES: Final = re.compile(
    r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)[ ]*(\..*)?", re.IGNORECASE
)
_SIGNS: Final = re.compile(r'[<>:"|?*]')


def caution(paths: Iterable[str]) -> str:
    """A sentence on names that some consumers cannot hold, a few of them; empty where all can."""
    listed = sorted(paths)
    found = list(islice(_awkward(listed), _TOLD + 1))
    if not found:
        return ""
    more = "; and more" if len(found) > _TOLD else ""
    return (
        f"Not every file system can hold these files: {'; '.join(found[:_TOLD])}{more}. Storage holds them"
        " all; publish another version with other names where that matters."
    )


def _awkward(paths: list[str]) -> Iterator[str]:
    yield from _clashes(paths)
    for path in paths:
        fault = next(filter(None, map(_windows_fault, path.split("/"))), None)
        if fault is not None:
            yield f"{shown(path)} {fault}"


def _clashes(paths: list[str]) -> Iterator[str]:
    """What is one name where neither case nor the form of Unicode counts, a file and a folder too."""
    folded = sorted((_folded(path), path) for path in paths)
    keys = [key for key, _ in folded]
    for index, (key, path) in enumerate(folded):
        if index and keys[index - 1] == key:
            yield f"{shown(folded[index - 1][1])} and {shown(path)} differ by case or Unicode form alone"
            continue
        below = bisect_left(keys, f"{key}/")
        if below < len(keys) and keys[below].startswith(f"{key}/"):
            yield f"{shown(path)} is a file, and {shown(folded[below][1])} has a folder of that name"


def _folded(path: str) -> str:
    return path.lower() if path.isascii() else normalize("NFD", normalize("NFD", path).casefold())


def _windows_fault(segment: str) -> str | None:
    if _DEVICES.fullmatch(segment) is not None:
        return "has a name that is a device's on Windows"
    if segment.endswith(" "):
        return "has a part that ends with a space, which Windows takes away"
    return "has a character that Windows refuses" if _SIGNS.search(segment) is not None else None
