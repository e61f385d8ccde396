"""Which key does what: names of deeds, their default keys, and keymaps that replace them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a key does. `id` is what a keymap names, `action` what the app runs."""

    id: str
    action: str
    keys: str
    words: str
    footer: str = ""
    """A word or two for the footer; empty: not shown there."""


DEEDS: tuple[Deed, ...] = (
    Deed("bump", "bump", "enter,left_control", "done with the card in focus (again on a void: seen)", "bump"),
    *(
        Deed(f"slot.{n}", f"number({n})", str(n), f"focus card {n}; twice bumps it" if n == 1 else "")
        for n in range(1, 10)
    ),
    Deed("slot.tens", "tens", "0", "then a number: cards 10 to 19"),
    Deed("start", "start", "s", "I am on it", "start"),
    Deed("undo", "undo", "u", "take back the last thing done here", "undo"),
    Deed("recall", "recall", "r,minus,subtract", "bring back the last card done; again for the one before", "recall"),
    Deed("void", "ack_void", "v", "seen: this is off the order"),
    Deed("rush", "rush", "!", "rush, and back to normal"),
    Deed("force", "force", "F", "hand over although a station still has some (after it said so)"),
    Deed("all_day", "all_day", "a", "all-day: how many of each dish are open", "all-day"),
    Deed("expo", "expo", "e", "expo's view and back", "expo"),
    Deed("compact", "compact", "c,space", "close the gaps now"),
    Deed("focus.up", "go(0, -1)", "up,k", "focus the card before"),
    Deed("focus.down", "go(0, 1)", "down,j", "focus the card after"),
    Deed("focus.left", "go(-1, 0)", "left,h", "focus the column before"),
    Deed("focus.right", "go(1, 0)", "right,l", "focus the column after"),
    Deed("focus.none", "unfocus", "escape", "focus nothing"),
    Deed("page.next", "page(1)", "pagedown,right_square_bracket", "next page", "page"),
    Deed("page.back", "page(-1)", "pageup,left_square_bracket", "page before"),
    Deed("help", "help", "f1,question_mark", "this help", "help"),
    Deed("quit", "quit", "q,ctrl+c", "leave", "quit"),
)  # fmt: skip

KIOSK_OFF = frozenset({"quit"})
"""Deeds a kiosk does not have."""

_SHORT = {
    "enter": "Enter", "left_control": "BUMP", "escape": "Esc", "pagedown": "PgDn", "pageup": "PgUp", "space": "Space",
    "right_square_bracket": "]", "left_square_bracket": "[", "question_mark": "?", "minus": "-", "subtract": "KP-",
    "up": "↑", "down": "↓", "left": "←", "right": "→", "ctrl+c": "Ctrl+C", "exclamation_mark": "!",
}  # fmt: skip


class KeyClash(ValueError):
    """A keymap that gives one key to two deeds, or names a deed nobody has."""


def keymap(changes: Mapping[str, str] | None = None, *, kiosk: bool = False) -> dict[str, Deed]:
    """Every deed with the keys it has here. `changes`: deed id → keys, separated by commas.

    Raises:
        KeyClash: in a sentence.
    """
    known = {deed.id: deed for deed in DEEDS if not (kiosk and deed.id in KIOSK_OFF)}
    for name, keys in (changes or {}).items():
        if name not in {deed.id for deed in DEEDS}:
            raise KeyClash(f"the keymap names {name!r}, which no key can do")
        if name in known:
            known[name] = Deed(name, known[name].action, keys, known[name].words, known[name].footer)
    taken: dict[str, str] = {}
    for deed in known.values():
        for key in _keys(deed):
            if key in taken:
                raise KeyClash(f"the keymap gives {key} to both {taken[key]} and {deed.id}")
            taken[key] = deed.id
    return known


def _keys(deed: Deed) -> Iterator[str]:
    return (key.strip() for key in deed.keys.split(",") if key.strip())


def bindings(deeds: Mapping[str, Deed]) -> list[Binding]:
    """What the app is given."""
    return [Binding(deed.keys, deed.action, deed.words, id=deed.id, show=False) for deed in deeds.values() if deed.keys]


def key_words(deed: Deed) -> str:
    """The keys of a deed as they are printed on them: `Enter`, `PgDn ]`."""
    return " ".join(_SHORT.get(key, key.upper() if len(key) > 1 else key) for key in _keys(deed))


def help_rows(deeds: Mapping[str, Deed]) -> list[tuple[str, str]]:
    """Keys and what they do, for the help; the numbers as one row."""
    rows = []
    for deed in deeds.values():
        if deed.id == "slot.1":
            rows.append(("1-9", "focus a card; the same number again bumps it"))
        elif (deed.words and not deed.id.startswith("slot.")) or deed.id == "slot.tens":
            rows.append((key_words(deed), deed.words))
    return rows
