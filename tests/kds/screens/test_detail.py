"""One order whole: what is said of it, what can be done to one item, who did what when."""

from __future__ import annotations

from heard.client.links.base import LinkDown
from heard.contract import kds
from heard.contract.envelope import Envelope
from heard.errors import NotFound
from tests.kds.station import lines


def an_event(seq, name, station, subject, at="2026-11-20T18:01:00.000Z", device=None, **data):
    return Envelope.model_validate(
        {
            "id": f"e-{seq}", "v": 1, "store": "s1", "stream": f"s1/{'kds' if name.startswith('kds') else 'orders'}",
            "epoch": "e", "seq": seq, "at": at, "name": name, "cause": None,
            "actor": {"subject": subject, "role": "kitchen", "device": device},
            "data": {"station": station, **data},
        }
    )  # fmt: skip


def text(s):
    return "\n".join(" ".join(line.split()) for line in lines(s.app))


async def opened(still, screen, s, *keys):
    await s.press("1", "i", *keys)
    await s.sees("History")


WHOLE = {
    "service": "dine_in", "table": "12", "server": "Ann [x]", "customer": {"name": "Bob"}, "covers": 3,
    "promised_at": "2026-11-20T18:20:00Z", "notes": [{"text": "birthday [/red]"}],
    "allergies": [{"code": "sesame", "seat": "2"}], "paid": True,
}  # fmt: skip


async def test_everything_said_of_an_order_is_there_whoever_makes_it(still, screen):
    still.place(
        {"name": "Burger", "qty": 2, "modifiers": [{"name": "onion", "action": "no"}], "notes": [{"text": "well done"}],
         "allergies": [{"text": "no nuts"}], "seat": "2", "course": 1, "kitchen_name": {"es": "Hamburguesa"}},
        "Melt", "Fries", **WHOLE,
    )  # fmt: skip
    async with screen(size=(100, 40)) as s:
        await opened(still, screen, s)
        seen = text(s)
        for words in (
            "#1 DINE-IN table 12", "placed 18:00:00", "promised 18:20", "received", "server Ann [x]", "customer Bob",
            "3 covers", "PAID", "! ALLERGY sesame (seat 2)", "* birthday [/red]", "2 Burger", "! ALLERGY no nuts",
            "seat 2 course 1", "NO onion", "* well done", "1 Melt", "grill: to do fry: to do", "1 Fries",
        ):  # fmt: skip
            assert words in seen, words


async def test_items_are_started_bumped_and_recalled_one_by_one(still, screen):
    order = still.place("Burger", "Melt")
    async with screen() as s:
        await opened(still, screen, s)
        await s.press("1", "s")
        await s.sees("grill: STARTED 18:00")
        await s.press("2", "2")
        await s.sees("Melt: done")
        states = {line.item.name: line.state for line in still.ticket(order).lines}
        assert states == {"Burger": "started", "Melt": "ready"}
        await s.press("2", "r")
        await s.sees("Melt: recalled")
        await s.sees("RECALLED")
        states = {line.item.name: line.state for line in still.ticket(order).lines}
        assert states == {"Burger": "started", "Melt": "queued"}
        await s.press("1", "enter")
        await s.sees("Burger: done")
        assert still.ticket(order).lines[0].state == "ready"
        assert [one.item_ids for one in still.did[1:]] == [
            (still.ticket(order).lines[n].item_id,) for n in (0, 1, 1, 0)
        ]


async def test_a_void_is_acknowledged_for_its_item_alone(still, screen):
    order = still.place("Burger", "Melt")
    still.change(order, items=[{"item_id": still.ticket(order).lines[0].item_id, "qty": "0"}])
    async with screen() as s:
        await opened(still, screen, s)
        await s.sees("grill: VOID")
        await s.press("1", "v")
        await s.sees("VOID, seen")
        assert [line.acked for line in still.ticket(order).lines] == [True, False]


async def test_what_others_make_has_no_number_and_nothing_is_done_without_a_choice(still, screen):
    still.place("Burger", "Fries")
    async with screen() as s:
        await opened(still, screen, s)
        assert sum(line.split()[:1] == ["1"] and "Burger" in line for line in lines(s.app)) == 1
        await s.press("s")
        await s.sees("choose an item first")
        await s.press("2", "2")
        assert len(still.did) == 1


async def test_expo_hands_over_one_item_and_may_insist(still, screen):
    order = still.place("Burger", "Fries")
    async with screen("expo", size=(100, 40)) as s:
        await opened(still, screen, s)
        await s.press("1", "1")
        await s.sees("grill still has 1 - F hands it over anyway")
        assert not still.ticket(order, "expo").lines[0].handed_over
        await s.press("F")
        await s.sees("expo: handed over")
        assert [line.handed_over for line in still.ticket(order, "expo").lines] == [True, False]


async def test_the_history_is_told_by_the_gateway(still, screen):
    order = still.place("Burger")
    item = still.ticket(order).lines[0].item_id
    still.histories[order] = [
        an_event(1, "kds:order_incoming", "grill", "till-1"),
        an_event(2, "kds:item_ready", "grill", "ann", device="bar [2]", item_ids=[item], forced=True),
        an_event(3, "kds:ticket_recalled", "grill", "bob", reason="cold [no nuts]", item_ids=[item] * 9),
        an_event(4, "kds:priority_changed", "grill", "bob", was="normal", priority="rush"),
        an_event(5, "order:status_changed", "", "bob", **{"from": "held", "to": "received"}),
        an_event(6, "kds:of_a_newer_gateway", "grill", "zoe"),
    ]
    async with screen(size=(100, 40)) as s:
        await opened(still, screen, s)
        await s.sees("till-1")
        seen = text(s)
        for words in (
            "18:01:00 grill came in till-1",
            "18:01:00 grill ✓ done Burger (by expo, over open prep) ann (bar [2])",
            "18:01:00 grill recalled 9 items (cold [no nuts]) bob",
            "18:01:00 grill priority normal → rush bob",
            "18:01:00 status held → received bob",
            "18:01:00 grill kds:of_a_newer_gateway zoe",
        ):
            assert words in seen, words
        assert "No history" not in seen


async def test_what_came_to_several_stations_at_once_is_one_line_and_who_it_was_has_a_column(still, screen):
    order = still.place("Burger", "Fries")
    still.histories[order] = [
        an_event(1, "kds:order_incoming", "grill", "till-1"),
        an_event(2, "kds:order_incoming", "fry", "till-1"),
        an_event(3, "kds:order_incoming", "expo", "till-1", at="2026-11-20T18:01:00.400Z"),
        an_event(4, "kds:item_started", "grill", "ann", item_ids=[still.ticket(order).lines[0].item_id]),
        an_event(5, "kds:item_started", "fry", "zoe"),
        an_event(6, "kds:ticket_recalled", "grill", "zoe"),
        an_event(7, "kds:ticket_recalled", "grill", "zoe"),
    ]
    async with screen(size=(100, 40)) as s:
        await opened(still, screen, s)
        await s.sees("till-1")
        said = [line for line in lines(s.app) if "18:01:00" in line and "placed" not in line]
        assert [line.split()[1:] for line in said] == [
            ["came", "in:", "grill,", "fry,", "expo", "till-1"],
            ["grill", "▸", "started", "Burger", "ann"],
            ["fry", "▸", "started", "zoe"],
            ["grill", "recalled", "zoe"],
            ["grill", "recalled", "zoe"],
        ]
        assert len({len(line) - len(line.split()[-1]) for line in said}) == 1


async def test_who_it_was_is_said_where_there_is_no_room_for_a_column(still, screen):
    order = still.place("Burger")
    who = "a person with quite a long name"
    still.histories[order] = [an_event(1, "kds:ticket_recalled", "grill", who, reason="cold as a stone, " * 2 + "cold")]
    async with screen(size=(44, 24)) as s:
        await opened(still, screen, s)
        await s.sees("recalled")
        assert "(cold as a stone, cold as a stone, cold) " + who in " ".join(text(s).split())


async def test_an_items_mark_and_roles_are_those_of_the_wall(still, screen):
    wrap = {"name": "Wrap", "qty": 1, "station_hint": ["grill"]}
    order = still.place({"name": "Burger", "qty": 2, "allergies": [{"code": "nuts"}]}, "Melt", wrap, "Fries")
    items = [line.item_id for line in still.ticket(order).lines]
    still.act(kds.Start, f"{order}.grill", item_ids=(items[0],))
    still.act(kds.Bump, f"{order}.grill", item_ids=(items[1],))
    still.change(order, items=[{"item_id": items[2], "qty": "0"}])
    async with screen(size=(100, 40)) as s:
        await opened(still, screen, s)
        roles = {part.text.strip(): part.role for row in s.app.screen.rows(100, 38) for part in row}
        assert (roles["▸"], roles["✓"], roles["x"]) == ("card.started", "card.ready", "card.void")
        assert (roles["Burger"], roles["Wrap"]) == ("card.name", "card.void")
        assert (roles["nuts"], roles["STARTED"], roles["DONE"]) == ("card.allergy", "card.started", "card.ready")
        styles = s.app.look.panelled
        assert styles["card.name"].bgcolor == styles["panel.text"].bgcolor != styles["card.allergy"].bgcolor


async def test_without_a_link_the_screen_says_so_and_shows_what_the_board_knows(still, screen):
    order = still.place("Burger")
    still.histories[order] = LinkDown("the gateway cannot be reached")
    still.act(kds.Start, f"{order}.grill")
    async with screen(size=(100, 40)) as s:
        await opened(still, screen, s)
        await s.sees("No history: the gateway cannot be reached. What this station knows:")
        assert "18:00:00 grill came in" in text(s)
        assert "grill ▸ started Burger" in text(s)


async def test_it_is_asked_again_when_something_happened_and_never_in_a_storm(still, screen, clock):
    order = still.place("Burger")
    still.histories[order] = [an_event(1, "kds:order_incoming", "grill", "till-1")]
    async with screen() as s:
        await opened(still, screen, s)
        await s.sees("till-1")
        still.histories[order].append(an_event(2, "kds:item_started", "grill", "zoe"))
        for _ in range(50):
            still.act(kds.Start, f"{order}.grill")
            still.act(kds.Undo, f"{order}.grill")
            s.app.look_again()
        await s.pilot.pause()
        assert len(still.asked) == 1
        clock.advance(1)
        s.app.tick()
        await s.sees("zoe")
        assert len(still.asked) == 2


async def test_a_history_that_is_refused_is_not_asked_for_again_and_again(still, screen, clock):
    order = still.place("Burger")
    still.histories[order] = NotFound("there is no order x")
    async with screen() as s:
        await opened(still, screen, s)
        await s.sees("No history: there is no order x.")
        for _ in range(5):
            clock.advance(2)
            s.app.tick()
        assert len(still.asked) == 1


async def test_a_link_that_is_lost_leaves_what_was_told_with_its_time(still, screen, clock):
    order = still.place("Burger")
    still.histories[order] = [an_event(1, "kds:order_incoming", "grill", "till-1")]
    async with screen(size=(100, 40)) as s:
        await opened(still, screen, s)
        await s.sees("till-1")
        still.histories[order] = LinkDown("the cable was pulled")
        clock.advance(60)
        still.act(kds.Start, f"{order}.grill")
        await s.sees("As of 18:00:00: the cable was pulled.")
        assert "till-1" in text(s)


async def test_an_order_that_leaves_the_board_stays_as_it_was(still, screen):
    still.place("Burger")
    async with screen() as s:
        await opened(still, screen, s)
        still.kitchen = type(still.kitchen)()
        s.app.look_again()
        await s.pilot.pause()
        assert "1 Burger" in text(s)
        await s.press("1", "1")
        await s.sees("that card is gone")


async def test_an_order_of_hundreds_of_items_is_read_to_its_end(still, screen):
    still.place(*[{"name": f"Burger {n}", "qty": 1, "station_hint": ["grill"]} for n in range(200)])
    async with screen() as s:
        await s.press("1", "i")
        await s.sees("Burger 0")
        seen = set()
        for _ in range(60):
            seen |= {line.split()[-1] for line in lines(s.app) if " Burger " in line}
            await s.press("pagedown")
        assert seen == {str(n) for n in range(200)}
        await s.sees("History")


async def test_without_a_card_in_focus_it_says_so(still, screen):
    still.place("Burger")
    async with screen() as s:
        await s.press("i")
        await s.sees("focus a card first")


async def test_a_bars_key_for_one_item_opens_the_order_and_is_done_with_the_chosen_one(still, screen):
    order = still.place("Burger", "Melt")
    async with screen(keymap_name="G") as s:
        await s.press("1", "left_control")
        await s.sees("History")
        await s.press("2", "left_control")
        await s.sees("Melt: done")
        assert [line.state for line in still.ticket(order).lines] == ["queued", "ready"]


async def test_force_never_hands_over_the_item_of_another_order_that_has_the_same_number(still, screen):
    orders = [still.place({"name": "Burger", "qty": 1, "item_id": "1"}) for _ in range(2)]
    async with screen("expo", size=(100, 40)) as s:
        await opened(still, screen, s, "1", "1")
        await s.sees("F hands it over anyway")
        await s.press("escape", "2", "i")
        await s.sees("History")
        await s.press("1", "F")
        await s.sees("nothing to force: bump first, and read what it says")
        assert not any(still.ticket(order, "expo").lines[0].handed_over for order in orders)


async def test_choices_are_named_in_the_language_of_the_kitchen_as_on_the_card(still, screen):
    onion = {"name": "onion", "action": "no", "qty": "2.0", "kitchen_name": {"es": "cebolla"}}
    still.place({"name": "Burger", "qty": 1, "kitchen_name": {"es": "Hamburguesa"}, "modifiers": [onion]})
    async with screen(size=(100, 40), language="es") as s:
        await s.sees("NO 2x cebolla")
        await opened(still, screen, s)
        assert "1 Hamburguesa" in text(s)
        assert "NO 2x cebolla" in text(s)
        assert "onion" not in text(s)
