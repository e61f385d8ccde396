"""A program that is talked to in lines, through pipes."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from typing import Self

from tests.patience import PATIENCE_S
from tests.stories.processes import until


class Talk:
    """A program that is talked to through pipes. A context: in the end it is gone."""

    def __init__(self, words: Sequence[str], environ: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ | {"TERM": "dumb"}
        )
        self.raw = b""
        self._reader = threading.Thread(target=self._read, name="talk")
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        while data := self.process.stdout.read1(65_536):
            self.raw += data

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()

    @property
    def lines(self) -> list[str]:
        """What was said so far."""
        return self.raw.decode().splitlines()

    def hears(self, *words: str, after: int = 0) -> str:
        """Wait for a line with all of these, and return it."""

        def found() -> str | None:
            return next((line for line in self.lines[after:] if all(word in line for word in words)), None)

        try:
            until(found, str(words))
        except AssertionError:
            raise AssertionError(f"{words} was never said:\n{self.raw.decode()}") from None
        return found() or ""

    def types(self, text: str) -> int:
        """A line; how many lines had been said before."""
        assert self.process.stdin is not None
        said = len(self.lines)
        self.process.stdin.write(f"{text}\n".encode())
        self.process.stdin.flush()
        return said

    def left(self) -> int:
        """Its exit code."""
        code = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        assert self.process.stderr is not None
        assert b"Traceback" not in self.process.stderr.read()
        return code
