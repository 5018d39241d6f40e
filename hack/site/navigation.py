"""The order of the pages: as mkdocs.yml says, without those that are not there, with those that it forgot.

MkDocs loads this file as a hook. Pages come and go with what they are about; the site must not break by it.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig

REST: Final = "Further pages"
Entry = str | dict[str, "list[Entry]"]


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """MkDocs asks this before it reads any page."""
    folder = Path(config.docs_dir)
    pages = sorted(page.relative_to(folder).as_posix() for page in folder.rglob("*.md"))
    config.nav = ordered(config.nav or [], pages)
    return config


def ordered(declared: Iterable[Entry], pages: Iterable[str]) -> list[Entry]:
    """The navigation: each page once, where it is named first; sections that are empty are left out."""
    left = dict.fromkeys(pages)
    found = list(_entries(declared, left))
    return [*found, {REST: list(left)}] if left else found


def _entries(declared: Iterable[Entry], left: dict[str, None]) -> Iterator[Entry]:
    for entry in declared:
        if isinstance(entry, str):
            for page in _named(entry, left):
                del left[page]
                yield page
            continue
        for title, below in entry.items():
            if inside := list(_entries(below, left)):
                yield {title: inside}


def _named(entry: str, left: Iterable[str]) -> list[str]:
    if entry.endswith("/*"):
        return [page for page in left if page.startswith(entry.removesuffix("*"))]
    return [page for page in left if page == entry]
