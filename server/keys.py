"""The signing keys of an installation: made on first start, kept readable by their owner alone."""

from __future__ import annotations

import json
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

KEY_FILE = "keys.json"
KID = re.compile(r"[A-Za-z0-9_-]{1,32}")
MIN_SECRET = 32
"""Bytes of an HS256 secret: as many as the hash has (RFC 7518, section 3.2)."""


class BadKeys(Exception):
    """A key file that must not be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Secrets by key id, and the one that signs. Two live keys make a rotation."""

    active: str
    secrets: dict[str, bytes] = field(repr=False)


def create_keys(path: Path) -> Keys:
    """Make a fresh signing key. Raises: OSError."""
    kid, secret = secrets.token_hex(4), secrets.token_hex(MIN_SECRET)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"active": kid, "keys": {kid: {"alg": "HS256", "secret": secret}}}, file, indent=1)
    return load_keys(path)


def load_keys(path: Path) -> Keys:
    """The keys in a file.

    Raises:
        BadKeys: others may read it, it is no key file, a secret is too short.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise BadKeys(f"{path} can be read by others (mode {mode:04o}); run: chmod 600 {path}")
        return _parsed(path, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise BadKeys(f"there is no key in {path.parent}; run `heard serve --data {path.parent}` once") from None
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise BadKeys(f"{path} is no key file of ours: {wrong}") from None


def _parsed(path: Path, raw: dict[str, object]) -> Keys:
    rows = raw["keys"]
    if not isinstance(rows, dict) or raw["active"] not in rows:
        raise BadKeys(f"{path} names no active key")
    secrets_of = {kid: str(row["secret"]).encode() for kid, row in rows.items()}
    for kid, secret in secrets_of.items():
        if not KID.fullmatch(kid) or rows[kid]["alg"] != "HS256" or len(secret) < MIN_SECRET:
            raise BadKeys(f"{path}: key {kid!r} must be HS256 with a secret of at least {MIN_SECRET} bytes")
    return Keys(str(raw["active"]), secrets_of)
