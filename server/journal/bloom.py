"""Which commands cannot have been answered before: known without asking the journal."""

from server.journal.admission import AnswerKey

BITS = 1 << 26
"""8 MiB. With a million answers kept one new command in 70 is asked about in vain, with five millions one in 14."""


class Bloom:
    """A Bloom filter of one hash: a bit for each command that may have its answer.

    What is not `in` it was never added. What is may be another command of the same bit, or one whose answer was
    forgotten since or never got written: whoever finds it here asks the journal. It never grows, and the fuller it is
    the more often the journal is asked, up to every time: then it is as if it were not there.
    """

    def __init__(self) -> None:
        self._bits = bytearray(BITS // 8)

    def add(self, key: AnswerKey) -> None:
        """From now on it may have its answer."""
        bit = hash(key) % BITS
        self._bits[bit >> 3] |= 1 << (bit & 7)

    def __contains__(self, key: AnswerKey) -> bool:
        bit = hash(key) % BITS
        return bool(self._bits[bit >> 3] & 1 << (bit & 7))
