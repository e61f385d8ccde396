"""Colour themes: TOML read from the `themes` package, checked, and turned into styles by role.

A theme has sections; each gives its roles a style (`"bold #ffffff on #10141a"`), and may have a `ground` that stands
behind every role that names no background of its own. A theme that is wrong is reported and skipped.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import Any

from rich.errors import StyleSyntaxError
from rich.style import Style

ROLES: dict[str, tuple[str, ...]] = {
    "wall": ("empty", "sentence"),
    "head": ("fresh", "warm", "hot", "late", "ready", "ghost", "void"),
    "edge": ("plain", "focus"),
    "card": (
        "text", "name", "qty", "sub", "note", "no", "extra", "side", "choice", "allergy", "void", "done", "held",
        "mark", "also", "started", "rush", "vip", "word", "ready", "continued",
    ),
    "bar": ("text", "strong", "dim", "key", "alarm", "warn", "live", "busy", "offline", "refused", "banner"),
    "panel": ("title", "text", "qty", "dim", "line"),
}  # fmt: skip
"""Section → the roles every theme must style."""

GLYPHS: dict[str, str] = {
    "focus": "►",
    "edge": "▌",
    "started": "▸",
    "none": "·",
    "some": "•",
    "done": "✓",
    "over": "✓✓",
    "child": "└",
    "more": "→",
    "less": "←",
}
"""Marks a theme may replace where a terminal lacks them: single code points of agreed width."""


class BadTheme(ValueError):
    """A theme that cannot be used, and why, in a sentence."""


@dataclass(frozen=True)
class Theme:
    """Styles by role, and the marks to draw."""

    name: str
    ansi: bool
    """Whether its colours are the terminal's own sixteen."""
    styles: Mapping[str, Style]
    grounds: Mapping[str, str]
    glyphs: Mapping[str, str] = field(default_factory=lambda: GLYPHS)

    def style(self, role: str) -> Style:
        """The style of a role; a role nobody knows is plain text on a card."""
        return self.styles.get(role) or self.styles["card.text"]

    @cached_property
    def focused(self) -> Mapping[str, Style]:
        """The styles of the card in focus: its own ground behind every role of a card that has the common one."""
        ground, focus = self.grounds.get("card", ""), self.grounds.get("focus", "")
        if not focus or not ground:
            return self.styles
        common, behind = Style.parse(f"on {ground}").bgcolor, Style.parse(f"on {focus}")
        return {
            role: style + behind if role.startswith("card.") and style.bgcolor == common else style
            for role, style in self.styles.items()
        }


def read_theme(text: str) -> Theme:
    """A theme from TOML.

    Raises:
        BadTheme: with a sentence that names the place.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise BadTheme(f"is no TOML: {wrong}") from None
    name = told.get("name")
    if not isinstance(name, str) or not name:
        raise BadTheme("has no name")
    styles = {f"{section}.{role}": _style(told, section, role) for section, roles in ROLES.items() for role in roles}
    grounds = {"card": _ground(told, "card"), "focus": str(_section(told, "card").get("focus", ""))}
    if grounds["focus"]:
        _parsed(f"on {grounds['focus']}", "card.focus")
    return Theme(name, bool(told.get("ansi", False)), styles, grounds, _glyphs(told))


def _section(told: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    found = told.get(section)
    if not isinstance(found, Mapping):
        raise BadTheme(f"has no section [{section}]")
    return found


def _ground(told: Mapping[str, Any], section: str) -> str:
    return str(_section(told, section).get("ground", ""))


def _style(told: Mapping[str, Any], section: str, role: str) -> Style:
    given = _section(told, section).get(role)
    if not isinstance(given, str):
        raise BadTheme(f"says nothing of {section}.{role}")
    ground = _ground(told, section)
    return _parsed(f"{given} on {ground}" if ground and " on " not in f" {given} " else given, f"{section}.{role}")


def _parsed(text: str, place: str) -> Style:
    try:
        return Style.parse(text)
    except StyleSyntaxError as wrong:
        raise BadTheme(f"{place}: {wrong}") from None


def _glyphs(told: Mapping[str, Any]) -> Mapping[str, str]:
    given = told.get("glyphs", {})
    if unknown := sorted(set(given) - set(GLYPHS)):
        raise BadTheme(f"glyphs.{unknown[0]} is no mark we draw")
    for key, mark in given.items():
        if not isinstance(mark, str) or len(mark) != len(GLYPHS[key]):
            raise BadTheme(f"glyphs.{key} must be {len(GLYPHS[key])} character(s)")
    return {**GLYPHS, **given}


def shipped() -> tuple[dict[str, Theme], list[str]]:
    """Every theme that came with the program, by name; and a sentence for each that had to be skipped."""
    themes, faults = {}, []
    for place in sorted(files("themes").iterdir(), key=lambda one: one.name):
        if place.name.endswith(".toml"):
            try:
                theme = read_theme(place.read_text(encoding="utf-8"))
            except BadTheme as wrong:
                faults.append(f"theme {place.name} was skipped: it {wrong}")
            else:
                themes[theme.name] = theme
    return themes, faults


def fitting(environ: Mapping[str, str]) -> str:
    """The name of the theme a terminal is given when nobody chose one."""
    if environ.get("NO_COLOR"):
        return "plain"
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "dark"
    term = environ.get("TERM", "")
    many = any(word in term for word in ("256color", "kitty", "direct", "truecolor", "alacritty", "ghostty", "foot"))
    return "dark" if many else "sixteen"
