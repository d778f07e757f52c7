"""Whatever a member writes or is called, the page shows it as text and runs none of it."""

import pytest
from playwright.async_api import expect

from bot.adapters.playground import Playground
from tests.e2e.conftest import Open
from tests.hostile import HOSTILE


@pytest.mark.slow
async def test_hostile_texts_are_shown_as_they_are(visit: Open, playground: Playground) -> None:
    tab = await visit(**{"as": "mei"})
    for number, text in enumerate(HOSTILE.values()):
        await playground.deeds.post("mei", "welcome", f"{number}: {text}")
    await tab.write("the end")
    await expect(tab.posts.last).to_contain_text("the end")
    assert await tab.page.locator(".text :not(span)").count() == 0, "a message has made elements"
    assert await tab.page.locator(".posts script, .posts iframe, .posts object, .posts svg").count() == 0
    assert await tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await tab.write("/rank")
    await expect(tab.replies.last).to_be_visible()
