"""The playground as a platform: what its users do becomes events, and effects are performed on it.

It is a platform like Discord, only that it is simulated (`place.py`) and that whoever looks may be anybody on it.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.adapters.playground import cast, shelf
from bot.adapters.playground.clock import PlayClock
from bot.adapters.playground.deeds import Deeds
from bot.adapters.playground.keys import gates_of, key_of
from bot.adapters.playground.leap import delivered, leap
from bot.adapters.playground.line import CommandLine, Typed
from bot.adapters.playground.living import Past, account
from bot.adapters.playground.place import BOT, PRIVATE, Place, Post, User, clean
from bot.adapters.playground.trace import Act, Trace
from bot.batch import Change
from bot.commands import Caller, Rank
from bot.delivery import GiveUp, Invitation
from bot.desk import Desk
from bot.doctor import Check
from bot.effects import Alert, Announce, GrantAccess, Nudge, Relay, RevokeAccess, ShowLevel, Tell
from bot.i18n import N_, Tongue, match, tongue
from bot.notices import reply as noticed
from bot.notices import said
from bot.reply import Button, Form, Reply, code, decode
from bot.state import MemberState
from bot.storage import gates, market, members, referrals
from bot.storage.outbox import PRIVATE as ALONE
from bot.storage.outbox import REPLY, Task
from bot.words import replace

CHUNK = 500
DAY = timedelta(days=1)
SHOWN_ANNOUNCEMENTS = 3
REMEMBERED = 2000
"""Keys of performed tasks remembered, so that none is posted twice."""


class Playground:
    """The simulated platform and its port. `pace` scales how long ambient life takes; 0 is at once."""

    platform = "playground"

    def __init__(self, desk: Desk, clock: PlayClock, *, lively: bool = True, pace: float = 1.0) -> None:
        self.desk = desk
        self.app = desk.app
        self.clock = clock
        self.place = Place([part.user for part in cast.parts()], cast.channels(), clock)
        self.lines = CommandLine(desk, self.place)
        self.trace = Trace()
        self.deeds = Deeds(self.app, self.place, self.trace, clock, lively=lively, pace=pace)
        self.community = 0
        self.rules = self.app.rules
        """What the community plays by, its own plans included, as of the last look."""
        self._behind: dict[str, tuple[str, ...]] = {
            one.id: (one.gate,) for one in self.place.channels.values() if one.gate
        }
        self.keys = {one.id: key_of([one.gate], self.rules) for one in self.place.channels.values() if one.gate}
        """{channel: what opens it} of those that stand behind a gate."""
        self.locale = ""
        """The language of the first visitor, which becomes the community's."""
        self._members: dict[int, str] = {}
        self._states: dict[str, MemberState] = {}
        self._history: list[Change] | None = None
        self._announced: list[tuple[Post, Announce, str]] = []
        self._performed: deque[str] = deque(maxlen=REMEMBERED)
        self._visitors: dict[str, deque[str]] = {}
        """What those who came by invitations are still to write."""
        self._time = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    # ------------------------------------------------------------------ life

    async def begin(self) -> None:
        """Fill the place with its living community. To be called once, after the application was started."""
        self._loop = asyncio.get_running_loop()
        self.app.watchers.append(self._watch)
        history = Past(self.place, self.app.rules, self.clock()).events()
        self._history = []
        for start in range(0, len(history), CHUNK):
            await self.app.submit(history[start : start + CHUNK], quiet=True)
        await self._set_up()
        await self._stock()
        for user in self.place.users:
            await self._refresh(user)
        await self._look_at_gates()
        self._recall(self._history)
        self._history = None
        await delivered(self.app)

    async def _set_up(self) -> None:
        """Announcements go to their channel, and the lounge stands behind its gate."""
        space = account(BOT)
        known = [(one.id, one.name, "text") for one in self.place.channels.values()]
        write = self.app.store.write
        self.community = await write(members.see_channels, self.platform, space, known)
        settings = await self.app.store.read(members.community, self.community)
        if self.platform not in settings.announce:
            await write(members.announce_in, self.community, self.platform, cast.ANNOUNCEMENTS)
        if self.platform not in await self.app.store.read(members.staff, self.community):
            staff = f"{cast.SPACE}/{cast.STAFF}"
            await write(members.tell_staff_in, self.community, self.platform, staff)
        for channel in self.place.channels.values():
            if channel.gate in gates_of(self.app.rules):
                await write(
                    gates.bind,
                    community=self.community,
                    gate=channel.gate,
                    platform=self.platform,
                    space=cast.SPACE,
                    kind="channel",
                    target=channel.id,
                    now=self.clock(),
                )

    async def _stock(self) -> None:
        """Something to spend coins on, and something to learn from."""
        known = {one.name for one in await self.app.store.read(market.of_community, self.community)}
        for item in cast.ITEMS:
            if item.name not in known:
                await self.app.store.write(market.put, self.community, item)
        rules = await self.app.rules_of(self.community)
        await self.app.store.write(shelf.stock, self.community, "en", rules, self.clock())

    def _recall(self, history: Sequence[Change]) -> None:
        """Put the latest announcements of the history where they would be by now."""
        told = [(c, e) for c in history for e in c.effects if isinstance(e, Announce)]
        for change, effect in told[-SHOWN_ANNOUNCEMENTS:]:
            name = self.place.users[self._members[change.seat.member]].name
            post = Post(self.place.early_id(), cast.ANNOUNCEMENTS, BOT, change.event.at)
            self._announced.append((self.place.add(post), effect, name))
        self.place.channels[cast.ANNOUNCEMENTS].posts.sort(key=lambda post: post.at)
        self._phrase("en")

    def _phrase(self, locale: str) -> None:
        for post, effect, name in self._announced:
            post.text = said(effect, name, tongue(locale))

    async def greet(self, locale: str) -> None:
        """The first visitor's language becomes the community's; later ones change nothing."""
        if self.locale:
            return
        self.locale = match(locale)
        self._phrase(self.locale)
        await self.app.store.write(members.settle, self.community, locale=self.locale)
        if self.locale != "en":
            rules = await self.app.rules_of(self.community)
            await self.app.store.write(shelf.rephrase, self.community, self.locale, rules, self.clock())

    async def close(self) -> None:
        """End the ambient life."""
        await self.deeds.close()

    # ------------------------------------------------------------------ commands

    def caller(self, user: str, channel: str, locale: str, on: Post | None = None) -> Caller:
        """Who calls from where (and on which post), as the platform vouches for them."""
        who = account(user, self.place.users[user].name)
        names = {one.id: one.name for one in self.place.users.values()}
        names |= {one.id: f"#{tongue(locale)(one.name)}" for one in self.place.channels.values()}
        return Caller(
            account=replace(who, space="") if channel == PRIVATE else who,
            channel=channel,
            rank=self.place.users[user].rank,
            locale=locale,
            names=names,
            target=on.key if on is not None and not (on.gone or on.only) else "",
            quoted=on.text if on is not None and not (on.gone or on.only) else "",
        )

    async def command(
        self, user: str, channel: str, line: str, chosen: Mapping[str, str], locale: str, *, on: Post | None = None
    ) -> Form | None:
        """Run what was typed, in answer to the post `on`; the answer appears in the channel, or is a form to fill in.

        What is no command is answered by a hint (in a private chat, where there is nobody else to talk to).
        """
        said = clean(line)
        if not said.startswith("/"):
            hint = N_("Here I only understand commands. /help lists them.")
            self._say(user, channel, Reply(text=tongue(locale)(hint)))
            return None
        return await self._run(user, channel, self.lines.read(said, chosen), locale, on=on)

    async def choose(self, user: str, post: Post, path: str, locale: str) -> Form | None:
        """Choose a command in the menu of a post."""
        return await self._run(user, post.channel, Typed(None, {}, path), locale, on=post)

    async def press(self, user: str, post: Post, button: Button, locale: str) -> Form | None:
        """Press a button under a post; the one of an invitation lets somebody come by it."""
        if button.url.startswith(cast.JOIN):
            await self._invited(user, post, button.url, locale)
            return None
        path, options = decode(code(button))
        return await self._run(user, post.channel, Typed(None, options, path), locale, under=post)

    async def _invited(self, user: str, post: Post, link: str, locale: str) -> None:
        say = tongue(locale)
        friend = await self.bring(link)
        if friend is None:
            text = say(N_("Everybody who could come has come."))
        else:
            text = say(N_("{name} came by your link. Let a week pass: they will take part."), name=friend.name)
        self._say(user, post.channel, Reply(text=text, private=True))

    async def bring(self, link: str) -> User | None:
        """Let the next newcomer come by a member's link; None when all have come."""
        found = next((one for one in cast.FRIENDS if one[0] not in self.place.users), None)
        if found is None:
            return None
        user, name, lines = found
        friend = self.place.users[user] = User(user, name, about=N_("newcomer"), playable=True, here=False)
        self._visitors[user] = deque(lines)
        await self.app.store.write(referrals.came, link, account(user, name), self.clock())
        await self.deeds.join(user)
        await self._refresh(user)
        return friend

    async def fill(self, user: str, channel: str, form: Form, values: Mapping[str, str], locale: str) -> Form | None:
        """Hand in a form."""
        options = {**{name: str(value) for name, value in form.options.items()}, **values}
        return await self._run(user, channel, Typed(None, options, form.command), locale)

    async def _run(
        self,
        user: str,
        channel: str,
        typed: Typed,
        locale: str,
        *,
        under: Post | None = None,
        on: Post | None = None,
    ) -> Form | None:
        path = typed.command.path if typed.command else typed.path
        act = self.trace.begin(user, "command", self.clock(), path=path)
        self.place.tell("act", user=user, about=act)
        try:
            reply = await self.desk.run(path, self.caller(user, channel, locale, on), typed.options)
        finally:
            act.open = False
        await self._refresh(user)
        if self.place.users[user].rank >= Rank.CREATOR:
            await self._look_again(act)
        self.place.tell("act", user=user, about=act)
        if reply.form is not None:
            return reply.form
        mine = under is not None and (under.only == user or not reply.private)
        if under is not None and mine and reply.replaces and not reply.error and not under.gone:
            under.reply = reply
            self.place.change(under)
        else:
            self._say(user, channel, reply, path)
        return None

    def _say(self, user: str, channel: str, reply: Reply, path: str = "") -> None:
        """Answer a user, for all to see or for them alone."""
        only = user if channel == PRIVATE or reply.private else ""
        asked = (user, path) if path else None
        self.place.add(Post(self.place.next_id(), channel, BOT, self.clock(), reply=reply, only=only, asked=asked))

    async def _refresh(self, user: str) -> None:
        found = await self.app.store.read(members.find, self.community, self.platform, user)
        who = self.place.users[user]
        state = self._states[user] = found.state if found else MemberState()
        who.points, who.level = state.engagement.points, state.standing.level
        if found is not None:
            self._members[found.member] = user
        self.place.tell("level", user=user)

    async def _look_again(self, act: Act) -> None:
        """After what a creator did: gates, and everybody's points, which other rules count anew without an event."""
        rules = self.rules
        await self._look_at_gates()
        if self.rules == rules:
            return
        before = {user.id: user.points for user in self.place.users.values()}
        for user in before:
            await self._refresh(user)
        act.values["recounted"] = sum(self.place.users[user].points != points for user, points in before.items())

    async def _look_at_gates(self) -> None:
        """Read again which channel stands behind which gate, and who comes through it."""
        self.rules = await self.app.rules_of(self.community)
        behind: dict[str, tuple[str, ...]] = {}
        for row in await self.app.store.read(gates.bound, self.community):
            if row.platform == self.platform and row.target in self.place.channels:
                behind[row.target] = (*behind.get(row.target, ()), row.gate)
        keys = {channel: key_of(found, self.rules) for channel, found in behind.items()}
        if (keys, behind) != (self.keys, self._behind):
            self.keys, self._behind = keys, behind
            self.place.tell("gates")

    # ------------------------------------------------------------------ time

    async def advance(self, user: str, span: timedelta) -> Act:
        """Let time pass: the jobs due meanwhile are run, each at its time, and what they lead to is delivered."""
        async with self._time:
            since = self.clock()
            until = since + span
            act = self.trace.begin(user, "time", since, hours=round(span.total_seconds() / 3600))
            self.app.hurried = True  # whoever lets a month pass waits for each of its days
            try:
                at = since
                while at + DAY < until and any(self._visitors.values()):
                    await leap(self.desk.till, self.clock, at, at + DAY)
                    at += DAY
                    await self._visit()
                await leap(self.desk.till, self.clock, at, until)
            finally:
                self.app.hurried = False
                act.open = False
                self.place.tell("time", user=user)
                self.place.tell("act", user=user, about=act)
            return act

    async def _visit(self) -> None:
        """Let those who came by invitations write their line of the day."""
        for user, lines in self._visitors.items():
            if lines and self.place.users[user].here:
                await self.deeds.post(user, "welcome", lines.popleft())

    # ------------------------------------------------------------------ the port

    async def perform(self, task: Task) -> None:
        """Do what an effect asks for."""
        user = task.account.user
        match task.effect:
            case GrantAccess() | RevokeAccess():
                kind, _, target = task.target.partition(":")
                if kind != "channel" or target not in self.place.channels or user not in self.place.users:
                    raise GiveUp(f"the playground has no {kind} {target}: /gate add binds a channel")
                self.place.let(user, target, inside=isinstance(task.effect, GrantAccess))
            case Announce() | Alert() | Nudge() | Tell() | Relay():
                self._publish(task)
            case ShowLevel():
                pass  # it stands there anyway
        act = self.trace.performed(task)
        if act is not None:
            self.place.tell("act", user=act.user, about=act)

    def _publish(self, task: Task) -> None:
        if task.key in self._performed:
            return
        private = task.target == ALONE
        channel, _, answered = task.target.removeprefix(REPLY).partition(":")
        channel = PRIVATE if private else channel
        if not private and channel not in self.place.channels:
            raise GiveUp(f"the playground has no channel {channel}: /setup announce names one")
        only = task.account.user if private else ""
        self._performed.append(task.key)
        shown = noticed(task)
        text, answer = ("", shown) if shown.buttons else (shown.text, None)
        post = Post(self.place.next_id(), channel, BOT, self.clock(), text=text, reply=answer, only=only)
        post.reply_to = int(answered) if answered else None
        self.place.add(post)

    async def holds(self, task: Task) -> bool:
        """Whether the channel is open to the user already."""
        channel = self.place.channels.get(task.target.partition(":")[2])
        return channel is not None and task.account.user in channel.inside

    async def obstacle(self, space: str, kind: str, target: str, say: Tongue) -> str:
        """Only channels that there are can stand behind a gate here."""
        if kind == "channel" and target in self.place.channels:
            return ""
        return say(N_("The playground has channels only: choose one of them."))

    async def held(self, space: str, targets: Sequence[str]) -> dict[str, set[str]] | None:
        """Who may enter which channel."""
        named = {target: self.place.channels.get(target.removeprefix("channel:")) for target in targets}
        return {target: set(channel.inside) for target, channel in named.items() if channel is not None}

    async def recheck(self, space: str, users: Sequence[str]) -> None:
        """Nothing is missed here: `held` is never otherwise than we know."""

    async def way_in(self, space: str, user: str) -> str:
        """Everybody is in the playground already."""
        return ""

    async def invitation(self, space: str, code: str, say: Tongue, link: str = "") -> Invitation:
        """A link that leads nowhere: whoever presses it lets a newcomer come by it (`bring`)."""
        return Invitation(link=link or f"{cast.JOIN}?by={code}")

    async def portrait(self, space: str, user: str) -> bytes | None:
        """Nobody here has a picture: their initials are drawn."""
        return None

    async def checks(self, space: str | None = None) -> list[Check]:
        """The playground allows everything."""
        return [Check(title=N_("Playground: a simulated platform, no token needed"))]

    # ------------------------------------------------------------------ what became of it

    def _watch(self, changes: Sequence[Change]) -> None:
        """Called in the writer's thread."""
        if self._loop is not None and changes and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._saw, tuple(changes))

    def _saw(self, changes: Sequence[Change]) -> None:
        if self._history is not None:
            self._history += changes
            return
        for change in changes:
            user = self._members.get(change.seat.member, "")
            act = self.trace.saw(change, user)
            if act is not None and not act.open:
                self.place.tell("act", user=act.user, about=act)
            if user and change.after is not change.before:
                who = self.place.users[user]
                self._states[user] = change.after
                who.points, who.level = change.after.engagement.points, change.after.standing.level
                self.place.tell("level", user=user)

    def behind(self, channel: str) -> tuple[str, ...]:
        """The gates that a channel stands behind."""
        return self._behind.get(channel, ())

    def state_of(self, user: str) -> MemberState:
        """The state of a user's member, as last seen."""
        return self._states.get(user, MemberState())

    def member_of(self, user: str) -> int:
        """The engine's member behind a user; 0 when they have not done anything yet."""
        return next((member for member, one in self._members.items() if one == user), 0)

    def user_of(self, member: int) -> str:
        """The user behind a member of the engine; '' when they are not of this platform."""
        return self._members.get(member, "")

    def name_of(self, member: int) -> str:
        """What a member of the engine is called here."""
        return self.place.users[self._members[member]].name if member in self._members else f"#{member}"
