"""The library on Telegram: a message and its file are taken from where they stand, and handed on as the plan asks."""

from typing import Any

from bot.adapters.telegram import TelegramAdapter
from bot.adapters.telegram.render import render
from bot.adapters.telegram.wire import Chat, Message
from bot.app import App
from bot.engine.library import Content
from bot.engine.rules import Plan
from bot.reply import Attachment, Button, Reply
from bot.storage import library
from bot.words import replace
from tests.adapters.telegram.conftest import ANN, BEA, CLUB, OLA, Heard, key, said
from tests.conftest import START
from tests.fakes.telegram import FakeTelegram

NOTES = {"file_id": "BQAC-7", "file_unique_id": "u7", "file_name": "notes.pdf"}


def calls(telegram: FakeTelegram, name: str) -> list[dict[str, Any]]:
    """What a method was called with."""
    return [options for called, options in telegram.calls if called == name]


async def test_a_file_in_the_group_is_published_by_answering_it_and_sent_again_by_its_id(
    adapter: TelegramAdapter, telegram: FakeTelegram, app: App, heard: Heard
) -> None:
    telegram.started |= {OLA, ANN}
    telegram.say(OLA, CLUB, "/language English")
    await said(telegram, "From now on I speak English", chat=OLA)
    sent = telegram.say(BEA, CLUB, "", caption="My notes on borrowing", document=NOTES)
    await heard.until(key(CLUB, sent))
    telegram.say(OLA, CLUB, "/publish", reply_to=sent)
    for at, label in enumerate(("Keep: My notes", "Keep: 📎", "Leave empty", "Leave empty", "Keep: everybody"), 1):
        telegram.press(OLA, await said(telegram, f"({at}/5)", chat=OLA), label)
    await said(telegram, "My notes on borrowing is in the library.", chat=OLA)
    (item,) = await app.store.read(library.of_community, 1)
    assert (item.title, item.kind, item.body) == ("My notes on borrowing", "file", "My notes on borrowing")
    assert (item.file, item.source) == ({"telegram": "document:BQAC-7"}, key(CLUB, sent))
    telegram.say(ANN, CLUB, "/study open #1")
    await said(telegram, "📎 My notes on borrowing", chat=ANN)
    (call,) = calls(telegram, "sendDocument")
    assert (call["chat_id"], call["document"], call.get("protect_content")) == (ANN, "BQAC-7", None)


async def test_what_a_plan_opens_can_not_be_forwarded_if_the_plan_asks_for_it(
    adapter: TelegramAdapter, telegram: FakeTelegram, app: App, heard: Heard
) -> None:
    telegram.started.add(ANN)
    await heard.until(key(CLUB, telegram.say(ANN, CLUB, "hello")))
    item = Content(name="own", kind="article", title="Ownership", published_at=START, body="One owner.", plan="pro")
    await app.store.write(library.put, 1, replace(item, author=1))  # Ann's own, so it is open to her
    await app.amend(1, Plan(name="pro", prices={"usd": 900}))
    telegram.say(ANN, ANN, "/study open own")
    await said(telegram, "One owner.", chat=ANN)
    assert calls(telegram, "sendMessage")[-1]["protect_content"] is True
    await app.amend(1, Plan(name="pro", prices={"usd": 900}, protect=False))
    telegram.say(ANN, ANN, "/study open own")
    await telegram.until(lambda: len(calls(telegram, "sendMessage")) == 2)
    assert calls(telegram, "sendMessage")[-1].get("protect_content") is None


def test_a_message_in_a_large_group_has_a_link() -> None:
    large, small = Chat(id=CLUB, type="supergroup"), Chat(id=-55, type="group")
    assert Message(message_id=7, chat=large).link == "https://t.me/c/1000000001/7"
    assert Message(message_id=7, chat=small).link == ""


def test_every_page_of_what_is_protected_is() -> None:
    button = Button(label="On", command="library")
    reply = Reply(text="word " * 2000, kept="video:abc", buttons=((button,),), protect=True)
    pages = render(reply)
    assert len(pages) > 2
    assert {page.protect for page in pages} == {True}
    assert [page.kept for page in pages] == [*[""] * (len(pages) - 1), "video:abc"]
    assert [bool(page.keys) for page in pages] == [*[False] * (len(pages) - 1), True]
    (short,) = render(replace(reply, text="word"))
    assert (short.html, short.kept, short.protect, len(short.keys)) == ("word", "video:abc", True, 1)
    (open_,) = render(Reply(text="word", file=Attachment(name="a", data=b"a")))
    assert (open_.html, open_.protect) == ("word", False)
