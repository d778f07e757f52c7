"""How it feels: at once, in every tab, by the keyboard, and shut to the outside."""

from statistics import median

from playwright.async_api import expect

from bot.adapters.playground import Playground
from bot.adapters.playground.line import SHOWN
from tests.e2e.conftest import Open

INSTANT = 150.0
"""Milliseconds in which a message that was sent must be seen."""
WATCH = """() => {
    window.sent = 0;
    window.waits = [];
    document.addEventListener("keydown", (e) => { if (e.key === "Enter") window.sent = performance.now(); }, true);
    new MutationObserver(() => {
        const posts = document.querySelectorAll('[data-testid="post"]');
        if (window.sent && posts[posts.length - 1].textContent.includes("measured " + window.waits.length)) {
            window.waits.push(performance.now() - window.sent);
            window.sent = 0;
        }
    }).observe(document.querySelector('[data-testid="posts"]'), { childList: true, subtree: true });
}"""


async def test_what_is_sent_is_seen_at_once_and_nothing_else_is_drawn(visit: Open) -> None:
    tab = await visit(**{"as": "mei"})
    await tab.page.evaluate(WATCH)
    first = await tab.posts.first.element_handle()
    for number in range(9):
        await tab.write(f"measured {number}")
        await expect(tab.posts.last).to_contain_text(f"measured {number}")
    waits = await tab.page.evaluate("window.waits")
    assert len(waits) == 9
    assert median(waits) < INSTANT, waits
    assert first is not None
    assert await first.evaluate("post => post.isConnected"), "the list was drawn anew"


async def test_tabs_are_alive_and_each_is_somebody_else(visit: Open) -> None:
    nora, mei = await visit(**{"as": "nora"}), await visit(lang="zh_CN", **{"as": "mei", "in": "questions"})
    badge = mei.page.get_by_test_id("channel-welcome").locator(".badge")
    await expect(badge).not_to_be_visible()
    await nora.write("Hello from the first tab")
    await expect(badge).to_have_text("1")
    await mei.go("welcome")
    await expect(badge).not_to_be_visible()
    await expect(mei.posts.last).to_contain_text("Hello from the first tab")
    await expect(mei.page.get_by_test_id("where")).to_contain_text("大厅")
    await expect(nora.page.get_by_test_id("where")).to_contain_text("welcome")


async def test_a_question_is_answered_after_somebody_types(visit: Open) -> None:
    tab = await visit(**{"in": "questions"})
    await tab.write("Which chart is best for shares?")
    await expect(tab.page.locator(".typing")).to_contain_text("is typing")
    await expect(tab.posts.last.locator(".quote")).to_contain_text("Which chart is best for shares?")
    await expect(tab.page.locator(".typing")).not_to_contain_text("is typing")


async def test_a_new_level_is_shown_at_what_was_written_before(visit: Open, playground: Playground) -> None:
    tab = await visit()
    await tab.write("written at level one")
    written = tab.posts.filter(has_text="written at level one")
    await expect(written).to_be_visible()
    number = await written.get_attribute("data-post")
    while playground.place.users["nora"].level < 2:
        await playground.deeds.post("nora", "questions", "more")
    await expect(tab.page.locator(f'[data-post="{number}"] .tag')).to_have_text("Lv 2")


async def test_everything_is_reached_by_the_keyboard(visit: Open) -> None:
    tab = await visit()
    popup = tab.page.get_by_test_id("suggestions")
    await expect(popup).not_to_be_visible()
    await tab.composer.press_sequentially("/")
    await expect(tab.page.get_by_test_id("suggestion")).to_have_count(SHOWN)
    last = await tab.page.get_by_test_id("suggestion").last.inner_text()
    await tab.composer.press("ArrowDown")
    await expect(tab.page.locator('[aria-selected="true"]')).to_contain_text("/help")
    await tab.composer.press("ArrowUp")
    await tab.composer.press("ArrowUp")
    await expect(tab.page.locator('[aria-selected="true"]')).to_have_text(last, use_inner_text=True)
    await tab.composer.press("Escape")
    await expect(popup).not_to_be_visible()
    await expect(tab.composer).to_have_value("/")
    await tab.composer.fill("/rank member:")
    await expect(tab.page.get_by_test_id("suggestion").first).to_contain_text("陈梅")
    await tab.composer.press("Enter")
    await expect(tab.composer).to_have_value("/rank member:陈梅 ")
    await tab.composer.press("Enter")
    await expect(tab.last()).to_contain_text("陈梅")
    await tab.composer.fill("one line")
    await tab.composer.press("Shift+Enter")
    await expect(tab.composer).to_have_value("one line\n")


async def test_every_button_and_field_has_a_name(visit: Open) -> None:
    tab = await visit(lang="zh_CN")
    await tab.write("/leaderboard")
    await expect(tab.last()).to_be_visible()
    nameless = """() => [...document.querySelectorAll("button, a, textarea, input, img")]
        .filter((one) => !(one.innerText || "").trim() && !one.getAttribute("aria-label") && !one.getAttribute("alt"))
        .map((one) => one.outerHTML.slice(0, 120))"""
    assert await tab.page.evaluate(nameless) == []


async def test_leaving_and_coming_back(visit: Open) -> None:
    tab = await visit(**{"as": "mei"})
    await tab.page.get_by_test_id("me").click()
    await tab.page.get_by_test_id("come-or-go").click()
    await expect(tab.composer).not_to_be_visible()
    await expect(tab.posts).to_have_count(0)
    await tab.page.get_by_test_id("me").click()
    await tab.page.get_by_test_id("come-or-go").click()
    await expect(tab.composer).to_be_visible()
    await tab.go("lounge")
    await expect(tab.posts.first).to_be_visible()


async def test_the_private_chat_takes_commands_and_hints_at_them(visit: Open) -> None:
    tab = await visit(**{"in": "welcome"})
    await tab.go("private")
    await tab.write("are you there?")
    await expect(tab.last()).to_contain_text("/help")
    await tab.write("/rank")
    await expect(tab.last()).to_contain_text("Nora Lind")


async def test_the_address_keeps_whom_where_and_how(visit: Open) -> None:
    tab = await visit()
    await tab.be("tomas")
    await tab.go("showcase")
    await tab.page.get_by_test_id("lang-zh_CN").click()
    await expect(tab.page.get_by_test_id("where")).to_contain_text("作品")
    await expect(tab.page.get_by_test_id("me-name")).to_have_text("Tomás Rivera")


async def test_the_page_lets_nothing_in_from_elsewhere(visit: Open) -> None:
    tab = await visit()
    answer = await tab.page.request.get(tab.page.url)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self';" in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
