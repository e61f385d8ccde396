"""A gauge: a connection's figures as they are now, and as they were once it is gone."""

import asyncio


async def test_a_gauge_follows_its_connection(stage, eventually):
    raw = await stage.raw()
    sid = await raw.join()
    gauge = stage.server.gauge(sid)
    assert gauge is not None
    assert (gauge.transport, gauge.queued_bytes, gauge.waiting_s, gauge.last_word) == ("websocket", 0, 0.0, "")
    packets, volume = gauge.packets, gauge.volume
    await raw.send('42/kds,1["hello",{}]')
    await raw.packet()
    await eventually(lambda: gauge.packets[1] == packets[1] + 1)
    assert gauge.packets[0] == packets[0] + 1
    assert gauge.volume > volume


async def test_what_nobody_fetches_waits_and_is_counted(stage):
    await stage.joined_by_polling()
    gauge = stage.server.gauge(stage.kds.sids[0])
    stage.server.send(stage.kds.sids[0], "/kds", "news", {"n": 1})
    await asyncio.sleep(0.01)
    assert gauge.queued_bytes > 0
    assert 0.009 < gauge.waiting_s < 60


async def test_the_last_word_stays_when_the_connection_is_gone(stage):
    raw = await stage.raw()
    sid = await raw.join()
    gauge = stage.server.gauge(sid)
    await stage.server.goodbye(sid, {"code": "forced"}, stay_away=True, ws_code=3500)
    assert (gauge.last_word, gauge.waiting_s) == ("forced", 0.0)
    assert gauge.volume[1] > 0
    assert stage.server.gauge(sid) is None


async def test_there_is_no_gauge_of_nobody(stage):
    assert stage.server.gauge("nobody") is None
