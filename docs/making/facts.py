"""Pages on rules: roles, errors, goodbyes, states."""

from __future__ import annotations

from collections.abc import Iterator

from docs.making.exploring import order_moves
from docs.making.tables import code, page, sentence, table
from heard.contract.audience import ROLES, Powers
from heard.contract.envelope import KINDS, LIVE_KINDS
from heard.contract.goodbyes import ENDINGS, TABLE, Goodbye
from heard.contract.kds import LineState, Mark
from heard.contract.registry import COMMANDS
from heard.errors import BY_CODE, Exit, HeardError
from heard.kitchen.tickets import MOVES, TicketState, Verdict

YES = "●"

# ── Roles ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def roles() -> str:
    """docs/reference/roles.md."""
    return page(
        "Roles",
        "A token names one role. What a role may send and hear is this table, the same that the gateway reads. Another "
        "tenant's things, and stores the token does not reach, read as if they were not there.",
        "## Who may send what",
        table(("command", *ROLES), (_row(code(name), name, "commands") for name in COMMANDS)),
        "## Who hears what",
        table(("stream", *ROLES), (_row(code(f"{{store}}/{kind}"), kind, "hears") for kind in (*KINDS, *LIVE_KINDS))),
        "Everybody hears `user/{subject}` for the subject of the own token, and nobody else's. The gateway writes "
        "`orders` and `kds` today; the other streams have their names and their readers, and no events yet.",
        "## How far it reaches",
        table(("", *ROLES), (_reach(words, name) for name, words in _REACH.items())),
    )


def _row(label: str, name: str, where: str) -> list[str]:
    return [label, *(YES if name in getattr(powers, where) else "" for powers in ROLES.values())]


_REACH = {
    "every_station": "works at every station, whatever the token lists",
    "every_store": 'may hold `"*"` as its stores: all of the tenant',
    "force": "may close an order over open prep (`force`)",
}


def _reach(words: str, name: str) -> list[str]:
    return [words, *(YES if getattr(powers, name) else "" for powers in _powers())]


def _powers() -> Iterator[Powers]:
    yield from ROLES.values()


# ── Errors and goodbyes ───────────────────────────────────────────────────────────────────────────────────────────────


def errors() -> str:
    """docs/reference/errors.md."""
    return page(
        "Errors",
        "Every refusal has a code, a sentence for whoever stands there, and says whether the same may pass later. Over "
        'HTTP it is `{"error": {code, message, temporary, retry_after_ms?, fields?}}` with the status below; as a '
        "command's answer it is `{ok: false, code, message, temporary, …}`. More codes may come: treat one you do not "
        "know by its `temporary`. The Python SDK raises the class that the gateway raised.",
        table(("code", "HTTP", "temporary", "class", "meaning"), (_error(kind) for kind in BY_CODE.values())),
        "Temporary refusals are never stored: send the same command with the same id again, after `retry_after_ms` if "
        "given. Final ones are: asking again gets the same refusal.",
        "## Exit codes of `heard`",
        table(("code", "name"), ((str(int(one)), _EXITS[one]) for one in Exit)),
    )


def _error(kind: type[HeardError]) -> tuple[str, ...]:
    return code(kind.code), str(kind.status), "yes" if kind.temporary else "", code(kind.__name__), sentence(kind)


_EXITS = {
    Exit.OK: "fine",
    Exit.NOT_SO: "what was asked about is not so",
    Exit.USAGE: "wrong usage",
    Exit.UNREACHABLE: "the gateway cannot be reached",
    Exit.DATA_DIR: "the data directory cannot be written, or another process has it",
    Exit.PORT_TAKEN: "the port is taken",
    Exit.NOT_ALLOWED: "not allowed",
    Exit.BAD_CONFIG: "the configuration cannot be used",
}


def goodbyes() -> str:
    """docs/reference/goodbyes.md."""
    return page(
        "Goodbyes",
        "Why a connection ends. `session:goodbye` is the last thing said, and the number is the WebSocket close code. "
        "Up to 3499 the connection is simply closed and a stock Socket.IO client comes back by itself, after "
        "`retry_after_ms` if it minds that; from 3500 on a DISCONNECT goes before the close, and it stays away. Each "
        "client that may come back is given a moment of its own within the time below, so that a thousand do not come "
        "as one.",
        table(
            ("number", "code", "come back", "sentence"),
            ((str(bye.number), code(bye.code), _return(bye), bye.sentence) for bye in TABLE),
        ),
        "## What operators are told",
        "Every code in `connection:closed`: a goodbye's, or the transport's own word where nobody said one.",
        table(("code", "sentence"), ((code(name), sentence) for name, sentence in ENDINGS.items())),
    )


def _return(bye: Goodbye) -> str:
    if bye.window_ms is None:
        return "no"
    least, most = bye.window_ms
    return f"within {least / 1000:g}-{most / 1000:g} s"


# ── States ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def states() -> str:
    """docs/reference/states.md."""
    return page(
        "States",
        "Drawn from the tables that the kitchen runs on.",
        "## A line: one item at one station",
        table(("state", *(code(move) for move in MOVES)), (_line(state) for state in LineState)),
        "A state: the line goes there. `already`: it is so, nothing is written. `superseded`: a newer fact made it "
        "moot. `refused` is the error `invalid_transition`, `voided` the error `voided`. An acknowledged void leaves "
        "the card.",
        _mermaid(_line_moves()),
        "Beside the table: an **undo** takes the ticket's last start, bump, hold, rush or close back while nobody has "
        "touched those lines since. A **change** that matters for cooking puts a line back to `queued`, marked; a held "
        "line stays held. A **void** makes any line `voided`, on the card until acknowledged. A **bump** of a whole "
        "ticket leaves what came on the card after its `seen_seq` (added, fired, brought back) as it is, unless a "
        "command of its `seen_with` brought it; a bump of which nothing is left is `superseded`.",
        "## A ticket: one station's part of one order",
        table(("state", "meaning"), ((code(state), _TICKETS[state]) for state in TicketState)),
        "A ticket has no state of its own to keep: it is read off its lines.",
        "## An order",
        "The common road is held → received → in_progress → ready → completed. The whole map, found by trying every "
        "command in every state of a small kitchen, with undo, recall, add-ons and forced closes:",
        _mermaid([(before, after, "") for before, after in order_moves()]),
        "## Marks",
        table(("mark", "why"), ((code(mark), _MARKS[mark]) for mark in Mark)),
    )


def _line(state: LineState) -> list[str]:
    return [code(state), *(_verdict(row[state]) for row in MOVES.values())]


def _verdict(after: LineState | Verdict) -> str:
    return after.value if isinstance(after, Verdict) else f"**{after}**"


def _line_moves() -> list[tuple[str, str, str]]:
    return [
        (before, after, move)
        for move, row in MOVES.items()
        for before, after in row.items()
        if isinstance(after, LineState)
    ]


def _mermaid(moves: list[tuple[str, str, str]]) -> str:
    lines = "\n".join(f"    {before} --> {after}" + (f": {move}" if move else "") for before, after, move in moves)
    return f"```mermaid\nstateDiagram-v2\n{lines}\n```"


_TICKETS = {
    TicketState.HELD: "nothing may be cooked yet, or what was called is ready and the next course waits; off the wall",
    TicketState.OPEN: "on the wall, nobody is on it",
    TicketState.STARTED: "a cook is on it, or some of it is ready",
    TicketState.WAITING: "expo: some station still has to cook",
    TicketState.READY: "expo: all is cooked, hand it over",
    TicketState.VOIDED: "all of it was voided; on the wall until acknowledged",
    TicketState.DONE: "off the wall; can be recalled for the rest of the service day",
}
_MARKS = {
    Mark.CHANGED: "what is to be cooked was changed after the card was up",
    Mark.RECALLED: "it was done and is back",
    Mark.ADD_ON: "it came later than the rest",
    Mark.UNROUTED: "no menu entry and no rule says who makes it",
}
