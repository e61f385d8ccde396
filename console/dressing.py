"""Which theme the console wears."""

from __future__ import annotations

from collections.abc import Mapping

from heard.ui.themes import Theme, fitting, shipped


def theme(wanted: str | None, environ: Mapping[str, str]) -> tuple[Theme, list[str]]:
    """The theme asked for, or the fitting one; and a sentence for each fault on the way."""
    themes, faults = shipped()
    if wanted is not None and wanted not in themes:
        faults = [*faults, f"there is no theme {wanted}; there are {', '.join(sorted(themes))}"]
        wanted = None
    for name in (wanted, fitting(environ), "dark", *themes):
        if name in themes:
            return themes[name], faults
    raise RuntimeError(f"no theme can be used: {'; '.join(faults)}")
