"""What we read of Telegram's updates, and nothing else: a field that is not named here can't break anything.

Read with msgspec because every message passes here: a full `telegram.Update` costs some twenty times as much.
To read another field, add it to its class (names are those of the Bot API), with a default where it is optional.
"""

import json
from typing import Any

import msgspec

from bot.words import Word


class User(Word, frozen=True):
    """A person or a bot."""

    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    language_code: str = ""

    @property
    def name(self) -> str:
        """The name as Telegram shows it."""
        return f"{self.first_name} {self.last_name}" if self.last_name else self.first_name


class Chat(Word, frozen=True):
    """A private chat, group, supergroup or channel."""

    id: int
    type: str
    title: str = ""

    @property
    def group(self) -> bool:
        """Whether people talk to each other here."""
        return self.type in ("supergroup", "group")


class Entity(Word, frozen=True):
    """A part of a text, counted in UTF-16 code units."""

    type: str
    offset: int
    length: int
    user: User | None = None


class Topic(Word, frozen=True):
    """A forum topic's news; an edit may leave the name as it is."""

    name: str = ""


class Paid(Word, frozen=True):
    """A payment that was made or given back."""

    invoice_payload: str
    telegram_payment_charge_id: str


class Message(Word, frozen=True):
    """A message of any kind; a message that has become inaccessible has date 0."""

    message_id: int
    chat: Chat
    date: int = 0
    from_: User | None = msgspec.field(default=None, name="from")
    sender_chat: Chat | None = None
    message_thread_id: int = 0
    is_topic_message: bool = False
    edit_date: int = 0
    reply_to_message: "Message | None" = None
    text: str = ""
    caption: str = ""
    entities: tuple[Entity, ...] = ()
    photo: Any = None
    video: Any = None
    document: Any = None
    audio: Any = None
    voice: Any = None
    video_note: Any = None
    animation: Any = None
    sticker: Any = None
    poll: Any = None
    location: Any = None
    new_chat_title: str = ""
    migrate_to_chat_id: int = 0
    migrate_from_chat_id: int = 0
    successful_payment: Paid | None = None
    refunded_payment: Paid | None = None
    forum_topic_created: Topic | None = None
    forum_topic_edited: Topic | None = None

    @property
    def attachments(self) -> int:
        """How many things other than text it carries."""
        media = (
            self.photo, self.video, self.document, self.audio, self.voice, self.video_note, self.animation,
            self.sticker, self.poll, self.location,
        )  # fmt: skip
        return 1 if any(media) else 0

    @property
    def link(self) -> str:
        """Where those who are in the group find it; '' in a group that is none of the large ones."""
        chat = str(self.chat.id)
        return f"https://t.me/c/{chat.removeprefix('-100')}/{self.message_id}" if chat.startswith("-100") else ""

    @property
    def kept(self) -> str:
        """How the file it carries is sent again: `document:{file_id}`; '' when it carries none that can be."""
        for kind in ("document", "video", "audio", "voice", "animation", "photo"):
            found = getattr(self, kind)
            one = found[-1] if isinstance(found, list) and found else found
            if isinstance(one, dict) and isinstance(one.get("file_id"), str):
                return f"{kind}:{one['file_id']}"
        return ""

    @property
    def command(self) -> bool:
        """Whether it begins with a /command, to whichever bot."""
        return bool(self.entities) and self.entities[0].offset == 0 and self.entities[0].type == "bot_command"

    @property
    def answered(self) -> "Message | None":
        """The message it replies to; in a forum every message formally replies to the beginning of its topic."""
        replied = self.reply_to_message
        if replied is None or (self.is_topic_message and replied.message_id == self.message_thread_id):
            return None
        return replied


class Emoji(Word, frozen=True):
    """One kind of reaction."""

    type: str
    emoji: str = ""
    custom_emoji_id: str = ""

    @property
    def sign(self) -> str:
        """The emoji, or what names a custom one."""
        return self.emoji or (f"custom:{self.custom_emoji_id}" if self.custom_emoji_id else self.type)


class Reacted(Word, frozen=True):
    """Somebody changed their reactions to a message; an anonymous one has no `user`."""

    chat: Chat
    message_id: int
    date: int
    user: User | None = None
    old_reaction: tuple[Emoji, ...] = ()
    new_reaction: tuple[Emoji, ...] = ()


class Status(Word, frozen=True):
    """How somebody stands to a chat."""

    user: User
    status: str
    is_member: bool = False

    @property
    def inside(self) -> bool:
        """Whether they are in it."""
        return self.status in ("creator", "administrator", "member") or (self.status == "restricted" and self.is_member)


class Link(Word, frozen=True):
    """An invite link; of somebody else's only the beginning is told."""

    invite_link: str
    creator: User


class Changed(Word, frozen=True):
    """Somebody's status in a chat changed, by the doing of `from_`."""

    chat: Chat
    date: int
    old_chat_member: Status
    new_chat_member: Status
    from_: User | None = msgspec.field(default=None, name="from")
    invite_link: Link | None = None


class Request(Word, frozen=True):
    """Somebody asks to be let into a chat; `user_chat_id` is where they can be written to for five minutes."""

    chat: Chat
    from_: User = msgspec.field(name="from")
    date: int = 0
    user_chat_id: int = 0
    invite_link: Link | None = None


class Checkout(Word, frozen=True):
    """Somebody is about to pay an invoice, and waits for our word."""

    id: str
    from_: User = msgspec.field(name="from")
    currency: str = ""
    total_amount: int = 0
    invoice_payload: str = ""


class Subscribed(Word, frozen=True):
    """A subscription paid in Stars is now canceled, active again, or its renewal failed."""

    user: User
    invoice_payload: str
    state: str


class Press(Word, frozen=True):
    """A button was pressed; under a message that is too old there is none."""

    id: str
    from_: User = msgspec.field(name="from")
    message: Message | None = None
    data: str = ""


class Update(Word, frozen=True):
    """One piece of news: one of the optional fields is there, or none that we asked for."""

    update_id: int
    message: Message | None = None
    edited_message: Message | None = None
    message_reaction: Reacted | None = None
    chat_member: Changed | None = None
    my_chat_member: Changed | None = None
    chat_join_request: Request | None = None
    callback_query: Press | None = None
    pre_checkout_query: Checkout | None = None
    subscription: Subscribed | None = None


ALLOWED = tuple(name for name in Update.__struct_fields__ if name != "update_id")
"""The kinds of update we ask for. Reactions, comings and goings come only when asked for, and to administrators."""


class _Numbered(Word, frozen=True):
    update_id: int


class _Batch(Word, frozen=True):
    result: list[msgspec.Raw]


_read = msgspec.json.Decoder(Update).decode
_read_number = msgspec.json.Decoder(_Numbered).decode
_read_batch = msgspec.json.Decoder(_Batch).decode


def _loosely(body: bytes) -> Any:
    """JSON as Python reads it: half a surrogate pair passes, and what is not UTF-8 is replaced."""
    return json.loads(body.decode("utf-8", "replace"))


def parse(body: bytes) -> Update:
    """Read an update. Raises ValueError for one that does not fit."""
    try:
        return _read(body)
    except msgspec.ValidationError:
        raise
    except ValueError:
        return msgspec.convert(_loosely(body), Update)


def number(body: bytes) -> int | None:
    """The update's id; None when it has none that can be read."""
    try:
        return _read_number(body).update_id
    except ValueError:
        try:
            return msgspec.convert(_loosely(body), _Numbered).update_id
        except ValueError:
            return None


def unpack(answer: bytes) -> list[bytes]:
    """The updates of a getUpdates answer, each as it came. Raises ValueError when the answer is no such thing."""
    try:
        return [bytes(one) for one in _read_batch(answer).result]
    except ValueError:
        return [json.dumps(one).encode() for one in msgspec.convert(_loosely(answer), dict[str, Any])["result"]]
