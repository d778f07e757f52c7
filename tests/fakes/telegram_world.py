"""The people, groups and messages of the fake Telegram, and what people do. Time passes a second with each deed."""

from typing import Any

from tests.fakes.telegram_html import found

Json = dict[str, Any]
RIGHTS = (
    "can_be_edited", "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
    "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories",
    "can_delete_stories", "can_manage_tags", "can_send_welcome_messages",
)  # fmt: skip
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}


class World:
    """State, and the deeds of users. `put` is what tells the bot."""

    def __init__(self) -> None:
        self.me: Json = {
            "id": 123456789, "is_bot": True, "first_name": "Lyceum", "username": "lyceum_bot", "can_join_groups": True,
            "can_read_all_group_messages": False, "supports_inline_queries": False,
        }  # fmt: skip
        self.now = 1795262400  # 2026-11-21 12:00 UTC
        self.users: dict[int, Json] = {}
        self.chats: dict[int, Json] = {}
        self.members: dict[tuple[int, int], Json] = {}
        self.topics: dict[tuple[int, int], str] = {}
        self.messages: dict[tuple[int, int], Json] = {}
        self.started: set[int] = set()
        self.blocked: set[int] = set()
        self.requests: set[tuple[int, int]] = set()
        self.moved: dict[int, int] = {}
        self.presses: set[str] = set()
        self.updates: list[Json] = []
        self.allowed: set[str] | None = None
        self.faults: list[str] = []
        self.files: dict[str, bytes] = {}
        self.sent: list[Json] = []
        """What the bot sent or edited, in order."""
        self._tasks: set[Any] = set()
        self._reactions: dict[tuple[int, int, int], list[Json]] = {}

    def put(self, kind: str, body: Json) -> int:
        """Tell the bot."""
        raise NotImplementedError

    # ------------------------------------------------------------------ who and where

    def user(self, number: int, name: str, **fields: Any) -> int:
        """Somebody with an account: a private chat with them is possible once they start it."""
        self.users[number] = {"id": number, "is_bot": False, "first_name": name, **fields}
        self.chats[number] = {"id": number, "type": "private", "first_name": name}
        return number

    def group(self, number: int, title: str, owner: int, *, kind: str = "supergroup", admin: bool = True) -> int:
        """A group with an owner, in which the bot is an administrator."""
        self.chats[number] = {"id": number, "type": kind, "title": title}
        self.members[number, owner] = {"status": "creator", "is_anonymous": False}
        self.members[number, self.me["id"]] = {"status": "member"}
        if admin:
            self.promote(number, self.me["id"], "can_restrict_members", "can_invite_users")
        return number

    def promote(self, chat: int, user: int, *rights: str) -> None:
        """Make somebody an administrator with these rights."""
        given = {right: right in rights or right == "can_manage_chat" for right in RIGHTS}
        self.members[chat, user] = {"status": "administrator", "is_anonymous": False, **given}

    def member(self, chat: int, user: int) -> Json:
        """A ChatMember."""
        return {"user": self._person(user), **self.members.get((chat, user), {"status": "left"})}

    def inside(self, chat: int, user: int) -> bool:
        """Whether they are in the group."""
        return self.member(chat, user)["status"] in ("creator", "administrator", "member", "restricted")

    def set_member(self, chat: int, user: int, *, by: int = 0, link: Json | None = None, **status: Any) -> None:
        """Change somebody's status, and tell the bot if it is an administrator.

        `by` is who did it, if not they themselves; `link` the invite link they came by.
        """
        old = self.member(chat, user)
        self.members[chat, user] = status
        if self.member(chat, self.me["id"])["status"] == "administrator":
            changed = {"old_chat_member": old, "new_chat_member": self.member(chat, user)}
            if link is not None:
                changed["invite_link"] = link
            who = {"from": self._person(by or user), "date": self.tick()}
            self.put("chat_member", {"chat": self.chats[chat], **who, **changed})

    def _person(self, number: int) -> Json:
        if number == self.me["id"]:
            return {k: v for k, v in self.me.items() if not k.startswith(("can_", "supports_"))}
        return self.users[number]

    def tick(self) -> int:
        """A second later."""
        self.now += 1
        return self.now

    # ------------------------------------------------------------------ messages

    def message(self, chat: int, user: Json, *, topic: int = 0, reply_to: int = 0) -> Json:
        """The beginning of a message."""
        number = 1 + max([n for c, n in self.messages if c == chat], default=99)
        sender = {k: v for k, v in user.items() if not k.startswith(("can_", "supports_"))}
        message: Json = {"message_id": number, "date": self.tick(), "chat": self.chats[chat], "from": sender}
        if topic:
            message |= {"message_thread_id": topic, "is_topic_message": True}
        if reply_to and (chat, reply_to) in self.messages:
            replied = self.messages[chat, reply_to]
            message["reply_to_message"] = {k: v for k, v in replied.items() if k != "reply_to_message"}
        return message

    def keep(self, message: Json) -> Json:
        """Keep a message of the bot's."""
        self.messages[message["chat"]["id"], message["message_id"]] = message
        self.sent.append(message)
        return message

    def say(self, user: int, chat: int, text: str, *, topic: int = 0, reply_to: int = 0, **more: Any) -> int:
        """Write a message; returns its number."""
        message = self.message(chat, self.users[user], topic=topic, reply_to=reply_to)
        entities = found(text) + more.pop("entities", [])
        message |= {"text": text, **({"entities": entities} if entities else {}), **more}
        self.messages[chat, message["message_id"]] = message
        if chat > 0:
            self.started.add(user)
        if self._heard(chat, message):
            self.put("message", message)
        return int(message["message_id"])

    def _heard(self, chat: int, message: Json) -> bool:
        if chat > 0 or self.member(chat, self.me["id"])["status"] == "administrator":
            return True
        return self.me["can_read_all_group_messages"] or str(message.get("text", "")).startswith("/")

    def say_hidden(self, chat: int, text: str) -> int:
        """Write as an administrator who hides behind the group."""
        message = {**self.message(chat, ANONYMOUS), "sender_chat": self.chats[chat], "text": text}
        if found(text):
            message["entities"] = found(text)
        self.messages[chat, message["message_id"]] = message
        self.put("message", message)
        return int(message["message_id"])

    def service(self, user: int, chat: int, **content: Any) -> int:
        """A message that tells of something."""
        message = {**self.message(chat, self.users[user]), **content}
        self.messages[chat, message["message_id"]] = message
        self.put("message", message)
        return int(message["message_id"])

    def topic(self, user: int, chat: int, name: str) -> int:
        """Open a topic; returns its number."""
        number = self.message(chat, self.users[user])["message_id"]
        self.topics[chat, number] = name
        return self.service(
            user, chat, forum_topic_created={"name": name, "icon_color": 7322096},
            message_thread_id=number, is_topic_message=True,
        )  # fmt: skip

    def rewrite(self, chat: int, number: int, text: str) -> None:
        """Edit a message."""
        message = {**self.messages[chat, number], "text": text, "edit_date": self.tick()}
        self.messages[chat, number] = message
        self.put("edited_message", message)

    def react(self, user: int, chat: int, number: int, *emoji: str) -> None:
        """Have exactly these reactions under a message."""
        old = self._reactions.get((chat, number, user), [])
        new: list[Json] = [{"type": "emoji", "emoji": one} for one in emoji]
        self._reactions[chat, number, user] = new
        body = {"chat": self.chats[chat], "message_id": number, "user": self.users[user], "date": self.tick()}
        self.put("message_reaction", {**body, "old_reaction": old, "new_reaction": new})

    def press(self, user: int, message: Json, label: str) -> str:
        """Press a button; returns the press's id."""
        keys = [key for row in message["reply_markup"]["inline_keyboard"] for key in row]
        (key,) = [key for key in keys if label in key["text"]]
        return self.press_data(user, message, key["callback_data"])

    def press_data(self, user: int, message: Json, data: str) -> str:
        """Press what may never have been shown."""
        number = f"press{self.tick()}"
        self.presses.add(number)
        current = self.messages[message["chat"]["id"], message["message_id"]]
        body = {"id": number, "from": self.users[user], "message": current, "chat_instance": "1", "data": data}
        self.put("callback_query", body)
        return number

    # ------------------------------------------------------------------ comings and goings

    def join(self, user: int, chat: int) -> None:
        """Come into a group."""
        self.set_member(chat, user, status="member")

    def leave(self, user: int, chat: int, *, by: int = 0) -> None:
        """Go; or be removed by somebody, without a ban."""
        self.set_member(chat, user, by=by, status="left")

    def block(self, user: int, *, blocked: bool = True) -> None:
        """Block the bot, or let it speak again."""
        (self.blocked.add if blocked else self.blocked.discard)(user)
        states = ({"status": "member"}, {"status": "kicked", "until_date": 0})
        old, new = states if blocked else reversed(states)
        body = {"chat": self.chats[user], "from": self.users[user], "date": self.tick()}
        me = self._person(self.me["id"])
        members = {"old_chat_member": {"user": me, **old}, "new_chat_member": {"user": me, **new}}
        self.put("my_chat_member", {**body, **members})

    def add_bot(self, user: int, chat: int) -> None:
        """Tell the bot that it was added."""
        old = {"user": self._person(self.me["id"]), "status": "left"}
        body = {"chat": self.chats[chat], "from": self.users[user], "date": self.tick(), "old_chat_member": old}
        self.put("my_chat_member", {**body, "new_chat_member": self.member(chat, self.me["id"])})

    def migrate(self, user: int, old: int, new: int, *, told: bool = True) -> int:
        """Make a group a supergroup: a new id, message numbers from 1."""
        self.chats[new] = {**self.chats[old], "id": new, "type": "supergroup"}
        for (chat, who), status in list(self.members.items()):
            if chat == old:
                self.members[new, who] = status
        if told:
            self.service(user, old, migrate_to_chat_id=new)
            self.service(user, new, migrate_from_chat_id=old)
        self.moved[old] = new
        return new
