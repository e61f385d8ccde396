"""A screen over another that is left at most once, and only while nothing lies over it."""

from __future__ import annotations

from textual.events import Key
from textual.screen import ModalScreen, ScreenResultType


class Modal(ModalScreen[ScreenResultType]):
    """Keys queue up: some reach a screen that is covered or gone by then, and closing there would close another one."""

    @property
    def on_top(self) -> bool:
        """Whether keys are meant for this one; Textual's `is_current` is true of what shines through as well."""
        return self.app.screen_stack[-1:] == [self]

    def leave(self, result: ScreenResultType | None = None) -> None:
        """Go, if there is anything left to close."""
        if self.on_top:
            self.dismiss(result)

    def pass_on(self, event: Key) -> None:
        """A key that came too late here is for the screen that is on top by now."""
        if self.app.screen_stack:
            self.app.post_message(Key(event.key, event.character))
