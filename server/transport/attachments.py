"""Binary inside events: placeholders in the JSON, raw bytes in packets of their own right behind it.

The rules are those of the Socket.IO protocol, revision 5: a packet of type 5 or 6 says how many attachments follow,
and `{"_placeholder": true, "num": n}` stands where the n-th of them belongs.
"""

from typing import Any, Final

from server.transport.frames import Attachment, ProtocolError

_MARK: Final = "_placeholder"
_WRITTEN: Final = b'"_placeholder":true'
_RAW: Final = (bytes, bytearray, memoryview)

Place = tuple[Any, Any]
"""A list or dict, and the index or key in it."""


class Vacancies:
    """A decoded payload whose attachments have not all come yet."""

    def __init__(self, payload: list[Any], count: int) -> None:
        """Find the place of every attachment.

        Raises: ProtocolError unless each of `count` attachments has exactly one place.
        """
        self._places = _places(payload)
        self._came: list[bytes] = []
        if self._places.keys() != set(range(count)):
            raise ProtocolError("placeholders and attachments differ")

    def fill(self, attachment: bytes) -> bool:
        """Take the next attachment and say whether it was the last; then the payload is whole."""
        container, key = self._places[len(self._came)]
        container[key] = attachment
        self._came.append(attachment)
        return len(self._came) == len(self._places)


class Detached:
    """Collects what JSON cannot hold while a payload is written: `json.dumps(payload, default=detached)`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._attachments: list[Attachment] = []

    def __call__(self, value: object) -> dict[str, Any]:
        """Return the placeholder for a value. Raises: TypeError for what is no bytes, ValueError for one too many."""
        if not isinstance(value, _RAW):
            raise TypeError(f"{type(value).__name__} is not JSON")
        number = len(self._attachments)
        if number == self._most:
            raise ValueError(f"more than {self._most} attachments")
        self._attachments.append(Attachment(value))
        return placeholder(number)

    def checked(self, text: bytes) -> list[Attachment]:
        """Return the attachments of what was written. Raises: ValueError when other data passes for a placeholder."""
        if self._attachments and text.count(_WRITTEN) != len(self._attachments):
            raise ValueError("the payload holds an object that looks like a placeholder")
        return self._attachments


def placeholder(number: int) -> dict[str, Any]:
    """Return what stands in the JSON where an attachment belongs."""
    return {_MARK: True, "num": number}


def _places(payload: list[Any]) -> dict[int, Place]:
    # Not recursive: how deep JSON may nest is up to its parser.
    found: dict[int, Place] = {}
    containers: list[Any] = [payload]
    while containers:
        container = containers.pop()
        for key, value in list(container.items() if isinstance(container, dict) else enumerate(container)):
            if isinstance(value, dict) and _MARK in value:
                number = _number(value)
                if number in found:
                    raise ProtocolError("an attachment has two places")
                found[number] = (container, key)
            elif isinstance(value, dict | list):
                containers.append(value)
    return found


def _number(placeholder: dict[str, Any]) -> int:
    number = placeholder.get("num")
    if placeholder.get(_MARK) is not True or type(number) is not int or len(placeholder) != 2:
        raise ProtocolError("broken placeholder")
    return number
