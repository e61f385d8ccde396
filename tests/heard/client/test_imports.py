"""What importing the SDK brings along."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["heard.client", "heard.client.links.socket"])
def test_the_sdk_loads_no_textual_and_no_program(module: str) -> None:
    code = f"import sys, {module}; print(*sorted(name.partition('.')[0] for name in sys.modules))"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    )
    assert loaded & {"textual", "server", "kds", "console", "demo"} == set()


def test_who_brings_links_of_his_own_needs_no_socket_io() -> None:
    code = "import sys, heard.client; sys.exit('socketio' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
