"""Becomes another program that the kernel kills when the process that asked for it is gone.

Run as `python -I -S tether.py PARENT_PID PROGRAM ARGUMENT...`. A small program of its own and not a
`preexec_fn`: code between fork and exec may deadlock where the parent has threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main() -> None:
    parent, program, arguments = int(sys.argv[1]), sys.argv[2], sys.argv[2:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:  # it was gone before we could ask
        sys.exit(1)
    os.execvp(program, arguments)  # noqa: S606 the arguments come from our own parent, no shell is wanted


main()
