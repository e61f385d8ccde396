"""Who is at the other end of a connection: real address, and the few headers worth keeping."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from aiohttp import web

_MOST_KEPT = 256  # characters of a header, which are kept for the life of a connection
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Peer:
    """The client of one connection, as it looked at the handshake. Secrets stay out of its repr."""

    id: str
    address: str
    transport: str
    user_agent: str | None = None
    origin: str | None = None
    authorization: str | None = field(default=None, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)

    def forgetful(self) -> "Peer":
        """Return it without what was only needed to be let in: secrets are not kept for the life of a connection."""
        return self if self.authorization is None and not self.query else replace(self, authorization=None, query={})


def peer_of(request: web.BaseRequest, sid: str, transport: str, proxies: Sequence[Network]) -> Peer:
    """Return the peer behind a handshake request; `sid` is the connection's id."""
    return Peer(
        id=sid,
        address=address_of(request, proxies),
        transport=transport,
        user_agent=request.headers.get("User-Agent", "")[:_MOST_KEPT] or None,
        origin=request.headers.get("Origin", "")[:_MOST_KEPT] or None,
        authorization=request.headers.get("Authorization"),
        query=dict(request.query),
    )


def address_of(request: web.BaseRequest, proxies: Sequence[Network]) -> str:
    """Return the nearest address that is not a trusted proxy, "" where there is none (a Unix socket)."""
    address = request.remote or ""
    forwarded = [hop.strip() for line in request.headers.getall("X-Forwarded-For", ()) for hop in line.split(",")]
    while forwarded and _within(address, proxies):
        hop = forwarded.pop()
        if not _is_address(hop):
            break
        address = hop
    return address


def near(address: str, other: str) -> bool:
    """Whether two addresses may be one client's: the same /24 of IPv4, the same /56 of IPv6."""
    return _neighbourhood(address) == _neighbourhood(other)


def networks(names: Sequence[str]) -> tuple[Network, ...]:
    """Parse the networks of trusted proxies. Raises: ValueError for a name that is no network."""
    return tuple(ipaddress.ip_network(name) for name in names)


def _within(address: str, proxies: Sequence[Network]) -> bool:
    return _is_address(address) and any(ipaddress.ip_address(address) in network for network in proxies)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text  # what follows it, a zone, may be any text


def _neighbourhood(address: str) -> Network | None:
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    known = getattr(known, "ipv4_mapped", None) or known
    return ipaddress.ip_network((known, 24 if known.version == 4 else 56), strict=False)
