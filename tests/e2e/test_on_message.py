"""What is done on a message, and who comes by an invitation, in Chromium."""

from playwright.async_api import expect

from tests.e2e.conftest import Open


async def test_an_answer_is_accepted_by_whoever_asked_and_thanked_in_reply(visit: Open) -> None:
    nora, mei = await visit(**{"as": "nora"}), await visit(**{"as": "mei"})
    await nora.write("What opens a closed door")
    asked = mei.posts.last
    await expect(asked).to_contain_text("What opens a closed door")
    await asked.hover()
    await asked.locator('.tools [data-do="reply"]').click()
    await mei.write("A key that was turned twice")
    answered = nora.posts.filter(has_text="A key that was turned twice").first
    await answered.hover()
    await answered.locator('.tools [data-do="command:accept"]').click()
    await expect(mei.posts.last).to_contain_text("✅ That is the answer. Well done, 陈梅: 100 points!")
    await answered.hover()
    await answered.locator('.tools [data-do="reply"]').click()
    await nora.write("/thanks")
    await expect(mei.posts.last).to_contain_text("💛 Nora Lind thanks 陈梅: 20 points!")


async def test_somebody_comes_by_an_invitation_and_may_be_acted_as(visit: Open) -> None:
    tab = await visit(**{"as": "mei"})
    await tab.write("/invite")
    await tab.posts.last.get_by_text("Open the link").click()
    await expect(tab.posts.last).to_contain_text("Kai Larsen came by your link.")
    await tab.be("kai")
    await expect(tab.page.get_by_test_id("me-name")).to_have_text("Kai Larsen")
