"""Levels at members' names: Telegram shows a tag beside the name of whoever writes in a group.

A tag that is not one of ours, given by a human, stays. Administrators have titles instead of tags, which only the owner
may change: theirs is left alone.
"""

import re

from telegram import Bot, ChatMember, ChatMemberMember, ChatMemberRestricted
from telegram.error import BadRequest, Forbidden

from bot.adapters.telegram.rights import inside
from bot.delivery import GiveUp
from bot.i18n import LOCALES, N_, tongue

LONGEST = 16
"""Characters of a tag; emoji are not allowed (https://core.telegram.org/bots/api#setchatmembertag)."""
ADVICE = N_("Give the bot the right 'Manage tags' in the group, or switch this off: levels.tags = false in the rules.")
_LEVEL = N_("Lv {level}")
_OURS = re.compile("|".join(re.escape(tongue(one)(_LEVEL)).replace(r"\{level\}", r"[\d.,\s]+") for one in LOCALES))


async def show(bot: Bot, chat: int, user: int, level: int, locale: str) -> None:
    """Let a member's tag say their level, in the language of the group; at level 0 they have none.

    Does nothing for who is not there, is an administrator, or wears a tag of somebody else's making. Raises GiveUp for
    a missing right, else what the library raises.
    """
    try:
        member = await bot.get_chat_member(chat, user)
        wanted = tongue(locale)(_LEVEL, level=level)[:LONGEST] if level else ""
        if _ours(member) and (_tag(member) or "") != wanted:
            await bot.set_chat_member_tag(chat, user, wanted)
    except (BadRequest, Forbidden) as error:
        if "not found" in error.message.lower() or "PARTICIPANT" in error.message:
            return
        raise GiveUp(f"Telegram refuses to show levels as tags: {error.message}. {ADVICE}") from error


def _tag(member: ChatMember) -> str | None:
    return member.tag if isinstance(member, ChatMemberMember | ChatMemberRestricted) else None


def _ours(member: ChatMember) -> bool:
    """Whether the tag is ours to set: they are a regular member, with no tag or one that we gave."""
    if not isinstance(member, ChatMemberMember | ChatMemberRestricted) or not inside(member):
        return False
    tag = _tag(member)
    return not tag or _OURS.fullmatch(tag) is not None
