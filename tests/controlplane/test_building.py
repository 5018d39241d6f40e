"""The build from Go modules: resumed where it stopped, one at a time, whole or not at all."""

import os
import threading
from pathlib import Path

import pytest

from hack.controlplane.binaries import NoBinariesError, cache_folder, find_binaries
from hack.controlplane.build import PACKAGES
from hack.controlplane.locks import locked

# A Go that writes a line for every package that it is to build, and fails where its folder says so.
GO = """#!/bin/sh
[ "$1" = env ] && { echo go1.26.0; exit; }
while [ "$1" != -o ]; do shift; done
echo "$3" >> {folder}/built
[ "$3" = "$(cat {folder}/fails)" ] && { echo "$3: no space left on device"; exit 1; }
echo '#!/bin/sh' > "$2"
"""


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of that Go, on a machine that has nothing else and an empty cache."""
    folder = tmp_path / "go"
    folder.mkdir()
    (folder / "go").write_text(GO.replace("{folder}", os.fspath(folder)))
    (folder / "go").chmod(0o755)
    (folder / "fails").write_text("")
    (folder / "cat").symlink_to("/bin/cat")
    monkeypatch.setenv("PATH", os.fspath(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(tmp_path / "cache"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return folder


def test_it_is_told_that_it_is_done_once_and_which_step_it_is_at(go: Path) -> None:
    said: list[str] = []

    find_binaries(said.append)

    assert "once" in said[0]
    assert [words for words in said if "started" in words] == [
        f"  {number}/4 {name}: started" for number, name in enumerate(PACKAGES, start=1)
    ]


def test_a_failed_build_leaves_no_half_set_and_the_next_one_goes_on_from_there(go: Path) -> None:
    (go / "fails").write_text(PACKAGES["kubectl"])

    with pytest.raises(NoBinariesError, match="no space left on device"):
        find_binaries(lambda _: None)
    assert not cache_folder().exists()

    (go / "fails").write_text("")
    found = find_binaries(lambda _: None)
    assert found.kubectl == cache_folder() / "kubectl"
    assert {path.name for path in cache_folder().iterdir()} == PACKAGES.keys()
    *before, failed, again, last = (go / "built").read_text().split()
    assert before == [PACKAGES["kube-apiserver"], PACKAGES["kube-controller-manager"]]
    assert [failed, again, last] == [PACKAGES["kubectl"], PACKAGES["kubectl"], PACKAGES["etcd"]]


def test_what_is_built_is_not_built_again(go: Path) -> None:
    find_binaries(lambda _: None)

    find_binaries(lambda words: pytest.fail(f"nothing has to be made, and yet: {words}"))

    assert len((go / "built").read_text().split()) == len(PACKAGES)


def test_a_second_build_waits_for_the_first_and_says_so(go: Path) -> None:
    lock = cache_folder().with_name(f"{cache_folder().name}.lock")
    lock.parent.mkdir(parents=True)
    said: list[str] = []
    waits = threading.Event()

    def say(words: str) -> None:
        said.append(words)
        waits.set()

    second = threading.Thread(target=find_binaries, args=(say,))
    with locked(lock, "the first build", lambda _: None):
        second.start()
        assert waits.wait(10)
        assert said == ["Another process builds the control plane: waiting for it (0 s)"]
        assert not (go / "built").exists()

    second.join(10)
    assert not second.is_alive()
    assert cache_folder().is_dir()
