"""/recommend, /interests and the first words of /start, as members read them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, insert
from structlog.testing import capture_logs

from bot import recommending
from bot.apart import ApartError, quietly
from bot.app import App
from bot.commands import Rank
from bot.effects import Nudge
from bot.engine.library import Content, Library
from bot.engine.recommend.model import Model
from bot.engine.recommend.ranking import Reason
from bot.engine.recommend.shelf import Shelf
from bot.engine.recommend.shelf import shelf as really_fitted
from bot.engine.rules import Plan, Rules
from bot.events import Account, ContentDismissed, ContentFinished, ContentOpened, ContentShown, Event, member_account
from bot.i18n import tongue
from bot.recommending import Pick
from bot.storage import library, models, studies
from bot.storage.outbox import OUTBOX
from bot.words import from_json, replace, to_json
from tests import snapshots
from tests.cogs.conftest import Say, button, labels, press, profile
from tests.conftest import START, Clock

pytestmark = pytest.mark.usefixtures("talk")


@pytest.fixture
def rules(rules: Rules) -> Rules:
    return replace(rules, plans=(Plan(name="pro", title="Professional", prices={"usd": 900}, gates=("lab",)),))


async def published(app: App, *titles: str, **more: object) -> list[int]:
    made = []
    for at, title in enumerate(titles):
        item = Content(name=f"{title.lower().replace(' ', '-')}", kind="article", title=title,
                       published_at=START + timedelta(minutes=at), **more)  # type: ignore[arg-type]  # fmt: skip
        made.append((await app.store.write(library.put, 1, item)).id)
    return made


async def did(app: App, user: str, kind: type[ContentOpened] | type[ContentFinished], items: Sequence[int]) -> None:
    who = member_account(1, (await profile(app, user)).member)
    await app.submit([kind(key=f"{kind.__name__}:{user}:{item}", at=START, who=who, item=str(item)) for item in items])


def shown(app: App) -> list[tuple[str, tuple[str, ...]]]:
    """(place, items) of what was shown, in the order heard."""
    told: list[Event] = [from_json(Event, line) for line in app.store.look(snapshots.log, "s")["ann"]]
    return [(one.place, one.items) for one in told if isinstance(one, ContentShown)]


async def test_an_empty_library_says_what_to_do(say: Say) -> None:
    reply = await say("ann", "recommend")
    assert reply.text == "There is nothing in the library yet. There may be something to talk about."
    assert labels(reply) == ["Discussions"]
    creator = await say("ann", "recommend", rank=Rank.CREATOR)
    assert creator.text.startswith("The library is empty: /publish something")


async def test_with_no_past_the_newest_comes_with_its_reason_and_is_noted_as_shown(app: App, say: Say) -> None:
    first, second = await published(app, "Old news", "Fresh news", summary="What happened.")
    reply = await say("ann", "recommend")
    assert reply.title == "For you, Ann"
    assert [(one.name, one.value) for one in reply.fields] == [
        ("📄 Fresh news", "What happened.\n➜ New here"),
        ("📄 Old news", "What happened.\n➜ New here"),
    ]
    assert shown(app) == [("recommend", (str(second), str(first)))]
    assert labels(reply)[:3] == ["1 · Fresh news", "🔖 Save", "🚫 Not for me"]
    opened = await press(say, "ann", reply, "1 · Fresh news")
    assert "Fresh news" in opened.title


@pytest.mark.parametrize(
    ("kind", "did", "words"),
    [
        ("took", "finished", "Because you finished “Basics”"),
        ("took", "began", "Because you began “Basics”"),
        ("took", "liked", "Because you liked “Basics”"),
        ("took", "saved", "Because you saved “Basics”"),
        ("alike", "began", "It is about the same as “Basics”"),
        ("interest", "began", "Near your interest: rust"),
        ("circle", "began", "Popular among people who answer in #rust"),
        ("popular", "began", "Popular here"),
        ("new", "began", "New here"),
    ],
)
def test_the_reason_in_words(kind: Any, did: Any, words: str) -> None:
    basics = Content(name="basics", kind="article", title="Basics", published_at=START)
    pick = Pick(content=basics, reason=Reason(kind=kind, item=0, name="rust"), because=basics, did=did)
    assert recommending.why(tongue("en"), pick) == words
    assert recommending.why(tongue("en"), replace(pick, plan="Pro")) == f"{words} · opens with Pro"


async def test_where_tastes_differ_it_is_because_of_what_was_finished(app: App, say: Say) -> None:
    """Two crowds, each with its own three texts: who finished one of theirs is shown the two others first."""
    rust = await published(app, "Rust one", "Rust two", "Rust three")
    yarn = await published(app, "Yarn one", "Yarn two", "Yarn three")
    people = [Account(platform="playground", space="s", user=f"p{n}", name=f"P{n}") for n in range(60)]
    await app.submit([
        ContentOpened(key=f"{who.user}:{item}", at=START + timedelta(minutes=at), who=who, item=str(item))
        for n, who in enumerate(people)
        for at, item in enumerate((rust if n % 2 else yarn)[:3])
    ])  # fmt: skip
    await did(app, "ann", ContentFinished, [yarn[0]])
    learnt = await recommending.learn(app.store, 1, START, quietly)
    assert learnt is not None
    assert learnt.chosen.recipe.family != "popularity"
    reply = await say("ann", "recommend")
    assert sorted(one.name for one in reply.fields[:2]) == ["📄 Yarn three", "📄 Yarn two"]
    assert [one.value for one in reply.fields[:2]] == ["➜ Because you finished “Yarn one”"] * 2


async def test_what_is_dismissed_is_gone_for_good_and_what_was_shown_rests(app: App, say: Say, clock: Clock) -> None:
    await published(app, *[f"Text {n}" for n in range(6)])
    reply = await say("ann", "recommend")
    first = [one.name for one in reply.fields]
    assert first == ["📄 Text 5", "📄 Text 4", "📄 Text 3", "📄 Text 2"]
    await press(say, "ann", reply, "🚫 Not for me")
    assert [one.name for one in (await say("ann", "recommend")).fields] == [*first[1:], "📄 Text 1"], "in one sitting"
    more = await say("ann", "recommend", more="true")
    assert [one.name for one in more.fields] == ["📄 Text 0"]
    clock.advance(hours=1)
    rested = await say("ann", "recommend")
    assert rested.text == "That is all I would recommend now. What you were shown comes back in 3 days."
    clock.advance(days=3)
    assert "📄 Text 5" not in [one.name for one in (await say("ann", "recommend")).fields]
    clock.advance(days=400)
    assert "📄 Text 5" not in [one.name for one in (await say("ann", "recommend")).fields]


async def test_what_the_next_plan_opens_is_marked_and_not_the_only_thing(app: App, say: Say) -> None:
    await published(app, *[f"Open {n}" for n in range(5)])
    await published(app, "Secret", "Secret too", plan="pro")
    reply = await say("ann", "recommend")
    locked = [one for one in reply.fields if one.name.endswith("🔒")]
    assert len(reply.fields) == 4
    assert [one.value.endswith("opens with Professional") for one in locked] == [True] * len(locked)
    assert len(locked) <= 1


async def test_interests_are_chosen_by_buttons_and_change_what_is_recommended(app: App, say: Say) -> None:
    await published(app, "Painting walls", "Rust basics", "Painting faces", "Knitting", "Pottery", tags=("crafts",))
    (wish,) = await published(app, "Ownership", tags=("rust",))
    page = await say("ann", "interests")
    assert [(one.name, one.value) for one in page.fields] == [
        ("Topics", "none yet"), ("Goal", "none yet"), ("Where you stand", "any level")]  # fmt: skip
    chosen = await press(say, "ann", page, "rust")
    assert chosen.fields[0].value == "rust"
    assert chosen.replaces
    reply = await say("ann", "recommend")
    assert reply.fields[0].value == "➜ Near your interest: rust"
    assert str(wish) in shown(app)[-1][1]
    again = await press(say, "ann", chosen, "✓ rust")
    assert again.fields[0].value == "none yet"
    await say("ann", "interests", topics="rust，drawing", goal="#crafts", level="beginner")
    state = (await profile(app, "ann")).state.interests
    assert (state.topics, state.goal, state.level) == (("rust", "drawing"), "crafts", "beginner")
    await say("ann", "interests", topics="-", goal="-", level="none")
    assert (await profile(app, "ann")).state.interests == type(state)()
    form = (await say("ann", "interests", words="true")).form
    assert form is not None
    assert [one.name for one in form.blanks] == ["topics", "goal"]


async def test_start_shows_one_thing_and_one_person(app: App, say: Say) -> None:
    met = [("Somebody to meet", "Bo")]
    plain = await say("ann", "start")
    assert [(one.name, one.value) for one in plain.fields] == met, "who wrote in the same channel"
    (number,) = await published(app, "Begin here")
    reply = await say("ann", "start")
    assert [(one.name, one.value) for one in reply.fields] == [("To begin with", "📄 Begin here\n➜ New here"), *met]
    assert button(reply, "📄 Begin here").options == {"item": number, "place": "welcome"}
    assert shown(app) == [("welcome", (str(number),))]


async def test_a_model_that_can_not_be_read_gives_way_to_the_one_before(app: App, say: Say) -> None:
    items = await published(app, "One", "Two")
    for user in ("bo", "cy"):
        await did(app, user, ContentOpened, [items[0]])
    assert await recommending.learn(app.store, 1, START, quietly) is not None
    await app.store.write(models.put, 1, recommending.KIND, START + timedelta(days=1), b"junk", {})
    shelf = await recommending.shelf_of(app, 1)
    assert shelf.model.members == 2
    reply = await say("ann", "recommend")
    assert [(one.name, one.value) for one in reply.fields] == [("📄 One", "➜ Popular here"), ("📄 Two", "➜ New here")]
    await app.store.write(models.put, 1, recommending.KIND, START + timedelta(days=2), b"junk", {})
    assert len((await say("ann", "recommend")).fields) == 2, "without any model, what is popular and new"


@pytest.mark.parametrize("failing", [1, 2])
async def test_a_model_that_can_not_be_fitted_gives_way_and_that_is_logged(
    app: App, say: Say, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    items = await published(app, "One", "Two")
    for day, user in enumerate(("bo", "cy")):
        await did(app, user, ContentOpened, [items[0]])
        assert await recommending.learn(app.store, 1, START + timedelta(days=day), quietly) is not None
    tried = list[int]()

    def fitted(whole: Library, model: Model) -> Shelf:
        tried.append(model.members)
        if len(tried) <= failing:
            raise np.linalg.LinAlgError("singular")
        return really_fitted(whole, model)

    monkeypatch.setattr(recommending, "shelf", fitted)
    with capture_logs() as logs:
        reply = await say("ann", "recommend")
    assert [one.value for one in reply.fields] == ["➜ Popular here", "➜ New here"]
    assert tried == [2, 1, 2][: failing + 1], "last night's, yesterday's, and what is popular now"
    assert [(one["community"], one["trained"], one["log_level"]) for one in logs] == [
        (1, (START + timedelta(days=day)).isoformat(), "error") for day in (1, 0)[:failing]
    ]


async def test_it_is_learnt_after_a_day_or_many_acts_and_not_without(app: App, clock: Clock) -> None:
    assert await recommending.due(app.store, 1) is None
    items = await published(app, "One", "Two")
    await did(app, "bo", ContentOpened, items)
    assert await recommending.learn_due(app, 1, clock(), quietly)
    assert not await recommending.learn_due(app, 1, clock.advance(days=2), quietly), "nothing is new"
    who = member_account(1, (await profile(app, "cy")).member)
    await app.submit([ContentOpened(key="later", at=clock(), who=who, item=str(items[0]))])
    assert await recommending.due(app.store, 1) == START + timedelta(days=1)
    assert await recommending.learn_due(app, 1, clock(), quietly)
    report = await app.store.read(models.newest, 1, recommending.KIND)
    assert report is not None
    assert (report.report["members"], report.report["items"]) == (2, 2)


async def test_what_can_not_be_learnt_from_is_never_due(app: App) -> None:
    """What is due and leads to nothing would be due for ever; the playground's time would stand still before it."""
    course, other = await published(app, "Course", "Other")
    part = Content(name="part", kind="lesson", title="Part", course=course, published_at=START)
    lesson = (await app.store.write(library.put, 1, part)).id
    await did(app, "bo", ContentOpened, [lesson, other])
    assert await recommending.due(app.store, 1) is not None
    who = member_account(1, (await profile(app, "bo")).member)
    await app.submit([ContentDismissed(key="d", at=START, who=who, item=str(other))])
    whole = await app.store.read(library.whole, 1)
    await app.store.write(library.put, 1, replace(whole.items[course], archived=True))
    assert await recommending.due(app.store, 1) is None
    assert await recommending.learn(app.store, 1, START, quietly) is None


async def test_progress_is_told(app: App) -> None:
    items = await published(app, "One", "Two")
    await did(app, "bo", ContentOpened, items)
    told: list[tuple[str, int, int]] = []
    assert await recommending.learn(app.store, 1, START, lambda *what: told.append(what)) is not None
    assert told == [("tastes", 0, 2), ("tastes", 1, 2), ("tastes", 2, 2)]
    assert len(await app.store.read(studies.of_community, 1)) == 2


async def test_a_wide_library_is_learnt_in_a_process_of_its_own(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    items = await published(app, "One", "Two")
    await did(app, "bo", ContentOpened, items)

    async def away(*_: object) -> None:
        raise ApartError("asked for")

    monkeypatch.setattr(recommending, "apart", away)
    monkeypatch.setattr(recommending, "NARROW", 1)
    with pytest.raises(ApartError, match="asked for"):
        await recommending.learn(app.store, 1, START, quietly)
    monkeypatch.setattr(recommending, "NARROW", 2)
    assert await recommending.learn(app.store, 1, START, quietly) is not None


async def test_the_creator_says_how_long_it_rests_and_whether_the_next_plan_is_shown(
    app: App, say: Say, clock: Clock
) -> None:
    await published(app, *[f"Open {n}" for n in range(3)])
    await published(app, "Secret", plan="pro")
    before = sorted(one.name for one in (await say("ann", "recommend")).fields)
    assert before == ["📄 Open 0", "📄 Open 1", "📄 Open 2", "📄 Secret 🔒"]
    changed = {"recommend": {"rests_days": 0, "next_plan": False}}
    await app.amend_rules(1, changed, what="recommend", by="Ann")
    clock.advance(hours=2)
    assert sorted(one.name for one in (await say("ann", "recommend")).fields) == [
        "📄 Open 0", "📄 Open 1", "📄 Open 2"]  # fmt: skip


async def test_what_was_nudged_about_rests(app: App, clock: Clock) -> None:
    first, second = await published(app, "One", "Two")
    ann = await profile(app, "ann")
    await app.store.write(outboxed, ann.member, second, clock())
    assert [one.content.id for one in (await recommending.suggest(app, ann)).found] == [second, first], "this sitting"
    clock.advance(hours=1)
    assert [one.content.id for one in (await recommending.suggest(app, ann)).found] == [first]
    clock.advance(days=4)
    assert len((await recommending.suggest(app, ann)).found) == 2
    long = await recommending.suggest(app, ann, rests=timedelta(days=28))
    assert [one.content.id for one in long.found] == [first]


def outboxed(connection: Connection, member: int, item: int, at: datetime) -> None:
    """As if a nudge had gone out about an item."""
    nudge = Nudge(notice="recommendation", values={"item": str(item)})
    row = {
        "key": "n",
        "community_id": 1,
        "member_id": member,
        "platform": "playground",
        "space": "s",
        "user": "ann",
        "target": "",
        "priority": 3,
        "effect": to_json(nudge).decode(),
        "due_at": at,
        "attempts": 0,
        "outcome": "",
    }
    connection.execute(insert(OUTBOX).values(**row))  # fmt: skip
