"""One order's way: from a till to every screen, and back as completed."""

import asyncio

import pytest
import socketio

from tests.stories.conftest import Kitchen, until

pytestmark = pytest.mark.story


class Screen:
    """A screen that remembers what it was told."""

    def __init__(self, namespace: str) -> None:
        self.client = socketio.AsyncClient(reconnection=False)
        self.namespace = namespace
        self.heard: list = []
        self.client.on("*", lambda name, data: self.heard.append((name, data)), namespace=namespace)

    async def open(self, kitchen: Kitchen, role: str, *stations: str, token: str = "") -> "Screen":
        auth = {"token": token or kitchen.token(role, *stations)}
        await self.client.connect(kitchen.url, auth=auth, namespaces=[self.namespace], transports=["websocket"])
        await until(lambda: self.names() == ["session:ready"])
        return self

    def names(self) -> list[str]:
        return [name for name, _ in self.heard if name != "stream:head"]

    async def call(self, event: str, **fields):
        return await self.client.call(event, fields, namespace=self.namespace)


async def test_an_order_goes_from_the_till_to_the_glass_and_is_handed_over(kitchen, run):
    till = await Screen("/orders").open(kitchen, "pos")
    grill = await Screen("/kds").open(kitchen, "kitchen", "grill")
    code, out, _ = await asyncio.to_thread(run, "token", "--data", kitchen.data, "--role", "expo", "--store", "s1")
    assert code == 0
    expo = await Screen("/kds").open(kitchen, "expo", token=out.strip())

    body = {"items": [{"name": "Burger [no nuts]", "qty": "2", "station_hint": ["grill"]}], "table": "7"}
    placed = await till.call("orders:place", command_id="till-1-order-1", order=body)
    assert placed["result"] == "applied"
    order = placed["order"]["id"]

    await until(lambda: grill.names().count("kds:order_incoming") == 2)
    ticket = next(data["data"] for name, data in grill.heard if name == "kds:order_incoming")
    assert ticket["ticket_id"] == f"{order}.grill"
    assert ticket["ticket"]["table"] == "7"
    assert [(item["name"], item["qty"]) for item in ticket["ticket"]["items"]] == [("Burger [no nuts]", "2")]

    early = await expo.call("kds:bump", command_id="expo-too-early", ticket_id=f"{order}.expo")
    assert early["code"] == "not_ready"
    assert (await grill.call("kds:start", command_id="grill-start", ticket_id=f"{order}.grill"))["ok"]
    assert (await kitchen.order(order))["status"] == "in_progress"
    assert (await grill.call("kds:bump", command_id="grill-bump", ticket_id=f"{order}.grill"))["ok"]
    assert (await kitchen.order(order))["status"] == "ready"
    assert (await expo.call("kds:bump", command_id="expo-bump", ticket_id=f"{order}.expo"))["ok"]

    await until(lambda: "order:completed" in till.names())
    assert (await kitchen.order(order))["status"] == "completed"
    moves = [data["data"]["to"] for name, data in till.heard if name == "order:status_changed"]
    assert moves == ["in_progress", "ready", "completed"]
    await until(lambda: "kds:order_complete" in grill.names() and "kds:order_complete" in expo.names())
    assert grill.names() == expo.names()
    for screen in (till, grill, expo):
        await screen.client.disconnect()


async def test_an_item_of_two_stations_is_ready_when_both_are(kitchen):
    body = {"items": [{"name": "Fish and chips", "qty": "1", "station_hint": ["grill", "fry"]}]}
    _, placed = await kitchen.call("POST", "/v1/stores/s1/orders", body, role="pos")
    order = placed["order"]["id"]
    tickets = [event["data"]["ticket_id"] for event in await kitchen.whole("s1/kds")]
    assert sorted(tickets) == [f"{order}.{station}" for station in ("expo", "fry", "grill")]

    assert (await kitchen.command("kds:bump", ticket_id=f"{order}.grill"))["result"] == "applied"
    assert (await kitchen.order(order))["status"] == "in_progress"
    assert (await kitchen.command("kds:bump", ticket_id=f"{order}.expo"))["code"] == "not_ready"
    names = [event["name"] for event in await kitchen.whole("s1/orders")]
    assert "order:item_ready" not in names

    assert (await kitchen.command("kds:bump", ticket_id=f"{order}.fry"))["result"] == "applied"
    assert (await kitchen.order(order))["status"] == "ready"
    ready = [event for event in await kitchen.whole("s1/orders") if event["name"] == "order:item_ready"]
    assert [event["data"]["item_ids"] for event in ready] == [[placed["order"]["items"][0]["item_id"]]]
    assert (await kitchen.command("kds:bump", ticket_id=f"{order}.expo"))["result"] == "applied"
    assert (await kitchen.order(order))["status"] == "completed"


async def test_a_screen_that_starts_cold_has_the_board_and_then_everything_new(kitchen):
    first = (await kitchen.place("Burger", "Fries"))["order"]["id"]
    done = (await kitchen.place("Salad"))["order"]["id"]
    await kitchen.command("kds:bump", ticket_id=f"{done}.cold")
    screen = await Screen("/kds").open(kitchen, "kitchen", "grill")
    read = await screen.call("stream:subscribe", stream="s1/kds", station="grill")
    assert read["recovered"] is False
    assert {row["ticket_id"] for row in read["snapshot"]["tickets"]} == {
        f"{first}.{station}" for station in ("grill", "fry", "expo")
    }
    assert read["snapshot"]["stacks"]["cold"] == [f"{done}.cold"]
    second = (await kitchen.place("Burger"))["order"]["id"]
    await until(lambda: screen.names().count("kds:order_incoming") == 2)
    live = [data for name, data in screen.heard if name == "kds:order_incoming"]
    assert {event["data"]["order_id"] for event in live} == {second}
    assert live[0]["prev"] == read["snapshot"]["views"]["grill"]
    assert live[1]["prev"] == live[0]["seq"] == read["seq"] + 1
    await screen.client.disconnect()
