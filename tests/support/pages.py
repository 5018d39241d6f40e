"""The documentation as the tests read it: its pages, the blocks of code in them, links and anchors."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from markdown.extensions.toc import slugify

from hack.controlplane.runs import ROOT

DOCS: Final = ROOT / "docs"
_FENCE: Final = re.compile(r"^(?P<indent> *)```(?P<language>\w*) *(?P<info>.*)$")
_TITLE: Final = re.compile(r'title="([^"]*)"')
_HEADING: Final = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_LINK: Final = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of code in a page; `title` is that of its info string, `line` where it begins."""

    page: Path
    line: int
    language: str
    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    def documents(self) -> list[Any]:
        """What a YAML block holds. Raises yaml.YAMLError where it is none."""
        return [one for one in yaml.safe_load_all(self.text) if one is not None]


def pages() -> list[Path]:
    """Every page that people read: the repository's own, the documentation, and those of the charts."""
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "helm").rglob("*.md")])


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page, one after another."""
    opened: tuple[re.Match[str], int] | None = None
    text: list[str] = []
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        found = _FENCE.match(line)
        if opened is None:
            if found is not None:
                opened, text = (found, number), []
        elif found is not None and not found["language"] and found["indent"] == opened[0]["indent"]:
            fence, first = opened
            title = _TITLE.search(fence["info"])
            yield Block(page, first, fence["language"], title[1] if title else "", "\n".join(text) + "\n")
            opened = None
        else:
            text.append(line.removeprefix(opened[0]["indent"]))


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    lines, inside = [], False
    for line in page.read_text("utf-8").splitlines():
        if _FENCE.match(line):
            inside = not inside
        elif not inside:
            lines.append(line)
    return "\n".join(lines)


def links(page: Path) -> list[str]:
    """Where a page leads to within the repository; addresses of the web are left out."""
    text = re.sub(r"`[^`]*`", "", prose(page))
    return [one for one in _LINK.findall(text) if "://" not in one and not one.startswith("mailto:")]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as MkDocs and GitHub name them."""
    found: set[str] = set()
    for heading in _HEADING.findall(prose(page)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", lambda one: one[1] or "", heading)
        slug, count = slugify(plain, "-"), 0
        while (name := f"{slug}_{count}" if count else slug) in found:
            count += 1
        found.add(name)
    return found
