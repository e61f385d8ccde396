"""The dialog that throws connections off: a reason, then a word; whom it is about is fixed when it opens.

No key that is held down gets through it: the reason must be typed, and after it the word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from console.columns import bytes_text, number_text
from console.feed import HowToLeave
from console.screens.blocks import title
from console.throwing import LEAST_REASON, MAX_REASON, says_too_little
from console.widgets.typed import Typed
from heard.contract.ops import ConnectionRow
from heard.text import one_line
from heard.ui.lines import Lines
from heard.ui.modal import Modal
from heard.ui.spans import Row, Span, folded, span
from heard.ui.themes import Theme
from heard.ui.words import Words, later

NAMED = 6
"""How many are listed before the rest is counted."""

_CODES: tuple[tuple[HowToLeave, str], ...] = (
    ("forced", later("stays away until a person there acts")),
    ("moved", later("comes back at once, by itself")),
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided: whom to throw off, how, and what is told to them."""

    connections: tuple[str, ...]
    reason: str
    code: HowToLeave


class DisconnectDialog(Modal[Decision | None]):
    """Gives a `Decision`, or None when it was left. `still` says how those it is about fare now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "leave", "leave", id="disconnect.leave"),
        Binding("tab,shift+tab,up,down", "code", "the other code", id="disconnect.code", priority=True),
    ]
    CSS = """
    DisconnectDialog { align: center middle; background: transparent; }
    DisconnectDialog > Vertical { height: auto; }
    DisconnectDialog Lines { height: 10; width: 100%; }
    DisconnectDialog #foot { height: 3; }
    DisconnectDialog #typed { padding: 0 1; }
    """

    def __init__(
        self,
        rows: Sequence[ConnectionRow],
        still: Callable[[], Mapping[str, ConnectionRow]],
        theme: Theme,
        words: Words,
    ) -> None:
        super().__init__()
        self._rows = tuple(rows)
        self._still = still
        self._at_first = still()
        """Who was connected when it opened: the word to type does not change meanwhile."""
        self._look = theme
        self._words = words
        self._code = 0
        self._reason = ""
        self._sentence = ""
        self.confirming = False
        """Whether the reason is given and the word is awaited."""
        self._head = Lines(theme.styles, fill="ops.text", id="head")
        self._foot = Lines(theme.styles, fill="ops.text", id="foot")
        self._typed = Typed(theme, limit=MAX_REASON, id="typed")

    def compose(self) -> ComposeResult:
        """Who and how, a line to type on, what comes next."""
        with Vertical():
            yield self._head
            yield self._typed
            yield self._foot

    def on_mount(self) -> None:
        """Ask for the reason."""
        self._lay_out()
        self._typed.focus()

    def on_resize(self) -> None:
        """Another width."""
        self._lay_out()

    # ── What it says ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def left(self) -> tuple[ConnectionRow, ...]:
        """Those that are still connected."""
        still = self._still()
        return tuple(row for row in self._rows if row.connection in still)

    def look(self) -> None:
        """The picture is another one: somebody may have left."""
        if self.is_mounted:
            self._lay_out()

    def _lay_out(self) -> None:
        room = max(20, min(76, self.app.size.width - 4))
        box = self.query_one(Vertical)
        box.styles.width = room
        head = self._head_rows(room)
        self._head.styles.height = len(head)
        self._head.say(head)
        self._foot.say(self._foot_rows(room))

    def _head_rows(self, room: int) -> list[Row]:
        words, rows = self._words, self._rows
        many = len(rows) > 1
        name = words.many("{n} connection", "{n} connections", len(rows)) if many else self._own_name(rows[0])
        said: list[Row] = [title(words("DISCONNECT {who}", who=name), room), ()]
        still = self._still()
        for row in rows[:NAMED]:
            here = row.connection in still
            said += _who(still.get(row.connection, row), words, room) if here else [_left(row, words)]
        if len(rows) > NAMED:
            said.append((Span("   " + words("and {n} more", n=len(rows) - NAMED), "ops.dim"),))
        said.append(())
        if self.confirming:
            said += folded(self._reason, "ops.text", room - 1, first=(Span(f" {words('reason')}  ", "ops.dim"),))
            said.append((Span(f" {words('code')}  ", "ops.dim"), *self._code_row(self._code)))
            ask = words("Type {word} or {yes}, then Enter, to throw off:", word=self._word, yes=words("yes"))
            return [*said, (), (Span(f" {ask}", "ops.warn"),)]
        for place in range(len(_CODES)):
            sign = "(*)" if place == self._code else "( )"
            said.append((Span(f" {sign} ", "ops.key" if place == self._code else "ops.dim"), *self._code_row(place)))
        ask = words.many("Reason, told to whoever stands there:", "Reason, told to all of them:", len(rows))
        return [*said, (), (Span(f" {ask}", "ops.warn"),)]

    def _code_row(self, place: int) -> Row:
        code, means = _CODES[place]
        return (Span(f"{code:<7}", "ops.text"), Span(self._words(means), "ops.dim"))

    def _foot_rows(self, room: int) -> list[Row]:
        words = self._words
        keys = words("Enter: throw off") if self.confirming else words("Enter: go on   Tab: the other code")
        line: Row = (Span(f" {keys}   {words('Esc: leave it be')}", "ops.key"),)
        said: list[Row] = [(Span(f" {self._sentence}", "ops.bad"),)] if self._sentence else [()]
        return [*said, line, (Span("─" * room if not self._look.ansi else "-" * room, "ops.dim"),)]

    def _own_name(self, row: ConnectionRow) -> str:
        """A name that is nobody else's: where several have the same, the device's, and at last the connection's."""
        namesakes = [one for one in self._others(row) if _name(one) == _name(row)]
        if not namesakes:
            return _name(row)
        device = one_line(row.device or "", limit=40)
        taken = any(device == one_line(one.device or "", limit=40) for one in namesakes)
        return row.connection if taken or not device else device

    def _others(self, row: ConnectionRow) -> list[ConnectionRow]:
        return [one for name, one in self._at_first.items() if name != row.connection]

    @property
    def _word(self) -> str:
        return str(len(self._rows)) if len(self._rows) > 1 else self._own_name(self._rows[0])

    # ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was wrong may be right now."""
        event.stop()
        if self._sentence and event.value:
            self._sentence = ""
            self._lay_out()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The reason, or the word."""
        event.stop()
        if self.confirming:
            self._confirm(event.value)
        else:
            self._take_reason(event.value)

    def _take_reason(self, text: str) -> None:
        if not self.left:
            self._say(self._words("They have left meanwhile: there is nobody to throw off. Esc closes this."))
        elif says_too_little(text):
            self._say(self._words("A reason first, in at least {n} letters.", n=LEAST_REASON))
        else:
            self._reason = one_line(text)
            self.confirming = True
            self._typed.value = ""
            self._say("")

    def _confirm(self, text: str) -> None:
        if not self.left:
            self._say(self._words("They have left meanwhile: there is nobody to throw off. Esc closes this."))
        elif one_line(text).casefold() in {self._word.casefold(), "yes", self._words("yes").casefold()}:
            self.leave(Decision(tuple(row.connection for row in self.left), self._reason, _CODES[self._code][0]))
        else:
            self._say(self._words("Nothing was done: type {word} or {yes}.", word=self._word, yes=self._words("yes")))

    def _say(self, sentence: str) -> None:
        self._sentence = sentence
        self._lay_out()

    def action_code(self) -> None:
        """Another way to leave."""
        if not self.confirming:
            self._code = (self._code + 1) % len(_CODES)
            self._lay_out()

    def action_leave(self) -> None:
        """Nothing is done."""
        self.leave(None)

    def shown(self) -> list[str]:
        """The text of its lines."""
        return [*self._head.shown(), self._typed.value, *self._foot.shown()]


def _name(row: ConnectionRow) -> str:
    return one_line(row.subject, limit=40) or row.connection


def _who(row: ConnectionRow, words: Words, room: int) -> list[Row]:
    """Who it is, and under it what is wrong there."""
    device = row.device if row.device != row.subject else ""
    parts = [row.role, " ".join(row.stations), device or "", row.address]
    trouble = [
        words("queue {n}", n=bytes_text(row.queue_bytes)) if row.queue_bytes else "",
        words("{n} behind", n=number_text(row.lag)) if row.lag else "",
        words("{n} unsent", n=number_text(row.unsent)) if row.unsent else "",
    ]
    name = (Span("   ", "ops.text"), span(_name(row), "ops.key"), Span("  ", "ops.text"))
    said = folded(" · ".join(part for part in parts if part), "ops.text", room - 1, first=name)
    wrong = ", ".join(part for part in trouble if part)
    return said + (folded(wrong, "ops.warn", room - 1, first=(Span("   ", "ops.text"),)) if wrong else [])


def _left(row: ConnectionRow, words: Words) -> Row:
    return (Span("   ", "ops.text"), span(_name(row), "ops.dim"), Span("  " + words("has left meanwhile"), "ops.warn"))
