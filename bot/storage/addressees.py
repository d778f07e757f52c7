"""Members as the triggers and brakes of nudges see them (`Person`), gathered for many at once: no query for each."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, Connection, func, or_, select

from bot.engine.membership import OPEN, Phase, phase
from bot.engine.nudges.person import Person, Post, Progress, Reach
from bot.engine.nudges.triggers import RECEIPT
from bot.engine.rules import Rules
from bot.state import MemberState
from bot.storage import bulk, coupons, nudges, testing
from bot.storage.coupons import REDEMPTIONS
from bot.storage.ledger import ACCOUNTS, EVENTS, MEMBERS, table
from bot.storage.library import CONTENT
from bot.storage.sales import PAYMENTS, SUBSCRIPTIONS
from bot.storage.scores import SCORES
from bot.storage.studies import STUDIES
from bot.storage.tables import EntryRow
from bot.words import from_json, replace

ENTRIES = table(EntryRow)
RulesOf = Callable[[int], Rules]
DAY = timedelta(days=1)
REMEMBERED = 60 * DAY
"""How far back contacts are looked up, at least."""
GONE = 120 * DAY
"""Longer than any trigger looks back."""
NEW = 7 * DAY
"""How long somebody is a newcomer whose unanswered message is looked for."""
FEW = 10
"""Messages after which they are none any more."""
HEEDED = timedelta(hours=6)
"""Whatever others write in the same channel within this time of a message is taken for an answer to it."""
LATEST = 20_000
"""Lines of the log looked through for answers, at most."""
MONTH = 30 * DAY
COUNTED = {
    "MessagePosted": "messages",
    "AnswerAccepted": "answers",
    "ThanksReceived": "thanks",
    "ContentFinished": "finished",
    "Attended": "attended",
}
"""What of the log is on a receipt, and as what."""
POSTED = "MessagePosted"
ANSWERING = ("ReactionReceived", "ThanksReceived", "AnswerAccepted", "MessageDeleted")
"""What of the author's own log says that a message was heeded, or is gone."""


class _Line(msgspec.Struct, gc=False):
    """The fields of a line of the log that are needed."""

    type: str
    key: str
    channel: str = ""
    topic: str = ""
    reply_to: str = ""
    of: str = ""


_line = msgspec.json.Decoder(_Line).decode


def living(connection: Connection, community: int, after: int, limit: int, now: datetime) -> list[int]:
    """The ids above `after` of members whom a nudge may concern: active lately, new, or with something bought lately.

    Whoever has been silent for longer than `GONE` is left in peace, which spares us most of an old community's members.
    """
    c = MEMBERS.c
    bought = select(SUBSCRIPTIONS.c.member_id).where(
        SUBSCRIPTIONS.c.community_id == community,
        or_(SUBSCRIPTIONS.c.until.is_(None), SUBSCRIPTIONS.c.until > now - GONE),
    )
    concerned = or_(c.last_at > now - GONE, c.last_at.is_(None), c.id.in_(bought))
    query = select(c.id).where(c.community_id == community, c.id > after, concerned).order_by(c.id).limit(limit)
    return list(connection.scalars(query))


def gather(
    connection: Connection, members: Collection[int], rules_of: RulesOf, now: datetime, *, closely: bool = False
) -> dict[int, Person]:
    """{number: the person} of those of `members` who are there, as of `now`.

    With `closely` it is looked up, too, where each last wrote: for those who are about to be written to.
    """
    query = select(MEMBERS.c.id, MEMBERS.c.community_id, MEMBERS.c.name, MEMBERS.c.state)
    people = {
        row.id: Person(
            member=row.id, community=row.community_id, name=row.name, state=from_json(MemberState, row.state)
        )
        for row in connection.execute(query.where(bulk.among(connection, MEMBERS.c.id, members)))
    }
    if not people:
        return {}
    rules = {number: rules_of(number) for number in {one.community for one in people.values()}}
    reaches, dead = _reaches(connection, people, now)
    longest = max(timedelta(days=one.nudges.win_back_days) for one in rules.values())
    since = now - max(REMEMBERED, longest)
    had = nudges.contacts(connection, people, since, now)
    paid, risks = _paid(connection, people), _risks(connection, people)
    courses, answered = _courses(connection, people), _answered(connection, people)
    got, offers = _got(connection, people, rules, now), _offers(connection, people, rules, now)
    asked = _questions(connection, people, reaches, now)
    spoke = _spoke(connection, people, reaches) if closely else {}
    return {
        number: replace(
            one,
            reaches=reaches.get(number, ()),
            dead=frozenset(dead),
            contacts=tuple(had.get(number, ())),
            paid_at=paid.get(number),
            risk=risks.get(number),
            courses=courses.get(number, ()),
            question=asked.get(number),
            spoke=spoke.get(number),
            got=got.get(number, {}),
            answered_at=answered.get(number),
            offer=offers.get(number, ""),
        )
        for number, one in people.items()
    }


def _reaches(
    connection: Connection, people: Mapping[int, Person], now: datetime
) -> tuple[dict[int, tuple[Reach, ...]], set[str]]:
    """Accounts, those first by which a private chat was opened; and the surfaces of theirs that refused."""
    c = ACCOUNTS.c
    query = select(c.member_id, c.platform, c.space, c.external, c.name, c.private_at)
    query = query.where(bulk.among(connection, c.member_id, people)).order_by(c.private_at.is_(None), c.id)
    found: dict[int, tuple[Reach, ...]] = {}
    spoke: dict[tuple[str, str], datetime | None] = {}
    for member, platform, space, user, name, private_at in connection.execute(query):
        one = Reach(platform=platform, space=space, user=user, name=name, started=private_at is not None)
        found[member] = (*found.get(member, ()), one)
        spoke[platform, user] = private_at
    return found, nudges.dead(connection, spoke, now)


def _paid(connection: Connection, people: Mapping[int, Person]) -> dict[int, datetime]:
    c = PAYMENTS.c
    query = select(c.member_id, func.max(c.at)).where(bulk.among(connection, c.member_id, people), c.kind == "charge")
    return {row[0]: row[1] for row in connection.execute(query.group_by(c.member_id))}


def _risks(connection: Connection, people: Mapping[int, Person]) -> dict[int, float]:
    """How likely each is to leave, by whichever target they are likelier to."""
    c = SCORES.c
    query = select(c.member_id, func.max(c.millionths)).where(bulk.among(connection, c.member_id, people))
    return {member: millionths / 1e6 for member, millionths in connection.execute(query.group_by(c.member_id))}


def _courses(connection: Connection, people: Mapping[int, Person]) -> dict[int, tuple[Progress, ...]]:
    """How far each is in the courses of which they finished a part."""
    part, course, study = CONTENT.alias("part"), CONTENT.alias("course"), STUDIES.c
    parts = (
        select(part.c.course_id.label("course"), func.count().label("of"))
        .where(part.c.course_id != 0, part.c.archived.is_(False))
        .group_by(part.c.course_id)
        .subquery()
    )
    query = (
        select(
            study.member_id,
            course.c.id,
            course.c.title,
            func.count(study.finished_at),
            parts.c.of,
            func.max(study.finished_at),
        )
        .join(part, part.c.id == study.content_id)
        .join(course, course.c.id == part.c.course_id)
        .join(parts, parts.c.course == course.c.id)
        .where(bulk.among(connection, study.member_id, people))
        .where(study.finished_at.is_not(None), part.c.archived.is_(False), course.c.archived.is_(False))
        .group_by(study.member_id, course.c.id, course.c.title, parts.c.of)
        .order_by(study.member_id, course.c.id)
    )
    found: dict[int, tuple[Progress, ...]] = {}
    for member, number, title, done, of, last_at in connection.execute(query):
        one = Progress(id=number, title=title, done=done, of=of, last_at=last_at)
        found[member] = (*found.get(member, ()), one)
    return found


def _answered(connection: Connection, people: Mapping[int, Person]) -> dict[int, datetime]:
    """When the first answer of each was accepted, of those who have few."""
    few = [number for number, one in people.items() if 1 <= one.state.engagement.answers <= 3]
    if not few:
        return {}
    c = ENTRIES.c
    query = select(c.member_id, func.min(c.at)).where(bulk.among(connection, c.member_id, few), c.way == "answer")
    return {row[0]: row[1] for row in connection.execute(query.group_by(c.member_id))}


def _got(
    connection: Connection, people: Mapping[int, Person], rules: Mapping[int, Rules], now: datetime
) -> dict[int, dict[str, int]]:
    """What those whose renewal is near had of the last month."""
    near = [number for number, one in people.items() if _renews_soon(one, rules[one.community], now)]
    if not near:
        return {}
    c = EVENTS.c
    query = select(c.member_id, func.substr(c.data, 1, 40)).where(
        bulk.among(connection, c.member_id, near), c.at > now - MONTH, c.at <= now
    )
    found: dict[int, dict[str, int]] = {number: {} for number in near}
    for member, head in connection.execute(query):
        what = COUNTED.get(head.split('"')[3])
        if what is not None:
            found[member][what] = found[member].get(what, 0) + 1
    for number in near:
        one = people[number]
        today = one.today(rules[one.community], now)
        days = sum([max(min(b, today) - max(a, today - 29) + 1, 0) for a, b in one.state.habit.runs])
        if days:
            found[number] = {"days": days, **found[number]}
    return found


def _renews_soon(one: Person, rules: Rules, now: datetime) -> bool:
    return any(
        sub.renews and sub.until is not None and now < sub.until <= now + (RECEIPT + 1) * DAY
        for sub in one.state.membership.subscriptions
        if phase(sub, now, rules) is Phase.ACTIVE
    )


def _offers(
    connection: Connection, people: Mapping[int, Person], rules: Mapping[int, Rules], now: datetime
) -> dict[int, str]:
    """The coupon of the rules for those who have lapsed, if it is good and they have not used it."""
    found: dict[int, str] = {}
    for community, own in rules.items():
        lapsed = [one.member for one in people.values() if one.community == community and _lapsed(one, own, now)]
        tested = testing.coupons(connection, community, "win_back_offer") if lapsed else None
        for member in lapsed:
            found[member] = own.nudges.offer if tested is None else tested.terms.values[tested.arm(member)]
        for code in {found[member] for member in lapsed}:
            offered = [member for member in lapsed if found[member] == code]
            good = _good_for(connection, community, coupons.normal(code), offered, now)
            found.update({member: good.get(member, "") for member in offered})
    return {member: code for member, code in found.items() if code}


def _good_for(
    connection: Connection, community: int, code: str, members: Sequence[int], now: datetime
) -> dict[int, str]:
    """{member: the coupon} of those who can still use it."""
    coupon = coupons.find(connection, community, code) if code else None
    if coupon is None or coupon.archived or (coupon.last_on and now.date() > coupon.last_on):
        return {}
    if coupon.most and coupons.used(connection, community, code, now) >= coupon.most:
        return {}
    c = REDEMPTIONS.c
    used = (c.community_id == community, c.code == code, c.used_at.is_not(None), c.freed_at.is_(None))
    query = select(c.member_id).where(bulk.among(connection, c.member_id, members), *used)
    taken = set(connection.scalars(query))
    return {member: code for member in members if member not in taken}


def _lapsed(one: Person, rules: Rules, now: datetime) -> bool:
    subscriptions = one.state.membership.subscriptions
    return bool(subscriptions) and not any(phase(sub, now, rules) in OPEN for sub in subscriptions)


# ---------------------------------------------------------------------- what was written, and heeded


def _questions(
    connection: Connection, people: Mapping[int, Person], reaches: Mapping[int, tuple[Reach, ...]], now: datetime
) -> dict[int, Post]:
    """The latest message of each newcomer of the last days, if nobody heeded it."""
    new = [number for number, one in people.items() if _newcomer(one, now)]
    if not new:
        return {}
    c = EVENTS.c
    query = select(c.id, c.member_id, c.community_id, c.at, c.data).where(
        bulk.among(connection, c.member_id, new), c.at > now - NEW, _is_one_of(POSTED, *ANSWERING)
    )
    posts: dict[int, tuple[int, datetime, _Line, int]] = {}
    over: set[str] = set()
    for number, member, community, at, data in connection.execute(query.order_by(c.id)):
        line = _line(data)
        if line.type == POSTED:
            posts[member] = number, at, line, community
        else:
            over.add(line.of)
    open_ = {member: post for member, post in posts.items() if post[2].key not in over and not post[2].reply_to}
    heeded = _heeded(connection, open_)
    found: dict[int, Post] = {}
    for member, (_, at, line, _) in open_.items():
        if member not in heeded:
            found.update(_posted(member, line, at, reaches))
    return found


def _newcomer(one: Person, now: datetime) -> bool:
    done = one.state.engagement
    came = one.state.contact.joined_at or done.first_at
    return came is not None and now - came < NEW and 0 < done.messages < FEW


def _heeded(connection: Connection, posts: Mapping[int, tuple[int, datetime, _Line, int]]) -> set[int]:
    """Whose message was answered by others, as far as the log says."""
    if not posts:
        return set()
    c = EVENTS.c
    communities = {community for *_, community in posts.values()}
    first = min(number for number, *_ in posts.values())
    query = (
        select(c.member_id, c.at, c.data, c.community_id)
        .where(c.id > first, c.community_id.in_(communities), _is_one_of(POSTED))
        .order_by(c.id)
        .limit(LATEST)
    )
    found: set[int] = set()
    for writer, at, data, community in connection.execute(query):
        line = _line(data)
        for member, (_, asked_at, asked, home) in posts.items():
            near = (line.channel, line.topic) == (asked.channel, asked.topic) and asked_at <= at <= asked_at + HEEDED
            if writer != member and home == community and (line.reply_to == asked.key or near):
                found.add(member)
    return found


def _spoke(
    connection: Connection, people: Mapping[int, Person], reaches: Mapping[int, tuple[Reach, ...]]
) -> dict[int, Post]:
    """The last message of each; the database looks back from the end of each one's own log."""
    c, own = EVENTS.c, EVENTS.alias("own")
    last = (
        select(own.c.id)
        .where(own.c.member_id == MEMBERS.c.id, own.c.data.startswith(_begins(POSTED), autoescape=True))
        .order_by(own.c.id.desc())
        .limit(1)
        .correlate(MEMBERS)
        .scalar_subquery()
    )
    query = select(c.member_id, c.at, c.data).select_from(MEMBERS).join(EVENTS, c.id == last)
    found: dict[int, Post] = {}
    for member, at, data in connection.execute(query.where(bulk.among(connection, MEMBERS.c.id, people))):
        found.update(_posted(member, _line(data), at, reaches))
    return found


def _posted(member: int, line: _Line, at: datetime, reaches: Mapping[int, tuple[Reach, ...]]) -> dict[int, Post]:
    """{member: a message by the account it must have come from}, that on its platform; none if that is gone."""
    platform = line.key.partition(":")[0]
    for one in reaches.get(member, ()):
        if one.platform == platform:
            post = Post(key=line.key, channel=line.channel, at=at, platform=platform, space=one.space, user=one.user)
            return {member: post}
    return {}


def _begins(kind: str) -> str:
    return f'{{"type":"{kind}",'


def _is_one_of(*kinds: str) -> ColumnElement[bool]:
    either = EVENTS.c.data.startswith(_begins(kinds[0]), autoescape=True)
    for kind in kinds[1:]:
        either |= EVENTS.c.data.startswith(_begins(kind), autoescape=True)
    return either
