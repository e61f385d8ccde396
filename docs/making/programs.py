"""Pages on the programs: settings, the command line, metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any, Literal, cast, get_args, get_origin
from unittest.mock import MagicMock

import typer
from prometheus_client import Metric
from pydantic import BaseModel
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from docs.making.tables import code, fields, page, sentence, table
from heard.cli import GROUP
from heard.contract.schemas import field_words
from heard.kitchen.routing import Dish, Rule
from kds.settings import Settings as Station
from kds.settings import SoundSettings
from server.app import watch
from server.settings import Settings, StoreSection, TransportSection
from server.telemetry.metrics import Metrics
from server.transport.capacity import Capacity
from server.transport.front import NO_REQUEST, UNREAD
from server.transport.reaper import UNGREETED

Command = TyperCommand | TyperGroup

# ── Settings ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def settings() -> str:
    """docs/reference/settings.md."""
    return page(
        "Settings",
        "`heard.toml` in the data directory, or the file given by `--config`. Environment variables go over the file, "
        "the command line over both. Unknown keys are refused with file and line; `heard config check` looks without "
        "starting anything, and `heard config show` prints what is in force.",
        "A list is JSON in a variable, as it is in the file: "
        """`HEARD_TRANSPORT__ORIGINS='["https://till.example"]'`.""",
        "## The gateway",
        _keys(Settings, "HEARD_", skip=frozenset({"transport", "stores"})),
        f"## `[transport]`\n\n{_heading(TransportSection)}",
        _keys(TransportSection, "HEARD_TRANSPORT__"),
        f"## `[[stores]]`\n\n{_heading(StoreSection)} In the environment all stores together are one JSON list, "
        "`HEARD_STORES`.",
        _keys(StoreSection, None),
        "## The menu file",
        "Named by a store's `menu`; [menu.md](../menu.md) tells how dishes and rules are found.",
        f"### `[[dishes]]`\n\n{_heading(Dish)}",
        _plain(Dish),
        f"### `[[rules]]`\n\n{_heading(Rule)}",
        _plain(Rule),
    )


def station() -> str:
    """docs/reference/kds.md."""
    return page(
        "Settings of a station",
        "`kds.toml` in the configuration directory, or the file given by `--config`; beside it `themes/` and "
        "`keymaps/` hold your own. Over the file stands what was chosen at the station (theme, size of text, all-day, "
        "mute), over that the environment, over all the options. What is unknown or wrong is refused with its place; "
        "`heard kds config` prints what is in force and from where.",
        "## The screen",
        _own_keys(Station, "HEARD_KDS_", skip=frozenset({"sound"})),
        f"## `[sound]`\n\n{sentence(SoundSettings)}",
        _own_keys(SoundSettings, "HEARD_KDS_SOUND__"),
    )


def _own_keys(section: type[BaseModel], prefix: str, skip: frozenset[str] = frozenset()) -> str:
    words, told = field_words(section), section()
    rows = [
        [
            code(name),
            code(_toml(_default_of(told, name))),
            words.get(name, "") + _range(section, name),
            code(f"{prefix}{name.upper()}"),
        ]
        for name in section.model_fields
        if name not in skip
    ]
    return table(("key", "default", "meaning", "environment"), rows)


def _default_of(told: BaseModel, name: str) -> Any:
    value = told.model_dump(mode="json", include={name})[name]
    return sorted(value) if isinstance(getattr(told, name), frozenset) else value


def _heading(section: type[BaseModel]) -> str:
    words = sentence(section).partition(": ")[2] or sentence(section)
    return f"{words[0].upper()}{words[1:]}"


def _keys(section: type[BaseModel], prefix: str | None, skip: frozenset[str] = frozenset()) -> str:
    words = field_words(section)
    rows = []
    for name, field in section.model_fields.items():
        if name not in skip:
            default = "needed" if field.is_required() else code(_toml(field.default))
            named = [code(f"{prefix}{name.upper()}")] if prefix else []
            rows.append([code(name), default, words.get(name, "") + _range(section, name), *named])
    return table(("key", "default", "meaning", *(["environment"] if prefix else [])), rows)


def _range(section: type[BaseModel], name: str) -> str:
    """What a number may be, or which words there are, as a sentence behind the meaning."""
    field = section.model_fields[name]
    if get_origin(field.annotation) is Literal:
        words = [code(word) for word in get_args(field.annotation)]
        told = field_words(section).get(name, "")
        return "" if all(word in told for word in words) else f" One of {', '.join(words)}."
    limits = [
        f"{words_of_limit} {getattr(rule, limit)}"
        for rule in field.metadata
        for limit, words_of_limit in _RANGES.items()
        if getattr(rule, limit, None) is not None
    ]
    told = ", ".join(limits)
    return f" {told[0].upper()}{told[1:]}." if told else ""


_RANGES = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}


def _toml(value: Any) -> str:
    return "none" if value is None else json.dumps(value)


def _plain(section: type[BaseModel]) -> str:
    schema = section.model_json_schema(mode="validation")
    for name, words in field_words(section).items():
        schema["properties"][name]["description"] = words
    return fields(schema).replace("| always |", "| needed |", 1)


# ── The command line ──────────────────────────────────────────────────────────────────────────────────────────────────


def cli() -> str:
    """docs/reference/cli.md."""
    return page(
        "The `heard` command",
        "Results go to stdout, sentences to stderr; exit codes are with the [errors](errors.md#exit-codes-of-heard). "
        "Every command has `--help`; `heard --version` tells the version.",
        *(_command(f"heard {name}", command) for name, command in _commands()),
    )


def _commands() -> Iterator[tuple[str, Command]]:
    """The sub-commands that are there: what is announced and not written yet is left out."""
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            made: typer.Typer = point.load()
        except ModuleNotFoundError:
            continue
        yield point.name, typer.main.get_group(made)


def _command(name: str, command: Command) -> str:
    usage = " ".join((name, *_usage(command)))
    options = table(("option", "default", "meaning"), _options(command))
    parts = [f"## {name}", f"    {usage}", command.help or "", options if list(_options(command)) else ""]
    below = command.commands if isinstance(command, TyperGroup) else {}
    parts += [_command(f"{name} {one}", cast("Command", below[one])).replace("## ", "### ", 1) for one in sorted(below)]
    return "\n\n".join(part for part in parts if part)


def _usage(command: Command) -> Iterator[str]:
    yield "[OPTIONS]"
    yield from (str(one.name).upper() for one in command.params if isinstance(one, TyperArgument))
    if isinstance(command, TyperGroup) and command.commands:
        yield "COMMAND" if not command.invoke_without_command else "[COMMAND]"


def _options(command: Command) -> Iterator[tuple[str, str, str]]:
    for one in command.params:
        words = str(getattr(one, "help", "") or "")
        if isinstance(one, TyperOption) and not one.is_eager:
            yield ", ".join(code(text) for text in one.opts), _default(one), words + _more(one)
        elif isinstance(one, TyperArgument):
            yield code(str(one.name).upper()), "", words


def _more(option: TyperOption) -> str:
    return " Needed." * option.required + " May be repeated." * option.multiple


def _default(option: TyperOption) -> str:
    given = option.default
    return "" if given in (None, "", False, ()) or callable(given) or not option.show_default else code(given)


# ── Metrics ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def metrics() -> str:
    """docs/reference/metrics.md."""
    rows = [
        (
            code(_full_name(family)),
            family.type,
            ", ".join(_label_words(family, label) for label in _labels(family)),
            family.documentation,
        )
        for family in families()
    ]
    return page(
        "Metrics",
        "`GET /metrics` on the ops address, in Prometheus' text format. Base units; labels come from closed sets only. "
        "Beside it `GET /livez` says that the process turns, and `GET /readyz` that orders can be taken: 503 while the "
        "journal cannot be written, the disk is full, or the gateway is on its way down.",
        table(("name", "type", "labels", "meaning"), rows),
    )


def families() -> list[Metric]:
    """Every metric of a gateway, each seen once so that its labels show."""
    made = Metrics()
    made.command("-", "-", 0.0)
    made.journalled("-", 1)
    made.sent("-", 1)
    made.connect("-", "-")
    made.request("-", 200)
    made.closed("-")
    sockets = MagicMock()
    sockets.capacity.refused = Capacity(0, lambda: 0).refused
    sockets.reaper.reaped = dict.fromkeys((UNGREETED, NO_REQUEST, UNREAD), 0)
    watch(made, MagicMock(), MagicMock(), sockets, MagicMock())
    return sorted(made.registry.collect(), key=lambda family: family.name)


def _full_name(family: Metric) -> str:
    return f"{family.name}_total" if family.type == "counter" else family.name


def _label_words(family: Metric, label: str) -> str:
    """A label, with its values where there are few and they are known from the start."""
    values = dict.fromkeys(sample.labels.get(label, "-") for sample in family.samples)
    known = ", ".join(code(value) for value in values if value != "-")
    return f"{code(label)}: {known}" if label == "reason" else code(label)


def _labels(family: Metric) -> list[str]:
    return sorted({label for sample in family.samples for label in sample.labels} - {"le"})
