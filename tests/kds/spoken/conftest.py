"""Stations in lines that have said how things are."""

from __future__ import annotations

import pytest

from tests.kds.spoken.hearing import at


@pytest.fixture
def linear(still, clock):
    made = at(still, "grill", clock=clock)
    made.look()
    return made


@pytest.fixture
def expo(still, clock):
    made = at(still, "expo", clock=clock)
    made.look()
    return made
