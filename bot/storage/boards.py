"""The boards: who has the most points, of all time or of some days, by quality or in a channel.

Those who left or hide are on none of them; who wants another name has it there. Equal points share a rank and the next
rank follows on (dense ranks). Nobody is on a board with nothing.
"""

from collections.abc import Callable, Collection
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Connection, Select, Text, cast, func, or_, select

from bot.effects import Announce
from bot.state import MemberState
from bot.storage import bulk
from bot.storage.entries import DAYS, ENTRIES
from bot.storage.ledger import MEMBERS
from bot.words import Word, from_json, replace

SHARED = 3
"""So many may share a place of the week's winners, on average."""
By = Literal["points", "quality"]


class Board(Word, frozen=True):
    """Which board: of a community, `by` points or quality points, from the day `since` to the day `until`.

    Days are ordinals by each member's own clock; None is without an end. In `channels` (ids) only what was earned by
    writing there counts; quality points are not counted by channel.
    """

    community: int
    by: By = "points"
    since: int | None = None
    until: int | None = None
    channels: tuple[str, ...] = ()


Rank = Callable[[Connection, Board, int], int]
"""Counts the rank of so many points on a board of all time."""


class Line(Word, frozen=True):
    """A line of a board; `name` is the one they want on it, which is not theirs if it is an `alias`."""

    rank: int
    member: int
    name: str
    points: int
    level: int
    alias: bool = False


class View(Word, frozen=True):
    """A page of a board (from 1) of so many, and the line of whoever looks; None if they are not on the board."""

    lines: tuple[Line, ...]
    page: int
    pages: int
    mine: Line | None


def view(connection: Connection, board: Board, page: int, size: int, member: int) -> View:
    """A page of `size` lines, or the last one there is, as it is seen by a member."""
    if _counted_apart(board):
        return _view_apart(connection, board, page, size, member)
    pages = max(-(-total(connection, board) // size), 1)
    page = min(page, pages)
    lines = tuple(top(connection, board, (page - 1) * size, size))
    mine = next((line for line in lines if line.member == member), None) or place(connection, board, member)
    return View(lines=lines, page=page, pages=pages, mine=mine)


def _view_apart(connection: Connection, board: Board, page: int, size: int, member: int) -> View:
    """As `view`, in one query: the sums are made once."""
    ranked = _ranked(board)
    wanted = or_(ranked.c.at.between((page - 1) * size + 1, page * size), ranked.c.at == 1, ranked.c.id == member)
    rows = connection.execute(select(ranked).where(wanted).order_by(ranked.c.at)).all()
    pages = max(-(-rows[0].everybody // size), 1) if rows else 1
    if page > pages:
        return _view_apart(connection, board, pages, size, member)
    first = (page - 1) * size + 1
    return View(
        lines=tuple([_line(row, row.rank) for row in rows if first <= row.at < first + size]),
        page=page,
        pages=pages,
        mine=next((_line(row, row.rank) for row in rows if row.id == member), None),
    )


def top(connection: Connection, board: Board, offset: int = 0, limit: int = 10) -> list[Line]:
    """Lines of a board, the most points first; of equals, who came first."""
    if _counted_apart(board):
        ranked = _ranked(board)
        query = select(ranked).order_by(ranked.c.at).offset(offset).limit(limit)
        return [_line(row, row.rank) for row in connection.execute(query)]
    points = MEMBERS.c[board.by]
    query = _lines(points).where(*_listed(board), points > 0)
    rows = connection.execute(query.order_by(points.desc(), MEMBERS.c.id).offset(offset).limit(limit)).all()
    lines: list[Line] = []
    rank = rank_of(connection, board, rows[0].points) if rows else 0
    for row in rows:
        rank += bool(lines) and row.points != lines[-1].points
        lines.append(_line(row, rank))
    return lines


def rank_of(connection: Connection, board: Board, points: int) -> int:
    """The dense rank of somebody with this many points, of all time."""
    column = MEMBERS.c[board.by]
    above = select(func.count(func.distinct(column))).where(*_listed(board), column > points)
    return (connection.scalar(above) or 0) + 1


def place(connection: Connection, board: Board, member: int, rank: Rank = rank_of) -> Line | None:
    """The line of a member on a board of all time; None if they are not on it. Their rank is as `rank` counts it."""
    points = MEMBERS.c[board.by]
    query = _lines(points).where(*_listed(board), MEMBERS.c.id == member, points > 0)
    row = connection.execute(query).first()
    return None if row is None else _line(row, rank(connection, board, row.points))


def different(connection: Connection, board: Board) -> NDArray[np.int64]:
    """The different points that the members of a board of all time have, from the least."""
    column = MEMBERS.c[board.by]
    points = select(column.label("points")).distinct().where(*_listed(board), column > 0).subquery()
    # A million rows fetched one by one take five times as long as one long row.
    row = connection.scalar(select(func.aggregate_strings(cast(points.c.points, Text), " ")))
    return np.sort(np.fromstring(row or "", dtype=np.int64, sep=" "))


def total(connection: Connection, board: Board) -> int:
    """How many members are on a board of all time."""
    return connection.scalar(select(func.count()).where(*_listed(board), MEMBERS.c[board.by] > 0)) or 0


def winners(connection: Connection, board: Board, places: int) -> list[Line]:
    """Everybody on the first `places` ranks of a board of some days, if these are few.

    Where so many are level that there would be more than `SHARED` for each place, nobody of them has won, nor anybody
    below: what forty have done alike distinguishes none of them.
    """
    ranked, most = _ranked(board), places * SHARED
    query = select(ranked).where(ranked.c.rank <= places).order_by(ranked.c.at).limit(most + 1)
    found = [_line(row, row.rank) for row in connection.execute(query)]
    return [line for line in found if len(found) <= most or line.rank < found[-1].rank]


def named(connection: Connection, told: Announce) -> Announce:
    """An announcement with the names that others in it want on boards; who is gone, or hides since, has none."""
    wanted = [int(one["member"]) for one in told.more]
    query = select(MEMBERS.c.id, MEMBERS.c.name, MEMBERS.c.alias)
    query = query.where(MEMBERS.c.listed.is_(True), bulk.among(connection, MEMBERS.c.id, wanted))
    names = {row.id: row.alias or row.name for row in connection.execute(query)}
    return replace(told, more=tuple({**one, "alias": names.get(int(one["member"]), "")} for one in told.more))


def earned_in(connection: Connection, community: int, channel: str) -> bool:
    """Whether anything was ever earned by writing in a channel."""
    c = ENTRIES.c
    query = select(c.id).where(c.community_id == community, c.channel == channel, c.channel != "")
    return connection.scalar(query.limit(1)) is not None


def crowned(connection: Connection, members: Collection[int]) -> set[int]:
    """Those of some members who wear the crown of a week's winner."""
    query = select(MEMBERS.c.id, MEMBERS.c.state).where(bulk.among(connection, MEMBERS.c.id, list(members)))
    return {
        member
        for member, state in connection.execute(query)
        if from_json(MemberState, state).standing.crowned is not None
    }


def taken(connection: Connection, community: int, name: str, but: int) -> bool:
    """Whether another member of a community is called so, or wants to be on its boards."""
    written = {name, name.lower(), name.upper(), name.title(), name.casefold()}  # SQLite's lower() knows ASCII only
    same = [
        one
        for column in (MEMBERS.c.name, MEMBERS.c.alias)
        for one in (column.in_(written), func.lower(column) == name.lower())
    ]
    query = select(MEMBERS.c.id).where(MEMBERS.c.community_id == community, MEMBERS.c.id != but, or_(*same))
    return connection.scalar(query.limit(1)) is not None


def _lines(points: Any) -> Select[Any]:
    return select(MEMBERS.c.id, MEMBERS.c.name, MEMBERS.c.alias, MEMBERS.c.level, points.label("points"))


def _counted_apart(board: Board) -> bool:
    """Whether the sums are not there in the members' rows."""
    return bool(board.since is not None or board.until is not None or board.channels)


def _listed(board: Board) -> tuple[Any, ...]:
    return MEMBERS.c.community_id == board.community, MEMBERS.c.listed.is_(True)


def _sums(board: Board) -> Any:
    """(member, points) of everybody for whom anything was booked."""
    rows = ENTRIES if board.channels else DAYS
    within = [rows.c.community_id == board.community]
    if board.since is not None:
        within.append(rows.c.day >= board.since)
    if board.until is not None:
        within.append(rows.c.day <= board.until)
    if board.channels:
        within.append(rows.c.channel.in_(board.channels))
    # PostgreSQL adds up 64 bits to a number of any length, which would come as a Decimal.
    points = cast(func.sum(rows.c["points" if board.channels else board.by]), BigInteger)
    query = select(rows.c.member_id.label("member"), points.label("points")).where(*within)
    return query.group_by(rows.c.member_id).subquery()


def _ranked(board: Board) -> Any:
    """The whole board: the lines with their rank; which line it is `at`, and how many they are (`everybody`)."""
    sums = _sums(board)
    query = _lines(sums.c.points).add_columns(
        func.dense_rank().over(order_by=sums.c.points.desc()).label("rank"),
        func.row_number().over(order_by=[sums.c.points.desc(), MEMBERS.c.id]).label("at"),
        func.count().over().label("everybody"),
    )
    return query.join(sums, sums.c.member == MEMBERS.c.id).where(*_listed(board), sums.c.points > 0).subquery()


def _line(row: Any, rank: int) -> Line:
    name, alias = row.alias or row.name, bool(row.alias)
    return Line(rank=rank, member=row.id, name=name, points=row.points, level=row.level, alias=alias)
