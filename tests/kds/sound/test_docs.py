"""docs/sound.md tells of everything there is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from kds.settings import Settings, SoundSettings
from kds.sound.names import Alert, Player

PAGE = Path(__file__).parents[3].joinpath("docs", "sound.md").read_text()


@pytest.mark.parametrize("name", [*Alert, *Player, *SoundSettings.model_fields])
def test_every_alert_player_and_setting_is_explained(name):
    assert re.search(rf"(`|^|\.){name}\b", PAGE, re.MULTILINE)


def test_its_example_is_a_file_that_can_be_used():
    example = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    settings = Settings.model_validate(tomllib.loads(example.group(1)))
    assert settings.sound.volumes == {Alert.NEW: 50}
    assert settings.sound.through is Player.APLAY
