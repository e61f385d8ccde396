"""One contender beside another: the median of each round's ratio, its spread, and whether it is good enough."""

import pytest

from bench.generator import Missing, WentWrong
from bench.table import HEADS
from bench.versus import Rounds, at_least, at_most, in_turn, ratio_text, ratios


def rate(found):
    return found["rate"]


def rounds(lacking="", **rates):
    return Rounds({who: [{"rate": one} for one in of] for who, of in rates.items()}, lacking)


def cells(row):
    return dict(zip(HEADS, row.cells(), strict=True))


def test_a_ratio_is_the_median_of_each_rounds_not_the_ratio_of_the_medians():
    # Medians are 100 and 100; round by round it was twice as fast in two of three.
    told = rounds(heard=[100, 400, 80], node=[50, 200, 100])
    row = cells(told.row("msg/s", "heard", rate, "{:.0f}".format, at_least(1.2)))
    assert row["ratio"] == "2.00x (0.80 to 2.00)"
    assert (row["measured"], row["peer"]) == ("100", "100")
    assert (row["goal"], row["reached"]) == ("≥ 1.2x", "yes")


def test_less_is_better_where_the_goal_says_so():
    told = rounds(heard=[9.0, 9.0], node=[10.0, 10.0])
    assert cells(told.row("µs", "heard", rate, str, at_most(0.9)))["reached"] == "yes"
    assert cells(told.row("µs", "heard", rate, str, at_most(0.8)))["reached"] == "no"


def test_without_node_it_is_set_beside_stock_and_says_so_and_promises_nothing():
    told = rounds("Node is not installed.", heard=[100], stock=[10])
    row = cells(told.row("msg/s", "heard", rate, str, at_least(1.2)))
    assert row["figure"] == "msg/s (beside stock)"
    assert (row["ratio"], row["goal"], row["reached"]) == ("10.00x", "", "")


def test_a_goal_beside_stock_stands_without_node():
    told = rounds("Node is not installed.", heard=[100], stock=[10])
    row = cells(told.row("msg/s", "heard", rate, str, at_least(5), against="stock"))
    assert (row["ratio"], row["reached"]) == ("10.00x", "yes")


def test_a_round_without_a_peers_figure_says_nothing():
    assert ratios([1, 2], [0, 4]) == [0.5]
    assert ratio_text([]) == ""


async def test_contenders_take_turns_and_each_round_is_begun_by_another():
    order = []

    def run(name):
        async def one():
            order.append(name)
            return {}

        return one

    await in_turn({name: run(name) for name in ("node", "stock", "heard")}, 2)
    assert order == ["node", "stock", "heard", "stock", "heard", "node"]


async def test_a_machine_without_node_is_asked_once_and_measures_the_rest():
    asked = []

    async def no_node():
        asked.append("node")
        raise Missing("Node is not installed")

    async def other():
        return {"rate": 1}

    told = await in_turn({"node": no_node, "stock": other}, 3)
    assert (told.lacking, told.peer, len(asked)) == ("Node is not installed.", "stock", 1)
    assert told.values("stock", rate) == [1, 1, 1]


async def test_a_run_that_failed_is_tried_once_more():
    left = [WentWrong("starved")]

    async def shaky():
        if left:
            raise left.pop()
        return {"rate": 1}

    assert (await in_turn({"heard": shaky}, 1)).values("heard", rate) == [1]
    left += [WentWrong("dead"), WentWrong("dead")]
    with pytest.raises(WentWrong, match="dead"):
        await in_turn({"heard": shaky}, 1)
