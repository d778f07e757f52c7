"""The traffic that everything is measured on: the same messages as our events, Discord's frames and Telegram's updates.

It is drawn like freeCodeCamp's public chat archive (211,038 messages of 7,503 people): there one member in a hundred
writes 51 % of the messages, and 500 messages in a row are by 69 people, 2,000 by 190. Here five of six messages are by
somebody of the last 30, the sixth by anybody, by Zipf's law with exponent 1; that makes 69 and 199 of 10,000 members.
`lively=False` draws everybody anew: 280 and 880, far unkinder to a database than people are.
"""

import random
import zlib
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import discord.utils
import orjson
import zstandard

from bot.events import Account, MessagePosted
from bot.text import features

TEXT = "I think the second chapter explains this well, did you read the part about queues?"
"""A plain message; those of the traffic are of about this length."""
GUILD = 900_000_000_000_000_001
CHANNEL = 900_000_000_000_000_002
START = datetime(2026, 11, 1, tzinfo=UTC)
_FORMS = (
    "I think the {} {} explains this well, did you read the part about {}?",
    "so you have a {} and it needs some {}, but what of the {} then?",
    "to be honest we had the same with {} and {}, it was the {}",
    "can you see why the {} waits for {}? that was new to me in {}",
    "well, the {} is like a {} for me, and I do not use {} at all",
)
_ONSETS = (
    "b",
    "br",
    "c",
    "cl",
    "d",
    "dr",
    "f",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "r",
    "s",
    "st",
    "t",
)
_RHYMES = ("nd", "nt", "ld", "lm", "mp", "st", "le", "sk")
_WORDS = tuple([first + middle + last for first in _ONSETS for middle in "aeio" for last in _RHYMES])


class Traffic:
    """Messages of `members` members; every call goes on where the last one ended."""

    def __init__(self, members: int, seed: int = 1, *, lively: bool = True) -> None:
        self.members = members
        self._stays = 5 / 6 if lively else 0.0
        self._recent = [0] * 30
        self._dice = random.Random(seed)
        self._weights = list(accumulate(1 / (rank + 1) for rank in range(members)))
        self._order = list(range(members))
        self._dice.shuffle(self._order)
        self._number = 0

    def authors(self, count: int) -> list[int]:
        """Who writes the next messages."""
        dice, recent = self._dice, self._recent
        drawn = []
        for n in range(count):
            stays = dice.random() < self._stays
            one = dice.choice(recent) if stays else dice.choices(self._order, cum_weights=self._weights)[0]
            recent[n % len(recent)] = one
            drawn.append(one)
        return drawn

    def numbers(self, count: int) -> range:
        """Numbers never given before."""
        first = self._number
        self._number += count
        return range(first, first + count)

    def first_words(self) -> list[MessagePosted]:
        """One message of every member: a community that is known."""
        pairs = zip(self.numbers(self.members), range(self.members), strict=True)
        return [event(number, author) for number, author in pairs]

    def events(self, count: int) -> list[MessagePosted]:
        """Messages as our events."""
        return [event(n, author) for n, author in zip(self.numbers(count), self.authors(count), strict=True)]

    def frames(self, count: int) -> list[bytes]:
        """Messages as Discord's gateway sends them, the guild first: one zstd stream, so read them in order, once."""
        packer = zstandard.ZstdCompressor().compressobj()
        payloads = [guild()]
        payloads += [frame(n, author) for n, author in zip(self.numbers(count), self.authors(count), strict=True)]
        return [
            packer.compress(orjson.dumps(payload)) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
            for payload in payloads
        ]

    def updates(self, count: int) -> list[bytes]:
        """Messages as Telegram's updates."""
        return [
            orjson.dumps(update(n, author)) for n, author in zip(self.numbers(count), self.authors(count), strict=True)
        ]


def user(author: int) -> int:
    """A user id as long as Discord's."""
    return 10**17 + author


def message(number: int) -> int:
    """A snowflake."""
    return discord.utils.time_snowflake(START + timedelta(seconds=number)) + number % 4096


def text(number: int) -> str:
    """What is written in a message: hardly ever the same twice, as people write, with new words in old phrases."""
    dice = zlib.crc32(number.to_bytes(8, "big"))
    words = [_WORDS[(dice * place + number) % len(_WORDS)] for place in (7, 101, 10_007)]
    return _FORMS[dice % len(_FORMS)].format(*words)


def event(number: int, author: int) -> MessagePosted:
    """A message as our event."""
    who = Account(
        platform="discord", space=str(GUILD), user=str(user(author)), name=f"Member {author}", space_name="Guild"
    )
    return MessagePosted(
        key=f"discord:message:{message(number)}",
        at=START + timedelta(seconds=number),
        who=who,
        channel=str(CHANNEL),
        text=features(text(number)),
    )


def frame(number: int, author: int) -> dict[str, Any]:
    """A MESSAGE_CREATE of about a kilobyte."""
    at = (START + timedelta(seconds=number)).isoformat()
    who = {
        "id": str(user(author)),
        "username": f"member{author}",
        "global_name": f"Member {author}",
        "avatar": "a" * 32,
        "discriminator": "0",
        "public_flags": 0,
        "avatar_decoration_data": None,
        "clan": None,
        "primary_guild": None,
    }
    member = {
        "roles": ["900000000000000010", "900000000000000011"],
        "premium_since": None,
        "pending": False,
        "nick": None,
        "mute": False,
        "joined_at": "2026-01-01T00:00:00+00:00",
        "flags": 0,
        "deaf": False,
        "communication_disabled_until": None,
        "banner": None,
        "avatar": None,
    }
    data = {
        "type": 0,
        "tts": False,
        "timestamp": at,
        "pinned": False,
        "nonce": str(message(number)),
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "member": member,
        "id": str(message(number)),
        "flags": 0,
        "embeds": [],
        "edited_timestamp": None,
        "content": text(number),
        "components": [],
        "channel_type": 0,
        "channel_id": str(CHANNEL),
        "author": who,
        "attachments": [],
        "guild_id": str(GUILD),
    }
    return {"t": "MESSAGE_CREATE", "s": number + 2, "op": 0, "d": data}


def guild() -> dict[str, Any]:
    """The GUILD_CREATE that makes the channel known."""
    channel = {"id": str(CHANNEL), "type": 0, "name": "general", "position": 0, "permission_overwrites": []}
    everyone = {"id": str(GUILD), "name": "@everyone", "permissions": "1024", "position": 0, "color": 0, "flags": 0}
    role: dict[str, Any] = {**everyone, "hoist": False, "managed": False, "mentionable": False}
    data = {
        "id": str(GUILD),
        "name": "Guild",
        "owner_id": "1",
        "roles": [role],
        "emojis": [],
        "channels": [channel],
        "members": [],
        "member_count": 100_000,
        "large": True,
        "features": [],
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "system_channel_flags": 0,
        "afk_timeout": 300,
    }
    return {"t": "GUILD_CREATE", "s": 1, "op": 0, "d": data}


def update(number: int, author: int) -> dict[str, Any]:
    """A message as Telegram's update."""
    sender = {
        "id": 10**9 + author,
        "is_bot": False,
        "first_name": f"Member {author}",
        "username": f"member_{author}",
        "language_code": "en",
    }
    chat = {"id": -1_001_234_567_890, "title": "Group", "type": "supergroup"}
    date = int(START.timestamp()) + number
    body = {"message_id": number + 1, "from": sender, "chat": chat, "date": date, "text": text(number)}
    return {"update_id": number + 1, "message": body}
