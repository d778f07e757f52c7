"""Who somebody is in a group, asked of Telegram and remembered for a minute at most."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from telegram import Bot, ChatMember, ChatMemberAdministrator, ChatMemberOwner, ChatMemberRestricted
from telegram.error import BadRequest, Forbidden

from bot.commands import Rank

KEPT = 60.0
REMEMBERED = 2_000


def inside(member: ChatMember) -> bool:
    """Whether they are in the chat."""
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status in (ChatMember.OWNER, ChatMember.ADMINISTRATOR, ChatMember.MEMBER)


def rank_of(member: ChatMember) -> Rank | None:
    """What they may do here; None for whoever is not in the chat.

    The group's owner is a creator, and so is an administrator who may appoint others; one who may remove people is
    a moderator.
    """
    if isinstance(member, ChatMemberOwner):
        return Rank.CREATOR
    if isinstance(member, ChatMemberAdministrator):
        if member.can_promote_members and member.can_manage_chat:
            return Rank.CREATOR
        return Rank.MODERATOR if member.can_restrict_members else Rank.MEMBER
    return Rank.MEMBER if inside(member) else None


class Rights:
    """Ranks by (chat, user). News of a change (`forget`) ends what is remembered."""

    def __init__(self, bot: Bot, clock: Callable[[], float] = monotonic) -> None:
        self._bot = bot
        self._clock = clock
        self._known: OrderedDict[tuple[int, int], tuple[float, Rank | None]] = OrderedDict()

    async def rank(self, chat: int, user: int) -> Rank | None:
        """What the user may do in the chat; None when they are not in it, or Telegram does not say."""
        now, key = self._clock(), (chat, user)
        known = self._known.get(key)
        if known is not None and known[0] > now:
            return known[1]
        try:
            rank = rank_of(await self._bot.get_chat_member(chat, user))
        except (BadRequest, Forbidden):
            rank = None
        self._known[key] = (now + KEPT, rank)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return rank

    def forget(self, chat: int, user: int) -> None:
        """Ask anew next time."""
        self._known.pop((chat, user), None)
