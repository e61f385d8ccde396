"""Where the gateway is and who we are to it: options first, then the run files of demos on this machine."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs

from heard.client.alive import is_held

DEFAULT_URL = "http://127.0.0.1:8787"


class CannotTell(ValueError):
    """Something is missing, in a sentence that says what to give."""


@dataclass(frozen=True, slots=True)
class Found:
    """A gateway, a store in it, and the token that opens it (its text, or the file that holds it)."""

    url: str
    store: str
    token: str | Path
    claims: Mapping[str, Any]
    """What the token says of itself. Believed for defaults only: the gateway alone decides what it is worth."""


def run_directory() -> Path:
    """Where each demo of this user leaves its address and tokens in a file of its own, for other commands to find."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without XDG_RUNTIME_DIR there is another place, and nothing to tell a cook
        return Path(platformdirs.user_runtime_path("heard", appauthor=False))


def run_files() -> list[Path]:
    """The files of all demos that did not put theirs away, the newest first: their names are in the order of time."""
    return sorted(run_directory().glob("demo-*.json"), reverse=True)


def find_gateway(
    url: str | None, token: str | Path | None, store: str | None, *, parts: Sequence[str], role: str
) -> Found:
    """What these options mean; `token` is a text or a file. Without one, the first of these `parts` that a demo here
    has a token for, the newest demo if there are several; `role` is the one to ask a token for.

    Raises:
        CannotTell: what is missing, or wrong.
    """
    if url is not None:
        _check_address(url)
        url = url.rstrip("/")
    if token is None:
        url, token = _of_demo(url, parts, role)
    claims = read_claims(_text(token))
    return Found(url or DEFAULT_URL, store or _only(claims, "stores", "--store"), token, claims)


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise CannotTell(f"--server {url} is no address of a gateway; write it like {DEFAULT_URL}")


def _of_demo(url: str | None, parts: Sequence[str], role: str) -> tuple[str, str | Path]:
    """The newest demo that lives; with an address, the one that is there."""
    for there, tokens in _demos():
        found = next((tokens[part] for part in parts if tokens.get(part)), None)
        if found is not None and url in (None, there):
            return there, Path(found) if Path(found).is_absolute() else found
    raise CannotTell(
        f"needs a token: --token FILE (`heard token --role {role} --store STORE` makes one), or run `heard demo`"
    )


def _demos() -> Iterator[tuple[str, Mapping[str, str]]]:
    for file in run_files():
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            if is_held(file):
                told = json.loads(file.read_text(encoding="utf-8"))
                yield str(told["url"]), dict(told["tokens"])


def _text(token: str | Path) -> str:
    if isinstance(token, str):
        return token.strip()
    try:
        return token.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise CannotTell(f"cannot read the token file {token}") from None


def read_claims(token: str) -> Mapping[str, Any]:
    """What a token says of itself."""
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError, binascii.Error):
        raise CannotTell("this is no token: `heard token` makes one") from None
    return claims if isinstance(claims, dict) else {}


def _only(claims: Mapping[str, Any], name: str, option: str) -> str:
    told = [one for one in claims.get(name) or () if isinstance(one, str) and one != "*"]
    if len(told) != 1:
        raise CannotTell(f"this token is for more than one of {name}: say which with {option}")
    return told[0]
