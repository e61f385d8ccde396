"""What keys do and what bump bars send, as text: `heard kds keys`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from heard.ui.deeds import Deed
from heard.ui.words import ENGLISH, Words, later
from kds.keys import help_rows

KITTY_TERMS = ("kitty", "foot", "ghostty", "wezterm")
"""Terminals known to speak the kitty keyboard protocol, by what they say in TERM or TERM_PROGRAM."""

REMEDIES = (
    later("run the station in kitty or foot, for a kiosk inside `cage`; inside tmux or screen nothing helps"),
    later("or remap the bar's Left Ctrl to Enter in the system (udev hwdb), or with the sheet that reprograms the bar"),
    later("or bump with Enter, or with a card's number pressed twice: those arrive everywhere"),
)


@dataclass(frozen=True, slots=True)
class Bars:
    """Keys by position on the bar: what is sent, what arrives without the kitty protocol, what is printed."""

    sends: tuple[str, ...]
    legacy: tuple[str, ...]
    legends: Mapping[str, tuple[str, ...]]
    does: Mapping[str, str]
    """Printed word → deed; a number that is not among them is the card of that number."""
    keymaps: Mapping[str, Mapping[str, str]]
    """Keymaps that are no bar: name → deed → keys."""

    def keymap(self, letter: str) -> dict[str, str]:
        """Deed → the keys that a bar sends for it, with and without the kitty protocol."""
        found: dict[str, list[str]] = {}
        for printed, sent, legacy in zip(self.legends[letter], self.sends, self.legacy, strict=True):
            deed = self.does.get(printed) or (f"slot.{printed}" if printed.isdecimal() else None)
            if deed is not None:
                found.setdefault(deed, []).extend(dict.fromkeys(key for key in (sent, legacy) if key))
        return {deed: ",".join(keys) for deed, keys in found.items()}


@cache
def bars() -> Bars:
    """The makers' own table."""
    told = tomllib.loads(files("kds").joinpath("legends.toml").read_text(encoding="utf-8"))
    legends = {letter: tuple(keys) for letter, keys in told["legends"].items()}
    return Bars(tuple(told["sends"]), tuple(told["legacy"]), legends, told["does"], told["keymaps"])


def sees_bare_ctrl(environ: Mapping[str, str]) -> bool:
    """Whether a bare Left Ctrl, the BUMP of many bars, can arrive here."""
    if environ.get("TMUX") or environ.get("STY"):
        return False
    said = f"{environ.get('TERM', '')} {environ.get('TERM_PROGRAM', '')}".casefold()
    return any(name in said for name in KITTY_TERMS)


def key_sheet(deeds: Mapping[str, Deed], environ: Mapping[str, str], words: Words = ENGLISH) -> Iterator[str]:
    """All of it, line by line."""
    yield words("Keys here:")
    for keys, does in help_rows(deeds, words):
        yield f"  {keys:<16} {does}"
    yield ""
    yield words("What bump bars send (the letter is printed on the bar):")
    yield from _table(deeds, bars(), words)
    yield ""
    yield from warning(environ, words)


def warning(environ: Mapping[str, str], words: Words = ENGLISH) -> Sequence[str]:
    """What a bar's BUMP comes to in this terminal."""
    if sees_bare_ctrl(environ):
        return (words("This terminal speaks the kitty keyboard protocol: BUMP (a bare Left Ctrl) arrives."),)
    return (
        words(
            "WARNING: BUMP on bars A, B and D, and BUMP ITEM on C and G, is a bare Left Ctrl: it never arrives here."
        ),
        *(f"  - {words(remedy)}" for remedy in REMEDIES),
    )


def _table(deeds: Mapping[str, Deed], known: Bars, words: Words) -> Iterator[str]:
    letters = list(known.legends)
    yield f"  {words('sends'):<14}{words('here'):<12}" + "".join(f"{letter:<13}" for letter in letters)
    does = {key.strip(): deed.id for deed in deeds.values() for key in deed.keys.split(",")}
    for place, sent in enumerate(known.sends):
        printed = "".join(f"{known.legends[letter][place]:<13}" for letter in letters)
        yield f"  {sent:<14}{does.get(sent, '-'):<12}{printed}".rstrip()
