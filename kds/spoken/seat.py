"""The place of a person at a station in lines: what is looked at, what is chosen, and the hands to do it with."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from heard.client.clock import Clock
from heard.contract.session import StoreSettings
from heard.kitchen.tickets import Line, Ticket
from heard.ui.words import Words
from kds.choices import Kept
from kds.feed import Feed
from kds.glass import Glass
from kds.hands import Hands
from kds.keys import keymap
from kds.settings import Settings
from kds.sound.ringer import Ringer
from kds.sound.signs import House
from kds.spoken.card import read_out
from kds.spoken.letters import LETTERS, Letter
from kds.spoken.link import LinkNews, SoundNews
from kds.spoken.lists import DoneList
from kds.spoken.news import CardNews
from kds.spoken.typed import Typed

if TYPE_CHECKING:
    from kds.sound.voice import Voice


class Seat:
    """One for a station, as long as it is up."""

    def __init__(
        self, feed: Feed, station: str, settings: Settings, clock: Clock, words: Words, *, voice: Voice | None = None,
        kept: Kept | None = None, bell: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self.feed, self.station, self.settings, self.clock, self.words = feed, station, settings, clock, words
        self.kept = kept or Kept()
        self.store = StoreSettings()
        """What the gateway says of the store."""
        self.zone: tzinfo = UTC
        self.look = read_out(UTC, settings.language, words)
        self.glass = Glass(station, self.look)
        self.hands = Hands(feed, self.glass, clock, keymap({"force": "f"}), words)
        self.ringer = Ringer(station, settings.sound, clock, voice, bell=bell, words=words)
        self.link = LinkNews(clock, words)
        self.sound = SoundNews(self.ringer, words)
        self.done = DoneList(feed, words)
        self._item: tuple[str, str] | None = None
        """The item that was chosen, with its ticket: tills number the items of every order alike."""
        self.letter_before = ""
        self._news = {station: CardNews(station, clock, words)}
        """Station → what was said of its cards: ours, and expo's once it was looked at."""

    def learn(self) -> None:
        """What the store asks for, if that is new."""
        store = self.feed.status.settings
        if store is None or store == self.store:
            return
        self.store = store
        with contextlib.suppress(KeyError, ValueError, OSError):
            self.zone = ZoneInfo(store.timezone)
        self.look = read_out(self.zone, self.settings.language, self.words)
        self.ringer.settle(House(store.gating, self.heat_s[-1] if self.heat_s else None, self.zone))
        for news in self._news.values():
            news.forget_made()

    @property
    def heat_s(self) -> tuple[int, ...]:
        """Ages at which a card turns warm, hot, late."""
        return tuple(self.settings.heat_s or self.store.heat_s)

    @property
    def letters(self) -> Mapping[str, Letter]:
        """What can be typed here: a kiosk has no way out."""
        return {one.letter: one for one in LETTERS if not (one.letter == "q" and self.settings.kiosk)}

    # ── What is looked at ─────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def cards(self) -> CardNews:
        """What was said of the cards of the station that is looked at."""
        return self._news[self.glass.station]

    def turn_to(self, station: str) -> bool:
        """Look at another station's cards; whether that was done before."""
        self.glass.turn_to(station)
        self.choose_nothing()
        self.done.forget()
        known = station in self._news
        self._news.setdefault(station, CardNews(station, self.clock, self.words))
        return known

    # ── What is chosen ────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def mine(self) -> Ticket | None:
        """The card chosen."""
        return self.feed.board.tickets.get(self.glass.focus or "")

    @property
    def item(self) -> str | None:
        """The item chosen, by what commands call it; none once another card is in focus, whoever put it there."""
        return self._item[1] if self._item is not None and self._item[0] == self.glass.focus else None

    @property
    def line(self) -> Line | None:
        """The item chosen."""
        return self.mine.line(self.item) if self.mine is not None and self.item is not None else None

    def choose(self, asked: Typed) -> str:
        """Choose what was named; a sentence where there is no such thing."""
        words = self.words
        if asked.done is not None and self.done.numbered(asked.done) is None:
            return words("nothing has number d{number}; d lists what was done", number=asked.done)
        if asked.card is None:
            return ""
        ticket_id = self.cards.numbered(asked.card)
        if ticket_id is None:
            return words("no card has number {number}", number=asked.card)
        item_id = None if asked.item is None else self.cards.item(ticket_id, asked.item)
        if asked.item is not None and item_id is None:
            return words("card {card} has no item {number}", card=asked.card, number=asked.item)
        self.glass.focus, self._item = ticket_id, None if item_id is None else (ticket_id, item_id)
        self.ringer.touched(ticket_id)
        return ""

    def choose_nothing(self) -> None:
        """What was chosen is done with, or gone."""
        self.glass.focus = self._item = None
