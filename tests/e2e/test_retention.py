"""What helps next and who is about to leave, in Chromium, in both languages.

A course is published, something is recommended with its reason and dismissed for good, a question is answered by the
library and another by nobody yet; who then falls silent is seen at risk with the reason, is written to once, and comes
back, and the creator is told how little is known yet of what that brought.
"""

import re

import pytest
from playwright.async_api import Locator, expect

from bot.adapters.playground import Playground
from bot.i18n import tongue
from bot.words import Word
from tests.e2e.conftest import Open, Visit
from tests.e2e.test_engagement import ask


class Words(Word, frozen=True):
    """Who visits, and what is said in one language."""

    name: str
    course: str
    lesson: str
    body: str
    known: str
    unknown: str
    back: str


SAID = {
    "en": Words(
        name="Nora Lind",
        course="Maps that mislead nobody",
        lesson="Choose a projection",
        body="Take an equal-area projection when you compare areas, and say which.",
        known="Which projection should I choose to compare areas?",
        unknown="Is there a bakery near the harbour with good rye bread?",
        back="I am back, and I have made a map.",
    ),
    "zh_CN": Words(
        name="林小雨",
        course="不骗人的地图",
        lesson="选一个投影",
        body="比较面积的时候，选等积投影，并写明是哪一种。",
        known="比较面积要选什么投影？",
        unknown="港口附近有没有好吃的黑麦面包？",
        back="我回来了，还画了一张地图。",
    ),
}


async def publish(creator: Visit, words: Words) -> None:
    """A course and its first lesson, in two lines."""
    await expect(
        await ask(creator, f"/publish title: {words.course} kind: course summary: {words.lesson} tags: maps")
    ).to_contain_text(words.course)
    line = f"/publish title: {words.lesson} kind: lesson text: {words.body} tags: maps course: {words.course}"
    await expect(await ask(creator, line)).to_contain_text(words.lesson)


async def dismiss(tab: Visit) -> None:
    """Each card has its reason; what is dismissed is never on one again."""
    first = await ask(tab, "/recommend")
    await expect(first).to_contain_text("➜")
    name = await first.locator("button").filter(has_text=re.compile(r"^1 · ")).first.inner_text()
    title = name.removeprefix("1 · ").rstrip("…")
    await expect(first).to_contain_text(title)
    await first.locator("button").filter(has_text="🚫").first.click()
    await expect(tab.last()).to_contain_text(title)
    await expect(tab.last()).to_contain_text("🚫")
    again = await ask(tab, "/recommend")
    await expect(again).to_contain_text("➜")
    await expect(again).not_to_contain_text(title)


async def wonder(tab: Visit, words: Words, lang: str) -> None:
    """The library answers what it can, with its source; of the rest members are asked."""
    say = tongue(lang)
    answered = await ask(tab, f"/ask question: {words.known}")
    await expect(answered).to_contain_text(words.body)
    await expect(answered).to_contain_text(say("Did this help?"))
    await expect(answered.locator("button").filter(has_text=words.lesson)).to_be_visible()
    await answered.locator("button").filter(has_text=say("Yes, thanks")).click()
    open_ = await ask(tab, f"/ask question: {words.unknown}")
    await expect(open_).to_contain_text(words.unknown)
    await expect(open_).not_to_contain_text("💡")
    await expect(open_).not_to_contain_text(words.body)
    await expect(open_.locator("button").filter(has_text=say("Answer")).first).to_be_visible()


async def fall_silent(tab: Visit) -> None:
    """Two weeks pass."""
    date = tab.page.get_by_test_id("date")
    for _ in range(2):
        before = await date.inner_text()
        await tab.pass_time(2)
        await expect(date).not_to_have_text(before)


def about_silence(tab: Visit, lang: str) -> Locator:
    """What the bot wrote about the silence."""
    words = tongue(lang)("I am here")
    return tab.posts.filter(has=tab.page.locator("button").filter(has_text=words))


async def look_for(creator: Visit, name: str) -> None:
    """The creator finds the member among those at risk, with how long they were silent."""
    board = await ask(creator, "/risk")
    line = board.locator(".field").filter(has_text=name)
    while not await line.count():
        before = await board.inner_text()
        await board.locator("button").filter(has_text="▶").click()
        await expect(board).not_to_have_text(before)
    await expect(line).to_contain_text(re.compile(r"\d\d%.*\b1[3-7]\b", re.DOTALL))


@pytest.mark.parametrize("lang", SAID)
async def test_who_falls_silent_is_seen_asked_once_and_comes_back(
    visit: Open, playground: Playground, lang: str
) -> None:
    words, say = SAID[lang], tongue(lang)
    tab, creator = await visit(lang=lang), await visit(lang=lang, **{"as": "lin"})
    await publish(creator, words)
    await dismiss(tab)
    await wonder(tab, words, lang)
    await fall_silent(tab)
    await look_for(creator, words.name)
    await tab.go("private")
    await expect(about_silence(tab, lang)).to_have_count(1)
    await tab.go("welcome")
    await tab.write(words.back)
    await expect(tab.posts.last).to_contain_text(words.back)
    panel = await ask(creator, "/uplift")
    await expect(panel).to_contain_text(say("A check-in with who fell silent"))
    await expect(panel).to_contain_text(say("not enough data yet: {n} of {of} members").partition("{")[0])
