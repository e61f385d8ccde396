"""What the filter over answered commands promises."""

from server.journal import bloom
from server.journal.bloom import Bloom


def test_what_was_added_is_found_and_hardly_anything_else():
    answered = Bloom()
    for number in range(1000):
        answered.add(("demo", "s1", f"command-{number}"))
    assert all(("demo", "s1", f"command-{number}") in answered for number in range(1000))
    strangers = [("demo", "s2", f"command-{number}") for number in range(1000)]
    strangers += [("other", "s1", f"command-{number}") for number in range(1000)]
    assert sum(stranger in answered for stranger in strangers) < 20


def test_a_full_one_says_of_everything_that_it_may_be_there(monkeypatch):
    monkeypatch.setattr(bloom, "BITS", 8)
    answered = Bloom()
    for number in range(1000):
        answered.add(("demo", "s1", f"command-{number}"))
    assert ("demo", "s1", "new") in answered
