"""Discussions worth joining: what goes on in a community, ranked for one member at a time, and who is in it.

`worth_joining` is what commands and the digest ask. What was said is in `bot/hearing.py`, who can see it in
`bot/sight.py`; how much each part of the ranking counts is learnt every night (`learn`).
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from bot import hearing, sight
from bot.apart import Tell, apart
from bot.app import App
from bot.engine.discussions.places import link
from bot.engine.discussions.scene import PARTS, Part
from bot.engine.discussions.weights import Learnt, choices
from bot.engine.discussions.weights import learn as learn_weights
from bot.engine.recommend.past import Floats
from bot.hearing import KIND, SINCE, Known
from bot.i18n import N_, Tongue
from bot.storage import activity, discussions, models
from bot.storage.discussions import Heard, Spot
from bot.storage.members import Profile
from bot.storage.store import Store
from bot.storage.tables import micros
from bot.words import Word, replace, to_json

SMALL = 20_000
"""Events up to which a thread will do to learn; for more a process of its own."""
CIRCLE = 3
"""Who answered somebody so often in a channel answers there."""


class Talk(Word, frozen=True):
    """A discussion worth joining: what it is called, where it is, how to get there, and why.

    `title` is '' for a channel itself, or a thread whose name is not known. `people` wrote in it, of whom `near` were
    in other discussions with the member. `latest` is the id of its latest message, `url` its address; each is '' where
    there is none.
    """

    spot: Spot
    title: str
    channel: str
    people: int
    near: int
    last_at: datetime
    reason: Part
    latest: str = ""
    url: str = ""


# ---------------------------------------------------------------------- for somebody


async def worth_joining(app: App, who: Profile, wanted: int = 5, *, since: datetime | None = None) -> tuple[Talk, ...]:
    """The discussions of the last 14 days that a member is not in, can see, and would most likely join.

    With `since`, only those in which somebody wrote after that.
    """
    now, after = micros(app.clock()), 0 if since is None else micros(since)
    talks = await hearing.consult(app, who.community, lambda known: _ranked(known, who.member, now, after))
    seen = await sight.visible(app.store, app.ports, who, [one.spot for one in talks])
    return tuple(
        replace(one, url=seen[one.spot] or link(*one.spot, message=one.latest))
        for one in [one for one in talks if one.spot in seen][:wanted]
    )


def _ranked(known: Known, member: int, now: int, after: int) -> list[Talk]:
    """What a member is not in and where somebody wrote `after`, the best first."""
    scene, features = known.scene, known.scene.features(member, now)
    score = features.values @ np.array(known.learnt.weights)
    rows = [row for row, spot in enumerate(features.spots) if scene.last(spot) >= after]
    rows.sort(key=lambda row: (-score[row], features.spots[row]))
    near, gains = scene.nearest(member), features.values * np.maximum(known.learnt.weights, 0)
    return [_talk(known, features.spots[row], gains[row], near) for row in rows]


def _talk(known: Known, number: int, gains: Floats, near: Mapping[int, float]) -> Talk:
    spot, people = known.heard.spots[number], known.scene.people(number)
    title, channel = known.called(spot)
    alike = sum(near.get(one, 0.0) > 0 for one in people)
    reason: Part = PARTS[int(np.argmax(gains))] if gains.max() > 0 else "people"
    return Talk(
        spot=spot,
        title=title,
        channel=channel,
        people=len(people),
        near=alike,
        last_at=datetime.fromtimestamp(known.scene.last(number) / 1e6, UTC),
        reason="heat" if reason == "people" and not alike else reason,
        latest=known.heard.latest(number),
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


async def circles(app: App, who: Profile, most: int = 2) -> list[tuple[str, list[int]]]:
    """(channel's name, members) of the people whom the member is one of: who answers others in the same channels.

    Of channels that the member can see.
    """
    found = await hearing.consult(app, who.community, lambda known: _circles(known, who.member))
    seen = await sight.visible(app.store, app.ports, who, [spot for spot, _, _ in found])
    return [(name, people) for spot, name, people in found if spot in seen][:most]


def _circles(known: Known, member: int) -> list[tuple[Spot, str, list[int]]]:
    """(channel, its name, who answers there) of where a member answers, the most often first."""
    answers = known.heard.answers
    mine = sorted(((times, where) for where, times in answers.get(member, {}).items() if times >= CIRCLE), reverse=True)
    return [
        (Spot(*where), known.names[where], sorted(one for one, there in answers.items() if there[where] >= CIRCLE))
        for _, where in mine
        if known.names.get(where)
    ]


async def to_meet(app: App, who: Profile) -> tuple[str, str] | None:
    """Somebody to meet, and the channel they are met in: who is most like the member, or who answers most here."""
    order = await hearing.consult(app, who.community, lambda known: _likeliest(known, who.member))
    shown = await app.store.read(discussions.shown, who.community, order)
    met = next((one for one in order if one in shown), None)
    return None if met is None else (shown[met], await _usually(app, who, met))


def _likeliest(known: Known, member: int) -> list[int]:
    """Who would be nice to meet, the likest first, then who answers most."""
    near = known.scene.nearest(member)
    times = {one: sum(there.values()) for one, there in known.heard.answers.items()}
    found = {*near, *[one for one, many in times.items() if many]} - {member}
    return sorted(found, key=lambda one: (-near.get(one, 0.0), -times.get(one, 0), one))[:MOST_MET]


async def _usually(app: App, who: Profile, member: int) -> str:
    """The name of the channel in which somebody writes most, of those that the member can see; '' for none."""
    wrote = await hearing.consult(app, who.community, lambda known: _wrote(known, member))
    seen = await sight.visible(app.store, app.ports, who, [spot for spot, _, _ in wrote])
    return max([(many, name) for spot, many, name in wrote if spot in seen], default=(0, ""))[1]


def _wrote(known: Known, member: int) -> list[tuple[Spot, int, str]]:
    """(channel, how often, its name) of the channels a member wrote in."""
    found: Counter[Spot] = Counter()
    for number, many in known.scene.inside(member).items():
        found[Spot(*known.heard.spots[number][:2])] += many
    return [(spot, many, known.names.get(spot[:2], "")) for spot, many in found.items()]


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
    found = learn_weights(choices(hearing.said(heard, names), most=MOST))
    tell("discussions", 1, 1)
    return found


MOST = 2_000
"""Choices that are learnt from, evenly spread over the time."""
NIGHTLY = timedelta(days=1)


async def due(store: Store, community: int) -> datetime:
    """When weights are to be learnt next; at once where they never were."""
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
    if await due(app.store, community) > now:
        return False
    await learn(app.store, community, now, tell)
    return True
