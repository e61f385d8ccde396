"""`heard serve`, `heard token`, `heard config`, `heard journal`."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import platformdirs
import typer

from heard.config import BadConfig
from heard.contract.audience import ROLES, Role
from heard.errors import Exit
from heard.ids import new_id
from heard.kitchen.routing import House
from heard.saying import give_up, hint, say
from server.auth import MAX_LIFE_S, Tokens
from server.journal import open_journal
from server.journal.base import Journal, JournalError, JournalUnusable, StaleSchema, UnknownJournal
from server.keys import KEY_FILE, BadKeys, Keys, load_keys
from server.settings import Settings, load_houses, load_settings
from server.starter import CONFIG_FILE, prepare_key, prepare_settings

PAGE = 1_000
Data = Annotated[
    Path | None, typer.Option("--data", help="Where an installation keeps all it owns.", show_default=False)
]
Config = Annotated[Path | None, typer.Option("--config", help="Settings; by default heard.toml in the data directory.")]


def _app(words: str) -> typer.Typer:
    return typer.Typer(help=words, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


serve = _app("Run the gateway.")
token = _app("Make a token; prints it and nothing else.")
config = _app("Check or show the configuration.")
journal = _app("Look into the journal.")


def data_dir(given: Path | None) -> Path:
    """The data directory asked for, or the platform's own place."""
    return given or Path(platformdirs.user_data_dir("heard", appauthor=False))


# ── serve ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@serve.callback(invoke_without_command=True)
def _serve(
    config: Config = None,
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on, 0 picks one [8787].", min=0, max=65535)] = None,
    ops: Annotated[str | None, typer.Option(help="HOST:PORT of health and metrics [127.0.0.1:0].")] = None,
    journal: Annotated[str | None, typer.Option(help="sqlite:///file or memory: [sqlite:///journal.db].")] = None,
) -> None:
    """Run the gateway until SIGTERM; prints `ready URL` and `ops URL` once it accepts."""
    from server.app import CannotListen, PortTaken
    from server.app import serve as run
    from server.loop import run as fastest
    from server.telemetry.logs import set_up

    home = data_dir(data)
    os.umask(0o077)  # orders hold names and telephone numbers: what is written here is its owner's alone
    with _sentences(home):
        _tell([] if config else prepare_settings(home))
        given = {"host": host, "port": port, "ops": ops, "journal": journal}
        settings, houses = _settings(home, config, {name: value for name, value in given.items() if value is not None})
        _tell(prepare_key(home))
        keys = load_keys(home / KEY_FILE)
        set_up(settings.log_level)
        try:
            fastest(run(settings, houses, keys, home, say))
        except CannotListen as no:
            if isinstance(no, PortTaken):
                give_up(f"{no}; stop that, or choose another with --port, or --ops for health", Exit.PORT_TAKEN)
            give_up(f"{no}; --host, --port and --ops say where", Exit.BAD_CONFIG)


def _tell(made: list[str]) -> None:
    for sentence in made:
        hint(f"heard: {sentence}")


def _installation(home: Path, config: Path | None) -> tuple[Settings, dict[tuple[str, str], House], Keys]:
    return *_settings(home, config, {}), load_keys(home / KEY_FILE)


def _settings(
    home: Path, config: Path | None, overrides: dict[str, Any]
) -> tuple[Settings, dict[tuple[str, str], House]]:
    path = config or home / CONFIG_FILE
    if not path.exists() and config is None:
        give_up(f"there is no installation in {home}; run `heard serve --data {home}` once", Exit.BAD_CONFIG)
    settings = load_settings(path, overrides)
    return settings, load_houses(settings, path.parent)


@contextmanager
def _sentences(home: Path) -> Iterator[None]:
    """What can go wrong with an installation, as a sentence and a code."""
    try:
        yield
    except BadConfig as wrong:
        give_up(str(wrong), wrong.code)
    except (BadKeys, StaleSchema, UnknownJournal) as wrong:
        give_up(str(wrong), Exit.BAD_CONFIG)
    except JournalError as wrong:
        give_up(str(wrong), Exit.DATA_DIR)
    except OSError as wrong:
        why = {
            errno.EACCES: "may not be written by you",
            errno.EROFS: "is on a read-only disk",
            errno.ENOSPC: "is full",
            errno.EEXIST: "is no directory; give one with --data",
            errno.ENOTDIR: "is in no directory; give another with --data",
        }
        give_up(
            f"{wrong.filename or home} {why.get(wrong.errno or 0, f'cannot be used: {wrong.strerror}')}", Exit.DATA_DIR
        )


# ── token ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@token.callback(invoke_without_command=True)
def _token(
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")],
    store: Annotated[list[str], typer.Option(help="A store; repeat for several, `*` for all (admin).")],
    tenant: Annotated[str | None, typer.Option(help="Whose token; not needed where one tenant is served.")] = None,
    station: Annotated[list[str] | None, typer.Option(help="A station of a kitchen token; repeat for several.")] = None,
    subject: Annotated[str | None, typer.Option(help="Who holds it [the role].")] = None,
    ttl: Annotated[str, typer.Option(help="How long it lives: 30m, 12h, 90d.")] = "12h",
    typ: Annotated[str, typer.Option("--type", help="user (up to 12h), device or service (up to 90d).")] = "",
    data: Data = None,
) -> None:
    """Make a token; prints it and nothing else."""
    home = data_dir(data)
    with _sentences(home):
        settings, houses, keys = _installation(home, None)
    if role not in get_args(Role):
        give_up(f"there is no role {role}; roles are {', '.join(ROLES)}", Exit.USAGE)
    tenants = {one for one, _ in houses}
    tenant = tenant or (next(iter(tenants)) if len(tenants) == 1 else None)
    _check_scope(houses, tenant, store, station or [])
    if "*" in store and not ROLES[cast("Role", role)].every_store:
        give_up(f"only an admin reaches every store; name the {role}'s with --store", Exit.USAGE)
    life = _seconds(ttl)
    kind = typ or ("user" if life <= MAX_LIFE_S["user"] else "device")
    maker = Tokens(keys, tenants, now=time.time, new_id=new_id, issuer=settings.issuer, audience=settings.audience)
    who = subject or role
    try:
        made = maker.make(
            tenant=tenant or "", subject=who, role=cast("Role", role), stores=store, life_s=life, typ=kind,
            stations=_stations(role, station), device=who if kind == "device" else None,
        )  # fmt: skip
    except ValueError as wrong:
        give_up(str(wrong), Exit.USAGE)
    say(made)


def _stations(role: str, given: list[str] | None) -> list[str]:
    """A cook's token without stations works at all of them: handing out narrower ones is the operator's choice."""
    return given or (["*"] if role == "kitchen" else [])


def _check_scope(
    houses: dict[tuple[str, str], House], tenant: str | None, stores: list[str], stations: list[str]
) -> None:
    if tenant is None:
        give_up(f"say whose with --tenant: {', '.join(sorted({one for one, _ in houses}))}", Exit.USAGE)
    known = {store: house for (owner, store), house in houses.items() if owner == tenant}
    if not known:
        give_up(f"there is no tenant {tenant} in this installation", Exit.USAGE)
    for store in stores:
        if store != "*" and store not in known:
            give_up(f"there is no store {store} of tenant {tenant}; there is {', '.join(sorted(known))}", Exit.USAGE)
    here = {station for store in stores for station in (known[store].stations if store in known else ())}
    for station in stations:
        if station != "*" and here and station not in here:
            give_up(f"there is no station {station} there; there is {', '.join(sorted(here))}", Exit.USAGE)


def _seconds(text: str) -> int:
    found = re.fullmatch(r"([1-9][0-9]{0,7})(s|m|h|d)", text)
    if found is None:
        give_up(f"--ttl {text!r} is no time; write 30m, 12h or 90d", Exit.USAGE)
    return int(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86_400}[found[2]]


# ── config ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@config.command("check")
def _config_check(config: Config = None, data: Data = None) -> None:
    """Read settings and menus without starting anything; says what is wrong with file and line."""
    home = data_dir(data)
    path = config or home / CONFIG_FILE
    with _sentences(home):
        settings = load_settings(path)
        houses = load_houses(settings, path.parent)
    for (tenant, store), house in houses.items():
        say(f"{tenant}/{store}: {len(house.stations)} stations, {len(house.dishes)} dishes, {len(house.rules)} rules")
    say("ok")


@config.command("show")
def _config_show(
    config: Config = None,
    data: Data = None,
    redacted: Annotated[bool, typer.Option("--redacted", help="Hide what only this installation should know.")] = False,
) -> None:
    """Print the settings in force as JSON: file, environment and defaults together."""
    home = data_dir(data)
    with _sentences(home):
        shown = load_settings(config or home / CONFIG_FILE).model_dump(mode="json")
    if redacted:
        shown["journal"] = re.sub(r"//[^@/]*@", "//***@", shown["journal"])
    say(json.dumps(shown, indent=2, ensure_ascii=False))


# ── journal ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@journal.command("stats")
def _journal_stats(config: Config = None, data: Data = None) -> None:
    """How many facts each stream holds, as JSON. The gateway must be stopped."""

    async def look(opened: Journal) -> None:
        rows = {
            tenant: {
                stream: {"epoch": head.epoch, "seq": head.seq} for stream, head in (await opened.heads(tenant)).items()
            }
            for tenant in await opened.tenants()
        }
        say(json.dumps(rows, indent=2))

    _with_journal(config, data, look)


@journal.command("export")
def _journal_export(
    stream: Annotated[str, typer.Argument(help="Which stream, like s1/kds.")],
    tenant: Annotated[str, typer.Option(help="Whose.")] = "demo",
    config: Config = None,
    data: Data = None,
) -> None:
    """Print a stream's envelopes, one JSON line each. The gateway must be stopped."""
    from server.kitchens import as_told

    async def export(opened: Journal) -> None:
        after = 0
        if stream not in await opened.heads(tenant):
            give_up(f"there is no stream {stream} of tenant {tenant}", Exit.NOT_SO)
        while rows := await opened.read(tenant, stream, after, PAGE):
            for row in rows:
                say(json.dumps(as_told(row).envelope, ensure_ascii=True, separators=(",", ":")))
            after = rows[-1].seq

    _with_journal(config, data, export)


def _with_journal(config: Path | None, data: Path | None, work: Any) -> None:
    from server.app import journal_url

    home = data_dir(data)

    async def run(url: str) -> None:
        opened = await open_journal(url)
        try:
            await work(opened)
        finally:
            await opened.close()

    with _sentences(home):
        settings, _, _ = _installation(home, config)
        try:
            asyncio.run(run(journal_url(settings.journal, home)))
        except JournalUnusable:
            raise
        except JournalError as wrong:
            give_up(str(wrong), Exit.NOT_SO)
