"""`python -m kds.sound`: the sound helper, spoken to over stdin and stdout, which ends with its stdin."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from typing import BinaryIO

from kds.sound.chain import chain
from kds.sound.helper import Helper
from kds.sound.speech import HUNG, Told

LOOK_S = 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Play until nobody can ask any more."""
    asked = argparse.ArgumentParser(prog="kds.sound", description=__doc__)
    asked.add_argument("--through", help="the only player to use, by name")
    asked.add_argument("--without", action="append", default=[], help="a player not to use, by name")
    asked.add_argument("--probe-s", type=float, default=30.0, help="how often to look for a way to be heard")
    asked.add_argument("--check-s", type=float, default=60.0, help="how often to look whether it is still there")
    given = asked.parse_args(arguments)
    out = _mine()
    told = threading.Lock()

    def say(words: Told) -> None:
        with told:
            try:
                out.write(words.line())
            except OSError:  # nobody listens any more: stdin is about to end
                helper.end()

    players = chain(given.through, given.without, lambda name: say(Told(trying=name)) if name else None)
    helper = Helper(players, say, probe_s=given.probe_s, check_s=given.check_s)
    threading.Thread(target=helper.listen, args=(sys.stdin.buffer,), name="listening", daemon=True).start()
    worker = threading.Thread(target=helper.work, name="playing", daemon=True)
    worker.start()
    while worker.is_alive():
        worker.join(LOOK_S)
        if helper.hangs():
            return HUNG
    return 0


def _mine() -> BinaryIO:
    """Our own way to the station; what a library prints goes where errors go."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


if __name__ == "__main__":
    if status := main():
        sys.stderr.flush()
        os._exit(status)  # a player that hangs in a library cannot be asked to leave
