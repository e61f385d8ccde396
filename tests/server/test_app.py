"""A gateway as a whole: where it listens, what it says last, and that it leaves nothing behind."""

import asyncio
from pathlib import Path

import pytest

from server.app import CannotListen, PortTaken, journal_url
from server.journal import JournalInUse, JournalUnwritable


def test_a_relative_journal_lies_in_the_data_directory():
    assert journal_url("sqlite:///journal.db", Path("/data")) == "sqlite:////data/journal.db"
    assert journal_url("sqlite:////else/where.db", Path("/data")) == "sqlite:////else/where.db"
    assert journal_url("memory:", Path("/data")) == "memory:"


@pytest.mark.parametrize("taken", ["port", "ops"])
async def test_a_port_that_is_taken_is_said_and_nothing_stays_open(open_desk, taken):
    desk = await open_desk()
    number = desk.up.url.rpartition(":")[2]
    options = {"port": int(number)} if taken == "port" else {"ops": f"127.0.0.1:{number}"}
    tasks = asyncio.all_tasks()
    with pytest.raises(PortTaken, match=number):
        await open_desk(**options)
    assert {task.get_name() for task in asyncio.all_tasks() - tasks} <= set()


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.1"])
async def test_an_address_that_is_not_ours_is_said(open_desk, host):
    with pytest.raises(CannotListen, match=host) as no:
        await open_desk(host=host)
    assert not isinstance(no.value, PortTaken)


async def test_ops_may_listen_on_the_other_protocol(open_desk):
    desk = await open_desk(ops="[::1]:0")
    assert desk.up.ops_url.startswith("http://[::1]:")


async def test_one_journal_takes_one_gateway(open_desk):
    await open_desk(journal="sqlite:///journal.db")
    with pytest.raises(JournalInUse):
        await open_desk(journal="sqlite:///journal.db")


async def test_a_journal_below_a_file_cannot_be(open_desk, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(JournalUnwritable):
        await open_desk(journal=f"sqlite:///{tmp_path}/file/journal.db")


async def test_everything_is_there_again_after_a_restart(open_desk):
    desk = await open_desk(journal="sqlite:///journal.db")
    order = await desk.place("Burger", customer={"name": "Ann"}, key="till-1-order-1")
    await desk.command("kds:start", ticket_id=f"{order['id']}.grill")
    epoch = (await desk.get("/v1/streams/s1/kds")).body["epoch"]
    before = (await desk.get(f"/v1/streams/s1/kds?epoch={epoch}&after=0")).body
    await desk.close()
    desk = await open_desk(journal="sqlite:///journal.db")
    assert (await desk.get(f"/v1/streams/s1/kds?epoch={epoch}&after=0")).body == before
    found = (await desk.get(f"/v1/stores/s1/orders/{order['id']}")).body["order"]
    assert (found["status"], found["customer"]) == ("in_progress", {"name": "Ann"})
    assert (await desk.place("Burger", customer={"name": "Ann"}, key="till-1-order-1")) == order


async def test_nothing_runs_on_after_the_end(open_desk):
    before = asyncio.all_tasks()
    desk = await open_desk()
    await desk.socket()
    await desk.place("Burger")
    await desk.close()
    left = {task.get_name() for task in asyncio.all_tasks() - before}
    assert not {name for name in left if name.startswith("heard") or "inbox" in name}
