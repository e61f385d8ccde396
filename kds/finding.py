"""Which station this is, at which gateway: options first, then the run file of a demo on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heard.client.finding import CannotTell, find_gateway
from heard.contract.kds import EXPO


@dataclass(frozen=True, slots=True)
class Place:
    """A gateway, a store in it, a station, and the token that opens it (its text, or the file that holds it)."""

    url: str
    store: str
    station: str
    token: str | Path


def find(url: str | None, token: str | Path | None, station: str | None, store: str | None = None) -> Place:
    """The place these options mean; `token` is a text or a file.

    Raises:
        CannotTell: what is missing, or wrong.
    """
    found = find_gateway(url, token, store, parts=(station or EXPO, EXPO), role="kitchen")
    return Place(found.url, found.store, station or _station(found.claims), found.token)


def _station(claims: Mapping[str, Any]) -> str:
    stations = [one for one in claims.get("stations") or () if isinstance(one, str) and one != "*"]
    if len(stations) == 1:
        return stations[0]
    if claims.get("role") in ("expo", "manager", "admin", "viewer"):
        return EXPO
    raise CannotTell("which station is this? Say --station NAME")
