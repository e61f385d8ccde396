"""What comes back from a gateway, read: an answer of the kind asked for, or why there is none."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from heard.client.links.base import LinkDown
from heard.errors import HeardError

Reply = TypeVar("Reply", bound=BaseModel)


def read_as(kind: type[Reply], told: Any) -> Reply:
    """An ack as what it must be.

    Raises:
        HeardError: it is a refusal. LinkDown: it is nothing of the kind.
    """
    if isinstance(told, dict) and told.get("ok") is False:
        raise HeardError.from_wire(told)
    try:
        return kind.model_validate(told)
    except ValidationError as faults:
        raise LinkDown(f"the gateway's answer cannot be read: {faults.error_count()} faults") from faults
