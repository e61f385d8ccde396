"""The scalars and the two strictnesses everything said is built from."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    ValidationInfo,
)

from heard.errors import BadRequest, Malformed
from heard.faults import sentence
from heard.text import safe_text


class Wire(BaseModel):
    """Anything said. Receivers ignore fields they do not know, so that a newer peer may say more."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    def as_wire(self) -> dict[str, Any]:
        """JSON-ready; what is None is left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @classmethod
    def ingest(cls, data: Any) -> Self:
        """Read what an outsider asks of the gateway: unknown fields are refused, words are made safe.

        Raises:
            BadRequest: with one sentence a field.
        """
        try:
            return cls.model_validate(data, extra="forbid", context=INGEST)
        except ValidationError as wrong:
            raise bad_request(wrong) from None


INGEST: dict[str, bool] = {"ingest": True}
"""Validation context of text that comes from outside. Facts were cleaned once and are read as they stand."""


def bad_request(wrong: ValidationError) -> BadRequest:
    """One sentence for the first fault, and a field map for all of them; the input itself is not repeated."""
    faults = wrong.errors(include_url=False, include_input=False)[:20]
    fields = {_place(fault["loc"]): _sentence(fault) for fault in faults}
    first = next(iter(fields))
    kind = Malformed if any(_is_shape(fault["type"]) for fault in faults) else BadRequest
    return kind(f"{first}: {fields[first]}", fields=fields)


def _is_shape(kind: str) -> bool:
    return kind in ("extra_forbidden", "missing") or kind.endswith("_type")


def _place(steps: tuple[int | str, ...]) -> str:
    return safe_text(".".join(str(step) for step in steps), limit=100) or "body"


def _sentence(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "string_pattern_mismatch":
        return _FORMS.get(fault["ctx"]["pattern"], "is not written as it must be")
    return sentence(fault, _KINDS)


_KINDS = {
    "extra_forbidden": "is not a field of this command",
    "missing": "is missing",
    "string_": "must be a text",
    "bool_": "must be true or false",
    "int_": "must be a whole number",
    "float_": "must be a number",
    "finite_number": "must be a number",
    "decimal_": 'must be a decimal number, like "2" or "0.250"',
    "datetime_": "is no time; write it like 2026-11-20T18:00:00Z",
    "timezone_aware": "does not say which time zone; write it like 2026-11-20T18:00:00Z",
    "dict_": "must be an object",
    "model_": "must be an object",
    "list_": "must be a list",
    "tuple_": "must be a list",
    "frozen_set_": "must be a list",
    "set_": "must be a list",
}
"""How the library's name of a fault begins → what is said instead."""

_BROKEN = re.compile("[\x00\ud800-\udfff]")


def _no_broken_text(value: Any) -> Any:
    # PostgreSQL takes neither; refused at the edge so that every journal agrees.
    if isinstance(value, str) and _BROKEN.search(value):
        raise ValueError("holds a NUL or half a surrogate pair")
    return value


def _decimal(value: Any) -> Any:
    if isinstance(value, bool | float):
        raise ValueError('is a JSON float; write it as a string, like "1.5"')
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", value):
        raise ValueError('is no plain decimal number, like "2" or "0.250"')
    return value


def _utc(value: datetime) -> datetime:
    if not 1900 <= value.year < 9999:
        raise ValueError("is no time a kitchen can mean")
    # Milliseconds are all that travels: kept to them from the start, a fold of the wire equals a fold of memory.
    value = value.astimezone(UTC)
    return value.replace(microsecond=value.microsecond // 1000 * 1000) if value.microsecond % 1000 else value


def instant_text(value: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS.mmmZ`."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


_YEAR = re.compile(r"[0-9]{4}-")
_LEAP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}):60([.,][0-9]*)?")


def _time_text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _YEAR.match(value):
        raise ValueError("is no time; write it like 2026-11-20T18:00:00Z")
    # No Python clock has a leap second; the last moment before it is the nearest there is.
    return _LEAP.sub(r"\1:59.999", value, count=1) if ":60" in value else value


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_time_text),
    AfterValidator(_utc),
    PlainSerializer(instant_text, return_type=str, when_used="json"),
]
"""A moment in UTC; input may carry any offset."""

Qty = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(ge=0, le=9999, decimal_places=3),
    PlainSerializer(lambda qty: format(qty, "f"), return_type=str, when_used="json"),
]
"""An exact decimal: a string or an integer in, a string out, never a float."""

Amount = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(ge=0, le=10_000_000, decimal_places=4),
    PlainSerializer(lambda amount: format(amount, "f"), return_type=str, when_used="json"),
]

SUBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._:-]{0,63}")
"""Who a token can be for, whole: people, devices, services; and whose stream there can be."""

_PLACE = r"^[a-z0-9][a-z0-9_-]{0,31}$"
_COMMAND = r"^[A-Za-z0-9_-]{8,64}$"
_THING = r"^[A-Za-z0-9_-]{1,64}$"
LANGUAGE = r"^[a-z]{2}(-[A-Z]{2})?$"
CURRENCY = r"^[A-Z]{3}$"
LAST_DIGITS = r"^[0-9]{1,4}$"

_FORMS = {
    _PLACE: "must be 1 to 32 of a-z, 0-9, - and _, and begin with a letter or a digit",
    _COMMAND: "must be 8 to 64 letters, digits, - or _",
    _THING: "must be 1 to 64 letters, digits, - or _",
    LANGUAGE: "must be a language, like de or de-AT",
    CURRENCY: "must be a currency of three letters, like EUR",
    LAST_DIGITS: "must be 1 to 4 digits",
}
"""Pattern → what is said of a text that does not match."""

StoreId = Annotated[str, StringConstraints(pattern=_PLACE)]
StationId = Annotated[str, StringConstraints(pattern=_PLACE)]
CommandId = Annotated[str, StringConstraints(pattern=_COMMAND)]
OrderId = Annotated[str, StringConstraints(pattern=_THING)]
ItemId = Annotated[str, StringConstraints(pattern=_THING)]
TicketId = Annotated[str, StringConstraints(max_length=100), BeforeValidator(_no_broken_text)]
OpaqueId = Annotated[str, StringConstraints(min_length=1, max_length=128), BeforeValidator(_no_broken_text)]
"""Somebody else's id: kept as it came."""


def _text(limit: int, at_least: int = 0) -> Any:
    def clean(value: str, info: ValidationInfo) -> str:
        if info.context is not INGEST:
            return value
        # NFC can make a text longer: it is cut again, for what was taken in must be readable for ever.
        text = safe_text(html.unescape(value), limit=limit).strip()
        if len(text) < at_least:
            raise ValueError("has no visible character")
        return text

    return (StringConstraints(max_length=limit), BeforeValidator(_no_broken_text), AfterValidator(clean))


Name = Annotated[str, *_text(200, 1)]
"""What a dish, a modifier or a person is called."""
Label = Annotated[str, *_text(64)]
"""A word or two: a table, a tab, a channel."""
Words = Annotated[str, *_text(1000, 1)]
"""A sentence: a note, a reason."""


Seq = Annotated[int, Field(ge=0, lt=2**53)]
"""A place in a stream, as an outsider gives it: within what JSON and SQLite can hold."""


class Command(Wire):
    """An imperative. The same `command_id` twice gets the first answer."""

    name: ClassVar[str]

    command_id: CommandId
    made_at: Instant | None = None
    """When the person acted: for reports and receipts, never for ordering."""
    seen_seq: Seq | None = None
    """The kds position of the screen the person looked at."""


class Fact(Wire):
    """Something that happened, in the past tense. `v` is the version of its data's schema."""

    name: ClassVar[str]
    v: ClassVar[int] = 1
    private: ClassVar[tuple[str, ...]] = ()
    """Dotted paths of personal data in it: journalled apart, so that they can be erased while history stays."""
