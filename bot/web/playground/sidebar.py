"""The left column: the channels, the private chat, and whom one acts as."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from bot.adapters.playground.cast import SPACE_NAME
from bot.adapters.playground.place import PRIVATE, User
from bot.i18n import N_
from bot.web.playground.elements import Box, Icon, Press, Words, avatar
from bot.web.playground.view import View


class _Item:
    """A channel in the list."""

    def __init__(self, channel: str, name: str, go: Callable[[str], None]) -> None:
        self._channel = channel
        self._press = Press(lambda: go(channel), classes="channel", data_testid=f"channel-{channel}")
        with self._press:
            self._icon = Icon("tag")
            with Box("channel-words", tag="span"):
                Words(name, "channel-name")
                self._below = Words("", "channel-below")
            self._badge = Words("", "badge")

    def show(self, view: View, icon: str, more: str, below: str) -> None:
        """Show it as it stands for whom the tab acts as; `below` says what opens it."""
        here = self._channel == view.channel
        unread = 0 if here else view.unread.get(self._channel, 0)
        self._press.classes(replace=f"channel {'here' if here else ''} {'unread' if unread else ''} {more}")
        self._press.props["aria-current"] = "page" if here else "false"
        self._icon.text = icon
        self._below.text = below
        self._below.set_visibility(bool(below))
        self._badge.text = str(unread)
        self._badge.props["aria-label"] = view.say.many("{n} unread", "{n} unread", unread)
        self._badge.set_visibility(bool(unread))


class Sidebar:
    """Its channels are drawn once and change in place: a press on one is never lost to a redraw."""

    def __init__(
        self,
        view: View,
        *,
        go: Callable[[str], None],
        be: Callable[[str], None],
        come_or_go: Callable[[], Awaitable[None]],
    ) -> None:
        self._view = view
        self._go = go
        self._be = be
        self._come_or_go = come_or_go
        self._abouts: dict[str, Words] = {}
        self._items: dict[str, _Item] = {}
        with Box("brand"):
            avatar(None, "large")
            with Box("brand-words"):
                Words(SPACE_NAME, "brand-name", tag="div")
                self._people = Words("", "brand-more", tag="div", data_testid="people")
        self._list = Box("channels", tag="nav", aria_label=view.say(N_("Channels")))
        self._who = Box("who")
        self._draw()
        self.channels()
        self.person()

    def channels(self, fresh: str = "") -> None:
        """Show the channels as they are; `fresh` is one that has just opened."""
        view, place = self._view, self._view.playground.place
        people = sum(1 for _ in place.everybody())
        self._people.text = view.say.many("{n} member · playground", "{n} members · playground", people)
        for channel in place.channels.values():
            locked = not view.open(channel.id)
            icon = "lock" if locked else "lock_open" if channel.closed else "campaign" if channel.writers else "tag"
            unlisted = "unlisted" if locked and channel.hidden else ""
            more = f"{unlisted} {'locked' if locked else ''} {'fresh' if channel.id == fresh else ''}"
            self._items[channel.id].show(view, icon, more, view.key(channel) if locked else "")
        self._items[PRIVATE].show(view, "forum", "", "")

    def _draw(self) -> None:
        view = self._view
        with self._list:
            Words(view.say(N_("Channels")), "section", tag="div")
            for channel in view.playground.place.channels.values():
                self._items[channel.id] = _Item(channel.id, view.say(channel.name), self._go)
            Words(view.say(N_("Private")), "section", tag="div")
            self._items[PRIVATE] = _Item(PRIVATE, view.say(N_("Lyceum (private)")), self._go)

    def person(self) -> None:
        """Draw whom one acts as, how far they are, and the menu of whom one may be instead."""
        view = self._view
        self._who.clear()
        with self._who, Press(None, classes="me", label=view.say(N_("Be somebody else")), data_testid="me"):
            self._ring = Box("ring")
            with self._ring:
                avatar(view.me)
            with Box("me-words", tag="span"):
                Words(view.me.name, "me-name", dir="auto", data_testid="me-name")
                self._far = Words("", "me-more", data_testid="me-level")
                self._purse = Words("", "me-more", data_testid="me-purse")
            Icon("unfold_more")
            with ui.menu().props('anchor="top left" self="bottom left"').classes("people"):
                self._menu()
        self.level(view.user)

    def level(self, user: str) -> None:
        """Say how far somebody is by now, without touching the menu, which may be open."""
        view = self._view
        if user in self._abouts:
            self._abouts[user].text = self._about(view.playground.place.users[user])
        if user == view.user:
            _, done, needed = view.progress()
            points = view.say.many("{n} point", "{n} points", view.me.points)
            self._far.text = f"{view.say(N_('Level {level}'), level=view.me.level)} · {points}"
            days, coins = view.purse()
            self._purse.text = f"🔥 {view.say.show(days)} · 🪙 {view.say.show(coins)}"
            self._purse.props["title"] = self._purse.props["aria-label"] = ", ".join(
                (
                    view.say.many("a streak of {n} day", "a streak of {n} days", days),
                    view.say.many("{n} coin", "{n} coins", coins),
                )
            )
            self._ring.style(f"--done:{round(100 * done / needed)}%")

    def _about(self, user: User) -> str:
        about = self._view.say(user.about) if user.about else ""
        return f"{about} · {self._view.say(N_('Level {level}'), level=user.level)}"

    def _menu(self) -> None:
        view = self._view
        Words(view.say(N_("Be anybody here")), "section", tag="div")
        for user in view.playground.place.users.values():
            if user.playable:
                self._somebody(user)
        text = view.say(N_("Leave the community")) if view.me.here else view.say(N_("Join the community"))
        icon = "logout" if view.me.here else "login"
        Press(self._come_or_go, text=text, icon=icon, classes="menu-item quiet", data_testid="come-or-go")

    def _somebody(self, user: User) -> None:
        view = self._view
        item = Press(
            lambda: self._be(user.id),
            classes=f"menu-item {'here' if user.id == view.user else ''}",
            data_testid=f"be-{user.id}",
        )
        with item:
            avatar(user, "small")
            with Box("channel-words", tag="span"):
                Words(user.name, "channel-name", dir="auto")
                self._abouts[user.id] = Words(self._about(user), "channel-below")
