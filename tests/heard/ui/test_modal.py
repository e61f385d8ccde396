"""A screen over another: left at most once, and never in place of what lies over it."""

import pytest
from textual.app import App, ComposeResult
from textual.events import Key
from textual.widgets import Static

from heard.ui.modal import Modal


class Asked(Modal[str]):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def compose(self) -> ComposeResult:
        yield Static("?")

    def on_key(self, event: Key) -> None:
        event.stop()
        if self.on_top:
            self.heard.append(event.key)
        else:
            self.pass_on(event)


@pytest.fixture
def app() -> App[None]:
    return App()


async def test_it_is_left_once_however_often_it_is_asked_to(app: App[None]) -> None:
    answers: list[str | None] = []
    async with app.run_test() as pilot:
        asked = Asked()
        await app.push_screen(asked, answers.append)
        asked.leave("yes")
        asked.leave("again")
        await pilot.pause()
        asked.leave("later")
        assert answers == ["yes"]
        assert len(app.screen_stack) == 1


async def test_what_is_covered_closes_nothing_and_closes_later(app: App[None]) -> None:
    async with app.run_test() as pilot:
        below, above = Asked(), Asked()
        await app.push_screen(below)
        await app.push_screen(above)
        assert (below.on_top, above.on_top) == (False, True)
        below.leave()
        assert app.screen is above
        above.leave()
        below.leave()
        await pilot.pause()
        assert len(app.screen_stack) == 1


async def test_a_key_that_comes_too_late_is_heard_by_the_screen_on_top(app: App[None]) -> None:
    async with app.run_test() as pilot:
        below, above = Asked(), Asked()
        await app.push_screen(below)
        await app.push_screen(above)
        below.post_message(Key("x", "x"))
        await pilot.pause()
        await pilot.pause()
        assert (below.heard, above.heard) == ([], ["x"])
