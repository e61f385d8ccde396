"""Where a token comes from: a text, a file, a function; asked again for every connection."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from heard.errors import Unavailable

TokenLike = str | Path | Callable[[], str | Awaitable[str]] | None
"""What an app may give: the token, the file that holds it, what to call for it, or none."""


class TokenSource(Protocol):
    """Gives the token of now; None for a gateway that asks for none.

    Raises:
        Unavailable: there is none to be had at the moment; asked again later.
    """

    async def token(self) -> str | None:
        """The token to connect with."""
        ...


class TextToken:
    """One that never changes."""

    def __init__(self, text: str | None) -> None:
        self._text = text

    async def token(self) -> str | None:
        """The token given."""
        return self._text


class FileToken:
    """Read again each time, so that whoever renews it only has to write the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def token(self) -> str | None:
        """What the file says now."""
        try:
            text = await asyncio.to_thread(self._path.read_text, encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise Unavailable(f"the token file {self._path} cannot be read") from None
        if not text.strip():
            raise Unavailable(f"the token file {self._path} is empty")
        return text.strip()


class CalledToken:
    """Asked of a function, plain or async."""

    def __init__(self, ask: Callable[[], str | Awaitable[str]]) -> None:
        self._ask = ask

    async def token(self) -> str | None:
        """What the function says now."""
        try:
            said = self._ask()
            return await said if inspect.isawaitable(said) else said
        except Exception as error:
            # Somebody else's function: whatever it raises, there is no token now.
            raise Unavailable(f"no token to be had: {type(error).__name__}: {error}") from error


def token_source(given: TokenLike | TokenSource) -> TokenSource:
    """The source an app means."""
    if given is None or isinstance(given, str):
        return TextToken(given)
    if isinstance(given, Path):
        return FileToken(given)
    return CalledToken(given) if callable(given) else given
