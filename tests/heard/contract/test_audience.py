"""Who may say and hear what: at least what the interface promises, and nothing across stores or tenants."""

import pytest

from heard.contract.audience import ROLES, Principal, may_command, may_hear
from heard.contract.registry import COMMANDS
from heard.errors import Forbidden, NotFound

COOK = {f"kds:{verb}" for verb in ("start", "bump", "undo", "recall", "hold", "fire", "rush", "ack_void")}
TILL = {"orders:place", "orders:update", "orders:cancel"}
LEAST = {
    "kitchen": (COOK, {"kds"}),
    "expo": (COOK, {"kds"}),
    "pos": (TILL, {"orders"}),
    "manager": (COOK | TILL, {"kds", "orders", "ops"}),
    "operator": ({"ops:disconnect"}, {"ops"}),
    "viewer": (set(), {"kds", "orders", "ops"}),
    "customer": (set(), set()),
    "admin": (COOK | TILL | {"ops:disconnect"}, {"kds", "orders", "ops"}),
}
NEVER = {
    "kitchen": TILL | {"ops:disconnect"},
    "expo": TILL | {"ops:disconnect"},
    "pos": COOK | {"ops:disconnect"},
    "manager": {"ops:disconnect"},
    "operator": COOK | TILL,
    "viewer": set(COMMANDS),
    "customer": set(COMMANDS),
    "admin": set(),
}


def who(role: str, *stations: str, stores: tuple[str, ...] = ("s1",)) -> Principal:
    return Principal("demo", "ann", role, stores, stations)


def test_the_table_has_every_role_of_the_interface():
    assert set(ROLES) == set(LEAST)
    assert all(powers.commands <= set(COMMANDS) for powers in ROLES.values())


@pytest.mark.parametrize("role", LEAST)
def test_a_role_has_at_least_its_powers_and_never_others(role):
    commands, hears = LEAST[role]
    for name in commands:
        may_command(who(role, "grill"), "s1", name, "grill" if name.startswith("kds:") else None)
    for kind in hears:
        may_hear(who(role), f"s1/{kind}")
    for name in NEVER[role]:
        with pytest.raises(Forbidden, match=f"role {role} may not {name}"):
            may_command(who(role, "*"), "s1", name)
    for kind in {"kds", "orders", "ops"} - ROLES[role].hears:
        with pytest.raises(Forbidden, match=f"role {role} does not hear {kind}"):
            may_hear(who(role), f"s1/{kind}")


@pytest.mark.parametrize("role", LEAST)
def test_nobody_reaches_another_store(role):
    for name in ("kds:bump", "orders:place", "ops:disconnect"):
        with pytest.raises(NotFound, match="there is no store s2"):
            may_command(who(role, "*"), "s2", name)
    with pytest.raises(NotFound, match="there is no store s2"):
        may_hear(who(role), "s2/kds")


def test_a_star_reaches_every_store_only_for_admins():
    assert who("admin", stores=("*",)).in_store("anything")
    for role in set(ROLES) - {"admin"}:
        assert not who(role, stores=("*",)).in_store("s1")


def test_a_cook_works_where_the_token_says():
    may_command(who("kitchen", "grill", "fry"), "s1", "kds:bump", "fry")
    may_command(who("kitchen", "*"), "s1", "kds:bump", "cold")
    with pytest.raises(Forbidden, match="this token works at grill, fry, not at cold"):
        may_command(who("kitchen", "grill", "fry"), "s1", "kds:bump", "cold")
    with pytest.raises(Forbidden, match="works at no station"):
        may_command(who("kitchen"), "s1", "kds:bump", "cold")


@pytest.mark.parametrize("role", ["expo", "manager", "admin"])
def test_expo_works_everywhere_and_may_force(role):
    may_command(who(role), "s1", "kds:bump", "grill", force=True)


def test_a_cook_at_expo_may_not_force():
    with pytest.raises(Forbidden, match="over open prep"):
        may_command(who("kitchen", "expo"), "s1", "kds:bump", "expo", force=True)


@pytest.mark.parametrize("role", LEAST)
def test_everybody_hears_what_is_said_to_him_and_nobody_elses(role):
    may_hear(who(role), "user/ann")
    with pytest.raises(NotFound, match="there is no stream user/bo"):
        may_hear(who(role), "user/bo")


@pytest.mark.parametrize(
    "stream", ["", "s1", "s1/", "s1/secrets", "s1/kds/x", "../kds", "t:1:s:2", "*", "user/", "/kds"]
)
def test_no_stream_is_found_by_a_made_up_name(stream):
    with pytest.raises(NotFound):
        may_hear(who("admin"), stream)
