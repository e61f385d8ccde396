"""A whole Engine.IO v4 and Socket.IO v5 server on aiohttp, hardened; it knows nothing about kitchens.

What comes in:   front, door     HTTP: patience, origins, which connection a request belongs to
                 polling         a body's packets, an answer's packets, and `lost` who hung up
                 inflow          a WebSocket's messages, without a task for each
                 link            one connection: Engine.IO packets, heartbeat, its end
                 wire            Socket.IO packets (`packets`, `attachments`, `strict_json`) to sessions
                 session, inbox  one client in one namespace, heard in order by the application's `handler`

What goes out:   server          send, broadcast, goodbye, drain
                 rounds          a broadcast goes through its room once
                 outbox, flusher what waits for one client, and when it is written
                 websocket       the write itself, and a network that takes no more

What ends:       goodbye, endings, reaper, strikes, capacity, quiet and incidents for what is left in the log
"""

from server.transport.connections import Connection, Gauge
from server.transport.door import TurnedAway
from server.transport.endings import Ending
from server.transport.goodbye import Goodbye, plain_farewell
from server.transport.handler import NO_ACK, Admitted, Args, BadContent, Handler, Refused, Strike, Unheard
from server.transport.incidents import Incident, Suspicion
from server.transport.peers import Peer
from server.transport.server import SocketServer
from server.transport.settings import TransportSettings

__all__ = [
    "NO_ACK",
    "Admitted",
    "Args",
    "BadContent",
    "Connection",
    "Ending",
    "Gauge",
    "Goodbye",
    "Handler",
    "Incident",
    "Peer",
    "Refused",
    "SocketServer",
    "Strike",
    "Suspicion",
    "TransportSettings",
    "TurnedAway",
    "Unheard",
    "plain_farewell",
]
