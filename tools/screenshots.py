"""Takes the README's pictures: drives a fresh playground in Chromium the way a newcomer would.

`.venv/bin/python -m tools.screenshots` writes them to `docs/images/`. Look at them before you commit them.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
SETTLE = 1_500
"""Milliseconds for things to settle; the confetti still falls."""
LONG = 8_000
"""Milliseconds after which no notice floats above the page any more."""
HEAVIEST = 300_000
"""Bytes that a picture in the README may have."""


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


def keep(page: Page, name: str) -> None:
    """Take a picture, and make it as small as it goes."""
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    Image.open(path).convert("RGB").save(path, "PNG", optimize=True)
    assert path.stat().st_size <= HEAVIEST, f"{path} is too heavy"  # noqa: S101
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} kB")


def membership(browser: Browser, lang: str, *, dark: bool) -> None:
    """A member subscribes, then the renewal fails: the checkout, the open room, and the grace that /why explains."""
    name = "zh" if lang == "zh_CN" else lang
    with playground() as url:
        context = browser.new_context(viewport={"width": 1360, "height": 850}, color_scheme="dark" if dark else "light")
        page = context.new_page()
        page.goto(f"{url}/?lang={lang}&as=mei")
        page.get_by_test_id("post").first.wait_for()
        page.wait_for_function("window.socket?.connected")
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


def take(browser: Browser, asked: str, name: str, said: list[str], *, width: int, height: int, dark: bool) -> None:
    """Say these things in a playground of its own, then take the picture."""
    with playground() as url:
        _take(browser, f"{url}/?{asked}", name, said, width=width, height=height, dark=dark)


def _take(browser: Browser, url: str, name: str, said: list[str], *, width: int, height: int, dark: bool) -> None:
    scheme = "dark" if dark else "light"
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    page.get_by_test_id("post").first.wait_for()
    page.wait_for_function("window.socket?.connected")
    for text in said:
        write(page, text)
    page.wait_for_timeout(SETTLE)
    keep(page, name)
    context.close()


def main() -> None:
    """Take all of them."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        english = ["Hello! I am Nora, learning to read data well.", "/leaderboard", "Week one done. My first chart!"]
        chinese = ["大家好，我是小雨！", "第一周的作业交了，图表是我自己画的。", "/rank"]
        take(browser, "lang=en", "playground-en-light", english, width=1360, height=850, dark=False)
        take(browser, "lang=zh_CN", "playground-zh-dark", chinese, width=1360, height=850, dark=True)
        take(browser, "lang=en&as=mei", "playground-phone", ["/leaderboard"], width=390, height=844, dark=False)
        membership(browser, "en", dark=False)
        membership(browser, "zh_CN", dark=True)
        browser.close()


if __name__ == "__main__":
    main()
