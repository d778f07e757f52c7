"""The few elements the page is made of: plain HTML tags with classes, styled by `style.css`.

Everything a member wrote goes through `Words`: a text node, never HTML, Markdown or an attribute that runs.
"""

from collections.abc import Callable
from typing import Any
from zlib import crc32

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from bot.adapters.playground.place import BOT, User

HUES = 12
"""Avatar colours in `style.css`."""


class Words(TextElement):
    """A piece of text."""

    def __init__(self, text: str, classes: str = "", tag: str = "span", **attributes: Any) -> None:
        super().__init__(text=text, tag=tag)
        dress(self, classes, attributes)


class Box(Element):
    """Something that holds others."""

    def __init__(self, classes: str = "", tag: str = "div", **attributes: Any) -> None:
        super().__init__(tag)
        dress(self, classes, attributes)


class Press(Box):
    """A button. `label` says what it does where there is no text in it."""

    def __init__(
        self,
        do: Callable[..., Any] | None,
        *,
        text: str = "",
        icon: str = "",
        label: str = "",
        classes: str = "",
        **attributes: Any,
    ) -> None:
        super().__init__(classes, tag="button", type="button", **attributes)
        if label:
            self.props.update({"aria-label": label, "title": label})
        if do is not None:
            self.on("click", do, args=[])
        with self:
            if icon:
                Icon(icon)
            if text:
                Words(text)


class Icon(Words):
    """A drawing from the font that is shipped with NiceGUI; not read aloud."""

    def __init__(self, name: str, classes: str = "") -> None:
        super().__init__(name, f"material-icons icon {classes}", tag="i", aria_hidden="true")


def dress(element: Element, classes: str, attributes: dict[str, Any]) -> None:
    """Give an element its classes and attributes; `data_testid` becomes `data-testid`."""
    element.classes(classes)
    element.props.update({name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()})


def avatar(user: User | None, classes: str = "") -> None:
    """A round picture of somebody: their first letter on their own colour; the bot's is its sign."""
    if user is None or user.id == BOT:
        with Box(f"avatar bot {classes}", aria_hidden="true"):
            Icon("account_balance")
        return
    hue = crc32(user.id.encode()) % HUES
    with Box(f"avatar hue{hue} {classes}", aria_hidden="true"):
        Words(user.name[:1].upper())
