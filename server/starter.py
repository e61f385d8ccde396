"""An empty data directory made usable: a configuration to begin with, a small menu, a signing key."""

from __future__ import annotations

from pathlib import Path

from server.keys import KEY_FILE, create_keys

CONFIG_FILE = "heard.toml"
MENU_FILE = "menu.toml"

CONFIG = """\
# Heard's settings. `heard config check` reads them without starting anything; docs/reference/settings.md names all.

[[stores]]
id = "s1"
tenant = "demo"
display_name = "Starter Kitchen"
timezone = "UTC"
day_starts = "04:00"        # when the service day turns
stations = ["grill", "fry", "cold", "expo"]
heat_s = [300, 480, 720]    # ages at which a ticket turns warm, hot, late
menu = "menu.toml"
"""

MENU = """\
# Which station makes what. An order's own `station_hint` comes first, then `stations` of a dish, then the first rule
# that matches; what nothing matches goes to expo with the mark UNROUTED. docs/menu.md tells the rest.

[[dishes]]
name = "Burger"
category = "burgers"
stations = ["grill"]
prep_seconds = 360

[[dishes]]
name = "Cheeseburger"
category = "burgers"
stations = ["grill"]
prep_seconds = 390

[[dishes]]
name = "Fries"
category = "sides"
stations = ["fry"]
prep_seconds = 240

[[dishes]]
name = "Onion Rings"
category = "sides"
stations = ["fry"]
prep_seconds = 240

[[dishes]]
name = "Salad"
category = "cold"
stations = ["cold"]
prep_seconds = 150

[[dishes]]
name = "Lemonade"
category = "drinks"
stations = ["expo"]         # made at the pass itself

[[rules]]
category = "burgers"
stations = ["grill"]

[[rules]]
category = "sides"
stations = ["fry"]

[[rules]]
category = "cold"
stations = ["cold"]
"""


def prepare(data: Path) -> list[str]:
    """Make what is missing in a data directory; what was made, in sentences for the operator.

    Raises:
        OSError: the directory cannot be written.
    """
    return [*prepare_settings(data), *prepare_key(data)]


def prepare_settings(data: Path) -> list[str]:
    """The configuration alone, with a menu. Raises: OSError."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = []
    if not (data / CONFIG_FILE).exists():
        (data / CONFIG_FILE).write_text(CONFIG, encoding="utf-8")
        made.append(f"wrote a starter configuration to {data / CONFIG_FILE}: tenant demo, store s1")
        if not (data / MENU_FILE).exists():
            (data / MENU_FILE).write_text(MENU, encoding="utf-8")
            made.append(f"wrote a small menu to {data / MENU_FILE}")
    return made


def prepare_key(data: Path) -> list[str]:
    """The signing key alone. Raises: OSError."""
    if (data / KEY_FILE).exists():
        return []
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    create_keys(data / KEY_FILE)
    return [f"made a signing key in {data / KEY_FILE}, readable by you alone"]
