"""What the screens of one station share; made and changed by the app alone, read by every screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from heard.client.clock import Clock
from heard.contract.session import StoreSettings
from heard.ui.deeds import Deed
from heard.ui.themes import Theme
from heard.ui.words import ENGLISH, Words
from kds.feed import Feed
from kds.glass import Glass
from kds.hands import Hands
from kds.vitals import Vitals


@dataclass(slots=True)
class Desk:
    """One for a station, as long as it is up."""

    station: str
    feed: Feed
    glass: Glass
    hands: Hands
    clock: Clock
    deeds: Mapping[str, Deed]
    look: Theme
    words: Words = ENGLISH
    vitals: Vitals = field(default_factory=Vitals)
    store: StoreSettings = field(default_factory=StoreSettings)
    """What the gateway says of the store."""
    zone: tzinfo = UTC
    """The store's clock."""
    environ: Mapping[str, str] = field(default_factory=dict)
    sound: Callable[[], str] = str
    """How the sound is, in words; empty while nobody knows."""
    facts: dict[str, str] = field(default_factory=dict)
    """What else belongs on the diagnostics: name → value, like the outbox's path."""
