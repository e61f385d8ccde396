"""Fan-out: each ear gets its stream or its view, in order, once, and a word where nothing was said."""

import asyncio

from server.fanout import Fanout, Subscription
from server.kitchens import Told


class Wires:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str, dict]] = []

    def broadcast(self, sids, namespace, event, *args):
        self.sent += [(sid, namespace, event, *args) for sid in sids]
        return len(list(sids))

    def seqs(self, sid: str) -> list[int]:
        return [payload["seq"] for to, _, name, payload in self.sent if to == sid and name == "kds:item_ready"]


def told(seq: int, **prevs: int) -> Told:
    return Told({"name": "kds:item_ready", "seq": seq}, prevs)


def fanout() -> tuple[Fanout, Wires]:
    out = Fanout()
    out.sender = wires = Wires()
    return out, wires


def ear(sid: str, station: str | None = None, namespace: str = "/kds") -> Subscription:
    return Subscription(sid, namespace, station)


def heads_of(out: Fanout) -> list[tuple]:
    asked: list[tuple] = []
    out.heads(lambda *key: asked.append(key) or {"heads": {}})
    return asked


def test_every_ear_hears_the_stream_in_order():
    out, wires = fanout()
    for sid in ("a", "b"):
        out.subscribe("t", "s1/kds", ear(sid))
    out.publish("t", "s1/kds", [told(1), told(2)])
    out.publish("t", "s1/kds", [told(3)])
    assert wires.seqs("a") == wires.seqs("b") == [1, 2, 3]


def test_a_view_hears_its_station_with_the_event_before():
    out, wires = fanout()
    out.subscribe("t", "s1/kds", ear("grill", "grill"))
    out.publish("t", "s1/kds", [told(1, grill=0, fry=0), told(2, fry=1), told(3, grill=1)])
    assert [(payload["seq"], payload["prev"]) for *_, payload in wires.sent] == [(1, 0), (3, 1)]


def test_the_whole_stream_carries_no_prev():
    out, wires = fanout()
    out.subscribe("t", "s1/kds", ear("a"))
    out.publish("t", "s1/kds", [told(1, grill=0)])
    assert "prev" not in wires.sent[0][3]


def test_a_second_subscription_replaces_the_first():
    out, wires = fanout()
    out.subscribe("t", "s1/kds", ear("a", "fry"))
    out.subscribe("t", "s1/kds", ear("a", "grill"))
    out.publish("t", "s1/kds", [told(1, fry=0), told(2, grill=0)])
    assert wires.seqs("a") == [2]
    assert out.count() == 1


def test_each_ear_hears_in_its_own_namespace():
    out, wires = fanout()
    out.subscribe("t", "s1/kds", ear("a", namespace="/kds"))
    out.subscribe("t", "s1/kds", ear("b", namespace="/orders"))
    out.publish("t", "s1/kds", [told(1)])
    assert {(sid, namespace) for sid, namespace, *_ in wires.sent} == {("a", "/kds"), ("b", "/orders")}


def test_streams_and_tenants_are_kept_apart():
    out, wires = fanout()
    out.subscribe("t", "s1/kds", ear("a"))
    out.publish("t", "s2/kds", [told(1)])
    out.publish("rival", "s1/kds", [told(2)])
    assert wires.sent == []


def test_whoever_left_or_stopped_listening_hears_nothing():
    out, wires = fanout()
    for sid in ("a", "b"):
        out.subscribe("t", "s1/kds", ear(sid))
    assert out.unsubscribe("t", "s1/kds", "a")
    assert not out.unsubscribe("t", "s1/kds", "a")
    assert not out.unsubscribe("t", "s1/nothing", "nobody")
    out.forget("b")
    out.forget("b")
    out.publish("t", "s1/kds", [told(1)])
    assert wires.sent == []
    assert out.count() == 0


def test_nothing_is_kept_of_streams_that_nobody_hears():
    out, _ = fanout()
    out.subscribe("t", "s1/kds", ear("a"))
    out.unsubscribe("t", "s1/kds", "a")
    out.subscribe("t", "s1/kds", ear("b"))
    out.forget("b")
    out.forget("a")
    for n in range(100):
        out.publish("t", f"user/{n}", [told(1)])
    heads_of(out)
    assert (out._rooms, out._by_sid, out._waiters, out._spoken) == ({}, {}, {}, set())


def test_heads_go_only_to_streams_that_were_silent():
    out, _ = fanout()
    out.subscribe("t", "s1/kds", ear("a"))
    out.subscribe("t", "s1/orders", ear("a"))
    out.publish("t", "s1/kds", [told(1)])
    assert heads_of(out) == [("t", "s1/orders", None)]
    assert heads_of(out) == [("t", "s1/kds", None), ("t", "s1/orders", None)]


def test_a_silent_view_of_a_busy_stream_is_told_its_head():
    out, _ = fanout()
    out.subscribe("t", "s1/kds", ear("a", "grill"))
    out.subscribe("t", "s1/kds", ear("b", "fry"))
    out.publish("t", "s1/kds", [told(1, fry=0)])
    assert heads_of(out) == [("t", "s1/kds", "grill")]


def test_a_stream_without_a_head_is_passed_over():
    out, wires = fanout()
    out.subscribe("t", "s1/ops", ear("a"))
    out.heads(lambda *_: None)
    assert wires.sent == []


def test_a_live_event_goes_to_all_ears():
    out, wires = fanout()
    counted: list[tuple[str, str, str, int]] = []
    out.on_sent = lambda *told: counted.append(told)
    for sid in ("a", "b"):
        out.subscribe("t", "s1/ops", ear(sid, namespace="/ops"))
    out.announce("t", "s1/ops", "connection:opened", {"connection": "c"})
    assert [sid for sid, *_ in wires.sent] == ["a", "b"]
    assert counted == [("t", "s1", "connection:opened", 2)]


class Steps:
    """A trail that starts at a seq."""

    def __init__(self, seq: int = 0) -> None:
        self.seq = seq

    @property
    def offset(self) -> str:
        return f"@{self.seq}"

    def reached(self, stream: str, seq: int) -> bool:
        assert stream == "s1/kds"
        news = seq > self.seq
        self.seq = max(seq, self.seq)
        return news


def test_whoever_has_a_trail_is_sent_it_with_each_event_and_others_are_not():
    out, wires = fanout()
    out.subscribe("t", "s1/kds", ear("a"))
    out.subscribe("t", "s1/kds", Subscription("b", "/kds", None, Steps()))
    out.subscribe("t", "s1/kds", Subscription("c", "/kds", None, Steps()))
    out.publish("t", "s1/kds", [told(1), told(2)])
    out.announce("t", "s1/kds", "news", {})
    out.heads(lambda *_: {})
    out.heads(lambda *_: {})
    rest = {sid: [tuple(more) for to, _, _, _, *more in wires.sent if to == sid] for sid in "abc"}
    with_offsets = [("@1",), ("@2",), ("@2",), ("@2",)]
    assert rest == {"a": [()] * 4, "b": with_offsets, "c": with_offsets}


def test_a_trail_is_never_told_anything_twice():
    out, wires = fanout()
    out.subscribe("t", "s1/kds", Subscription("a", "/kds", None, Steps(2)))
    out.publish("t", "s1/kds", [told(1), told(2), told(3)])
    assert [(payload["seq"], *more) for _, _, _, payload, *more in wires.sent] == [(3, "@3")]


def test_a_trail_in_a_view_moves_on_with_the_whole_stream():
    out, wires = fanout()
    trail = Steps()
    out.subscribe("t", "s1/kds", Subscription("a", "/kds", "grill", trail))
    out.publish("t", "s1/kds", [told(1, grill=0), told(2, fry=0)])
    assert ([more for *_, more in wires.sent], trail.offset) == (["@1"], "@2")


def test_before_there_is_a_transport_nothing_breaks():
    out = Fanout()
    out.subscribe("t", "s1/kds", ear("a"))
    out.publish("t", "s1/kds", [told(1)])


async def test_a_waiting_reader_is_woken_by_the_next_event():
    out, _ = fanout()
    waiting = [asyncio.create_task(out.next_event("t", "s1/kds", 10)) for _ in range(3)]
    await asyncio.sleep(0)
    out.publish("t", "s1/kds", [told(1)])
    assert await asyncio.gather(*waiting) == [True] * 3
    assert out._waiters == {}


async def test_a_reader_who_waited_in_vain_is_forgotten():
    out, _ = fanout()
    assert await out.next_event("t", "s1/kds", 0.001) is False
    assert out._waiters == {}


async def test_a_reader_who_hangs_up_is_forgotten():
    out, _ = fanout()
    waiting = asyncio.create_task(out.next_event("t", "s1/kds", 10))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert out._waiters == {}
    out.publish("t", "s1/kds", [told(1)])
