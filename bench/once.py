"""`python -m bench.once ROW [KIND…]`: one run of one row for each of these servers, as JSON; for whoever tunes.

`python -m bench.once fanout heard node --burst 4 --seconds 3`; what it may be told is in `--help`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import get_args

from bench.contenders import Kind
from bench.generator import Missing, WentWrong
from bench.runs import ROWS, Found, Wish


def main(arguments: list[str]) -> int:
    """Run what was asked for; 1 when something could not be."""
    kinds: tuple[str, ...] = get_args(Kind)
    parser = argparse.ArgumentParser(prog="python -m bench.once", description="One run of one row, as JSON.")
    parser.add_argument("row", choices=sorted(ROWS))
    parser.add_argument("kinds", nargs="*", metavar="kind", default=["heard"], help=f"{', '.join(kinds)} [heard]")
    parser.add_argument("--clients", type=int, help="how many; as in the table where not given")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long to measure")
    parser.add_argument("--warm", type=float, default=1.0, help="how long not to measure before")
    parser.add_argument("--burst", type=int, default=1, help="fanout: broadcasts triggered together")
    parser.add_argument("--senders", type=int, default=4, help="fanout: clients that a burst is shared among")
    parser.add_argument("--ask", choices=["plain", "command", "nothing-new"], default="plain", help="what is asked")
    given = parser.parse_args(arguments)
    failed = False
    for kind in given.kinds:
        wish = Wish(given.clients, given.seconds, given.warm, given.burst, given.senders, given.ask)
        try:
            found: Found = asyncio.run(ROWS[given.row](kind, wish))
        except (Missing, WentWrong) as wrong:
            found, failed = {"error": str(wrong)}, True
        print(json.dumps({"kind": kind} | found), flush=True)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
