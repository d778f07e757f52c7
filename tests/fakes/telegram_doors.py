"""The doors of the fake Telegram's chats: invite links, requests to join, bans, and the rights that each takes.

Telegram's rules, as far as a bot can see them (https://core.telegram.org/bots/api#chatinvitelink and its neighbours):
a link lets in at once or creates a request; a request is answered once; whoever asked may be written to for five
minutes, until the answer; a ban is lifted by its end or by hand; who banned is told by `chat_member` and nothing else.
"""

from collections.abc import Mapping
from typing import Any

from tests.fakes.telegram_faults import NO_BANS, NO_INVITES, NO_TAGS, FaultError, bad
from tests.fakes.telegram_html import units
from tests.fakes.telegram_world import World

Json = dict[str, Any]
WINDOW = 300
"""Seconds in which somebody who asked to join may be written to."""
SHORTEST, LONGEST = 30, 366 * 86_400
"""Seconds that a ban lasts; a shorter or longer one has no end."""


class Doors(World):
    """What users and administrators do at doors, and the bot's methods for them."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[Json] = []
        """Every invite link: a ChatInviteLink with its `chat`, and `joined`, who came in by it."""
        self.asked: dict[tuple[int, int], int] = {}
        """When the requests that wait were made, by (chat, user)."""
        self.banned_by: dict[tuple[int, int], int] = {}
        """Who banned whom, which only `chat_member` tells the bot."""
        self.declined: list[tuple[int, int]] = []

    # ------------------------------------------------------------------ what people do

    def link(self, chat: int, by: int, **options: Any) -> str:
        """Make an invite link by hand; returns its address."""
        return str(self._make_link(chat, self._person(by), options)["invite_link"])

    def open_link(self, user: int, address: str) -> str:
        """Follow an invite link. Returns 'joined', 'asked', 'inside', or why not: 'expired', 'full', 'banned'."""
        (link,) = [one for one in self.links if one["invite_link"] == address]
        chat = int(link["chat"])
        if self.inside(chat, user):
            return "inside"
        if self._banned(chat, user):
            return "banned"
        if link["is_revoked"] or link.get("expire_date", self.now) < self.now:
            return "expired"
        limit = link.get("member_limit")
        if limit and sum(self.inside(chat, one) for one in link["joined"]) >= limit:
            return "full"
        if link["creates_join_request"]:
            self.ask_to_join(user, chat, link=address)
            return "asked"
        link["joined"].append(user)
        self.set_member(chat, user, by=user, link=self._shown(link), status="member")
        return "joined"

    def ask_to_join(self, user: int, chat: int, *, link: str = "") -> None:
        """Ask to be let in, by a link that asks or (in public chats) without one."""
        self.requests.add((chat, user))
        self.asked[chat, user] = self.now
        body = {"chat": self.chats[chat], "from": self.users[user], "user_chat_id": user, "date": self.tick()}
        for one in self.links:
            if one["invite_link"] == link:
                body["invite_link"] = self._shown(one)
                one["asked"].append(user)
        if self._may("can_invite_users", chat):
            self.put("chat_join_request", body)

    def approve_by_hand(self, admin: int, chat: int, user: int) -> None:
        """An administrator lets somebody in who asked."""
        self._let_in(chat, user, by=admin)

    def dismiss_by_hand(self, chat: int, user: int) -> None:
        """An administrator dismisses a request; the bot is not told."""
        self._answered(chat, user)

    def ban(self, admin: int, chat: int, user: int) -> None:
        """An administrator bans somebody for ever."""
        self.banned_by[chat, user] = admin
        self._answered(chat, user)
        self.set_member(chat, user, by=admin, status="kicked", until_date=0)

    def lift(self, admin: int, chat: int, user: int) -> None:
        """An administrator lifts a ban."""
        self.banned_by.pop((chat, user), None)
        self.set_member(chat, user, by=admin, status="left")

    def add(self, admin: int, chat: int, user: int) -> None:
        """An administrator adds somebody, without any link."""
        self._answered(chat, user)
        self.set_member(chat, user, by=admin, status="member")

    # ------------------------------------------------------------------ the bot's methods

    async def createChatInviteLink(self, chat_id: int, **options: Any) -> Json:  # noqa: N802 - the Bot API's name
        self._needing("can_invite_users", chat_id)
        return self._shown(self._make_link(chat_id, self._person(self.me["id"]), options))

    async def revokeChatInviteLink(self, chat_id: int, invite_link: str) -> Json:  # noqa: N802
        self._needing("can_invite_users", chat_id)
        for link in self.links:
            if link["invite_link"] == invite_link and link["chat"] == chat_id:
                link["is_revoked"] = True
                return self._shown(link)
        raise bad("INVITE_HASH_EXPIRED")

    async def approveChatJoinRequest(self, chat_id: int, user_id: int) -> bool:  # noqa: N802
        self._needing("can_invite_users", chat_id)
        self._asked_for(chat_id, user_id)
        self._let_in(chat_id, user_id, by=self.me["id"])
        return True

    async def declineChatJoinRequest(self, chat_id: int, user_id: int) -> bool:  # noqa: N802
        self._needing("can_invite_users", chat_id)
        self._asked_for(chat_id, user_id)
        self._answered(chat_id, user_id)
        self.declined.append((chat_id, user_id))
        return True

    async def getChatMember(self, chat_id: int, user_id: int) -> Json:  # noqa: N802
        self._reach(chat_id, {})
        if user_id not in self.users and user_id != self.me["id"]:
            raise bad("user not found")
        self._banned(chat_id, user_id)
        return self.member(chat_id, user_id)

    async def getChatAdministrators(self, chat_id: int, **_: Any) -> list[Json]:  # noqa: N802
        self._reach(chat_id, {})
        ranks = ("creator", "administrator")
        return [self.member(c, u) for (c, u), one in self.members.items() if c == chat_id and one["status"] in ranks]

    async def banChatMember(self, chat_id: int, user_id: int, until_date: Any = None, **_: Any) -> bool:  # noqa: N802
        self._needing("can_restrict_members", chat_id)
        self._removable(chat_id, user_id)
        until = int(until_date.timestamp()) if hasattr(until_date, "timestamp") else int(until_date or 0)
        until = until if SHORTEST <= until - self.now <= LONGEST else 0
        self.banned_by[chat_id, user_id] = self.me["id"]
        self._answered(chat_id, user_id)
        if self.chats[chat_id]["type"] == "group":  # there are no bans in a small group: whoever is removed is out
            self.set_member(chat_id, user_id, by=self.me["id"], status="left")
        else:
            self.set_member(chat_id, user_id, by=self.me["id"], status="kicked", until_date=until)
        return True

    async def unbanChatMember(self, chat_id: int, user_id: int, only_if_banned: bool = False) -> bool:  # noqa: N802
        self._needing("can_restrict_members", chat_id)
        if self.chats[chat_id]["type"] == "group":
            raise bad("method is available for supergroup and channel chats only")
        if not only_if_banned:
            self._removable(chat_id, user_id)
        banned = self._banned(chat_id, user_id)
        if banned or (not only_if_banned and self.inside(chat_id, user_id)):
            self.banned_by.pop((chat_id, user_id), None)
            self.set_member(chat_id, user_id, by=self.me["id"], status="left")
        return True

    async def setChatMemberTag(self, chat_id: int, user_id: int, tag: str | None = None) -> bool:  # noqa: N802
        self._reach(chat_id, {})
        if not self._may("can_manage_tags", chat_id):
            raise FaultError(400, NO_TAGS)
        if units(tag or "") > 16 or any(ord(sign) >= 0x1F000 for sign in tag or ""):
            raise bad("TAG_INVALID")
        if self.member(chat_id, user_id)["status"] in ("creator", "administrator"):
            raise bad("CHAT_CREATOR_REQUIRED")
        if not self.inside(chat_id, user_id):
            raise bad("USER_NOT_PARTICIPANT")
        self.members[chat_id, user_id] = {**self.members[chat_id, user_id], "tag": tag or ""}
        return True

    # ------------------------------------------------------------------ rules

    def _reach(self, chat: int, options: Json) -> None:
        raise NotImplementedError

    def reachable(self, user: int) -> bool:
        """Whether the bot may write to them: they started it, or asked to join a chat of its a moment ago."""
        return user in self.started or any(
            who == user and self.now - at <= WINDOW and self._may("can_invite_users", chat)
            for (chat, who), at in self.asked.items()
        )

    def _may(self, right: str, chat: int) -> bool:
        me = self.member(chat, self.me["id"])
        return me["status"] == "administrator" and bool(me.get(right))

    def _needing(self, right: str, chat: int) -> None:
        self._reach(chat, {})
        if not self._may(right, chat):
            raise FaultError(400, NO_INVITES if right == "can_invite_users" else NO_BANS)

    def _removable(self, chat: int, user: int) -> None:
        status = self.member(chat, user)["status"] if user in self.users else ""
        if not status:
            raise bad("PARTICIPANT_ID_INVALID")
        if status == "creator":
            raise bad("can't remove chat owner")
        if status == "administrator":
            raise bad("user is an administrator of the chat")

    def _banned(self, chat: int, user: int) -> bool:
        """Whether they are banned; a ban that is over becomes 'left', silently."""
        member = self.members.get((chat, user), {})
        if member.get("status") == "kicked" and 0 < member["until_date"] <= self.now:
            self.members[chat, user] = {"status": "left"}
            self.banned_by.pop((chat, user), None)
            return False
        return member.get("status") == "kicked"

    def _asked_for(self, chat: int, user: int) -> None:
        if self.inside(chat, user):
            raise bad("USER_ALREADY_PARTICIPANT")
        if (chat, user) not in self.requests:
            raise bad("HIDE_REQUESTER_MISSING")

    def _answered(self, chat: int, user: int) -> None:
        self.requests.discard((chat, user))
        self.asked.pop((chat, user), None)

    def _let_in(self, chat: int, user: int, *, by: int) -> None:
        self._answered(chat, user)
        link = next((one for one in reversed(self.links) if one["chat"] == chat and user in one["asked"]), None)
        if link is not None:
            link["asked"].remove(user)
            link["joined"].append(user)
        self.set_member(chat, user, by=by, link=self._shown(link) if link else None, status="member")

    def _make_link(self, chat: int, creator: Json, options: Mapping[str, Any]) -> Json:
        name, limit = options.get("name") or "", options.get("member_limit")
        asks = bool(options.get("creates_join_request"))
        if units(name) > 32:
            raise bad("invite link name is too long")
        if limit and asks:
            raise bad("member limit can't be specified for links requiring administrator approval")
        if limit is not None and not 1 <= limit <= 99_999:
            raise bad("USAGE_LIMIT_INVALID")
        link: Json = {
            "invite_link": f"https://t.me/+{len(self.links) + 1:012d}",
            "creator": creator,
            "creates_join_request": asks,
            "is_primary": False,
            "is_revoked": False,
            "chat": chat,
            "joined": [],
            "asked": [],
            **({"name": name} if name else {}),
            **({"member_limit": limit} if limit else {}),
        }
        expires = options.get("expire_date")
        if expires:
            link["expire_date"] = int(expires.timestamp()) if hasattr(expires, "timestamp") else int(expires)
            if link["expire_date"] <= self.now:
                raise bad("EXPIRE_DATE_INVALID")
        self.links.append(link)
        return link

    def _shown(self, link: Json) -> Json:
        """A link as the bot is told of it: of somebody else's it sees only the beginning."""
        shown = {k: v for k, v in link.items() if k not in ("chat", "joined", "asked")}
        if link["asked"]:
            shown["pending_join_request_count"] = len(link["asked"])
        if link["creator"]["id"] != self.me["id"]:
            shown["invite_link"] = f"{link['invite_link'][:-8]}…"
        return shown
