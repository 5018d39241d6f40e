"""Processes that we start, that we can prove to be ours later, and that leave nothing behind.

A process is known by its pid *and* the moment of its birth, so that a recycled pid is never mistaken for it.
A tethered process dies with us, however we die; a detached one outlives us and is found by its pid file.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
TETHER = Path(__file__).with_name("tether.py")

# The kernel kills a tethered process when the *thread* that started it ends: this one ends only with us.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tether")


def birth_of(pid: int) -> str | None:
    """Boot and clock tick of a process's birth; None where there is none or only its zombie (proc(5))."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    state, ticks = after_name[0], after_name[19]
    return None if state in "ZX" else f"{BOOT_ID.read_text('ascii').strip()}:{ticks}"


@dataclass(frozen=True, slots=True)
class Process:
    """One process of ours, alive or dead. The signals never reach a stranger that was given the same pid."""

    pid: int
    birth: str
    child: subprocess.Popen[bytes] | None = field(default=None, repr=False, compare=False)

    @property
    def alive(self) -> bool:
        if self.child is not None:
            return self.child.poll() is None  # which reaps the zombie, too
        return birth_of(self.pid) == self.birth

    @property
    def exit_code(self) -> int | None:
        """The exit code of our ended child (negative: the signal); None while it runs or is not ours."""
        return self.child.poll() if self.child is not None else None

    def signal(self, number: signal.Signals) -> bool:
        """Send a signal. False where the process is gone."""
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(self.pid)
            try:  # the handle is fixed to one process: what is proved of it now holds when the signal is sent
                if self.alive:
                    signal.pidfd_send_signal(handle, number)
                    return True
            finally:
                os.close(handle)
        return False

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most so long. True when it has ended."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return not self.alive
        try:
            if self.alive:
                waiting = select.poll()
                waiting.register(handle, select.POLLIN)
                waiting.poll(seconds * 1000)
            return not self.alive
        finally:
            os.close(handle)

    def stop(self, grace: float) -> bool:
        """End it: politely, then after `grace` seconds by force. True where politeness was enough."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)  # a paused process would not hear the first
        if self.wait(grace):
            return True
        self.kill()
        return False

    def kill(self) -> None:
        """End it now, without its consent, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        self.wait(10)

    def save(self, path: Path) -> None:
        path.write_text(json.dumps({"pid": self.pid, "birth": self.birth}), "utf-8")

    @classmethod
    def load(cls, path: Path) -> "Process | None":
        """What `save` wrote, whether it still lives or not; None where nothing readable is there."""
        try:
            saved = json.loads(path.read_text("utf-8"))
            return cls(int(saved["pid"]), str(saved["birth"]))
        except (OSError, ValueError, KeyError):
            return None


def start(
    command: Sequence[str | Path], *, log: Path, env: Mapping[str, str] | None = None, tethered: bool = True
) -> Process:
    """Start a program in a session of its own: a Ctrl-C is for us, and we end our processes in order.

    Its output is appended to `log`. Raises OSError where the program cannot be started.
    """
    arguments = [str(part) for part in command]
    if tethered:
        arguments = _tethered(arguments)
    with log.open("ab") as output:
        child = _starter.submit(
            subprocess.Popen,
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            start_new_session=True,
        ).result()
    return Process(child.pid, birth_of(child.pid) or "never seen alive", child)


def start_piped(
    command: Sequence[str], env: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]:
    """Start a tethered program that is spoken with: it, its standard input, its standard output."""
    child = _starter.submit(
        subprocess.Popen,
        _tethered(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(env),
        start_new_session=True,
    ).result()
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("a process was started without the pipes that were asked for")
    return child, child.stdin, child.stdout


def _tethered(command: Sequence[str]) -> list[str]:
    return [sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), *command]


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log, indented, for a message to a person."""
    try:
        text = log.read_text("utf-8", errors="replace")
    except OSError as error:
        return f"  (no log: {error.strerror})"
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:]) or "  (the log is empty)"


class Deadline:
    """So much time for something, counted from now."""

    def __init__(self, seconds: float) -> None:
        self.started = time.monotonic()
        self.seconds = seconds

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started

    @property
    def passed(self) -> bool:
        return self.elapsed >= self.seconds
