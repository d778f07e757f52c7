"""Membership in Chromium, from the creator's plan to the refund, in both languages: paid at the sandbox's own page."""

import re
from datetime import timedelta

import pytest
from babel.dates import format_date
from playwright.async_api import Locator, Page, expect

from bot.adapters.playground import Playground
from bot.i18n import tongue
from bot.sales import months_later
from tests.e2e.conftest import Open, Visit

LANGUAGES = ("en", "zh_CN")


def dated(playground: Playground, lang: str, **ahead: float) -> str:
    """A date some time from now, as a language writes it."""
    return format_date(playground.clock() + timedelta(**ahead), format="medium", locale=lang)


def next_month(playground: Playground, lang: str) -> str:
    """The date to which a month is paid that begins now."""
    return format_date(months_later(playground.clock(), 1), format="medium", locale=lang)


def button(tab: Visit, words: str) -> Locator:
    """A button of the last reply whose label has these words, whatever the language."""
    return tab.last().locator("a.button, button.button").filter(has_text=re.compile(words)).first


async def checkout(tab: Visit, plan: str, price: str) -> Page:
    """Ask for the plans, choose one and how to pay; returns the page that the link opens."""
    await tab.go("private")
    await tab.write("/plans")
    await expect(tab.last()).to_contain_text(plan)
    await button(tab, plan).click()
    pay = tab.last().locator("a.button")
    way = button(tab, re.escape(price))
    await expect(pay.or_(way).first).to_be_visible()
    if not await pay.count():
        await way.click()
    await expect(pay).to_be_visible()
    async with tab.page.expect_popup() as popup:
        await pay.click()
    return await popup.value


async def why(tab: Visit, *says: str, never: str = "") -> None:
    """Ask why, and hear what is so."""
    await tab.write("/why")
    await expect(tab.posts.last).to_contain_text("/why")
    for words in says:
        await expect(tab.last()).to_contain_text(words)
    if never:
        await expect(tab.last()).not_to_contain_text(never)


def held(tab: Visit, what: str) -> Locator:
    """A part of the test card's first subscription."""
    return tab.page.get_by_test_id("held").first.get_by_test_id(what)


async def open_to(tab: Visit, channel: str) -> bool:
    """Whether the list shows the channel as open."""
    return "locked" not in (await tab.page.get_by_test_id(f"channel-{channel}").get_attribute("class") or "")


async def opens(tab: Visit, channel: str) -> None:
    """The channel's lock goes away; how soon is measured by `test_story_of_membership`."""
    await expect(tab.page.get_by_test_id(f"channel-{channel}")).not_to_have_class(re.compile("locked"))


async def closes(tab: Visit, channel: str) -> None:
    """The channel is locked."""
    await expect(tab.page.get_by_test_id(f"channel-{channel}")).to_have_class(re.compile("locked"))


async def sell_the_workshop(visit: Open, lang: str) -> None:
    """The creator makes a plan and a gate with the workshop behind it."""
    creator = await visit(lang=lang, **{"as": "lin"})
    await creator.write("/plan create plan:studio title:Studio prices:20 USD gates:studio")
    await expect(creator.last()).to_contain_text("Studio")
    await expect(creator.last()).not_to_have_class(re.compile("error"))
    channel = tongue(lang)("workshop")
    await creator.composer.fill(f"/gate add gate:studio channel:{channel}")
    await expect(creator.page.get_by_test_id("suggestion")).to_have_text(f"#{channel}")
    await creator.composer.press("Enter")  # takes the suggestion…
    await expect(creator.composer).to_have_value(f"/gate add gate:studio channel:#{channel} ")
    await creator.composer.press("Enter")  # …and sends
    await expect(creator.last()).to_contain_text(f"#{channel}")
    await expect(creator.last()).not_to_have_class(re.compile("error"))


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_creator_sells_a_channel_and_a_member_goes_through_it_all(
    visit: Open, playground: Playground, lang: str
) -> None:
    await sell_the_workshop(visit, lang)
    tab = await visit(lang=lang, **{"as": "mei"})
    workshop = tab.page.get_by_test_id("channel-workshop")
    await expect(workshop).to_contain_text("Studio")
    await tab.go("workshop")
    await expect(tab.page.get_by_test_id("locked")).to_contain_text("Studio")

    # She pays, and is inside.
    page = await checkout(tab, "Studio", "20")
    await expect(page.locator("html")).to_have_attribute("lang", {"en": "en", "zh_CN": "zh-Hans"}[lang])
    await expect(page.get_by_test_id("price")).to_contain_text("20.00")
    assert not await open_to(tab, "workshop")
    paid_to, paid_at = next_month(playground, lang), playground.clock()
    await page.get_by_test_id("pay").click()
    await opens(tab, "workshop")
    await expect(tab.page.locator(".confetti")).to_be_visible()
    await expect(page.get_by_test_id("stands")).to_contain_text(paid_to)
    await page.close()
    await expect(tab.page.get_by_test_id("held")).to_have_count(1)
    await expect(tab.posts.last).to_contain_text(paid_to)
    await why(tab, paid_to, "workshop")

    # The renewal fails: a notice with the date, and she stays in.
    await held(tab, "sandbox-decline").click()
    await expect(held(tab, "sandbox-mend")).to_be_visible()
    await tab.pass_time(3)
    await expect(held(tab, "held-stands")).not_to_contain_text(paid_to)
    grace_ends = format_date(months_later(paid_at, 1) + timedelta(days=7), format="medium", locale=lang)
    assert await open_to(tab, "workshop")
    await expect(tab.posts.filter(has_text="/portal").last).to_contain_text(grace_ends)
    await why(tab, grace_ends)

    # She mends the card: the grace is over, and she is in to the next date.
    await held(tab, "sandbox-mend").click()
    await expect(held(tab, "sandbox-decline")).to_be_visible()
    again_to = format_date(months_later(paid_at, 2), format="medium", locale=lang)
    await expect(held(tab, "held-stands")).to_contain_text(again_to)
    await expect(tab.posts.last).to_contain_text(again_to)
    await why(tab, again_to, never=grace_ends)

    # She cancels, and keeps what she paid for to its date.
    await tab.write("/cancel")
    await tab.last().locator("button.danger").click()
    await expect(held(tab, "sandbox-renew")).not_to_be_visible()
    assert await open_to(tab, "workshop")
    await why(tab, again_to)
    assert await open_to(tab, "workshop")

    # A refund ends it.
    await held(tab, "sandbox-refund").click()
    await closes(tab, "workshop")
    await why(tab, "Studio", never=again_to)
    await tab.go("workshop")
    await expect(tab.page.get_by_test_id("locked")).to_be_visible()


async def test_what_is_cancelled_closes_on_its_date(visit: Open, playground: Playground) -> None:
    tab = await visit(**{"as": "mei"})
    page = await checkout(tab, "Pro 会员", "12.00")
    await page.get_by_test_id("pay").click()
    await opens(tab, "vip")
    await page.close()
    await tab.write("/cancel which:pro sure:true")
    await expect(held(tab, "held-stands")).to_contain_text("Cancelled, good until")
    await tab.pass_time(2)
    await expect(tab.page.get_by_test_id("act").first).to_contain_text("1 week passed")
    assert await open_to(tab, "vip")
    await tab.pass_time(3)
    await closes(tab, "vip")
    await expect(held(tab, "held-stands")).to_have_text("Ended")


async def test_a_grace_that_runs_out_closes_the_channel_and_a_mended_card_opens_it(
    visit: Open, playground: Playground
) -> None:
    tab = await visit(**{"as": "mei"})
    page = await checkout(tab, "Pro 会员", "12.00")
    await page.get_by_label("Works now, but renewals are declined").check()
    await page.get_by_test_id("pay").click()
    await opens(tab, "vip")
    await page.close()
    await tab.pass_time(3)
    await expect(held(tab, "sandbox-mend")).to_be_visible()
    assert await open_to(tab, "vip")
    await tab.pass_time(2)
    await closes(tab, "vip")
    await held(tab, "sandbox-mend").click()
    await opens(tab, "vip")


async def test_a_declined_card_and_the_banks_detour(visit: Open) -> None:
    tab = await visit(**{"as": "mei"})
    page = await checkout(tab, "Pro 会员", "12.00")
    await page.get_by_test_id("decline").click()
    await expect(page.get_by_test_id("declined")).to_be_visible()
    assert not await open_to(tab, "vip")
    await page.get_by_test_id("bank").click()
    await page.get_by_test_id("refuse").click()
    await expect(page.get_by_test_id("declined")).to_be_visible()
    await page.get_by_test_id("bank").click()
    await page.get_by_test_id("confirm").click()
    await opens(tab, "vip")
    await expect(page.get_by_test_id("stands")).to_contain_text("Renews on")


async def test_the_newcomer_finds_the_plans_behind_the_lock(visit: Open) -> None:
    tab = await visit()
    await expect(tab.page.get_by_test_id("step")).to_have_count(5)
    await tab.go("vip")
    await expect(tab.page.get_by_test_id("locked")).to_contain_text("It opens with Pro 会员, Pro 年度会员.")
    await tab.page.get_by_test_id("see-plans").click()
    await expect(tab.last()).to_contain_text("$12.00")
    await expect(tab.page.get_by_test_id("where")).to_contain_text("Lyceum")


async def test_a_trial_ends_in_a_payment(visit: Open, playground: Playground) -> None:
    tab = await visit(**{"as": "mei"})
    page = await checkout(tab, "年度", "99.00")
    await expect(page.get_by_test_id("happens")).to_contain_text("7 days free")
    charged = dated(playground, "en", days=7)
    await page.get_by_test_id("pay").click()
    await opens(tab, "vip")
    await expect(held(tab, "held-stands")).to_have_text(f"Free trial, charged on {charged}")
    await tab.pass_time(2)
    await expect(held(tab, "held-stands")).to_contain_text("Renews on")
    act = tab.page.get_by_test_id("act").first
    await expect(act.get_by_test_id("chip-gain")).to_have_text(re.compile(r"Paid \$99\.00"))
    assert await open_to(tab, "vip")


async def test_the_checkout_works_without_scripts_on_a_phone(visit: Open) -> None:
    tab = await visit(**{"as": "mei"})
    address = (await checkout(tab, "Pro 会员", "12.00")).url
    browser = tab.page.context.browser
    assert browser is not None
    context = await browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(address)
    box = await page.locator("main").bounding_box()
    pay = await page.get_by_test_id("pay").bounding_box()
    assert box is not None
    assert pay is not None
    assert box["x"] >= 0
    assert box["width"] <= 360
    assert pay["height"] >= 44, "large enough for a finger"
    await page.get_by_test_id("pay").click()
    await expect(page.get_by_test_id("stands")).to_be_visible()
    await opens(tab, "vip")
