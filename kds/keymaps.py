"""Keymaps by name: the letter printed on a bump bar, one that came with the program, or a file of one's own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from heard.text import one_line
from heard.ui.deeds import Deed, KeyClash
from heard.ui.words import ENGLISH, Words
from kds.keys import KNOWN, beside, keymap, usable
from kds.legends import bars

MAX_BYTES = 65_536
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class BadKeymap(ValueError):
    """A keymap that cannot be used, and why, in a sentence."""


def keys_for(
    name: str | None,
    own: Mapping[str, str] | None = None,
    directory: Path | None = None,
    *,
    kiosk: bool = False,
    words: Words = ENGLISH,
) -> tuple[dict[str, Deed], list[str]]:
    """The keys of a station: a keymap by name, and what its settings say on top; a sentence for what was left out."""
    try:
        return _told(usable({} if name is None else named(name, directory), own, kiosk=kiosk), words)
    except BadKeymap as wrong:
        deeds, faults = usable({}, own, kiosk=kiosk)
        return deeds, [words("{why}; the default keys are used", why=wrong), *faults]


def _told(found: tuple[dict[str, Deed], list[str]], words: Words) -> tuple[dict[str, Deed], list[str]]:
    return found[0], [words("{why}; it is not used", why=why) for why in found[1]]


def named(name: str, directory: Path | None = None) -> Mapping[str, str]:
    """Deed → keys of a keymap.

    Raises:
        BadKeymap: there is none of this name, or its file says what no keymap can.
    """
    known = bars()
    if name.upper() in known.legends:
        return known.keymap(name.upper())
    if name in known.keymaps:
        return known.keymaps[name]
    if directory is not None and _NAME.fullmatch(name) and (file := directory / "keymaps" / f"{name}.toml").exists():
        return _read(file)
    there_are = ", ".join([*known.legends, *known.keymaps, *sorted(_own(directory))])
    raise BadKeymap(f"there is no keymap {one_line(name)}; there are {there_are}")


def _own(directory: Path | None) -> list[str]:
    try:
        return [] if directory is None else [file.stem for file in (directory / "keymaps").glob("*.toml")]
    except OSError:
        return []


def _read(file: Path) -> Mapping[str, str]:
    try:
        with file.open("rb") as opened:
            told = tomllib.loads(opened.read(MAX_BYTES).decode("utf-8"))
    except (OSError, ValueError) as wrong:
        raise BadKeymap(f"keymap {file.name} cannot be read: {one_line(str(wrong))}") from None
    faulty = [deed for deed, keys in told.items() if not isinstance(keys, str)]
    if faulty:
        raise BadKeymap(f"keymap {file.name}: {one_line(faulty[0])} must be keys with commas between them, in quotes")
    try:
        keymap(beside(told) | {deed: keys for deed, keys in told.items() if deed not in KNOWN})
    except KeyClash as clash:
        raise BadKeymap(f"keymap {file.name}: {one_line(str(clash))}") from None
    return told
