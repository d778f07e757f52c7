"""The library: what is published is found, opened by those to whom it is open, and every act is an event."""

import pytest

from bot.app import App
from bot.commands import Rank
from bot.engine.library import Study
from bot.events import ContentDismissed, ContentFinished, ContentOpened, ContentShown, member_account
from tests.cogs.conftest import Bank, Pay, Say, button, labels, press, profile
from tests.cogs.shelves import Make, course, maker, of, read_to_the_end, told
from tests.conftest import START

pytestmark = pytest.mark.usefixtures("talk")


@pytest.fixture
def make(say: Say) -> Make:
    return maker(say)


# ---------------------------------------------------------------------- looking around


async def test_an_empty_library_says_who_fills_it(say: Say) -> None:
    assert (await say("bo", "library")).text == "The library is empty so far. The creator fills it with /publish."
    assert (await say("bo", "course")).text == "There is no course here yet."


async def test_what_is_published_is_shown_and_that_is_an_event(app: App, say: Say, make: Make) -> None:
    await course(make)
    await make("什么是所有权", text="每个值都有一个主人。", tags="rust, 入门", language="zh", level="beginner")
    reply = await say("bo", "library")
    assert (reply.title, reply.text) == ("Library of Reading circle", "2 items\n#rust #入门")
    assert [(one.name, one.value) for one in reply.fields] == [
        ("🎓 Rust from zero", "Six evenings\ncourse · 0 of 3 finished · #rust"),
        ("📄 什么是所有权", "article · beginner · Chinese · #rust #入门"),
    ]
    assert labels(reply) == ["🎓 Rust from zero", "📄 什么是所有权", "🎓 course", "📘 lesson", "📄 article"]
    lessons = await press(say, "bo", reply, "📘 lesson")
    assert [one.name for one in lessons.fields] == ["📘 Ownership", "📘 Borrowing", "📘 Lifetimes"]
    shown = [event for event in await told(app, "bo") if isinstance(event, ContentShown)]
    assert [(event.items, event.place) for event in shown] == [(("1", "5"), "library"), (("2", "3", "4"), "library")]
    assert await of(app, "bo", 5) == Study(member=2, content=5, shown=1, shown_at=START)


async def test_pages_are_turned_and_tags_chosen(say: Say, make: Make) -> None:
    for number in range(8):
        await make(f"Note {number}", text="words", tags="odd" if number % 2 else "even")
    first = await say("bo", "library")
    assert first.text == "8 items · page 1 of 2\n#even #odd"
    second = await press(say, "bo", first, "More ▶")
    assert [one.name for one in second.fields] == ["📄 Note 6", "📄 Note 7"]
    assert "◀ Back" in labels(second)
    odd = await say("bo", "library", tag="#Odd")
    assert [one.name for one in odd.fields] == ["📄 Note 1", "📄 Note 3", "📄 Note 5", "📄 Note 7"]


@pytest.mark.parametrize(("words", "found"), [("borrow a value", 1), ("所有权 是什么", 2), ("引用", 2)])
async def test_a_search_finds_in_english_and_chinese(say: Say, make: Make, words: str, found: int) -> None:
    await make("Borrowing values", text="Many may look, one may write.")
    await make("什么是所有权", text="每个值都有一个主人。引用不拥有它。", language="zh")
    reply = await say("bo", "search", words=words)
    assert [one.name.partition(" ")[2] for one in reply.fields] == [["Borrowing values", "什么是所有权"][found - 1]]


async def test_a_search_for_what_is_not_there_says_so_and_shows_nothing(app: App, say: Say, make: Make) -> None:
    await make("Borrowing", text="Many may look.")
    reply = await say("bo", "search", words="sourdough")
    assert reply.text == "The library has nothing on “sourdough”. Other words may find it."
    assert await told(app, "bo") == []


async def test_what_is_changed_is_found_by_its_new_words_only(say: Say, make: Make) -> None:
    await make("Borrowing", text="Many may look.")
    await say("bo", "search", words="borrowing")
    await say("ann", "content edit", rank=Rank.CREATOR, item="borrowing", title="Lending")
    assert (await say("bo", "search", words="borrowing")).title == ""
    assert [one.name for one in (await say("bo", "search", words="lending")).fields] == ["📄 Lending"]


# ---------------------------------------------------------------------- opening


async def test_an_item_is_handed_over_in_private(app: App, say: Say, make: Make) -> None:
    await make("Ownership", text="Every value has one owner.", link="https://doc.rust-lang.org/book", summary="Why")
    reply = await press(say, "bo", await say("bo", "library"), "📄 Ownership")
    assert (reply.private, reply.protect) == (True, False)
    assert reply.title == "📄 Ownership"
    assert reply.text == "Why\n\nEvery value has one owner.\n\nhttps://doc.rust-lang.org/book"
    assert button(reply, "Open the link").url == "https://doc.rust-lang.org/book"
    opened = [event for event in await told(app, "bo") if isinstance(event, ContentOpened)]
    assert [(event.item, event.place) for event in opened] == [("1", "library")]


async def test_what_a_plan_opens_is_locked_until_it_is_paid_for_and_then_protected(
    app: App, say: Say, make: Make, bank: Bank, pay: Pay
) -> None:
    await say("ann", "plan create", rank=Rank.CREATOR, plan="pro", title="Pro", prices="9 USD", gates="vip")
    await say("ann", "plan create", rank=Rank.CREATOR, plan="max", title="Max", prices="19 USD", gates="vip, archive")
    await course(make, plan="pro")
    refused = await say("bo", "study open", item="#2")
    assert refused.title == "📘 Ownership 🔒"
    assert refused.text == "🔒 This is opened by Pro / Max. /subscribe shows what it costs."
    assert button(refused, "Get Pro").options == {"plan": "pro"}
    for act in ("finish", "like", "rate"):
        assert (await say("bo", f"study {act}", item="#2")).error
    assert await told(app, "bo") == []
    await say("bo", "subscribe", plan="max")
    await pay()
    opened = await say("bo", "study open", item="#2")
    assert (opened.text, opened.protect) == (
        "Every value has one owner.\n\nPart of Rust from zero",
        True,
    )
    await say("ann", "plan edit", rank=Rank.CREATOR, plan="pro", protect=False)
    assert not (await say("bo", "study open", item="#2")).protect


async def test_what_a_paid_course_says_is_read_by_those_alone_to_whom_it_is_open(say: Say, make: Make) -> None:
    await say("ann", "plan create", rank=Rank.CREATOR, plan="pro", title="Pro", prices="9 USD", gates="vip")
    link = "https://a.example/rust"
    await make("Rust", kind="course", summary="Six evenings", text="The door is 4711.", link=link, plan="pro")
    outside = await say("bo", "course", item="#1")
    assert (outside.text, labels(outside)) == ("Six evenings\nNo lessons yet.", [])
    for path in ("course", "study open"):
        inside = await say("ann", path, item="#1")
        assert inside.text == f"Six evenings\nThe door is 4711.\n\n{link}\nNo lessons yet."
        assert button(inside, "Open the link").url == link
        assert inside.protect


async def test_what_should_come_first_is_said_and_may_be_passed_over(app: App, say: Say, make: Make) -> None:
    await course(make)
    reply = await say("bo", "study open", item="lifetimes")
    assert reply.text == "This builds on something. Better first:"
    assert [one.name for one in reply.fields] == ["📘 Ownership"]
    assert await of(app, "bo", 4) is None
    anyway = await press(say, "bo", reply, "Open it all the same")
    assert anyway.text == "How long a reference is good.\n\nPart of Rust from zero"
    await read_to_the_end(say, "bo", 2)
    assert (await say("bo", "study open", item="lifetimes")).title == "📘 Lifetimes"


async def test_a_course_is_gone_through_to_its_end_and_earns_once(app: App, say: Say, make: Make) -> None:
    await course(make)
    before = (await profile(app, "bo")).state.engagement.points
    seen = await press(say, "bo", await say("bo", "course"), "🎓 Rust from zero")
    assert seen.text == "Six evenings\n▱▱▱ 0/3\nNext: Ownership"
    assert seen.fields[0].value == "▫️ 1. Ownership\n▫️ 2. Borrowing\n▫️ 3. Lifetimes"
    first = await press(say, "bo", seen, "Go on ▶")
    one = await press(say, "bo", first, "✅ Finished")
    assert one.text == "✅ Ownership: finished.\nIt earned you 30 points.\n▰▱▱ 1/3"
    again = await say("bo", "study finish", item="#2")
    assert again.text == "You finished Ownership already.\n▰▱▱ 1/3"
    assert (await say("bo", "study finish", item="#1")).text == "A course is finished when all its lessons are."
    two = await press(say, "bo", one, "Next: Borrowing")
    await press(say, "bo", two, "✅ Finished")
    last = await read_to_the_end(say, "bo", 4)
    assert last.text.startswith("✅ Lifetimes: finished.\n🎉 With it you finished the course Rust from zero.\n")
    done = [event.item for event in await told(app, "bo") if isinstance(event, ContentFinished)]
    assert done == ["2", "3", "4", "1"]
    state = (await profile(app, "bo")).state
    assert (state.engagement.finished, state.engagement.points - before) == (4, 120)
    assert (await say("bo", "course", item="#1")).text == "Six evenings\n▰▰▰ 3/3\n🎉 You finished this course."


async def test_what_was_never_opened_is_not_finished(app: App, say: Say, make: Make) -> None:
    await course(make)
    before, log = await profile(app, "bo"), await told(app, "bo")
    refused = await say("bo", "study finish", item="#2")
    assert (refused.error, refused.text) == (
        True, "You have not opened Ownership yet: /study open shows it to you.",
    )  # fmt: skip
    assert (await profile(app, "bo"), await told(app, "bo"), await of(app, "bo", 2)) == (before, log, None)
    assert (await read_to_the_end(say, "bo", 2)).text.startswith("✅ Ownership: finished.\nIt earned you 30 points.")


async def test_two_last_lessons_finished_at_once_finish_the_course_when_one_is_pressed_again(
    app: App, say: Say, make: Make
) -> None:
    await course(make)
    await read_to_the_end(say, "bo", 2)
    who = member_account(1, (await profile(app, "bo")).member)
    await app.submit([
        ContentFinished(key=f"at once:{item}", at=START, who=who, item=item) for item in ("3", "4")
    ])  # fmt: skip
    assert await of(app, "bo", 1) is None
    again = await say("bo", "study finish", item="#4")
    assert again.text.split("\n")[:2] == [
        "You finished Lifetimes already.",
        "🎉 With it you finished the course Rust from zero.",
    ]
    assert (await say("bo", "study finish", item="#4")).text.split("\n")[0] == "You finished Lifetimes already."
    events = [one.item for one in await told(app, "bo") if isinstance(one, ContentFinished)]
    assert events == ["2", "3", "4", "1"]


async def test_liking_rating_and_keeping_are_kept_and_taken_back(app: App, say: Say, make: Make) -> None:
    await make("Ownership", text="Every value has one owner.")
    opened = await say("bo", "study open", item="ownership")
    assert (await press(say, "bo", opened, "👍 Like")).text == "👍 You like Ownership."
    stars = await press(say, "bo", opened, "⭐ Rate")
    assert (await press(say, "bo", stars, "⭐⭐⭐⭐")).text == "⭐⭐⭐⭐ Thank you."
    await press(say, "bo", opened, "🔖 Save")
    study = await of(app, "bo", 1)
    assert study is not None
    assert (study.liked, study.stars, study.saved_at) == (True, 4, START)
    assert [one.name for one in (await say("bo", "library", saved=True)).fields] == ["📄 Ownership 🔖"]
    again = await say("bo", "study open", item="ownership")
    await press(say, "bo", again, "👍 Liked")
    await press(say, "bo", again, "🔖 Saved")
    study = await of(app, "bo", 1)
    assert study is not None
    assert (study.liked, study.saved_at) == (False, None)
    assert (await say("bo", "study rate", item="ownership", stars=6)).error


async def test_what_is_not_for_me_is_dismissed_for_good(app: App, say: Say, make: Make) -> None:
    await make("Ownership", text="Every value has one owner.")
    for _ in range(2):
        reply = await say("bo", "study dismiss", item="ownership")
        assert reply.text == "🚫 Ownership will not be recommended to you again."
    assert [type(event) for event in await told(app, "bo")] == [ContentDismissed]
    study = await of(app, "bo", 1)
    assert study == Study(member=2, content=1, dismissed_at=START)


async def test_an_unknown_item_is_refused(say: Say) -> None:
    reply = await say("bo", "study open", item="#99")
    assert (reply.error, reply.text) == (True, "There is no #99 in the library. /library shows what there is.")
