"""Argo CD itself reads the shipped settings as the tests in a Lua VM do."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from hack.argocd.binaries import Programs
from hack.argocd.installation import SNIPPET
from hack.argocd.scripts import KINDS, scripts_of

CASES = [
    pytest.param(
        scripts.folder / entry["inputPath"], entry["healthStatus"], id=f"{kind} {entry['inputPath']}"
    )
    for kind in KINDS
    for scripts in (scripts_of(kind),)
    for entry in yaml.safe_load((scripts.folder / "health_test.yaml").read_text("utf-8"))["tests"]
]
ACTIONS = [
    pytest.param(scripts.folder / "actions", entry, id=f"{kind} {entry['action']}")
    for kind in KINDS
    for scripts in (scripts_of(kind),)
    for entry in yaml.safe_load((scripts.folder / "actions" / "action_test.yaml").read_text("utf-8"))[
        "actionTests"
    ]
]


def ask(programs: Programs, what: str, thing: Path, *arguments: str) -> str:
    """What Argo CD's own command says, from the shipped settings alone."""
    command = [programs.argocd, "admin", "settings", "resource-overrides", what, thing, *arguments]
    done = subprocess.run(
        [*command, "--argocd-cm-path", SNIPPET],
        env=os.environ | {"ARGOCD_BINARY_NAME": "argocd"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.promise(12)
@pytest.mark.parametrize(("thing", "wanted"), CASES)
def test_argo_cd_gives_every_fixture_the_same_health(
    programs: Programs, thing: Path, wanted: dict[str, str]
) -> None:
    said = ask(programs, "health", thing)

    # Argo CD has a word of its own for what is being deleted, and asks no script.
    message = "Pending deletion" if thing.stem == "deleting" else wanted["message"]
    assert f"STATUS: {wanted['status']}\n" in said
    assert f"MESSAGE: {message}\n" in said


@pytest.mark.parametrize(("folder", "entry"), ACTIONS)
def test_argo_cd_runs_every_action_as_its_fixture_says(
    programs: Programs, folder: Path, entry: dict[str, str]
) -> None:
    said = ask(programs, "run-action", folder / entry["inputPath"], entry["action"])

    wanted = (folder / entry["expectedOutputPath"]).read_text("utf-8").splitlines()
    before = (folder / entry["inputPath"]).read_text("utf-8").splitlines()
    changed = [line.strip() for line in wanted if line not in before]
    assert changed
    assert all(line in said for line in changed)
