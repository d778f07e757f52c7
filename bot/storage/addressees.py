"""Members as the triggers and brakes of nudges see them (`Person`), gathered for many at once: no query for each."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from bot.engine.membership import OPEN, Phase, phase
from bot.engine.nudges.brakes import WEEK
from bot.engine.nudges.person import Person, Progress, Reach
from bot.engine.nudges.triggers import RECEIPT
from bot.engine.rules import Rules
from bot.state import MemberState
from bot.storage import bulk, coupons, heeded, nudges, routes, testing
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
MONTH = 30 * DAY
COUNTED = {
    "MessagePosted": "messages",
    "AnswerAccepted": "answers",
    "ThanksReceived": "thanks",
    "ContentFinished": "finished",
    "Attended": "attended",
}
"""What of the log is on a receipt, and as what."""


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
    few = [number for number, one in people.items() if one.state.contact.fewer]
    called = routes.lately(connection, few, now - WEEK) if few else {}  # to who wants fewer it is all the same
    paid, risks = _paid(connection, people), _risks(connection, people)
    courses, answered = _courses(connection, people), _answered(connection, people)
    got, offers = _got(connection, people, rules, now), _offers(connection, people, rules, now)
    asked = heeded.questions(connection, people, reaches, now)
    spoke = heeded.last_posts(connection, people, reaches) if closely else {}
    return {
        number: replace(
            one,
            reaches=reaches.get(number, ()),
            dead=frozenset(dead),
            contacts=(*had.get(number, ()), *called.get(number, ())),
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
