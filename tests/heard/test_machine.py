"""What the system tells of this process."""

from __future__ import annotations

from heard.machine import memory_bytes


def test_memory_is_told_in_bytes_and_else_the_most_there_ever_was(monkeypatch, tmp_path):
    assert 5_000_000 < memory_bytes() < 100_000_000_000
    monkeypatch.setattr("heard.machine._STATM", tmp_path / "nowhere")
    assert memory_bytes() > 5_000_000
