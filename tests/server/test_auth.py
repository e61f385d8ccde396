"""Tokens: only whole, fresh, short-lived ones of ours, and nothing that merely looks like one."""

import base64
import json

import jwt
import pytest

from heard.errors import InvalidToken, TokenExpired
from server.auth import MAX_BYTES, Tokens
from server.keys import Keys

SECRET = b"0123456789abcdef0123456789abcdef"
OTHER = b"fedcba9876543210fedcba9876543210"
NOW = 1_800_000_000
HOUR = 3600


class Turned:
    def __init__(self) -> None:
        self.at = float(NOW)

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Turned:
    return Turned()


@pytest.fixture
def tokens(clock: Turned) -> Tokens:
    return Tokens(Keys("a1", {"a1": SECRET, "b2": OTHER}), {"demo"}, now=clock, new_id=lambda: "jti-1")


def claims(**changes):
    given = {
        "iss": "heard", "aud": "heard", "sub": "ann", "iat": NOW, "exp": NOW + HOUR, "jti": "j", "typ": "user",
        "tenant": "demo", "stores": ["s1"], "role": "pos", "stations": [],
    }  # fmt: skip
    return {key: value for key, value in (given | changes).items() if value is not ...}


def signed(payload, *, secret=SECRET, kid="a1", alg="HS256", **header):
    """A token put together by hand, since the library refuses to make some of these."""
    head = {"alg": alg, "typ": "JWT", "kid": kid} | header
    text = payload if isinstance(payload, str) else json.dumps(payload)
    parts = [packed(json.dumps({key: value for key, value in head.items() if value is not ...})), packed(text)]
    algorithm = jwt.get_algorithm_by_name(alg)
    return ".".join([*parts, packed(algorithm.sign(".".join(parts).encode(), algorithm.prepare_key(secret)))])


def packed(text):
    raw = text.encode() if isinstance(text, str) else text
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_token_made_here_says_whose_it_is(tokens):
    made = tokens.make(tenant="demo", subject="till-1", role="pos", stores=["s1"], life_s=HOUR, device="d1")
    who = tokens.verify(made)
    assert (who.tenant, who.subject, who.role, who.stores, who.device) == ("demo", "till-1", "pos", ("s1",), "d1")
    assert (who.token_id, who.expires) == ("jti-1", NOW + HOUR)


def test_a_token_by_hand_with_all_claims_in_order_is_let_in(tokens):
    assert tokens.verify(signed(claims())).subject == "ann"


def test_the_second_key_of_a_rotation_is_still_believed(tokens):
    assert tokens.verify(signed(claims(), secret=OTHER, kid="b2")).subject == "ann"


@pytest.mark.parametrize("kid", ["../../dev/null", "' OR 1=1", "k" * 10_000, "", "zz", 7, None, ..., "a1\n", ["a1"]])
def test_a_key_id_that_is_none_of_ours_is_refused(tokens, kid):
    with pytest.raises(InvalidToken):
        tokens.verify(signed(claims(), kid=kid))


def test_a_key_signs_only_under_its_own_id(tokens):
    with pytest.raises(InvalidToken):
        tokens.verify(signed(claims(), secret=OTHER, kid="a1"))


@pytest.mark.parametrize("alg", ["HS384", "HS512"])
def test_another_algorithm_with_the_right_secret_is_refused(tokens, alg):
    with pytest.raises(InvalidToken):
        tokens.verify(signed(claims(), alg=alg))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "RS256", "nonsense"])
def test_a_token_that_names_no_or_another_algorithm_is_refused(tokens, alg):
    head, payload, signature = signed(claims()).split(".")
    forged = packed(json.dumps({"alg": alg, "typ": "JWT", "kid": "a1"}))
    for end in ("", signature):
        with pytest.raises(InvalidToken):
            tokens.verify(f"{forged}.{payload}.{end}")
    assert tokens.verify(f"{head}.{payload}.{signature}")


def test_a_changed_claim_breaks_the_signature(tokens):
    head, _, signature = signed(claims()).split(".")
    with pytest.raises(InvalidToken):
        tokens.verify(f"{head}.{packed(json.dumps(claims(role='admin')))}.{signature}")


@pytest.mark.parametrize(
    "text", [None, "", "nonsense", "a.b.c", "é" * 20, "....", "x" * (MAX_BYTES + 1), "\x00", "a.b", "{}"]
)
def test_what_is_no_token_is_refused(tokens, text):
    with pytest.raises(InvalidToken):
        tokens.verify(text)


def test_a_token_of_more_than_4_kb_is_refused_though_its_signature_holds(tokens):
    with pytest.raises(InvalidToken):
        tokens.verify(signed(claims(stores=[f"store-{n}" for n in range(1_000)])))


@pytest.mark.parametrize(
    "missing", ["iss", "aud", "sub", "exp", "iat", "jti", "typ", "tenant", "stores", "role"]
)  # fmt: skip
def test_a_claim_left_out_or_null_is_refused(tokens, missing):
    for value in (..., None):
        with pytest.raises(InvalidToken):
            tokens.verify(signed(claims(**{missing: value})))


@pytest.mark.parametrize(
    "exp", [str(NOW + HOUR), 10**30, True, False, float(NOW + HOUR), [NOW], {}, -1, 0, NOW, NOW - 1, "never"]
)
def test_an_end_that_is_no_sound_whole_number_is_refused(tokens, exp):
    with pytest.raises(InvalidToken):
        tokens.verify(signed(claims(exp=exp)))


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_an_end_that_is_no_number_at_all_is_refused(tokens, text):
    with pytest.raises(InvalidToken):
        tokens.verify(signed(json.dumps(claims(exp="?")).replace('"?"', text)))


@pytest.mark.parametrize("name", ["iat", "nbf"])
@pytest.mark.parametrize("value", [str(NOW), True, float(NOW), [NOW], {}])
def test_a_beginning_that_is_no_whole_number_is_refused(tokens, name, value):
    with pytest.raises(InvalidToken):
        tokens.verify(signed(claims(**{name: value})))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "heard.evil"}, {"iss": ["heard"]}, {"iss": "Heard"}, {"iss": ""}, {"iss": 7},
        {"aud": "heard.evil"}, {"aud": ["heard"]}, {"aud": ["heard", "other"]}, {"aud": {}}, {"aud": ""},
    ],
)  # fmt: skip
def test_issuer_and_audience_are_matched_exactly(tokens, changes):
    with pytest.raises(InvalidToken):
        tokens.verify(signed(claims(**changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {"typ": "root"}, {"typ": 7}, {"typ": ["user"]}, {"typ": {}}, {"typ": "USER"},
        {"tenant": "elsewhere"}, {"tenant": ["demo"]}, {"tenant": "demo\n"}, {"tenant": 7},
        {"role": "root"}, {"role": ["pos"]}, {"role": "POS"}, {"role": 1},
        {"sub": ""}, {"sub": 7}, {"sub": "a\x1b[2J"}, {"sub": "ann\n"}, {"sub": "x" * 65}, {"sub": "../ann"},
        {"stores": "s1"}, {"stores": [7]}, {"stores": ["s1\n"]}, {"stores": {"s1": 1}}, {"stores": ["../s1"]},
        {"stations": "grill"}, {"stations": ["GRILL"]}, {"stations": [None]},
        {"device": 7}, {"device": ["d"]}, {"jti": 7},
    ],
)  # fmt: skip
def test_a_claim_we_do_not_know_is_refused(tokens, changes):
    with pytest.raises(InvalidToken):
        tokens.verify(signed(claims(**changes)))


def test_a_claim_given_twice_is_refused(tokens):
    twice = json.dumps(claims())[:-1] + ', "role": "admin"}'
    assert json.loads(twice)["role"] == "admin"
    with pytest.raises(InvalidToken):
        tokens.verify(signed(twice))


@pytest.mark.parametrize(("typ", "longest"), [("user", 12 * HOUR), ("device", 90 * 86_400), ("service", 90 * 86_400)])
def test_a_life_is_bounded_by_the_type(tokens, typ, longest):
    assert tokens.verify(signed(claims(typ=typ, exp=NOW + longest)))
    with pytest.raises(InvalidToken):
        tokens.verify(signed(claims(typ=typ, exp=NOW + longest + 1)))
    with pytest.raises(ValueError, match="lives between"):
        tokens.make(tenant="demo", subject="a", role="pos", stores=["s1"], life_s=longest + 1, typ=typ)
    with pytest.raises(ValueError, match="lives between"):
        tokens.make(tenant="demo", subject="a", role="pos", stores=["s1"], life_s=0, typ=typ)


def test_an_expired_token_is_good_for_half_a_minute_more_and_then_says_so(tokens, clock):
    token = signed(claims())
    for after, good in ((-1, True), (0, True), (29, True), (30, False), (86_400, False)):
        clock.at = NOW + HOUR + after
        if good:
            assert tokens.verify(token)
        else:
            with pytest.raises(TokenExpired):
                tokens.verify(token)


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_a_token_from_a_clock_ahead_of_ours_is_good_within_half_a_minute(tokens, name):
    assert tokens.verify(signed(claims(**{name: NOW + 30})))
    with pytest.raises(InvalidToken, match="clocks"):
        tokens.verify(signed(claims(**{name: NOW + 120})))


def test_an_expired_token_of_somebody_else_is_not_told_that_it_expired(tokens, clock):
    clock.at = NOW + 2 * HOUR
    with pytest.raises(InvalidToken):
        tokens.verify(signed(claims(), secret=OTHER))


def test_renewing_gives_the_same_rights_for_as_long_again(tokens, clock):
    old = tokens.make(
        tenant="demo", subject="box-7", role="kitchen", stores=["s1"], stations=["grill"], life_s=30 * 86_400,
        typ="device", device="box-7",
    )  # fmt: skip
    clock.at += 86_400
    fresh, ends = tokens.renew(old)
    was, now = tokens.verify(old), tokens.verify(fresh)
    assert ends == now.expires == NOW + 31 * 86_400
    assert (was.subject, was.role, was.stores, was.stations, was.device) == (
        now.subject, now.role, now.stores, now.stations, now.device,
    )  # fmt: skip


def test_keys_do_not_show_in_a_log():
    assert SECRET.decode() not in repr(Keys("a1", {"a1": SECRET}))
