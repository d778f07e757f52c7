"""What happens in groups reaches the engine, by long polling and by webhook, once each."""

from typing import Any

import pytest

from bot.adapters.telegram import TelegramAdapter
from bot.app import App
from bot.events import Account, MemberJoined, MemberLeft
from bot.storage import inbox, members
from bot.storage.store import Connection
from tests.adapters.telegram.conftest import ANN, BEA, CLUB, OLA, Heard, key, said
from tests.fakes.telegram import FakeTelegram

pytestmark = [pytest.mark.parametrize("by", ["polling", "webhook"], indirect=True), pytest.mark.usefixtures("adapter")]


async def test_reactions_count_for_the_author_but_never_ones_own(telegram: FakeTelegram, heard: Heard) -> None:
    number = telegram.say(ANN, CLUB, "look at this")
    telegram.react(ANN, CLUB, number, "🔥")
    telegram.react(BEA, CLUB, number, "👍")
    telegram.react(BEA, CLUB, number, "❤")
    end = telegram.say(BEA, CLUB, "done")
    last = await heard.until(key(CLUB, end))
    assert last.after.engagement.reactions_given == 2
    received = [c for k, c in heard.changes.items() if ":reaction:" in k and not k.endswith((":given", ":withdrawn"))]
    assert [c.event.emoji for c in received] == ["👍", "❤"]  # type: ignore[union-attr]
    (taken,) = [c for k, c in heard.changes.items() if k.endswith(":withdrawn")]
    assert taken.before.engagement.reactions_received - taken.after.engagement.reactions_received == 1
    telegram.react(ANN, CLUB, number)
    again = telegram.say(ANN, CLUB, "more")
    assert (await heard.until(key(CLUB, again))).before.engagement.reactions_received == 1


async def test_comings_and_goings(telegram: FakeTelegram, heard: Heard) -> None:
    cid = telegram.user(77, "Cid")
    telegram.join(cid, CLUB)
    joined = telegram.now
    telegram.set_member(CLUB, cid, **restricted(is_member=True))
    telegram.set_member(CLUB, cid, **restricted(is_member=False))
    left = telegram.now
    await heard.until(f"telegram:member:{CLUB}:77:{joined}:joined", f"telegram:member:{CLUB}:77:{left}:left")
    kinds = [type(change.event) for change in heard.changes.values()]
    assert kinds == [MemberJoined, MemberLeft]


def restricted(*, is_member: bool) -> dict[str, Any]:
    rights = (
        "can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos",
        "can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages",
        "can_add_web_page_previews", "can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics",
        "can_react_to_messages", "can_edit_tag",
    )  # fmt: skip
    return {"status": "restricted", "is_member": is_member, "until_date": 0, **dict.fromkeys(rights, False)}


async def test_what_earns_nothing(telegram: FakeTelegram, heard: Heard, app: App) -> None:
    telegram.say_hidden(CLUB, "from the shadows")
    telegram.service(ANN, CLUB, pinned_message=telegram.messages[CLUB, 100])
    channel = {"id": -1009, "type": "channel", "title": "News"}
    telegram.put(
        "message",
        {**telegram.message(CLUB, ann(telegram)), "sender_chat": channel, "is_automatic_forward": True, "text": "post"},
    )
    telegram.say(ANN, CLUB, "/unknown_command of another bot")
    telegram.say(ANN, CLUB, "/rank@another_bot")
    end = telegram.say(BEA, CLUB, "a real message")
    await heard.until(key(CLUB, end))
    assert list(heard.changes) == [key(CLUB, end)]
    assert not [m for m in telegram.sent if m["chat"]["id"] == CLUB]


def ann(telegram: FakeTelegram) -> dict[str, object]:
    return telegram.users[ANN]


async def test_an_update_that_fits_nothing_is_skipped_and_the_next_is_handled(
    telegram: FakeTelegram, heard: Heard, app: App
) -> None:
    first = telegram.say(ANN, CLUB, "before")
    telegram.repeat({"update_id": 1500, "message": {"message_id": "seven", "chat": 5}})
    telegram.repeat({"update_id": 1501, "message": {"message_id": 3, "date": 10**18, "chat": telegram.chats[CLUB],
                     "from": ann(telegram), "text": "in the far future"}})  # fmt: skip
    telegram.repeat({"update_id": 1502, "something_new": {"a": [1, 2, {"b": None}]}})
    second = telegram.say(ANN, CLUB, "after")
    await heard.until(key(CLUB, first), key(CLUB, second))
    assert len(heard.changes) == 2
    assert await app.store.read(inbox.waiting, "telegram:123456789") == []


async def test_an_update_twice_counts_once(telegram: FakeTelegram, heard: Heard) -> None:
    first = telegram.say(ANN, CLUB, "once")
    body = telegram.messages[CLUB, first]
    await heard.until(key(CLUB, first))
    telegram.repeat({"update_id": 1000, "message": body})
    telegram.repeat({"update_id": 4000, "message": body})
    end = telegram.say(ANN, CLUB, "twice")
    last = await heard.until(key(CLUB, end))
    assert last.after.engagement.messages == 2


@pytest.mark.parametrize("order", ["first the old", "first the new", "both twice"])
async def test_a_group_that_becomes_a_supergroup_stays_the_same_community(
    telegram: FakeTelegram, heard: Heard, app: App, order: str
) -> None:
    old, new = -55, -1000000000055
    telegram.group(old, "Small", OLA, kind="group")
    telegram.members[old, ANN] = {"status": "member"}
    before = await heard.until(key(old, telegram.say(ANN, old, "in the small group")))
    telegram.migrate(OLA, old, new, told=False)
    to = {"migrate_to_chat_id": new}
    from_ = {"migrate_from_chat_id": old}
    told = {"first the old": [(old, to), (new, from_)], "first the new": [(new, from_), (old, to)]}
    for chat, content in told.get(order, [(old, to), (new, from_)] * 2):
        telegram.service(OLA, chat, **content)
    after = await heard.until(key(new, telegram.say(ANN, new, "in the large one")))
    assert after.seat.member == before.seat.member
    assert after.after.engagement.messages == 2
    me = await app.profile(Account(platform="telegram", space=str(old), user=str(ANN)))
    assert me.member == before.seat.member


async def test_the_group_and_its_topics_are_noted_by_name(telegram: FakeTelegram, heard: Heard, app: App) -> None:
    telegram.add_bot(OLA, CLUB)
    topic = telegram.topic(OLA, CLUB, "Homework")
    number = telegram.say(ANN, CLUB, "done", topic=topic)
    change = await heard.until(key(CLUB, number))
    assert change.event.topic == str(topic)  # type: ignore[union-attr]
    assert change.event.reply_to == ""  # type: ignore[union-attr]
    found = await app.store.read(members.channels, change.seat.community, "telegram")
    assert [(c.external, c.name, c.kind) for c in found] == [
        (str(CLUB), "Club", "chat"),
        (f"{CLUB}/{topic}", "Homework", "topic"),
    ]


async def test_an_answer_in_a_topic_stays_there(telegram: FakeTelegram) -> None:
    topic = telegram.topic(OLA, CLUB, "Homework")
    telegram.say(ANN, CLUB, "/rank", topic=topic)
    assert (await said(telegram, "Ann", chat=CLUB))["message_thread_id"] == topic
    telegram.say(OLA, OLA, "hi")
    telegram.say(OLA, CLUB, "/setup announce", topic=topic)
    await said(telegram, f"{CLUB}/{topic}", chat=OLA)
    for n in range(8):
        telegram.say(ANN, CLUB, f"elsewhere {n}")
    assert (await said(telegram, "has reached level 1"))["message_thread_id"] == topic


async def test_what_breaks_us_is_set_aside_and_the_rest_goes_on(
    telegram: FakeTelegram, heard: Heard, app: App, adapter: TelegramAdapter
) -> None:
    def refuse(connection: Connection) -> None:
        connection.exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE INSERT ON channels WHEN new.name = 'Cursed' "
            "BEGIN SELECT RAISE(ABORT, 'cursed'); END"
        )

    await app.store.write(refuse)
    first = telegram.say(ANN, CLUB, "before")
    telegram.service(OLA, CLUB, new_chat_title="Cursed")
    telegram.service(OLA, CLUB, new_chat_title="Blessed\x00 \u202e")
    second = telegram.say(ANN, CLUB, "after")
    change = await heard.until(key(CLUB, first), key(CLUB, second))
    found = await app.store.read(members.channels, change.seat.community, "telegram")
    assert [one.name for one in found] == ["Blessed"]
    assert await app.store.read(inbox.waiting, "telegram:123456789") == []
