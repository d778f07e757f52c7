"""The engine and the storage alone: against a library, against a transaction a message, and with more members."""

import asyncio
import contextlib
import gc
import io
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
from discordLevelingSystem import DiscordLevelingSystem
from sqlalchemy import text

from benchmarks.measure import Cost, Figure, Stopwatch, compared, median
from benchmarks.stores import application, folder, hear, shipped
from benchmarks.traffic import GUILD, START, Traffic, user
from bot import words
from bot.app import GROUP, App
from bot.engine.decide import decide
from bot.events import Account, MessagePosted
from bot.state import MemberState
from bot.storage import bulk, ledger
from bot.storage.boards import Board, top
from bot.storage.ranks import Ranks
from bot.storage.store import Connection
from bot.text import display_name, features


def against_library(members_: int, messages: int, awards: int, repeats: int) -> list[Figure]:
    """Ours and discordLevelingSystem's `award_xp`, in turns, with as many members in the database."""
    ours, peers = [], []
    traffic = Traffic(members_)
    with application(traffic.first_words()) as app, _library(members_) as (award, _):
        hear(app, traffic.events(messages))
        for _ in range(repeats):
            events = traffic.events(messages)
            with Stopwatch(messages) as watch:
                hear(app, events)
            ours.append(watch.cost)
            peers.append(award(awards))
    return compared(f"(c) engine and storage / award_xp, {members_:,} members", ours, peers, 1_000)


@contextlib.contextmanager
def _library(members_: int) -> Any:
    with folder() as place:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)  # the library asks for one that does not run
        with contextlib.redirect_stdout(io.StringIO()):
            DiscordLevelingSystem.create_database_file(str(place))
        path = str(next(Path(place).glob("*.db")))
        system = DiscordLevelingSystem(rate=1, per=60.0, announce_level_up=False)
        system.connect_to_database_file(path)
        fresh = iter(range(members_))

        async def fill() -> None:
            rows = [(GUILD, user(n), f"member{n}", 9, 0, n * 7_919 % 1_000_003) for n in range(members_)]
            await system._connection.executemany("INSERT INTO leaderboard VALUES (?, ?, ?, ?, ?, ?)", rows)
            await system._connection.commit()

        async def some(count: int) -> None:
            for _ in range(count):
                await system.award_xp(amount=[15, 25], message=_message(next(fresh)))

        def award(count: int) -> Cost:
            with Stopwatch(count) as watch:
                loop.run_until_complete(some(count))
            return watch.cost

        def rank(number: int) -> int:
            found: int = loop.run_until_complete(system.get_rank_for(_Member(number)))
            return found

        loop.run_until_complete(fill())
        try:
            yield award, rank
        finally:
            loop.run_until_complete(system._connection.close())
            loop.close()


class _Member:
    """As much of a member as the library looks at."""

    def __init__(self, number: int) -> None:
        self.id, self.bot, self.name = user(number), False, f"member{number}"
        self.roles: list[object] = []
        self.guild = SimpleNamespace(id=GUILD, get_role=lambda _: None)

    def __str__(self) -> str:
        return self.name


def _message(number: int) -> Any:
    author = _Member(number)
    return SimpleNamespace(
        guild=author.guild,
        author=author,
        type=discord.MessageType.default,
        channel=SimpleNamespace(id=1),
        created_at=discord.utils.utcnow(),
        edited_at=None,
    )


def grouped(members_: int, messages: int, repeats: int) -> list[Figure]:
    """Group commit against a transaction for each message, on the same database."""
    together, alone = [], []
    traffic = Traffic(members_)
    with application(traffic.first_words()) as app:
        hear(app, traffic.events(messages))
        for _ in range(repeats):
            events, few = traffic.events(messages), traffic.events(messages // 50)
            with Stopwatch(len(events)) as watch:
                hear(app, events)
            together.append(watch.cost)
            with Stopwatch(len(few)) as watch:
                hear(app, few, group=1)
            alone.append(watch.cost)
    return compared(f"(d) group commit / a transaction each, {members_:,} members", together, alone, 30)


def growth(sizes: tuple[int, int], messages: int, repeats: int) -> list[Figure]:
    """The same traffic with ten times the members; once more with every author drawn anew."""
    return [*_growth(sizes, messages, repeats, lively=True), *_growth(sizes, messages, repeats, lively=False)]


def _growth(sizes: tuple[int, int], messages: int, repeats: int, *, lively: bool) -> list[Figure]:
    costs: dict[int, list[Cost]] = {size: [] for size in sizes}
    few_, many_ = [Traffic(size, lively=lively) for size in sizes]
    with application(few_.first_words()) as small, application(many_.first_words()) as large:
        pairs = [(small, few_), (large, many_)]
        for app, traffic in pairs:
            hear(app, traffic.events(messages))
        for _ in range(repeats):
            for app, traffic in pairs:
                events = traffic.events(messages)
                with Stopwatch(messages) as watch:
                    hear(app, events)
                costs[traffic.members].append(watch.cost)
    few, many = (median(costs[size], lambda cost: cost.cpu_us) for size in sizes)
    what = "(e) engine and storage" if lively else "every author drawn anew"
    return [
        Figure(name=f"{what}, {sizes[0]:,} members, processor", value=few, unit="µs/event"),
        Figure(name=f"{what}, {sizes[1]:,} members, processor", value=many, unit="µs/event"),
        Figure(name=f"{what}: slowdown", value=many / few, unit="×", target=1.5 if lively else None, at_most=True),
    ]


def boards(few: int, many: int, repeats: int) -> list[Figure]:
    """The top ten of a small and of a large community, and one member's rank against discordLevelingSystem's."""
    with application() as small, application() as large, _library(many) as (_, their_rank):
        times: dict[int, float] = {}
        for app, size in ((small, few), (large, many)):
            app.store.transact(_fill, size)
            times[size] = _best(partial(app.store.look, top, Board(community=1)), repeats)
        ranks, member = Ranks(large.clock), many // 2
        begin = time.perf_counter()
        large.store.look(ranks.place, Board(community=1), member)
        first = time.perf_counter() - begin
        rank = _best(partial(large.store.look, ranks.place, Board(community=1), member), 100)
        theirs = _best(partial(their_rank, many // 2), 3)
    return [
        Figure(name=f"top 10 of {few:,} members", value=1e6 * times[few], unit="µs"),
        Figure(name=f"top 10 of {many:,} members", value=1e6 * times[many], unit="µs"),
        Figure(
            name=f"(e) top 10: {many:,} against {few:,} members",
            value=times[many] / times[few],
            unit="×",
            target=1.5,
            at_most=True,
        ),
        Figure(name=f"rank of one of {many:,} members", value=1e3 * rank, unit="ms"),
        Figure(name="the first that is asked for in 30 s", value=1e3 * first, unit="ms"),
        Figure(name="the same in discordLevelingSystem", value=1e3 * theirs, unit="ms"),
        Figure(name="one member's rank: discordLevelingSystem / ours", value=theirs / rank, unit="×", target=100),
        Figure(name="the first: discordLevelingSystem / ours", value=theirs / first, unit="×"),
    ]


def _fill(connection: Connection, size: int) -> None:
    who = Account(platform="discord", space=str(GUILD), user="0", name="Member")
    community = ledger.communities(connection, [who])["discord", str(GUILD)]
    columns = ("community_id", "name", "locale", "points", "quality", "level", "here", "listed", "alias", "state")
    for first in range(0, size, 50_000):
        rows = [
            (community, f"Member {n}", "", (n * 2_654_435_761) % (10 * size), 0, n % 50, True, True, "", "{}")
            for n in range(first, min(first + 50_000, size))
        ]
        bulk.insert(connection, ledger.MEMBERS, columns, rows)
    connection.execute(text("ANALYZE"))


def _best(work: Callable[[], object], repeats: int) -> float:
    """The best of several times: what the work itself takes, whatever else runs."""
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def memory(few: int, many: int) -> list[Figure]:
    """What a member more costs in memory: state, seat and the database's page cache."""
    with application() as app:
        traffic = Traffic(many)
        before = _resident(app, traffic.first_words()[:few])
        after = _resident(app, traffic.first_words()[few:])
    return [Figure(name="memory of a member, page cache included", value=(after - before) / (many - few), unit="bytes")]


def _resident(app: App, events: list[MessagePosted]) -> int:
    for first in range(0, len(events), GROUP):
        hear(app, events[first : first + GROUP])
    del events
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def hostile(corpus: dict[str, str], plain: str, repeats: int) -> list[Figure]:
    """The worst text against a plain one: features read, decided on, event and state written down; and as a name."""
    rules = shipped()
    who = Account(platform="discord", space="1", user="2", name="Member")

    def as_text(body: str) -> None:
        message = MessagePosted(key="discord:message:1", at=START, who=who, channel="3", text=features(body))
        words.to_json(message)
        words.to_json(decide(message, MemberState(), rules).state)

    def cost(work: Callable[[str], object], body: str) -> float:
        return _best(lambda: [work(body) for _ in range(50)], repeats) / 50

    figures = []
    for what, work, usual in (("text", as_text, plain), ("name", display_name, "Ann of the Green Gables")):
        fair = cost(work, usual)
        each = {name: cost(work, bad) for name, bad in corpus.items()}
        worst = max(each, key=lambda name, each=each: each[name])  # type: ignore[misc]
        target = 5.0 if what == "text" else None
        figures += [
            Figure(name=f"a plain {what}", value=1e6 * fair, unit="µs"),
            Figure(name=f"the worst hostile {what} ({worst})", value=1e6 * each[worst], unit="µs"),
            Figure(name=f"hostile / plain {what}", value=each[worst] / fair, unit="×", target=target, at_most=True),
        ]
    return figures
