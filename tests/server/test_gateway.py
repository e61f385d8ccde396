"""The one door: who may, what is due, what is counted, and where streams stand."""

import asyncio

import pytest

from heard.contract.audience import ROLES, Principal
from heard.contract.registry import COMMANDS, read_command
from heard.errors import Draining, Forbidden, HeardError, NotFound
from heard.kitchen.rules import due
from server.gateway import digest, utc_now
from server.journal import StorageFull as JournalFull
from tests.server.desk import some_id, until

FIELDS = {
    "orders:place": {"order": {"items": [{"name": "Burger", "qty": 1}]}},
    "orders:update": {"order_id": "o-1", "changes": {"table": "4"}},
    "orders:cancel": {"order_id": "o-1"},
    "kds:rush": {"ticket_id": "o-1.grill", "priority": "vip"},
    "ops:disconnect": {"connection": "nobody"},
}


def command(name: str, command_id: str | None = None, **fields):
    fields = fields or FIELDS.get(name, {"ticket_id": "o-1.grill"})
    return read_command(name, {"command_id": command_id or some_id(), **fields})


def who(role: str, **changes) -> Principal:
    given = {"tenant": "demo", "subject": role, "role": role, "stores": ("s1",), "stations": ("*",)} | changes
    return Principal(**given)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", COMMANDS)
async def test_a_role_may_do_what_its_row_says_and_nothing_else(desk, role, name):
    try:
        await desk.gateway.submit(command(name), who(role), "s1")
        refused = None
    except HeardError as error:
        refused = error
    assert isinstance(refused, Forbidden) is (name not in ROLES[role].commands)


async def test_a_cook_works_at_his_stations_only(desk):
    order = await desk.place("Burger")
    cook = who("kitchen", stations=("fry",))
    with pytest.raises(Forbidden, match="fry"):
        await desk.gateway.submit(command("kds:bump", ticket_id=f"{order['id']}.grill"), cook, "s1")


async def test_a_cook_may_not_close_over_open_prep(desk):
    order = await desk.place("Burger")
    asked = command("kds:bump", ticket_id=f"{order['id']}.expo", force=True)
    with pytest.raises(Forbidden, match="open prep"):
        await desk.gateway.submit(asked, who("kitchen"), "s1")


@pytest.mark.parametrize("store", ["s2", "s9", "", "*"])
async def test_a_store_out_of_reach_is_not_there(desk, store):
    with pytest.raises(NotFound, match="there is no store"):
        await desk.gateway.submit(command("orders:place"), who("pos"), store)


async def test_an_admin_reaches_every_store_of_his_tenant_and_no_other(desk):
    admin = who("admin", stores=("*",))
    assert (await desk.gateway.submit(command("orders:place"), admin, "s2"))["ok"]
    with pytest.raises(NotFound):
        await desk.gateway.submit(command("orders:place"), admin, "s3")
    assert len(desk.kitchen("rival").committed.book.orders) == 0


async def test_another_tenants_order_is_not_there(desk):
    order = await desk.place("Burger")
    rival = who("manager", tenant="rival")
    told = await desk.gateway.submit(command("orders:cancel", order_id=order["id"]), rival, "s1")
    mine = await desk.gateway.submit(command("orders:cancel", order_id="nothing-here"), who("pos"), "s1")
    assert (told["code"], told["message"].replace(order["id"], "")) == (
        "not_found", mine["message"].replace("nothing-here", ""),
    )  # fmt: skip


async def test_a_draining_gateway_takes_nothing_for_now(desk):
    desk.gateway.draining = True
    with pytest.raises(Draining) as refused:
        await desk.gateway.submit(command("orders:place"), who("pos"), "s1")
    assert refused.value.retry_after_ms


async def test_every_command_is_counted_by_what_it_came_to(desk):
    order = await desk.place("Burger")
    for _ in range(2):
        await desk.command("kds:bump", ticket_id=f"{order['id']}.grill")
    await desk.command("kds:bump", ticket_id="nothing.grill")
    text = desk.gateway.metrics.text().decode()
    for outcome in ("applied", "already", "not_found"):
        assert f'heard_commands_total{{name="kds:bump",outcome="{outcome}"}} 1.0' in text
    assert 'heard_command_seconds_count{name="kds:bump"} 3.0' in text
    assert 'heard_journal_events_total{kind="kds"} 3.0' in text


def test_the_clock_gives_what_travels():
    now = utc_now()
    assert now.microsecond % 1000 == 0
    assert now.utcoffset().total_seconds() == 0


def test_a_digest_is_of_name_and_data_alone():
    first = command("kds:bump", ticket_id="a.grill")
    assert digest(first) == digest(command("kds:bump", ticket_id="a.grill", made_at="2026-01-01T00:00:00Z", seen_seq=4))
    assert digest(first) != digest(command("kds:bump", ticket_id="b.grill"))
    assert digest(first) != digest(command("kds:start", ticket_id="a.grill"))


# ── What time brings ──────────────────────────────────────────────────────────────────────────────────────────────────


async def scheduled(desk, minutes=30, **fields):
    at = desk.clock().timestamp() + minutes * 60
    when = desk.clock().fromtimestamp(at, tz=desk.clock().tzinfo).isoformat()
    return await desk.place("Burger", "Salad", hold="scheduled", fire_at=when, **fields)


def names(desk, stream="s1/kds"):
    return [told.envelope["name"] for told in desk.kitchen().tails[stream].events]


async def test_a_scheduled_order_fires_when_its_time_has_come_and_not_before(desk):
    order = await scheduled(desk)
    assert order["status"] == "held"
    desk.clock.turn(minutes=29)
    await desk.gateway.do_what_is_due()
    assert "kds:item_fired" not in names(desk)
    desk.clock.turn(minutes=2)
    await desk.gateway.do_what_is_due()
    fired = [
        told.envelope for told in desk.kitchen().tails["s1/kds"].events if told.envelope["name"] == "kds:item_fired"
    ]
    assert {event["data"]["station"] for event in fired} >= {"grill", "cold"}
    assert {event["actor"]["subject"] for event in fired} == {"system"}
    assert (await desk.get(f"/v1/stores/s1/orders/{order['id']}")).body["order"]["status"] == "received"
    before = len(names(desk))
    await desk.gateway.do_what_is_due()
    assert len(names(desk)) == before


async def test_the_clockwork_fires_by_itself(open_desk, monkeypatch):
    monkeypatch.setattr("server.app.DUE_EVERY_S", 0.01)
    desk = await open_desk()
    await scheduled(desk)
    desk.clock.turn(hours=1)
    await until(lambda: "kds:item_fired" in names(desk))


async def test_what_could_not_be_fired_is_fired_later(desk, monkeypatch):
    await scheduled(desk)
    desk.clock.turn(hours=1)
    append = desk.gateway.journal.append

    def full(_):
        future = asyncio.get_running_loop().create_future()
        future.set_exception(JournalFull("no room"))
        return future

    monkeypatch.setattr(desk.gateway.journal, "append", full)
    await desk.gateway.do_what_is_due()
    assert "kds:item_fired" not in names(desk)
    monkeypatch.setattr(desk.gateway.journal, "append", append)
    await desk.gateway.do_what_is_due()
    assert "kds:item_fired" in names(desk)


async def test_one_ticket_that_cannot_be_fired_does_not_keep_the_others(desk):
    first, second = await scheduled(desk), await scheduled(desk)
    desk.clock.turn(hours=1)
    taken = due(desk.kitchen().committed.board, desk.clock())[0]
    await desk.command("kds:hold", command_id=taken.command_id, ticket_id="nothing.grill")
    await desk.gateway.do_what_is_due()
    fired = [
        told.envelope for told in desk.kitchen().tails["s1/kds"].events if told.envelope["name"] == "kds:item_fired"
    ]
    assert {event["data"]["order_id"] for event in fired} >= {
        ({first["id"], second["id"]} - {taken.ticket_id.partition(".")[0]}).pop()
    }


async def test_answers_are_kept_for_a_hundred_days(desk):
    order = {"items": [{"name": "Burger", "qty": 1}]}
    asked = command("orders:place", command_id="some-command", order=order)
    await desk.gateway.submit(asked, who("pos"), "s1")
    for days, kept in ((99, True), (2, False)):
        desk.clock.turn(days=days)
        await desk.gateway.forget_old_answers()
        assert (await desk.gateway.journal.answer("demo", "s1", "some-command") is not None) is kept


async def test_work_that_fails_does_not_stop_the_clock(open_desk, monkeypatch):
    monkeypatch.setattr("server.app.DUE_EVERY_S", 0.005)
    desk = await open_desk()
    calls: list[int] = []
    monkeypatch.setattr("server.gateway.due", lambda *_: calls.append(1) or 1 / 0)
    await until(lambda: len(calls) > 2)
    assert (await desk.get("/v1/stores/s1/orders")).status == 200


# ── Where streams stand ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_head_names_stream_and_view(desk):
    await desk.place("Burger")
    await desk.place("Fries")
    head = desk.gateway.head("demo", "s1/kds", "grill")
    epoch = desk.kitchen().tails["s1/kds"].head.epoch
    assert head["heads"] == {"s1/kds": {"epoch": epoch, "seq": 4, "view": 2}}
    assert head["server_time"].endswith("Z")
    assert desk.gateway.head("demo", "s1/orders", None)["heads"]["s1/orders"]["seq"] == 2


async def test_a_persons_stream_has_a_head_once_it_is_known(desk):
    assert desk.gateway.head("demo", "user/ann", None) is None
    await desk.place("Burger", customer={"ref": "ann"})
    assert desk.gateway.head("demo", "user/ann", None)["heads"]["user/ann"]["seq"] == 1


async def test_a_live_stream_has_no_head(desk):
    assert desk.gateway.head("demo", "s1/ops", None) is None
    assert desk.gateway.head("demo", "s9/kds", None) is None
