"""Settings of a gateway: a TOML file, environment variables over it, the command line over both."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from heard.config import BadConfig, line_of, list_like, parse_toml, read_text, refusal
from heard.contract.base import Label, Name, StationId, StoreId
from heard.contract.kds import Gating
from heard.kitchen.routing import House

PREFIX = "HEARD_"
BETWEEN = "__"

Whole = Annotated[int, Strict()]
"""A whole number, not a text of digits."""
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65_535:
        raise ValueError("is no address; write HOST:PORT, like 127.0.0.1:9187")
    return text


def _origin(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/?#\s*A-Z]+", text):
        raise ValueError(
            "is no origin; write one as browsers send it, like https://till.example or http://10.0.0.7:8080: all in "
            "small letters, nothing after the host and port, not even a slash, and no * for many"
        )
    return text


def _not_reserved(store: str) -> str:
    if store == "user":
        raise ValueError("is reserved: streams of people are called user/…")
    return store


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        raise ValueError("is no network; write one like 10.0.0.0/8") from None
    return text


class StoreSection(BaseModel):
    """`[[stores]]`: one restaurant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[StoreId, AfterValidator(_not_reserved)]
    """Its name in URLs and streams; unique within the tenant."""
    tenant: StoreId = "demo"
    """Who owns it; tokens of other tenants never see it."""
    display_name: Name | None = None
    """What screens call it; the id where absent."""
    timezone: str = "UTC"
    """An IANA time zone, like Europe/Berlin."""
    day_starts: str = "04:00"
    """When the service day turns, in local time."""
    stations: tuple[StationId, ...] = ("grill", "fry", "cold", "expo")
    """Where food is made, in the order shown; `expo` is where it comes together."""
    default_station: StationId | None = None
    """Where unmatched items go in a store without expo."""
    gating: Gating = "always"
    """When expo sees a card: `always`, or `when_ready`."""
    heat_s: tuple[Whole, ...] = (300, 480, 720)
    """Ages in seconds at which a ticket turns warm, hot, late."""
    menu: Path | None = None
    """The menu file, beside this file unless absolute."""


class TransportSection(BaseModel):
    """`[transport]`: what sockets may do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ping_interval_ms: Annotated[Whole, Field(ge=100)] = 2_500
    """How often a heartbeat is sent."""
    ping_timeout_ms: Annotated[Whole, Field(ge=100)] = 2_000
    """How long the answer may take."""
    request_deadline_ms: Annotated[Whole, Field(ge=100, le=60_000)] = 8_000
    """How long a connection may take to say the headers of its request, and to read anything of an answer."""
    max_connections: Annotated[Whole, Field(ge=1, le=1_000_000)] = 10_000
    """Connections that may be open at once; beyond it newcomers are told to come back later."""
    strikes: Annotated[Whole, Field(ge=1)] = 10
    """Events of wrong content within a minute that end a connection."""
    origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = ()
    """Origins of pages whose browsers may connect and call over HTTP, exactly as sent; no others may."""
    trusted_proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    """Networks whose X-Forwarded-For is believed."""


class Settings(BaseSettings):
    """A gateway's settings; each can also be set as `HEARD_<NAME>` in the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter=BETWEEN, extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[Whole, Field(ge=0, le=65535)] = 8787
    """Port to listen on; 0 picks a free one."""
    ops: Annotated[str, AfterValidator(_address)] = "127.0.0.1:0"
    """Where health and metrics are served; keep it away from the street."""
    journal: str = "sqlite:///journal.db"
    """Where facts are kept: `sqlite:///file` (beside this file unless absolute) or `memory:`."""
    journal_readers: Annotated[Whole, Field(ge=1, le=16)] = 2
    """How many reads of a journal on disk go on at once; more wait in line."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much is logged to stderr, as JSON lines."""
    issuer: Label = "heard"
    """`iss` of the tokens this gateway makes and takes."""
    audience: Label = "heard"
    """`aud` of the tokens this gateway makes and takes."""
    drain_s: Annotated[Number, Field(gt=0, le=60)] = 8.0
    """How long a shutdown may take to see everyone off."""
    drain_notice_s: Annotated[Number, Field(ge=0, le=60)] = 0.0
    """How long a shutdown leaves load balancers to notice that /readyz says 503, before anything else happens."""
    transport: TransportSection = TransportSection()
    """What sockets may do."""
    stores: tuple[StoreSection, ...] = ()
    """The restaurants served here."""


def load_settings(path: Path, overrides: dict[str, Any] | None = None) -> Settings:
    """The settings in a file, under the environment and the command line's overrides.

    Raises:
        BadConfig: unreadable, not TOML, an unknown key, a wrong value: with file and line.
    """
    text = read_text(path)
    content = parse_toml(path, text)

    class Layered(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, _Environment(settings_cls), InitSettingsSource(settings_cls, init_kwargs=content)

    try:
        settings = Layered(**(overrides or {}))
    except ValidationError as wrong:
        raise refusal(path, text, wrong, given=overrides or {}) from None
    except SettingsError as wrong:
        raise BadConfig("\n".join(_not_json(os.environ)) or f"the environment: {wrong}") from None
    _check_stores(path, text, settings)
    return settings


class _Environment(EnvSettingsSource):
    """The variables; numbers in them are numbers, as there are no quotes to tell them from texts."""

    def __call__(self) -> dict[str, Any]:
        return _with_numbers(Settings, super().__call__())


def _with_numbers(section: type[BaseModel], said: dict[str, Any]) -> dict[str, Any]:
    return {name: _as_number(section, name, value) for name, value in said.items()}


def _as_number(section: type[BaseModel], name: str, value: Any) -> Any:
    field = section.model_fields.get(name)
    kind = field.annotation if field else None
    if isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, BaseModel):
        return _with_numbers(kind, value)
    if kind not in (int, float) or not isinstance(value, str):
        return value
    try:
        return kind(value)
    except ValueError:
        return value


def _not_json(environ: Mapping[str, str]) -> Iterator[str]:
    """What to write into the variables that hold a list or a section and are no JSON."""
    wanted = dict(_of_json(Settings, PREFIX))
    for name, value in environ.items():
        if (example := wanted.get(name.upper())) is not None:
            try:
                json.loads(value)
            except ValueError:
                yield f"{name}: {example or f'must be a JSON list, like {list_like(value)}'}"


def _of_json(section: type[BaseModel], prefix: str) -> Iterator[tuple[str, str]]:
    """Variables of JSON, and the sentence on each; an empty one for a list of texts."""
    for name, field in section.model_fields.items():
        variable = f"{prefix}{name}".upper()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield variable, "must be a JSON object, like " + '{"strikes": 10}; or set one variable for each key'
            yield from _of_json(field.annotation, f"{variable}{BETWEEN}")
        elif name == "stores":
            yield variable, "must be a JSON list, like " + '[{"id": "s1"}]'
        elif get_origin(field.annotation) is tuple:
            yield variable, ""


def _check_stores(path: Path, text: str, settings: Settings) -> None:
    keys = [(store.tenant, store.id) for store in settings.stores]
    if len(set(keys)) < len(keys):
        raise BadConfig(f"{path}: two stores have one id")
    if not keys:
        raise BadConfig(f"{path}: needs at least one [[stores]] section")
    for number, store in enumerate(settings.stores):
        try:
            _house_of(store, {})
        except ValidationError as wrong:
            raise refusal(path, text, wrong, within=("stores", number)) from None


# ── The menu file ─────────────────────────────────────────────────────────────────────────────────────────────────────


def load_houses(settings: Settings, beside: Path) -> dict[tuple[str, str], House]:
    """Every store with its menu, by (tenant, store).

    Raises:
        BadConfig: a menu that cannot be used, with file and line.
    """
    return {(store.tenant, store.id): _house(store, beside) for store in settings.stores}


def _house(store: StoreSection, beside: Path) -> House:
    if store.menu is None:
        return _house_of(store, {})
    path = beside / store.menu
    text = read_text(path)
    menu = parse_toml(path, text)
    _check_menu(path, text, menu, store.stations)
    try:
        return _house_of(store, menu)
    except ValidationError as wrong:
        raise refusal(path, text, wrong) from None


def _house_of(store: StoreSection, menu: dict[str, Any]) -> House:
    own = store.model_dump(exclude={"id", "tenant", "menu"}) | {"store": store.id}
    return House.model_validate(menu | own, extra="forbid")


def _check_menu(path: Path, text: str, menu: dict[str, Any], stations: Collection[str]) -> None:
    """Say on which line a menu says what only the settings may, or deals to a station that is not there."""
    for key in menu.keys() - {"dishes", "rules"}:
        raise BadConfig(f"{path}:{line_of(text, (key,))}: {key}: is not for a menu; it holds [[dishes]] and [[rules]]")
    for place, wanted in _stations_named(menu):
        for station in wanted:
            if isinstance(station, str) and station not in stations:
                raise BadConfig(
                    f"{path}:{line_of(text, place)}: {'.'.join(map(str, place))}: there is no station {station}; "
                    f"this store has {', '.join(stations)}"
                )


def _stations_named(menu: dict[str, Any]) -> Iterator[tuple[tuple[int | str, ...], list[Any]]]:
    for part in ("dishes", "rules"):
        rows = menu.get(part, [])
        for number, row in enumerate(rows if isinstance(rows, list) else []):
            wanted = row.get("stations") if isinstance(row, dict) else None
            if isinstance(wanted, list):
                yield (part, number, "stations"), wanted
