"""What somebody missed in the week: new items, discussions, questions they could answer; and their own figures.

`digest` gathers it, `lines` says it in words. `Filler` is who the nudges of recommendations and of the digest ask for
their words (`App.contents`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from bot import discussing, recommending
from bot.answering import readable
from bot.app import App
from bot.discussing import Talk
from bot.i18n import Tongue, match, tongue
from bot.recommending import Pick
from bot.storage import asked, digests, members, questions
from bot.storage.digests import Week
from bot.storage.members import Profile
from bot.storage.questions import Question
from bot.words import Word

WEEK = timedelta(days=7)
NUDGED = timedelta(days=28)
"""Nobody is written to about the same item within so long; the outbox remembers 30 days."""
ITEMS, TALKS, QUESTIONS = 3, 3, 2
BRIEF = 80


_log = structlog.get_logger()


class Digest(Word, frozen=True):
    """What there is to say of the week; any part may be empty."""

    picks: tuple[Pick, ...] = ()
    talks: tuple[Talk, ...] = ()
    questions: tuple[Question, ...] = ()
    week: Week = Week()

    @property
    def empty(self) -> bool:
        """Whether nothing was missed: one's own figures alone are no news."""
        return not (self.picks or self.talks or self.questions)


async def digest(app: App, who: Profile, language: str) -> Digest:
    """What a member missed in the last 7 days: nothing that they have done, dismissed, or may not see."""
    now = app.clock()
    found = await recommending.suggest(
        app, who, language, wanted=ITEMS, circles=await discussing.circles(app, who), since=now - WEEK
    )
    return Digest(
        picks=tuple(one for one in found.found if not one.plan),
        talks=await discussing.worth_joining(app, who, TALKS, since=now - WEEK),
        questions=await answerable(app, who),
        week=await app.store.read(digests.week, who.member, now - WEEK, now),
    )


async def answerable(app: App, who: Profile, most: int = QUESTIONS) -> tuple[Question, ...]:
    """Open questions of others that the member may read, those first that they know most of.

    That is as `/unanswered` orders them; without anything known of the member, the oldest come first.
    """
    waiting = await app.store.read(questions.waiting, who.community)
    others = [one for one in waiting if one.member != who.member and not one.answers]
    theirs = await readable(app.store, app.ports, who, others)
    seen = {one.id for one in theirs}
    return tuple((await app.store.read(asked.fitting, theirs, seen, who.member, who.state))[:most])


def lines(say: Tongue, found: Digest) -> list[str]:
    """The digest in words, a line each; it waits in the outbox, so that nobody's own words are in it."""
    told = [f"📚 {one.content.title} – {recommending.why(say, one)}" for one in found.picks]
    told += [f"💬 {discussing.called(say, one)} – {discussing.why(say, one)}" for one in found.talks]
    if found.questions:
        open_ = say.many("{n} question you could answer", "{n} questions you could answer", len(found.questions))
        told.append(f"❓ {open_}: /digest")
    week = figures(say, found.week)
    return [*told, f"📈 {week}"] if week else told


def brief(text: str) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= BRIEF else f"{line[: BRIEF - 1].rstrip()}…"


def figures(say: Tongue, week: Week) -> str:
    """Somebody's week in figures; '' of a week in which nothing happened."""
    told = [
        (week.points, say.many("{n} point", "{n} points", week.points)),
        (week.messages, say.many("{n} message", "{n} messages", week.messages)),
        (week.thanks, say.many("thanked {n} time", "thanked {n} times", week.thanks)),
        (week.reactions, say.many("{n} reaction", "{n} reactions", week.reactions)),
        (week.accepted, say.many("{n} accepted answer", "{n} accepted answers", week.accepted)),
        (week.finished, say.many("{n} item finished", "{n} items finished", week.finished)),
    ]
    return ", ".join(text for many, text in told if many)


class Filler:
    """Says what nudges about recommendations and the digest are to say, in the member's own language."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def fill(self, what: str, community: int, member: int, now: datetime) -> Mapping[str, int | str] | None:
        """The `title`, `reason` and `item` of 'recommended', the `lines` of 'digest'; None when there is nothing.

        Nor is there where it can't be found out: that is logged, and holds up no other nudge.
        """
        try:
            return await self._fill(what, community, member, now)
        except Exception:  # noqa: BLE001 - whatever it is, all nudges that are due wait for this one
            _log.exception("a nudge can't be filled in; it is left out", what=what, community=community)
            return None

    async def _fill(self, what: str, community: int, member: int, now: datetime) -> Mapping[str, int | str] | None:
        who = await self._app.store.read(members.by_id, community, member)
        if who is None:
            return None
        there = await self._app.store.read(members.community, community)
        say = tongue(match(who.locale, there.locale))
        if what == "digest":
            found = await digest(self._app, who, say.locale)
            return None if found.empty else {"lines": "\n".join(lines(say, found))}
        picked = (await recommending.suggest(self._app, who, say.locale, wanted=1, rests=NUDGED)).found
        if what != "recommended" or not picked:
            return None
        one = picked[0]
        return {"title": one.content.title, "reason": recommending.why(say, one), "item": str(one.content.id)}
