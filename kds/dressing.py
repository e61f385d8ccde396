"""Which theme a station wears, and the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from heard.ui.themes import Theme, fitting, shipped


class Themes(Protocol):
    """Every theme by name, and a sentence for each that had to be skipped."""

    def __call__(self) -> tuple[dict[str, Theme], list[str]]:
        """Read them."""
        ...


def theme(wanted: str | None, environ: Mapping[str, str], read: Themes = shipped) -> tuple[Theme, Sequence[str]]:
    """The theme asked for, or the fitting one; and a sentence for each fault on the way."""
    themes, faults = read()
    if wanted is not None and wanted not in themes:
        faults.append(f"there is no theme {wanted}; there are {', '.join(sorted(themes))}")
        wanted = None
    for name in (wanted, fitting(environ), "dark", *themes):
        if name in themes:
            return themes[name], faults
    raise RuntimeError(f"no theme can be used: {'; '.join(faults)}")


def next_theme(now: Theme, environ: Mapping[str, str], read: Themes = shipped) -> Theme:
    """The theme after this one, by name; the same where there is no other. NO_COLOR leaves only those without."""
    themes, _ = read()
    names = sorted(name for name, one in themes.items() if not environ.get("NO_COLOR") or not has_colour(one))
    after = [name for name in names if name > now.name] or names
    return themes[after[0]] if after else now


def has_colour(one: Theme) -> bool:
    """Whether any of its styles names a colour."""
    return any(style.color is not None or style.bgcolor is not None for style in one.styles.values())
