"""Who may say and hear what: one table of roles, read by gateway, SDK and docs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from heard.contract.envelope import KINDS, LIVE_KINDS, user_stream
from heard.errors import Forbidden, NotFound

Role = Literal["admin", "manager", "operator", "expo", "kitchen", "pos", "customer", "viewer"]
EVERY = "*"


@dataclass(frozen=True, slots=True)
class Powers:
    """What a role may do. `every_station` lifts the token's list of stations; `force` lets it close over open prep."""

    commands: frozenset[str] = frozenset()
    hears: frozenset[str] = frozenset()
    every_station: bool = False
    every_store: bool = False
    force: bool = False


_COOK = frozenset(
    {"kds:start", "kds:bump", "kds:undo", "kds:recall", "kds:hold", "kds:fire", "kds:rush", "kds:ack_void"}
)
_TILL = frozenset({"orders:place", "orders:update", "orders:cancel"})
_OPS = frozenset({"ops:disconnect"})
_STORE = frozenset({*KINDS, *LIVE_KINDS})

ROLES: dict[Role, Powers] = {
    "kitchen": Powers(_COOK, frozenset({"kds"})),
    "expo": Powers(_COOK, frozenset({"kds", "orders"}), every_station=True, force=True),
    "pos": Powers(_TILL, frozenset({"orders", "catalog"})),
    "manager": Powers(_TILL | _COOK, _STORE, every_station=True, force=True),
    "operator": Powers(_OPS, frozenset({"ops"})),
    "viewer": Powers(frozenset(), _STORE),
    "customer": Powers(),
    "admin": Powers(_TILL | _COOK | _OPS, _STORE, every_station=True, every_store=True, force=True),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who speaks, as the verified token says. `stores` and `stations` may hold "*"; `expires` is Unix time in s."""

    tenant: str
    subject: str
    role: Role
    stores: tuple[str, ...] = ()
    stations: tuple[str, ...] = ()
    device: str | None = None
    token_id: str | None = None
    expires: int | None = None

    @property
    def powers(self) -> Powers:
        """The row of the table."""
        return ROLES[self.role]

    def in_store(self, store: str) -> bool:
        """Whether the token reaches this store."""
        return store in self.stores or (EVERY in self.stores and self.powers.every_store)

    def at_station(self, station: str) -> bool:
        """Whether the role works at this station: expo and manager at every one, a kitchen token where it says."""
        return self.powers.every_station or EVERY in self.stations or station in self.stations


def may_command(who: Principal, store: str, name: str, station: str | None = None, *, force: bool = False) -> None:
    """Let a command pass, or say why not.

    Raises:
        NotFound: the token does not reach the store: in the words of a store that is not there.
        Forbidden: the role may not do this, or not at this station.
    """
    if not who.in_store(store):
        raise no_store(store)
    if name not in who.powers.commands:
        raise Forbidden(f"role {who.role} may not {name}")
    if station is not None and not who.at_station(station):
        raise Forbidden(f"this token works at {', '.join(who.stations) or 'no station'}, not at {station}")
    if force and not who.powers.force:
        raise Forbidden(f"role {who.role} may not close an order over open prep")


def may_hear(who: Principal, stream: str) -> None:
    """Let a read or a subscription pass, or say why not.

    Raises:
        NotFound: no such stream within reach. Forbidden: the role does not hear this kind.
    """
    store, _, kind = stream.partition("/")
    if stream == user_stream(who.subject):
        return
    if store == "user" or kind not in (*KINDS, *LIVE_KINDS):
        raise NotFound(f"there is no stream {stream}")
    if not who.in_store(store):
        raise no_store(store)
    if kind not in who.powers.hears:
        raise Forbidden(f"role {who.role} does not hear {kind}")


def no_store(store: str) -> NotFound:
    """The one sentence for a store that is not there, or not yours to know of."""
    return NotFound(f"there is no store {store[:32]}")
