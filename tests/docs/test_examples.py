"""The examples of the documentation run, against a real gateway."""

import subprocess
import sys
from pathlib import Path

from tests.stories.processes import PATIENCE_S, GatewayProcess

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def test_follow_orders_places_one_and_hears_of_it(tmp_path: Path) -> None:
    with GatewayProcess(tmp_path) as gateway:
        command = [sys.executable, str(EXAMPLES / "follow_orders.py"), gateway.url, gateway.token("pos")]
        example = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert (example.stdout, example.stderr, example.returncode) == ("order 1 is in the kitchen\n", "", 0)


def test_it_stays_as_short_as_promised() -> None:
    lines = (EXAMPLES / "follow_orders.py").read_text().split("async def main")[1].split("\n\n\n")[0].splitlines()
    assert len(lines) <= 15
