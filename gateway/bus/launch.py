"""Become the broker: the embedded server starts this file, which turns into nats-server and cannot outlive its parent.

Run as `python -I -S launch.py PARENT-PID COMMAND...`; a step of its own because code between fork and exec in the
gateway's process (a `preexec_fn`) can deadlock where other threads run.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h: the signal a process gets when the thread that started it ends; it survives an exec."""


def main() -> None:
    """Ask for the death signal (Linux; elsewhere the lock alone guards), make every file private, and exec."""
    os.umask(0o077)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the parent ended before the broker began")
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - no shell is wanted; the path is the one found and version-checked


if __name__ == "__main__":
    main()
