"""The one tree of refusals: the class the gateway raises is the class a client raises.

    HeardError
    ├── Permanent                 saying it again changes nothing
    │   ├── BadRequest 400 (and Malformed) · TokenInUrl 400
    │   ├── InvalidToken 401 · TokenExpired 401 · Forbidden 403 · NotFound 404
    │   ├── Conflict 409 · InvalidTransition 409 · NotReady 409 · Voided 409
    │   └── TooLarge 413 · Unsupported 415
    └── Temporary                 the same command later may pass
        └── Timeout 408 · TooManyRequests 429 · Internal 500 · Unavailable 503 · Draining 503 · StorageFull 507

The text of an error is a sentence for whoever stands there: "#41 is already bumped".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any, ClassVar


class Exit(IntEnum):
    """What a `heard` command leaves in `$?`; the numbers above 64 follow BSD's sysexits."""

    OK = 0
    NOT_SO = 1
    USAGE = 2
    UNREACHABLE = 69
    DATA_DIR = 73
    PORT_TAKEN = 75
    NOT_ALLOWED = 77
    BAD_CONFIG = 78


class HeardError(Exception):
    """A refusal with a code. `fields` maps a dotted path of the input to what is wrong with it."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    temporary: ClassVar[bool] = False

    def __init__(
        self, message: str, *, retry_after_ms: int | None = None, fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_ms = retry_after_ms
        self.fields = dict(fields or {})

    def as_wire(self) -> dict[str, Any]:
        """The `error` object of an HTTP answer."""
        wire: dict[str, Any] = {"code": self.code, "message": self.message, "temporary": self.temporary}
        if self.retry_after_ms is not None:
            wire["retry_after_ms"] = self.retry_after_ms
        if self.fields:
            wire["fields"] = self.fields
        return wire

    def as_answer(self) -> dict[str, Any]:
        """A command's answer that refuses it."""
        return {"ok": False, **self.as_wire()}

    @staticmethod
    def from_wire(wire: Mapping[str, Any]) -> HeardError:
        """The error a peer sent. A code this version does not know is treated by its `temporary`."""
        code, message = str(wire.get("code", "")), str(wire.get("message", "refused without a reason"))
        retry = wire.get("retry_after_ms")
        fields = wire.get("fields")
        kind = BY_CODE.get(code, Temporary if wire.get("temporary") else Permanent)
        return kind(
            message,
            retry_after_ms=retry if isinstance(retry, int) else None,
            fields=fields if isinstance(fields, Mapping) else None,
        )


class Permanent(HeardError):
    """Saying it again changes nothing."""


class Temporary(HeardError):
    """The same command, later, may pass."""

    temporary = True


class BadRequest(Permanent):
    """The input is not what the contract says."""

    code, status = "bad_request", 400


class Malformed(BadRequest):
    """It has not even the shape the contract gives: a name or a field nobody knows, one that is missing, a wrong type.

    To whoever asked it is a `bad_request`; on a socket it also counts against the connection, where a value that
    will not do (an order of nothing, a text too long) does not: a till with a bad menu is not thrown out.
    """


class TokenInUrl(Permanent):
    """A token came in the URL, where logs and proxies keep it."""

    code, status = "token_in_url", 400


class InvalidToken(Permanent):
    """No token, or not one of ours."""

    code, status = "invalid_token", 401


class TokenExpired(Permanent):
    """It was one of ours; its time is over."""

    code, status = "token_expired", 401


class Forbidden(Permanent):
    """This role may not do this, or not here."""

    code, status = "forbidden", 403


class NotFound(Permanent):
    """No such thing within this tenant: another tenant's things read just the same."""

    code, status = "not_found", 404


class Conflict(Permanent):
    """This command id, or this revision, was already used for something else."""

    code, status = "conflict", 409


class InvalidTransition(Permanent):
    """The kitchen's tables do not know this move from this state."""

    code, status = "invalid_transition", 409


class NotReady(Permanent):
    """Expo wants to close an order while prep is open."""

    code, status = "not_ready", 409


class Voided(Permanent):
    """The item was voided; acknowledge it instead."""

    code, status = "voided", 409


class TooLarge(Permanent):
    """More bytes than we take."""

    code, status = "too_large", 413


class Unsupported(Permanent):
    """A media type or encoding we do not take."""

    code, status = "unsupported", 415


class Timeout(Temporary):
    """The body took too long to arrive; nothing was done."""

    code, status = "timeout", 408


class TooManyRequests(Temporary):
    """A limit was met; `retry_after_ms` says when it lifts."""

    code, status = "too_many_requests", 429


class Internal(Temporary):
    """Our mistake: logged with a trace, told without detail."""

    code, status = "internal", 500


class Unavailable(Temporary):
    """Something we stand on is away."""

    code, status = "unavailable", 503


class Draining(Temporary):
    """This gateway is on its way down."""

    code, status = "draining", 503


class StorageFull(Temporary):
    """The disk is full; nothing was written."""

    code, status = "storage_full", 507


def _leaves(kind: type[HeardError]) -> Iterator[type[HeardError]]:
    for below in kind.__subclasses__():
        yield from _leaves(below) if below in (Permanent, Temporary) else (below,)


BY_CODE: dict[str, type[HeardError]] = {leaf.code: leaf for leaf in _leaves(HeardError)}
