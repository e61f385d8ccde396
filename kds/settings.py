"""What one station of the kitchen display can be told: a file, what its cooks chose, the environment, the options.

Each beats the one before it. What is unknown or wrong is refused with its place; what only concerns looks, like a
theme that is gone, is said on the screen and done without.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from heard.config import BadConfig, line_of, parse_toml, read_text, refusal
from heard.contract.base import Instant
from heard.text import one_line
from heard.ui.words import later
from kds.sound.names import Alert, Player

PREFIX = "HEARD_KDS_"
FILE = "kds.toml"
SAVED = "chosen on this station"

TextSize = Literal["normal", "large", "huge"]
SIZES: tuple[str, ...] = (later("normal"), later("large"), later("huge"))
"""The same, for the catalogues."""
Name = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(one_line)]


def _rising(levels: tuple[int, ...] | None) -> tuple[int, ...] | None:
    if levels and (levels[0] <= 0 or any(a >= b for a, b in pairwise(levels))):
        raise ValueError("are ages in seconds, each above the one before")
    return levels


Percent = Annotated[int, Field(ge=0, le=100)]


class SoundSettings(BaseModel):
    """What is heard, how loud, and when not: docs/sound.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    through: Player | None = None
    """What to play through, by name; without one, the first that can be heard."""
    volume: Percent = 80
    """How loud, in percent."""
    volumes: dict[Alert, Percent] = Field(default_factory=dict)
    """Alert → percent of the volume, for those that shall be softer than the others."""
    off: frozenset[Alert] = frozenset()
    """Alerts that make no sound here; their words and the flash stay."""
    remind: frozenset[Alert] = frozenset({Alert.ALLERGY, Alert.VOID, Alert.RUSH})
    """Alerts that ring again, ever more slowly, until somebody has been at the card; `late` can be one of them."""
    quiet: tuple[tuple[time, time], ...] = ()
    """From and until, by the store's clock: hours without a sound. 22:00 to 07:00 goes over midnight."""
    mute_until: Instant | None = None
    """Silent until then: what the mute key sets."""
    mute_minutes: Annotated[int, Field(ge=1, le=120)] = 10
    """How long a mute lasts."""
    probe_s: Annotated[float, Field(gt=0, le=3600)] = 30.0
    """How often to look for a way to be heard while there is none."""


class Settings(BaseModel):
    """A station's settings; each can also be set as `HEARD_KDS_<NAME>` in the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    directory: Path | None = None
    """Where `themes/` and `keymaps/` of your own are; without one, beside this file."""
    theme: Name | None = None
    """A theme by name; without one, what fits the terminal."""
    text_size: TextSize = "normal"
    """How large cards are: `normal`, `large`, `huge`."""
    language: Name | None = None
    """What the screen speaks and which kitchen names it shows, like `es`; without one, English and names as ordered."""
    keymap_name: Name | None = None
    """The keys by name: the legend printed on a bump bar, or a file of the keymaps directory."""
    keymap: dict[str, str] = Field(default_factory=dict)
    """Deed → keys with commas between them, in place of those it has."""
    kiosk: bool = False
    """No key leaves the program, and the mouse is nobody's."""
    mouse: bool = False
    """The mouse is the station's; else the terminal's, to select text with."""
    linear: bool = False
    """Lines to read and numbers to type instead of a wall, for screen readers and plain terminals."""
    bell: bool = True
    """Ring the terminal's bell where no sound can be heard."""
    reduced_motion: bool = False
    """What alerts tell the eye stands still instead of flashing, for people whom flashing harms."""
    sound: SoundSettings = Field(default_factory=SoundSettings)
    """What is heard."""
    banner_s: Annotated[float, Field(gt=0, le=60)] = 6.0
    """How long a sentence stays in the lower bar."""
    heat_s: Annotated[tuple[int, ...] | None, Field(max_length=4), AfterValidator(_rising)] = None
    """Ages in seconds at which a card turns warm, hot, late; without any, the store's."""


def config_dir() -> Path:
    """Where `kds.toml` is looked for."""
    return platformdirs.user_config_path("heard", appauthor=False)


@dataclass(frozen=True, slots=True)
class InForce:
    """The settings of a station, and where each came from."""

    settings: Settings
    origins: Mapping[str, str] = field(default_factory=dict)
    """Field → the file and line, variable or option that said it; a field that nobody set is not in here."""

    def lines(self) -> Iterator[str]:
        """Each setting and its origin, to print."""
        for name, value in self.settings.model_dump(mode="json").items():
            yield f"{name} = {_shown(value)}    # {self.origins.get(name, 'default')}"


def _shown(value: Any) -> str:
    return "none" if value is None else one_line(str(value)) if isinstance(value, str) else str(value).lower()


def load_settings(
    path: Path | None = None,
    chosen: Mapping[str, Any] | None = None,
    given: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> InForce:
    """What holds: defaults, the file, what was `chosen` on the station, the environment, the options `given`.

    `path` None: `kds.toml` in the config directory, if there is one.

    Raises:
        BadConfig: unreadable, not TOML, an unknown field, a wrong value: with its place.
    """
    file = path or config_dir() / FILE
    text = read_text(file) if path is not None or file.exists() else ""
    layers = (parse_toml(file, text), dict(chosen or {}), _environment(environ), dict(given or {}))
    named = [name for name, value in environ.items() if value]
    try:
        settings = Settings.model_validate(_over(*layers))
    except ValidationError as wrong:
        raise refusal(
            file, text, wrong, given=layers[3], prefix=PREFIX, environ=named, reference="docs/reference/kds.md"
        ) from None
    settings = settings if settings.directory else settings.model_copy(update={"directory": file.parent})
    return InForce(settings, dict(_origins(file, text, layers, named)))


def _over(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Each layer over the one before it, sections by their keys."""
    whole: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            below = whole.get(name)
            whole[name] = _over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return whole


def _origins(
    file: Path, text: str, layers: tuple[Mapping[str, Any], ...], named: list[str]
) -> Iterator[tuple[str, str]]:
    told, chosen, environment, given = layers
    for name in Settings.model_fields:
        if name in given:
            yield name, f"--{name}".removesuffix("_name").replace("_", "-")
        elif name in environment:
            yield name, next(one for one in named if one.upper().split("__")[0] == f"{PREFIX}{name}".upper())
        elif name in chosen:
            yield name, SAVED
        elif name in told:
            yield name, f"{file}:{line_of(text, (name,))}"


def _environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """What the variables say, sections as sections.

    Raises:
        BadConfig: a variable for a field nobody has, or a section that is no JSON.
    """
    ours = {name.upper(): name for name, value in environ.items() if name.upper().startswith(PREFIX) and value}
    if not ours:
        return {}
    for upper, name in ours.items():
        if upper.removeprefix(PREFIX).partition("__")[0].lower() not in Settings.model_fields:
            raise BadConfig(f"{one_line(name)}: is not a setting; see docs/reference/kds.md")
    return _read_variables(environ)


def _read_variables(environ: Mapping[str, str]) -> dict[str, Any]:
    from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsError  # heavy, and rarely asked for

    class Source(EnvSettingsSource):
        def _load_env_vars(self) -> Mapping[str, str | None]:
            return {name.lower(): value for name, value in environ.items()}

    try:
        return Source(
            cast("type[BaseSettings]", Settings), env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True
        )()
    except SettingsError as wrong:
        raise BadConfig(f"the environment: {wrong}") from None
