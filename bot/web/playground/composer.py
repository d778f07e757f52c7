"""Where one writes: Enter sends, '/' completes commands, Esc takes back a reply or an edit."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from nicegui import ui
from nicegui.events import GenericEventArguments

from bot.adapters.playground.line import Suggestion
from bot.adapters.playground.place import LONGEST, Post
from bot.i18n import N_
from bot.web.playground.elements import Box, Icon, Press, Words
from bot.web.playground.view import View

_KEYS = """(e) => {
    if (e.isComposing || e.keyCode === 229) return;
    const text = e.target.value, command = text.startsWith("/");
    const enters = e.key === "Enter" && !e.shiftKey;
    const moves = command && ["ArrowUp", "ArrowDown", "Tab"].includes(e.key) && !e.shiftKey;
    const edits = e.key === "ArrowUp" && text === "";
    if (enters || moves || edits) e.preventDefault();
    const takes = enters && e.target.closest(".composer").querySelector(".popup").dataset.takes === "true";
    if (enters || moves || edits || e.key === "Escape") emit(e.key, text, takes);
    if (enters && !takes) {
        e.target.value = "";
        e.target.dispatchEvent(new Event("input", { bubbles: true }));
    }
}"""
"""An input method's Enter chooses a word and sends nothing; arrows and Tab are ours in a command only.

What is sent is taken out of the box at once, here: told by the server, it would wipe what is typed meanwhile.
"""


class Said(NamedTuple):
    """What was written, the values completion put in for which label, and what it answers or replaces."""

    text: str
    chosen: dict[str, str]
    reply_to: Post | None
    editing: Post | None


OnSend = Callable[[Said], Awaitable[None]]


class Composer:
    """The box at the bottom. `on_send` gets what was said."""

    def __init__(self, view: View, *, on_send: OnSend, on_edit_last: Callable[[], None]) -> None:
        self._view = view
        self._on_send = on_send
        self._on_edit_last = on_edit_last
        self._found: Sequence[Suggestion] = ()
        self._active: int | None = None
        self._chosen: dict[str, str] = {}
        self.reply_to: Post | None = None
        self.editing: Post | None = None
        with Box("composer") as self._box:
            self._popup = Box("popup", role="listbox", data_testid="suggestions")
            self._popup.set_visibility(False)
            self._strip = Box("strip")
            with Box("input-row"):
                Press(
                    self._slash, icon="terminal", label=view.say(N_("Commands")), classes="round", data_testid="slash"
                )
                self._input = ui.textarea(on_change=self._typed).props("borderless dense autogrow").classes("input")
                self._input.props.update(
                    {
                        "rows": "1",
                        "maxlength": LONGEST,
                        "data-testid": "composer",
                        "aria-label": view.say(N_("Message")),
                    }
                )
                self._input.on("keydown", self._key, js_handler=_KEYS)
                Press(
                    self._press_send,
                    icon="arrow_upward",
                    label=view.say(N_("Send")),
                    classes="round send",
                    data_testid="send",
                )
        self.show()

    def show(self) -> None:
        """Fit the box to the view's channel."""
        view = self._view
        self.reply_to = self.editing = None
        self._draw_strip()
        self._suggest(())
        place = view.playground.place
        writes = view.open(view.channel) and view.me.here and place.writes(view.user, view.channel)
        self._box.set_visibility(view.open(view.channel) and view.me.here)
        hint = (
            view.say(
                N_("Write in {channel}"),
                channel=view.place_name if view.channel == "private" else f"#{view.place_name}",
            )
            if writes
            else view.say(N_("Only the creator and moderators write here; commands work"))
        )
        self._input.props["placeholder"] = hint
        self._input.value = ""

    def focus(self) -> None:
        """Put the cursor into the box."""
        self._input.run_method("focus")

    def reply(self, post: Post) -> None:
        """Answer a message."""
        self.reply_to, self.editing = post, None
        self._draw_strip()
        self.focus()

    def edit(self, post: Post) -> None:
        """Write an own message anew."""
        self.reply_to, self.editing = None, post
        self._input.value = post.text
        self._draw_strip()
        self.focus()

    def _draw_strip(self) -> None:
        post = self.editing or self.reply_to
        self._strip.clear()
        self._strip.set_visibility(post is not None)
        if post is None:
            return
        view = self._view
        user = view.playground.place.users.get(post.author)
        with self._strip:
            Icon("edit" if self.editing else "reply")
            text = (
                view.say(N_("Editing your message"))
                if self.editing
                else view.say(N_("Replying to {name}"), name=user.name if user else "Lyceum")
            )
            Words(text, "strip-text", dir="auto")
            Press(self._cancel, icon="close", label=view.say(N_("Cancel")), classes="round small")

    def _cancel(self) -> None:
        if self.editing is not None:
            self._input.value = ""
        self.reply_to = self.editing = None
        self._draw_strip()

    # ------------------------------------------------------------------ typing

    def _slash(self) -> None:
        self._input.value = "/"
        self.focus()

    async def _typed(self) -> None:
        text = self._input.value or ""
        if not text.startswith("/") or self.editing is not None:
            self._suggest(())
            return
        view = self._view
        caller = view.playground.caller(view.user, view.channel, view.say.locale)
        found = await view.playground.lines.suggest(text, caller, view.say)
        if text == self._input.value:
            self._suggest(found)

    def _suggest(self, found: Sequence[Suggestion]) -> None:
        if not found and not self._found:
            return  # most keys: nothing to complete, nothing to draw
        self._found = found
        self._active = None if not found or (found[0].text.endswith(":") and found[0].label[:1] != "/") else 0
        self._draw_popup()

    def _draw_popup(self) -> None:
        self._popup.clear()
        self._popup.set_visibility(bool(self._found))
        self._popup.props["data-takes"] = str(self._takes(self._input.value or "")).lower()
        with self._popup:
            for index, one in enumerate(self._found):
                active = index == self._active
                item = Box(
                    f"suggestion {'active' if active else ''}",
                    role="option",
                    aria_selected=str(active).lower(),
                    data_testid="suggestion",
                )
                item.on("mousedown.prevent", lambda index=index: self._accept(index), args=[])
                with item:
                    Words(one.label, "suggestion-label", dir="auto")
                    Words(one.description, "suggestion-more")

    async def _key(self, event: GenericEventArguments) -> None:
        key, text, takes = event.args
        if key == "Escape":
            self._suggest(()) if self._found else self._cancel()
        elif key == "ArrowUp" and not text:
            self._on_edit_last()
        elif key in ("ArrowUp", "ArrowDown"):
            self._move(1 if key == "ArrowDown" else -1)
        elif key == "Tab":
            await self._complete(text)
        elif takes:
            self._accept(self._active or 0)
        else:
            await self._send(text)

    def _move(self, step: int) -> None:
        if self._found:
            before = self._active if self._active is not None else (-1 if step > 0 else 0)
            self._active = (before + step) % len(self._found)
            self._draw_popup()

    async def _complete(self, text: str) -> None:
        if not self._found:
            await self._typed()
        if self._found and text.startswith("/"):
            self._accept(self._active or 0)

    def _takes(self, text: str) -> bool:
        """Whether Enter takes the suggestion rather than sends: not when the command is complete as it stands."""
        if not self._found or self._active is None:
            return False
        typed = self._view.playground.lines.read(text, {})
        return typed.command is None or text.strip() != f"/{typed.path}"

    def _accept(self, index: int) -> None:
        if index < len(self._found):
            one = self._found[index]
            if one.value:
                self._chosen[one.label] = one.value
            self._input.value = one.text
            self.focus()

    async def _press_send(self) -> None:
        text, self._input.value = self._input.value or "", ""
        await self._send(text)

    async def _send(self, text: str) -> None:
        if not text.strip():
            return
        chosen, self._chosen = self._chosen, {}
        self._suggest(())
        said = Said(text.strip(), chosen, self.reply_to, self.editing)
        if self.reply_to is not None or self.editing is not None:
            self.reply_to = self.editing = None  # before the next keys, which may begin another edit
            self._draw_strip()
        await self._on_send(said)
