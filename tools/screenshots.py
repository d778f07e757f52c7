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
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    Image.open(path).convert("RGB").save(path, "PNG", optimize=True)
    assert path.stat().st_size <= HEAVIEST, f"{path} is too heavy"  # noqa: S101
    context.close()
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} kB")


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
        browser.close()


if __name__ == "__main__":
    main()
