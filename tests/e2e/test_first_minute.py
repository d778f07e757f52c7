"""The newcomer's first minute and the creator's, in Chromium, in both languages."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from bot.adapters.playground import Playground
from tests.e2e.conftest import Open, Visit


async def until_the_lounge_opens(tab: Visit) -> None:
    """Write until the level is reached; the newcomer is a few messages short of it."""
    for number in range(6):
        await tab.write(f"Message number {number}, about learning.")
        await expect(tab.posts.last).to_contain_text(f"Message number {number}")
        if await tab.page.get_by_test_id("toast").count():
            return
    await expect(tab.page.get_by_test_id("toast").first).to_be_visible()


@pytest.mark.parametrize(
    ("lang", "level", "locked", "opened", "announced"),
    [
        ("en", "Level 2", "Opens at level 2", "The lounge is open to you", "has reached level 2"),
        ("zh_CN", "2 级", "2 级", "休息室", "升到了 2 级"),
    ],
)
async def test_a_newcomer_writes_levels_up_is_announced_and_gets_in(
    visit: Open, lang: str, level: str, locked: str, opened: str, announced: str
) -> None:
    tab = await visit(lang=lang)
    lounge = tab.page.get_by_test_id("channel-lounge")
    await expect(lounge).to_contain_text(locked)
    await tab.go("lounge")
    await expect(tab.page.get_by_test_id("locked")).to_be_visible()
    await tab.go("welcome")
    await until_the_lounge_opens(tab)
    await expect(tab.page.get_by_test_id("toast").first).to_contain_text(opened)
    await expect(tab.page.get_by_test_id("me-level")).to_contain_text(level)
    await tab.go("lounge")
    await expect(tab.posts.first).to_be_visible()
    await expect(tab.page.get_by_test_id("locked")).to_have_count(0)
    await tab.go("announcements")
    await expect(tab.posts.last).to_contain_text(announced)


async def test_nothing_typed_is_lost_however_fast(visit: Open) -> None:
    tab = await visit()
    before = await tab.posts.count()
    for number in range(12):
        await tab.write(f"fast {number}")
    await expect(tab.posts).to_have_count(before + 12)
    assert [text[5:] for text in await tab.page.get_by_test_id("text").all_inner_texts()][-12:] == [
        str(number) for number in range(12)
    ]
    await expect(tab.composer).to_have_value("")


async def test_the_panel_shows_what_happened_and_never_the_text(visit: Open) -> None:
    tab = await visit()
    await tab.write("A sentence nobody else would write: heliotrope.")
    act = tab.page.get_by_test_id("act").first
    await expect(act.get_by_test_id("act-title")).to_have_text("You wrote in #welcome")
    await expect(act.get_by_test_id("chip-gain")).to_contain_text("points")
    await act.get_by_test_id("details").click()
    await expect(act).to_contain_text("MessagePosted")
    await act.get_by_test_id("raw").click()
    await expect(act.get_by_test_id("json").first).to_contain_text('"length": 47')
    assert "heliotrope" not in await act.inner_text()


async def test_commands_complete_and_pages_turn(visit: Open) -> None:
    tab = await visit()
    await tab.composer.press_sequentially("/lea")
    await expect(tab.page.get_by_test_id("suggestion").first).to_contain_text("/leaderboard")
    await tab.composer.press("Tab")
    await expect(tab.composer).to_have_value("/leaderboard ")
    await tab.composer.press("Enter")
    await expect(tab.last().locator("img")).to_be_visible()
    table = tab.last().locator("tbody tr")
    await expect(table.first).not_to_be_visible()
    await tab.last().get_by_test_id("as-table").locator("summary").click()
    await expect(table.first).to_be_visible()
    await expect(table).to_have_count(12)  # a page of ten, a gap, and whoever asks
    first = await table.first.inner_text()
    await tab.last().get_by_test_id("button").filter(has_text="▶").click()
    await expect(table.first).not_to_have_text(first, use_inner_text=True)
    await expect(tab.last()).to_contain_text("2 / 3")


async def test_a_rank_comes_with_a_picture(visit: Open) -> None:
    tab = await visit()
    await tab.write("/rank")
    picture = tab.last().locator("img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.naturalWidth") == 1080


async def test_a_private_reply_is_marked_and_nobody_else_sees_it(visit: Open) -> None:
    nora, mei = await visit(**{"as": "nora"}), await visit(**{"as": "mei"})
    before = await mei.posts.count()
    await nora.write("/mydata export")
    await expect(nora.page.get_by_test_id("private-note")).to_be_visible()
    async with nora.page.expect_download() as download:
        await nora.last().get_by_test_id("file").click()
    assert (await download.value).suggested_filename == "mydata.json"
    await nora.write("everybody sees this")
    await expect(mei.posts.last).to_contain_text("everybody sees this")
    assert await mei.posts.count() == before + 1
    await nora.page.get_by_test_id("dismiss").click()
    await expect(nora.page.get_by_test_id("private-note")).to_have_count(0)


async def test_the_creator_renames_the_community_by_a_form(visit: Open) -> None:
    tab = await visit(**{"as": "lin"})
    await tab.write("/setup community")
    form = tab.page.get_by_test_id("form")
    await expect(form).to_be_visible()
    await form.get_by_test_id("blank-name").fill("Northlight Academy")
    await form.get_by_test_id("form-save").click()
    await expect(tab.last()).to_contain_text("Saved.")
    await tab.write("/setup show")
    await expect(tab.last()).to_contain_text("Northlight Academy")


async def test_a_member_is_refused_what_is_the_creators(visit: Open) -> None:
    tab = await visit(**{"as": "mei"})
    await tab.write("/setup community name:Mine")
    await expect(tab.last()).to_contain_text("/setup community is for the creator only.")
    await tab.be("lin")
    await tab.write("/setup show")
    await expect(tab.last()).not_to_contain_text("Mine")


async def test_a_reaction_gives_its_author_points(visit: Open) -> None:
    nora, mei = await visit(**{"as": "nora"}), await visit(**{"as": "mei"})
    await nora.write("Look what I made!")
    theirs = mei.posts.last
    await expect(theirs).to_contain_text("Look what I made!")
    before = await nora.page.get_by_test_id("me-level").inner_text()
    await theirs.hover()
    await theirs.locator('.tools [data-do^="react:"]').first.click()
    await expect(theirs.get_by_test_id("reaction").first).to_contain_text("1")
    await expect(nora.page.get_by_test_id("me-level")).not_to_have_text(before)
    await expect(nora.page.get_by_test_id("chip-gain").first).to_contain_text("+5 points")


async def test_a_week_passes_and_the_silent_hear_from_the_bot(visit: Open, playground: Playground) -> None:
    tab = await visit(**{"as": "mei"})
    date = tab.page.get_by_test_id("date")
    before = await date.inner_text()
    await tab.pass_time(2)
    await expect(date).not_to_have_text(before)
    await tab.go("private")
    await expect(tab.posts.last).to_contain_text("We have not heard from you for 5 days")
    assert round(playground.clock.offset / timedelta(days=1)) == 7


async def test_a_reply_quotes_and_an_own_message_is_edited_and_deleted(visit: Open) -> None:
    tab = await visit()
    answered = tab.posts.last
    words = (await answered.get_by_test_id("text").inner_text())[:30]
    await answered.hover()
    await answered.locator('.tools [data-do="reply"]').click()
    await tab.write("I agree")
    await expect(tab.posts.last.locator(".quote")).to_contain_text(words)
    await tab.composer.press("ArrowUp")
    await expect(tab.composer).to_have_value("I agree")
    await tab.write("I agree completely")
    await expect(tab.posts.last).to_contain_text("I agree completely")
    level = tab.page.get_by_test_id("me-level")
    before = await level.inner_text()
    await tab.posts.last.hover()
    await tab.posts.last.locator('.tools [data-do="delete"]').click()
    await expect(tab.page.get_by_text("I agree completely")).to_have_count(0)
    await expect(level).not_to_have_text(before)


async def test_on_a_phone_the_columns_are_drawers(visit: Open) -> None:
    tab = await visit(width=390, height=844)
    await expect(tab.page.get_by_test_id("me")).not_to_be_visible()
    await tab.page.get_by_test_id("open-sidebar").click()
    await tab.go("questions")
    await expect(tab.page.get_by_test_id("where")).to_contain_text("questions")
    await expect(tab.page.get_by_test_id("me")).not_to_be_visible()
    await tab.page.get_by_test_id("open-panel").click()
    await expect(tab.page.get_by_test_id("date")).to_be_visible()
    assert await tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_dark_follows_the_system_and_the_switch(visit: Open) -> None:
    tab = await visit(dark=True)
    paper = "getComputedStyle(document.querySelector('.main')).backgroundColor"
    assert await tab.page.evaluate(paper) == "rgb(23, 23, 31)"
    await tab.page.get_by_test_id("theme").click()
    await expect(tab.page.locator("body.body--light")).to_have_count(1)
    assert await tab.page.evaluate(paper) == "rgb(255, 255, 255)"
