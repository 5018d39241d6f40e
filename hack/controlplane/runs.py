"""Folders for what lives only as long as the process that made it.

A folder's name says who made it (pid and birth), so that whoever comes next can end and remove what an
interrupted run left, and touches nothing of a run that goes on.
"""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from hack.controlplane.processes import Process, birth_of

ROOT = Path(__file__).resolve().parents[2]
KEPT_LOGS = ROOT / ".run" / "failed"
KEPT_AT_MOST = 10


def runs_folder() -> Path:
    """The place of all such folders of this user."""
    folder = Path(tempfile.gettempdir()) / f"mlregistry-operator-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user")
    return folder


@contextmanager
def run_folder(name: str) -> Iterator[Path]:
    """A folder that is gone afterwards. Where the body raises, the logs are kept, and a note says where."""
    remove_stale_runs()
    folder = runs_folder() / f"{name}.{os.getpid()}.{_short(birth_of(os.getpid()))}.{time.monotonic_ns():x}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    except Exception as error:
        error.add_note(f"The logs are kept in {keep_logs(folder)}")
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep_logs(folder: Path) -> Path:
    """Copy every log below a folder to the checkout's `.run/failed`, where the last few runs are kept."""
    kept = KEPT_LOGS / f"{time.strftime('%Y%m%d-%H%M%S')}-{folder.name}"
    for log in folder.rglob("*.log"):
        target = kept / log.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(log, target)
    for old in sorted(KEPT_LOGS.glob("*"))[:-KEPT_AT_MOST]:
        shutil.rmtree(old, ignore_errors=True)
    return kept


def remove_stale_runs() -> None:
    """End what is proved to be left by runs whose owner is dead, and remove their folders."""
    for folder in runs_folder().iterdir():
        if not _owner_lives(folder):
            with suppress(FileNotFoundError):  # test workers that start side by side remove the same folder
                _end_processes(folder)
            shutil.rmtree(folder, ignore_errors=True)


def _end_processes(folder: Path) -> None:
    for pid_file in folder.rglob("*.pid"):
        process = Process.load(pid_file)
        if process and process.signal(signal.SIGKILL):
            process.wait(10)


def _owner_lives(folder: Path) -> bool:
    pid, _, born = folder.name.partition(".")[2].partition(".")
    return pid.isdigit() and _short(birth_of(int(pid))) == born.partition(".")[0]


def _short(birth: str | None) -> str:
    return sha256((birth or "").encode()).hexdigest()[:12]
