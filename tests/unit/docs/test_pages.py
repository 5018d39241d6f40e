"""What the documentation says can be found: links, anchors, commands, settings, annotations, reasons."""

import re
from pathlib import Path

import pytest
from support.pages import DOCS, anchors, blocks, links, pages

from hack.controlplane.runs import ROOT
from hack.generate.worked import CASES
from mlregistry_operator.__main__ import main
from mlregistry_operator.api import group
from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.registry_status import RegionState
from mlregistry_operator.settings import PREFIX, Settings, rows_of

EVERY_PAGE = [pytest.param(page, id=page.relative_to(ROOT).as_posix()) for page in pages()]
HISTORY = ROOT / "CHANGELOG.md"


def text_of(*files: Path) -> str:
    return "\n".join(file.read_text("utf-8") for file in files)


ALL = text_of(*(page for page in pages() if page != HISTORY))


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    lost = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert not lost


def test_the_documentation_leads_to_no_file_outside_of_it() -> None:
    """The site has the folder docs alone."""
    outside = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in DOCS.rglob("*.md")
        for link in links(page)
        if not (page.parent / link.partition("#")[0]).resolve().is_relative_to(DOCS)
    ]
    assert not outside


def test_every_make_command_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    shown = "\n".join(block.text for page in pages() for block in blocks(page) if block.language == "console")
    named = set(re.findall(r"`make ([a-z0-9-]+)", ALL)) | set(
        re.findall(r"^make ([a-z0-9-]+)", shown, re.MULTILINE)
    )
    assert len(named) > 8
    assert not named - targets


def test_every_command_of_the_operator_that_is_named_exists() -> None:
    named = set(re.findall(r"`?mlregistry-operator (run|settings|[a-z]+)`", ALL))
    assert named
    assert not named - main.commands.keys()


def test_every_setting_that_is_named_exists() -> None:
    known = {name for name, _, _ in rows_of(Settings())}
    named = set(re.findall(rf"\b{PREFIX}[A-Z0-9_]+(?:__[A-Z0-9_]+)*\b(?!…)", ALL))
    assert len(named) > 20
    assert not {one for one in named if one not in known and not any(each.startswith(one) for each in known)}


def test_every_annotation_that_is_named_exists_and_the_reverse() -> None:
    known = {
        value
        for value in vars(group).values()
        if isinstance(value, str) and value.startswith(f"{group.GROUP}/")
    } | {group.API_VERSION}
    named = set(re.findall(rf"(?<![\w./]){re.escape(group.GROUP)}/[a-z0-9-]+", ALL))
    assert named == known


def test_every_reason_has_a_worked_example() -> None:
    shown = {case.reason for cases in CASES.values() for case in cases}
    assert set(Reason) == shown


def test_every_condition_has_a_worked_example() -> None:
    shown = {verdict.type for cases in CASES.values() for case in cases for verdict in case.verdicts}
    assert set(ConditionType) == shown


@pytest.mark.parametrize("kind", CASES)
def test_an_example_shows_the_reason_that_it_is_about(kind: str) -> None:
    hidden = [
        case.reason
        for case in CASES[kind]
        if not case.event and case.reason not in {verdict.reason for verdict in case.verdicts}
    ]
    assert not hidden


@pytest.mark.parametrize("kind", CASES)
def test_no_example_says_that_an_object_waits_and_is_stuck_at_once(kind: str) -> None:
    for case in CASES[kind]:
        types = [verdict.type for verdict in case.verdicts]
        assert len(types) == len(set(types))
        assert not {ConditionType.RECONCILING, ConditionType.STALLED} <= set(types)


def test_the_picture_of_a_region_has_every_state() -> None:
    picture = (DOCS / "images/region.svg").read_text("utf-8")
    assert not [state for state in RegionState if f">{state}<" not in picture]


def test_every_picture_is_shown_with_words_for_who_cannot_see_it() -> None:
    shown = {name: words for words, name in re.findall(r"!\[([^\]]*)\]\(images/([^)]+)\)", ALL)}
    assert {picture.name for picture in (DOCS / "images").iterdir()} == shown.keys()
    assert all(len(words) > 40 for words in shown.values())
