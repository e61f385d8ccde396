"""What a pid and an offset say, and what is made of those that say something else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.contract.session import MAX_OFFSET, MAX_RECOVERED_STREAMS
from server.sockets.recovery import Place, Trail, returning

TAG = "a" * 12
KDS = {"s1/kds": Place("e1", 3)}


def pid(**places: Place) -> str:
    return Trail(places or KDS, TAG).offset


# ── What is said ──────────────────────────────────────────────────────────────────────────────────────────────────────

ids = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,31}", fullmatch=True)
durable = st.builds("{}/{}".format, ids.filter(lambda store: store != "user"), st.sampled_from(["kds", "orders"]))
people = st.from_regex(r"user/[A-Za-z0-9][A-Za-z0-9@._:-]{0,63}", fullmatch=True)
epochs = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
places = st.builds(Place, epochs, st.integers(0, 2**49), st.none() | ids)
live = st.builds("{}/{}".format, ids.filter(lambda store: store != "user"), st.sampled_from(["ops", "dashboard"]))
some = st.dictionaries(durable | people, places, max_size=12)


@given(some, st.dictionaries(live, st.just(Place()), max_size=4))
def test_what_is_written_is_read(heard, alive):
    trail = Trail(heard | alive)
    read = Trail.read(trail.offset)
    assert (read.tag, read.places, read.offset) == (trail.tag, heard | alive, trail.offset)


@given(some)
def test_it_is_one_plain_word_for_json_and_never_too_long(heard):
    offset = Trail(heard).offset
    assert json.dumps(offset) == f'"{offset}"'
    assert len(offset) <= MAX_OFFSET


def test_the_longest_there_can_be_is_not_too_long():
    heard = {f"user/{n:02}{'s' * 62}": Place("e" * 64, 10**15 - 1, "t" * 32) for n in range(MAX_RECOVERED_STREAMS)}
    offset = Trail(heard).offset
    assert len(offset) <= MAX_OFFSET
    assert Trail.read(offset).places == heard


@given(st.text(max_size=200) | st.text(alphabet="aA019~,/-_@.:skduser", max_size=200))
def test_nothing_makes_it_stumble(text):
    read = Trail.read(text)
    assert read is None or read.offset == text


@pytest.mark.parametrize(
    "text",
    [
        "", "~", TAG[1:], f"{TAG}a", f"{TAG}~", f"{TAG}~s1/kds", f"{TAG}~s1/kds,", f"{TAG}~s1/kds,e",
        f"{TAG}~s1/kds,e,-1", f"{TAG}~s1/kds,e,01", f"{TAG}~s1/kds,e,1e3", f"{TAG}~s1/kds,e,1,",
        f"{TAG}~s1/kds,e,1,Grill", f"{TAG}~s1/kds,e,1,grill,x", f"{TAG}~s1/kds,e,{'9' * 16}",
        f"{TAG}~s1/kds,e,\u0661", f"{TAG}~s1/kds,e,1\n",
        f"{TAG}~s1/ops,e,1", f"{TAG}~S1/kds,e,1", f"{TAG}~../kds,e,1", f"{TAG}~*,e,1", f"{TAG}~user/,e,1",
        f"{TAG}~s1/kds,e,1~s1/kds,e,2", f"{TAG}~s1/kds,{'e' * 65},1", " " + pid(), pid() + "\x00",
        TAG + "".join(f"~s{n}/kds,e,1" for n in range(MAX_RECOVERED_STREAMS + 1)),
    ],
)  # fmt: skip
def test_what_we_never_said_is_no_offset(text):
    assert Trail.read(text) is None


# ── How it moves ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_offset_moves_with_what_was_said():
    trail = Trail({"s1/kds": Place("e1", 3, "grill"), "s1/ops": Place()}, TAG)
    assert trail.offset == f"{TAG}~s1/kds,e1,3,grill~s1/ops"
    assert trail.reached("s1/kds", 5)
    assert trail.offset == f"{TAG}~s1/kds,e1,5,grill~s1/ops"
    trail.hears("user/ann", Place("e2", 0))
    trail.forgets("s1/ops")
    trail.forgets("s1/ops")
    assert trail.offset == f"{TAG}~s1/kds,e1,5,grill~user/ann,e2,0"


def test_what_was_said_before_is_not_said_again():
    trail = Trail(KDS)
    assert [trail.reached("s1/kds", seq) for seq in (2, 3, 4, 4, 5)] == [False, False, True, False, True]


def test_every_pid_is_another():
    assert len({Trail(KDS).offset for _ in range(100)}) == 100


# ── Who returns ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_returns_stands_where_the_last_offset_says():
    assert returning(pid(), f"{TAG}~s1/kds,e1,9~s1/orders,e2,4", ["s1/kds"]).places == {
        "s1/kds": Place("e1", 9), "s1/orders": Place("e2", 4),
    }  # fmt: skip


def test_before_the_first_event_the_pid_says_it():
    assert returning(pid(), None, ["s1/kds"]).places == KDS


def test_an_offset_from_before_the_pid_counts_for_nothing():
    stale = Trail({"s1/kds": Place("e0", 1)}).offset
    assert returning(pid(), stale, ["s1/kds"]).places == KDS


@pytest.mark.parametrize(
    ("given", "offset", "own"),
    [
        (None, None, ["s1/kds"]), (None, pid(), ["s1/kds"]), ("", None, ["s1/kds"]), ("nonsense", pid(), ["s1/kds"]),
        (pid(), "nonsense", ["s1/kds"]), (pid(), "", ["s1/kds"]), (pid(), None, ["s2/kds"]), (pid(), None, []),
        (TAG, None, ["s1/kds"]),
    ],
)  # fmt: skip
def test_whoever_was_not_here_does_not_return(given, offset, own):
    assert returning(given, offset, own) is None
