"""Where the gateway is and who we are to it: options first, then the run file of a demo on this machine."""

from __future__ import annotations

import base64
import binascii
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs

from heard.contract.kds import EXPO

DEFAULT_URL = "http://127.0.0.1:8787"


class CannotTell(ValueError):
    """Something is missing, in a sentence that says what to give."""


@dataclass(frozen=True, slots=True)
class Place:
    """A gateway, a store in it, a station, and the token that opens it (its text, or the file that holds it)."""

    url: str
    store: str
    station: str
    token: str | Path


def run_file() -> Path:
    """Where a demo on this machine leaves its address and tokens, for other commands of this user to find."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without XDG_RUNTIME_DIR there is another place, and nothing to tell a cook
        return Path(platformdirs.user_runtime_path("heard", appauthor=False)) / "demo.json"


def find(url: str | None, token: str | Path | None, station: str | None, store: str | None = None) -> Place:
    """The place these options mean; `token` is a text or a file.

    Raises:
        CannotTell: what is missing, or wrong.
    """
    if url is not None:
        _check_address(url)
    if token is None:
        url, token = _of_demo(url, station)
    claims = read_claims(_text(token))
    return Place(
        url=(url or DEFAULT_URL).rstrip("/"),
        store=store or _only(claims, "stores", "--store"),
        station=station or _station(claims),
        token=token,
    )


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise CannotTell(f"--server {url} is no address of a gateway; write it like {DEFAULT_URL}")


def _of_demo(url: str | None, station: str | None) -> tuple[str, str | Path]:
    try:
        told = json.loads(run_file().read_text(encoding="utf-8"))
        tokens: Mapping[str, str] = told["tokens"]
        found = tokens.get(station or EXPO) or tokens.get(EXPO) or next(iter(tokens.values()))
        return url or str(told["url"]), Path(found) if Path(found).is_absolute() else found
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        raise CannotTell(
            "needs a token: --token FILE (`heard token --role kitchen --store STORE` makes one), or run `heard demo`"
        ) from None


def _text(token: str | Path) -> str:
    if isinstance(token, str):
        return token.strip()
    try:
        return token.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise CannotTell(f"cannot read the token file {token}") from None


def read_claims(token: str) -> Mapping[str, Any]:
    """What a token says of itself. Believed for defaults only: the gateway alone decides what it is worth."""
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


def _station(claims: Mapping[str, Any]) -> str:
    stations = [one for one in claims.get("stations") or () if isinstance(one, str) and one != "*"]
    if len(stations) == 1:
        return stations[0]
    if claims.get("role") in ("expo", "manager", "admin", "viewer"):
        return EXPO
    raise CannotTell("which station is this? Say --station NAME")
