"""Looking after the library: what there is is changed, placed, archived, and told of."""

import pytest

from bot.app import App
from bot.commands import Rank
from tests.cogs.conftest import Say
from tests.cogs.shelves import Make, course, holdings, maker

pytestmark = pytest.mark.usefixtures("talk")


@pytest.fixture
def make(say: Say) -> Make:
    return maker(say)


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
