"""Whether the words of a theme can be read: contrast as WCAG reckons it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.color import Color, ColorType
from rich.style import Style

from heard.ui.themes import Theme

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
