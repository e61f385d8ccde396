"""What keys and clicks do at a station: each asks the hands, the glass or a screen, and shows what it came to."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.events import Click

from heard.contract.kds import EXPO
from heard.ui.line import OneLine
from heard.ui.lines import Lines
from heard.ui.themes import Theme, Themes, next_theme
from heard.ui.words import Words
from kds.captions import Captions
from kds.choices import Kept
from kds.desk import Desk
from kds.glass import MIN_WIDTH, Glass
from kds.hands import Hands
from kds.messages import Unkept
from kds.news import News
from kds.screens.over import Over
from kds.sound.ringer import Ringer
from kds.tour import Tour
from kds.widgets.wall import Wall

if TYPE_CHECKING:
    from kds.screens import Name

PANEL_WIDTH = 28


class Acting(App[None], inherit_bindings=False):
    """The half of a station's app that acts; the other half, `KdsApp`, makes all of this and looks at the kitchen."""

    station: str
    words: Words
    environ: Mapping[str, str]
    desk: Desk
    glass: Glass
    hands: Hands
    look: Theme
    themes: Themes
    kept: Kept
    ringer: Ringer
    news: News
    captions: Captions
    wall: Wall
    top: OneLine
    bottom: OneLine
    panel: Lines
    tour: Tour
    with_choices: bool

    # ── What the other half does ──────────────────────────────────────────────────────────────────────────────────────

    @abstractmethod
    def say(self, sentence: str) -> None:
        """A sentence in the lower bar, for some seconds."""

    @abstractmethod
    def did(self, sentence: str | None) -> None:
        """Show at once what a key came to; None: to nothing at all."""

    @abstractmethod
    def write_top(self) -> None:
        """The upper bar as it is now."""

    @abstractmethod
    def write_panel(self) -> None:
        """The all-day panel as it is now."""

    @abstractmethod
    def settle_glass(self) -> None:
        """What the store and this station ask of the glass."""

    @abstractmethod
    def set_ground(self) -> None:
        """What is behind everything, on every screen."""

    # ── The wall ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def on_click(self, event: Click) -> None:
        """A click focuses a card; it never bumps one."""
        if event.widget is self.wall and (ticket_id := self.glass.at(event.x, event.y)) is not None:
            self.glass.focus = ticket_id
            self.hands.fingers.forget()
            self.did("")

    def remember(self, **chosen: Any) -> None:
        """For the next start; what cannot be kept is said."""
        self.kept.change(**chosen)

    def _post_unkept(self, sentence: str) -> None:
        """From the thread that writes."""
        self.post_message(Unkept(sentence))

    def on_unkept(self, message: Unkept) -> None:
        """It holds as long as the station is up."""
        self.say(message.sentence)

    def action_number(self, number: int) -> None:
        """Focus a card; the same number again bumps it."""
        self.did(self.hands.number(number))

    def action_retry(self) -> None:
        """Knock at the gateway again."""
        self.say(self.hands.retry())

    def action_tens(self) -> None:
        """The next number is ten more."""
        self.did(self.hands.tens())

    def action_bump(self) -> None:
        """Done with the card in focus."""
        self.did(self.hands.press_bump())

    def action_hand(self, deed: str) -> None:
        """Something hands do to the card in focus, or to the last one."""
        self.did(self.hands.deed(deed))

    def action_all_day(self) -> None:
        """All-day beside the wall: without choices, with them, away. Where there is no room, a screen of its own."""
        if not _fits_panel(self.size.width):
            self.action_open("all_day")
            return
        is_open = self.panel.has_class("open")
        self.with_choices = is_open and not self.with_choices
        self.panel.set_class(not is_open or self.with_choices, "open")
        self.write_panel()
        self.remember(all_day=self.panel.has_class("open"))
        self.call_after_refresh(self.write_top)  # a narrower wall has more pages

    def settle_panel(self, room: int) -> None:
        """As it was chosen, where there is room for it and a wall."""
        self.panel.set_class(bool(self.kept.now.all_day) and _fits_panel(room), "open")
        self.write_panel()

    def action_open(self, name: Name) -> None:
        """A screen over the wall."""
        from kds import screens

        self.hands.fingers.forget()
        if (opened := screens.named(name, self.desk)) is None:
            self.say(self.words("focus a card first"))
            return
        self.push(opened)

    def push(self, opened: Over) -> None:
        """Lay it over what is in sight."""
        self.captions.hush()
        self.push_screen(opened)
        self.set_ground()

    def action_mute(self) -> None:
        """Silence for a while, longer, or no more."""
        self.say(self.ringer.mute())
        self.remember(mute_until=self.ringer.settings.mute_until)
        self.write_top()

    def action_volume(self, steps: int) -> None:
        """Louder or softer, with a chime to judge it by."""
        self.say(self.ringer.turn(steps))
        self.remember(volume=self.ringer.settings.volume)
        self.write_top()

    def action_expo(self) -> None:
        """Expo's cards, and back."""
        if self.station == EXPO:
            self.say(self.words("this is expo"))
            return
        self.glass.turn_to(self.station if self.glass.station == EXPO else EXPO)
        self.tour.away(self.glass.station != self.station)
        self.news.forget()
        self.captions.forget_average()
        self.wall.say_when_empty(self.captions.when_empty())
        self.did("")

    def action_compact(self) -> None:
        """Close the gaps."""
        self.glass.repack()
        self.hands.fingers.forget()
        self.did("")

    def action_go(self, dx: int, dy: int) -> None:
        """The card beside the one in focus."""
        self.glass.focus = self.glass.beside(dx, dy)
        self.did("")

    def action_unfocus(self) -> None:
        """No card in focus."""
        self.glass.focus = None
        self.hands.fingers.forget()
        self.did("")

    def action_page(self, step: int) -> None:
        """Another page."""
        self.hands.fingers.forget()
        if self.glass.turn(step) or abs(step) > 1:
            self.did("")
        else:
            self.did(self.words("this is the last page") if step > 0 else self.words("this is the first page"))

    def action_theme(self) -> None:
        """The next theme."""
        self.restyle(next_theme(self.look, self.environ, self.themes))
        self.say(self.words("theme {name}", name=self.look.name))
        self.remember(theme=self.look.name)

    def action_text_size(self) -> None:
        """The next size of text, or the one it comes to on a wall of this size."""
        wanted = self.wall.resize_text()
        self.remember(text_size=wanted)
        if wanted == self.glass.look.size:
            self.say(self.words("text size {size}", size=self.words(wanted)))
        else:
            self.say(self.words("text size {size}: this window is too small for it", size=self.words(wanted)))
        self.write_top()

    def restyle(self, look: Theme) -> None:
        """Wear this theme from now on."""
        self.look = self.desk.look = look
        self.ansi_color = look.ansi
        self.set_ground()
        self.settle_glass()
        self.wall.restyle(look)
        for one in (self.top, self.bottom, self.panel, self.tour.strip):
            one.restyle(look.styles)
        for screen in self.screen_stack:
            if isinstance(screen, Over):
                screen.restyle()


def _fits_panel(room: int) -> bool:
    """Whether a wall can stand beside the all-day panel."""
    return room >= MIN_WIDTH + PANEL_WIDTH
