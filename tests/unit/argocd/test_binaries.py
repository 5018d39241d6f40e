"""Where a real Argo CD comes from, and what is said where it cannot be had."""

from pathlib import Path

import pytest

from hack.argocd.binaries import CRDS, NoArgoCDError, cache_folder, find_programs, version


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder with programs, and no cache."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def program(folder: Path, name: str, text: str = "exit 1") -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_all_that_is_missing_is_named_with_the_way_to_get_it(path: Path) -> None:
    missing = r"redis-server and git on PATH.*apt-get install redis-server git"

    with pytest.raises(NoArgoCDError, match=missing):
        find_programs()


def test_a_failed_build_says_why_and_what_would_be_enough(path: Path) -> None:
    for name in ("redis-server", "git"):
        program(path, name)
    program(path, "go", 'case $1 in env) echo go1.26.0;; *) echo "no space left"; exit 1;; esac')

    with pytest.raises(NoArgoCDError) as refused:
        find_programs(lambda _: None)

    assert f"Argo CD {version()} is needed" in str(refused.value)
    assert "no space left" in str(refused.value)
    assert str(cache_folder()) in str(refused.value)
    assert not cache_folder().exists()


def test_what_was_built_before_is_taken_without_a_word(path: Path) -> None:
    for name in ("redis-server", "git"):
        program(path, name)
    cache_folder().mkdir(parents=True)
    said: list[str] = []

    found = find_programs(said.append)

    assert said == []
    assert found.argocd == cache_folder() / "argocd"
    assert [one.name for one in found.crds] == list(CRDS)
