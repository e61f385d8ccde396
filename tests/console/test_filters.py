"""Filters: the grammar, and that nothing a person can type breaks or stalls the console."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console.columns import connection_columns, error_columns
from console.figures import ErrorRow
from console.filters import MAX_FILTER, MAX_STEPS, MAX_TEXT, Fault, Filter, Texts, read_filter
from tests.console.stand_in import at, row

COLUMNS = connection_columns()
NOW = at(600)
ROWS = (
    row("a", subject="marie", role="manager", stations=(), rtt_ms=12, address="10.0.0.5", client="heard-kds/expo 0.1"),
    row("b", subject="grill-1", role="kitchen", rtt_ms=180.5, queue_bytes=70_000, lag=4, last_error="forbidden"),
    row("c", subject="fry 2", role="kitchen", stations=("fry",), since=at(595), lag=0, idle_s=300),
)


def found(text: str) -> str:
    told = read_filter(text, COLUMNS)
    assert isinstance(told, Filter), told
    return "".join(one.connection for one in told.keep(ROWS, NOW))


def fault(text: str) -> Fault:
    told = read_filter(text, COLUMNS)
    assert isinstance(told, Fault), told
    return told


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", "abc"),
        ("   ", "abc"),
        ("marie", "a"),
        ("MARIE", "a"),
        ("/marie", "a"),
        ("^grill$", "b"),
        ("fry|marie", "ac"),
        ("10.0", "a"),
        ("!kitchen", "a"),
        ("/!kitchen", "a"),
        ("!role:kitchen", "a"),
        ("-f gr1", "b"),
        ("/-f gr1", "b"),
        ("-f mre role:manager", "a"),
        ("role:kitch", "bc"),
        ("role=kitch", ""),
        ("ROLE:kitchen", "bc"),
        ("role=KITCHEN", "bc"),
        ('user:"fry 2"', "c"),
        ('"fry 2"', "c"),
        ("station:-", "a"),
        ("!error:-", "b"),
        ("rtt>100", "b"),
        ("rtt<100", "a"),
        ("rtt>=180.5 rtt<=180.5", "b"),
        ("rtt>0.1s", "b"),
        ("queue>64k", "b"),
        ("queue:0", "ac"),
        ("lag:0", "c"),
        ("lag:-", "a"),
        ("!lag:-", "bc"),
        ("idle>=5m", "c"),
        ("since<10s", "c"),
        ("since:10m", "ab"),
        ("role:kitchen lag>0", "b"),
        ("kitchen !fry", "b"),
    ],
)
def test_the_grammar(text, kept):
    assert found(text) == kept


def test_a_command_is_looked_for_with_a_slash():
    columns = error_columns()
    rows = [ErrorRow("forbidden", name, 0, 0, 1, None) for name in ("orders:place", "kds:bump")]
    asked = read_filter("/orders:place", columns)
    assert isinstance(asked, Filter)
    assert [one.command for one in asked.keep(rows, NOW)] == ["orders:place"]
    wrong = read_filter("orders:place", columns)
    assert isinstance(wrong, Fault)
    assert "or write /orders:place" in wrong.sentence


def test_of_an_endless_text_only_the_beginning_is_searched():
    told = read_filter("needle", COLUMNS)
    assert isinstance(told, Filter)
    assert told.matches(row(client="x" * (MAX_TEXT - 6) + "needle"), NOW)
    assert not told.matches(row(client="x" * MAX_TEXT + "needle"), NOW)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("colour:red", 0, "no column colour"),
        ("marie colour>3", 6, "no column colour"),
        ('user:"fry', 5, "never closed"),
        ("rtt>fast", 4, "fast is no number that rtt"),
        ("rtt>5k", 4, "5k is no number"),
        ("idle>5k", 5, "5k is no number"),
        ("lag>5m5", 4, "5m5 is no number"),
        ("user>5", 5, "write user:word"),
        ("role:", 5, "role: needs a word"),
        ("marie -f", 6, "-f needs letters"),
        ("!", 1, "nothing to look for"),
        ("/", 1, "nothing to look for"),
        ("abc [a-", 4, "no regular expression"),
        ("x" * (MAX_FILTER + 1), MAX_FILTER, "at most"),
        ("y" * 150, 0, "at most"),
    ],
)
def test_a_bad_filter_is_a_sentence_with_its_place(text, place, words):
    told = fault(text)
    assert (told.at, words in told.sentence) == (place, True), told
    assert str(told).startswith(f"filter, character {place + 1}: ")


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a|a)*b", "(a*)*", "([a-z]+)*x", ".*.*x", "a*a*a*b", "(x+x+)+y", "(?=a)", r"(.)\1",
     "a?" * 20 + "a" * 20, "(a|b)" * 15, "(ab){2,}", "{.*.*.*}x", "a{1,99}b{1,99}", "(a|aa)+$", r"(\w+\s?)*$"],
)  # fmt: skip
def test_an_expression_that_could_stall_the_console_is_not_taken(pattern):
    assert fault(pattern).sentence


_atoms = st.sampled_from(["a", ".", r"\w", r"\*", "[*+]", "[]|?]", "[^)]", "{", r"\)", "(b)", "(?:c)"])
_counts = st.sampled_from(["", "?", "??", "*", "+", "*?", "{2,}", "{,3}", "{4}?"])


@given(st.lists(st.tuples(_atoms, _counts, st.sampled_from(["", "|"])), min_size=1, max_size=10))
def test_what_is_taken_needs_few_steps_and_what_needs_few_is_taken(parts):
    pattern = "".join(atom + count + bar for atom, count, bar in parts)
    repeats = sum(count[:1] in ("*", "+", "{") for _, count, _ in parts if count)
    choices = sum(count.startswith("?") for _, count, _ in parts) + pattern.count("|") - pattern.count("[]|?]")
    groups = any(atom[0] == "(" and count[:1] in ("*", "+", "{") for atom, count, _ in parts if count)
    few = MAX_TEXT ** (repeats + 1) * 2**choices <= MAX_STEPS
    told = read_filter(f'/"{pattern}"', COLUMNS)
    assert isinstance(told, Filter) is (few and not groups)


@given(st.text(max_size=250))
@example("\x00")
@example("role:\ud800")
@example("user:{0.__class__}")
@example("rtt>999999999999999999")
@example("rtt>\u0661")
@example("a{99999999999999}")
@example("[[a]--b]")
def test_nothing_that_is_typed_raises(text):
    told = read_filter(text, COLUMNS)
    if isinstance(told, Fault):
        assert told.sentence
        assert 0 <= told.at <= max(len(text), MAX_FILTER)
        str(told)
    else:
        told.keep(ROWS, NOW)


_names = st.sampled_from([column.id for column in COLUMNS])
_signs = st.sampled_from([":", "=", ">", "<", ">=", "<="])
_values = st.one_of(st.integers(0, 10**6).map(str), st.text(alphabet='abc-5mks"/!', max_size=5))


@given(st.lists(st.tuples(st.booleans(), _names, _signs, _values), max_size=5))
def test_several_terms_are_all_true(parts):
    terms = ["!" * inverse + name + sign + value for inverse, name, sign, value in parts]
    each = [read_filter(term, COLUMNS) for term in terms]
    told = read_filter(" ".join(terms), COLUMNS)
    if all(isinstance(one, Filter) for one in each) and not any('"' in term for term in terms):
        for one in ROWS:
            assert told.matches(one, NOW) == all(test.matches(one, NOW) for test in each)


@given(_names, _signs, _values)
def test_an_inverse_keeps_exactly_the_others(name, sign, value):
    told, other = (read_filter(not_ + name + sign + value, COLUMNS) for not_ in ("", "!"))
    assert isinstance(told, Fault) == isinstance(other, Fault)
    if isinstance(told, Filter):
        assert all(told.matches(one, NOW) != other.matches(one, NOW) for one in ROWS)


# ── What was read once ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def reads():
    """Columns that note each row whose user is read, and what filters of theirs share."""
    read = []
    user = replace(COLUMNS[0], read=lambda one, _: read.append(one.connection) or one.subject)
    columns = (user, *COLUMNS[1:])
    texts = Texts(columns)

    def ask(text, rows):
        read.clear()
        return "".join(one.connection for one in read_filter(text, columns, texts=texts).keep(rows, NOW)), "".join(read)

    return ask


def test_a_letter_more_reads_no_row_again(reads):
    assert reads("gri", ROWS) == ("b", "abc")
    assert reads("grill", ROWS) == ("b", "")
    assert reads("lag>0", ROWS) == ("b", "")
    assert reads("-f gr1", ROWS) == ("b", "")
    assert reads("^gr.ll", ROWS) == ("b", "")


def test_a_row_that_is_another_is_read_again(reads):
    reads("marie", ROWS)
    assert reads("marie", (ROWS[0].model_copy(update={"subject": "ann"}), *ROWS[1:])) == ("", "a")


def test_what_has_left_is_forgotten():
    texts = Texts(COLUMNS)
    filtering = read_filter("marie", COLUMNS, texts=texts)
    for rows in (ROWS, ROWS[:1], ROWS[:1]):
        filtering.keep(rows, NOW)
    assert len({*texts._kept, *texts._before}) == 1


def in_order(letters, text):
    rest = iter(text)
    return all(letter in rest for letter in letters)


@given(
    st.text(alphabet="ab^]-\\.", min_size=1, max_size=5),
    st.lists(st.text(alphabet="ab^]-\\. ", max_size=8), max_size=3),
)
def test_letters_in_order_are_found_in_one_text_and_not_across_two(letters, words):
    one = row("x", subject=words[0] if words else "", role="", stations=(), namespaces=(), device="|".join(words[1:]))
    cells = [column.value(one, NOW) or "" for column in COLUMNS if column.kind == "text"]
    told = read_filter(f"-f {letters}", COLUMNS)
    assert bool(told.keep([one], NOW)) == any(in_order(letters, str(cell)) for cell in cells)


@given(st.text(alphabet="abBß.", min_size=1, max_size=3), st.text(alphabet="abBß. ", max_size=6))
def test_a_word_without_signs_is_found_as_an_expression_would_find_it(word, subject):
    one = row("x", subject=subject, role="", stations=(), namespaces=())
    plain, expression = (read_filter(text, COLUMNS).keep([one], NOW) for text in (f"/{word}", f"/({word})"))
    assert plain == expression
