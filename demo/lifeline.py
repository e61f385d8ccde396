"""`python -m demo.lifeline serve …`: the gateway as the demo's child, which ends when the demo does, however it ended.

The demo holds the other end of our stdin. A demo that is killed can put nothing away; the kernel closes its end.
"""

from __future__ import annotations

import os
import signal
import threading

from heard.cli import main


def _hold() -> None:
    """Wait for the end of stdin; then leave as `heard serve` leaves."""
    # Not through sys.stdin: a thread that holds its buffer's lock aborts the interpreter when it ends.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_hold, name="lifeline", daemon=True).start()
    main()
