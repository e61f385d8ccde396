"""What a cook should hear of, and when: pure decisions from two looks at a station's cards, the link and the clock.

One look rings each alert once, however many cards it is about. What must not be missed rings again at a bounded pace
until somebody has been at its card. An outage ends in one summary, and what is there at the start rings nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from heard.contract.kds import Mark
from heard.kitchen.dealing import speaks_of_allergy
from heard.kitchen.tickets import Line, Ticket, TicketState
from heard.ui.words import later
from kds.sound.names import Alert

GAP_S = 2.0
NEWS_S = 4.0
"""How long the words of an alert that needs no answer stand in the bar."""
LINK_GRACE_S = 4.0
"""A link that is back within this is a hiccup: what came meanwhile rings as if nothing had been."""
LOST_EVERY_S = 60.0
"""A link that comes and goes is told of this often."""
AFTER_OTHERS_S = 5.0
"""A reminder waits this long after anything else that rang."""
NEVER = datetime.max.replace(tzinfo=UTC)
MAX_MUTE = timedelta(minutes=60)
MAX_REMINDERS = 10
"""After that a card has been left alone on purpose: its words and the flash stay."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one alert behaves. Its tone stands under its name in `kds.sound.tones`."""

    word: str
    """For the bar."""
    role: str = "bar.banner"
    repeat_s: float | None = None
    """Where a station wants reminders: again after this long, each time a little later."""
    gap_s: float = GAP_S
    """The least time between two chimes of it: what comes in between is counted, not heard."""


RULES: dict[Alert, Rule] = {
    Alert.ALLERGY: Rule(later("ALLERGY"), "bar.alarm", 20.0),
    Alert.VOID: Rule(later("VOID"), "bar.alarm", 20.0),
    Alert.RUSH: Rule(later("RUSH"), "bar.alarm", 30.0),
    Alert.CHANGED: Rule(later("CHANGED"), "bar.warn"),
    Alert.LATE: Rule(later("LATE"), "bar.warn", 60.0, gap_s=30.0),
    Alert.LINK_LOST: Rule(""),
    Alert.LINK_BACK: Rule(""),
    Alert.NEW: Rule(later("NEW")),
    Alert.READY: Rule(later("READY")),
}
"""The most urgent first: when several ring at once, they ring in this order."""


class Sign(NamedTuple):
    """What of a card can ring."""

    label: str
    late_at: datetime
    rush: bool = False
    allergies: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    """What is to be made: another one is an add-on, or was fired."""
    changed: int = 0
    """The position of the last change that matters to a cook; 0: none."""
    voids: frozenset[str] = frozenset()
    """Items struck through that nobody has acknowledged."""
    ready: bool = False


def sign(ticket: Ticket, state: TicketState, late_s: float | None) -> Sign:
    """What of a ticket can ring; `late_s` is the age at which it is late, None where nothing ever is."""
    shown = [line for line in ticket.lines if line.shown]
    return Sign(
        label=ticket.label,
        late_at=NEVER if late_s is None else ticket.header.placed_at + timedelta(seconds=late_s),
        rush=ticket.header.priority == "rush",
        allergies=frozenset(_allergies(ticket, shown)),
        items=frozenset(line.item_id for line in (ticket.lines if ticket.is_expo else shown) if line.live),
        changed=max((line.changed_seq for line in shown if line.live and Mark.CHANGED in line.marks), default=0),
        voids=frozenset(line.item_id for line in shown if not line.live),
        ready=state is TicketState.READY,
    )


def _allergies(ticket: Ticket, shown: Iterable[Line]) -> Iterable[str]:
    said = [*ticket.header.allergies, *(one for line in shown for one in line.item.allergies)]
    notes = [*ticket.header.notes, *(note for line in shown for note in line.item.notes)]
    yield from (f"{one.code or ''}:{one.text or ''}" for one in said)
    yield from (note.text for note in notes if speaks_of_allergy(note.text))


@dataclass(frozen=True, slots=True)
class Scene:
    """One look at the station. `mono` in s, `now` in UTC."""

    mono: float
    now: datetime
    live: bool
    signs: Mapping[str, Sign]
    """Ticket → what of it can ring; test orders are not among them."""
    touched: frozenset[str] = frozenset()
    """Cards that keys were at since the last look: what changed on them is known here, and waits no longer."""
    key_at: float = float("-inf")
    """When any key was last pressed."""
    heard: bool = True
    """Whether a sound can be heard now; else words stay until somebody is there."""
    remind: Collection[Alert] = (Alert.ALLERGY, Alert.VOID, Alert.RUSH)
    """Alerts that ring again until somebody has been at the card."""

    def repeat_s(self, alert: Alert) -> float | None:
        """How long until the first reminder; None: there is none."""
        return RULES[alert].repeat_s if alert in self.remind else None


class Notice(NamedTuple):
    """Cards an alert is about, until somebody has been there."""

    tickets: frozenset[str]
    at: float
    """When the last of them came."""
    next_at: float | None = None
    """When it rings again."""
    reminders: int = 0


class Ring(NamedTuple):
    """A chime to be heard now."""

    alert: Alert
    cards: int
    again: bool = False
    """A reminder."""


@dataclass(frozen=True, slots=True)
class Ears:
    """What is known from earlier looks."""

    known: Mapping[str, Sign] | None = None
    """As it was while the link was live; None before the first look."""
    late: frozenset[str] = frozenset()
    live: bool = False
    lost_at: float | None = None
    lost_told: bool = False
    rang: Mapping[Alert, float] = field(default_factory=dict)
    notices: Mapping[Alert, Notice] = field(default_factory=dict)


def due(ears: Ears, scene: Scene) -> tuple[Ears, tuple[Ring, ...]]:
    """What rings now, the most urgent first; and what is known from now on."""
    if not scene.live:
        return _while_away(ears, scene)
    if ears.known is None:
        return _arrived(scene), ()
    news = _news(ears, scene)
    notices = _noticed(_kept(ears.notices, scene), news, scene)
    rings = [
        Ring(alert, len(news[alert])) for alert in RULES if alert in news and _rings(alert, news, ears, scene.mono)
    ]
    if ears.lost_told:
        rings = [Ring(Alert.LINK_BACK, len(news.get(Alert.NEW, ())))]
    if not rings:
        notices, rings = _reminded(notices, ears, scene)
    after = Ears(
        known=scene.signs,
        late=_late(scene),
        live=True,
        rang={**ears.rang, **{ring.alert: scene.mono for ring in rings}},
        notices=notices,
    )
    return after, tuple(rings)


def _arrived(scene: Scene) -> Ears:
    """What is there when we come has been seen, but for what a cook must acknowledge anyway."""
    voids = frozenset(one for one, sign in scene.signs.items() if sign.voids)
    notices = _noticed({}, {Alert.VOID: voids} if voids else {}, scene)
    return Ears(known=scene.signs, late=_late(scene), live=True, notices=notices)


def _while_away(ears: Ears, scene: Scene) -> tuple[Ears, tuple[Ring, ...]]:
    """Nothing rings but that the link is gone; what is done here meanwhile is known when it is back."""
    lost_at = scene.mono if ears.live else ears.lost_at
    known = ears.known
    if known is not None and scene.touched:
        known = {**known, **{one: scene.signs[one] for one in scene.touched if one in scene.signs}}
    away = replace(ears, live=False, lost_at=lost_at, known=known, notices=_kept(ears.notices, scene))
    told_at = ears.rang.get(Alert.LINK_LOST, float("-inf"))
    if lost_at is None or ears.lost_told or scene.mono - lost_at < LINK_GRACE_S or scene.mono - told_at < LOST_EVERY_S:
        return away, ()
    rang = {**ears.rang, Alert.LINK_LOST: scene.mono}
    return replace(away, lost_told=True, rang=rang), (Ring(Alert.LINK_LOST, 0),)


# ── News ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _news(ears: Ears, scene: Scene) -> dict[Alert, frozenset[str]]:
    """Alert → the cards it is about now and was not before."""
    found: dict[Alert, set[str]] = {}
    known = ears.known or {}
    for ticket, now in scene.signs.items():
        before = known.get(ticket)
        if before is now and now.late_at > scene.now:
            continue
        is_late = before is not None and now.late_at <= scene.now and ticket not in ears.late
        alerts = {*_of_one(before, now), *([Alert.LATE] if is_late else ())}
        if ticket in scene.touched:
            alerts &= _FROM_TILLS if before is not None else set()
        for alert in alerts:
            found.setdefault(alert, set()).add(ticket)
    return {alert: frozenset(tickets) for alert, tickets in found.items()}


_FROM_TILLS = {Alert.ALLERGY, Alert.VOID, Alert.CHANGED}
"""What no key of this station can have caused."""


def _of_one(before: Sign | None, now: Sign) -> Iterable[Alert]:
    if before is None:
        yield Alert.NEW
        before = now._replace(rush=False, allergies=frozenset(), voids=frozenset())
    if now.allergies - before.allergies:
        yield Alert.ALLERGY
    if now.rush and not before.rush:
        yield Alert.RUSH
    if now.voids - before.voids:
        yield Alert.VOID
    if now.changed > before.changed or now.items - before.items:
        yield Alert.CHANGED
    if now.ready and not before.ready:
        yield Alert.READY


def _late(scene: Scene) -> frozenset[str]:
    return frozenset(ticket for ticket, one in scene.signs.items() if one.late_at <= scene.now)


def _rings(alert: Alert, news: Mapping[Alert, frozenset[str]], ears: Ears, mono: float) -> bool:
    """Not again within the gap; and a new card that rings for an allergy or a rush does not ring for being new."""
    if mono - ears.rang.get(alert, float("-inf")) < RULES[alert].gap_s:
        return False
    urgent = news.get(Alert.ALLERGY, frozenset()) | news.get(Alert.RUSH, frozenset())
    return alert is not Alert.NEW or bool(news[Alert.NEW] - urgent)


# ── Notices ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _kept(notices: Mapping[Alert, Notice], scene: Scene) -> dict[Alert, Notice]:
    """Those that still wait for somebody."""
    kept = {}
    for alert, notice in notices.items():
        waiting = frozenset(one for one in notice.tickets if one not in scene.touched and _still(alert, one, scene))
        if waiting and not _over(alert, notice, scene):
            kept[alert] = notice._replace(tickets=waiting)
    return kept


def _still(alert: Alert, ticket: str, scene: Scene) -> bool:
    now = scene.signs.get(ticket)
    if now is None:
        return False
    gone = {Alert.VOID: not now.voids, Alert.RUSH: not now.rush, Alert.ALLERGY: not now.allergies}
    return not gone.get(alert, False)


def _over(alert: Alert, notice: Notice, scene: Scene) -> bool:
    """Words that ask for nothing go after a while; where nothing was heard, not before somebody is there."""
    if scene.repeat_s(alert) is not None or scene.mono - notice.at < NEWS_S:
        return False
    return scene.heard or scene.key_at > notice.at


def _noticed(
    notices: Mapping[Alert, Notice], news: Mapping[Alert, frozenset[str]], scene: Scene
) -> dict[Alert, Notice]:
    made = dict(notices)
    for alert, tickets in news.items():
        everybody = tickets | (notices[alert].tickets if alert in notices else frozenset())
        made[alert] = Notice(everybody, scene.mono, _after(scene, scene.repeat_s(alert)))
    return made


def _reminded(notices: dict[Alert, Notice], ears: Ears, scene: Scene) -> tuple[dict[Alert, Notice], list[Ring]]:
    """One reminder for all that is due: the most urgent one is heard, the others wait their turn again."""
    if scene.mono - max(ears.rang.values(), default=float("-inf")) < AFTER_OTHERS_S:
        return notices, []
    ready = [alert for alert in RULES if alert in notices and scene.mono >= (notices[alert].next_at or float("inf"))]
    if not ready:
        return notices, []
    made = notices | {alert: _put_off(alert, notices[alert], scene) for alert in ready}
    return made, [Ring(ready[0], len(notices[ready[0]].tickets), again=True)]


def _put_off(alert: Alert, notice: Notice, scene: Scene) -> Notice:
    repeat_s, reminders = scene.repeat_s(alert), notice.reminders + 1
    if repeat_s is None or reminders >= MAX_REMINDERS:
        return notice._replace(next_at=None, reminders=reminders)
    return notice._replace(next_at=_after(scene, repeat_s * min(4, 1 + reminders)), reminders=reminders)


def _after(scene: Scene, seconds: float | None) -> float | None:
    return None if seconds is None else scene.mono + seconds


# ── Silence ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def quiet_until(quiet: Iterable[tuple[time, time]], at: time) -> time | None:
    """When the quiet hours that hold at this time of day end; None outside of them."""
    for begin, end in quiet:
        if (begin <= at < end) if begin <= end else (at >= begin or at < end):
            return end
    return None


def muted_anew(until: datetime | None, now: datetime, minutes: int, *, at_once: bool) -> datetime | None:
    """What the mute key makes of a mute: silence for some minutes; `at_once` after it, longer; else sound again."""
    if until is None or until <= now:
        return now + timedelta(minutes=minutes)
    return min(until + timedelta(minutes=minutes), now + MAX_MUTE) if at_once else None
