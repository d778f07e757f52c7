"""Publishing: a form, or a message that joins the library, and what becomes of it when it is deleted."""

from datetime import timedelta
from typing import Any

import pytest

from bot.app import App
from bot.batch import Parcel
from bot.cogs import publishing
from bot.cogs.publishing_views import check
from bot.cogs.publishing_waiting import Chosen, Waiting
from bot.commands import Caller, Rank
from bot.desk import Desk
from bot.events import Author, MessageDeleted
from bot.reply import Reply
from bot.storage import studies
from bot.words import replace
from tests.cogs.conftest import Say, account, button, profile
from tests.cogs.shelves import Make, holdings, maker
from tests.cogs.test_thanks import posted
from tests.conftest import START, Clock

pytestmark = pytest.mark.usefixtures("talk")
LONG = "27 letters, or 9 Chinese characters, at most"


@pytest.fixture
def make(say: Say) -> Make:
    return maker(say)


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


async def test_a_message_that_is_deleted_at_the_moment_of_its_publishing_is_not_published(
    app: App, on: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_bo = posted("7", "bo")
    await app.submit([from_bo])
    asked = await on("7", "Many may look.")
    assert asked.form is not None
    gone = MessageDeleted(key=f"{from_bo.key}:deleted", at=START, who=Author(of=from_bo.key), of=from_bo.key)

    def meanwhile(*given: Any) -> None:
        check(*given)
        app.handle([Parcel(events=(gone,))])

    monkeypatch.setattr(publishing, "check", meanwhile)
    late = await on("", title="x", chosen=str(asked.form.options["chosen"]))
    assert late.text == "I don't know that message: it is a bot's, or from before I came, or gone."
    assert await holdings(app) == []


async def test_a_message_of_which_two_forms_were_open_is_published_once(app: App, on: Make) -> None:
    await app.submit([posted("7", "bo")])
    forms = [(await on("7", "Many may look.")).form for _ in range(2)]
    sent = [await on("", title="x", chosen=str(form.options["chosen"])) for form in forms if form is not None]
    assert [one.error for one in sent] == [False, True]
    assert len(await holdings(app)) == 1


async def test_a_form_that_waited_too_long_publishes_nothing(app: App, on: Make, clock: Clock) -> None:
    await app.submit([posted("7", "bo")])
    asked = await on("7", "Many may look.")
    assert asked.form is not None
    clock.now += Waiting.SPAN
    late = await on("", title="x", chosen=str(asked.form.options["chosen"]))
    assert late.text == "That took too long, and I keep no text that is not published. Choose it again."
    assert await holdings(app) == []
    assert (await on("7")).text == "There is no text or file in that message that I could read."


async def test_a_message_too_long_for_the_library_does_not_wait_for_its_form(app: App, on: Make) -> None:
    await app.submit([posted("7", "bo")])
    asked = await on("7", "x" * 20_001)
    assert (asked.error, asked.form) == (True, None)
    assert asked.text.startswith("A text has at most 20000 characters.")
    assert (await on("7", "x" * 20_000)).form is not None


def test_not_many_wait_and_none_for_long() -> None:
    waiting, one = Waiting(), Chosen(key="m", author=1, text="words")
    tokens = [waiting.put(one, START + timedelta(seconds=n)) for n in range(Waiting.MOST + 1)]
    last = START + timedelta(seconds=Waiting.MOST)
    assert [waiting.take(token, last) for token in tokens] == [None, *[one] * Waiting.MOST]
    later = START + Waiting.SPAN + timedelta(seconds=2)
    assert [waiting.take(token, later) for token in tokens] == [None] * 3 + [one] * (Waiting.MOST - 2)
    waiting.put(one, later + Waiting.SPAN)
    assert [waiting.take(token, START) for token in tokens] == [None] * len(tokens)  # they are gone, not hidden
