"""What the playground's users do, each deed an act that submits its events; and the ambient life it sets off.

A new thing to do is a method here and its sentence in `bot/web/playground/story.py`.
"""

import asyncio
from collections.abc import Sequence

from bot.adapters.playground import ambience
from bot.adapters.playground.clock import PlayClock
from bot.adapters.playground.living import account
from bot.adapters.playground.place import BOT, PRIVATE, Place, Post, clean
from bot.adapters.playground.trace import Act, Trace
from bot.app import App
from bot.commands import Rank
from bot.events import Account, Event, MemberJoined, MemberLeft, MessageDeleted, MessageEdited, MessagePosted, reaction
from bot.text import features


class NotAllowedError(Exception):
    """The platform does not let this user do this here."""


class Deeds:
    """Posting, reacting, coming and going. `pace` scales how long ambient life takes; 0 is at once."""

    def __init__(self, app: App, place: Place, trace: Trace, clock: PlayClock, *, lively: bool, pace: float) -> None:
        self.lively = lively
        self._app = app
        self._place = place
        self._trace = trace
        self._clock = clock
        self._pace = pace
        self._moving: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """End the ambient life."""
        for task in tuple(self._moving):
            task.cancel()
        await asyncio.gather(*self._moving, return_exceptions=True)

    async def settled(self) -> None:
        """Wait until nobody is about to answer or react any more."""
        while self._moving:
            await asyncio.gather(*self._moving)

    async def post(self, user: str, channel: str, text: str, reply_to: int | None = None) -> Post:
        """Write in a channel. It is there at once; this returns when it counts, too.

        Raises NotAllowedError where the user may not write.
        """
        said = clean(text)
        if not said or not self._place.writes(user, channel):
            raise NotAllowedError(f"{user} may not write in {channel}")
        only = user if channel == PRIVATE else ""
        post = Post(self._place.next_id(), channel, user, self._clock(), text=said, reply_to=reply_to, only=only)
        self._place.add(post)
        if channel != PRIVATE:
            await self._count(post)
            if self.lively:
                self._stir(post)
        return post

    async def edit(self, user: str, post: Post, text: str) -> None:
        """Change one's own post. Raises NotAllowedError for anybody else's."""
        said = clean(text)
        if post.author != user or post.gone or not said:
            raise NotAllowedError("only one's own posts can be edited")
        post.text, post.edited = said, True
        self._place.change(post)
        if post.channel == PRIVATE:
            return
        key = f"{post.key}:edit:{self._place.next_id()}"
        event = MessageEdited(key=key, at=self._clock(), who=self._who(user), of=post.key, text=features(said))
        await self._do(self._trace.begin(user, "edited", event.at, [key], channel=post.channel), [event])

    async def delete(self, user: str, post: Post) -> None:
        """Delete a post: one's own, or anybody's with the right to moderate. Raises NotAllowedError."""
        if post.gone or (post.author != user and self._place.users[user].rank < Rank.MODERATOR):
            raise NotAllowedError("only one's own posts can be deleted")
        self._place.remove(post)
        if post.author == BOT or post.channel == PRIVATE:
            return
        event = MessageDeleted(key=f"{post.key}:deleted", at=self._clock(), who=self._who(post.author), of=post.key)
        await self._do(self._trace.begin(user, "deleted", event.at, [event.key], channel=post.channel), [event])

    def dismiss(self, user: str, post: Post) -> None:
        """Put away an answer that only the user sees."""
        if post.only == user:
            self._place.remove(post)

    async def react(self, user: str, post: Post, emoji: str) -> None:
        """Put a reaction under a post, or take it back. Raises NotAllowedError where the user may not look."""
        if post.gone or not self._place.sees(user, post.channel):
            raise NotAllowedError("the post can't be seen")
        given = self._place.toggle(post, user, emoji)
        if post.author == BOT or post.only:
            return
        at = self._clock()
        events = reaction(giver=self._who(user), of=post.key, emoji=emoji, at=at, given=given, author=post.author)
        kind, whose = "reacted" if given else "withdrew", self._place.users[post.author].name
        keys = [event.key for event in events]
        await self._do(self._trace.begin(user, kind, at, keys, emoji=emoji, author=whose), events)

    async def leave(self, user: str) -> None:
        """Leave the community."""
        self._place.users[user].here = False
        self._place.tell("people", user=user)
        key = f"playground:leave:{user}:{self._place.next_id()}"
        event = MemberLeft(key=key, at=self._clock(), who=self._who(user))
        await self._do(self._trace.begin(user, "left", event.at, [key]), [event])

    async def join(self, user: str) -> None:
        """Come back."""
        self._place.users[user].here = True
        self._place.tell("people", user=user)
        key = f"playground:join:{user}:{self._place.next_id()}"
        event = MemberJoined(key=key, at=self._clock(), who=self._who(user))
        await self._do(self._trace.begin(user, "joined", event.at, [key]), [event])

    async def _count(self, post: Post) -> None:
        """Tell the engine of a post."""
        to = self._place.find(post.reply_to) if post.reply_to is not None else None
        event = MessagePosted(
            key=post.key,
            at=post.at,
            who=self._who(post.author),
            channel=post.channel,
            text=features(post.text),
            reply_to=to.key if to else "",
        )
        await self._do(self._trace.begin(post.author, "wrote", post.at, [event.key], channel=post.channel), [event])

    def _who(self, user: str) -> Account:
        return account(user, self._place.users[user].name)

    async def _do(self, act: Act, events: Sequence[Event]) -> None:
        self._place.tell("act", user=act.user, about=act)
        try:
            if events:
                await self._app.submit(events)
        finally:
            act.open = False
            self._place.tell("act", user=act.user, about=act)

    # ------------------------------------------------------------------ ambient life

    def set_lively(self, *, lively: bool) -> None:
        """Switch ambient life on or off, for everybody."""
        self.lively = lively
        self._place.tell("ambience")

    def _stir(self, post: Post) -> None:
        for move in ambience.moves(post):
            task = asyncio.create_task(self._move(move, post))
            self._moving.add(task)
            task.add_done_callback(self._moving.discard)

    async def _move(self, move: ambience.Move, post: Post) -> None:
        await asyncio.sleep(move.wait * self._pace * 0.4)
        if move.text and not post.gone:
            self._place.tell("typing", channel=post.channel, user=move.user)
        await asyncio.sleep(move.wait * self._pace * 0.6)
        if post.gone or not self.lively or not self._place.users[move.user].here:
            return
        if move.text:
            answer = Post(
                self._place.next_id(), post.channel, move.user, self._clock(), text=move.text, reply_to=post.id
            )
            await self._count(self._place.add(answer))
        elif move.user not in post.reactions.get(move.emoji, ()):
            await self.react(move.user, post, move.emoji)
