"""/revenue, /members and /audit: exact figures of what was sold, lists by page and file, an audit that mends."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import insert, select

from bot.app import App
from bot.commands import Rank
from bot.delivery import GiveUp
from bot.effects import GrantAccess
from bot.engine.rules import Plan, Rules
from bot.events import Account, MessagePosted, PaymentReceived, PaymentReturned, SubscriptionChanged, member_account
from bot.figures import EXCHANGE, FIGURES
from bot.reply import Reply, code
from bot.sales import Payment, Price, Subscription
from bot.spreadsheet import cell
from bot.storage import gates, grants, inbox, outbox
from bot.storage.grants import GRANTS, Status
from bot.storage.outbox import OUTBOX, Task
from bot.storage.store import Connection
from bot.text import features
from bot.words import replace
from tests.cogs.conftest import Say, account
from tests.conftest import ROOT, START, Clock
from tests.fakes.ports import FakePort

pytestmark = pytest.mark.usefixtures("talk")
ON_BOTH = True
NAMES = ("ann", "bo", "cy", "陈默")
GOLD = Plan(name="gold", title="Gold", prices={"usd": 1000}, gates=("vip",))
COURSE = Plan(name="course", title="Course", period="lifetime", prices={"usd": 4900})


@pytest.fixture
def rules(rules: Rules) -> Rules:
    """The rules as shipped, and a rate."""
    return replace(rules, plans=(), membership=replace(rules.membership, currency="usd", rates={"xtr": 0.013}))


def sold(user: str, **changes: Any) -> Subscription:
    base = Subscription(
        id=f"stripe:sub_{user}",
        plan="gold",
        status="active",
        since=START - timedelta(days=3),
        as_of=START - timedelta(days=3),
        until=START + timedelta(days=27),
        renews=True,
        months=1,
        price=Price(amount=1000, currency="usd"),
    )
    return replace(base, **changes)


@pytest.fixture
def tell(app: App) -> Callable[..., Any]:
    """Let the application hear of subscriptions and payments, as a provider tells of them."""

    async def heard(user: str, *truths: Subscription, paid: int = 0, back: int = 0, at: datetime = START) -> None:
        who = member_account(1, NAMES.index(user) + 1)
        events: list[Any] = [
            SubscriptionChanged(
                key=f"{one.id}:{one.as_of.isoformat()}:{one.status}", at=one.as_of, who=who, subscription=one
            )
            for one in truths
        ]
        of = truths[0] if truths else sold(user)
        if paid:
            price = Price(amount=paid, currency=of.price.currency)
            payment = Payment(
                id=f"stripe:ch_{user}_{paid}", kind="charge", subscription=of.id, plan=of.plan, price=price
            )
            events.append(PaymentReceived(key=payment.id, at=at, who=who, payment=payment))
        if back:
            price = Price(amount=back, currency=of.price.currency)
            payment = Payment(
                id=f"stripe:re_{user}_{back}", kind="refund", subscription=of.id, plan=of.plan, price=price
            )
            events.append(PaymentReturned(key=payment.id, at=at, who=who, payment=payment))
        assert (await app.submit(events)).new == len(events)

    return heard


@pytest_asyncio.fixture
async def shop(app: App) -> None:
    """A plan that opens a gate, and a channel behind it."""
    await app.amend(1, GOLD)
    await app.amend(1, COURSE)
    await app.store.write(
        gates.bind, community=1, gate="vip", platform="playground", space="s", kind="channel", target="c9", now=START
    )


def values(reply: Reply) -> dict[str, str]:
    return {one.name: one.value for one in reply.fields}


def rows(reply: Reply) -> list[tuple[str, ...]]:
    return list(reply.table.rows) if reply.table else []


def lines(reply: Reply) -> list[list[str]]:
    assert reply.file is not None
    return list(csv.reader(io.StringIO(reply.file.data.decode("utf-8-sig"))))


async def settle(app: App, clock: Clock) -> None:
    """Deliver all that waits."""
    while sum((await app.store.read(outbox.waiting)).values()):
        await app.deliver(clock())


def refusing(user: str, why: str) -> Callable[[Task], None]:
    """A platform that does not let somebody in."""

    def before(task: Task) -> None:
        if task.account.user == user and isinstance(task.effect, GrantAccess):
            raise GiveUp(why)

    return before


# ---------------------------------------------------------------------- for the creator alone


@pytest.mark.parametrize("path", ["revenue", "members", "audit"])
@pytest.mark.parametrize("rank", [Rank.MEMBER, Rank.MODERATOR])
async def test_nobody_else_sees_the_books(say: Say, path: str, rank: Rank) -> None:
    reply = await say("ann", path, rank=rank, mend="sure", n=1000)
    assert (reply.error, reply.private, reply.text) == (True, True, f"/{path} is for the creator only.")


# ---------------------------------------------------------------------- /revenue


async def test_revenue_shows_every_figure(app: App, say: Say, shop: None, tell: Callable[..., Any]) -> None:
    await tell("ann", sold("ann"), paid=1000)
    await tell("bo", sold("bo", renews=False), sold("bo", as_of=START - timedelta(days=5)), paid=1000, back=400)
    stars = sold("cy", price=Price(amount=500, currency="xtr"), id="stars:7")
    await tell("cy", stars, paid=500)
    course = sold("陈默", plan="course", months=0, renews=False, until=None, price=Price(amount=4900, currency="gbp"))
    await tell("陈默", course, paid=4900)
    await app.store.write(inbox.set_cursor, "job:reconcile", int((START - timedelta(minutes=4)).timestamp()))
    reply = await say("ann", "revenue", rank=Rank.CREATOR)
    assert reply.title == "Revenue of Reading circle"
    assert reply.text == (
        "2026-10-22 12:00 – 2026-11-21 12:00 UTC\n"
        "Counted just now from what is stored; all times are UTC. "
        "The payment providers were last asked for what was missed at 2026-11-21 11:56.\n"
        "⚠️ Amounts without a rate stand apart, in their own currency. [membership.rates] in the rules gives one."
    )
    assert values(reply) == {
        "Monthly recurring revenue (MRR)": "$26.50",
        "Committed MRR": "$16.50",
        "R: subscriptions and courses": "$26.50 + £49.00",
        "One-off purchases": "$0.00 + £49.00",
        "Subscribers": "3",
        "Subscriptions": "3",
        "New": "3",
        "Returned": "0",
        "Churned": "0",
        "of these refunded": "0",
        "of these disputed": "0",
        "Cancelled": "1",
        "Payments failed": "0",
        "Recovered": "0",
        "In trial": "0",
        "Trial conversion": "–",
        "Churn rate": "–",
        "Average revenue per subscriber (ARPU)": "$8.83",
        "Lifetime value (LTV)": "–",
        "Paid": "$26.50 + £49.00",
        "Refunds": "$4.00",
        "Disputes": "$0.00",
        "Net": "$22.50 + £49.00",
    }
    assert rows(reply) == [
        ("Gold", "3", "$26.50", "$26.50", "$22.50"),
        ("Course", "0", "$0.00", "$0.00 + £49.00", "$0.00 + £49.00"),
        ("by stripe", "2", "$20.00", "$26.50 + £49.00", "$22.50 + £49.00"),
        ("by stars", "1", "$6.50", "$0.00", "$0.00"),
    ]


async def test_revenue_remembers_what_was_told_before(say: Say, shop: None, tell: Callable[..., Any]) -> None:
    """History is read from the log: the latest truth alone would not know that there was a trial, or a failure."""
    trial = sold("ann", status="trialing", since=START - timedelta(days=9), as_of=START - timedelta(days=9))
    trial = replace(trial, trial_until=START - timedelta(days=2), until=START - timedelta(days=2))
    await tell(
        "ann", trial, replace(trial, status="active", as_of=START - timedelta(days=2), until=START + timedelta(days=28))
    )
    failed = sold("bo", status="past_due", since=START - timedelta(days=40), until=START - timedelta(days=5))
    before = replace(failed, status="active", as_of=START - timedelta(days=40))
    late = replace(failed, status="active", until=START + timedelta(days=25), as_of=START - timedelta(days=1))
    await tell("bo", before, replace(failed, as_of=START - timedelta(days=5)), late)
    shown = values(await say("ann", "revenue", rank=Rank.CREATOR, days="7"))
    assert {
        name: shown[name] for name in ("New", "Trial conversion", "Payments failed", "Recovered", "Churn rate")
    } == {
        "New": "1",
        "Trial conversion": "100.0 %",
        "Payments failed": "1",
        "Recovered": "1",
        "Churn rate": "0.0 %",
    }
    assert values(await say("ann", "revenue", rank=Rank.CREATOR, days="1"))["Recovered"] == "0"


async def test_nothing_was_sold_yet(say: Say) -> None:
    reply = await say("ann", "revenue", rank=Rank.CREATOR)
    assert (values(reply)["Monthly recurring revenue (MRR)"], reply.table) == ("$0.00", None)
    assert "without a rate" not in reply.text
    assert "last asked" not in reply.text


async def test_every_figure_is_defined_at_the_press_of_a_button(say: Say) -> None:
    reply = await say("ann", "revenue", rank=Rank.CREATOR, days=90)
    button = reply.buttons[0][0]
    assert button.label == "Definitions"
    told = await say("ann", button.command, rank=Rank.CREATOR, **button.options)
    assert values(told) == {one.title: one.definition for one in FIGURES}
    assert told.text == EXCHANGE
    back = told.buttons[0][0]
    assert (back.command, back.options) == ("revenue", {"days": 90})


def test_the_definitions_are_in_the_documentation() -> None:
    text = " ".join((ROOT / "docs" / "money.md").read_text(encoding="utf-8").split())
    missing = [one.title for one in FIGURES if f"| {one.title} | {one.definition} |" not in text]
    assert missing == []
    assert EXCHANGE in text
    assert len({one.name for one in FIGURES}) == len({one.title for one in FIGURES}) == len(FIGURES) == 23


async def test_the_file_has_every_figure_as_a_number(say: Say, shop: None, tell: Callable[..., Any]) -> None:
    await tell("ann", sold("ann", months=12), paid=1000, back=1500)
    table = lines(await say("ann", "revenue", rank=Rank.CREATOR, show="file"))
    assert table[0] == ["of", "name", "value", "unit", "definition"]
    figures = {row[1]: (row[2], row[3]) for row in table if row[0] == "figure"}
    assert set(figures) == {one.name for one in FIGURES}
    assert (figures["mrr"], figures["net"], figures["new"]) == (("0.83", "USD"), ("-5.00", "USD"), ("1", "count"))
    assert ["plan gold", "gross", "10.00", "USD", ""] in table
    assert ["period", "end", "2026-11-21T12:00:00+00:00", "UTC", ""] in table


# ---------------------------------------------------------------------- /members


async def test_members_are_listed_with_their_standing(
    app: App, say: Say, shop: None, clock: Clock, tell: Callable[..., Any]
) -> None:
    app.join(FakePort("playground"))
    await tell("bo", sold("bo", renews=False), paid=1000)
    await tell("ann", sold("ann"), paid=1000, back=250)
    await tell("cy", sold("cy", status="refunded"))
    await settle(app, clock)
    reply = await say("ann", "members", rank=Rank.CREATOR)
    assert (reply.title, reply.text) == ("Members of Reading circle", "3 subscriptions")
    assert rows(reply) == [
        ("Ann", "Gold", "active", "Dec 18, 2026", "Nov 18, 2026", "$7.50", "Playground"),
        ("Bo", "Gold", "cancelled, open until its date", "Dec 18, 2026", "Nov 18, 2026", "$10.00", "Playground"),
        ("Cy", "Gold", "refunded", "Dec 18, 2026", "Nov 18, 2026", "–", "–"),
    ]


async def test_members_are_picked_by_plan_and_standing(say: Say, shop: None, tell: Callable[..., Any]) -> None:
    await tell("ann", sold("ann"))
    await tell("bo", sold("bo", plan="course", months=0, renews=False, until=None))
    for options, names in (
        ({"plan": "gold"}, ["Ann"]),
        ({"plan": " GO* "}, ["Ann"]),
        ({"plan": "c*", "standing": "active"}, ["Bo"]),
        ({"standing": "active"}, ["Ann", "Bo"]),
    ):
        assert [row[0] for row in rows(await say("ann", "members", rank=Rank.CREATOR, **options))] == names
    nobody = await say("ann", "members", rank=Rank.CREATOR, standing="paused")
    assert (nobody.text, nobody.table) == ("Nobody has such a subscription.", None)


async def test_many_members_are_turned_by_the_page(say: Say, shop: None, tell: Callable[..., Any]) -> None:
    name = "a-plan-with-quite-a-long-name-x32"
    await tell("ann", *[sold("ann", id=f"stripe:{n:02}", plan=name) for n in range(23)])
    reply = await say("ann", "members", rank=Rank.CREATOR, plan=name, standing="active", page=9)
    assert len(rows(reply)) == 3
    assert [(one.label, one.off) for one in reply.buttons[0]] == [("◀", False), ("3 / 3", False), ("▶", True)]
    assert all(len(code(one)) <= 64 for row in reply.buttons for one in row)
    back = reply.buttons[0][0]
    assert len(rows(await say("ann", back.command, rank=Rank.CREATOR, **back.options))) == 10
    whole = reply.buttons[1][0]
    assert len(lines(await say("ann", whole.command, rank=Rank.CREATOR, **whole.options))) == 1 + 23


async def test_no_cell_of_the_file_is_a_formula(app: App, say: Say, shop: None, tell: Callable[..., Any]) -> None:
    who = replace(account("ann"), name='=HYPERLINK("https://example.org")')
    await app.submit([MessagePosted(key="m", at=START, who=who, channel="c", text=features("hi"))])
    await tell("ann", sold("ann", plan="+gold"), paid=1000)
    header, row = lines(await say("ann", "members", rank=Rank.CREATOR, csv="yes"))
    assert dict(zip(header, row, strict=True)) == {
        "member": "1",
        "name": '\'=HYPERLINK("https://example.org")',
        "accounts": "playground:ann",
        "subscription": "stripe:sub_ann",
        "plan": "'+gold",
        "standing": "active",
        "since": "2026-11-18T12:00:00+00:00",
        "until": "2026-12-18T12:00:00+00:00",
        "renews": "yes",
        "paid": "10.00 USD",
        "is_in": "",
    }


@pytest.mark.parametrize(
    ("value", "written"),
    [
        *[(f"{mark}1+1", f"'{mark}1+1") for mark in "=+-@\t\r"],
        *[(" =1", "' =1"), ("＝1", "'＝1"), ("-", "'-"), ("-5.00", "-5.00"), ("a=1", "a=1"), ("", ""), ("\0=1", "'=1")],
    ],
)
def test_a_cell_that_begins_as_a_formula_does_is_text(value: str, written: str) -> None:
    assert cell(value) == written


# ---------------------------------------------------------------------- /audit


async def grant_of(app: App, user: str) -> list[tuple[str, str]]:
    query = select(GRANTS.c.status, GRANTS.c.why).where(GRANTS.c.user == user)
    return await app.store.read(lambda connection: [tuple(row) for row in connection.execute(query)])


async def posted(app: App) -> int:
    return await app.store.read(lambda connection: len(connection.execute(select(OUTBOX.c.id)).all()))


async def test_all_is_well(app: App, say: Say, shop: None, clock: Clock, tell: Callable[..., Any]) -> None:
    app.join(FakePort("playground"))
    await tell("ann", sold("ann"))
    await settle(app, clock)
    reply = await say("ann", "audit", rank=Rank.CREATOR)
    assert reply.text == "✅ All is well: whoever pays is in, and whoever is in may be."


async def test_an_audit_finds_both_ways_and_changes_nothing(
    app: App, say: Say, shop: None, clock: Clock, tell: Callable[..., Any]
) -> None:
    port = FakePort("playground")
    port.before = refusing("ann", "the role is above mine: move it down")
    app.join(port)
    await tell("ann", sold("ann", months=3, price=Price(amount=2700, currency="usd")))
    await settle(app, clock)
    await tell("bo", sold("bo", status="trialing", trial_until=START + timedelta(days=27)))
    await settle(app, clock)
    port.found.add(("cy", "channel:c9"))
    await tell("cy", sold("cy"))
    await settle(app, clock)
    await tell("cy", sold("cy", status="ended", as_of=START))
    await settle(app, clock)
    before = await posted(app)
    reply = await say("ann", "audit", rank=Rank.CREATOR)
    assert reply.title == "Audit of Reading circle"
    assert values(reply) == {
        "Pays and is not in": "1 member, $9.00",
        "Is in by right and does not pay": "1 member, $10.00",
    }
    assert rows(reply) == [
        (
            "Ann",
            "Pays and is not in",
            "I could not let them in: the role is above mine: move it down",
            "channel c9 (Playground)",
            "$9.00",
        ),
        ("Bo", "Is in by right and does not pay", "in a trial", "channel c9 (Playground)", "$10.00"),
    ]
    assert [(one.label, one.command, one.options) for one in reply.buttons[0]] == [
        ("Mend it for 1 member", "audit", {"mend": "yes"})
    ]
    assert await posted(app) == before


async def test_an_audit_asks_the_platform_who_is_in(
    app: App, say: Say, shop: None, clock: Clock, tell: Callable[..., Any]
) -> None:
    port = FakePort("playground")
    app.join(port)
    await tell("ann", sold("ann"))
    await settle(app, clock)
    port.holders = {"channel:c9": {"cy", "nobody", "ghost"}}
    reply = await say("ann", "audit", rank=Rank.CREATOR)
    assert reply.text == (
        "Nothing has been changed: this is what was found. Money is of a month.\n"
        "Compared with who is in on Playground at this moment.\n"
        "2 accounts that I do not know are in, too."
    )
    assert [row[:3] for row in rows(reply)] == [
        ("Ann", "Pays and is not in", "never given, or lost"),
        ("Cy", "Let in by hand, left alone", "somebody else let them in"),
    ]


async def test_one_button_mends_and_a_second_press_changes_nothing(
    app: App, say: Say, shop: None, clock: Clock, tell: Callable[..., Any]
) -> None:
    port = FakePort("playground")
    port.before = refusing("ann", "not now")
    app.join(port)
    await tell("ann", sold("ann"))
    await settle(app, clock)
    assert await grant_of(app, "ann") == [("blocked", "not now")]
    port.before = lambda task: None
    button = (await say("ann", "audit", rank=Rank.CREATOR)).buttons[0][0]
    done = await say("ann", button.command, rank=Rank.CREATOR, **button.options)
    assert (done.text, done.replaces) == ("1 change is on its way. /audit shows in a moment what is left.", True)
    await settle(app, clock)
    assert await grant_of(app, "ann") == [("granted", "")]
    before = await posted(app)
    again = await say("ann", button.command, rank=Rank.CREATOR, **button.options)
    assert again.error
    assert again.text.startswith("There is nothing to mend")
    assert await posted(app) == before


async def test_what_we_gave_and_nobody_may_have_is_taken_and_what_others_gave_is_left(
    app: App, say: Say, shop: None, clock: Clock, tell: Callable[..., Any]
) -> None:
    port = FakePort("playground")
    app.join(port)
    await tell("ann", sold("ann"))
    await tell("bo", sold("bo"))
    await settle(app, clock)
    left: tuple[tuple[str, Status], ...] = (("ann", "granted"), ("bo", "found"))
    for user, status in left:
        await tell(user, sold(user, status="ended", as_of=START))
        await settle(app, clock)
        place = ("playground", "channel:c9", user, 1)
        await app.store.write(grants.settle, place, status, START)
    reply = await say("ann", "audit", rank=Rank.CREATOR)
    assert [(row[0], row[1], row[4]) for row in rows(reply)] == [
        ("Ann", "Is in and should not be", "$10.00"),
        ("Bo", "Let in by hand, left alone", "$10.00"),
    ]
    port.performed.clear()
    await say("ann", "audit", rank=Rank.CREATOR, mend="yes")
    await settle(app, clock)
    assert [(type(task.effect).__name__, task.account.user) for task in port.performed] == [("RevokeAccess", "ann")]
    assert [await grant_of(app, user) for user in ("ann", "bo")] == [[("gone", "")], [("found", "")]]


async def test_a_mass_change_is_asked_about_with_its_size(app: App, say: Say, tell: Callable[..., Any]) -> None:
    await app.amend(1, GOLD)
    await _crowd(app, 7)
    await app.store.write(_bind_silently)
    before = await posted(app)
    first = await say("ann", "audit", rank=Rank.CREATOR, mend="yes")
    assert first.text == ("This changes the access of 7 of 11 members (7 ways in to open, 0 to close). Shall I do it?")
    assert await posted(app) == before
    fewer = await say("ann", "audit", rank=Rank.CREATOR, mend="sure", n=6)
    assert (fewer.text, await posted(app)) == (first.text, before)
    button = first.buttons[0][0]
    assert (button.label, button.options) == ("Yes, for 7 members", {"mend": "sure", "n": 7})
    done = await say("ann", button.command, rank=Rank.CREATOR, **button.options)
    assert done.text == "7 changes are on their way. /audit shows in a moment what is left."
    assert await posted(app) == before + 7


async def test_a_long_audit_is_turned_by_the_page(app: App, say: Say) -> None:
    await app.amend(1, GOLD)
    await _crowd(app, 23)
    await app.store.write(_bind_silently)
    reply = await say("ann", "audit", rank=Rank.CREATOR, page=2)
    assert [row[0] for row in rows(reply)] == ["Crowd 7", "Crowd 8", "Crowd 9"]
    assert values(reply) == {"Pays and is not in": "23 members, $230.00"}
    assert [one.label for row in reply.buttons for one in row] == ["◀", "2 / 2", "▶", "Mend it for 23 members"]


async def _crowd(app: App, size: int) -> None:
    """Paying members who come while nothing is behind the gate."""
    await app.submit(
        [
            SubscriptionChanged(
                key=f"crowd:{n}",
                at=START,
                who=Account(platform="playground", space="s", user=f"c{n}", name=f"Crowd {n}"),
                subscription=sold(f"crowd{n}"),
            )
            for n in range(size)
        ]
    )


def _bind_silently(connection: Connection) -> None:
    """Put a channel behind the gate as if its effects had been lost."""
    place = {"gate": "vip", "platform": "playground", "space": "s", "kind": "channel", "target": "c9"}
    connection.execute(insert(gates.GATES).values(community_id=1, **place))
