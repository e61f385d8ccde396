"""The known defects of the stock library, one test or more each: they pass on our transport and fail on the stock one.

pytest tests/server/transport/defects                      ours
pytest tests/server/transport/defects --transport stock    the installed python-socketio, with a table at the end
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from tests.server.transport.defects.clients import Client, OurClient, StockClient, our_waits, stock_waits
from tests.server.transport.defects.floors import Floor, OurFloor, StockFloor
from tests.server.transport.defects.lines import Line, OurLine, StockLine
from tests.server.transport.defects.ours import OurStage
from tests.server.transport.defects.stage import Stage
from tests.server.transport.defects.stock import StockStage

STOCK_S = 12.0
"""A test on the stock library is given up after so long: most fail by waiting for what never comes."""
ROWS = [*(f"S{n}" for n in range(1, 12)), *(f"C{n}" for n in range(1, 14)), "C15", *(f"N{n}" for n in range(1, 7))]
_ROW = re.compile(r"::test_([SCN]\d+)_")

_HERE = Path(__file__).parent

Make = Callable[..., Awaitable[Stage]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--transport", choices=("ours", "stock"), default="ours", help="what the defects are tested on")


def _stock(config: pytest.Config) -> bool:
    # Not known when this file is found only while collecting: then nobody can have asked for it.
    return bool(config.getoption("transport", "ours") == "stock")


def pytest_configure(config: pytest.Config) -> None:
    if _stock(config):
        config.addinivalue_line("filterwarnings", "ignore")  # what it leaves unclosed is not what is tested here
        if not hasattr(config, "workerinput"):
            config.pluginmanager.register(Table(), "defects table")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not _stock(config):
        return
    # One loop will do for a library that does not know which it runs on.
    twice = [item for item in items if _HERE in item.path.parents and "[uvloop" in item.name]
    items[:] = [item for item in items if item not in twice]
    config.hook.pytest_deselected(items=twice)
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.obj = _hurried(item.obj)


def _hurried(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def hurried(*args: Any, **kwargs: Any) -> None:
        async with asyncio.timeout(STOCK_S):
            await test(*args, **kwargs)

    return hurried


class Table:
    """What became of each row on the stock library."""

    def __init__(self) -> None:
        self._outcomes: dict[str, dict[str, str]] = defaultdict(dict)
        self._reasons: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        row = _ROW.search(report.nodeid)
        if row and (report.when == "call" or (report.when == "setup" and not report.passed)):
            name = report.nodeid.partition("::")[2]
            self._outcomes[row[1]][name] = report.outcome
            self._reasons[name] = _reason(report)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        installed = ", ".join(f"{name} {version(name)}" for name in ("python-socketio", "python-engineio", "aiohttp"))
        terminalreporter.section(f"defects of {installed}")
        for row in ROWS:
            tests = self._outcomes.get(row, {})
            terminalreporter.write_line(f"{row:<4}→ {self._verdict(tests)}")
            for name, outcome in tests.items():
                story = name.removeprefix(f"test_{row}_").replace("[asyncio]", "").replace("_", " ")
                terminalreporter.write_line(f"      {outcome:<8}{story}: {self._reasons[name]}")

    def _verdict(self, tests: dict[str, str]) -> str:
        of = {kind: [name for name, outcome in tests.items() if outcome == kind] for kind in tests.values()}
        failed, passed, skipped = (of.get(kind, []) for kind in ("failed", "passed", "skipped"))
        if failed:
            return f"fails on stock ({len(failed)} of {len(failed) + len(passed)} tests)"
        if passed:
            return "PASSES on stock"
        return "skipped: cannot be asked of stock" if skipped else "not run"


def _reason(report: pytest.TestReport) -> str:
    """The line at which a test failed, and what was said there; why it was skipped."""
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2]
    if not report.failed or not hasattr(report.longrepr, "reprtraceback"):
        return ""
    crash = report.longrepr.reprcrash
    said = crash.message.splitlines()[0][:160] if crash else ""
    chain = report.longrepr.chain if hasattr(report.longrepr, "chain") else [(report.longrepr.reprtraceback,)]
    places = [entry.reprfileloc for traceback, *_ in chain for entry in traceback.reprentries if entry.reprfileloc]
    lines = [place.lineno for place in places if Path(place.path).name == Path(report.location[0]).name]
    return f"line {lines[0] if lines else '?'}: {said}"


@pytest.fixture
def make(request: pytest.FixtureRequest, _stack: AsyncExitStack) -> Make:
    """Return a function that opens a stage; its keyword arguments are our transport's settings.

    `in_order`: the application needs one client's events in order.
    """
    kind = StockStage if _stock(request.config) else OurStage

    async def build(**settings: Any) -> Stage:
        return await kind(_stack).begin(**settings)

    return build


@pytest.fixture
async def _stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def stage(make: Make) -> Stage:
    return await make()


@pytest.fixture
def not_on_stock(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Skips on the stock library, saying why the row cannot be asked of it."""

    def skip(why: str) -> None:
        if _stock(request.config):
            pytest.skip(f"not on stock: {why}")

    return skip


@pytest.fixture
async def client(request: pytest.FixtureRequest, stage: Stage, _stack: AsyncExitStack) -> Client:
    """A connected client of the stage: our SDK's, or the stock one."""
    one: Client = (StockClient if _stock(request.config) else OurClient)(stage.url)
    _stack.push_async_callback(one.close)
    await one.connect()
    return one


@pytest.fixture
def waits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[list[float]]]:
    """Return a function that tells how long a client waits between tries, by how the dice fall."""

    async def told(dice: float, tries: int) -> list[float]:
        if _stock(request.config):
            return await stock_waits(dice, tries, monkeypatch)
        return our_waits(dice, tries)

    return told


@pytest.fixture
def open_floor(request, make, open_desk, monkeypatch) -> Callable[[str], Awaitable[Floor]]:
    """Return a function that opens a server with operators, in one of the modes the stock library has."""

    async def opened(mode: str) -> Floor:
        if not _stock(request.config):
            return OurFloor(await open_desk())
        stage = await make(ping_interval_ms=60_000)  # nobody answers pings while nothing is waited for
        assert isinstance(stage, StockStage)
        return StockFloor(stage, mode, monkeypatch)

    return opened


@pytest.fixture
def open_line(request, open_desk, _stack: AsyncExitStack) -> Callable[[], Awaitable[Line]]:
    """Return a function that puts a speaker and a listener at the two ends of a line that can be cut."""

    async def opened() -> Line:
        if _stock(request.config):
            return await StockLine().open(_stack)
        return await OurLine(await open_desk()).open(_stack)

    return opened
