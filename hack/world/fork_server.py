"""The operator, loaded once and begun many times: a server that forks one for every line that it is given.

Loading every SDK takes 1.4 s of a processor, and the tests begin hundreds of operators. What is forked has
read nothing but code yet: its environment, its command line and its log are its own, as with `python -m`.
`forks.py` speaks with it. Run as `python -m hack.world.fork_server`; it ends with its standard input.
"""

import ctypes
import gc
import json
import os
import signal
import sys
from typing import TypedDict

from mlregistry_operator import app  # noqa: F401 - what `run` loads late is loaded here for all
from mlregistry_operator.__main__ import main as operator

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


class Wish(TypedDict):
    """One operator: the options behind its name, the file for all that it says, its whole environment."""

    options: list[str]
    log: str
    environment: dict[str, str]


def main() -> None:
    """Answer each wish with a pid. Nobody waits for the children: their ends are read from /proc."""
    gc.collect()
    gc.freeze()  # pages that the children share are not copied for a collection
    server = os.getpid()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            return _become(json.loads(line), server)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    return None


def _become(wish: Wish, server: int) -> None:
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != server:  # it was gone before we could ask
        sys.exit(1)
    log = os.open(wish["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for stream, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
        os.dup2(file, stream)
    os.environ.clear()
    os.environ.update(wish["environment"])
    sys.argv = ["mlregistry-operator", *wish["options"]]
    operator()


if __name__ == "__main__":
    main()
