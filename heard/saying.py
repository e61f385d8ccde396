"""How commands speak: results on stdout, errors as sentences on stderr, exit codes that mean something."""

from __future__ import annotations

import sys
from typing import NoReturn

from heard.errors import Exit
from heard.text import safe_text


def say(words: str) -> None:
    """One line of result, at once even into a pipe."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def hint(words: str) -> None:
    """One line for the person, beside the result."""
    sys.stderr.write(safe_text(words) + "\n")
    sys.stderr.flush()


def give_up(words: str, code: Exit) -> NoReturn:
    """End the command with a sentence, or one a line, and its exit code."""
    for line in words.splitlines():
        hint(f"heard: {line}")
    raise SystemExit(int(code))
