"""What the keys of a station do, and how a bump bar's keys go beside those of the keyboard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from heard.ui import deeds
from heard.ui.deeds import Deed, KeyClash, key_words, keys_of, split
from heard.ui.words import ENGLISH, Words, later

DEEDS: tuple[Deed, ...] = (
    Deed(
        "bump", "bump", "enter,left_control",
        later("done with the card in focus (again on a void: seen)"), later("bump"),
    ),
    *(
        Deed(f"slot.{n}", f"number({n})", str(n), later("focus a card; twice bumps it") if n == 1 else "")
        for n in range(1, 10)
    ),
    Deed("slot.10", "number(10)", "ctrl+0", ""),
    Deed("slot.tens", "tens", "0", later("then a number: cards 10 to 19")),
    Deed("start", "hand('start')", "s", later("I am on it"), later("start")),
    Deed("undo", "hand('undo')", "u", later("take back the last thing done here"), later("undo")),
    Deed(
        "recall", "hand('recall')", "r,minus,subtract",
        later("bring back the last card done; again for the one before"), later("recall"),
    ),
    Deed("recent", "open('recent')", "d", later("recently done: look, and bring one back"), later("done")),
    Deed(
        "detail", "open('detail')", "i,o",
        later("the whole order: every item, every station, who did what"), later("order"),
    ),
    Deed("item", "open('detail')", "b", later("one item: opens the order; there, done with the chosen one")),
    Deed("void", "hand('ack_void')", "v", later("seen: this is off the order")),
    Deed("rush", "hand('rush')", "!", later("rush, and back to normal")),
    Deed("hold", "hand('hold')", "p", later("not yet: hold it; what is held is fired")),
    Deed("force", "hand('force')", "F", later("hand over although a station still has some (after it said so)")),
    Deed(
        "all_day", "all_day", "a",
        later("all-day: how many of each dish are open; again with choices, again away"), later("all-day"),
    ),
    Deed("expo", "expo", "e", later("expo's view and back"), later("expo")),
    Deed("compact", "compact", "c,space", later("close the gaps now")),
    Deed("focus.up", "go(0, -1)", "up,k", later("focus the card before")),
    Deed("focus.down", "go(0, 1)", "down,j", later("focus the card after")),
    Deed("focus.left", "go(-1, 0)", "left,h", later("focus the column before")),
    Deed("focus.right", "go(1, 0)", "right,l", later("focus the column after")),
    Deed("focus.none", "unfocus", "escape", later("focus nothing")),
    Deed("page.next", "page(1)", "pagedown,right_square_bracket", later("next page"), later("page")),
    Deed("page.back", "page(-1)", "pageup,left_square_bracket", later("page before")),
    Deed("page.first", "page(-1000)", "home", later("first page")),
    Deed("refusals", "open('refusals')", "x", later("what the gateway refused, to be read and put away")),
    Deed("retry", "retry", "f5", later("try the gateway again, where it is away or refuses"), later("try again")),
    Deed("vitals", "open('vitals')", "f2", later("diagnostics: link, times, terminal, sound")),
    Deed("size", "text_size", "z", later("size of the text: normal, large, huge")),
    Deed("theme", "theme", "t", later("another theme")),
    Deed("mute", "mute", "m", later("sound off for a while, and on again")),
    Deed("softer", "volume(-1)", "less_than_sign", later("sound softer, with a chime to judge it by")),
    Deed("louder", "volume(1)", "greater_than_sign", later("sound louder, with a chime to judge it by")),
    Deed("help", "open('help')", "f1,question_mark", later("this help"), later("help")),
    Deed("quit", "quit", "q,ctrl+c", later("leave"), later("quit")),
)  # fmt: skip

KNOWN = frozenset(deed.id for deed in DEEDS)

KIOSK_OFF = frozenset({"quit"})
"""Deeds a kiosk does not have."""


def keymap(changes: Mapping[str, str] | None = None, *, kiosk: bool = False) -> dict[str, Deed]:
    """Every deed of a station with the keys it has here. Raises: KeyClash, in a sentence."""
    return deeds.keymap(DEEDS, changes, off=KIOSK_OFF if kiosk else ())


def usable(
    bar: Mapping[str, str] | None, own: Mapping[str, str] | None = None, *, kiosk: bool = False
) -> tuple[dict[str, Deed], list[str]]:
    """A bar's keys and those a station was told on top of them; a sentence for what had to be left out.

    The bar's keys come first for the deeds they name; keys of the keyboard stay where the bar takes none of them.
    """
    faults: list[str] = []
    base = beside(bar or {})
    for changes in (base | dict(own or {}), base, {}):
        try:
            return keymap(changes, kiosk=kiosk), faults
        except KeyClash as clash:
            faults.append(str(clash))
    raise AssertionError("the default keys clash")


def beside(bar: Mapping[str, str]) -> dict[str, str]:
    """The changes a bar comes to: its own keys, and the default ones that it does not send for something else."""
    sent = {key for keys in bar.values() for key in split(keys)}
    changes = {}
    for deed in DEEDS:
        mine = [*split(bar.get(deed.id, "")), *(key for key in keys_of(deed) if key not in sent)]
        if mine != list(keys_of(deed)):
            changes[deed.id] = ",".join(mine)
    return changes


def help_rows(known: Mapping[str, Deed], words: Words = ENGLISH) -> list[tuple[str, str]]:
    """Keys and what they do, for the help; the numbers as one row where they are in a row."""
    rows = []
    for deed in known.values():
        if deed.id == "slot.1":
            rows.append((_numbers(known), words(deed.words)))
        elif deed.words and deed.keys:
            rows.append((_printed(deed), words(deed.words)))
    return rows


def _printed(deed: Deed) -> str:
    """As a cook reads them: the key of a number pad is told once, where the keyboard has one with the same print."""
    return " ".join(dict.fromkeys(key.removeprefix("KP") for key in key_words(deed).split()))


def _numbers(known: Mapping[str, Deed]) -> str:
    keys = [list(keys_of(known[f"slot.{n}"])) for n in range(1, 10)]
    firsts: Iterable[str] = (key[0] if key else "" for key in keys)
    row = [key_words(known[f"slot.{n}"]) for n in (1, 9)]
    return f"{row[0]}-{row[1]}" if "".join(firsts).isdigit() else " ".join(key[0] for key in keys if key)
