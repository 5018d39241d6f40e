"""One at a time on this machine."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HEARTBEAT_SECONDS = 15


@contextmanager
def locked(path: Path, reason: str, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock file for the time of the body; who has to wait says why, and again every 15 s.

    The kernel lets go of the lock with its holder, however that ends.
    """
    with path.open("w", encoding="utf-8") as lock:
        waited = 0
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if waited % HEARTBEAT_SECONDS == 0:
                    say(f"{reason}: waiting for it ({waited} s)")
                time.sleep(1)
                waited += 1
        yield


def made_once(folder: Path, reason: str, say: Callable[[str], None], make: Callable[[Path], object]) -> None:
    """Have a folder of the cache made by one process, and whole or not at all.

    `make` fills a folder beside it, which keeps what is done where it fails.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_name(f"{folder.name}.lock"), reason, say):
        if folder.is_dir():  # somebody else was faster
            return
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        unfinished.mkdir(exist_ok=True)
        make(unfinished)
        unfinished.rename(folder)
