"""What the laws of the whole path share: a community of its own for each example, batches, and books that add up."""

from itertools import count, pairwise

from hypothesis import HealthCheck, settings

from bot.app import App
from bot.batch import Outcome, Parcel
from bot.engine.points import ADJUSTED, PRAISED, QUALITY
from bot.engine.rules import Rules
from bot.events import Event
from bot.storage import gates, members, replay
from bot.storage.store import Connection, Store
from tests import snapshots
from tests.conftest import START
from tests.strategies import Scene

on_a_database = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_scenes = count(1)


def scene(store: Store, *names: str) -> Scene:
    """A community of its own, with a role behind each gate."""
    made = Scene(name=f"space-{next(_scenes)}")

    def found(connection: Connection) -> None:
        account = made.account("")
        community = members.see_channels(connection, "discord", account, [])
        for gate in names or ("lounge", "vault"):
            gates.bind(
                connection,
                community=community,
                gate=gate,
                platform="discord",
                space=made.name,
                kind="role",
                target=f"{made.name}-{gate}",
                now=START,
            )

    store.transact(found)
    return made


def hear(app: App, events: list[Event], cuts: list[int] | None = None) -> list[Outcome]:
    """Hand in events in batches that end where the cuts say; within a batch each is a parcel."""
    edges = sorted({0, len(events), *[cut % (len(events) + 1) for cut in cuts or []]})
    pieces = [events[a:b] for a, b in pairwise(edges)]
    return [one for piece in pieces for one in app.handle([Parcel(events=(event,)) for event in piece])]


def check_books(app: App, here: Scene, rules: Rules | None = None) -> None:
    """The log says of everybody what is stored of them (under `rules`), and what is stored adds up."""
    for book in app.store.look(snapshots.books, here.name).values():
        found = app.store.look(replay.replayed, book.member, rules or app.rules)
        assert found.state == book.state
        assert found.entries == book.entries
        assert found.days == book.days
        state = book.state
        points, quality = state.engagement.points, state.engagement.quality
        assert book.columns == (points, quality, state.standing.level, state.contact.here and not state.contact.hidden)
        assert points == sum(one.points for one in book.entries) == sum(one.points for one in book.days.values())
        assert quality == sum(one.points for one in book.entries if one.way in QUALITY)
        earned = [one for one in book.entries if one.way not in (ADJUSTED, PRAISED)]
        assert book.rows == {
            day: (
                sum(one.points for one in earned if one.day == day),
                sum(one.points for one in earned if one.day == day and one.way in QUALITY),
            )
            for day in book.days
        }
        assert quality == sum(one.quality for one in book.days.values())
        assert state.purse.extra - state.purse.spent == sum(one.coins for one in book.entries)
