"""What the system tells of this process."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

_STATM = Path("/proc/self/statm")


def memory_bytes() -> int | None:
    """Resident memory; where the system does not tell, the most there ever was; None where it tells nothing."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(_STATM.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(ImportError, OSError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    return None
