"""Where the gateway is and who we are to it: options first, then the run file of a demo on this machine."""

from __future__ import annotations

import base64
import binascii
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs

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


def run_file() -> Path:
    """Where a demo on this machine leaves its address and tokens, for other commands of this user to find."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without XDG_RUNTIME_DIR there is another place, and nothing to tell a cook
        return Path(platformdirs.user_runtime_path("heard", appauthor=False)) / "demo.json"


def find_gateway(
    url: str | None, token: str | Path | None, store: str | None, *, parts: Sequence[str], role: str
) -> Found:
    """What these options mean; `token` is a text or a file. Without one, the first of these `parts` that a demo here
    has a token for; `role` is the one to ask a token for.

    Raises:
        CannotTell: what is missing, or wrong.
    """
    if url is not None:
        _check_address(url)
    if token is None:
        url, token = _of_demo(url, parts, role)
    claims = read_claims(_text(token))
    return Found((url or DEFAULT_URL).rstrip("/"), store or _only(claims, "stores", "--store"), token, claims)


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise CannotTell(f"--server {url} is no address of a gateway; write it like {DEFAULT_URL}")


def _of_demo(url: str | None, parts: Sequence[str], role: str) -> tuple[str, str | Path]:
    try:
        told = json.loads(run_file().read_text(encoding="utf-8"))
        tokens: Mapping[str, str] = told["tokens"]
        found = next(tokens[part] for part in parts if tokens.get(part))
        return url or str(told["url"]), Path(found) if Path(found).is_absolute() else found
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration):
        raise CannotTell(
            f"needs a token: --token FILE (`heard token --role {role} --store STORE` makes one), or run `heard demo`"
        ) from None


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
