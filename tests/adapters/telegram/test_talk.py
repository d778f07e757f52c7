"""Commands, buttons, forms and rights, as people meet them in a group and in private."""

import asyncio
from typing import Annotated

import pytest

from bot.adapters.telegram import TelegramAdapter
from bot.adapters.telegram.api import Target
from bot.adapters.telegram.render import render
from bot.app import App
from bot.commands import About, Ask, command
from bot.desk import Desk
from bot.i18n import N_
from bot.reply import Attachment, Button, Reply
from bot.storage import members
from tests.adapters.telegram.conftest import ANN, BEA, CLUB, MOD, OLA, Heard, key, make, said
from tests.adapters.telegram.test_render import HOSTILE
from tests.fakes.telegram import FakeTelegram

PICTURE = Attachment(name="a.png", data=b"\x89PNG")


async def test_a_page_is_turned_in_place(adapter: TelegramAdapter, telegram: FakeTelegram, heard: Heard) -> None:
    for user in range(200, 215):
        telegram.user(user, f"Member {user}")
        telegram.say(user, CLUB, "hello")
    await heard.until(*(key(CLUB, number) for number in range(100, 115)))
    telegram.say(ANN, CLUB, "/leaderboard")
    first = await said(telegram, "Leaderboard", chat=CLUB)
    turned = telegram.press(BEA, first, "▶")
    await telegram.until(lambda: turned in telegram.pressed)
    second = telegram.messages[CLUB, first["message_id"]]  # type: ignore[index]
    assert second["caption"] != first["caption"]
    assert second["caption"].count("Member 2") == 5
    assert {one["message_id"] for one in telegram.sent} == {first["message_id"]}


async def test_the_same_page_again_is_no_error(adapter: TelegramAdapter, telegram: FakeTelegram) -> None:
    (page,) = render(Reply(text="as it was"))
    sent = await adapter._api.send(Target(CLUB), page)
    assert await adapter._api.edit(CLUB, sent, page, was_photo=False)
    assert [one for one, _ in telegram.calls if "Message" in one] == ["sendMessage", "editMessageText"]
    assert len(telegram.sent) == 1


async def test_a_short_private_answer_to_a_press_is_a_box_for_one(
    adapter: TelegramAdapter, telegram: FakeTelegram
) -> None:
    telegram.say(ANN, CLUB, "/rank")
    message = await said(telegram, "Ann", chat=CLUB)
    press = telegram.press_data(BEA, message, "setup announce")
    await telegram.until(lambda: press in telegram.pressed)
    assert "creator only" in telegram.pressed[press]["text"]
    assert telegram.pressed[press]["show_alert"]


@pytest.mark.parametrize(
    "data", ["nonsense", "rank&member=#9999", "gate add&gate=x&role=1", "~abc&0&1", "&&&", "\u0000"]
)
async def test_what_was_never_shown_can_be_pressed_without_harm(
    adapter: TelegramAdapter, telegram: FakeTelegram, app: App, data: str
) -> None:
    telegram.say(ANN, CLUB, "/rank")
    message = await said(telegram, "Ann", chat=CLUB)
    press = telegram.press_data(BEA, message, data)
    await telegram.until(lambda: press in telegram.pressed)
    assert telegram.pressed[press].get("text") or telegram.pressed[press].get("url")


async def test_a_button_of_another_group_gives_no_rights_there(
    adapter: TelegramAdapter, telegram: FakeTelegram, app: App
) -> None:
    other = telegram.group(-1001000000009, "Other", BEA)
    for chat, user in ((CLUB, ANN), (other, BEA)):
        telegram.say(user, chat, "/rank")
        await said(telegram, telegram.users[user]["first_name"], chat=chat)
    telegram.say(BEA, BEA, "/start")
    message = await said(telegram, "Welcome", chat=BEA)
    forged = f"setup community&name=Mine&@={_base36(-CLUB)}"
    press = telegram.press_data(BEA, message, forged)
    await telegram.until(lambda: press in telegram.pressed)
    await said(telegram, "creator only", chat=BEA)
    assert [c.name for c in [await app.store.read(members.community, n) for n in (1, 2)]] == ["Club", "Other"]


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits


async def test_rights_are_asked_anew_when_they_changed(
    adapter: TelegramAdapter, telegram: FakeTelegram, heard: Heard, app: App
) -> None:
    telegram.started |= {ANN}
    telegram.say(ANN, CLUB, "/setup announce")
    await said(telegram, "creator only", chat=ANN)
    telegram.promote(CLUB, ANN, "can_promote_members")
    telegram.put("chat_member", {**changed(telegram, ANN), "new_chat_member": telegram.member(CLUB, ANN)})
    await heard.until(key(CLUB, telegram.say(BEA, CLUB, "Ann is an administrator now")))
    telegram.say(ANN, CLUB, "/setup announce")
    await said(telegram, "News is announced", chat=ANN)
    telegram.set_member(CLUB, ANN, status="member")
    await heard.until(key(CLUB, telegram.say(BEA, CLUB, "and no more")))
    telegram.sent.clear()
    telegram.say(ANN, CLUB, "/setup announce")
    await said(telegram, "creator only", chat=ANN)


def changed(telegram: FakeTelegram, user: int) -> dict[str, object]:
    member = {"user": telegram.users[user], "status": "member"}
    return {
        "chat": telegram.chats[CLUB],
        "from": telegram.users[OLA],
        "date": telegram.tick(),
        "old_chat_member": member,
    }


@pytest.mark.parametrize(
    "line", ["/setup show", "/setup community x", "/setup announce", "/gate add lounge", "/gate remove lounge"]
)
@pytest.mark.parametrize(
    ("user", "allowed"),
    [(ANN, False), (BEA, False), (MOD, False), (OLA, True)],
    ids=["member", "bea", "moderator", "owner"],
)
async def test_only_the_owner_sets_up(
    adapter: TelegramAdapter, telegram: FakeTelegram, app: App, line: str, user: int, allowed: bool
) -> None:
    telegram.started.add(user)
    telegram.say(user, CLUB, line)
    await telegram.until(lambda: any(m["chat"]["id"] == user for m in telegram.sent))
    answer = next(m for m in telegram.sent if m["chat"]["id"] == user)["text"]
    assert ("creator only" in answer) is not allowed
    settings = await app.store.read(members.community, 1)
    if not allowed:
        assert (settings.name, settings.announce) == ("Club", {})


@pytest.mark.parametrize("line", ["/setup", "/setup show", "/doctor"])
async def test_in_private_nobody_is_known_to_run_a_group(
    adapter: TelegramAdapter, telegram: FakeTelegram, heard: Heard, line: str
) -> None:
    await heard.until(key(CLUB, telegram.say(OLA, CLUB, "hello")))
    telegram.say(OLA, OLA, line)
    await said(telegram, "请在你的群里说", chat=OLA)


async def test_an_administrator_who_hides_is_asked_to_show_who_they_are(
    adapter: TelegramAdapter, telegram: FakeTelegram
) -> None:
    telegram.say_hidden(CLUB, "/setup announce")
    await said(telegram, "Remain anonymous", chat=CLUB)


async def test_a_member_is_named_by_reply_or_by_name_or_by_at_name(
    adapter: TelegramAdapter, telegram: FakeTelegram, heard: Heard
) -> None:
    number = telegram.say(BEA, CLUB, "hello")
    await heard.until(key(CLUB, number))
    for line, reply_to in (("/rank", number), ("/rank bea", 0), ("/rank @Bea_Bee", 0), ("/rank #1", 0)):
        telegram.sent.clear()
        telegram.say(ANN, CLUB, line, reply_to=reply_to)
        await said(telegram, "Bea", chat=CLUB)
    telegram.say(ANN, ANN, "hi")
    telegram.say(ANN, CLUB, "/rank @nobody")
    await said(telegram, "I know no member called @\u2060nobody", chat=ANN)


async def test_a_command_is_said_in_answer_to_the_message_it_is_about(
    adapter: TelegramAdapter, telegram: FakeTelegram, heard: Heard
) -> None:
    asked = telegram.say(ANN, CLUB, "What opens a closed door?")
    answered = telegram.say(BEA, CLUB, "A key that was turned twice", reply_to=asked)
    await heard.until(key(CLUB, asked), key(CLUB, answered))
    telegram.say(ANN, ANN, "hi")
    telegram.say(ANN, CLUB, "/accept")
    await said(telegram, "Which message? Answer it with /accept.", chat=ANN)
    telegram.say(ANN, CLUB, "/accept", reply_to=answered)
    await said(telegram, "That is the answer. Well done, Bea: 100 points!", chat=CLUB)
    change = await heard.until(f"{key(CLUB, answered)}:accepted")
    assert (change.after.engagement.answers, change.after.engagement.quality) == (1, 100)
    telegram.say(ANN, CLUB, "/thanks", reply_to=answered)
    await said(telegram, "Ann thanks Bea: 20 points!", chat=CLUB)
    bots = next(m for m in telegram.sent if "Well done" in m["text"])["message_id"]
    telegram.say(ANN, CLUB, "/accept", reply_to=bots)
    await said(telegram, "I don't know that message", chat=ANN)


async def test_a_stranger_in_private_is_told_where_to_begin(adapter: TelegramAdapter, telegram: FakeTelegram) -> None:
    telegram.say(ANN, ANN, "/rank")
    await said(telegram, "I do not know you yet", chat=ANN)


async def test_a_form_in_private_can_be_left_and_refuses_what_does_not_fit(
    adapter: TelegramAdapter, telegram: FakeTelegram, app: App
) -> None:
    telegram.started.add(OLA)
    telegram.say(OLA, CLUB, "/setup community")
    await said(telegram, "(1/2)", chat=OLA)
    telegram.say(OLA, OLA, "x" * 65)
    await said(telegram, "太长了", "(1/2)", chat=OLA)
    telegram.say(OLA, OLA, "/start")
    await said(telegram, "Club", chat=OLA)
    telegram.say(OLA, OLA, "Night Owls")
    await said(telegram, "/help", chat=OLA)
    assert (await app.store.read(members.community, 1)).name == "Club"


async def test_rights_lost_while_a_form_is_filled_in_are_lost(
    adapter: TelegramAdapter, telegram: FakeTelegram, app: App, heard: Heard
) -> None:
    telegram.started.add(OLA)
    telegram.say(OLA, CLUB, "/setup community")
    await said(telegram, "(1/2)", chat=OLA)
    telegram.say(OLA, OLA, "Mine for ever")
    second = await said(telegram, "(2/2)", chat=OLA)
    telegram.set_member(CLUB, OLA, status="member")
    await heard.until(key(CLUB, telegram.say(BEA, CLUB, "the owner has changed")))
    telegram.press(OLA, second, "保留")
    await telegram.until(lambda: telegram.sent[-1]["message_id"] > second["message_id"])
    assert (await app.store.read(members.community, 1)).name == "Club"


async def test_answers_are_in_the_callers_language(adapter: TelegramAdapter, telegram: FakeTelegram) -> None:
    telegram.say(OLA, OLA, "hi")
    telegram.say(OLA, CLUB, "/language")
    question = await said(telegram, "语言", chat=OLA)
    telegram.press(OLA, question, "English")
    await said(telegram, "From now on I speak English", chat=OLA)
    telegram.say(OLA, CLUB, "/language 中文")
    await said(telegram, "中文", "从现在起", chat=OLA)


async def test_hostile_names_titles_and_arguments_break_nothing(
    adapter: TelegramAdapter, telegram: FakeTelegram, heard: Heard
) -> None:
    texts = [text[:4000] for text in HOSTILE if text.strip() and text.encode("utf-8", "ignore").decode() == text]
    for at, text in enumerate(texts):
        user, chat = telegram.user(300 + at, text), telegram.group(-1002000000000 - at, text, 300 + at)
        telegram.started.add(user)
        for _ in range(7):
            telegram.say(user, chat, text.replace("/", "|"))
        telegram.say(user, chat, f"/rank {text}".replace("\n", " ").rstrip())
        telegram.say(user, chat, "/setup show")
        telegram.say(user, chat, "/leaderboard")
    for at in range(len(texts)):
        await heard.until(key(-1002000000000 - at, 106))
        await said(telegram, "has reached level 1", chat=-1002000000000 - at)
        await said(telegram, "Leaderboard", chat=-1002000000000 - at)
        await said(telegram, "", chat=300 + at)
    kinds = {e["type"] for m in telegram.sent for e in (*m.get("entities", ()), *m.get("caption_entities", ()))}
    assert kinds == {"bold", "pre", "bot_command"}
    assert not [name for name, _ in telegram.calls if name.endswith("!")]


# ---------------------------------------------------------------------- commands of the tests' own


def desk_of(app: App, *commands: object) -> Desk:
    return Desk(app, commands)  # type: ignore[arg-type]


async def test_a_slow_command_holds_up_nobody_else_and_is_seen_to_be_heard(
    app: App, telegram: FakeTelegram, heard: Heard
) -> None:
    release = asyncio.Event()

    @command("slow", N_("slow"), private=False, slow=True)
    async def slow(ask: Ask) -> Reply:
        await release.wait()
        return Reply(text=f"slow for {ask.me.name}")

    @command("quick", N_("quick"), private=False)
    async def quick(ask: Ask) -> Reply:
        return Reply(text=f"quick for {ask.me.name}")

    adapter = make(desk_of(app, slow, quick), telegram, "polling")
    await adapter.start()
    telegram.say(ANN, CLUB, "/slow")
    telegram.say(ANN, CLUB, "/quick")
    telegram.say(BEA, CLUB, "/quick")
    await said(telegram, "quick for Bea")
    await heard.until(key(CLUB, telegram.say(BEA, CLUB, "go on")))
    await telegram.until(lambda: any(name == "sendChatAction" for name, _ in telegram.calls))
    assert not [m for m in telegram.sent if "Ann" in m["text"]]
    release.set()
    await said(telegram, "quick for Ann")
    assert [m["text"] for m in telegram.sent] == ["quick for Bea", "slow for Ann", "quick for Ann"]
    await adapter.close()


async def test_texts_pictures_and_files_take_each_others_place(app: App, telegram: FakeTelegram) -> None:
    @command("show", N_("show"), private=False)
    async def show(ask: Ask, what: Annotated[str, About(name=N_("what"), description=N_("what"))] = "text") -> Reply:
        kinds = ("text", "picture", "other", "file", "long")
        row = tuple(Button(label=one, command="show", options={"what": one}) for one in kinds)
        return Reply(
            text="word " * 2000 if what == "long" else what,
            image=PICTURE if what in ("picture", "other") else None,
            file=PICTURE if what == "file" else None,
            buttons=(row,),
            replaces=True,
        )

    adapter = make(desk_of(app, show), telegram, "polling")
    await adapter.start()
    telegram.say(ANN, CLUB, "/show")
    message = await said(telegram, "text")
    for label, same in (("picture", True), ("other", True), ("text", False), ("long", False), ("file", False)):
        before = telegram.sent[-1]
        press = telegram.press(ANN, before, label)
        await telegram.until(lambda: press in telegram.pressed)  # noqa: B023
        assert (telegram.sent[-1]["message_id"] == before["message_id"]) is same
    assert "photo" in telegram.messages[CLUB, message["message_id"]]  # type: ignore[index]
    await adapter.close()


async def test_an_answer_is_given_when_the_network_is_back(adapter: TelegramAdapter, telegram: FakeTelegram) -> None:
    telegram.fail("sendMessage", 502, "Bad Gateway")
    telegram.fail("sendMessage", 429, "Too Many Requests", retry_after=1)
    telegram.say(ANN, CLUB, "/leaderboard")
    await said(telegram, "", chat=CLUB)
    assert len(telegram.sent) == 1
