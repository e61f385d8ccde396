"""The shared language of Heard's programs, and the SDK."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as _installed


def version() -> str:
    """The version of this installation."""
    try:
        return _installed("heard")
    except PackageNotFoundError:  # running from a bare checkout
        return "0"
