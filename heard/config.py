"""Settings that people write: TOML files read and checked, each fault told by file, line and remedy."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from heard.errors import Exit
from heard.faults import sentence


class BadConfig(Exception):
    """A configuration that cannot be used; the text names file, line and remedy, `code` is what to exit with."""

    code = Exit.BAD_CONFIG


class BadOption(BadConfig):
    """All that is wrong was said on the command line."""

    code = Exit.USAGE


def read_text(path: Path) -> str:
    """A configuration file's text."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadConfig(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as wrong:
        raise BadConfig(f"{path}: cannot be read: {wrong}") from None


def parse_toml(path: Path, text: str) -> dict[str, Any]:
    """A configuration file's content."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise BadConfig(f"{path}: is not TOML: {wrong}") from None


def refusal(
    path: Path,
    text: str,
    wrong: ValidationError,
    *,
    within: tuple[int | str, ...] = (),
    given: Collection[str] = (),
    prefix: str = "HEARD_",
    environ: Collection[str] = os.environ,
    reference: str = "docs/reference/settings.md",
) -> BadConfig:
    """One line a fault: file, line, key, what is wrong; instead of the file the option or variable that beat it.

    `given` are the fields that options gave; `environ` the variables that count, those with `prefix`; `reference` the
    page that lists what there is.
    """
    lines, found = [], wrong.errors(include_url=False)
    for fault in found:
        place = (*within, *fault["loc"])
        key = ".".join(map(str, place)) or "file"
        where = _beaten_by(place, given, prefix, environ) or f"{path}:{line_of(text, place)}: {key}"
        lines.append(f"{where}: {_words(fault, reference)}")
    kind = BadOption if all(fault["loc"][:1] and fault["loc"][0] in given for fault in found) else BadConfig
    return kind("\n".join(lines))


def _beaten_by(
    place: tuple[int | str, ...], given: Collection[str], prefix: str, environ: Collection[str]
) -> str | None:
    """The option or variable that says this instead of the file."""
    if place and place[0] in given:
        return f"--{place[0]}".replace("_", "-")
    names = {prefix + "__".join(map(str, place[:deep])).upper() for deep in range(1, len(place) + 1)}
    return next((name for name in environ if name.upper() in names), None)


def _words(fault: Any, reference: str) -> str:
    """In the words of who writes settings; the library's for the rest."""
    if fault["type"] == "extra_forbidden":
        return f"is not a setting; see {reference}"
    if fault["type"] in _LISTS:
        return f"must be a list, like {list_like(fault['input'])}"
    return sentence(fault, _KINDS)


_LISTS = ("list_type", "tuple_type", "frozen_set_type")
_KINDS = {
    "finite_number": "must be a number that is not nan and not inf, like 2.5",
    "missing": "is missing",
    "string_type": 'must be a text, like "this"',
    "bool_": "must be true or false",
    "int_": "must be a whole number",
    "float_": "must be a number",
    "dict_": "must be a section of names and values",
    "model_": "must be a section of names and values",
    "time_": "must be a time of day, like 22:00",
}
"""How the library's name of a fault begins → what to write instead."""


def list_like(said: Any) -> str:
    """The list that somebody meant who wrote its members without one, in JSON, which is TOML too."""
    if isinstance(said, int | float):
        return json.dumps([said])
    if isinstance(said, str) and len(said) <= _MOST_LIKE and re.fullmatch(r"[\w:/.*+-]+(\s*,\s*[\w:/.*+-]+)*", said):
        return json.dumps(re.split(r"\s*,\s*", said))
    return '["one", "two"]'


_MOST_LIKE = 100


def line_of(text: str, place: tuple[int | str, ...]) -> int:
    """The line a key stands on; that of its section where the key itself is missing; 1 where nothing is found."""
    best = 1
    for number, here in _keys(text):
        if here == place[: len(here)]:
            best = number
        if here == place:
            return number
    return best


def _keys(text: str) -> Iterator[tuple[int, tuple[int | str, ...]]]:
    """Line number and path of every section and key; `[[stores]]` counts as ("stores", n)."""
    section: tuple[int | str, ...] = ()
    seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if table := re.match(r"\s*\[(\[)?\s*([\w.\-]+)\s*\]", line):
            name = table[2]
            seen[name] = seen.get(name, -1) + 1
            section = (*name.split("."), seen[name]) if table[1] else tuple(name.split("."))
            yield number, section
        elif key := re.match(r"\s*([\w.\-]+)\s*=", line):
            yield number, (*section, *key[1].split("."))
