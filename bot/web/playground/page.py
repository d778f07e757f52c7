"""The page: one tab of the chat client, put together from its columns, and what is done in it."""

from datetime import timedelta
from pathlib import Path
from random import Random

from fastapi import FastAPI, Request
from nicegui import Client, ui

from bot.adapters.playground import NotAllowedError, Playground
from bot.adapters.playground.cast import NEWCOMERS, SPACE_NAME
from bot.adapters.playground.place import BOT, PRIVATE, News, Post
from bot.adapters.playground.trace import Act
from bot.effects import GrantAccess
from bot.i18n import LOCALES, N_, match, tongue
from bot.reply import Button, Form
from bot.web.playground import answer, gains
from bot.web.playground.composer import Composer, Said
from bot.web.playground.elements import Box, Icon, Press, Words
from bot.web.playground.panel import Panel
from bot.web.playground.sidebar import Sidebar
from bot.web.playground.timeline import Timeline
from bot.web.playground.view import View

STYLE = Path(__file__).parent / "style.css"
THEMES = {"auto": None, "light": False, "dark": True}
THEME_ICONS = {"auto": "brightness_auto", "light": "light_mode", "dark": "dark_mode"}
TOAST = 7.0
"""Seconds that a toast stays."""
PIECES = 36
"""Pieces of confetti."""
FAVICON = "🏛️"


def mount(web: FastAPI, playground: Playground) -> None:
    """Serve the playground at `/`."""
    ui.add_css(STYLE.read_text(encoding="utf-8"), shared=True)

    @ui.page("/", title=f"{SPACE_NAME} · Lyceum", favicon=FAVICON)
    async def page(request: Request, client: Client) -> None:
        view = look(playground, dict(request.query_params), request.headers.get("accept-language", ""))
        await playground.greet(view.say.locale)
        Tab(view, client)

    ui.run_with(web, title="Lyceum", dark=None, tailwind=False, show_welcome_message=False, reconnect_timeout=30.0)


def look(playground: Playground, asked: dict[str, str], languages: str) -> View:
    """What a visitor sees first: what the address asks for as far as it exists, else the newcomer of their language."""
    accepted = [part.split(";")[0].strip() for part in languages.split(",")]
    locale = match(asked.get("lang", ""), *accepted)
    user, channel, theme = asked.get("as", ""), asked.get("in", ""), asked.get("theme", "")
    return View(
        playground,
        tongue(locale),
        user if user in playground.place.users else NEWCOMERS[locale],
        channel
        if channel == PRIVATE or channel in playground.place.channels
        else next(iter(playground.place.channels)),
        theme if theme in THEMES else "auto",
    )


class Tab:
    """One browser tab: it draws the columns and hears what happens on the platform."""

    def __init__(self, view: View, client: Client) -> None:
        self.view = view
        self.client = client
        self.playground = view.playground
        dark = ui.dark_mode(THEMES[view.theme])
        self._dark = dark
        self._cheered: set[str] = set()
        ui.colors(primary="#5a56d6")
        with Box(f"app lang-{view.say.locale}") as self._app:
            Box("shade").on("click", self._close_drawers, args=[])
            with Box("column sidebar", tag="aside"):
                self._sidebar = Sidebar(view, go=self.go, be=self.be, come_or_go=self._come_or_go)
            with Box("column main", tag="main"):
                with Box("topbar", tag="header") as self._top:
                    pass
                self._timeline = Timeline(view, on_do=self._do, on_press=self._press, on_plans=self._plans)
                self._composer = Composer(view, on_send=self._send, on_edit_last=self._edit_last)
            with Box("column panel", tag="aside", aria_label=view.say(N_("What just happened"))):
                self._panel = Panel(view, advance=self._advance)
            self._toasts = Box("toasts", aria_live="assertive")
        self._topbar()
        client.on_delete(self._leave)
        self.playground.place.listeners.add(self.hear)

    def _leave(self) -> None:
        self.playground.place.listeners.discard(self.hear)

    # ------------------------------------------------------------------ the bar on top

    def _topbar(self) -> None:
        """Drawn once: what lies under somebody's finger is never replaced, or the press would be lost."""
        view = self.view
        with self._top:
            Press(
                lambda: self._app.classes(toggle="left-open"),
                icon="menu",
                label=view.say(N_("Channels")),
                classes="round only-narrow",
                data_testid="open-sidebar",
            )
            with Box("where"):
                with Box("where-name", tag="h1", data_testid="where"):
                    self._hash = Words("", "hash")
                    self._place = Words("")
                self._topic = Words("", "where-topic", tag="div")
            with Box("languages", role="group", aria_label=view.say(N_("Language"))):
                for locale, short in zip(LOCALES, ("EN", "中"), strict=True):
                    one = Press(
                        lambda locale=locale: ui.navigate.to(view.url(lang=locale)),
                        text=short,
                        classes=f"{'on' if locale == view.say.locale else ''}",
                        data_testid=f"lang-{locale}",
                    )
                    one.props["aria-pressed"] = str(locale == view.say.locale).lower()
            with Press(self._theme, label=view.say(N_("Light or dark")), classes="round", data_testid="theme"):
                self._theme_icon = Icon(THEME_ICONS[view.theme])
            Press(
                lambda: self._app.classes(toggle="right-open"),
                icon="bolt",
                label=view.say(N_("What just happened")),
                classes="round only-medium",
                data_testid="open-panel",
            )
        self._where()

    def _where(self) -> None:
        view = self.view
        private = view.channel == PRIVATE
        self._hash.text = "" if private else "#"
        self._place.text = view.place_name
        self._topic.text = "" if private else view.say(view.playground.place.channels[view.channel].topic)

    def _theme(self) -> None:
        order = list(THEMES)
        self.view.theme = order[(order.index(self.view.theme) + 1) % len(order)]
        self._dark.value = THEMES[self.view.theme]
        self._remember()
        self._theme_icon.text = THEME_ICONS[self.view.theme]

    def _remember(self) -> None:
        ui.navigate.history.replace(self.view.url())

    def _close_drawers(self) -> None:
        self._app.classes(remove="left-open right-open")

    # ------------------------------------------------------------------ what is done here

    def go(self, channel: str) -> None:
        """Look at another channel."""
        self.view.channel = channel
        self.view.unread.pop(channel, None)
        self._close_drawers()
        self._sidebar.channels()
        self._where()
        self._timeline.show()
        self._composer.show()
        self._remember()

    def be(self, user: str) -> None:
        """Act as somebody else."""
        self.view.user = user
        self.view.unread.clear()
        self._sidebar.person()
        self._panel.show()
        self.go(self.view.channel)

    async def _come_or_go(self) -> None:
        await (self.playground.deeds.leave if self.view.me.here else self.playground.deeds.join)(self.view.user)

    async def _send(self, said: Said) -> None:
        view = self.view
        try:
            if said.editing is not None:
                await self.playground.deeds.edit(view.user, said.editing, said.text)
            elif said.text.startswith("/"):
                form = await self.playground.command(
                    view.user, view.channel, said.text, said.chosen, view.say.locale, on=said.reply_to
                )
                self._ask(form)
            else:
                reply_to = said.reply_to.id if said.reply_to is not None else None
                await self.playground.deeds.post(view.user, view.channel, said.text, reply_to)
                if view.channel == PRIVATE:
                    await self.playground.command(view.user, view.channel, said.text, {}, view.say.locale)
        except NotAllowedError:
            self._toast("block", view.say(N_("You can't do that here")), "")

    async def _press(self, post: Post, button: Button) -> None:
        self._ask(await self.playground.press(self.view.user, post, button, self.view.say.locale))

    async def _plans(self) -> None:
        with self._app:  # the button that was pressed goes away
            self.go(PRIVATE)
        view = self.view
        self._ask(await self.playground.command(view.user, PRIVATE, "/plans", {}, view.say.locale))

    def _ask(self, form: Form | None) -> None:
        if form is None:
            return
        view = self.view
        user, channel = view.user, view.channel

        async def hand_in(values: dict[str, str]) -> None:
            self._ask(await self.playground.fill(user, channel, form, values, view.say.locale))

        with self._app:
            answer.ask(form, view.say, hand_in)

    async def _do(self, what: str, post: Post) -> None:
        try:
            if what.startswith("react:"):
                await self.playground.deeds.react(self.view.user, post, what.removeprefix("react:"))
            elif what == "reply":
                self._composer.reply(post)
            elif what == "edit" and post.author == self.view.user:
                self._composer.edit(post)
            elif what == "delete":
                await self.playground.deeds.delete(self.view.user, post)
            elif what.startswith("command:"):
                path = what.removeprefix("command:")
                self._ask(await self.playground.choose(self.view.user, post, path, self.view.say.locale))
        except NotAllowedError:
            self._toast("block", self.view.say(N_("You can't do that here")), "")

    def _edit_last(self) -> None:
        posts = self.playground.place.posts(self.view.channel, self.view.user)
        mine = [post for post in posts if post.author == self.view.user]
        if mine:
            self._composer.edit(mine[-1])

    async def _advance(self, span: timedelta) -> None:
        await self.playground.advance(self.view.user, span)

    # ------------------------------------------------------------------ what is heard

    def hear(self, news: News) -> None:
        """Something happened on the platform."""
        if self.client.is_deleted:
            self._leave()
            return
        with self._app:
            self._hear(news)

    def _hear(self, news: News) -> None:
        if news.post is not None:
            self._hear_post(news.kind, news.post)
            return
        match news.kind:
            case "typing" if news.channel == self.view.channel and self.view.open(news.channel):
                self._timeline.typing(news.user)
            case "access" if news.user == self.view.user:
                self._access(news)
            case "level":
                self._leveled(news.user)
            case "people":
                self._sidebar.channels()
                if news.user == self.view.user:
                    self.be(self.view.user)
                else:
                    self._sidebar.person()  # who is new may be acted as
            case "act" if isinstance(news.about, Act):
                self._panel.act(news.about)
                self._cheer(news.about)
                self._panel.steps()
                self._panel.wallet()
            case "time":
                self._panel.time()
                self._timeline.show()  # what was today is not any more
            case "gates":
                self._sidebar.channels()
                self._panel.steps()
                if not self.view.open(self.view.channel):
                    self._timeline.show()
            case "ambience":
                self._panel.time()
            case _:
                pass  # news of others that this tab does not show

    def _hear_post(self, kind: str, post: Post) -> None:
        if kind == "post":
            self._posted(post)
        elif kind == "change":
            self._timeline.change(post)
        else:
            self._timeline.remove(post)

    def _posted(self, post: Post) -> None:
        view = self.view
        if post.only not in ("", view.user) or not view.open(post.channel):
            return
        if post.channel == view.channel:
            self._timeline.add(post)
        elif post.author != view.user:
            view.unread[post.channel] = view.unread.get(post.channel, 0) + 1
            self._sidebar.channels()
        if post.channel == PRIVATE and post.author == BOT and post.asked is None:
            self._toast("mail", view.say(N_("A private notice")), post.reply.text if post.reply else post.text)

    def _leveled(self, user: str) -> None:
        self._timeline.level(user)
        self._sidebar.level(user)
        if user == self.view.user and not self.view.open(self.view.channel):
            self._timeline.show()

    def _access(self, news: News) -> None:
        view = self.view
        self._sidebar.channels(news.channel if news.opened else "")
        self._panel.steps()
        if news.channel == view.channel:
            self.go(view.channel)
        if news.opened:
            self._confetti()
            self._toast(
                "lock_open",
                view.say(N_("The {channel} is open to you"), channel=view.name(news.channel)),
                view.say(N_("Have a look inside.")),
                to=news.channel,
            )
        else:
            self._toast("lock", view.say(N_("The {channel} is closed to you"), channel=view.name(news.channel)), "")

    def _cheer(self, act: Act) -> None:
        """Celebrate, once, what whom the tab acts as has reached; a level that opens something is told by its door."""
        view = self.view
        for change in act.changes:
            if view.playground.user_of(change.seat.member) != view.user or change.event.key in self._cheered:
                continue
            self._cheered.add(change.event.key)
            level = change.after.standing.level
            opens = any(isinstance(effect, GrantAccess) for effect in change.effects)
            if level > change.before.standing.announced and not opens:
                self._confetti()
                self._toast(
                    "trending_up", view.say(N_("You have reached level {level}"), level=level), "", kind="cheer"
                )
            for badge in gains.won(change, view.playground, view.say):
                self._confetti()
                self._toast("workspace_premium", view.say(N_("You have won a badge")), badge, kind="cheer")

    def _toast(self, icon: str, title: str, text: str, to: str = "", kind: str = "toast") -> None:
        with self._toasts:
            toast = Box("toast", role="status", data_testid=kind)
        with toast:
            Icon(icon)
            with Box("toast-words"):
                Words(title, "toast-title", tag="div", dir="auto")
                if text:
                    Words(text, "toast-text", tag="div", dir="auto")
            if to:
                Press(lambda: self.go(to), text=self.view.say(N_("Open")), classes="button primary")
            ui.timer(TOAST, toast.delete, once=True)

    def _confetti(self) -> None:
        chance = Random(PIECES)  # noqa: S311 - paper, not secrets
        with self._app, Box("confetti", aria_hidden="true") as shower:
            for piece in range(PIECES):
                Box(f"piece hue{piece % 12}").style(
                    f"--x:{chance.randrange(100)}vw;--d:{chance.uniform(0, 0.5):.2f}s;"
                    f"--t:{chance.uniform(1.6, 2.8):.2f}s;--r:{chance.randrange(200, 900)}deg"
                )
            ui.timer(3.5, shower.delete, once=True)
