"""`heard` at a prompt, in this process."""

from __future__ import annotations

import pytest

from heard.cli import build


def at_prompt(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `heard` with these words."""
    texts = [str(word) for word in words]
    capsys.readouterr()
    try:
        code = build(texts)(texts, prog_name="heard", standalone_mode=False)
    except SystemExit as end:
        code = end.code
    except Exception as usage:  # noqa: BLE001 - click's own, for wrong usage
        code = getattr(usage, "exit_code", 1)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return int(code or 0), out, err
