"""Colour themes: TOML read from the `themes` package, checked, and turned into styles by role.

A theme has sections; each gives its roles a style (`"bold #ffffff on #10141a"`), and may have a `ground` that stands
behind every role that names no background of its own. A theme that is wrong is reported and skipped.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from rich.color import Color, ColorType
from rich.errors import StyleSyntaxError
from rich.style import Style

ROLES: dict[str, tuple[str, ...]] = {
    "wall": ("empty", "sentence"),
    "head": ("fresh", "warm", "hot", "late", "ready", "ghost", "void"),
    "edge": ("plain", "focus", "started", "ready", "void"),
    "card": (
        "text", "name", "qty", "sub", "note", "no", "extra", "side", "choice", "allergy", "void", "done", "held",
        "mark", "also", "started", "rush", "vip", "word", "ready", "continued", "without", "due", "overdue",
    ),
    "bar": ("text", "strong", "dim", "key", "alarm", "warn", "live", "busy", "offline", "refused", "banner"),
    "panel": ("title", "text", "qty", "dim", "line"),
    "ops": (
        "title", "text", "dim", "good", "warn", "bad", "key", "cursor", "chart", "chart2", "column", "mark", "input",
    ),
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
    "rule": "─",
    "block": "▀",
    "dine_in": "◉",
    "pickup": "⊔",
    "delivery": "⌂",
    "curbside": "◧",
    "drive_thru": "»",
    "catering": "≡",
}
"""Marks a theme may replace where a terminal lacks them: single code points of agreed width.

`block` is what big letters are made of; anything but a half block has them drawn in single lines. The last ones stand
before the word of a service: a plate, an open bag, a house, the side of a road, a way through, a pile of trays.
"""


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


# ── Where themes are ──────────────────────────────────────────────────────────────────────────────────────────────────


def shipped() -> tuple[dict[str, Theme], list[str]]:
    """Every theme that came with the program, by name; and a sentence for each that had to be skipped."""
    return _read(files("themes").iterdir())


def available(directory: Path | None) -> tuple[dict[str, Theme], list[str]]:
    """The shipped themes and those of a directory, which may not exist; one's own goes before a shipped namesake."""
    themes, faults = shipped()
    if directory is None:
        return themes, faults
    try:
        own, more = _read(directory.iterdir())
    except FileNotFoundError:
        return themes, faults
    except OSError as error:
        return themes, [*faults, f"the themes in {directory} were skipped: {error.strerror or error}"]
    return themes | own, faults + more


def _read(places: Iterable[Traversable | Path]) -> tuple[dict[str, Theme], list[str]]:
    themes, faults = {}, []
    for place in sorted(places, key=lambda one: one.name):
        if place.name.endswith(".toml"):
            try:
                theme = read_theme(place.read_text(encoding="utf-8"))
            except BadTheme as wrong:
                faults.append(f"theme {place.name} was skipped: it {wrong}")
            except (OSError, UnicodeDecodeError) as error:
                faults.append(f"theme {place.name} was skipped: it cannot be read ({error})")
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


# ── Whether they can be read ──────────────────────────────────────────────────────────────────────────────────────────

ENOUGH, ENOUGH_WHEN_BIG = 4.5, 3.0
"""WCAG 2.2: the contrast of text with what is behind it, and of text that is big or bold, or no text at all."""
_BIG = frozenset(
    {
        "edge.focus",
        "edge.started",
        "edge.ready",
        "edge.void",
        "ops.chart",
        "ops.chart2",
        "card.done",
        "card.held",
        "card.void",
        "head.ghost",
    }
)
_BIG_SECTIONS = ("head", "bar")
"""Bars of colour, marks, curves, and what is over and done: three to one is enough."""
_NO_TEXT = frozenset({"wall.empty", "edge.plain", "panel.line"})
_XTERM = (
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229),
    (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255),
    (255, 255, 255),
)  # fmt: skip
"""What the sixteen colours are where nobody changed them."""
Rgb = tuple[int, int, int]


def hard_to_read(theme: Theme) -> list[str]:
    """A sentence for each role whose words have too little contrast with what is behind them."""
    return [*_too_faint(theme.styles, ""), *_too_faint(_only_other(theme.focused, theme.styles), " in focus")]


def contrast(text: Rgb, ground: Rgb) -> float:
    """How well two colours are told apart, from 1 to 21, as WCAG reckons it."""
    light, dark = sorted((_luminance(text), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _only_other(styles: Mapping[str, Style], than: Mapping[str, Style]) -> dict[str, Style]:
    return {role: style for role, style in styles.items() if style != than[role]}


def _too_faint(styles: Mapping[str, Style], where: str) -> Iterator[str]:
    for role, style in styles.items():
        if role in _NO_TEXT or not (style.color or style.bgcolor):
            continue
        least = ENOUGH_WHEN_BIG if role in _BIG or role.partition(".")[0] in _BIG_SECTIONS else ENOUGH
        found = contrast(_rgb(style.color, _XTERM[7]), _rgb(style.bgcolor, _XTERM[0]))
        if found < least:
            yield f"{role}{where} has a contrast of {found:.1f}:1, it needs {least:g}:1"


def _rgb(colour: Color | None, otherwise: Rgb) -> Rgb:
    if colour is None or colour.is_default:
        return otherwise
    if colour.type in (ColorType.STANDARD, ColorType.WINDOWS) and colour.number is not None:
        return _XTERM[colour.number]
    red, green, blue = colour.get_truecolor()
    return red, green, blue


def _luminance(colour: Rgb) -> float:
    red, green, blue = (
        part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in colour  # sRGB, made linear
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
