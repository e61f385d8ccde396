"""What an import brings along: the shared language stays light."""

import subprocess
import sys
from importlib.util import find_spec

import pytest


def loaded_by(*modules: str) -> set[str]:
    """Every module that importing these brings into a fresh interpreter."""
    names = "; ".join(f"import {module}" for module in modules)
    # What was there before does not count: under coverage that is coverage and all it needs.
    script = f"import sys; before = set(sys.modules); {names}; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


LANGUAGE = ("heard.contract.registry", "heard.contract.session", "heard.contract.audience", "heard.contract.goodbyes")
RULES = ("heard.kitchen.rules", "heard.kitchen.tallies", "heard.kitchen.priority")
PROGRAMS = ("server", "kds", "console", "demo")
FRAMEWORKS = ("asyncio", "textual", "rich", "socketio", "engineio", "aiohttp", "sqlite3", "structlog")


@pytest.mark.parametrize("modules", [LANGUAGE, RULES], ids=["contract", "kitchen"])
def test_contract_and_kitchen_load_no_framework_no_program_and_no_client(modules):
    loaded = loaded_by(*modules)
    assert not loaded & {*FRAMEWORKS, *PROGRAMS, "heard.client", "heard.ui"}


def test_the_contract_knows_nothing_of_the_kitchen():
    assert not any(name.startswith("heard.kitchen") for name in loaded_by(*LANGUAGE))


@pytest.mark.skipif(find_spec("heard.client") is None, reason="there is no client yet")
def test_the_client_loads_no_screen_and_no_server():
    assert not loaded_by("heard.client") & {"textual", "rich", "heard.ui", *PROGRAMS}
