"""Boards against a brute-force count: windows, channels, quality, ties, zones, aliases, those hidden and those gone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event as listening

from bot.app import App
from bot.batch import Parcel
from bot.engine.points import amount
from bot.engine.rules import Rules
from bot.events import (
    Account,
    BoardChosen,
    Event,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessagePosted,
    PointsAdjusted,
    ThanksReceived,
    ZoneChosen,
)
from bot.storage import boards, ledger
from bot.storage.boards import Board, Line
from bot.storage.store import Connection, Store
from bot.text import features
from bot.words import Word, replace
from tests.conftest import Clock

USERS = ("ann", "bo", "cy", "di")
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
ZONES = ("UTC", "Pacific/Kiritimati", "Pacific/Niue")
"""The earliest and the latest days there are: two apart for an hour of each."""
GIVEN = "by hand"
"""Counts on boards of all time alone."""
_scenes = count(1)


class Deed(Word, frozen=True):
    """Something that happens: `what`, by whom, after how many hours, where, and how much or to which message."""

    what: str
    user: str
    hours: int
    channel: str
    n: int


deeds = st.builds(
    lambda what, user, day, hour, channel, n: Deed(what=what, user=user, hours=24 * day + hour, channel=channel, n=n),
    st.sampled_from(("post",) * 6 + ("delete", "zone", "hide", "show", "alias", "leave", "join", "thank", "adjust")),
    st.sampled_from(USERS),
    st.sampled_from((0, 1, 5, 6, 7, 29, 30)),
    st.sampled_from((0, 10, 11, 13, 23)),
    st.sampled_from(("c", "d")),
    st.integers(0, 7),
)


class Counted:
    """The same told by hand: what everybody has, award by award."""

    def __init__(self, rules: Rules, scene: str) -> None:
        self.rules = rules
        self.scene = scene
        self.events: list[Event] = []
        self.awards: dict[str, tuple[str, int, int, bool, str]] = {}
        self.zones = dict.fromkeys(USERS, "UTC")
        self.away: set[str] = set()
        self.hidden: set[str] = set()
        self.aliases = dict.fromkeys(USERS, "")
        self.posts: list[tuple[str, str]] = []

    def account(self, user: str) -> Account:
        return Account(platform="discord", space=self.scene, user=user, name=user.title())

    def tell(self, deed: Deed) -> None:
        key = f"{self.scene}:{len(self.events)}"
        at, who = FIRST + timedelta(hours=deed.hours), self.account(deed.user)
        common: dict[str, Any] = {"key": key, "at": at, "who": who}
        day = at.astimezone(ZoneInfo(self.zones[deed.user])).toordinal()
        match deed.what:
            case "post":
                self.events.append(MessagePosted(**common, channel=deed.channel, text=features("hello there")))
                self.awards[key] = deed.user, day, amount(key, self.rules.earn.message), False, deed.channel
                self.posts.append((key, deed.user))
            case "delete" if self.posts:
                of, author = self.posts[deed.n % len(self.posts)]
                self.events.append(MessageDeleted(key=key, at=at, who=self.account(author), of=of))
                self.awards.pop(of, None)
            case "thank":
                self.events.append(ThanksReceived(**common, giver=f"g{key}", of=""))
                self.awards[key] = deed.user, day, amount(key, self.rules.earn.thanks), True, ""
            case "adjust":
                self.events.append(PointsAdjusted(**common, by=10 * deed.n - 30))
                self.awards[key] = deed.user, day, 10 * deed.n - 30, False, GIVEN
            case "zone":
                self.zones[deed.user] = ZONES[deed.n % 3]
                self.events.append(ZoneChosen(**common, zone=ZONES[deed.n % 3]))
            case "hide" | "show" | "alias":
                self._choose(deed, common)
            case "leave":
                self.away.add(deed.user)
                self.events.append(MemberLeft(**common))
            case _:
                self.away.discard(deed.user)
                self.events.append(MemberJoined(**common))

    def _choose(self, deed: Deed, common: dict[str, Any]) -> None:
        alias = f"Owl {deed.n}" if deed.what == "alias" else ""
        self.aliases[deed.user] = alias
        (self.hidden.add if deed.what == "hide" else self.hidden.discard)(deed.user)
        self.events.append(BoardChosen(**common, hidden=deed.what == "hide", alias=alias))

    def board(self, asked: Board, ids: dict[str, int]) -> list[tuple[int, int, str, int]]:
        """(rank, member, name, points), counted one by one."""
        sums = dict.fromkeys(USERS, 0)
        for user, day, points, quality, channel in self.awards.values():
            early = asked.since is not None and day < asked.since
            late = asked.until is not None and day > asked.until
            elsewhere = asked.channels and channel not in asked.channels
            elsewhere = elsewhere or (channel == GIVEN and (asked.since is not None or asked.until is not None))
            if not (early or late or elsewhere or (asked.by == "quality" and not quality)):
                sums[user] += points
        there = [user for user in USERS if sums[user] > 0 and user not in self.away | self.hidden]
        ranks = sorted({sums[user] for user in there}, reverse=True)
        rows = [
            (ranks.index(sums[user]) + 1, ids[user], self.aliases[user] or user.title(), sums[user]) for user in there
        ]
        return sorted(rows)


def asked(community: int) -> Iterator[Board]:
    """The boards there are: of all time, of 7 and 30 days seen from the last day, of a week that is over; each kind."""
    last = (FIRST + timedelta(days=30)).toordinal()
    for since, until in ((None, None), (last - 6, None), (last - 29, None), (last - 30, last - 24), (None, last - 25)):
        yield Board(community=community, since=since, until=until)
        yield Board(community=community, since=since, until=until, by="quality")
        yield Board(community=community, since=since, until=until, channels=("c",))
    yield Board(community=community, channels=("c", "d"))


def shown(lines: list[Line]) -> list[tuple[int, int, str, int]]:
    return [(line.rank, line.member, line.name, line.points) for line in lines]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(deeds, min_size=4, max_size=40), picked=st.sets(st.integers(0, 15), min_size=4, max_size=4))
def test_every_board_equals_a_count_by_hand(
    store: Store, rules: Rules, clock: Clock, story: list[Deed], picked: set[int]
) -> None:
    counted = Counted(replace(rules, earn=replace(rules.earn, message=replace(rules.earn.message, to=0))), "")
    counted.scene = f"scene-{next(_scenes)}"
    for deed in story:
        counted.tell(deed)
    App(store, counted.rules, clock=clock).handle([Parcel(events=tuple(counted.events))])

    def compare(connection: Connection) -> None:
        seats = ledger.seats(connection, [counted.account(user) for user in USERS])
        ids = {user: seats["discord", counted.scene, user].member for user in USERS}
        community = next(iter(seats.values())).community
        for board in [one for n, one in enumerate(asked(community)) if n in picked]:
            expected = counted.board(board, ids)
            assert shown(boards.top(connection, board, 0, 10)) == expected, board
            for page in range(1, len(expected) + 2):
                me = ids[USERS[page % 4]]
                view = boards.view(connection, board, page, 2, me)
                pages = max((len(expected) + 1) // 2, 1)
                page_ = min(page, pages)
                assert (view.page, view.pages) == (page_, pages)
                assert shown(list(view.lines)) == expected[2 * page_ - 2 : 2 * page_]
                mine = [row for row in expected if row[1] == me]
                assert ([] if view.mine is None else shown([view.mine])) == mine
            if board.since is not None:
                won = [row for row in expected if row[0] <= 2]
                assert shown(boards.winners(connection, board, 2)) == won
                first = [row for row in expected if row[0] == 1]
                assert shown(boards.winners(connection, board, 1)) == (first if len(first) <= 3 else [])

    store.transact(compare)


def explained(store: Store, board: Board) -> list[str]:
    """What SQLite does for the first page of a board, query by query."""
    asked_for: list[tuple[str, Any]] = []

    def hear(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked_for.append((statement, parameters))

    def work(connection: Connection) -> list[str]:
        listening.listen(store.engine, "before_cursor_execute", hear)
        boards.view(connection, board, 1, 10, 1)
        listening.remove(store.engine, "before_cursor_execute", hear)
        plans = [
            connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            for statement, parameters in asked_for
            if statement.startswith("SELECT")
        ]
        return [row[3] for plan in plans for row in plan]

    return store.look(work)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    """A SQLite database: what it says of its plans can be read."""
    opened = Store(f"sqlite:///{tmp_path}/plans.db")
    opened.open(upgrade=True)
    yield opened
    opened.close()


def test_no_board_looks_at_more_than_its_index(sqlite: Store) -> None:
    everything = [line for board in asked(1) for line in explained(sqlite, board)]
    searched = {line for line in everything if line.startswith(("SEARCH", "SCAN")) and "anon" not in line}
    assert {line for line in searched if line.startswith("SCAN") and "subquery" not in line} == set()
    for by in ("points", "quality"):
        index = "ix_members_board" if by == "points" else "ix_members_quality"
        plan = explained(sqlite, Board(community=1, by=by))
        assert f"SEARCH members USING INDEX {index} (community_id=? AND listed=? AND {by}>?)" in plan
        assert "USE TEMP B-TREE FOR ORDER BY" not in plan  # only equals are sorted: the first ten cost ten
    windowed = explained(sqlite, Board(community=1, since=5))
    assert "SEARCH days USING COVERING INDEX ix_days_board (community_id=? AND day>?)" in windowed
    by_channel = explained(sqlite, Board(community=1, since=5, channels=("c",)))
    assert "SEARCH entries USING INDEX ix_entries_day (community_id=? AND day>?)" in by_channel


def test_a_name_is_taken_by_whoever_bears_it_or_wants_it(store: Store, clock: Clock) -> None:
    app = App(store, Rules(), clock=clock)
    people = [Account(platform="discord", space="s", user=user, name=user) for user in ("ann", "ünal", "me")]
    chosen = BoardChosen(key="b", at=FIRST, who=people[0], alias="Night Owl")
    app.handle([Parcel(events=(chosen, *[MemberJoined(key=one.user, at=FIRST, who=one) for one in people]))])
    seats = store.transact(ledger.seats, people)
    me = seats["discord", "s", "me"]
    for name, taken in {"Ann": True, "ANN": True, "Ünal": True, "night owl": True, "Anna": False, "me": False}.items():
        assert store.look(boards.taken, me.community, name, me.member) is taken, name
        assert store.look(boards.taken, me.community + 1, name, 0) is False
