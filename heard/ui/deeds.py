"""Which key does what: named deeds with keys, and keymaps that replace them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from textual.binding import Binding

if TYPE_CHECKING:
    from textual.app import App


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a key does. `id` is what a keymap names, `action` what the app runs; the words are said `later`."""

    id: str
    action: str
    keys: str
    words: str
    """What it does, for the help; empty: another deed's line tells of it."""
    footer: str = ""
    """A word or two for the footer; empty: not shown there."""


_SHORT = {
    "enter": "Enter", "left_control": "BUMP", "escape": "Esc", "pagedown": "PgDn", "pageup": "PgUp", "space": "Space",
    "home": "Home", "end": "End", "tab": "Tab", "delete": "Del", "backspace": "Backspace", "ctrl+c": "Ctrl+C",
    "up": "↑", "down": "↓", "left": "←", "right": "→", "left_square_bracket": "[", "right_square_bracket": "]",
    "less_than_sign": "<", "greater_than_sign": ">", "question_mark": "?", "exclamation_mark": "!", "slash": "/",
    "colon": ":", "comma": ",", "full_stop": ".", "minus": "-", "plus": "+", "asterisk": "*", "equals_sign": "=",
    "underscore": "_", "subtract": "KP-", "add": "KP+", "multiply": "KP*", "divide": "KP/", "decimal": "KP.",
}  # fmt: skip


class KeyClash(ValueError):
    """A keymap that gives one key to two deeds, or names a deed nobody has."""


def keymap(
    deeds: Iterable[Deed], changes: Mapping[str, str] | None = None, *, off: Collection[str] = ()
) -> dict[str, Deed]:
    """Every deed but those that are `off`, with the keys it has here. `changes`: deed id → keys, between commas.

    Raises:
        KeyClash: in a sentence.
    """
    every = {deed.id: deed for deed in deeds}
    if unknown := sorted(set(changes or {}) - set(every)):
        raise KeyClash(f"the keymap names {unknown[0]!r}, which no key can do")
    known = {
        name: replace(deed, keys=changes[name]) if changes and name in changes else deed
        for name, deed in every.items()
        if name not in off
    }
    taken: dict[str, str] = {}
    for deed in known.values():
        for key in keys_of(deed):
            if key in taken:
                raise KeyClash(f"the keymap gives {key} to both {taken[key]} and {deed.id}")
            taken[key] = deed.id
    return known


def split(keys: str) -> Iterator[str]:
    """Single keys of a row like `r,minus`."""
    return (key.strip() for key in keys.split(",") if key.strip())


def keys_of(deed: Deed) -> Iterator[str]:
    """Its keys by Textual's names."""
    return split(deed.keys)


def deed_of(deeds: Mapping[str, Deed], key: str, character: str | None = None) -> Deed | None:
    """What a key does: by its name, or by what it types; a capital letter that is nobody's is what the small one is."""
    wanted = {key} if "+" in key else {key, character or key}  # Alt+t types a t, and is not one
    found = next((deed for deed in deeds.values() if wanted & set(keys_of(deed))), None)
    small = key.lower()
    return deed_of(deeds, small) if found is None and _capital(small) == key else found


def bindings(deeds: Mapping[str, Deed]) -> list[Binding]:
    """What an app is given: with Caps Lock on, letters do the same."""
    taken = {key for deed in deeds.values() for key in keys_of(deed)}
    return [
        Binding(",".join(_both(deed, taken)), deed.action, deed.words, id=deed.id, show=False)
        for deed in deeds.values()
        if deed.keys
    ]


def _both(deed: Deed, taken: Collection[str]) -> Iterator[str]:
    """Its keys, and of letters the capital ones too, as far as no deed has them for itself."""
    for key in keys_of(deed):
        yield key
        if (capital := _capital(key)) and capital not in taken:
            yield capital


def _capital(key: str) -> str:
    """What a key with a small letter sends while Caps Lock is on; empty for every other key."""
    capital = key.upper()
    return capital if len(key) == len(capital) == 1 and key != capital else ""


def bind(app: App[Any], wanted: Iterable[Binding]) -> None:
    """Give an app its keys, for good: a keymap of Textual's is laid over every binding anew at every key."""
    for one in Binding.make_bindings(wanted):
        app.bind(one.key, one.action, description=one.description, show=one.show)


def key_words(deed: Deed) -> str:
    """The keys of a deed as they are printed on them: `Enter`, `PgDn ]`."""
    return " ".join(_SHORT.get(key, key.upper() if len(key) > 1 else key) for key in keys_of(deed))


def first_key(deeds: Mapping[str, Deed], wanted: str) -> str:
    """The first key of a deed as it is printed; empty where it has none."""
    words = key_words(deeds[wanted]).split() if wanted in deeds else []
    return words[0] if words else ""
