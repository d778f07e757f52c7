"""What must be right for Telegram to work, each with what to do: the token, what is heard, rights in a group."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from telegram import ChatMemberAdministrator, User, WebhookInfo
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from bot.adapters.telegram import tags
from bot.adapters.telegram.api import Api
from bot.adapters.telegram.wire import ALLOWED
from bot.doctor import Check
from bot.i18n import N_

BACKLOG = 100
"""Updates that may wait at Telegram."""


async def checks(
    api: Api,
    *,
    webhook_url: str | None,
    trouble: str,
    space: str | None,
    gated: Sequence[str] = (),
    tagged: bool = False,
) -> list[Check]:
    """All of them, in general or in one group, with the doors of the `gated` chats; levels may be shown as tags."""
    try:
        me = await api.bot.get_me()
    except InvalidToken:
        advice = N_("Telegram does not know it: copy it anew from @BotFather into LYCEUM_TELEGRAM_TOKEN.")
        return [Check(title=N_("Telegram: token"), state="problem", advice=advice)]
    except TelegramError as error:
        advice = N_("Telegram can't be reached ({why}): look at the network and LYCEUM_TELEGRAM_API_URL.")
        values: dict[str, int | str] = {"why": error.message}
        return [Check(title=N_("Telegram: connection"), state="problem", advice=advice, values=values)]
    found = [Check(title=N_("Telegram: token of @{bot}"), values={"bot": me.username or ""})]
    if trouble:
        found.append(Check(title=N_("Telegram: fetching updates"), state="problem", advice=trouble))
    try:
        found += _webhook(await api.bot.get_webhook_info(), webhook_url)
        found += await _group(api, me, int(space), tagged=tagged) if space else [_privacy(me)]
        found += [await _door(api, me, chat) for chat in gated]
    except TelegramError as error:
        found.append(
            Check(title=N_("Telegram: connection"), state="problem", advice="{why}", values={"why": error.message})
        )
    return found


def _privacy(me: User) -> Check:
    """Whether messages in groups are heard where the bot is no administrator."""
    title = N_("Telegram: hears all messages of groups")
    if me.can_read_all_group_messages:
        return Check(title=title)
    advice = N_(
        "Only where it is an administrator. Make it one in your group, or turn privacy off: "
        "@BotFather, /setprivacy, Disable, then add the bot to the group again."
    )
    return Check(title=title, state="warning", advice=advice)


def _webhook(info: WebhookInfo, wanted: str | None) -> list[Check]:
    where: dict[str, int | str] = {"host": urlsplit(info.url).hostname or "", "pending": info.pending_update_count}
    if not wanted:
        if not info.url:
            return [_backlog(info)]
        advice = N_(
            "A webhook at {host} takes the updates away. Starting Lyceum removes it; stop whoever sets it again."
        )
        return [Check(title=N_("Telegram: long polling"), state="problem", advice=advice, values=where)]
    title = N_("Telegram: webhook")
    found = [_backlog(info)]
    if info.url != wanted:
        advice = N_("Telegram knows another address or none: start Lyceum, which sets it.")
        return [Check(title=title, state="problem", advice=advice), *found]
    missing = sorted(set(ALLOWED) - set(info.allowed_updates or ()))
    if missing:
        advice = N_("Not all kinds of updates are asked for: restart Lyceum. Missing: {missing}")
        found.append(Check(title=title, state="problem", advice=advice, values={"missing": ", ".join(missing)}))
    if info.last_error_message and info.pending_update_count:
        advice = N_("Telegram says: {why}. Look whether the address can be reached from outside, over HTTPS.")
        found.append(Check(title=title, state="problem", advice=advice, values={"why": info.last_error_message}))
    return found if len(found) > 1 else [Check(title=title), *found]


def _backlog(info: WebhookInfo) -> Check:
    title, many = N_("Telegram: {pending} updates wait to be fetched"), info.pending_update_count > BACKLOG
    advice = N_("They are kept for a day. Start Lyceum, or look why it can't keep up.") if many else ""
    state = "warning" if many else "ok"
    return Check(
        title=title, state="warning" if state == "warning" else "ok", advice=advice,
        values={"pending": info.pending_update_count},
    )  # fmt: skip


async def _group(api: Api, me: User, chat: int, *, tagged: bool) -> list[Check]:
    title = N_("Telegram: administrator of this group")
    try:
        member = await api.bot.get_chat_member(chat, me.id)
    except (BadRequest, Forbidden):
        advice = N_("The bot is not in the group: add it, as an administrator.")
        return [Check(title=title, state="problem", advice=advice)]
    if not isinstance(member, ChatMemberAdministrator):
        advice = N_(
            "Make the bot an administrator: otherwise Telegram tells it of no reactions, and not who comes and goes."
        )
        return [Check(title=title, state="problem", advice=advice), _privacy(me)]
    rights = (
        (bool(member.can_restrict_members), N_("Telegram: may remove members"), N_("'Ban users'")),
        (bool(member.can_invite_users), N_("Telegram: may invite members"), N_("'Invite users via link'")),
    )
    advice = N_("Give the bot this right, or gates can't be kept.")
    return [
        Check(title=title),
        *([_tags(member)] if tagged else []),
        *(Check(title=what, state="ok" if has else "warning", advice="" if has else advice) for has, what, _ in rights),
    ]


def _tags(me: ChatMemberAdministrator) -> Check:
    """Whether levels can be shown at members' names."""
    title = N_("Telegram: may show levels at members' names")
    if me.can_manage_tags:
        return Check(title=title)
    return Check(title=title, state="warning", advice=tags.ADVICE)


async def _door(api: Api, me: User, chat: str) -> Check:
    """Whether members can be let into a chat behind a gate, and out of it."""
    values: dict[str, int | str] = {"chat": chat}
    title = N_("Telegram: lets members into {chat} and out of it")
    try:
        values["chat"] = (await api.bot.get_chat(int(chat))).title or chat
        member = await api.bot.get_chat_member(int(chat), me.id)
    except (BadRequest, Forbidden, ValueError):
        advice = N_("The bot is not in that chat: add it, as an administrator, or take the chat from behind its gate.")
        return Check(title=title, state="problem", advice=advice, values=values)
    if not isinstance(member, ChatMemberAdministrator):
        advice = N_("Make the bot an administrator there, with 'Invite users via link' and 'Ban users'.")
    elif not member.can_invite_users:
        advice = N_("Give the bot the right 'Invite users via link' there: it answers requests to join.")
    elif not member.can_restrict_members:
        advice = N_("Give the bot the right 'Ban users' there: without it nobody leaves when their membership ends.")
    else:
        return Check(title=title, values=values)
    return Check(title=title, state="problem", advice=advice, values=values)
