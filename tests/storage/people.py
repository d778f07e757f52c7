"""A small world to become one person in: a platform that does what is asked, and people of two platforms."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from bot.app import App
from bot.batch import Parcel
from bot.effects import GrantAccess, RevokeAccess
from bot.engine.curves import LevelRules
from bot.engine.rules import Gate, Plan, Rules
from bot.events import Account, Event, MessagePosted, SubscriptionChanged
from bot.sales import Price, Subscription
from bot.state import MemberState
from bot.storage import gates, grants, ledger, members, merge, outbox
from bot.storage.ledger import EVENTS
from bot.storage.outbox import Task
from bot.storage.replay import Fold
from bot.storage.store import Store
from bot.text import features
from bot.words import from_json, replace
from tests.conftest import START

GATED = ("lounge", "vault", "salon")


def near(rules: Rules) -> Rules:
    """Levels so near that a few messages cross them; plans that open a gate of their own, and one that is earned."""
    return replace(
        rules,
        levels=LevelRules(curve="custom", linear=40),
        gates=(Gate(name="lounge", level=1), Gate(name="vault", level=3)),
        plans=(
            Plan(name="gold", period="month", prices={"usd": 900}, gates=("vault", "salon")),
            Plan(name="silver", period="month", prices={"usd": 400}, gates=("salon",)),
        ),
    )


ANN = Account(platform="discord", space="guild", user="a", name="Ann", space_name="Server")
BO = Account(platform="telegram", space="-1", user="b", name="Bo", space_name="Group")


def gold(holder: str = "1", status: Any = "active", **more: Any) -> Subscription:
    whole: dict[str, Any] = {
        "id": f"sandbox:{holder}", "plan": "gold", "status": status, "since": START, "as_of": START,
        "until": START + timedelta(days=30), "renews": True, "months": 1, "price": Price(amount=900, currency="usd"),
    }  # fmt: skip
    return Subscription(**{**whole, **more})


def bought(who: Account, one: Subscription, key: str = "") -> SubscriptionChanged:
    return SubscriptionChanged(key=key or f"{one.id}:{one.status}", at=one.as_of, who=who, subscription=one)


def wrote(who: Account, number: int, **more: Any) -> MessagePosted:
    return MessagePosted(
        key=f"{who.platform}:message:{number}", at=START, who=who, channel="c", text=features("hello"), **more
    )


class World:
    """What is really open to whom: a platform that does what is asked, and says what it has."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.inside: set[tuple[str, str, str]] = set()
        self.done: list[Task] = []

    def deliver(self) -> None:
        """Perform all that waits, as `bot/delivery.py` does."""
        for task in self.store.transact(outbox.claim, START, ["discord", "telegram"], 1000, timedelta(seconds=60)):
            self.store.transact(outbox.finish, task, START, "done", self._grant(task))
            self.done.append(task)

    def _grant(self, task: Task) -> grants.Status | None:
        place = task.account.platform, task.account.user, task.target
        if isinstance(task.effect, RevokeAccess):
            self.inside.discard(place)
            return "gone"
        if not isinstance(task.effect, GrantAccess):
            return None
        if place in self.inside:
            return "granted" if task.grant in grants.OURS else "found"
        assert self.store.transact(outbox.begin, task, START)
        self.inside.add(place)
        return "granted"


def found(connection: Connection, account: Account, name: str) -> int:
    """A community with a role of its platform behind each gate."""
    community = members.see_channels(connection, account.platform, account, [])
    for gate in GATED:
        bind(connection, community, gate, account.platform, name)
    return community


def bind(connection: Connection, community: int, gate: str, platform: str, name: str) -> None:
    gates.bind(
        connection, community=community, gate=gate, platform=platform, space=name, kind="role",
        target=f"{name}-{gate}", now=START,
    )  # fmt: skip


def hear(app: App, *events: Event) -> None:
    app.handle([Parcel(events=(event,)) for event in events])


def seat(store: Store, account: Account) -> ledger.Seat:
    (found,) = store.transact(ledger.seats, [account]).values()
    return found


def history(connection: Connection, *who: int) -> list[Event]:
    query = select(EVENTS.c.data).where(EVENTS.c.member_id.in_(who)).order_by(EVENTS.c.id)
    return [from_json(Event, data) for data in connection.scalars(query)]


def fold(events: list[Event], rules: Rules) -> MemberState:
    """The state that these events come to; nobody in a story answers anybody."""
    whole = Fold(rules)
    for event in events:
        whole.hear(event, answers=False)
    return whole.state


def stored(store: Store, member: int) -> MemberState:
    state = store.look(members.state, member)
    assert state is not None
    return state


def unite(app: App, keep: int, other: int) -> None:
    """As `App.merge`, in this thread."""

    def work(connection: Connection) -> merge.Became:
        merge.merge(connection, keep, other, app.rules, app.clock())
        return merge.Became(members={other: keep})

    app._rework(work)
