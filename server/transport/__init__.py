"""The hardened Socket.IO engine; it knows nothing about kitchens."""

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
