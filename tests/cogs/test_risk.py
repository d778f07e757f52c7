"""/risk, /segments and /profile, as creators and members read them: what is estimated, why, and how it is forbidden."""

import csv
import io
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from bot import training
from bot.apart import ApartError, quietly
from bot.app import App
from bot.commands import Rank
from bot.events import Event, InterestsChosen, MessagePosted, member_account
from bot.reply import Reply
from bot.storage import members, models, scores, segments
from bot.text import features
from tests import snapshots
from tests.cogs.conftest import Say, account, button, labels, press
from tests.conftest import START, Clock

BEGIN = START - timedelta(days=90)
NOW = START


def wrote(user: str, day: float, number: int, text: str = "as I said", topic: str = "") -> MessagePosted:
    return MessagePosted(
        key=f"playground:message:{user}:{number}", at=BEGIN + timedelta(days=day), who=account(user), channel="c",
        topic=topic, text=features(text),
    )  # fmt: skip


@pytest_asyncio.fixture
async def story(app: App) -> None:
    """Ann is there every day; Bo wrote every other day until 20 days ago; Cy came yesterday; Di left off long ago."""
    told: list[Event] = [wrote("ann", day, day, "lovely, thank you") for day in range(90)]
    told += [wrote("bo", day, day) for day in range(0, 71, 2)]
    told += [wrote("bo", 70.5, 700, "how do I begin?", topic="alone")]
    told += [wrote("cy", 89, 1), wrote("di", 1, 1)]
    await app.submit(told)


async def creator(say: Say, path: str, **options: object) -> Reply:
    return await say("ann", path, rank=Rank.CREATOR, **options)


@pytest.mark.usefixtures("story")
async def test_who_is_at_risk_is_told_with_the_reason_and_the_model(say: Say, app: App, clock: Clock) -> None:
    found = await creator(say, "risk")
    assert found.title == "At risk in Reading circle"
    names = [field.name.split(" · ")[0].partition(". ")[2] for field in found.fields]
    assert set(names) == {"Ann", "Bo", "Cy"}
    assert names[-1] == "Ann"
    bo = next(field for field in found.fields if "Bo" in field.name)
    assert "silent for 20 days" in bo.value
    assert "one question unanswered" in bo.value
    assert found.text.splitlines() == [
        "How likely is it that who was active in the last 28 days is not in the next 28?",
        "By what was learnt from other communities: there is too little of your own yet to learn from.",
        "It is an estimate for people to look after people: a reason is no cause, and no fault of theirs.",
    ]
    assert labels(found)[-3:] == ["Slipping away", "What I would write", "CSV"]
    lapsed = await press_as_creator(say, found, "does not renew")
    assert lapsed.fields == ()
    assert lapsed.text.splitlines()[1] == "Nobody has to renew within a week."
    assert "it takes 50 that were due" in lapsed.text
    # What was estimated holds till the next night; who asks much later is told what is so then.
    at = await training.estimated_at(app.store, 1)
    clock.advance(hours=35)
    await creator(say, "risk")
    assert await training.estimated_at(app.store, 1) == at
    clock.advance(hours=2)
    await creator(say, "risk")
    assert await training.estimated_at(app.store, 1) == clock()


@pytest.mark.usefixtures("story")
async def test_what_is_known_is_told_where_estimating_fails_and_that_is_tried_once_an_hour(
    say: Say, app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = (await creator(say, "risk")).fields
    tried = []

    async def fails(_store: object, _community: int, now: datetime, _tell: object) -> int:
        tried.append(now)
        raise ApartError("no memory")

    estimate = training.estimate
    monkeypatch.setattr(training, "estimate", fails)
    first = clock.advance(hours=37)
    assert (await creator(say, "risk")).fields == known
    clock.advance(minutes=59)
    assert (await creator(say, "risk")).fields == known
    assert tried == [first]
    monkeypatch.setattr(training, "estimate", estimate)
    clock.advance(minutes=1)
    await creator(say, "risk")
    assert await training.estimated_at(app.store, 1) == clock()


async def press_as_creator(say: Say, reply: Reply, label: str) -> Reply:
    one = button(reply, label)
    return await say("ann", one.command, rank=Rank.CREATOR, **one.options)


@pytest.mark.usefixtures("story")
async def test_the_list_is_a_file_too(say: Say) -> None:
    found = await press_as_creator(say, await creator(say, "risk"), "CSV")
    assert found.file is not None
    assert found.file.name == "risk-silent-2026-11-21.csv"
    rows = list(csv.DictReader(io.StringIO(found.file.data.decode("utf-8-sig"))))
    assert {row["name"] for row in rows} == {"Ann", "Bo", "Cy"}
    assert [float(row["p"]) for row in rows] == sorted((float(row["p"]) for row in rows), reverse=True)


@pytest.mark.usefixtures("story")
async def test_what_a_model_was_worth_is_said_with_it(say: Say, app: App, clock: Clock) -> None:
    lines = [
        {"model": name, "scores": {"auc": auc, "ece": 0.034, "noise": 0.021}}
        for name, auc in (("recency", 0.71), ("own rows only", 0.9), ("own rows and prior", 0.812))
    ]
    rolled = [{"model": "own rows and prior", "scores": {"auc": 0.8, "ece": 0.027, "noise": 0.012}}]
    report = {"rows": 400, "left": 100, "report": {"lines": lines, "rolled": rolled}}
    prior = await training.train(app.store, 1, clock(), quietly)
    assert prior[0].model is not None
    held = await app.store.read(models.newest, 1, "silent")
    assert held is not None
    await app.store.write(models.put, 1, "silent", clock(), held.data, report)
    assert (await creator(say, "risk")).text.splitlines()[1] == (
        "By a model of Nov 21, 2026, learnt from 400 cases of your community. On later time it put one who left above "
        "one who stayed in 81 of 100 pairs (the rule of long silence alone: 71); its probabilities are off by 2.7 "
        "points on average, of which chance alone makes 1.2."
    )
    # A report of before that was measured each night anew.
    await app.store.write(models.put, 1, "silent", clock(), held.data, report | {"report": {"lines": lines}})
    assert "are off by 3.4 points on average, of which chance alone makes 2.1." in (await creator(say, "risk")).text
    await app.store.write(models.put, 1, "silent", clock(), held.data, {"rows": 60, "left": 9, "report": None})
    assert (await creator(say, "risk")).text.splitlines()[1] == (
        "By a model of Nov 21, 2026, learnt from 60 cases of your community. There are too few yet to measure what it "
        "is worth."
    )


@pytest.mark.usefixtures("story")
async def test_segments_are_shown_with_what_they_mean_and_who_moved(say: Say, app: App, clock: Clock) -> None:
    found = await creator(say, "segments")
    assert found.table is not None
    assert [row[:2] for row in found.table.rows] == [
        ("Newcomers", "1"), ("Regulars", "1"), ("Slipping away", "1"), ("Gone", "1"),
    ]  # fmt: skip
    assert "Slipping away: silent for twice as long as they usually are, and ten days at least" in found.text
    assert "Moved" not in found.text
    slipping = await press_as_creator(say, found, "Slipping away")
    assert slipping.table is not None
    assert slipping.table.rows == (("Bo", "Nov 21, 2026", "20", "5", "no"),)
    clock.advance(days=2)
    await app.submit([wrote("bo", 91, 900)])
    again = await creator(say, "segments")
    assert "Moved in the last 7 days: Slipping away → Regulars: 1" in again.text
    file = (await press_as_creator(say, again, "CSV")).file
    assert file is not None
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(file.data.decode("utf-8-sig")))}
    assert (rows["Bo"]["segment"], rows["Bo"]["before"], rows["Ann"]["active_28"]) == ("regular", "slipping", "26")
    assert int(rows["Ann"]["mood"]) > 50


async def test_where_nobody_is_there_is_nothing_to_show(say: Say) -> None:
    await say("ann", "help")
    assert (await creator(say, "risk")).text.splitlines()[1] == "Nobody was active in the last 28 days."


def of(reply: Reply) -> dict[str, str]:
    return {field.name: field.value for field in reply.fields}


@pytest.mark.usefixtures("story")
async def test_a_member_sees_what_is_known_of_them_and_no_number_of_risk(say: Say, app: App, clock: Clock) -> None:
    await training.estimate(app.store, 1, clock(), quietly)
    wishes = InterestsChosen(key="i", at=clock(), who=member_account(1, 1), topics=("rust", "maths"), goal="rust")
    await app.submit([wishes])
    found = await say("ann", "profile show")
    assert found.private
    assert of(found) == {
        "Activity": "active on 28 of the last 28 days · last active on Nov 20, 2026 · 90 messages · "
        "90 active days in all",
        "Here you are": "You are one of those who keep this place alive.",
        "Interests": "rust, maths · goal: rust",
        "Company": "nobody yet in the last 30 days",
        "Recommended from": "the interests above",
        "How the messages read": "friendly in the last 28 days · a rough guess from words",
        "Subscriptions": "none",
        "Estimates": "Each night it is estimated whether you might leave, for the creator, so that somebody can ask "
        "how you are. You can switch that off, and erase it.",
    }
    assert "%" not in str(found.fields)
    assert (await say("ann", "profile")).fields == found.fields  # as it is typed where commands are
    assert (await press(say, "ann", found, "Correct my interests")).error is False


@pytest.mark.usefixtures("story")
async def test_only_who_may_sees_what_is_known_of_others(say: Say, app: App, clock: Clock) -> None:
    await training.estimate(app.store, 1, clock(), quietly)
    refused = await say("cy", "profile show", member="bo")
    assert (refused.error, refused.text) == (True, "That is for Bo alone. /rank shows what everybody may see.")
    seen = await say("cy", "profile show", member="bo", rank=Rank.MODERATOR)
    assert of(seen)["Segment"] == (
        "Slipping away · since Nov 21, 2026 · here for 90 days · A(t) 10.8 · "
        "in 91 days: 0 answers, 1 questions, 0 lessons and sessions"
    )
    assert "Estimates" not in of(seen)
    assert "Subscriptions" not in of(seen)
    assert labels(seen) == ["Level and points"]
    whole = await say("cy", "profile show", member="bo", rank=Rank.CREATOR)
    assert of(whole)["Estimates"].startswith("falls silent: ")
    assert "silent for 20 days" in of(whole)["Estimates"]
    assert labels(whole) == ["Level and points", "What I would write to them"]
    preview = await say("cy", "nudges preview", rank=Rank.CREATOR, member=f"#{2}")
    assert not preview.error


@pytest.mark.usefixtures("story")
async def test_estimates_are_forbidden_at_once_and_for_good(say: Say, app: App, clock: Clock) -> None:
    await training.estimate(app.store, 1, clock(), quietly)
    bo = await app.store.read(members.find, 1, "playground", "bo")
    assert bo is not None
    asked = await say("bo", "profile estimate")
    done = await press(say, "bo", asked, "Stop that")
    assert done.text.startswith("Done: no estimate of you is left")
    assert await app.store.read(scores.of_member, bo.member) == {}
    assert await app.store.read(segments.of_member, bo.member) is None
    await training.estimate(app.store, 1, clock(), quietly)
    assert "Bo" not in str((await creator(say, "risk")).fields)
    assert of(await say("bo", "profile show"))["Estimates"] == "not estimated, as wished"
    theirs = await say("cy", "profile show", member="bo", rank=Rank.CREATOR)
    assert (of(theirs)["Segment"], of(theirs)["Estimates"]) == ("not estimated, as wished",) * 2
    await press(say, "bo", await say("bo", "profile estimate"), "You may")
    await training.estimate(app.store, 1, clock(), quietly)
    assert set(await app.store.read(scores.of_member, bo.member)) == {"silent"}


@pytest.mark.usefixtures("story")
async def test_what_was_estimated_is_erased_and_nothing_else(say: Say, app: App, clock: Clock) -> None:
    await training.estimate(app.store, 1, clock(), quietly)
    before = await app.store.read(snapshots.everything)
    bo = await app.store.read(members.find, 1, "playground", "bo")
    assert bo is not None
    done = await say("bo", "profile forget")
    assert labels(done) == ["Switch it off"]
    after = await app.store.read(snapshots.everything)
    assert await app.store.read(scores.of_member, bo.member) == {}
    assert await app.store.read(segments.of_member, bo.member) is None
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"scores", "segments"}
