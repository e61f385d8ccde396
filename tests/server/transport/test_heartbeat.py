"""Ping and pong, on the wire and by themselves."""

import time

from server.transport import Ending, TransportSettings
from server.transport.heartbeat import Heartbeat


async def test_a_client_that_does_not_answer_is_gone(make, eventually):
    stage = await make(ping_interval_ms=20, ping_timeout_ms=30, close_timeout_ms=20)
    raw = await stage.raw(pong=False)
    await raw.join()
    assert (await raw.json("42/kds,"))[1] == {"code": "no_pong", "reconnect": True}
    assert await raw.end() == 3000
    assert "2" in raw.seen
    await eventually(lambda: stage.kds.endings == [Ending.NO_PONG])


def test_a_lost_line_is_noticed_within_five_seconds_unless_somebody_wants_it_otherwise():
    usual = TransportSettings()
    assert usual.ping_interval_ms + usual.ping_timeout_ms <= 5_000


async def test_a_client_that_answers_stays_and_its_round_trip_is_known(make):
    stage = await make(ping_interval_ms=10, ping_timeout_ms=500)
    raw = await stage.raw()
    sid = await raw.join()
    assert stage.server.connection(sid).rtt_ms is None
    for _ in range(3):
        assert (await raw.ws.receive()).data == "2"
        await raw.send("3")
    await raw.send('42/kds,1["x"]')
    await raw.packet()
    assert 0 < stage.server.connection(sid).rtt_ms < 500


async def test_a_pong_nobody_asked_for_changes_nothing(stage):
    raw = await stage.raw()
    sid = await raw.join()
    await raw.send("3", "3", '42/kds,1["x"]')
    await raw.packet()
    assert stage.server.connection(sid).rtt_ms is None


async def test_a_step_of_the_wall_clock_drops_nobody(eventually, monkeypatch):
    pings, gone = [], []
    heart = Heartbeat(5, 5_000, lambda: pings.append(1), lambda: gone.append(1))
    heart.start()
    await eventually(lambda: pings)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 86_400)
    heart.heard()
    await eventually(lambda: len(pings) == 2)
    heart.stop()
    assert gone == []


async def test_a_stopped_heart_neither_pings_nor_reports(eventually):
    beats = []
    heart = Heartbeat(1, 1, lambda: beats.append("ping"), lambda: beats.append("gone"))
    heart.start()
    await eventually(lambda: "gone" in beats)
    heart.stop()
    heart.heard()
    assert beats == ["ping", "gone"]
    assert heart._timer is None
