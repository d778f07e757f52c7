"""Takes the README's pictures: drives a fresh playground in Chromium the way a newcomer would.

`.venv/bin/python -m tools.screenshots` writes them to `docs/images/`, or only those of the parts that are named
(`playground`, `membership`, `engagement`, `retention`). Look at them before you commit them.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
SETTLE = 1_500
"""Milliseconds for things to settle; the confetti still falls."""
LONG = 8_000
"""Milliseconds after which no notice floats above the page any more."""
HEAVIEST = 300_000
"""Bytes that a picture in the README may have."""
COLOURS = 256
"""Colours of a picture with a palette."""
ENGLISH = ["Hello! I am Nora, learning to read data well.", "Week one done. My first chart!"]
CHINESE = ["大家好，我是小雨！", "第一周的作业交了，图表是我自己画的。"]


@contextmanager
def playground() -> Iterator[str]:
    """A fresh playground in a process of its own, and its address."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "bot", "play", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    found = next(url for line in process.stdout for url in re.findall(r"http://[\d.]+:\d+", line))
    try:
        yield found
    finally:
        process.terminate()
        process.wait()


def write(page: Page, text: str) -> None:
    """Send a message or a command and wait until it is there."""
    before = page.get_by_test_id("post").count()
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("composer").press("Enter")
    page.get_by_test_id("post").nth(before).wait_for()


def subscribe(page: Page, folder: str) -> None:
    """Buy the first plan at the sandbox as whoever the tab acts as; the checkout is pictured on the way."""
    page.get_by_test_id("channel-private").click()
    page.get_by_test_id("where").filter(has_text="Lyceum").wait_for()
    write(page, "/plans")
    page.get_by_test_id("reply").last.locator("button.primary").first.click()
    pay, way = page.locator("a.button.primary"), page.get_by_test_id("reply").nth(1).get_by_test_id("button").first
    pay.or_(way).first.wait_for()
    if not pay.count():
        way.click()
    with page.expect_popup() as popup:
        pay.last.click()
    checkout = popup.value
    checkout.set_viewport_size({"width": 390, "height": 780})
    checkout.get_by_test_id("pay").wait_for()
    keep(checkout, folder)
    checkout.get_by_test_id("pay").click()
    page.get_by_test_id("held").wait_for()
    page.locator(".confetti").wait_for()
    checkout.close()


def keep(page: Page, name: str, colours: int = 0) -> None:
    """Take a picture, and make it as small as it goes; with a palette of so many colours where it says how many."""
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    picture = Image.open(path).convert("RGB")
    if colours:
        picture = picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    picture.save(path, "PNG", optimize=True)
    assert path.stat().st_size <= HEAVIEST, f"{path} is too heavy"  # noqa: S101
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} kB")


def membership(browser: Browser, lang: str, *, dark: bool) -> None:
    """A member subscribes, then the renewal fails: the checkout, the open room, and the grace that /why explains."""
    name = "zh" if lang == "zh_CN" else lang
    with playground() as url:
        context = browser.new_context(viewport={"width": 1360, "height": 850}, color_scheme="dark" if dark else "light")
        page = visit(context, f"{url}/?lang={lang}&as=mei")
        subscribe(page, f"checkout-{name}")
        page.wait_for_timeout(SETTLE)
        keep(page, f"membership-{name}-open")
        page.get_by_test_id("sandbox-decline").click()
        page.get_by_test_id("sandbox-mend").wait_for()
        before = page.get_by_test_id("date").inner_text()
        page.get_by_test_id("advance-3").click()
        page.get_by_test_id("date").filter(has_not_text=before).wait_for()
        page.wait_for_timeout(LONG)
        write(page, "/why")
        page.wait_for_timeout(SETTLE)
        keep(page, f"membership-{name}-grace")
        context.close()


def take(
    browser: Browser, asked: str, name: str, said: list[str], *, width: int = 1360, height: int = 850, dark: bool
) -> None:
    """Say these things in a playground of its own, then take the picture."""
    with playground() as url:
        _take(browser, f"{url}/?{asked}", name, said, width=width, height=height, dark=dark)


def _take(browser: Browser, url: str, name: str, said: list[str], *, width: int, height: int, dark: bool) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
    page = visit(context, url)
    for text in said:
        write(page, text)
    page.wait_for_timeout(SETTLE)
    keep(page, name)
    context.close()


def engagement(browser: Browser, lang: str, *, dark: bool) -> None:
    """A member takes part, looks at their card and the board; the creator tries a rule. On a phone, the shop."""
    name, said = ("zh", CHINESE) if lang == "zh_CN" else ("en", ENGLISH)
    scheme: Literal["dark", "light"] = "dark" if dark else "light"
    with playground() as url:
        context = browser.new_context(viewport={"width": 1360, "height": 850}, color_scheme=scheme)
        page = visit(context, f"{url}/?lang={lang}")
        for text in (*said, said[-1], "/checkin"):
            write(page, text)
        page.wait_for_timeout(LONG)
        write(page, "/rank")
        page.wait_for_timeout(SETTLE)
        keep(page, f"engagement-{name}-rank", COLOURS)
        small = visit(
            browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme), f"{url}/?lang={lang}"
        )
        write(small, "/leaderboard")
        small.wait_for_timeout(SETTLE)
        keep(small, f"engagement-{name}-board", COLOURS)
        page.goto(f"{url}/?lang={lang}&as=lin")
        settled(page)
        write(page, "/rules try earn.message.points 5")
        page.wait_for_timeout(SETTLE)
        keep(page, f"engagement-{name}-rules", COLOURS)
        for one in browser.contexts:
            one.close()


ASKED = {"en": "/ask question: How do I make a pivot table?", "zh": "/ask question: 怎么做透视表？"}


def retention(browser: Browser, lang: str, *, dark: bool) -> None:
    """A member is recommended something and gets an answer; two weeks go by; the creator looks who is at risk."""
    name = "zh" if lang == "zh_CN" else "en"
    scheme: Literal["dark", "light"] = "dark" if dark else "light"
    with playground() as url:
        context = browser.new_context(viewport={"width": 1360, "height": 850}, color_scheme=scheme)
        page = visit(context, f"{url}/?lang={lang}")
        write(page, ASKED[name])
        write(page, "/recommend")
        page.wait_for_timeout(LONG)
        keep(page, f"retention-{name}-recommend", COLOURS)
        for _ in range(2):
            before = page.get_by_test_id("date").inner_text()
            page.get_by_test_id("advance-2").click()
            page.wait_for_function(
                "text => document.querySelector('[data-testid=date]').innerText !== text", arg=before
            )
        page.get_by_test_id("channel-private").click()
        page.wait_for_timeout(LONG)
        keep(page, f"retention-{name}-nudge", COLOURS)
        page.goto(f"{url}/?lang={lang}&as=lin")
        settled(page)
        write(page, "/risk")
        page.wait_for_timeout(SETTLE)
        keep(page, f"retention-{name}-risk", COLOURS)
        write(page, "/uplift")
        page.wait_for_timeout(SETTLE)
        keep(page, f"retention-{name}-uplift", COLOURS)
        for one in browser.contexts:
            one.close()


def visit(context: BrowserContext, url: str) -> Page:
    """A tab that is ready to be written in."""
    page = context.new_page()
    page.goto(url)
    settled(page)
    return page


def settled(page: Page) -> None:
    """Wait until the page can be used."""
    page.get_by_test_id("post").first.wait_for()
    page.wait_for_function("window.socket?.connected")


def front(browser: Browser) -> None:
    """The playground as it is met first."""
    take(browser, "lang=en", "playground-en-light", [ENGLISH[0], "/leaderboard", ENGLISH[1]], dark=False)
    take(browser, "lang=zh_CN", "playground-zh-dark", [*CHINESE, "/rank"], dark=True)
    take(browser, "lang=en&as=mei", "playground-phone", ["/leaderboard"], width=390, height=844, dark=False)


def main() -> None:
    """Take those that are named, or all of them."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    wanted = sys.argv[1:] or ["playground", "membership", "engagement", "retention"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        if "playground" in wanted:
            front(browser)
        for part in (membership, engagement, retention):
            if part.__name__ in wanted:
                part(browser, "en", dark=False)
                part(browser, "zh_CN", dark=True)
        browser.close()


if __name__ == "__main__":
    main()
