"""Nothing the gateway says is missing from the pages, and nothing the pages point at is missing."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from bench.contenders import Kind
from bench.runs import ROWS
from docs.making.programs import families
from heard.contract import session
from heard.contract.audience import ROLES
from heard.contract.goodbyes import TABLE
from heard.contract.registry import COMMANDS, FACTS
from heard.errors import BY_CODE, Exit
from heard.ids import new_id
from heard.kitchen.routing import Dish, Rule
from kds.settings import Settings as Station
from kds.settings import SoundSettings
from server.app import NAMESPACES, running
from server.keys import KEY_FILE, load_keys
from server.routes.asking import BODY_S
from server.settings import Settings, StoreSection, TransportSection, load_houses, load_settings
from server.starter import CONFIG_FILE, prepare
from server.telemetry.logs import set_up
from tests.server.desk import logs_as_they_were

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *DOCS.glob("reference/*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


@cache
def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _missing(page: str, names: list[str]) -> list[str]:
    return [name for name in names if f"`{name}`" not in _text(page) and f"# {name}\n" not in _text(page)]


def test_every_event_is_told_of() -> None:
    assert _missing("docs/reference/events.md", list(FACTS)) == []


def test_every_command_is_told_of() -> None:
    assert _missing("docs/reference/commands.md", list(COMMANDS)) == []


def test_every_session_message_is_told_of() -> None:
    names = [one.name for one in (*session.MESSAGES, *session.REQUESTS)]  # type: ignore[attr-defined]
    assert _missing("docs/reference/session.md", [*names, "session:goodbye"]) == []


def test_every_error_and_exit_code_is_told_of() -> None:
    assert _missing("docs/reference/errors.md", list(BY_CODE)) == []
    assert [code for code in Exit if f"| {int(code)} |" not in _text("docs/reference/errors.md")] == []


def test_every_goodbye_is_told_of() -> None:
    assert _missing("docs/reference/goodbyes.md", [bye.code for bye in TABLE]) == []


def test_every_role_is_told_of() -> None:
    assert [role for role in ROLES if f" {role} |" not in _text("docs/reference/roles.md")] == []


def test_every_setting_is_told_of() -> None:
    models = (Settings, StoreSection, TransportSection, Dish, Rule)
    names = {name for model in models for name in model.model_fields} - {"transport", "stores"}
    assert _missing("docs/reference/settings.md", sorted(names)) == []


def test_every_setting_of_a_station_is_told_of_with_its_meaning() -> None:
    names = {name for model in (Station, SoundSettings) for name in model.model_fields} - {"sound"}
    assert _missing("docs/reference/kds.md", sorted(names)) == []
    assert [line for line in _text("docs/reference/kds.md").splitlines() if "|  |" in line] == []


@pytest.mark.parametrize("model", [Settings, StoreSection, TransportSection])
def test_every_setting_has_a_docstring(model: type) -> None:
    bare = [
        line for line in _text("docs/reference/settings.md").splitlines() if line.startswith("| `") and "|  |" in line
    ]
    own = [name for name in model.model_fields if any(line.startswith(f"| `{name}` | `") for line in bare)]
    assert own == []


def test_the_menu_page_names_every_condition_of_a_rule() -> None:
    assert [name for name in Rule.model_fields if name not in _text("docs/menu.md")] == []
    assert [name for name in Dish.model_fields if name not in _text("docs/menu.md")] == []


def test_every_metric_is_told_of() -> None:
    names = [f"{one.name}_total" if one.type == "counter" else one.name for one in families()]
    assert _missing("docs/reference/metrics.md", names) == []


def test_every_namespace_is_told_of_where_integrators_look() -> None:
    assert [name for name in NAMESPACES if f"| `{name}` |" not in _text("docs/integrators.md")] == []


def test_the_deadlines_of_http_are_those_that_are_kept() -> None:
    section = _text("docs/integrators.md").partition("## How long HTTP may take")[2].partition("\n## ")[0]
    told = [float(seconds) for seconds in re.findall(r"^\|[^|]+\| ([\d.]+) s \|", section, re.MULTILINE)]
    answer_s = TransportSection().request_deadline_ms / 1000
    assert told == [answer_s, BODY_S, answer_s + 1, answer_s]
    assert "integrators.md#how-long-http-may-take" in _text("docs/operators.md")


def test_every_raw_figure_and_kind_of_a_bench_is_told_of() -> None:
    said = (ROOT / "bench" / "load" / "load.c").read_text(encoding="utf-8") + (ROOT / "bench" / "runs.py").read_text()
    fields = re.findall(r'\\"([a-z]\w+)\\": %|tell\("(\w+)"|found\["(\w+)"\]', said)
    names = {name for found in fields for name in found} - {"", "count", "port"}
    assert len(names) > 15
    page = _text("docs/benchmarks.md")
    assert [name for name in sorted(names | set(get_args(Kind)) | set(ROWS)) if f"`{name}`" not in page] == []


# ── Lines in the log ──────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def _said_of_mischief() -> str:
    return _text("docs/operators.md").partition("## Strangers and mischief\n")[2].partition("\n## ")[0]


def _sources(*below: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for one in below for path in sorted((ROOT / one).rglob("*.py")))


def test_every_line_of_the_log_that_operators_are_told_of_can_occur() -> None:
    source = _sources("server/transport", "server/sockets", "server/routes")
    rows = [line.split(" | ")[0] for line in _said_of_mischief().splitlines() if line.startswith("| ")]
    named = [span for row in rows for span in re.findall("`([^`]+)`", row)]
    assert len(named) > 20
    parts = [part.strip(" ,:") for span in named for part in re.split(r"…|[0-9]+", span)]
    assert [part for part in parts if part and part not in source] == []


@pytest.mark.parametrize(
    "written",
    [
        r'ProtocolError\("([^"]+)"', r'_Bad\(\d, "([^"]+)"', r'Ending\.\w+, f?"([^"]+)"\)',
        r'(?:_quiet|_refused)\.warning\("([^"]+)"', r'_turned_down\([^"\n]+"([^"]+)"',
    ],
)  # fmt: skip
def test_operators_are_told_of_every_line_about_strangers(written: str) -> None:
    found = re.findall(written, _sources("server/transport"))
    assert found
    parts = [part.strip(" ,:") for one in found for part in re.split(r"…|%[sd]|{[^}]*}", one)]
    assert [part for part in parts if part not in _said_of_mischief()] == []


def test_the_sample_of_a_line_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    (sample,) = (json.loads(text) for text in _fences("docs/operators.md", "json"))
    with logs_as_they_were():
        set_up("info")
        logging.getLogger("server.transport.wire").warning(sample["message"])
    made = json.loads(capsys.readouterr().err)
    assert list(made) == list(sample)
    assert {name: made[name] for name in made if name != "timestamp"} | {"timestamp": sample["timestamp"]} == sample


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(_text("pyproject.toml"))
    extras = [one for group in project["project"]["optional-dependencies"].values() for one in group]
    wanted = [*project["project"]["dependencies"], *extras, *project["dependency-groups"]["dev"]]
    names = [re.match(r"[\w-]+", one)[0] for one in wanted]  # type: ignore[index]
    assert [name for name in names if f"| {name} |" not in _text("docs/dependencies.md")] == []


def test_the_front_page_shows_the_demo_and_the_proof() -> None:
    assert "make demo" in _text("README.md")
    assert "make test" in _text("README.md")


def test_the_changelog_has_this_version() -> None:
    version = tomllib.loads(_text("pyproject.toml"))["project"]["version"]
    assert f"## [{version}]" in _text("CHANGELOG.md")


# ── Links and places ──────────────────────────────────────────────────────────────────────────────────────────────────

_FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def _anchors(path: Path) -> set[str]:
    """As GitHub makes them: lower case, no punctuation, spaces as hyphens."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", NAMES)
def test_every_link_of_a_page_leads_somewhere(name: str) -> None:
    page = ROOT / name
    for link in re.findall(r"\]\(([^)\s]+)\)", _FENCE.sub("", _text(name))):
        if re.match(r"https?:", link):
            continue
        file, _, anchor = link.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), link
        assert there.is_relative_to(ROOT), link
        assert not anchor or anchor in _anchors(there), link


def test_the_index_leads_to_every_page() -> None:
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", _text("docs/README.md"))}
    pages = {str(page.relative_to(DOCS)) for page in PAGES if page.is_relative_to(DOCS)} - {"README.md"}
    assert pages <= links


@pytest.mark.parametrize("name", [*NAMES, "docs/openapi.json", "docs/heard.d.ts"])
def test_no_page_tells_of_the_machine_it_was_written_on(name: str) -> None:
    assert re.findall(r"(?<![\w.])/(?:home|Users|root|tmp|work|private|var)/", _text(name)) == []
    assert str(Path.home()) not in _text(name)
    assert str(ROOT) not in _text(name)


# ── Examples in the pages ─────────────────────────────────────────────────────────────────────────────────────────────


def _fences(name: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", _text(name), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_every_toml_example_is_toml(name: str) -> None:
    for text in _fences(name, "toml"):
        tomllib.loads(text)


def test_the_menu_page_is_a_menu_that_works(tmp_path: Path) -> None:
    store, *menu = _fences("docs/menu.md", "toml")
    (tmp_path / "heard.toml").write_text(store, encoding="utf-8")
    (tmp_path / "menu.toml").write_text("\n".join(menu), encoding="utf-8")
    (house,) = load_houses(load_settings(tmp_path / "heard.toml"), tmp_path).values()
    assert house.dishes[0].stations == ("grill",)
    assert [rule.also for rule in house.rules] == [False, True]


def test_the_commands_of_getting_started_are_commands() -> None:
    known = set(re.findall(r"^#+ heard ([\w ]+)$", _text("docs/reference/cli.md"), re.MULTILINE))
    for line in "\n".join(_fences("docs/getting-started.md", "sh")).splitlines():
        if line.startswith("heard "):
            assert line.split()[1] in known, line


async def test_the_python_example_for_integrators_places_one_order(tmp_path: Path) -> None:
    prepare(tmp_path)
    settings = load_settings(tmp_path / CONFIG_FILE, {"port": 0, "journal": "memory:"})
    houses, keys = load_houses(settings, tmp_path), load_keys(tmp_path / KEY_FILE)
    (script,) = _fences("docs/integrators.md", "python")
    async with running(settings, houses, keys, tmp_path) as up:
        token = up.tokens.make(tenant="demo", subject=new_id(), role="pos", stores=["s1"], life_s=60)
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, stdout=subprocess.PIPE,
            env={**os.environ, "HEARD_URL": up.url, "HEARD_TOKEN": token},
        )  # fmt: skip
        told, _ = await child.communicate()
    assert told.decode().split() == ["applied", "1", "applied", "1", "True"]
