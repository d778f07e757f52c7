"""What keeps the bot from letting members into a chat and out of it again, and what to do about it."""

from telegram import ChatMemberAdministrator
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.adapters.telegram.api import Api
from bot.i18n import N_, Tongue


async def of_target(api: Api, kind: str, target: str, say: Tongue) -> str:
    """Why a chat can't stand behind a gate, and what to do; '' when it can, or when Telegram can't be asked now."""
    chat = target.partition("/")[0]
    if kind == "role" or not chat.removeprefix("-").isdecimal():
        return say(N_("Telegram has no roles: put a group or a channel behind the gate."))
    try:
        me = await api.bot.get_me()
        member = await api.bot.get_chat_member(int(chat), me.id)
    except (BadRequest, Forbidden):
        return say(N_("I am not in that chat: add me to it, as an administrator."))
    except TelegramError:
        return ""
    if not isinstance(member, ChatMemberAdministrator):
        return say(N_("Make me an administrator of that chat, who may ban users and invite users via link."))
    if not member.can_invite_users:
        return say(N_("Give me the right 'Invite users via link' in that chat."))
    if not member.can_restrict_members:
        return say(N_("Give me the right 'Ban users' in that chat: it is how members are let out."))
    return ""
