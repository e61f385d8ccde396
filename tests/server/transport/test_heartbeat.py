"""Ping and pong, on the wire and by themselves."""

import asyncio
import json
from unittest.mock import Mock

import pytest

from server.transport import Ending, TransportSettings
from server.transport.heartbeat import Heartbeat
from tests.patience import PATIENCE_S


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


async def test_a_stopped_heart_neither_pings_nor_reports(eventually):
    beats = []
    heart = Heartbeat(1, 1, lambda: beats.append("ping"), lambda: beats.append("gone"))
    heart.start()
    await eventually(lambda: "gone" in beats)
    heart.stop()
    heart.heard()
    assert beats == ["ping", "gone"]
    assert heart._timer is None


async def test_newcomers_are_told_a_heartbeat_that_was_set_meanwhile(make):
    stage = await make()
    stage.server.set_heartbeat(40, 50)
    _, (opening,) = await stage.poll()
    terms = json.loads(opening[1:])
    assert (terms["pingInterval"], terms["pingTimeout"]) == (40, 50)
    assert (stage.server.settings.ping_interval_ms, stage.server.settings.ping_timeout_ms) == (40, 50)


async def test_a_shorter_heartbeat_reaches_those_who_are_here(make, eventually):
    stage = await make(ping_interval_ms=600_000, ping_timeout_ms=600_000, close_timeout_ms=20)
    raw = await stage.raw(pong=False)
    await raw.join()
    stage.server.set_heartbeat(5, 30)
    assert (await raw.json("42/kds,"))[1]["code"] == "no_pong"
    assert raw.seen.count("2") == 1
    await eventually(lambda: stage.kds.endings == [Ending.NO_PONG])


async def test_a_longer_heartbeat_is_kept_from_those_who_were_told_a_shorter_one(make):
    stage = await make(ping_interval_ms=10, ping_timeout_ms=20_000)
    raw = await stage.raw()
    await raw.join()
    stage.server.set_heartbeat(600_000, 600_000)
    for _ in range(3):
        async with asyncio.timeout(PATIENCE_S):
            assert (await raw.ws.receive()).data == "2"
        await raw.send("3")


@pytest.mark.parametrize("times", [(0, 1), (1, 0), (-5, 5)])
async def test_a_heartbeat_takes_time(stage, times):
    with pytest.raises(ValueError, match="1 ms"):
        stage.server.set_heartbeat(*times)


@pytest.mark.asyncio(loop_factories=["asyncio"])  # the other has a clock that no test can set
async def test_pauses_under_way_shrink_in_proportion_so_that_pings_stay_spread(monkeypatch):
    loop = asyncio.get_running_loop()
    hearts = [Heartbeat(10_000, 10_000, Mock(), Mock()) for _ in range(3)]
    now = loop.time()
    for n, heart in enumerate(hearts):
        monkeypatch.setattr(loop, "time", lambda n=n: now - 3 * n)
        heart.start()
    monkeypatch.setattr(loop, "time", lambda: now)
    for heart in hearts:
        heart.retune(1_000, 1_000)
    assert [round(heart._timer.when() - now, 3) for heart in hearts] == [1.0, 0.7, 0.4]
    for heart in hearts:
        heart.retune(20_000, 20_000)
    assert [round(heart._timer.when() - now, 3) for heart in hearts] == [10.0, 7.0, 4.0]
    for heart in hearts:
        heart.stop()


async def test_a_pong_that_is_being_waited_for_may_take_the_time_it_had(eventually):
    gone = Mock()
    heart = Heartbeat(2, 600_000, Mock(), gone)
    heart.start()
    await eventually(lambda: heart._pinged_at)
    heart.retune(1, 1)
    waits_until = heart._timer.when()
    assert waits_until - heart._pinged_at > 500
    heart.heard()
    await eventually(lambda: gone.called)
    heart.stop()


async def test_a_stopped_heart_is_not_retuned_into_beating():
    heart = Heartbeat(1, 1, Mock(), Mock())
    heart.start()
    heart.stop()
    heart.retune(1, 1)
    assert heart._timer is None
