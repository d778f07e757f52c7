"""Answering: the port where an operator may plug in another way to answer, and how a question is put before people.

`Answerer` is that port. It is given what was asked and the passages that were found, best first; all of them may be
shown to whoever asks. The only implementation here is `Retrieval`: it offers the best one as it stands. Another one (a
language model behind a service, say) is handed to the application in `bot/service.py`: `app.answerer = Mine(...)`. What
it says must rest on one of the passages, which is shown as its source; when it takes too long or breaks, `Retrieval`
answers.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from bot import sight
from bot.effects import Relay
from bot.engine.asking.clock import Stage
from bot.engine.rules import Rules
from bot.engine.searching.passages import Passage, excerpt
from bot.events import Account, member_account
from bot.storage import asked, members, outbox, questions, routes
from bot.storage.asked import Call
from bot.storage.discussions import Spot
from bot.storage.ledger import Seat
from bot.storage.members import Profile
from bot.storage.outbox import Addressed, Wanted
from bot.storage.questions import Question
from bot.storage.store import Connection, Store
from bot.words import Word

PATIENCE = 2.0
"""Seconds that whoever answers may take: whoever asks sits there and waits, and Discord gives up after three."""
PASSAGES = 5
"""Passages that whoever answers is given."""
LONGEST = 1_500
"""Characters of an answer that are shown."""

_log = structlog.get_logger()


class Answered(Word, frozen=True):
    """What answers a question, and where it stands."""

    text: str
    source: Passage


class Answerer(Protocol):
    """Says what answers a question."""

    async def answer(self, question: str, passages: Sequence[Passage], match: float) -> Answered | None:
        """The answer, resting on one of the `passages`; None when they don't say.

        `passages` are ordered by the share of the question that they cover; from `match` on one is believed.
        """


class Retrieval:
    """The best passage as it stands, if it covers enough of the question."""

    async def answer(self, question: str, passages: Sequence[Passage], match: float) -> Answered | None:
        """What the best passage says."""
        if not passages or passages[0].coverage < match:
            return None
        return Answered(text=excerpt(passages[0], question), source=passages[0])


async def consult(
    answerer: Answerer, question: str, passages: Sequence[Passage], match: float, patience: float = PATIENCE
) -> Answered | None:
    """What an answerer says; what `Retrieval` says where it fails, is late, or names a source that it was not given."""
    try:
        said = await asyncio.wait_for(answerer.answer(question, passages, match), patience)
    except Exception as error:  # noqa: BLE001 - whatever it is that was plugged in, the question must be answered
        _log.warning("the answerer failed; what was found is offered as it stands", error=repr(error))
        return await Retrieval().answer(question, passages, match)
    if said is None:
        return None
    if said.source not in passages or not said.text.strip():
        _log.warning("the answerer names no source; what was found is offered as it stands")
        return await Retrieval().answer(question, passages, match)
    return Answered(text=said.text[:LONGEST], source=said.source)


def handed_over(passages: Sequence[Passage], free: Collection[str]) -> Sequence[Passage]:
    """What of the passages an answer to be read by all may rest on: those that are as `free` (keys) as the best is.

    Free ones and others are never handed over together: whether an answer is for everybody is then what its source is,
    whoever words it.
    """
    return [one for one in passages if (one.key in free) is (passages[0].key in free)]


# ------------------------------------------------------------------ who may read what


async def readable(
    store: Store, ports: Mapping[str, object], who: Profile, found: Sequence[Question]
) -> list[Question]:
    """Those of the questions that a member may read as others do: what stands nowhere, or where they can see it."""
    public = [one for one in found if one.public]
    seen = await sight.visible(store, ports, who, {one.spot for one in public if one.spot is not None})
    return [one for one in public if one.spot is None or one.spot in seen]


async def places(store: Store, ports: Mapping[str, object], who: Profile) -> set[Spot]:
    """Where questions stand that were answered and that a member can see."""
    solved = await store.read(asked.places, who.community)
    return {*await sight.visible(store, ports, who, solved)}


# ------------------------------------------------------------------ people


async def put_before_people(
    store: Store, ports: Mapping[str, object], question: Question, rules: Rules, now: datetime, most: int
) -> int:
    """Ask the members who are most likely to answer well, of those who were not asked yet; returns how many.

    Nobody is asked who can't see where the question stands.
    """
    calls = await store.read(asked.whom, question, now, rules) if most else ()
    spot = question.spot
    if spot is not None and calls:
        seeing = await sight.seeing(store, ports, question.community, [one.member for one in calls], spot)
        calls = tuple([one for one in calls if one.member in seeing])
    return await store.write(_invite, question, calls[:most], now)


def _invite(connection: Connection, question: Question, chosen: Sequence[Call], now: datetime) -> int:
    invited = routes.invite(connection, question, [one.member for one in chosen], now)
    notice = "question_for_you" if question.name else "question_for_you_unnamed"
    relay = Relay(notice=notice, question=question.id)
    for one in chosen:
        if one.member in invited:
            seat, reach = Seat(member=one.member, community=question.community), one.where.reach
            account = Account(platform=reach.platform, space=reach.space, user=reach.user, name=reach.name)
            key = f"{_key(relay, one.member)}:{int(now.timestamp())}"  # who was not told may be asked again
            wanted = Addressed(seat=seat, key=key, account=account, target=one.where.target, effect=relay)
            outbox.address(connection, [wanted], now)
    return len(invited)


def tell(connection: Connection, community: int, member: int, relay: Relay, now: datetime) -> None:
    """Hand something on to a member alone, once."""
    seat = Seat(member=member, community=community)
    heard = member_account(community, member)
    wanted = Wanted(seat=seat, key=_key(relay, member), heard=heard, effect=relay)
    outbox.post(connection, [wanted], now)


def post(connection: Connection, question: Question, relay: Relay, now: datetime) -> bool:
    """Hand something on in the channel where the question stands; False when it stands in none."""
    if not question.channel:
        return False
    account = Account(platform=question.platform, space=question.space, user="")
    _address(connection, question, relay, [(account, question.channel)], now)
    return True


def tell_staff(connection: Connection, question: Question, stage: Stage, now: datetime) -> int:
    """Tell the staff, in each of its channels, that nobody has answered; returns in how many."""
    notice = "question_unanswered" if stage is Stage.MODERATORS else "question_still_unanswered"
    places = []
    for platform, where in members.staff(connection, question.community).items():
        space, _, channel = where.partition("/")
        places.append((Account(platform=platform, space=space, user=""), channel))
    relay = Relay(notice=notice, question=question.id)
    return _address(connection, question, relay, places, now, about=question.due_at)


def _address(
    connection: Connection,
    question: Question,
    relay: Relay,
    places: Sequence[tuple[Account, str]],
    now: datetime,
    *,
    about: datetime | None = None,
) -> int:
    seat = Seat(member=question.member, community=question.community)
    key = _key(relay, int(about.timestamp()) if about else 0)
    wanted = [Addressed(seat=seat, key=key, account=account, target=to, effect=relay) for account, to in places]
    return outbox.address(connection, wanted, now)


def _key(relay: Relay, whom: int) -> str:
    return f"{relay.notice}:{relay.question}:{relay.answer}:{whom}"


async def escalate(store: Store, ports: Mapping[str, object], question: Question, rules: Rules, now: datetime) -> bool:
    """Let the clock of a question ring: ask some more people, and tell the staff. False when it is not due any more."""

    def ring(connection: Connection) -> Stage | None:
        stage = questions.ring(connection, question.id, now, rules.asking)
        if stage is not None:
            tell_staff(connection, question, stage, now)
        return stage

    stage = await store.write(ring)
    if stage is Stage.MODERATORS:
        await put_before_people(store, ports, question, rules, now, rules.asking.people)
    return stage is not None
