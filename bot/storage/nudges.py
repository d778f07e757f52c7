"""Nudges as rows: what is due, what becomes of each, and surfaces that refused. Who gets which is decided elsewhere.

Experiments read `community_id, member_id, nudge, arm, variant, decided_at, sent_at`: an exposure is a row with an arm.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, case, delete, func, literal, or_, select, update

from bot.engine.nudges.decision import Row, Verdict
from bot.engine.nudges.ladder import OURS, Surface
from bot.engine.nudges.person import Contacted
from bot.storage import bulk
from bot.storage.ledger import CURSORS, table, upsert
from bot.storage.tables import micros
from bot.storage.tables_nudges import NudgeRow, SurfaceRow
from bot.words import Word

NUDGES, SURFACES = table(NudgeRow), table(SurfaceRow)
_PLANNED = ("community_id", "member_id", "nudge", "about", "due_at", "until", "state", "data")
_EMPTY = ("why", "arm", "variant", "surface")
COUNTED = ("queued", "sent", "held")
"""The states that brakes count: what reached a member, is under way, or would be were they not in the hold-out.

Did the last not count, who is held out of one kind would get the next the sooner, and be compared by that.
"""
_STOPPED = "stopped:"
PATIENCE = timedelta(days=30)

Values = dict[str, int | str]
Planned = tuple[int, int, str, str, datetime, datetime, Values]
"""(community, member, nudge, about, due_at, until, data)."""


def put(connection: Connection, wanted: Sequence[Planned]) -> int:
    """Plan nudges; one that was planned before for the same thing stays as it is. Returns how many are new.

    Campaigns are planned by this, too: with the name 'campaign', `about` of their own, and what they say as the `text`
    of `data`; a `holdout` there, as text, is a share of their own.
    """
    members = {one[1] for one in wanted}
    before = _count(connection, members)
    rows = [
        {
            **dict(zip(_PLANNED, (*one[:6], "due", msgspec.json.encode(one[6]).decode()), strict=True)),
            **dict.fromkeys(_EMPTY, ""),
            "tries": 0,
            "begun": False,
        }
        for one in wanted
    ]
    if rows:
        once = upsert(connection, NUDGES).on_conflict_do_nothing(index_elements=["member_id", "nudge", "about"])
        connection.execute(once, rows)
    return _count(connection, members) - before


def _count(connection: Connection, members: Collection[int]) -> int:
    query = select(func.count()).where(bulk.among(connection, NUDGES.c.member_id, members))
    return connection.scalar(query) or 0


def due(connection: Connection, now: datetime, limit: int) -> list[Row]:
    """The rows whose time has come, the longest due first."""
    c = NUDGES.c
    query = select(NUDGES).where(c.state == "due", c.due_at <= now).order_by(c.due_at, c.id).limit(limit)
    return [_row(row) for row in connection.execute(query)]


def next_due(connection: Connection) -> datetime | None:
    """When the next row is due."""
    found: datetime | None = connection.scalar(select(func.min(NUDGES.c.due_at)).where(NUDGES.c.state == "due"))
    return found


def find(connection: Connection, number: int) -> Row | None:
    """The row with a number."""
    row = connection.execute(select(NUDGES).where(NUDGES.c.id == number)).first()
    return None if row is None else _row(row)


def waiting(connection: Connection, community: int, limit: int) -> list[Row]:
    """What is planned in a community, the soonest first."""
    c = NUDGES.c
    query = select(NUDGES).where(c.community_id == community, c.state == "due").order_by(c.due_at, c.id)
    return [_row(row) for row in connection.execute(query.limit(limit))]


def _row(row: Any) -> Row:
    return Row(
        id=row.id,
        community=row.community_id,
        member=row.member_id,
        nudge=row.nudge,
        about=row.about,
        due_at=row.due_at,
        until=row.until,
        tries=row.tries,
        data=msgspec.json.decode(row.data, type=Values),
    )


def settle(connection: Connection, settled: Sequence[tuple[Row, Verdict]], now: datetime) -> None:
    """Write down what becomes of rows. An arm, once decided, stays, and since when: who is tried again is as before."""
    c = NUDGES.c
    for row, verdict in settled:
        values: dict[str, Any] = {"state": verdict.state, "why": verdict.why, "begun": False}
        if verdict.due_at is not None:
            values["due_at"] = verdict.due_at
        if verdict.arm:
            values |= {
                "arm": case((c.arm != "", c.arm), else_=verdict.arm),
                "variant": verdict.variant,
                "decided_at": func.coalesce(c.decided_at, literal(now, c.decided_at.type)),
            }
            values["sent_at"] = now
        if verdict.surface is not None:
            values |= {"surface": verdict.surface.name, "tries": row.tries + 1}
        connection.execute(update(NUDGES).where(c.id == row.id).values(values))


def taken_back(connection: Connection, number: int, verdict: Verdict) -> None:
    """What was queued did not reach the member: it waits again, or is dropped; it is no contact any more."""
    values: dict[str, Any] = {"state": verdict.state, "why": verdict.why, "begun": False, "sent_at": None}
    if verdict.due_at is not None:
        values["due_at"] = verdict.due_at
    connection.execute(update(NUDGES).where(NUDGES.c.id == number, NUDGES.c.state == "queued").values(values))


def reached(connection: Connection, number: int, now: datetime, why: str = "") -> None:
    """A nudge reached the member, or (with a `why`) may have."""
    c = NUDGES.c
    values = {"state": "sent", "sent_at": now, "begun": False, "why": why}
    connection.execute(update(NUDGES).where(c.id == number, c.state == "queued").values(values))


def begin(connection: Connection, number: int) -> bool:
    """Mark that a nudge is about to be delivered. False when an attempt was begun before and nobody knows its end."""
    c = NUDGES.c
    begun = update(NUDGES).where(c.id == number, c.state == "queued", c.begun.is_(False)).values(begun=True)
    return bool(connection.execute(begun).rowcount)


def leave(connection: Connection, number: int) -> None:
    """The attempt that was begun certainly did not reach the member."""
    connection.execute(update(NUDGES).where(NUDGES.c.id == number).values(begun=False))


def expire(connection: Connection, now: datetime) -> None:
    """Give up what waits in the outbox beyond its time: the platform is gone, or it was shed there.

    What was begun may have arrived.
    """
    c = NUDGES.c
    over = update(NUDGES).where(c.state == "queued", c.until <= now)
    connection.execute(over.where(c.begun.is_(True)).values(state="sent", why="uncertain", begun=False))
    connection.execute(over.where(c.begun.is_(False)).values(state="dropped", why="late", sent_at=None))


def prune(connection: Connection, dropped_before: datetime, all_before: datetime) -> int:
    """Delete what was never to be sent, and what is too old for any comparison; returns how many rows.

    What was to be sent and could not be is of the comparison, too: its hold-out has such members as well.
    """
    c = NUDGES.c
    over = or_(c.due_at < all_before, and_(c.state == "dropped", c.arm == "", c.due_at < dropped_before))
    return connection.execute(delete(NUDGES).where(over)).rowcount


def contacts(
    connection: Connection, members: Collection[int], since: datetime, now: datetime
) -> dict[int, list[Contacted]]:
    """What reached each member since a time, or was held back from them, oldest first.

    What is under way reaches them now, at the earliest.
    """
    c = NUDGES.c
    query = (
        select(c.id, c.member_id, c.nudge, c.sent_at, c.state)
        .where(bulk.among(connection, c.member_id, members), c.state.in_(COUNTED))
        .where(or_(c.sent_at > since, c.state == "queued"))
        .order_by(c.sent_at, c.id)
    )
    found: dict[int, list[Contacted]] = {}
    for number, member, nudge, sent_at, state in connection.execute(query):
        at = max(sent_at, now) if state == "queued" else sent_at
        found.setdefault(member, []).append(Contacted(nudge=nudge, at=at, row=number))
    return found


# ---------------------------------------------------------------------- surfaces


def bury(connection: Connection, community: int, member: int, surface: Surface, why: str, now: datetime) -> None:
    """A surface refused: it is not tried again, unless the member opens it themselves."""
    _surface(connection, community, member, surface, {"target": "", "dead_at": now, "why": why[:200]})


def open_at(connection: Connection, community: int, member: int, surface: Surface, target: str) -> None:
    """Remember the place that was opened for a member."""
    _surface(connection, community, member, surface, {"target": target, "dead_at": None, "why": ""})


def _surface(connection: Connection, community: int, member: int, surface: Surface, values: Mapping[str, Any]) -> None:
    one = surface.reach
    place = {"platform": one.platform, "user": one.user, "kind": surface.place}
    kept = {"community_id": community, "member_id": member, **place, **values}
    statement = upsert(connection, SURFACES)
    changed = statement.on_conflict_do_update(index_elements=list(place), set_=dict(values))
    connection.execute(changed, kept)


def opened(connection: Connection, surface: Surface) -> str:
    """The place that was opened for an account by a surface; '' when there is none."""
    c, one = SURFACES.c, surface.reach
    where = (c.platform == one.platform, c.user == one.user, c.kind == surface.place, c.dead_at.is_(None))
    return connection.scalar(select(c.target).where(*where)) or ""


def revive(connection: Connection, member: int) -> None:
    """A member wants to hear from us: every surface of theirs is tried again."""
    c = SURFACES.c
    connection.execute(delete(SURFACES).where(c.member_id == member, c.dead_at.is_not(None)))


def dead(connection: Connection, accounts: Mapping[tuple[str, str], datetime | None], now: datetime) -> set[str]:
    """The surfaces that refused of accounts ({(platform, user): when they last wrote to us in private}), by name.

    What a member closed is closed until they write to us; what we had no right to is tried again after `PATIENCE`.
    """
    c = SURFACES.c
    users = {user for _, user in accounts}
    query = select(c.platform, c.user, c.kind, c.dead_at).where(bulk.among(connection, c.user, users))
    found = set()
    for platform, user, kind, dead_at in connection.execute(query.where(c.dead_at.is_not(None))):
        if (platform, user) not in accounts:
            continue
        spoke = accounts[platform, user]
        still = now - dead_at < PATIENCE if kind.partition(":")[0] in OURS else spoke is None or spoke <= dead_at
        if still:
            found.add(f"{platform}:{user}:{kind}")
    return found


# ---------------------------------------------------------------------- a platform says too fast


def stop(connection: Connection, platform: str, until: datetime) -> None:
    """Send no nudges on a platform until then."""
    statement = upsert(connection, CURSORS)
    changed = statement.on_conflict_do_update(
        index_elements=["name"],
        set_={"value": statement.excluded.value},
        where=statement.excluded.value > CURSORS.c.value,
    )
    connection.execute(changed, {"name": f"{_STOPPED}{platform}", "value": micros(until), "until": None})


def stopped(connection: Connection, now: datetime) -> dict[str, datetime]:
    """{platform: until when} of those on which no nudges are sent now."""
    c = CURSORS.c
    query = select(c.name, c.value).where(c.name.startswith(_STOPPED), c.value > micros(now))
    return {
        name.removeprefix(_STOPPED): datetime.fromtimestamp(value / 1_000_000, UTC)
        for name, value in connection.execute(query)
    }


# ---------------------------------------------------------------------- figures


class Count(Word, frozen=True):
    """How many rows of a nudge are in a state, and why."""

    nudge: str
    state: str
    why: str
    count: int


def counts(connection: Connection, community: int, since: datetime) -> list[Count]:
    """What became of a community's nudges since a time, and what waits."""
    c = NUDGES.c
    query = (
        select(c.nudge, c.state, c.why, func.count())
        .where(c.community_id == community, or_(c.due_at > since, c.state == "due"))
        .group_by(c.nudge, c.state, c.why)
        .order_by(c.nudge, c.state, c.why)
    )
    return [Count(nudge=n, state=s, why=w, count=k) for n, s, w, k in connection.execute(query)]


def unite(connection: Connection, keep: int, other: int) -> None:
    """Of the same nudge, planned for both members, one row goes on: the one that went furthest.

    Another that was decided upon is kept in the books, about nothing that can be met again: it reached them, or may
    have, and brakes count it. What only waited is deleted.
    """
    c = NUDGES.c
    found: set[tuple[str, str]] = set()
    rows = connection.execute(select(NUDGES).where(c.member_id.in_((keep, other)))).all()
    for row in sorted(rows, key=lambda row: (_FURTHEST.index(row.state), row.id)):
        thing = row.nudge, row.about
        if thing not in found:
            found.add(thing)
        elif row.begun or (row.arm and row.state not in ("due", "queued")):
            over = {"about": f"{row.about}#{row.id}", "until": row.sent_at or row.until}
            connection.execute(update(NUDGES).where(c.id == row.id).values(over))
        else:
            connection.execute(delete(NUDGES).where(c.id == row.id))


_FURTHEST = ("sent", "queued", "held", "dropped", "due")
