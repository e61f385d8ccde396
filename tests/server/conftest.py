"""Gateways of every test's own, in this process, on a port of their own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.server.desk import Desk


@pytest.fixture
async def open_desk(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Desk]]]:
    """Opens a gateway with the settings given; all share the test's data directory."""
    async with AsyncExitStack() as stack:

        async def opening(**options) -> Desk:
            return await Desk(stack, tmp_path / "data").open(**options)

        yield opening


@pytest.fixture
async def desk(open_desk: Callable[..., Awaitable[Desk]]) -> Desk:
    return await open_desk()
