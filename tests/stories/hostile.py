"""Words that try to be more than words, everywhere an outsider can put them, and what a screen may still send."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Self

from heard.client.links.socket import SocketLink
from heard.errors import HeardError
from heard.ids import new_id
from heard.text import safe_text
from tests.patience import PATIENCE_S
from tests.stories.processes import STORE, GatewayProcess, Till
from tests.stories.terminal import Terminal, controls, families, in_order

TEXTS: Mapping[str, str] = {
    "clipboard": "A\x1b]52;c;aGVhcmQ=\x07Z",
    "reset": "A\x1bcB\x1b[2JC\x1b[?1049lD\x1b[6nE",
    "strings": "A\x1bPq\x1b\\B\x1b_G\x1b\\C\x1b^p\x1b\\D\x1bXs\x1b\\E",
    "c1": "A\x9b31mB\x9d0;x\x9cC\x90q\x9cD\x9f\x98\x9e\x84\x85\x8d",
    "c0": "A\x0e\x0fB\x7fC\x07D\x08E\rF\x0bG\x0cH\x05\x11\x13\x1a\x1c",
    "title": "A\x1b]0;owned\x07B\x1b]2;owned\x1b\\C\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\Z",
    "zalgo": "A" + "\u0301" * 150 + "Z\u0489" + "\u20dd" * 40,
    "joined": "\U0001f469\u200d\U0001f468\u200d\U0001f467 \U0001f44d\U0001f3fd "
    "\u2708\ufe0f 1\ufe0f\u20e3 \U0001f1e9\U0001f1ea",
    "wide": "漢字" * 40 + "\tカナ 한글 ไทยสวัสดี",
    "closing": "[/] [/red] [link=http://x] [ [[ ]] [/link",
    "brackets": "[no nuts] [GF] [VIP] 50% [off]",
    "click": "[@click=app.quit]Burger[/]",
    "lines": 'A\nFAKE level=error\r\n{"event":"forged"}\n\n\nZ',
    "format": "{0.__class__} {} %s %(x)s ${jndi:ldap://x} {{}} \\x1b[31m \\n",
    "sgr": "A\x1b[31;1;5mB\x1b[0m\x1b[?25lC\x1b[8mD",
    "entities": "A&#27;[31mB&#x9b;31mC&#x1b;]0;x&#7;D&lt;b&gt;",
    "bidi": "A\u202eevil\u202c B\u2066live\u2069 C\u200e\u200f\u061cD",
    "right": "שלום [no nuts] مرحبا ﷺ﷽ 50%",
    "tags": "A\U000e0041\U000e0042\U000e007f\ufeff\u2060\u00ad\u3164\u115f\uffa0B\u2028C\u2029D\u200bE",
    "marks": "\u0301\u0302\u20e3 \u0489 \u093f \u0e33 A",
    "iterm": "A\x1b]1337;File=name=eA==;inline=1:eA==\x07B\x1b]9;hi\x07C\x1b]777;notify;a;b\x07D\x1b]50;x\x07",
    "sixel": "A\x1bP0;1q\"1;1;9;9#0;2;0;0;0~~@@\x1b\\B\x1b_Ga=T,f=24,s=1,v=1;AAAA\x1b\\C",
    "paste": "A\x1b[201~B\x1b[200~q\rC\x1b[201~",
    "modes": "A\x1b[?1000h\x1b[?2004l\x1b[?7l\x1b[>4;2m\x1b[<u\x1b[=1;1u\x1b[4i\x1b[5iB",
    "answers": "A\x1b[c\x1b[>c\x1b[5n\x1b[21t\x1b]10;?\x07\x1bP$qm\x1b\\\x1bZB\x05",
    "charsets": "A\x1b(0lqqk\x1b#8\x1bn\x1b|\x1b%GB",
    "regions": "A\x1b[3;4r\x1b[?6h\x1bD\x1bM\x1bE\x1b7\x1b8\x1b[s\x1b[u\x1b[!pB",
    "half": "A\x1b[",
    "formula": "=HYPERLINK(\"http://x\") +1 @x\t-2",
    "sql": "'; DROP TABLE events; -- %_%",
    "script": "<script>alert(1)</script> javascript:alert(1)",
    "surrogate": "A\ufffd\ufffe\uffff\ufff9B\ufffbC\U0001fffe",
}  # fmt: skip
"""Section F of the attacks and their neighbours."""

LITERAL = (
    "[no nuts]", "[GF]", "[VIP]", "50% [off]", "[/]", "[/red]", "[link=http://x]", "[@click=app.quit]Burger[/]",
    "{0.__class__}", "${jndi:ldap://x}", "]52;c;aGVhcmQ=", "[2JC", "[31;1;5mB",
)  # fmt: skip
"""What of them must be read word by word wherever there is room for it."""

SUBJECT = "a@b.c:d_e-" + "x" * 54
"""As odd as a token's subject can be."""

WALL = frozenset({
    "CSI H", "CSI m", "CSI K", "CSI J", "CSI > u", "CSI < u", "CSI ?2026$ p", "CSI ?2048$ p", "string ]22",
    *(f"CSI ?{mode} {way}" for mode in (7, 25, 1004, 1049, 2004, 2026, 2048) for way in "hl"),
})  # fmt: skip
"""What a screen may send: where, how, and the modes it sets and takes back."""
MOUSE = frozenset(f"CSI ?{mode} {way}" for mode in (1000, 1003, 1006, 1015, 1016) for way in "hl")
CANCEL = "\x18"
"""Said when leaving a terminal that is behind: what was cut short before it is over."""
CLIPBOARD = frozenset({"string ]52"})
"""Of the console's copying, with what was copied in it."""


# ── What came out ─────────────────────────────────────────────────────────────────────────────────────────────────────


def obeyed_nobody(screen: Terminal, *, allowed: Collection[str] = WALL, bell: bool = False) -> None:
    """A program that has left: it sent nothing but what screens send, and the terminal is as it was."""
    assert families(screen.raw) <= set(allowed)
    odd = controls(screen.raw) - {"\r", "\n", CANCEL, *("\x07" if bell else "")}
    assert not odd, [screen.raw[max(0, at - 200) : at + 50] for one in odd for at in [screen.raw.index(one)]]
    assert "Traceback" not in screen.raw
    assert not {letter for letter in set(screen.raw) if ord(letter) >= 160 and safe_text(letter) != letter}
    assert screen.restored(), in_order(screen.raw)[-20:]


def only_lines(raw: str) -> None:
    """Text and ends of lines, nothing else."""
    assert not families(raw)
    assert controls(raw) <= {"\n", "\r"}
    assert "\x1b" not in raw
    assert "Traceback" not in raw


def colours(raw: str) -> set[str]:
    """Parameters of `CSI m` that set a colour."""
    found: set[str] = set()
    for told in re.findall(r"\x1b\[([0-9;:]*)m", raw):
        found |= {one for one in re.split("[;:]", told) if re.fullmatch("3[0-8]|4[0-8]|9[0-7]|10[0-7]", one)}
    return found


def copied(raw: str) -> list[str]:
    """What was put on the clipboard."""
    return [base64.b64decode(one).decode() for one in re.findall("\x1b]52;c;([A-Za-z0-9+/=]*)\x07", raw)]


def plain_log(gateway: GatewayProcess) -> None:
    """What the gateway logged is one line of JSON after the other, and no line was made by a guest."""
    log = (gateway.data / "stderr.log").read_text("utf-8")
    assert controls(log) <= {"\n"}
    assert "\x1b" not in log
    assert "Traceback" not in log
    assert all(line.startswith(("heard: ", '{"')) and "forged" not in line[:12] for line in log.splitlines())


# ── What goes in ──────────────────────────────────────────────────────────────────────────────────────────────────────


def odd_gateway(data: Path) -> GatewayProcess:
    """A gateway whose store has a name like that, too."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / "heard.toml").write_text(
        f'[[stores]]\nid = "{STORE}"\ntenant = "demo"\ndisplay_name = "S\\u001b]0;x\\u0007[no nuts]\\u009b2J"\n'
    )
    return GatewayProcess(data)


def order(name: str, text: str, *, stations: Collection[str] = ("grill",)) -> dict[str, Any]:
    """An order that says it in every field there is."""
    short, note = text[:64], [{"text": text, "scope": text[:64], "origin": text[:64]}]
    choice = {"name": text[:200], "action": "add", "group": short, "id": text[:128], "children": [{"name": text[:200]}]}
    allergy = [{"text": text, "code": short, "from": short}]
    item = {
        "name": text[:200], "qty": "2", "station_hint": list(stations), "variation": short, "category": short,
        "sku": text[:128], "external_item_id": text[:128], "seat": short, "notes": note, "allergies": allergy,
        "kitchen_name": {"es": text[:200]},
        "modifiers": [choice, {"name": text[:200], "action": "no"}, {"name": text[:200], "action": "side", "qty": "2"}],
    }  # fmt: skip
    return {
        "items": [item, {"name": text[:200], "qty": "1", "station_hint": ["cold"]}],
        "external_id": f"{name} {text}"[:128], "display_no": text[:8], "table": short, "room": short, "tab": short,
        "server": short, "terminal": short, "service_label": short, "notes": note, "allergies": allergy,
        "customer": {"name": text[:200], "pager": short, "ref": text[:128]}, "raw_ref": text[:128],
        "source": {"system": short, "account": text[:128], "channel": short, "brand": short},
        "courses": [{"index": 1, "name": short}],
    }  # fmt: skip


def place_all(till: Till, *, prefix: str = "") -> dict[str, dict[str, Any]]:
    """All of them; the orders that were made."""
    return {
        name: till.place(*(told := order(prefix + name, text)).pop("items"), **told) for name, text in TEXTS.items()
    }


class Strangers:
    """Clients that say odd things of themselves, one for each text. A context: in the end they are gone."""

    def __init__(self, gateway: GatewayProcess) -> None:
        self._url, self._token = gateway.url, gateway.token("expo")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="strangers")
        self._links: list[SocketLink] = []

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._come())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._go())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    def leave(self, how_many: int) -> None:
        """Some go."""
        self._do(self._go(how_many))

    def _do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    async def _come(self) -> None:
        for text in TEXTS.values():
            link = SocketLink(self._url)
            self._links.append(link)
            short = text[:64]
            about = {"name": short, "version": short, "device": short}
            await link.open({"token": self._token, "store": STORE, "client": about})
            await self._ask(link, text)

    async def _ask(self, link: SocketLink, text: str) -> None:
        """For what nobody has, in words nobody knows."""
        asked = {"command_id": new_id(), "ticket_id": text[:100]}
        for event, data in (("kds:bump", asked), ("kds:bump", {text[:60]: text}), (f"kds:{text[:40]}", asked)):
            with contextlib.suppress(HeardError):
                await link.request(event, data, PATIENCE_S)

    async def _go(self, how_many: int | None = None) -> None:
        for link in self._links[:how_many]:
            await link.close()
        del self._links[:how_many]
