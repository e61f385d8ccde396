"""`python -m bench.guard`: fails when a delivered message costs Heard more than a share of what it costs stock parts.

For `make check-perf`: it needs a C compiler and no Node, and takes half a minute. Exit 1 with a sentence when it is so.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial

from bench.contenders import Kind
from bench.generator import Missing, WentWrong
from bench.runs import Wish, fanout
from bench.table import median
from bench.versus import in_turn, ratio_text, ratios

RECIPIENTS = 200
MOST = 0.35
ROUNDS = 3
KINDS: tuple[Kind, ...] = ("durable", "stock")


def main() -> int:
    """Measure, say what was found; 1 when it is too much, 2 when nothing could be measured."""
    wish = Wish(clients=RECIPIENTS, seconds=2.0)
    try:
        told = asyncio.run(in_turn({kind: partial(fanout, kind, wish) for kind in KINDS}, ROUNDS))
    except (Missing, WentWrong) as why:
        print(f"check-perf measured nothing: {why}", file=sys.stderr)
        return 2
    ours, theirs = ([float(one["cpu_us_per_message"]) for one in told.found[kind]] for kind in KINDS)
    found = ratios(ours, theirs)
    print(
        f"CPU per delivered message, {RECIPIENTS} recipients: {median(ours):.1f} µs, stock python-socketio "
        f"{median(theirs):.1f} µs: {ratio_text(found)}, at most {MOST}x"
    )
    if median(found) > MOST:
        print(f"check-perf: a delivered message costs more than {MOST}x what stock parts take", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
