"""What every screen over the wall is: the upper bar stays in sight, keys mean what the keymap says, Esc closes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.events import Key

from heard.text import cells
from heard.ui.deeds import Deed, deed_of, first_key
from heard.ui.line import OneLine
from heard.ui.lines import Lines
from heard.ui.modal import Modal
from heard.ui.spans import Row, Span, folded
from heard.ui.thrift import ThriftyCompositor
from kds.desk import Desk
from kds.glass import MIN_HEIGHT, MIN_WIDTH

if TYPE_CHECKING:
    from kds.app import KdsApp

BARS = 2
"""Lines of bars, above and below."""
LEFT_ALONE_S = 120.0
"""A screen nobody touches for so long goes by itself: what is to cook stands under it."""
EVERYWHERE = frozenset({"retry", "theme", "size", "mute", "softer", "louder"})
"""Deeds of the app that do the same on every screen."""
CLOSING = frozenset({"focus.none", "quit"})


class Over(Modal[None]):
    """A screen over the wall. A subclass says its rows and what deeds do; the app tells it to look again."""

    DEFAULT_CSS = "Over { layout: vertical; }"

    opened_by: ClassVar[str] = ""
    """The deed whose key opened it closes it as well."""
    stays: ClassVar[bool] = False
    """Does not go by itself."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._compositor = ThriftyCompositor()
        self.desk = desk
        self.words = desk.words
        self.top = OneLine(desk.look.styles, id="top")
        self.body = Lines(desk.look.panelled, id="body", words=desk.words)
        self.bottom = OneLine(desk.look.styles, id="bottom")

    def compose(self) -> ComposeResult:
        """The upper bar as it always is, what this screen is about, and what its keys do."""
        yield self.top
        yield self.body
        yield self.bottom

    # ── What a subclass says ──────────────────────────────────────────────────────────────────────────────────────────

    def rows(self, room: int, height: int) -> Sequence[Row]:
        """What stands between the bars, title first; more than `height` is scrolled."""
        raise NotImplementedError

    def keys(self) -> Sequence[Span]:
        """What the lower bar offers; the last one is kept in every width."""
        return [self.key("focus.none", self.words("close"))]

    def deed(self, deed: Deed) -> None:
        """A key that closes nothing was pressed."""
        page = self.room_for_rows - 1
        step = {"focus.up": -1, "focus.down": 1, "page.back": -page, "page.next": page}
        if deed.id in step:
            self.body.scroll(step[deed.id])

    # ── Being told ────────────────────────────────────────────────────────────────────────────────────────────────────

    def on_mount(self) -> None:
        """Write it."""
        self.rewrite()
        self.station_app.write_bars()

    def on_resize(self) -> None:
        """Other rows fit."""
        self.call_after_refresh(self.rewrite)
        self.call_after_refresh(self.station_app.write_bars)

    def look_again(self) -> None:
        """The board may be another."""
        self.rewrite()

    def tick(self) -> None:
        """A second has passed."""
        if not self.stays and self.desk.clock.monotonic() - self.desk.glass.used_at > LEFT_ALONE_S:
            self.leave()
        else:
            self.rewrite()

    def restyle(self) -> None:
        """Another theme."""
        for one in (self.top, self.bottom):
            one.restyle(self.desk.look.styles)
        self.body.restyle(self.desk.look.panelled)
        self.rewrite()

    def rewrite(self) -> None:
        """Say it as it is now; only what changed is painted."""
        room = max(1, self.app.size.width)
        if room < MIN_WIDTH or self.app.size.height < MIN_HEIGHT + BARS:
            self.body.say(folded(self.words("This window is too small."), "panel.text", room))
            return
        self.body.say(self.rows(room, self.room_for_rows))

    @property
    def room_for_rows(self) -> int:
        """Lines between the bars."""
        return max(1, self.app.size.height - BARS)

    @property
    def station_app(self) -> KdsApp:
        """The app of the station this lies over."""
        return cast("KdsApp", self.app)

    # ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def on_key(self, event: Key) -> None:
        """A key does here what the keymap says, or nothing: the wall under it never hears of it."""
        event.stop()
        if not self.on_top:
            self.pass_on(event)
            return
        deed = deed_of(self.desk.deeds, event.key, event.character)
        if event.key == "escape" or (deed is not None and (deed.id in CLOSING or deed.id == self.opened_by)):
            self.close()
        elif deed is None:
            return
        elif deed.id in EVERYWHERE:
            await self.app.run_action(deed.action)
        elif deed.id == "help":
            self.station_app.action_open("help")
        else:
            self.deed(deed)

    def close(self) -> None:
        """Back to what lies under it."""
        self.desk.hands.fingers.forget()
        self.leave()

    def did(self, sentence: str | None) -> None:
        """Show what a key came to, here and on the wall."""
        self.station_app.did(sentence)
        self.rewrite()

    # ── Pieces ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def key(self, deed: str, words: str) -> Span:
        """A key and what it does here, for the lower bar."""
        name = "Esc" if deed == "focus.none" else first_key(self.desk.deeds, deed)
        return Span(f" {name} {words} ", "bar.key")


def headline(words: str, room: int) -> Row:
    """A line that says what follows."""
    said = f" {words}"
    return (Span(said + " " * max(0, room - cells(said)), "panel.title"),)
