"""Keeps this process's memory out of files: a crash must not write a CVC2 to disk (B4)."""

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def forbid_core_dumps() -> None:
    """Forbids core dumps for this process, and for other processes of its user to look into its memory.

    The limit alone is not enough: Linux passes it over when dumps are piped to a program. Elsewhere than on Linux the
    limit is all there is.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
