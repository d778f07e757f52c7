"""The middle: the messages of a channel. A new message is appended, a changed one redrawn alone; nothing else moves."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from html import escape

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from bot.adapters.playground.place import BOT, PRIVATE, Channel, Post
from bot.commands import Rank
from bot.i18n import N_
from bot.reply import Button
from bot.web.playground import answer
from bot.web.playground.elements import Box, Icon, Press, Words, avatar
from bot.web.playground.view import View

PAGE = 50
"""Messages drawn at once; the ones before on demand."""
TOGETHER = timedelta(minutes=6)
"""Messages of one author within this time are drawn as one block."""
EMOJI = ("👍", "❤️", "🎉")
SIGNS = {"accept": "check_circle", "thanks": "volunteer_activism"}
"""The icons of commands in the menu of a message; others have a bolt."""
TYPING = 6.0
"""Seconds that "is typing" is shown at the most."""
_DELEGATE = """(e) => {
    const button = e.target.closest("[data-do]");
    if (button) emit(button.dataset.do, Number(button.closest("[data-post]").dataset.post));
}"""

OnDo = Callable[[str, Post], Awaitable[None]]
OnPress = Callable[[Post, Button], Awaitable[None]]


class Timeline:
    """The messages of the view's channel. `on_do(what, post)` hears of reactions, replies, edits and deletions."""

    def __init__(self, view: View, *, on_do: OnDo, on_press: OnPress, on_plans: Callable[[], Awaitable[None]]) -> None:
        self._view = view
        self._on_do = on_do
        self._on_press = on_press
        self._on_plans = on_plans
        self._rows: dict[int, Element] = {}
        self._levels: dict[str, int] = {}
        self._last: Post | None = None
        self._from = 0
        with Box("scroller", data_testid="scroller"):
            self._list = Box("posts", role="log", aria_live="polite", data_testid="posts")
            self._list.on("click", self._done, js_handler=_DELEGATE)
        self._typing = Box("typing", aria_live="polite")
        self.show()

    # ------------------------------------------------------------------ the whole

    def show(self) -> None:
        """Draw the channel anew."""
        view = self._view
        self._rows, self._last = {}, None
        self._list.clear()
        self._typing.clear()
        with self._list:
            if not view.me.here:
                self._notice(
                    "waving_hand",
                    view.say(N_("You are not in the community")),
                    view.say(N_("Join again: open the menu at your name.")),
                )
            elif not view.open(view.channel):
                self._locked(view.playground.place.channels[view.channel])
            else:
                self._posts()

    def _posts(self) -> None:
        view = self._view
        posts = view.playground.place.posts(view.channel, view.user)
        self._from = max(len(posts) - PAGE, 0)
        if self._from:
            Press(self._earlier, text=view.say(N_("Earlier messages")), classes="link earlier")
        elif view.channel == PRIVATE:
            self._notice(
                "forum", "Lyceum", view.say(N_("Only you and the bot see this. Commands work here, too: try /rank"))
            )
        else:
            channel = view.playground.place.channels[view.channel]
            self._notice("tag", view.say(channel.name), view.say(channel.topic))
        for post in posts[self._from :]:
            self._draw(post)

    def _earlier(self) -> None:
        view = self._view
        posts = view.playground.place.posts(view.channel, view.user)
        self._rows, self._last = {}, None
        self._list.clear()
        with self._list:
            for post in posts:
                self._draw(post)

    def _notice(self, icon: str, title: str, text: str) -> None:
        with Box("notice"):
            with Box("notice-icon"):
                Icon(icon)
            Words(title, "notice-title", tag="h2")
            Words(text, "notice-text", tag="p")

    def _locked(self, channel: Channel) -> None:
        view = self._view
        level = view.gate_level(channel)
        with Box("notice locked", data_testid="locked"):
            with Box("notice-icon"):
                Icon("lock")
            Words(
                view.say(N_("The {channel} is closed to you"), channel=view.say(channel.name)), "notice-title", tag="h2"
            )
            plans = view.gate_plans(channel)
            if plans:
                names = ", ".join(plans)
                Words(view.say(N_("It opens with {plans}."), plans=names), "notice-text", tag="p", dir="auto")
                text = view.say(N_("See the plans"))
                Press(self._on_plans, text=text, icon="sell", classes="button primary", data_testid="see-plans")
            if level is None:
                return
            Words(
                view.say(N_("It opens at level {level}. You are at level {mine}."), level=level, mine=view.me.level),
                "notice-text",
                tag="p",
            )
            togo = view.missing(channel)
            share = round(100 * view.me.points / max(view.me.points + togo, 1))
            Box("bar").style(f"--done:{share}%")
            Words(
                view.say.many(
                    "{n} point to go: write a message in another channel.",
                    "{n} points to go: write a message in another channel.",
                    togo,
                ),
                "notice-text",
                tag="p",
            )

    # ------------------------------------------------------------------ one by one

    def add(self, post: Post) -> None:
        """Append a new message."""
        self._typing.clear()
        with self._list:
            self._draw(post, fresh=True)

    def change(self, post: Post) -> None:
        """Draw a changed message anew."""
        row = self._rows.get(post.id)
        if row is not None:
            row.clear()
            with row:
                self._content(post, head="joined" not in row.classes)

    def remove(self, post: Post) -> None:
        """Take a message away."""
        row = self._rows.pop(post.id, None)
        if row is not None:
            row.delete()
            if self._last is post:
                self._last = None

    def level(self, user: str) -> None:
        """Show the level that somebody has by now at all they wrote."""
        if self._levels.get(user) in (None, self._view.playground.place.users[user].level):
            return
        for number in tuple(self._rows):
            post = self._view.playground.place.find(number)
            if post is not None and post.author == user:
                self.change(post)

    def typing(self, user: str) -> None:
        """Say that somebody is typing."""
        name = self._view.playground.place.users[user].name
        self._typing.clear()
        with self._typing:
            with Box("dots", aria_hidden="true"):
                for _ in range(3):
                    Box("dot")
            Words(self._view.say(N_("{name} is typing"), name=name), dir="auto")
            ui.timer(TYPING, self._typing.clear, once=True)

    # ------------------------------------------------------------------ a message

    def _draw(self, post: Post, *, fresh: bool = False) -> None:
        last = self._last
        same_day = last is not None and self._view.day(last.at) == self._view.day(post.at)
        if not same_day:
            with Box("day"):
                Words(self._view.day(post.at))
        joined = (
            same_day
            and last is not None
            and last.author == post.author != BOT
            and post.at - last.at < TOGETHER
            and post.reply_to is None
            and last.only == post.only
        )
        only = bool(post.only) and post.channel != PRIVATE
        classes = f"post {'joined' if joined else ''} {'fresh' if fresh else ''} {'only' if only else ''}"
        kind = "bot" if post.author == BOT else "mine" if post.author == self._view.user else "other"
        row = Box(
            f"{classes} {kind}",
            tag="article",
            data_post=post.id,
            data_testid="post",
            data_author=post.author,
            tabindex="-1",
        )
        self._rows[post.id] = row
        self._last = post
        with row:
            self._content(post, head=not joined)

    def _content(self, post: Post, *, head: bool) -> None:
        view = self._view
        users = view.playground.place.users
        with Box("gutter"):
            if head:
                avatar(users.get(post.author))
            else:
                Words(view.clock(post.at), "time")
        with Box("body"):
            if post.asked:
                self._asked(post)
            if post.reply_to is not None:
                self._quote(post.reply_to)
            if head:
                self._head(post)
            if post.text:
                answer.text(post.text, view.say)
            if post.edited:
                Words(view.say(N_("(edited)")), "edited")
            if post.reply is not None:
                answer.draw(post.reply, view.say, lambda button: self._on_press(post, button))
            if post.only and post.channel != PRIVATE:
                self._private(post)
            self._reactions(post)
        self._tools(post)

    def _head(self, post: Post) -> None:
        view = self._view
        user = view.playground.place.users.get(post.author)
        if user is not None:
            self._levels[user.id] = user.level
        with Box("head"):
            Words(user.name if user else "Lyceum", "name", dir="auto")
            if user is None:
                Words(view.say(N_("bot")), "tag bot")
            elif user.rank:
                Words(view.say(N_("creator")) if user.rank == Rank.CREATOR else view.say(N_("moderator")), "tag")
            elif user.level:
                Words(view.say(N_("Lv {level}"), level=user.level), "tag level")
            Words(view.clock(post.at), "time")

    def _asked(self, post: Post) -> None:
        user, path = post.asked or ("", "")
        name = self._view.playground.place.users[user].name
        with Box("asked"):
            Words(self._view.say(N_("{name} used"), name=name), dir="auto")
            Words(f"/{path}", "command")

    def _quote(self, post: int) -> None:
        found = self._view.playground.place.find(post)
        if found is None or found.only not in ("", self._view.user):
            return
        user = self._view.playground.place.users.get(found.author)
        text = found.text or (found.reply.title or found.reply.text if found.reply else "")
        with Box("quote"):
            Icon("reply")
            Words(user.name if user else "Lyceum", "quote-name", dir="auto")
            Words(text[:140], "quote-text", dir="auto")

    def _private(self, post: Post) -> None:
        say = self._view.say
        with Box("private-note", data_testid="private-note"):
            Icon("visibility")
            Words(say(N_("Only you can see this")))
            Words("·")
            Press(
                lambda: self._view.playground.deeds.dismiss(self._view.user, post),
                text=say(N_("Dismiss")),
                classes="link",
                data_testid="dismiss",
            )

    def _reactions(self, post: Post) -> None:
        if not post.reactions:
            return
        users = self._view.playground.place.users
        with Box("reactions"):
            for emoji, givers in post.reactions.items():
                names = ", ".join(users[giver].name for giver in givers)
                mine = self._view.user in givers
                with Box(
                    f"reaction {'mine' if mine else ''}",
                    tag="button",
                    type="button",
                    data_do=f"react:{emoji}",
                    data_testid="reaction",
                    title=names,
                    aria_label=f"{emoji} {len(givers)}: {names}",
                    aria_pressed=str(mine).lower(),
                ):
                    Words(emoji, "emoji")
                    Words(str(len(givers)), "count")

    def _tools(self, post: Post) -> None:
        """One element with the buttons that appear over a message; only words of our own are in it."""
        if post.only or post.reply is not None:
            return
        say, me = self._view.say, self._view.me
        tools = [(f"react:{emoji}", emoji, say(N_("React with {emoji}"), emoji=emoji)) for emoji in EMOJI]
        if self._view.playground.place.writes(me.id, post.channel):
            tools.append(("reply", "reply", say(N_("Reply"))))
        if post.author != BOT and post.channel != PRIVATE:
            tools += [
                (f"command:{one.path}", SIGNS.get(one.path, "bolt"), say(one.on_message))
                for one in self._view.playground.desk.commands
                if one.on_message and one.who <= me.rank
            ]
        if post.author == me.id:
            tools.append(("edit", "edit", say(N_("Edit"))))
        if post.author == me.id or (me.rank and post.author != BOT):
            tools.append(("delete", "delete", say(N_("Delete"))))
        html = "".join(
            f'<button type="button" data-do="{escape(do)}" aria-label="{escape(label)}" title="{escape(label)}">'
            + (
                escape(sign)
                if do.startswith("react:")
                else f'<i class="material-icons icon" aria-hidden="true">{sign}</i>'
            )
            + "</button>"
            for do, sign, label in tools
        )
        ui.html(html, sanitize=False).classes("tools")

    async def _done(self, event: GenericEventArguments) -> None:
        what, number = event.args
        post = self._view.playground.place.find(int(number))
        if post is not None:
            await self._on_do(str(what), post)
