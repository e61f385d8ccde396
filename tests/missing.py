"""What a test needs of the machine: without it the test is skipped with a plain reason, and under CI it fails."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

SBIN = "/usr/sbin:/sbin"
"""Where daemons are, which an ordinary account's PATH leaves out."""


def need(command: str, package: str | None = None) -> str:
    """The path of a command; `package` is what Debian calls the package it is in."""
    found = shutil.which(command) or shutil.which(command, path=SBIN)
    if found is None:
        give_up(f"{command} is not installed (Debian: apt install {package or command})")
    return found


def give_up(reason: str) -> NoReturn:
    """Skip, or fail where nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must not lack anything: {reason}")
    pytest.skip(reason)
