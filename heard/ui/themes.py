"""Colour themes: TOML read from the `themes` package, checked, and turned into styles by role.

A theme has sections; each gives its roles a style (`"bold #ffffff on #10141a"`), and may have a `ground` that stands
behind every role that names no background of its own. A theme that is wrong is reported and skipped.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
from rich.errors import StyleSyntaxError
from rich.style import Style

from heard.text import one_line
from heard.ui.words import ENGLISH, Words

if TYPE_CHECKING:
    from textual.color import Color

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
        focus = self.grounds.get("focus", "")
        return self._over(Style.parse(f"on {focus}")) if focus else self.styles

    @cached_property
    def panelled(self) -> Mapping[str, Style]:
        """The styles of a screen over the wall: what is said as on a card has the ground of a panel."""
        ground = self.style("panel.text").bgcolor
        return self._over(Style(bgcolor=ground)) if ground is not None else self.styles

    def _over(self, behind: Style) -> Mapping[str, Style]:
        """With another ground behind every role of a card that has the common one."""
        ground = self.grounds.get("card", "")
        if not ground:
            return self.styles
        common = Style.parse(f"on {ground}").bgcolor
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
        if not isinstance(mark, str) or len(mark) != len(GLYPHS[key]) or not mark.isprintable():
            raise BadTheme(f"glyphs.{key} must be {len(GLYPHS[key])} character(s)")
    return {**GLYPHS, **given}


# ── Where themes are ──────────────────────────────────────────────────────────────────────────────────────────────────


def shipped() -> tuple[dict[str, Theme], list[str]]:
    """Every theme that came with the program, by name; and a sentence for each that had to be skipped."""
    return _read(files("themes").iterdir())


def own_themes() -> Path:
    """Where themes of one's own are looked for."""
    return platformdirs.user_config_path("heard", appauthor=False) / "themes"


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
        if place.name.endswith(".toml") and not place.is_file():
            faults.append(f"theme {place.name} was skipped: it is no file")
        elif place.name.endswith(".toml"):
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


# ── Which one is worn ─────────────────────────────────────────────────────────────────────────────────────────────────

Themes = Callable[[], tuple[dict[str, Theme], list[str]]]
"""Reads every theme by name, and a sentence for each that had to be skipped."""


def chosen(wanted: str | None, environ: Mapping[str, str], read: Themes = shipped) -> tuple[Theme, list[str]]:
    """The theme asked for, or the fitting one; and a sentence for each fault on the way."""
    themes, faults = read()
    if wanted is not None and wanted not in themes:
        faults = [*faults, no_theme(wanted, themes)]
        wanted = None
    for name in (wanted, fitting(environ), "dark", *themes):
        if name in themes:
            return themes[name], faults
    raise RuntimeError(f"no theme can be used: {'; '.join(faults)}")


def no_theme(wanted: str, themes: Iterable[str], words: Words = ENGLISH) -> str:
    """That there is none of this name, and which there are."""
    names = ", ".join(sorted(themes))
    return words("there is no theme {name}; there are {names}", name=one_line(wanted), names=names)


def next_theme(now: Theme, environ: Mapping[str, str], read: Themes = shipped) -> Theme:
    """The theme after this one, by name; the same where there is no other. NO_COLOR leaves only those without."""
    themes, _ = read()
    names = sorted(name for name, one in themes.items() if not environ.get("NO_COLOR") or not has_colour(one))
    after = [name for name in names if name > now.name] or names
    return themes[after[0]] if after else now


def behind(look: Theme, role: str) -> Color:
    """What an app paints behind everything: the ground of a role, or the terminal's own, or black."""
    from textual.color import Color

    ground = look.style(role).bgcolor
    default = "ansi_default" if look.ansi else "#000000"
    return Color.parse(default) if ground is None else Color.from_rich_color(ground)


def has_colour(one: Theme) -> bool:
    """Whether any of its styles names a colour."""
    return any(style.color is not None or style.bgcolor is not None for style in one.styles.values())
