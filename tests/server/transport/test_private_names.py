"""An upgrade of the libraries that moves what we lean on fails here, in words."""

import inspect

import pytest
from aiohttp import web

from server.transport import private_names
from server.transport.inflow import Inflow, Socket
from server.transport.packets import BinaryPacket, StrictPacket


def test_the_libraries_keep_their_promises():
    assert private_names.broken_promises() == []


def test_a_name_that_moved_is_noticed(monkeypatch):
    monkeypatch.delattr(web.WebSocketResponse, "_post_start")
    assert private_names.broken_promises() == ["WebSocketResponse._post_start is gone or changed"]


def test_an_attribute_that_moved_is_noticed(monkeypatch):
    monkeypatch.setattr(private_names, "SLOTS", ((web.RequestHandler, "_gone"),))
    assert private_names.broken_promises() == ["RequestHandler._gone is gone"]


@pytest.mark.parametrize("ours", [Socket, Inflow, StrictPacket, BinaryPacket])
def test_every_library_method_we_override_is_listed(ours):
    listed = {name for _, name, _ in private_names.RELIED_ON} | {"__init__", "__init_subclass__"}
    library = next(base for base in ours.__mro__ if not base.__module__.startswith("server."))
    overridden = {name for name, _ in inspect.getmembers(library, callable) if name in vars(ours)}
    assert overridden <= listed
