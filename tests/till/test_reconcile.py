"""Reconciliation: what was missed is found, a second pass changes nothing, and too much waits for the creator."""

import functools
from datetime import timedelta

from bot.app import App
from bot.effects import Alert, GrantAccess
from bot.events import Account
from bot.notices import words
from bot.payments import Busy, Unable
from bot.storage import grants, members, repair
from bot.storage.members import Profile
from bot.storage.outbox import Task
from bot.till import Till
from bot.words import replace
from tests.conftest import Clock
from tests.fakes.ports import FakePort
from tests.fakes.providers import FakeProvider
from tests.till.conftest import PRO, Buy, account, again
from tests.till.test_intake import did, settled, subscribed


async def test_a_payment_that_nobody_told_of_is_found(
    app: App, till: Till, provider: FakeProvider, port: FakePort, ann: Profile, buy: Buy, clock: Clock
) -> None:
    await buy(ann, PRO)
    provider.paid(provider.orders[0], clock(), until=clock() + timedelta(days=30))
    done = await till.reconcile(clock())
    assert done.news > 0
    assert (await again(app, ann)).state.membership.plans == ("pro",)
    await settled(app, clock)
    performed = len(port.performed)
    clock.advance(minutes=5)
    again_ = await till.reconcile(clock())
    assert (again_.news, again_.mended, again_.held) == (0, 0, {})
    await settled(app, clock)
    assert len(port.performed) == performed


async def test_a_grant_that_was_blocked_is_tried_again_and_one_that_a_human_took_is_not(
    app: App, till: Till, provider: FakeProvider, port: FakePort, ann: Profile, buy: Buy, clock: Clock
) -> None:
    await subscribed(till, provider, ann, buy, clock)
    await settled(app, clock)
    place = ("discord", "role:r1", "ann", ann.community)
    await app.store.write(grants.settle, place, "blocked", clock(), "move my role up")
    done = await till.reconcile(clock.advance(minutes=5))
    assert done.mended == 1
    await settled(app, clock)
    assert (await app.store.read(grants.of_member, ann.member))[0].status == "granted"
    assert await app.store.write(grants.hold, "discord", "role:r1", "ann", clock()) == 1
    assert (await till.reconcile(clock.advance(minutes=5))).mended == 0


async def test_what_was_found_missing_and_is_not_open_any_more_is_not_given(
    app: App, till: Till, provider: FakeProvider, port: FakePort, ann: Profile, buy: Buy, clock: Clock
) -> None:
    one = await subscribed(till, provider, ann, buy, clock)
    await settled(app, clock)
    await app.store.write(grants.settle, ("discord", "role:r1", "ann", ann.community), "blocked", clock(), "lower it")
    found = await till.reconciliation.differences(ann.community)
    assert [(lack.user, lack.target, lack.kind, lack.status) for lack in found] == [
        ("ann", "role:r1", "missing", "blocked")
    ]
    await till.take([provider.now_is(one, status="ended", renews=False, as_of=clock.advance(hours=1))])
    assert await app.store.write(repair.mend, ann.community, found, clock(), "late") == 0
    await settled(app, clock)
    assert did(port) == ["GrantAccess", "Tell", "Tell"]


async def test_a_provider_that_is_away_is_named_and_the_rest_goes_on(
    app: App, till: Till, provider: FakeProvider, ann: Profile, clock: Clock
) -> None:
    provider.plan.append(Busy("no network"))
    done = await till.reconcile(clock())
    assert done.unreachable == ("fake",)
    assert (await till.reconcile(clock())).unreachable == ()


async def test_too_great_a_change_waits_until_the_creator_says_so(
    app: App, till: Till, provider: FakeProvider, port: FakePort, ann: Profile, buy: Buy, clock: Clock
) -> None:
    everybody = [ann, *[await app.profile(account(f"u{number}")) for number in range(9)]]
    for who in everybody:
        await subscribed(till, provider, who, buy, clock)
    await settled(app, clock)
    let_in = len(port.performed)
    for truth in list(provider.truths.values()):
        provider.now_is(truth.subscription, status="ended", renews=False)
    await app.store.write(members.tell_staff_in, ann.community, "discord", "g/staff")
    done = await till.reconcile(clock.advance(hours=1))
    assert done.held == {ann.community: 10}
    assert (await till.reconcile(clock.advance(minutes=5))).held == {ann.community: 10}
    await settled(app, clock)
    asked = [(task.target, task.effect.values) for task in port.performed if isinstance(task.effect, Alert)]
    assert asked == [("staff", {"n": 10})], "once a day"
    assert words(port.performed[-1]).startswith("⚠️ A correction would change the access of 10 members at once.")
    assert len(port.performed) == let_in + 1
    states = [(await again(app, who)).state.membership.plans for who in everybody]
    assert states == [("pro",)] * 10
    forced = await till.reconcile(clock.advance(minutes=1), community=ann.community, force=True)
    assert forced.held == {}
    await settled(app, clock)
    assert [(await again(app, who)).state.membership.plans for who in everybody] == [()] * 10
    assert await app.store.read(grants.of_community, ann.community) == []


async def test_what_one_creator_agrees_to_is_not_done_in_another_community(
    app: App, till: Till, provider: FakeProvider, port: FakePort, ann: Profile, buy: Buy, clock: Clock
) -> None:
    others = [
        await app.profile(Account(platform="discord", space="elsewhere", user=f"o{number}", name="O"))
        for number in range(10)
    ]
    assert {who.community for who in others}.isdisjoint({ann.community})
    for who in [ann, *others]:
        await subscribed(till, provider, who, buy, clock)
    for truth in list(provider.truths.values()):
        provider.now_is(truth.subscription, status="ended", renews=False)
    done = await till.reconcile(clock.advance(hours=1), community=ann.community, force=True)
    assert done.held == {others[0].community: 10}
    assert (await again(app, ann)).state.membership.plans == ()
    assert [(await again(app, who)).state.membership.plans for who in others] == [("pro",)] * 10


async def test_a_renewal_does_not_wait_with_what_too_many_would_lose(
    app: App, till: Till, provider: FakeProvider, port: FakePort, ann: Profile, buy: Buy, clock: Clock
) -> None:
    everybody = [ann, *[await app.profile(account(f"u{number}")) for number in range(9)]]
    bought = [await subscribed(till, provider, who, buy, clock) for who in everybody]
    for one in bought[1:]:
        provider.now_is(one, status="ended", renews=False)
    later = clock() + timedelta(days=60)
    provider.now_is(bought[0], until=later)
    assert (await till.reconcile(clock.advance(hours=1))).held == {ann.community: 9}
    assert (await again(app, ann)).state.membership.subscriptions[0].until == later
    assert [(await again(app, who)).state.membership.plans for who in everybody] == [("pro",)] * 10


async def test_a_renewal_nobody_told_of_is_asked_after(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    one = await subscribed(till, provider, ann, buy, clock)
    renewed = provider.now_is(one, until=clock() + timedelta(days=60))
    provider.truths = {one.id: replace(renewed, payments=())}
    clock.advance(days=31)
    await till.reconcile(clock())
    state = await app.store.read(members.state, ann.member)
    assert state is not None
    assert state.membership.subscriptions[0].until == one.since + timedelta(days=60)
    assert ("fetch", one.id) in provider.calls


async def test_whoever_lost_what_we_gave_unheard_is_looked_at_again(
    app: App, till: Till, provider: FakeProvider, port: FakePort, ann: Profile, buy: Buy, clock: Clock
) -> None:
    await subscribed(till, provider, ann, buy, clock)
    await settled(app, clock)
    port.holders = {"role:r1": {"ann", "somebody"}}
    await till.reconcile(clock.advance(minutes=5))
    assert port.rechecked == []
    port.holders = {"role:r1": {"somebody"}}
    await till.reconcile(clock.advance(minutes=5))
    assert port.rechecked == [("g", "ann")]
    port.holders = {}
    await till.reconcile(clock.advance(minutes=5))
    assert port.rechecked == [("g", "ann")]


async def test_what_a_human_takes_while_it_is_given_stays_taken(
    app: App, till: Till, provider: FakeProvider, port: FakePort, ann: Profile, buy: Buy, clock: Clock
) -> None:
    def take(task: Task) -> None:
        if isinstance(task.effect, GrantAccess):
            hold = functools.partial(grants.hold, platform="discord", target="role:r1", user="ann", now=clock())
            app.store.writer.submit(app.store.transact, hold).result()

    port.before = take
    await subscribed(till, provider, ann, buy, clock)
    await settled(app, clock)
    assert [grant.status for grant in await app.store.read(grants.of_member, ann.member)] == ["held"]


async def test_one_subscription_the_provider_does_not_know_holds_up_no_other(
    app: App, till: Till, provider: FakeProvider, ann: Profile, buy: Buy, clock: Clock
) -> None:
    bo = await app.profile(account("bo"))
    for who in (ann, bo):
        await subscribed(till, provider, who, buy, clock)
    provider.truths = {
        name: provider.now_is(one.subscription, until=clock() + timedelta(days=60))
        for name, one in provider.truths.items()
    }
    clock.advance(days=31)
    provider.plan.extend([None, Unable("no such subscription")])
    done = await till.reconcile(clock())
    assert (done.unreachable, ("fetch", f"fake:{provider.orders[0].token}") in provider.calls) == ((), True)
