"""The scripts on the fixtures beside them, in Argo CD's own format: what its repository's tests would ask."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.lua import act, actions, health

from hack.argocd.scripts import KINDS, Scripts, scripts_of


@dataclass(frozen=True, slots=True)
class Case:
    """One entry of a `health_test.yaml` or an `action_test.yaml`."""

    scripts: Scripts
    folder: Path
    entry: dict[str, Any]

    def load(self, key: str) -> dict[str, Any]:
        loaded: dict[str, Any] = yaml.safe_load((self.folder / self.entry[key]).read_text("utf-8"))
        return loaded

    def __str__(self) -> str:
        action = self.entry.get("action", "")
        return f"{self.scripts.kind} {action} {Path(self.entry['inputPath']).stem}"


def cases(file: str, section: str) -> list[Case]:
    found = []
    for scripts in map(scripts_of, KINDS):
        path = scripts.folder / file
        entries = yaml.safe_load(path.read_text("utf-8"))[section]
        found += [Case(scripts, path.parent, entry) for entry in entries]
    return found


@pytest.mark.promise(12)
@pytest.mark.parametrize("case", cases("health_test.yaml", "tests"), ids=str)
def test_health_is_what_the_fixture_says(case: Case) -> None:
    assert health(case.scripts, case.load("inputPath")) == case.entry["healthStatus"]


@pytest.mark.parametrize("case", cases("actions/action_test.yaml", "discoveryTests"), ids=str)
def test_the_actions_on_offer_are_what_the_fixture_says(case: Case) -> None:
    wanted = {one["name"]: {"disabled": one["disabled"]} for one in case.entry["result"]}

    assert actions(case.scripts, case.load("inputPath")) == wanted


@pytest.mark.parametrize("case", cases("actions/action_test.yaml", "actionTests"), ids=str)
def test_an_action_changes_what_the_fixture_says_and_nothing_else(case: Case) -> None:
    before = case.load("inputPath")

    assert act(case.scripts, case.entry["action"], before) == case.load("expectedOutputPath")


def test_every_fixture_is_asked_about() -> None:
    for kind in KINDS:
        scripts = scripts_of(kind)
        lying = {path.name for path in (scripts.folder / "testdata").glob("*.yaml")}
        tests = yaml.safe_load((scripts.folder / "health_test.yaml").read_text("utf-8"))["tests"]
        assert {Path(entry["inputPath"]).name for entry in tests} == lying
        assert len(lying) >= 8


def test_both_kinds_are_read_alike() -> None:
    first, second = map(scripts_of, KINDS)

    assert (first.health, first.discovery, first.actions) == (second.health, second.discovery, second.actions)
    assert list(first.actions) == ["reconcile", "resume", "suspend"]
