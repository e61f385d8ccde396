"""Tokens: made for people and terminals, and verified strictly (RFC 8725) before anybody is believed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Container
from dataclasses import dataclass
from typing import Any, get_args

import jwt
from jwt.utils import base64url_decode

from heard.contract.audience import EVERY, Principal, Role
from heard.contract.base import SUBJECT
from heard.errors import InvalidToken, TokenExpired
from server.keys import KID, Keys

MAX_BYTES = 4096
LEEWAY_S = 30
MAX_LIFE_S = {"user": 12 * 3600, "device": 90 * 86_400, "service": 90 * 86_400}
"""How long a token of each type may live."""
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_IN_ADDRESS = ("token", "access_token", "auth", "jwt")
_REQUIRED = ("iss", "aud", "sub", "exp", "iat", "jti", "typ", "tenant", "stores", "role")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Makes and verifies tokens. `now` is Unix time in s; `tenants` are those served here."""

    keys: Keys
    tenants: Collection[str]
    now: Callable[[], float]
    new_id: Callable[[], str]
    issuer: str = "heard"
    audience: str = "heard"

    def make(
        self, *, tenant: str, subject: str, role: Role, stores: Collection[str], stations: Collection[str] = (),
        life_s: int, typ: str = "user", device: str | None = None,
    ) -> str:  # fmt: skip
        """A signed token that lives `life_s` seconds. Raises: ValueError: `verify` would not take it."""
        if typ not in MAX_LIFE_S:
            raise ValueError(f"there is no type {typ}; types are {', '.join(MAX_LIFE_S)}")
        if not SUBJECT.fullmatch(subject):
            raise ValueError(f"{subject!r} is no subject; write up to 64 of A-Z a-z 0-9 @ . _ : -")
        if not 0 < life_s <= MAX_LIFE_S[typ]:
            raise ValueError(f"a {typ} token lives between 1 s and {MAX_LIFE_S[typ] // 3600} h")
        at = int(self.now())
        claims: dict[str, Any] = {
            "iss": self.issuer, "aud": self.audience, "sub": subject, "iat": at, "exp": at + life_s,
            "jti": self.new_id(), "typ": typ, "tenant": tenant, "stores": list(stores), "role": role,
            "stations": list(stations),
        }  # fmt: skip
        claims |= {"device": device} if device else {}
        kid = self.keys.active
        return jwt.encode(claims, self.keys.secrets[kid], algorithm="HS256", headers={"kid": kid})

    def verify(self, token: str | None) -> Principal:
        """Who a token speaks for.

        Raises:
            InvalidToken: none, or not one of ours. TokenExpired: it was one of ours.
        """
        return self._principal(self._claims(token))

    def renew(self, token: str | None) -> tuple[str, int]:
        """The same rights for as long again, from now; and when they end, in Unix time. Raises: as `verify`."""
        claims = self._claims(token)
        who, life_s = self._principal(claims), claims["exp"] - claims["iat"]
        fresh = self.make(
            tenant=who.tenant, subject=who.subject, role=who.role, stores=who.stores, stations=who.stations,
            life_s=life_s, typ=claims["typ"], device=who.device,
        )  # fmt: skip
        return fresh, int(self.now()) + life_s

    def _claims(self, token: str | None) -> dict[str, Any]:
        if not token:
            raise InvalidToken("a token is needed; send it as `Authorization: Bearer …` or in the CONNECT's auth")
        try:
            if len(token) > MAX_BYTES:
                raise InvalidToken("that is not a token of this gateway")
            kid = jwt.get_unverified_header(token).get("kid")
            if not isinstance(kid, str) or not KID.fullmatch(kid) or kid not in self.keys.secrets:
                raise InvalidToken("the token was signed by no key of this gateway")
            return self._decoded(token, self.keys.secrets[kid])
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise InvalidToken("that is not a token of this gateway") from None

    def _decoded(self, token: str, secret: bytes) -> dict[str, Any]:
        # The clock is ours, not the library's, so that a test can turn it; the library checks all the rest.
        options: Any = {
            "require": list(_REQUIRED), "verify_exp": False, "verify_iat": False, "verify_nbf": False,
            "strict_aud": True,
        }  # fmt: skip
        claims = jwt.decode(
            token, secret, algorithms=["HS256"], audience=self.audience, issuer=self.issuer, options=options
        )
        # The library keeps the last of two claims of one name; ours are given once.
        json.loads(base64url_decode(token.split(".")[1]), object_pairs_hook=_given_once)
        return claims

    def _principal(self, claims: dict[str, Any]) -> Principal:
        self._check_times(claims)
        stores, stations = claims["stores"], claims.get("stations", [])
        sound = (
            claims["role"] in get_args(Role)
            and isinstance(claims["tenant"], str) and claims["tenant"] in self.tenants
            and isinstance(claims["sub"], str) and SUBJECT.fullmatch(claims["sub"]) is not None
            and _ids(stores) and _ids(stations)
            and isinstance(claims.get("device", ""), str)
        )  # fmt: skip
        if not sound:
            raise InvalidToken("the token claims something this gateway does not know")
        return Principal(
            tenant=claims["tenant"], subject=claims["sub"], role=claims["role"], stores=tuple(stores),
            stations=tuple(stations), device=claims.get("device"), token_id=str(claims["jti"]), expires=claims["exp"],
        )  # fmt: skip

    def _check_times(self, claims: dict[str, Any]) -> None:
        exp, iat, now = claims["exp"], claims["iat"], self.now()
        whole = all(isinstance(at, int) and not isinstance(at, bool) for at in (exp, iat, claims.get("nbf", 0)))
        longest = MAX_LIFE_S.get(claims["typ"]) if isinstance(claims["typ"], str) else None
        if not whole or longest is None or not 0 < exp - iat <= longest:
            raise InvalidToken("the token's times are not sound")
        if exp + LEEWAY_S <= now:
            raise TokenExpired("the token has expired; ask for a fresh one")
        if max(iat, claims.get("nbf", 0)) - LEEWAY_S > now:
            raise InvalidToken("the token is not valid yet; check the clocks")


def in_address(query: Container[str]) -> bool:
    """Whether a query holds a token, where logs and proxies would keep it."""
    return any(name in query for name in _IN_ADDRESS)


def bearer(header: str | None) -> str | None:
    """The token of an `Authorization` header."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _given_once(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise InvalidToken("the token claims something twice")


def _ids(values: Any) -> bool:
    return isinstance(values, list) and all(
        isinstance(value, str) and (value == EVERY or _ID.fullmatch(value) is not None) for value in values
    )
