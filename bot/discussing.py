"""Discussions worth joining: what goes on in a community, held in memory as numbers, ranked for one member at a time.

`worth_joining` is what commands and the digest ask. What was said is read from the log once, and after that only what
is new; how much each part of the ranking counts is learnt every night (`learn`).
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol, runtime_checkable
from weakref import WeakKeyDictionary

import msgspec
import numpy as np
import structlog

from bot.apart import Tell, apart
from bot.app import App
from bot.engine.discussions.places import link
from bot.engine.discussions.scene import PARTS, Features, Part, Scene
from bot.engine.discussions.weights import Learnt, Said, choices
from bot.engine.discussions.weights import learn as learn_weights
from bot.engine.recommend.content import learn as vocabulary
from bot.engine.recommend.content import vectors
from bot.i18n import N_, Tongue
from bot.storage import activity, discussions, models
from bot.storage.discussions import Heard, Spot
from bot.storage.members import Profile
from bot.storage.store import Connection, Store
from bot.storage.tables import micros
from bot.words import Word, from_json, to_json

KIND = "discussions"
"""What learnt weights are called among the models that are stored."""
SINCE = timedelta(days=180)
"""What is older says nothing of today's discussions."""
FRESH = timedelta(minutes=5)
"""What is said is heard after so long."""
ANEW = timedelta(hours=12)
"""After so long everything is read again, without who was erased since."""
KEPT = 20
"""Communities that are held at most, the one heard longest ago dropped first."""
SMALL = 20_000
"""Events up to which a thread will do to learn; for more a process of its own."""
CIRCLE = 3
"""Who answered somebody so often in a channel answers there."""

_log = structlog.get_logger()


@runtime_checkable
class Sees(Protocol):
    """A platform that knows who can see which of its channels, and how these are reached."""

    async def seen(self, user: str, channels: Sequence[str]) -> dict[str, str]:
        """Of these channels and threads those that the user can see, each with its link."""


class Talk(Word, frozen=True):
    """A discussion worth joining: what it is called, where it is, how to get there, and why.

    `title` is '' for a channel itself, or a thread whose name is not known. `people` wrote in it, of whom `near` were
    in other discussions with the member. `url` is '' where the platform has no link.
    """

    spot: Spot
    title: str
    channel: str
    people: int
    near: int
    last_at: datetime
    reason: Part
    url: str = ""


class _Known(NamedTuple):
    """A community as it was heard at `at`; everything was read at `whole`.

    `answers` says how often each member answered in which channel, `answering` who answers in it.
    """

    at: datetime
    whole: datetime
    heard: Heard
    scene: Scene
    names: Mapping[tuple[str, str], str]
    learnt: Learnt
    answers: Mapping[int, Mapping[tuple[str, str], int]]
    answering: Mapping[tuple[str, str], Sequence[int]]


class _Memory:
    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.known: dict[int, _Known] = {}


_MEMORIES: WeakKeyDictionary[App, _Memory] = WeakKeyDictionary()


async def _known(app: App, community: int) -> _Known:
    memory, now = _MEMORIES.setdefault(app, _Memory()), app.clock()
    async with memory.turn:
        held = memory.known.get(community)
        if held is None or not held.at <= now < held.at + FRESH:
            old = held if held is not None and held.at <= now < held.whole + ANEW else None
            memory.known.pop(community, None)  # what was begun is changed in place: half of it must not be kept
            held = memory.known[community] = await app.store.read(_hear, community, now, old)
            while len(memory.known) > KEPT:
                del memory.known[next(iter(memory.known))]
        return held


def _hear(connection: Connection, community: int, now: datetime, old: _Known | None) -> _Known:
    heard = Heard() if old is None else old.heard
    new = discussions.hear(connection, community, heard, now - SINCE)
    names = discussions.names(connection, community)
    weights = _weights(connection, community)
    if old is not None and not new and names == old.names:
        return old._replace(at=now, learnt=weights)
    said = _said(heard, names)
    scene = Scene(said.channel.tolist(), said.titles)
    for row in zip(said.at.tolist(), said.member.tolist(), said.spot.tolist(), strict=True):
        scene.hear(*row)
    answers: defaultdict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    answering: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for (member, where), times in sorted(heard.answers.items()):
        answers[member][where] = times
        if times >= CIRCLE:
            answering[where].append(member)
    whole = now if old is None else old.whole
    return _Known(now, whole, heard, scene, names, weights, dict(answers), dict(answering))


def _weights(connection: Connection, community: int) -> Learnt:
    for stored in (models.newest(connection, community, KIND), models.before(connection, community, KIND)):
        if stored is not None:
            try:
                return from_json(Learnt, stored.data)
            except msgspec.DecodeError:
                _log.warning("weights of discussions can't be read; those before stand in")
    return Learnt()


def _said(heard: Heard, names: Mapping[tuple[str, str], str]) -> Said:
    """What was heard, in the order of time, with the titles of threads and the names of channels as texts."""
    at, member, spot = heard.columns()
    channels: dict[tuple[str, str], int] = {}
    channel = [channels.setdefault(one[:2], len(channels)) for one in heard.spots]
    texts = [" ".join(_called(one, names)) for one in heard.spots]
    return Said(at, member, spot, np.array(channel, np.int64), vectors(vocabulary(texts), texts))


def _called(spot: Spot, names: Mapping[tuple[str, str], str]) -> tuple[str, str]:
    """(title, channel's name) of a discussion."""
    return names.get((spot.platform, spot.topic), "") if spot.topic else "", names.get(spot[:2], "")


# ---------------------------------------------------------------------- for somebody


async def worth_joining(app: App, who: Profile, wanted: int = 5, *, since: datetime | None = None) -> tuple[Talk, ...]:
    """The discussions of the last 14 days that a member is not in, can see, and would most likely join.

    With `since`, only those in which somebody wrote after that.
    """
    known, now = await _known(app, who.community), micros(app.clock())
    features = await asyncio.to_thread(known.scene.features, who.member, now)
    after = 0 if since is None else micros(since)
    spots = [known.heard.spots[number] for number in features.spots]
    links = await _visible(app, who, known, spots)
    score = features.values @ np.array(known.learnt.weights)
    rows = [row for row, spot in enumerate(spots) if spot in links and known.scene.last(features.spots[row]) >= after]
    rows.sort(key=lambda row: (-score[row], features.spots[row]))
    near = await asyncio.to_thread(known.scene.nearest, who.member)
    return tuple(_talk(known, near, features, row, links[spots[row]]) for row in rows[:wanted])


def _talk(known: _Known, near: Mapping[int, float], features: Features, row: int, url: str) -> Talk:
    number = features.spots[row]
    people = known.scene.people(number)
    title, channel = _called(known.heard.spots[number], known.names)
    gains = features.values[row] * np.maximum(known.learnt.weights, 0)
    alike = sum(near.get(one, 0.0) > 0 for one in people)
    reason: Part = PARTS[int(np.argmax(gains))] if gains.max() > 0 else "people"
    return Talk(
        spot=known.heard.spots[number],
        title=title,
        channel=channel,
        people=len(people),
        near=alike,
        last_at=datetime.fromtimestamp(known.scene.last(number) / 1e6, UTC),
        reason="heat" if reason == "people" and not alike else reason,
        url=url,
    )


def called(say: Tongue, talk: Talk) -> str:
    """What a discussion is called: a thread by its title, with the channel it is in."""
    channel = f"#{talk.channel}" if talk.channel else ""
    if not talk.spot.topic:
        return channel or say(N_("a channel"))
    return " · ".join(part for part in (talk.title or say(N_("a thread")), channel) if part)


def why(say: Tongue, talk: Talk) -> str:
    """The reason in words."""
    people = say.many("{n} person is in it", "{n} people are in it", talk.people)
    match talk.reason:
        case "people":
            reason = say.many("{n} of them talks where you do", "{n} of them talk where you do", talk.near)
        case "place":
            reason = say(N_("it is where you often write"))
        case "content":
            reason = say(N_("it is about what you talk about"))
        case _:
            reason = say(N_("it is lively right now"))
    return say(N_("{people}; {reason}"), people=people, reason=reason)


async def _visible(app: App, who: Profile, known: _Known, spots: Sequence[Spot]) -> dict[Spot, str]:
    """Those of the discussions that the member can see, each with its link.

    They are on platforms the member is on, and not behind a gate that is shut to them. A platform that knows better is
    asked. While Discord is away, only channels count that they wrote in themselves; where a community has several
    groups, only those groups. In private anybody can write to a bot of Telegram: of its group whoever was never seen
    in it, or left, is told nothing.
    """
    read = app.store.read
    mine, shut = await read(discussions.accounts, who.member), await read(discussions.gates, who.community)
    spaces = await read(discussions.spaces, who.community)
    guild = "".join(spaces.get("discord", ())) if len(spaces.get("discord", ())) == 1 else ""
    wrote = {_room(known.heard.spots[one]) for one in known.scene.inside(who.member)}
    numbers = {spot: number for number, spot in enumerate(known.heard.spots)}
    found: dict[Spot, str] = {}
    for platform, user in mine.items():
        theirs = [one for one in spots if one.platform == platform and _open(one, shut, who.state.access.open)]
        port = app.ports.get(platform)
        if isinstance(port, Sees):
            seen = await port.seen(user, sorted({one.address for one in theirs}))
            found |= {one: seen[one.address] for one in theirs if one.address in seen}
        else:
            found |= {
                one: link(*one, message=known.heard.latest[numbers[one]] if one in numbers else "", space=guild)
                for one in theirs
                if (platform != "telegram" or who.state.contact.here)
                and (_room(one) in wrote or (len(spaces.get(platform, ())) <= 1 and _seen_on(platform, who, mine)))
            }
    return found


def _seen_on(platform: str, who: Profile, mine: Mapping[str, str]) -> bool:
    """Whether a member without a message in it is in a platform's only group, as far as was heard.

    Of who is on several platforms it is not known on which they did what they did.
    """
    if platform != "telegram":
        return platform != "discord"
    contact, done = who.state.contact, who.state.engagement
    heard = contact.joined_at is not None or done.messages > 0 or done.reactions_given > 0
    return len(mine) == 1 and heard


def _room(spot: Spot) -> tuple[str, str]:
    """What one is in or not: a channel of Discord, a chat of Telegram with all its topics."""
    return spot.platform, spot.channel.partition("/")[0]


def _open(spot: Spot, shut: Mapping[tuple[str, str], set[str]], gates: Sequence[str]) -> bool:
    """Whether no gate before the channel, the chat it is a topic of, or the thread is shut to whom these are open."""
    places = {spot.channel, spot.channel.partition("/")[0], spot.address}
    return all(shut[spot.platform, one] & set(gates) for one in places if (spot.platform, one) in shut)


async def circles(app: App, who: Profile, most: int = 2) -> list[tuple[str, list[int]]]:
    """(channel's name, members) of the people whom the member is one of: who answers others in the same channels."""
    known = await _known(app, who.community)
    mine = sorted(((times, where) for where, times in known.answers.get(who.member, {}).items()), reverse=True)
    return [
        (known.names[where], list(known.answering[where]))
        for times, where in mine[:most]
        if times >= CIRCLE and known.names.get(where)
    ]


async def to_meet(app: App, who: Profile) -> tuple[str, str] | None:
    """Somebody to meet, and the channel they are met in: who is most like the member, or who answers most here."""
    known = await _known(app, who.community)
    order = await asyncio.to_thread(_likeliest, known, who.member)
    shown = await app.store.read(discussions.shown, who.community, order)
    met = next((one for one in order if one in shown), None)
    return None if met is None else (shown[met], await _usually(app, who, known, met))


def _likeliest(known: _Known, member: int) -> list[int]:
    """Who would be nice to meet, the likest first, then who answers most."""
    near = known.scene.nearest(member)
    times = {one: sum(there.values()) for one, there in known.answers.items()}
    found = {*near, *times} - {member}
    return sorted(found, key=lambda one: (-near.get(one, 0.0), -times.get(one, 0), one))[:MOST_MET]


async def _usually(app: App, who: Profile, known: _Known, member: int) -> str:
    """The name of the channel in which somebody writes most, of those that the member can see; '' for none."""
    wrote: Counter[Spot] = Counter()
    for number, many in known.scene.inside(member).items():
        wrote[Spot(*known.heard.spots[number][:2])] += many
    seen = await _visible(app, who, known, list(wrote))
    names = [(many, known.names.get(spot[:2], "")) for spot, many in wrote.items() if spot in seen]
    return max(names, default=(0, ""))[1]


MOST_MET = 50
"""Of so many who would be nice to meet, the first who is here and on the boards."""


# ---------------------------------------------------------------------- learning


def learnt(tell: Tell, address: str, community: int, now: datetime) -> Learnt:
    """Learn how much each part counts in a community; done over there."""
    store = Store(address)
    try:
        heard = Heard()
        store.look(discussions.hear, community, heard, now - SINCE)
        names = store.look(discussions.names, community)
    finally:
        store.close()
    tell("discussions", 0, 1)
    found = learn_weights(choices(_said(heard, names), most=MOST))
    tell("discussions", 1, 1)
    return found


MOST = 2_000
"""Choices that are learnt from, evenly spread over the time."""
NIGHTLY = timedelta(days=1)


async def due(store: Store, community: int) -> datetime | None:
    """When weights are to be learnt next; None for never."""
    last = await store.read(models.when, community, KIND)
    return last + NIGHTLY if last is not None else datetime.min.replace(tzinfo=UTC)


async def learn(store: Store, community: int, now: datetime, tell: Tell) -> Learnt:
    """Learn how much each part counts, and let it hold from now on; the weights before are kept."""
    if await store.read(activity.size) <= SMALL:
        found = await asyncio.to_thread(learnt, tell, store.address, community, now)
    else:
        found = await apart(learnt, tell, store.address, community, now)
    await store.write(models.put, community, KIND, now, to_json(found), {"choices": found.choices})
    return found


async def learn_due(app: App, community: int, now: datetime, tell: Tell) -> bool:
    """Learn where it is due; returns whether it was done."""
    when = await due(app.store, community)
    if when is None or when > now:
        return False
    await learn(app.store, community, now, tell)
    return True
