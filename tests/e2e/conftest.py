"""A playground of its own for each test, in this process, and the system's Chromium to visit it with."""

import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from nicegui import Client
from nicegui.testing.general import nicegui_reset_globals
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bot.adapters.playground import PlayClock, Playground
from bot.adapters.sandbox import Sandbox
from bot.app import App
from bot.cogs import COMMANDS
from bot.desk import Desk
from bot.engine.rules import Rules
from bot.service import opened, play_rules, running, selling, serving
from bot.storage.store import Store
from bot.till import Till
from bot.web import server
from tests import quickly

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 15_000
"""Milliseconds for something to be seen, on a machine that does other things, too."""
LEAP = 60_000
"""Milliseconds for a month to pass: all jobs of its days are done."""
OPENING = datetime(2026, 11, 21, 18, tzinfo=UTC)
"""When each playground opens: what members hear first, and in which words, goes by the day."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Visit:
    """A tab, with the words for what one does in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.composer = page.get_by_test_id("composer")
        self.posts = page.get_by_test_id("post")
        self.replies = page.get_by_test_id("reply")

    async def write(self, text: str) -> None:
        """Type into the box and press Enter."""
        await self.composer.fill(text)
        await self.composer.press("Enter")

    async def go(self, channel: str) -> None:
        """Look at a channel."""
        await self.page.get_by_test_id(f"channel-{channel}").click()

    async def be(self, user: str) -> None:
        """Act as somebody else."""
        await self.page.get_by_test_id("me").click()
        await self.page.get_by_test_id(f"be-{user}").click()

    async def pass_time(self, button: int) -> None:
        """Press one of the buttons that let time pass, and wait until all of it has passed."""
        pressed = self.page.get_by_test_id(f"advance-{button}")
        await pressed.click()
        await expect(pressed).to_be_disabled()
        await expect(pressed).to_be_enabled(timeout=LEAP)

    def last(self) -> Locator:
        """The last reply of the bot."""
        return self.replies.last


Open = Callable[..., Awaitable[Visit]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let all of these tests share an event loop, and so one browser: starting one takes as long as many a test."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("no Chromium on the PATH: `make test` installs it, or says how")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="session")
async def playground(tmp_path: Path, rules: Rules) -> AsyncIterator[Playground]:
    """A living community, its page served at `playground.url`."""
    began = time.monotonic()
    clock = PlayClock(real=lambda: OPENING + timedelta(seconds=time.monotonic() - began))
    async with (
        opened(Store(f"sqlite:///{tmp_path}/playground.db")) as store,
        running(App(store, play_rules(rules), clock=clock)) as app,
        selling(Till(app, [Sandbox(store, clock)])) as till,
    ):
        found = Playground(Desk(app, COMMANDS, till), clock, pace=0.3)
        app.join(found)
        with quickly.counted_once("playground"):
            await found.begin()
        yield found
        await found.close()


@pytest.fixture
def pages() -> Iterator[None]:
    """NiceGUI's pages belong to the process: each test begins without any."""
    with nicegui_reset_globals():
        yield
        Client.page_routes.clear()  # else it would unload the modules of our pages


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, playground: Playground, pages: None) -> AsyncIterator[Open]:
    """Open a tab, in a language, of a width, in the dark… In the end nothing may have gone wrong in any."""
    wrong: list[str] = []
    web = server.create(playground.app, playground=playground, till=playground.desk.till)
    async with serving(web, "127.0.0.1", 0) as port:
        home = f"http://127.0.0.1:{port}"

        async def open_tab(*, width: int = 1400, height: int = 860, dark: bool = False, **asked: str) -> Visit:
            context = await browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
                locale="en-US",
                accept_downloads=True,
            )
            page = await context.new_page()
            page.set_default_timeout(10_000)
            page.on("pageerror", lambda error: wrong.append(f"error in the page: {error}"))
            page.on("dialog", lambda dialog: wrong.append(f"a dialog opened: {dialog.message}"))
            page.on("request", lambda request: wrong.extend(_outside(request.url, home)))
            await page.goto(f"{home}/?{urlencode(asked)}")
            await expect(page.get_by_test_id("post").first).to_be_visible()
            await page.wait_for_function("window.socket?.connected")
            return Visit(page)

        yield open_tab
        for context in browser.contexts:
            await context.close()
    assert wrong == []


def _outside(url: str, home: str) -> list[str]:
    ours = (home, home.replace("http", "ws"), "data:", "blob:")
    return [] if url.startswith(ours) else [f"the page called {url}"]
