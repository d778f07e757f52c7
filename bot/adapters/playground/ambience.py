"""A little life of its own: what members do when somebody posts. A pure function of the post, the same every time."""

import re
from typing import NamedTuple
from zlib import crc32

from bot.adapters.playground.cast import ANSWERS
from bot.adapters.playground.place import Post

_CHINESE = re.compile(r"[\u3400-\u9fff]")
APPLAUSE = (("aisha", "👏"), ("mei", "🔥"), ("tomas", "❤️"))


class Move(NamedTuple):
    """Somebody else's act: after `wait` seconds `user` answers with `text`, or reacts with `emoji`."""

    wait: float
    user: str
    text: str = ""
    emoji: str = ""


def moves(post: Post) -> list[Move]:
    """What a post sets off: an answer to a question, applause in the showcase, silence otherwise."""
    chance = crc32(post.text.encode())
    if "?" in post.text or "？" in post.text:
        lines = ANSWERS["zh" if _CHINESE.search(post.text) else "en"]
        others = [line for line in lines if line[0] != post.author]
        user, text = others[chance % len(others)]
        return [Move(2.5 + chance % 3 / 2, user, text=text)]
    if post.channel == "showcase":
        fans = [fan for fan in APPLAUSE if fan[0] != post.author]
        return [Move(2.0 + index, user, emoji=emoji) for index, (user, emoji) in enumerate(fans[: 1 + chance % 2])]
    return []
