"""The application: what is offered becomes durable, whatever goes wrong in between."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import select

from bot import app as application
from bot.app import App
from bot.batch import Change, Hot, Outcome, Parcel, Recent
from bot.engine.rules import Rules
from bot.events import Account, Author, Event, LanguageChosen, MessageDeleted, MessagePosted, member_account, reaction
from bot.state import MemberState
from bot.storage import boards, inbox
from bot.storage.boards import Board
from bot.storage.entries import DAYS
from bot.storage.ledger import EVENTS, INBOX, POISON
from bot.storage.store import Store
from bot.text import Features
from bot.words import replace
from tests import snapshots
from tests.conftest import START, Clock

ANN = Account(platform="discord", space="g", user="1", name="Ann", space_name="Guild")


def post(number: int, who: Account = ANN, channel: str = "c") -> MessagePosted:
    """A message."""
    return MessagePosted(key=f"m:{number}", at=START, who=who, channel=channel, text=Features(length=3))


def keys(store: Store) -> list[str]:
    """The keys in the log, in the order heard."""
    return store.look(lambda connection: list(connection.scalars(select(EVENTS.c.key).order_by(EVENTS.c.id))))


def poison(store: Store) -> list[tuple[str, str]]:
    """(key, error) of what was set aside."""
    query = select(POISON.c.key, POISON.c.error).order_by(POISON.c.id)
    return store.look(lambda connection: [(key, error) for key, error in connection.execute(query)])


async def test_what_is_submitted_is_durable_when_it_returns(app: App) -> None:
    outcome = await app.submit([post(1), post(2), post(1)], marks={"live:c": 2})
    assert outcome == Outcome(new=2, seen=1)
    assert keys(app.store) == ["m:1", "m:2"]
    assert await app.store.read(inbox.cursor, "live:c") == 2


async def test_what_is_offered_is_durable_before_what_is_submitted_after_it(app: App) -> None:
    for number in range(1, 20):
        app.offer(post(number), marks={"live:c": number})
    await app.submit([])
    assert keys(app.store) == [f"m:{number}" for number in range(1, 20)]
    assert await app.store.read(inbox.cursor, "live:c") == 19


async def test_an_offer_alone_is_committed_without_anything_more(app: App) -> None:
    stored = asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell(_: Sequence[Change]) -> None:
        loop.call_soon_threadsafe(stored.set)

    app.watchers.append(tell)
    app.offer(post(1))
    await asyncio.wait_for(stored.wait(), 10)
    assert keys(app.store) == ["m:1"]


async def test_closing_loses_nothing_that_was_offered(store: Store, rules: Rules, clock: Clock) -> None:
    app = App(store, rules, clock=clock)
    await app.start()
    for number in range(3_000):
        app.offer(post(number), marks={"live:c": number})
    await app.close()
    assert len(keys(store)) == 3_000
    assert await store.read(inbox.cursor, "live:c") == 2_999
    with pytest.raises(RuntimeError, match="closing"):
        app.offer(post(3_000))
    assert len(keys(store)) == 3_000


async def test_a_cursor_never_goes_back(app: App) -> None:
    await app.submit([post(1)], marks={"live:c": 9})
    await app.submit([post(2)], marks={"live:c": 4, "live:d": 1})
    assert await app.store.read(inbox.cursors, "live:") == {"c": (9, None), "d": (1, None)}


async def test_letters_are_ticked_off_and_emptied_with_what_they_led_to(app: App) -> None:
    await app.store.write(inbox.store, "telegram", [("7", b"secret words")], START)
    (letter,) = await app.store.read(inbox.waiting, "telegram")
    await app.submit([post(1)], letters=[letter.id])
    assert await app.store.read(inbox.waiting, "telegram") == []
    assert app.store.look(lambda connection: connection.scalar(select(INBOX.c.body))) == b""
    await app.store.write(inbox.store, "telegram", [("7", b"again")], START)
    assert await app.store.read(inbox.waiting, "telegram") == []


async def test_news_about_nobody_known_is_dropped_and_may_come_again(app: App) -> None:
    gone = MessageDeleted(key="m:1:deleted", at=START, who=Author(of="m:1"), of="m:1")
    assert await app.submit([gone]) == Outcome(dropped=1)
    assert keys(app.store) == []
    assert await app.submit([post(1), gone]) == Outcome(new=2)
    assert app.store.look(snapshots.states, "g")["1"].engagement.points == 0


async def test_a_reaction_is_the_givers_and_the_authors(app: App) -> None:
    bo = replace(ANN, user="2", name="Bo")
    await app.submit([post(1), *reaction(giver=bo, of="m:1", emoji="👍", at=START, given=True)])
    await app.submit(reaction(giver=ANN, of="m:1", emoji="👍", at=START, given=True, author="1"))
    found = app.store.look(snapshots.states, "g")
    assert (found["1"].engagement.reactions_received, found["1"].engagement.reactions_given) == (1, 0)
    assert (found["2"].engagement.reactions_received, found["2"].engagement.reactions_given) == (0, 1)
    await app.submit(reaction(giver=bo, of="m:1", emoji="👍", at=START, given=False))
    assert app.store.look(snapshots.states, "g")["1"].engagement.reactions_received == 0


async def test_quiet_events_open_gates_and_tell_nobody(app: App) -> None:
    await app.submit([post(number) for number in range(40)], quiet=True)
    state = app.store.look(snapshots.states, "g")["1"]
    assert state.standing.announced == state.standing.level > 1
    assert app.store.look(snapshots.effects, "g") == []
    assert state.access.open == ("lounge",)


async def test_the_name_last_heard_is_kept_clean(app: App) -> None:
    await app.submit([post(1, replace(ANN, name="\u202eEve"))])
    assert (await app.profile(ANN)).name == "Eve"
    await app.submit([post(2, replace(ANN, name="Ann\0"))])
    assert (await app.profile(ANN)).name == "Ann"
    await app.submit([post(3, replace(ANN, name=""))])
    assert (await app.profile(ANN)).name == "Ann"


async def test_of_several_names_in_a_batch_the_last_heard_is_kept(app: App) -> None:
    other = replace(ANN, name="Annabel")
    await app.submit([post(1, ANN), post(2, other), post(3, ANN)])
    assert (await app.profile(ANN)).name == "Ann"
    await app.submit([post(4, ANN), post(5, other), post(6, replace(ANN, name=""))])
    assert (await app.profile(replace(ANN, name=""))).name == "Annabel"


async def test_a_batch_over_months_books_each_thing_on_its_own_day(app: App) -> None:
    days = [START + timedelta(days=day) for day in (0, 1, 40, 90)]
    await app.submit([replace(post(number), at=at) for number, at in enumerate(days)])
    state = app.store.look(snapshots.states, "g")["1"]
    assert state.habit.days == 4
    booked = app.store.look(lambda connection: connection.execute(select(DAYS.c.day, DAYS.c.points)).all())
    assert [day for day, _ in booked] == [at.toordinal() for at in days]
    assert sum(points for _, points in booked) == state.engagement.points > 0


async def test_one_person_in_two_communities_is_two_members(app: App) -> None:
    there = replace(ANN, space="h", name="Annie")
    await app.submit([post(1), post(2, there)])
    here, other = await app.profile(ANN), await app.profile(there)
    assert here.community != other.community
    assert (here.name, other.name) == ("Ann", "Annie")
    assert here.state.engagement.messages == other.state.engagement.messages == 1


async def test_a_private_chat_belongs_to_the_community_last_active_in(app: App) -> None:
    alone = replace(ANN, space="")
    with pytest.raises(LookupError):
        await app.profile(alone)
    there = replace(ANN, space="h")
    await app.submit([post(1), replace(post(2, there), at=START.replace(day=22))])
    assert (await app.profile(alone)).community == (await app.profile(there)).community
    await app.submit([replace(post(3), at=START.replace(day=23))])
    assert (await app.profile(alone)).community == (await app.profile(ANN)).community


async def test_watchers_see_every_change_and_harm_nothing(app: App) -> None:
    seen: list[Change] = []

    def broken(changes: Sequence[Change]) -> None:
        raise ValueError("a watcher of ours")

    app.watchers += [broken, seen.extend]
    assert await app.submit([post(1)]) == Outcome(new=1)
    (change,) = seen
    assert (change.seat.name, change.event, change.before) == ("Ann", post(1), MemberState())
    assert change.after.engagement.messages == 1
    assert keys(app.store) == ["m:1"]


# ---------------------------------------------------------------------- what goes wrong


async def test_an_event_nobody_can_digest_is_set_aside_and_holds_nothing_up(app: App) -> None:
    bad = post(666, channel="lone \ud800 surrogate")
    outcomes = await asyncio.gather(
        *(app.submit([post(number)], marks={"live:c": number}) for number in range(20)),
        app.submit([post(100), bad, post(101)], marks={"live:c": 101}),
    )
    assert outcomes == [*[Outcome(new=1)] * 20, Outcome(new=2, poisoned=1)]
    assert sorted(keys(app.store)) == sorted([*[f"m:{number}" for number in range(20)], "m:100", "m:101"])
    assert await app.store.read(inbox.cursor, "live:c") == 101
    assert poison(app.store) == [("'m:666'", "UnicodeEncodeError")]
    assert app.store.look(snapshots.states, "g")["1"].engagement.messages == 22


async def test_a_batch_with_one_bad_event_takes_few_transactions(store: Store, rules: Rules, clock: Clock) -> None:
    app = App(store, rules, clock=clock)
    events: list[Event] = [post(number) for number in range(1_000)]
    events[600] = post(600, channel="\ud800")
    counted = _transactions()
    (outcome,) = app.handle([Parcel(events=tuple(events), marks={"live:c": 1_000})])
    assert outcome == Outcome(new=999, poisoned=1)
    assert counted() <= 25  # two for each halving, not one for each event
    assert store.look(inbox.cursor, "live:c") == 1_000


def _transactions() -> Callable[[], int]:
    """Counts the transactions from now on by what /metrics shows of them."""

    def total() -> float:
        (metric,) = application.COMMITS.collect()
        return next(sample.value for sample in metric.samples if sample.name.endswith("_count"))

    start = total()
    return lambda: int(total() - start)


async def test_an_event_for_a_member_who_is_no_number_is_set_aside(app: App) -> None:
    forged = Account(platform="lyceum", space="1", user="x")
    outcome = await app.submit([LanguageChosen(key="k", at=START, who=forged, locale="en")])
    assert outcome == Outcome(poisoned=1)
    assert poison(app.store) == [("'k'", "ValueError")]


async def test_an_event_for_a_member_who_does_not_exist_is_dropped(app: App) -> None:
    ghost = member_account(1, 99)
    assert await app.submit([LanguageChosen(key="k", at=START, who=ghost, locale="en")]) == Outcome(dropped=1)


@pytest.mark.slow
async def test_a_locked_database_is_waited_for(app: App, database: str, store_url: str) -> None:
    """Another process holds the write lock: nothing is lost, /doctor can say why, and it goes on by itself."""
    await app.submit([post(0)])
    waited = asyncio.create_task(_while_unavailable(app))
    with _lock(database, store_url):
        for number in range(1, 600):
            app.offer(post(number))
        submitted = asyncio.create_task(app.submit([post(600)]))
        await waited
        assert not submitted.done()
    assert await submitted == Outcome(new=1)
    assert len(keys(app.store)) == 601
    assert app.trouble == ""


async def _while_unavailable(app: App) -> None:
    """Until the application says that it can't store."""
    async with asyncio.timeout(30):
        while not app.trouble:  # noqa: ASYNC110 - there is no event to wait for: it is read by whoever asks
            await asyncio.sleep(0.01)


class _lock:  # noqa: N801 - reads as a statement
    """Keep a database from being written, as another process would."""

    def __init__(self, database: str, url: str) -> None:
        self._database, self._url = database, url

    def __enter__(self) -> None:
        if self._database == "sqlite":
            self._sqlite = sqlite3.connect(self._url.removeprefix("sqlite:///"), isolation_level=None)
            self._sqlite.execute("BEGIN IMMEDIATE")
            return
        self._postgres = psycopg.connect(self._url.rsplit("/", 1)[0] + "/postgres", autocommit=True)
        self._read_only("on")

    def __exit__(self, *_: object) -> None:
        if self._database == "sqlite":
            self._sqlite.execute("ROLLBACK")
            self._sqlite.close()
            return
        self._read_only("off")
        self._postgres.close()

    def _read_only(self, how: str) -> None:
        """As a standby is after a failover: who is connected is thrown out, who connects may only read."""
        name = self._url.rsplit("/", 1)[1]
        self._postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {how}".encode())
        self._postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


async def test_a_full_disk_is_waited_for(tmp_path: object, rules: Rules, clock: Clock) -> None:
    store = Store(f"sqlite:///{tmp_path}/full.db")
    store.open()
    app = App(store, rules, clock=clock)
    await app.start()
    await app.submit([post(0)])

    def limit(pages: int) -> None:
        with store.engine.connect() as connection:
            connection.connection.driver_connection.execute(f"PRAGMA max_page_count={pages}")  # type: ignore[union-attr]

    await store.in_writer(limit, 1)
    for number in range(1, 2_000):
        app.offer(post(number))
    submitted = asyncio.create_task(app.submit([post(2_000)]))
    await _while_unavailable(app)
    assert "full" in app.trouble
    assert keys(store) == ["m:0"]
    await store.in_writer(limit, 1_000_000)
    await submitted
    assert len(keys(store)) == 2_001
    await app.close()
    store.close()


async def test_there_is_room_until_too_much_waits(store: Store, rules: Rules, clock: Clock) -> None:
    app = App(store, rules, clock=clock)
    for number in range(application.ROOM - 1):
        app.offer(post(number % 7))
    assert not app.full
    app.offer(post(1))
    assert app.full
    waiting = asyncio.create_task(app.room())
    await app.start()
    await asyncio.wait_for(waiting, 30)
    assert not app.full
    await app.close()
    assert len(keys(store)) == 7


async def test_the_writer_works_in_one_thread(app: App) -> None:
    threads = {await app.store.write(lambda _: threading.get_ident()) for _ in range(5)}
    assert len(threads) == 1
    assert threads != {threading.get_ident()}


# ---------------------------------------------------------------------- forgetting


async def test_who_was_forgotten_begins_anew(app: App, clock: Clock) -> None:
    await app.submit([post(number) for number in range(10)])
    before = await app.profile(ANN)
    await app.forget(before.community, before.member, clock.advance(hours=1))
    assert keys(app.store) == []
    assert await app.submit([post(10), post(3)]) == Outcome(dropped=2)  # from before: not taken in again
    assert await app.submit([replace(post(11), at=clock())]) == Outcome(new=1)
    after = await app.profile(ANN)
    assert after.member != before.member
    assert after.state.engagement.messages == 1
    assert app.store.look(boards.top, Board(community=after.community))[0].points == after.state.engagement.points


# ---------------------------------------------------------------------- what is kept in memory


def test_the_entries_used_most_recently_stay() -> None:
    recent: Recent[int, str] = Recent(10)
    for number in range(1, 100):
        recent.refresh({number: str(number), 0: "zero"})
        assert len(recent.items()) <= 10
        assert recent.get(number) == str(number)
        assert recent.get(0) == "zero"
    assert recent.get(50) is None
    recent.refresh({99: "changed"})
    assert dict(recent.items())[99] == recent.get(99) == "changed"
    recent.discard(99)
    recent.discard(99)
    assert recent.get(99) is None
    assert 99 not in dict(recent.items())


async def test_states_no_longer_in_memory_are_read_again(store: Store, rules: Rules, clock: Clock) -> None:
    app = App(store, rules, clock=clock)
    people = [replace(ANN, user=str(n), name=f"p{n}") for n in range(6)]
    app._hot = Hot(2)  # far too small
    for number in range(60):
        app.handle([Parcel(events=(post(number, people[number % 6]),))])
    assert {state.engagement.messages for state in store.look(snapshots.states, "g").values()} == {10}
