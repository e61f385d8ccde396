"""What the screens say, in the language of whoever stands there.

English stands in the code; other languages are gettext catalogues under `heard/ui/locale`: `make words` writes and
compiles them. A text nobody has translated is said in English: better a foreign word than none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from importlib.resources.abc import Traversable


class UnknownLanguage(ValueError):
    """There is no catalogue for this language; the text says which there are."""


def _as_it_stands(text: str) -> str:
    return text


def _english(one: str, more: str, n: int) -> str:
    return one if n == 1 else more


@dataclass(frozen=True, slots=True)
class Words:
    """A catalogue. `words("page {page}", page=2)` and `words.many("{n} card", "{n} cards", n)`.

    The first argument is a literal, or one marked by `later`, so that the catalogue's tools find it; what is filled in
    is never looked at for fields of its own.
    """

    language: str = "en"
    one: Callable[[str], str] = _as_it_stands
    several: Callable[[str, str, int], str] = _english

    def __call__(self, text: str, /, **values: object) -> str:
        """A text in this language."""
        said = self.one(text) if text else ""
        return said.format(**values) if values else said

    def many(self, one: str, more: str, n: int, /, **values: object) -> str:
        """A text that counts something, in the form this language has for `n`; `{n}` is filled in."""
        return self.several(one, more, n).format(n=n, **values)


ENGLISH = Words()


def later(text: str) -> str:
    """A text in a table, said later by `words(text)`: as it stands, but the catalogue's tools find it."""
    return text


def languages() -> tuple[str, ...]:
    """What the screens can be had in, English first."""
    found = sorted(place.name.removesuffix(".mo") for place in _place().iterdir() if place.name.endswith(".mo"))
    return (ENGLISH.language, *found)


@cache
def words_for(language: str | None) -> Words:
    """The catalogue of a language: `de`, or `de_AT` where nobody has written one of its own. None: English.

    Raises:
        UnknownLanguage: there is none; in a sentence.
    """
    wanted = (language or ENGLISH.language).partition(".")[0].replace("-", "_")
    known = languages()
    name = next((one for one in (wanted, wanted.partition("_")[0].casefold()) if one in known), None)
    if name is None:
        raise UnknownLanguage(f"there is no language {language}; there are {', '.join(known)}")
    if name == ENGLISH.language:
        return ENGLISH
    with _place().joinpath(f"{name}.mo").open("rb") as file:
        told = GNUTranslations(file)
    return Words(name, told.gettext, told.ngettext)


def words_or_english(language: str | None) -> tuple[Words, str]:
    """The catalogue of a language, else English and a sentence that says why: no reason for a dark screen."""
    try:
        return words_for(language), ""
    except UnknownLanguage as wrong:
        return ENGLISH, str(wrong)


def _place() -> Traversable:
    return files("heard.ui").joinpath("locale")
