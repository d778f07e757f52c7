"""Engagement in Chromium, in both languages: a level, a badge, a check-in, the board, the shop, a rule tried out."""

import re

import pytest
from playwright.async_api import Locator, expect

from bot.engine.guard import REASONS
from bot.engine.rules import Rules
from bot.i18n import tongue
from tests.e2e.conftest import Open, Visit

SAID = {
    "en": ("Nora Lind", "Hello! I am learning to read data well.", "Week one is done: my first chart is drawn."),
    "zh_CN": ("林小雨", "大家好，我想学会用数据选题。", "第一周的作业交了，图表是我自己画的。"),
}
"""Whom a visitor is by their language, and the two things they say."""


@pytest.fixture
def rules(shipped: Rules) -> Rules:
    """What is worth nothing must be seen to be worth nothing."""
    return shipped


def chip(tab: Visit, kind: str) -> Locator:
    """An outcome of the latest thing that the tab's person did or was done to them."""
    return tab.page.get_by_test_id("act").first.get_by_test_id(f"chip-{kind}").first


async def ask(tab: Visit, line: str) -> Locator:
    """Use a command and return its answer."""
    count = await tab.replies.count()
    await tab.write(line)
    await expect(tab.replies).to_have_count(count + 1)
    await expect(tab.last()).not_to_have_class(re.compile("error"))
    return tab.last()


async def coins(tab: Visit) -> int:
    """The coins at the person's name."""
    return int((await tab.page.get_by_test_id("me-purse").inner_text()).rpartition("🪙")[2])


async def press(tab: Visit, words: str = "", style: str = "button") -> None:
    """Press a button of the last answer, once its answer is there."""
    await tab.last().locator(f"button.{style}").filter(has_text=words).first.click()


async def take_part(tab: Visit, lang: str) -> None:
    """Two messages bring a badge and a level, which opens the lounge; the same once more brings nothing, and why."""
    say, (_, first, second) = tongue(lang), SAID[lang]
    level = tab.page.get_by_test_id("me-level")
    await tab.write(first)
    await expect(tab.page.get_by_test_id("cheer")).to_contain_text(say("A whole week"))
    await expect(chip(tab, "badge")).to_contain_text(say("A whole week"))
    await expect(chip(tab, "streak")).to_have_text(re.compile("7"))
    await expect(tab.page.get_by_test_id("me-purse")).to_contain_text("🔥 7")
    await expect(tab.page.get_by_test_id("channel-lounge")).to_have_class(re.compile("locked"))
    await tab.write(second)
    await expect(tab.page.get_by_test_id("channel-lounge")).not_to_have_class(re.compile("locked"))
    await expect(chip(tab, "level")).to_contain_text(say("Level {level}", level=2))
    await expect(level).to_contain_text(say("Level {level}", level=2))
    before = await level.inner_text()
    await tab.write(second)
    await expect(chip(tab, "calm")).to_contain_text(say(REASONS["copied"]))
    await expect(level).to_have_text(before)


async def check_in(tab: Visit, lang: str) -> None:
    """Once a day; the second time changes nothing."""
    level = tab.page.get_by_test_id("me-level")
    await ask(tab, "/checkin")
    await expect(chip(tab, "gain")).to_contain_text("+20")
    before = await level.inner_text()
    await ask(tab, "/checkin")
    await expect(chip(tab, "calm")).to_have_text(re.compile(tongue(lang)("Nothing changed")))
    assert await level.inner_text() == before


async def buy(tab: Visit, creator: Visit) -> None:
    """What the creator offers is bought: coins fall, and points and level do not."""
    await expect(await ask(creator, "/item add item:book price:12 kind:coupon percent:25 title:Book")).to_contain_text(
        "Book"
    )
    had, level = await coins(tab), await tab.page.get_by_test_id("me-level").inner_text()
    await expect(await ask(tab, "/shop")).to_contain_text("Book")
    await press(tab, "Book")
    await expect(tab.last().locator("button.primary")).to_be_visible()
    await press(tab, style="primary")
    await expect(tab.last()).to_contain_text("/redeem")
    await expect(chip(tab, "loss")).to_contain_text("−12")
    assert await coins(tab) == had - 12
    assert await tab.page.get_by_test_id("me-level").inner_text() == level


async def top_the_board(tab: Visit, creator: Visit, name: str) -> None:
    """The creator gives points and says why, and the board has a new first."""
    await ask(creator, f"/xp add member:{name} amount:9000 why:The best question of the year")
    await expect(chip(tab, "gain")).to_contain_text("+9,000")
    board = await ask(tab, "/leaderboard")
    await expect(board.locator("img")).to_be_visible()
    await board.get_by_test_id("as-table").locator("summary").click()
    first = board.locator("tbody tr").first
    await expect(first).to_contain_text(f"{name} ←")
    await expect(first.locator("td").first).to_have_text("1")


async def try_a_rule(tab: Visit, creator: Visit, lang: str) -> None:
    """Trying names who would fall and changes nothing; applying counts anew before the member's eyes, undoing, too."""
    say, level = tongue(lang), tab.page.get_by_test_id("me-level")
    before = await level.inner_text()
    tried = await ask(creator, "/rules try earn.message.points 5")
    await expect(tried).to_contain_text("陈梅 (")
    await expect(tried).to_contain_text(say("Nothing has been changed yet."))
    await expect(chip(creator, "calm")).to_be_visible()
    assert await level.inner_text() == before
    await press(creator, style="primary")
    await expect(chip(creator, "level")).to_contain_text(re.compile("2[0-9]"))  # nearly all of the 24 were counted anew
    await expect(level).not_to_have_text(before)
    await press(creator, say("Undo"))
    await expect(creator.last().locator("button.danger")).to_be_visible()
    await press(creator, style="danger")
    await expect(level).to_have_text(before)


@pytest.mark.parametrize("lang", SAID)
async def test_a_member_takes_part_and_a_creator_changes_a_rule(visit: Open, lang: str) -> None:
    tab, creator = await visit(lang=lang), await visit(lang=lang, **{"as": "lin"})
    await take_part(tab, lang)
    await check_in(tab, lang)
    await buy(tab, creator)
    await top_the_board(tab, creator, SAID[lang][0])
    await try_a_rule(tab, creator, lang)
