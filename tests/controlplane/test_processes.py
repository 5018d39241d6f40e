"""Processes of ours: ended politely, by force, and never mistaken for another."""

import os
import sys
from pathlib import Path

from hack.controlplane.processes import Process, birth_of, start

STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
signal.pause()
"""


def stubborn(folder: Path, *, tethered: bool = True) -> Process:
    """A process that ignores SIGTERM, once it does."""
    log = folder / "stubborn.log"
    process = start([sys.executable, "-c", STUBBORN], log=log, tethered=tethered)
    while process.alive and "deaf" not in log.read_text():
        process.wait(0.02)
    assert process.alive
    return process


def test_who_does_not_end_when_asked_to_is_killed(tmp_path: Path) -> None:
    process = stubborn(tmp_path)

    polite = process.stop(grace=0.2)

    assert not polite
    assert not process.alive
    assert process.exit_code == -9


def test_who_ends_when_asked_to_is_not_killed(tmp_path: Path) -> None:
    process = start(["sleep", "60"], log=tmp_path / "sleep.log")

    assert process.stop(grace=10)
    assert process.exit_code == -15


def test_a_detached_process_is_found_again_and_ended_by_who_is_not_its_parent(tmp_path: Path) -> None:
    process = stubborn(tmp_path, tethered=False)
    process.save(tmp_path / "stubborn.pid")

    found = Process.load(tmp_path / "stubborn.pid")

    assert found == process
    assert found
    assert found.alive
    found.kill()
    assert not found.alive
    assert not process.alive


def test_another_birth_is_another_process() -> None:
    myself = Process(os.getpid(), birth_of(os.getpid()) or "")

    assert myself.alive
    assert not Process(os.getpid(), "an earlier boot:7").alive


def test_a_pid_file_that_is_not_one_is_nobody(tmp_path: Path) -> None:
    (tmp_path / "cut.pid").write_text('{"pid": 12')

    assert Process.load(tmp_path / "cut.pid") is None
    assert Process.load(tmp_path / "missing.pid") is None
