"""Learning from a community's own log and estimating by it: what holds, what is too little, and who is left out."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from math import log

import numpy as np
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from bot import training
from bot.apart import ApartError, Tell, quietly
from bot.app import App
from bot.engine.activity import instant, micros
from bot.engine.churn.calibration import Calibration
from bot.engine.churn.features import features
from bot.engine.churn.forest import Forest, Tree
from bot.engine.churn.learning import Learnt, silences_of
from bot.engine.churn.model import Model, of_prior
from bot.engine.churn.snapshots import present
from bot.engine.churn.training import LAPSED, SILENT
from bot.engine.segments.naming import SEGMENTS
from bot.events import Account, EstimatesChosen, Event, MemberLeft, MessagePosted, SubscriptionChanged, person
from bot.jobs import estimate as estimate_all
from bot.jobs import train as train_all
from bot.sales import Price, Subscription
from bot.storage import activity, models, scores, segments
from bot.storage.store import Connection, Store
from bot.text import Features
from bot.till import Till
from bot.words import replace, to_json
from tests import snapshots
from tests.conftest import Clock
from tests.engine.churn.people import community

PEOPLE = community(3, members=150, days=330)
DAY = timedelta(days=1)
END = instant(int(PEOPLE.at[-1]) + 1)


def account(member: int) -> Account:
    return Account(platform="discord", space="g", user=f"u{member}", name=f"m{member}")


def messages(last: int | None = None) -> list[Event]:
    """What the people wrote, some of it naming others, who may not have come yet."""
    return [
        MessagePosted(
            key=f"discord:message:{n}",
            at=instant(int(PEOPLE.at[n])),
            who=account(int(PEOPLE.member[n])),
            channel=f"c{n % 3}",
            text=Features(length=5, question=bool(PEOPLE.question[n])),
            mentions=(person("discord", f"u{1 + n % 150}"),) if n % 5 == 0 else (),
        )
        for n in range(len(PEOPLE.at) if last is None else last)
    ]


@pytest_asyncio.fixture
async def talk(app: App, clock: Clock) -> AsyncIterator[App]:
    """An app whose community has talked for eleven months, up to now."""
    clock.now = END
    await app.submit(messages())
    yield app


async def train(app: App, now: datetime) -> Sequence[Learnt]:
    return await training.train(app.store, 1, now, quietly)


async def who(app: App, member: int) -> Account:
    """The account of a member."""
    return account(int((await app.store.read(activity.names, 1))[member][1:]))


@pytest.mark.one_database
async def test_a_community_has_a_model_of_its_own_and_everybody_an_estimate(talk: App) -> None:
    silent, lapsed = await train(talk, END)
    assert (silent.target, silent.report is not None, lapsed.model, lapsed.rows) == (SILENT, True, None, 0)
    assert silent.rows > 100
    stored = await talk.store.read(models.newest, 1, SILENT)
    assert stored is not None
    assert (stored.at, stored.report["rows"], stored.report["left"]) == (END, silent.rows, silent.left)
    lines = [line["model"] for line in stored.report["report"]["lines"]]
    assert lines[:3] == ["recency", "A(t), half-life 28 days", "A(t), half-life 60 days"]
    assert await talk.store.read(models.newest, 1, LAPSED) is None
    told = await training.estimate(talk.store, 1, END, quietly)
    log = await talk.store.read(activity.read, 1)
    asked = present(log, micros(END))
    found = await talk.store.read(scores.risky, 1, SILENT, 1000)
    assert sorted(one.member for one in found) == asked.tolist()
    assert [one.p for one in found] == sorted((one.p for one in found), reverse=True)
    assert all(0 < one.p < 1 for one in found)
    assert told == len(np.unique(log.member)) == sum((await talk.store.read(segments.sizes, 1)).values())
    assert set(await talk.store.read(segments.sizes, 1)) <= set(SEGMENTS)
    assert await training.estimated_at(talk.store, 1) == END.replace(microsecond=0)


@pytest.mark.one_database
async def test_whoever_forbids_it_has_no_estimate_and_is_learnt_from_no_more(talk: App) -> None:
    await training.estimate(talk.store, 1, END, quietly)
    one = (await talk.store.read(scores.risky, 1, SILENT, 1))[0].member
    theirs = await who(talk, one)
    others = {other.member for other in await talk.store.read(scores.risky, 1, SILENT, 1000)} - {one}
    await talk.submit([EstimatesChosen(key="no", at=END, who=theirs, wanted=False)])
    assert await talk.store.read(scores.without, 1) == [one]
    # Gone with the very transaction, and only what is theirs.
    assert await talk.store.read(scores.of_member, one) == {}
    assert await talk.store.read(segments.of_member, one) is None
    assert {other.member for other in await talk.store.read(scores.risky, 1, SILENT, 1000)} == others
    log = await talk.store.read(activity.read, 1)
    rows, _ = silences_of(log, micros(END), quietly, np.array([one]))
    assert one in log.member
    assert len(rows) > 0
    assert one not in rows.member
    await training.estimate(talk.store, 1, END, quietly)
    assert await talk.store.read(scores.of_member, one) == {}
    assert await talk.store.read(segments.of_member, one) is None
    await talk.submit([EstimatesChosen(key="yes", at=END, who=theirs, wanted=True)])
    await training.estimate(talk.store, 1, END, quietly)
    assert set(await talk.store.read(scores.of_member, one)) == {SILENT}


@pytest.mark.one_database
async def test_who_forbids_it_while_it_is_worked_out_has_none_either(talk: App) -> None:
    found = training.estimated(quietly, talk.store.address, 1, END)
    one = found.scored[SILENT][0].member
    theirs = await who(talk, one)
    await talk.submit([EstimatesChosen(key="no", at=END, who=theirs, wanted=False)])
    await talk.store.write(scores.put, 1, SILENT, END, found.scored[SILENT])
    await talk.store.write(segments.put, 1, END, found.placed)
    assert await talk.store.read(scores.of_member, one) == {}
    assert await talk.store.read(segments.of_member, one) is None
    assert await talk.store.read(scores.count, 1, SILENT) == len(found.scored[SILENT]) - 1


@pytest.mark.one_database
async def test_who_left_is_gone_and_at_no_risk(talk: App) -> None:
    one = training.estimated(quietly, talk.store.address, 1, END).scored[SILENT][0].member
    theirs = await who(talk, one)
    await talk.submit([MemberLeft(key="left", at=END, who=theirs)])
    later = END + timedelta(days=1)
    await training.estimate(talk.store, 1, later, quietly)
    assert await talk.store.read(scores.of_member, one) == {}
    standing = await talk.store.read(segments.of_member, one)
    assert standing is not None
    assert (standing.segment, standing.since) == ("gone", later)


@pytest.mark.one_database
async def test_a_segment_holds_since_it_was_entered(talk: App) -> None:
    await training.estimate(talk.store, 1, END, quietly)
    before = {one.member: one for one in await talk.store.read(segments.of_community, 1)}
    held = await talk.store.read(models.newest, 1, training.SEGMENTS)
    later = END + timedelta(days=2)
    await training.estimate(talk.store, 1, later, quietly)
    after = {one.member: one for one in await talk.store.read(segments.of_community, 1)}
    stayed = [one for one in after if after[one].segment == before[one].segment]
    moved = set(after) - set(stayed)
    assert len(stayed) > 0.9 * len(after)
    assert {after[one].since for one in stayed} == {END}
    assert {(after[one].since, after[one].before) for one in moved} <= {(later, before[one].segment) for one in moved}
    assert await talk.store.read(models.newest, 1, training.SEGMENTS) == held  # not a week has passed
    await training.estimate(talk.store, 1, END + timedelta(days=7), quietly)
    assert await talk.store.read(models.when, 1, training.SEGMENTS) == END + timedelta(days=7)


@pytest.mark.one_database
async def test_with_nothing_of_its_own_a_community_is_given_the_prior(app: App, clock: Clock) -> None:
    first = messages(30)
    clock.now = now = first[-1].at + timedelta(seconds=1)
    await app.submit(first)
    silent, _ = await train(app, now)
    assert silent.model is not None
    assert (silent.rows, silent.model.rows, silent.report) == (0, 0, None)
    assert "freeCodeCamp" in silent.model.prior
    await training.estimate(app.store, 1, now, quietly)
    assert await app.store.read(scores.count, 1, SILENT) == len({event.who.user for event in first})  # type: ignore[union-attr]
    assert await app.store.read(models.newest, 1, training.SEGMENTS) is None  # fewer than make groups


def renewals(until: datetime) -> list[Event]:
    """Seventy members pay by the month; who was not active in the fortnight before a date lets it pass."""
    told: list[Event] = []
    for member in range(1, 71):
        acts = PEOPLE.at[PEOPLE.member == member]
        due, number = instant(int(acts[0])) + timedelta(days=1), 0
        first = due
        while due <= until and (number == 0 or ((acts > micros(due - 14 * DAY)) & (acts < micros(due))).any()):
            number, paid = number + 1, due
            due += 28 * DAY
            subscription = Subscription(
                id=f"fake:{member}", plan="pro", status="active", since=first, as_of=paid, until=due, renews=True,
                months=1, price=Price(amount=900, currency="usd"),
            )  # fmt: skip
            told.append(SubscriptionChanged(key=f"sub:{member}:{number}", at=paid, who=account(member),
                                            subscription=subscription))  # fmt: skip
    return told


@pytest.mark.one_database
async def test_renewals_are_learnt_and_those_of_the_next_week_estimated(talk: App) -> None:
    told = renewals(END)
    await talk.submit(told)
    _, lapsed = await train(talk, END)
    assert lapsed.model is not None
    assert lapsed.model.target == LAPSED
    assert lapsed.model.prior.startswith("a guess: half of what speaks for silence by the public chat of freeCodeCamp")
    assert lapsed.rows > 100
    assert lapsed.report is not None
    scored = {line.model: line.scores for line in lapsed.report.lines}["own rows only"]
    assert (scored.auc > 0.9, scored.brier < 0.15) == (True, True)
    await training.estimate(talk.store, 1, END, quietly)
    found = await talk.store.read(scores.risky, 1, LAPSED, 100)
    ends = {event.who.user: event.subscription.until for event in told if isinstance(event, SubscriptionChanged)}
    soon = {user for user, until in ends.items() if until and END - 3 * DAY < until <= END + 7 * DAY}
    assert {(await who(talk, one.member)).user for one in found} == soon
    assert len(soon) > 3
    last = [int(PEOPLE.at[PEOPLE.member == int(one.name[1:])][-1]) for one in found]
    half = len(found) // 2
    assert np.mean(last[:half]) < np.mean(last[half:])  # those more likely to lapse were silent for longer
    paying = [one.member for one in await talk.store.read(segments.of_community, 1) if one.facts.paying]
    assert len(paying) == sum(until > END for until in ends.values() if until)


@pytest.mark.one_database
async def test_a_model_that_does_not_fit_any_more_gives_way_to_the_prior(talk: App) -> None:
    await talk.store.write(models.put, 1, SILENT, END, b"{}", {})
    await training.estimate(talk.store, 1, END, quietly)
    assert await talk.store.read(scores.count, 1, SILENT) > 0
    assert await talk.store.read(training.held, 1, SILENT) is None


def surely(p: float) -> Model:
    """A model that says the same of everybody."""
    model = of_prior(training.shipped_prior())
    nothing = (0.0,) * len(model.logistic.weights)
    return replace(model, logistic=replace(model.logistic, weights=nothing, intercept=log(p / (1 - p))))


@pytest.mark.one_database
@pytest.mark.parametrize("damage", ["cut off", "another target", "no calibration", "a tree without end"])
async def test_where_the_newest_model_is_damaged_yesterdays_holds(app: App, damage: str) -> None:
    first = messages(30)
    now = first[-1].at + timedelta(seconds=1)
    await app.submit(first)
    round_ = Tree(feature=(0, -2), threshold=(0.0, 0.0), left=(0, 0), right=(1, 1), value=(0.5, 0.5))
    newest = {
        "cut off": to_json(surely(0.75))[:-40],
        "another target": to_json(replace(surely(0.75), target=LAPSED)),
        "no calibration": to_json(replace(surely(0.75), calibration=Calibration(kind="isotonic"))),
        "a tree without end": to_json(replace(surely(0.75), forest=Forest(trees=(round_,)))),
    }[damage]
    await app.store.write(models.put, 1, SILENT, now - DAY, to_json(surely(0.25)), {"rows": 7})
    await app.store.write(models.put, 1, SILENT, now, newest, {"rows": 8})
    with capture_logs() as logged:
        await training.estimate(app.store, 1, now, quietly)
    assert {one.p for one in await app.store.read(scores.risky, 1, SILENT)} == {0.25}
    assert any("what was before it stands in" in line["event"] for line in logged)
    held = await app.store.read(training.held, 1, SILENT)
    assert held is not None
    assert (held.at, held.report) == (now - DAY, {"rows": 7})


@pytest.mark.one_database
async def test_who_asks_in_one_community_waits_for_no_other(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    began, go_on, worked = asyncio.Event(), asyncio.Event(), []
    whole = training.estimate

    async def slow(store: Store, community: int, now: datetime, tell: Tell) -> int:
        worked.append(community)
        if community == 1:
            began.set()
            await go_on.wait()
        return await whole(store, community, now, tell)

    monkeypatch.setattr(training, "estimate", slow)
    await app.submit([*messages(3), replace(messages(1)[0], key="h", who=replace(account(1), space="h"))])
    now = messages(3)[-1].at + DAY
    async with asyncio.TaskGroup() as group:
        group.create_task(app.estimates.fresh(1, now))
        await began.wait()
        group.create_task(app.estimates.fresh(1, now))
        await app.estimates.fresh(2, now)
        assert await training.estimated_at(app.store, 2) == now.replace(microsecond=0)
        assert await training.estimated_at(app.store, 1) is None
        go_on.set()
    assert worked == [1, 2]


@pytest.mark.one_database
@pytest.mark.parametrize("stored", [b"{}", b'{"mean":[0],"scale":[1],"centroids":[[0]],"names":["regular"]}'])
async def test_groups_that_do_not_fit_any_more_are_made_anew(talk: App, stored: bytes) -> None:
    await talk.store.write(models.put, 1, training.SEGMENTS, END, stored, {})
    told = await training.estimate(talk.store, 1, END, quietly)
    assert told == len(await talk.store.read(segments.of_community, 1)) > 0


async def test_nobody_is_nobody(app: App, clock: Clock) -> None:
    await app.submit([MemberLeft(key="left", at=clock(), who=account(1))])
    now = clock.advance(days=1)
    await train(app, now)
    assert await training.estimate(app.store, 1, now, quietly) == 1
    assert await app.store.read(segments.sizes, 1) == {"gone": 1}
    assert await app.store.read(scores.when, 1, SILENT) is None


async def test_what_is_written_is_written_on_both_databases(app: App, clock: Clock) -> None:
    await app.submit(messages(60))
    now = messages(60)[-1].at + timedelta(seconds=1)
    await training.estimate(app.store, 1, now, quietly)
    before = await app.store.read(snapshots.everything)
    await training.estimate(app.store, 1, now, quietly)
    scored = await app.store.read(scores.risky, 1, SILENT, 5)
    assert len(scored) == 5
    assert [one.member for one in await app.store.read(scores.likely, 1, SILENT, scored[2].p)] == [
        one.member for one in scored[:3]
    ]
    sizes = await app.store.read(segments.sizes, 1)
    assert [len(await app.store.read(segments.members_of, 1, [name])) for name in sizes] == list(sizes.values())
    assert len(before) == len(await app.store.read(snapshots.everything))
    await app.store.write(segments.forget, [scored[0].member])
    assert await app.store.read(scores.of_member, scored[0].member) == {}
    assert await app.store.read(segments.of_member, scored[0].member) is None


@pytest.mark.one_database
async def test_what_is_read_before_an_instant_says_what_all_of_it_says(app: App, clock: Clock) -> None:
    """The law, through the database: who was named before they came is nobody yet, whatever is known of them later."""
    half = len(PEOPLE.at) // 2
    at = int(PEOPLE.at[half])

    def told(connection: Connection) -> tuple[np.ndarray, dict[str, int]]:
        log = activity.read(connection, 1)
        who = {name: member for member, name in activity.names(connection, 1).items()}
        return features(log, at, present(log, at)), {name: who[name] for name in sorted(who)}

    everything = messages()
    await app.submit([one for one in everything if micros(one.at) < at])
    cut, knew = await app.store.read(told)
    await app.submit([one for one in everything if micros(one.at) >= at])
    whole, knows = await app.store.read(told)
    assert len(knows) > len(knew)
    assert cut.shape == whole.shape
    np.testing.assert_array_equal(cut, whole)


@pytest.mark.one_database
async def test_the_jobs_do_it_for_every_community_and_what_fails_in_one_is_of_that_one(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(account(1), space="h")
    await app.submit([*messages(3), replace(messages(1)[0], key="discord:message:h", who=other)])
    now = messages(3)[-1].at + DAY
    assert (await train_all(Till(app), now, None), await estimate_all(Till(app), now, None)) == (2, 2)
    assert [await training.estimated_at(app.store, number) for number in (1, 2)] == [now.replace(microsecond=0)] * 2
    broken = training.estimated

    def fail(tell: Tell, address: str, number: int, at: datetime) -> training.Estimates:
        if number == 1:
            raise ApartError("as told")
        return broken(tell, address, number, at)

    monkeypatch.setattr(training, "estimated", fail)
    assert await estimate_all(Till(app), now + DAY, None) == 1
    assert [await training.estimated_at(app.store, number) for number in (1, 2)] == [
        now.replace(microsecond=0),
        (now + DAY).replace(microsecond=0),
    ]
