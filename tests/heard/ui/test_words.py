"""What the screens say: found in the code, whole in every language, filled in without a look at what is filled in."""

from __future__ import annotations

import pytest

from docs import words as gathering
from heard.text import cells
from heard.ui.words import ENGLISH, UnknownLanguage, Words, languages, later, words_for, words_or_english

SHOUTED = (
    "ALLERGY", "VOID", "RUSH", "VIP", "LATE", "READY", "STARTED", "HELD", "NEW", "CHANGED", "RECALLED", "ADD-ON",
    "UNROUTED", "NO", "EXTRA", "LITE", "SIDE", "SUB", "PRE", "ADD", "CONTINUED", "TEST",
)  # fmt: skip
"""What stands on cards in capitals."""
OTHERS = [one for one in languages() if one != "en"]


def test_english_is_what_stands_in_the_code():
    assert ENGLISH("page {page}", page=2) == "page 2"
    assert ENGLISH.many("{n} card", "{n} cards", 1) == "1 card"
    assert ENGLISH.many("{n} card", "{n} cards", 0) == "0 cards"


def test_what_is_filled_in_is_never_looked_at_for_fields():
    assert ENGLISH("for {name}", name="{0.__class__} {name} %s") == "for {0.__class__} {name} %s"


def test_no_text_is_nothing_in_every_language():
    for language in languages():
        assert words_for(language)("") == ""


def test_german_and_spanish_are_there():
    assert {"de", "es"} <= set(languages())
    assert words_for("de")("ALLERGY") == "ALLERGIE"
    assert words_for("es").many("{n} card is open.", "{n} cards are open.", 2) == "2 comandas abiertas."


def test_a_text_nobody_translated_is_said_in_english():
    assert words_for("de")("no catalogue has this text") == "no catalogue has this text"


@pytest.mark.parametrize("name", ["de_AT", "de-CH", "de_DE.UTF-8", "DE"])
def test_a_country_s_language_is_its_language_where_it_has_none_of_its_own(name):
    assert words_for(name).language == "de"


def test_none_is_english():
    assert words_for(None) is ENGLISH
    assert words_for("en_GB") is ENGLISH


@pytest.mark.parametrize("name", ["tlh", "../de", "", "x" * 500, "de/../es"])
def test_an_unknown_language_is_refused_with_those_there_are(name):
    if not name:
        assert words_for(name) is ENGLISH
        return
    with pytest.raises(UnknownLanguage, match="there are en, de, es"):
        words_for(name)
    words, sentence = words_or_english(name)
    assert words is ENGLISH
    assert "there is no language" in sentence


# ── The catalogues ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_catalogues_are_what_the_code_says_and_whole_in_every_language():
    assert gathering.stale() == []


def test_a_text_without_a_translation_and_a_field_that_is_not_there_are_faults():
    held = gathering.Plain(locale="de", fuzzy=False)
    held.add("page {page}", "Seite {pgae}")
    held.add("done", "")
    held.add(("{n} card", "{n} cards"), ("{n} Bon", ""))
    held.add("fine", "gut")
    assert [fault.partition(": ")[2].partition(":")[0] for fault in gathering.faults("de", held)] == [
        "other fields than 'page {page}' has",
        "not translated",
        "not translated",
    ]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('words("a")', ["a"]),
        ('self._words("a {n}", n=1)', ["a {n}"]),
        ('words.many("a", "b", n)', [("a", "b")]),
        ('top.words("a" if so else "b")', ["a", "b"]),
        ('X = later("a")', ["a"]),
        ('say = look.words\nsay("a")', ["a"]),
        ('status, w = self.status, self.words\nw("a")', ["a"]),
        ('say("a")', []),
        ("words(text)", []),
        ('many("a", "b", 1)', []),
    ],
)
def test_texts_are_found_however_words_are_called(source, found):
    assert list(gathering.literals(source)) == found


def test_later_leaves_a_text_as_it_is():
    assert later("done") == "done"


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_says_the_same_of_one_and_of_many_where_english_does_not(language):
    """A plural that was filled in without a look is a plural that is wrong."""
    for message in gathering.catalogue(language):
        if isinstance(message.id, tuple) and message.id[0] != message.id[1]:
            assert all(message.string), message.id


@pytest.mark.parametrize("language", OTHERS)
def test_words_on_cards_are_short_enough_for_cards(language):
    words: Words = words_for(language)
    for text in SHOUTED:
        assert cells(words(text)) <= max(11, cells(text)), text
        assert words(text) == words(text).upper(), text
