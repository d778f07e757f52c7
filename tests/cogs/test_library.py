"""The library: what is published is found, opened by those to whom it is open, and every act is an event."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from bot.app import App
from bot.cogs import publishing
from bot.commands import Caller, Rank
from bot.desk import Desk
from bot.engine.library import Content, Study
from bot.events import (
    Author,
    ContentDismissed,
    ContentFinished,
    ContentOpened,
    ContentShown,
    Event,
    MessageDeleted,
    member_account,
)
from bot.reply import Reply
from bot.storage import library, studies
from bot.storage.ledger import EVENTS
from bot.storage.store import Connection
from bot.words import from_json, replace
from tests.cogs.conftest import Bank, Pay, Say, account, button, labels, press, profile
from tests.cogs.test_thanks import posted
from tests.conftest import START, Clock

pytestmark = pytest.mark.usefixtures("talk")
Make = Callable[..., Awaitable[Reply]]
LONG = "27 letters, or 9 Chinese characters, at most"


@pytest.fixture
def make(say: Say) -> Make:
    """Publish as the creator."""

    async def call(title: str, **options: object) -> Reply:
        reply = await say("ann", "publish", rank=Rank.CREATOR, title=title, **options)
        assert not reply.error, reply.text
        return reply

    return call


async def course(make: Make, *, plan: str = "") -> None:
    """A course (1) with three lessons (2, 3, 4), of which the last builds on the first."""
    await make("Rust from zero", kind="course", summary="Six evenings", plan=plan, tags="rust")
    await make("Ownership", kind="lesson", text="Every value has one owner.", course="#1")
    await make("Borrowing", kind="lesson", text="Many may look, one may write.", course="#1")
    await make("Lifetimes", kind="lesson", text="How long a reference is good.", course="#1", needs="ownership")


async def told(app: App, user: str) -> list[Event]:
    """What the log has about a member and the library."""
    member = (await profile(app, user)).member

    def find(connection: Connection) -> list[str]:
        query = select(EVENTS.c.data).where(EVENTS.c.member_id == member, EVENTS.c.data.startswith('{"type":"Content'))
        return list(connection.scalars(query.order_by(EVENTS.c.id)))

    return [from_json(Event, data) for data in await app.store.read(find)]


async def of(app: App, user: str, item: int) -> Study | None:
    return (await app.store.read(studies.of_member, (await profile(app, user)).member)).get(item)


async def read_to_the_end(say: Say, user: str, item: int) -> Reply:
    await say(user, "study open", item=f"#{item}", anyway=True)
    return await say(user, "study finish", item=f"#{item}")


async def holdings(app: App) -> list[Content]:
    return await app.store.read(library.of_community, 1, archived=True)


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
    await make("Rust", kind="course", summary="Six evenings", text="The code of the door is 4711.", plan="pro")
    outside = await say("bo", "course", item="#1")
    assert outside.text == "Six evenings\nNo lessons yet."
    inside = await say("ann", "course", item="#1")
    assert inside.text == "Six evenings\nThe code of the door is 4711.\nNo lessons yet."


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


# ---------------------------------------------------------------------- publishing


async def test_a_form_asks_for_what_matters_and_the_next_for_the_rest(app: App, say: Say) -> None:
    asked = await say("ann", "publish", rank=Rank.CREATOR)
    assert asked.form is not None
    assert [blank.name for blank in asked.form.blanks] == ["title", "kind", "summary", "text", "tags"]
    made = await say(
        "ann", asked.form.command, rank=Rank.CREATOR, title="A talk", kind="recording", text=" https://a.example/v ",
        summary="", tags="#Rust， 异步",
    )  # fmt: skip
    assert made.text == "A talk is in the library."
    (item,) = await holdings(app)
    assert (item.url, item.body, item.tags, item.author) == ("https://a.example/v", "", ("rust", "异步"), 1)
    path = button(made, "Details")
    more = await say("ann", path.command, rank=Rank.CREATOR, item="1")
    assert more.form is not None
    assert [blank.name for blank in more.form.blanks] == ["level", "language", "plan", "needs"]
    same = {blank.name: blank.value for blank in more.form.blanks}
    await say("ann", more.form.command, rank=Rank.CREATOR, item="1", **{**same, "level": "advanced", "language": "en"})
    (item,) = await holdings(app)
    assert (item.level, item.language, item.plan, item.url) == ("advanced", "en", "", "https://a.example/v")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"title": "x" * 101}, "title must have 0 to 100 characters."),
        ({"text": ""}, "There is nothing in Borrowing yet: give it a text or a link."),
        ({"link": "javascript:alert(1)"}, "javascript:alert(1) is no link: it begins with https:// and has no spaces."),
        ({"plan": "gold"}, "There is no plan gold. /plan list shows what there is."),
        ({"course": "ownership"}, "Ownership is no course of this library."),
        ({"needs": "nothing"}, "There is no nothing in the library. /content list shows what there is."),
        ({"tags": "一二三四五六七八九十"}, f"The tag 一二三四五六七八九十 is too long: {LONG}."),
        ({"language": "Klingon!"}, "klingon! is no language: write it like en or zh."),
        ({"starts": "tomorrow"}, "Write the time like 2027-06-30 19:00."),
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_refused_and_nothing_changes(
    app: App, say: Say, make: Make, options: dict[str, str], why: str
) -> None:
    await make("Ownership", text="Every value has one owner.")
    before = await holdings(app)
    given = {"title": "Borrowing", "text": "Many may look.", **options}
    reply = await say("ann", "publish", rank=Rank.CREATOR, **given)
    assert (reply.error, reply.text) == (True, why)
    assert await holdings(app) == before


async def test_a_circle_is_refused_with_its_names(app: App, say: Say, make: Make) -> None:
    await course(make)
    reply = await say("ann", "content place", rank=Rank.CREATOR, item="ownership", needs="lifetimes")
    assert reply.error
    assert reply.text.startswith("Nobody could ever begin: ")
    assert {"Ownership", "Lifetimes"} <= set(reply.text.split(": ")[1].split(". ")[0].split(" → "))
    own = await say("ann", "content place", rank=Rank.CREATOR, item="rust-from-zero", needs="ownership")
    assert own.error
    assert all(not one.needs for one in await holdings(app) if one.id in (1, 2))


async def test_an_item_is_changed_in_part_and_emptied_by_a_dash(app: App, say: Say, make: Make) -> None:
    await make("Ownership", text="Every value has one owner.", summary="Why", tags="rust")
    await say("ann", "content edit", rank=Rank.CREATOR, item="#1", summary="-", title="Owners")
    (item,) = await holdings(app)
    assert (item.name, item.title, item.summary, item.tags) == ("ownership", "Owners", "", ("rust",))
    form = (await say("ann", "content edit", rank=Rank.CREATOR, item="owners")).form
    assert form is not None
    assert {blank.name: blank.value for blank in form.blanks} == {
        "title": "Owners", "summary": "", "text": "Every value has one owner.", "link": "", "tags": "rust",
    }  # fmt: skip


async def test_what_is_archived_is_seen_by_nobody_until_it_is_back(app: App, say: Say, make: Make) -> None:
    await course(make)
    reply = await say("ann", "content archive", rank=Rank.CREATOR, item="#1")
    assert reply.text == "Rust from zero is out of the library. Nobody sees it any more."
    assert (await say("bo", "library", kind="lesson")).text.startswith("The library is empty so far.")
    assert (await say("bo", "study open", item="#2")).error
    assert (await say("bo", "search", words="ownership")).fields == ()
    assert (await say("ann", "content archive", rank=Rank.CREATOR, item="#1")).text == "Rust from zero is back."
    assert [one.name for one in (await say("bo", "search", words="ownership")).fields] == ["📘 Ownership"]


async def test_the_creator_sees_what_became_of_each_item(say: Say, make: Make) -> None:
    await make("Ownership", text="Every value has one owner.")
    await make("Borrowing", text="Many may look.")
    for user in ("bo", "cy"):
        await say(user, "study open", item="#1")
        await say(user, "study rate", item="#1", stars=5 if user == "bo" else 4)
    await say("bo", "study finish", item="#1")
    reply = await say("ann", "content list", rank=Rank.CREATOR)
    assert [(one.name, one.value) for one in reply.fields] == [
        ("#2 📄 Borrowing", "Nobody has seen it yet."),
        ("#1 📄 Ownership", "shown to 2 members · opened by 2 · finished by 1 · ⭐ 4.5 (2)"),
    ]


async def test_two_of_the_same_title_have_names_of_their_own(app: App, make: Make) -> None:
    await make("Week 1!", text="a")
    await make("week 1", text="b")
    assert [one.name for one in await holdings(app)] == ["week-1", "week-1-2"]


# ---------------------------------------------------------------------- a message that is published


@pytest.fixture
def on(desk: Desk) -> Make:
    """Call /publish on a message, as the creator."""

    async def call(name: str, quoted: str = "", attached: str = "", **options: str) -> Reply:
        target = f"discord:message:{name}" if name else ""
        caller = Caller(
            account=account("ann"), channel="c", rank=Rank.CREATOR, target=target, quoted=quoted, attached=attached
        )
        return await desk.run("publish", caller, options)

    return call


async def add(on: Make, name: str, quoted: str, attached: str = "", **changed: str) -> Reply:
    """Choose it, and send in the form as it is, or changed."""
    asked = await on(name, quoted, attached)
    assert asked.form is not None, asked.text
    filled = {blank.name: blank.value for blank in asked.form.blanks}
    return await on("", **{**filled, **changed, "chosen": str(asked.form.options["chosen"])})


async def test_a_message_joins_the_library_under_its_authors_name(app: App, say: Say, on: Make) -> None:
    await app.submit([posted("7", "bo")])
    made = await add(on, "7", "How to borrow\nMany may look, one may write.", "file-7")
    assert made.text == "How to borrow is in the library."
    (item,) = await holdings(app)
    bo = await profile(app, "bo")
    assert (item.kind, item.author, item.source) == ("file", bo.member, "discord:message:7")
    assert (item.body, item.file) == ("How to borrow\nMany may look, one may write.", {"playground": "file-7"})
    opened = await say("cy", "study open", item="#1")
    assert (opened.kept, opened.text) == ("file-7", "How to borrow\nMany may look, one may write.")
    again = await on("7", "How to borrow")
    assert (again.error, again.text) == (True, "That message is in the library already: How to borrow.")


async def test_a_message_that_is_deleted_leaves_the_library_with_its_words(app: App, say: Say, on: Make) -> None:
    from_bo = posted("7", "bo")
    await app.submit([from_bo])
    await add(on, "7", "Many may look, one may write.", "file-7", summary="Many look, one writes.", tags="rust")
    await say("ann", "content edit", rank=Rank.CREATOR, item="#1", link="https://discord.com/channels/1/2/7")
    (was,) = await holdings(app)
    await app.submit(
        [MessageDeleted(key=f"{from_bo.key}:deleted", at=START, who=Author(of=from_bo.key), of=from_bo.key)]
    )
    (item,) = await holdings(app)
    emptied = {"title": "#1", "name": "#1", "summary": "", "body": "", "url": "", "file": {}, "archived": True}
    assert item == replace(was, **emptied)
    listed = await say("ann", "content list", rank=Rank.CREATOR)
    assert [(one.name, one.value) for one in listed.fields] == [("#1 📎 #1 🗄", "Nobody has seen it yet.")]
    back = await say("ann", "content archive", rank=Rank.CREATOR, item="#1")
    assert (back.error, back.text) == (True, "That message was deleted where it stood, and its text with it.")


async def test_whoever_is_erased_takes_their_words_along_and_leaves_what_they_published(
    app: App, say: Say, on: Make, clock: Clock
) -> None:
    await app.submit([posted("7", "bo")])
    await add(on, "7", "Many may look, one may write.")
    await say("bo", "publish", rank=Rank.CREATOR, title="Ownership", text="One owner.")
    bo = await profile(app, "bo")
    await say("bo", "study open", item="#2")
    await app.forget(1, bo.member, clock())
    assert [(one.title, one.author) for one in await holdings(app)] == [("Ownership", 0)]
    assert await app.store.read(studies.of_member, bo.member) == {}


async def test_parts_of_a_course_whose_author_is_erased_are_open_to_nobody_more(
    app: App, say: Say, make: Make, on: Make, clock: Clock
) -> None:
    await say("ann", "plan create", rank=Rank.CREATOR, plan="pro", title="Pro", prices="9 USD", gates="vip")
    await app.submit([posted("7", "bo")])
    await add(on, "7", "Rust from zero")
    await say("ann", "content edit", rank=Rank.CREATOR, item="#1", kind="course")
    await say("ann", "content place", rank=Rank.CREATOR, item="#1", plan="pro")
    await make("Ownership", kind="lesson", text="Every value has one owner.", course="#1")
    await app.forget(1, (await profile(app, "bo")).member, clock())
    assert [(one.title, one.course, one.plan) for one in await holdings(app)] == [("Ownership", 0, "pro")]
    assert (await say("cy", "study open", item="#2")).title == "📘 Ownership 🔒"


async def test_a_message_that_is_deleted_while_its_form_is_open_is_not_published(app: App, on: Make) -> None:
    from_bo = posted("7", "bo")
    await app.submit([from_bo])
    asked = await on("7", "Many may look.")
    assert asked.form is not None
    await app.submit(
        [MessageDeleted(key=f"{from_bo.key}:deleted", at=START, who=Author(of=from_bo.key), of=from_bo.key)]
    )
    late = await on("", title="x", chosen=str(asked.form.options["chosen"]))
    assert (late.error, await holdings(app)) == (True, [])


async def test_a_message_of_which_two_forms_were_open_is_published_once(app: App, on: Make) -> None:
    await app.submit([posted("7", "bo")])
    forms = [(await on("7", "Many may look.")).form for _ in range(2)]
    sent = [await on("", title="x", chosen=str(form.options["chosen"])) for form in forms if form is not None]
    assert [one.error for one in sent] == [False, True]
    assert len(await holdings(app)) == 1


async def test_a_form_that_waited_too_long_publishes_nothing(app: App, on: Make) -> None:
    await app.submit([posted("7", "bo")])
    asked = await on("7", "Many may look.")
    assert asked.form is not None
    publishing.waiting.end(str(asked.form.options["chosen"]))
    late = await on("", title="x", chosen=str(asked.form.options["chosen"]))
    assert late.text == "That took too long, and I keep no text that is not published. Choose it again."
    assert await holdings(app) == []
    assert (await on("7")).text == "There is no text or file in that message that I could read."
