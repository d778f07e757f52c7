"""/path, as members see it."""

import pytest

from bot.app import App
from bot.engine.library import Content
from bot.engine.rules import Plan, Rules
from bot.events import ContentFinished, member_account
from bot.storage import library
from bot.words import replace
from tests.cogs.conftest import Say, button, labels, press, profile
from tests.conftest import START

pytestmark = pytest.mark.usefixtures("talk")


@pytest.fixture
def rules(rules: Rules) -> Rules:
    return replace(rules, plans=(Plan(name="pro", title="Professional", prices={"usd": 900}, gates=("lab",)),))


async def put(app: App, title: str, **more: object) -> int:
    kept = {"name": title.lower(), "kind": "lesson", "title": title, "published_at": START, **more}
    return (await app.store.write(library.put, 1, Content(**kept))).id  # type: ignore[arg-type]


async def course(app: App) -> list[int]:
    first = await put(app, "Basics", kind="article", tags=("rust",))
    whole = await put(app, "Rust", kind="course", needs=(first,))
    lessons = [await put(app, f"Lesson {n}", course=whole, position=n) for n in (1, 2)]
    return [whole, first, *lessons, await put(app, "Lesson 3", course=whole, position=3, plan="pro")]


async def test_without_a_goal_one_is_chosen_and_then_remembered(app: App, say: Say) -> None:
    assert (await say("ann", "path")).text.startswith("There is no course here yet")
    whole, first, *_ = await course(app)
    choice = await say("ann", "path")
    assert labels(choice) == ["🎓 Rust", "#rust"]
    way = await press(say, "ann", choice, "🎓 Rust")
    assert way.title == "The way to Rust"
    assert way.text == "▱▱▱▱ 0/4\nAbout 50 min left.\n🔒 opens with Professional"
    assert way.fields[0].value == (
        "▫️ 1. Basics (5 min)\n⏳ 2. Lesson 1 · Rust (15 min)\n⏳ 3. Lesson 2 · Rust (15 min)\n"
        "🔒 4. Lesson 3 · Rust (15 min)"
    )
    assert button(way, "Next: Basics").options == {"item": first, "place": "path"}
    assert (await profile(app, "ann")).state.interests.goal == "rust"
    who = member_account(1, (await profile(app, "ann")).member)
    await app.submit([ContentFinished(key="f", at=START, who=who, item=str(first))])
    again = await say("ann", "path")
    assert again.text.startswith("▰▱▱▱ 1/4")
    assert labels(again)[0] == "Next: Lesson 1"
    assert whole


async def test_what_there_is_not_is_refused_and_changes_nothing(app: App, say: Say) -> None:
    await course(app)
    refused = await say("ann", "path", to="cooking")
    assert refused.error
    assert refused.text == "There is no cooking in the library: name a course, an item or a tag."
    assert (await profile(app, "ann")).state.interests.goal == ""


async def test_a_goal_that_is_reached_and_one_that_goes_in_a_circle(app: App, say: Say) -> None:
    _, first, *_ = await course(app)
    who = member_account(1, (await profile(app, "ann")).member)
    await app.submit([ContentFinished(key="f", at=START, who=who, item=str(first))])
    assert (await say("ann", "path", to="Basics")).text == "▰ 1/1\n🎉 You have reached it."
    one = await put(app, "One", kind="article")
    two = await put(app, "Two", kind="article", needs=(one,))
    found = await app.store.read(library.find, 1, one)
    assert found is not None
    await app.store.write(library.put, 1, replace(found, needs=(two,)))
    assert (await say("ann", "path", to="One")).text in {
        "These wait for each other, tell the creator: “One” → “Two”",
        "These wait for each other, tell the creator: “Two” → “One”",
    }
