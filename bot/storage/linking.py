"""What codes are for, each in one transaction with the code.

Two accounts become one person, two communities one, a subscription gets another holder. Whatever is refused has changed
nothing, but counted a wrong guess.
"""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from bot.engine.rules import Rules
from bot.events import Account
from bot.state import MemberState
from bot.storage import codes, joining
from bot.storage.codes import Code, Kind, Wrong
from bot.storage.joining import Preview
from bot.storage.ledger import ACCOUNTS, COMMUNITIES, MEMBERS
from bot.storage.members import Profile, by_id, find
from bot.storage.merge import Became, hand_over, live, merge, split
from bot.text import display_name
from bot.words import Word, to_json


class Own(Word, frozen=True):
    """An account of a member: its row's `id`, platform, user id and name there."""

    id: int
    platform: str
    user: str
    name: str


class Meeting(Word, frozen=True):
    """A code that is good for `me`, and who made it."""

    code: Code
    me: int
    maker: Profile


class Met(Became, frozen=True, kw_only=True):
    """What a code did: of which kind it was, with whom, and the subscriptions that changed hands."""

    kind: str = ""
    name: str = ""
    subscriptions: tuple[str, ...] = ()


class Joined(Became, frozen=True, kw_only=True):
    """Two communities were joined, as it was announced."""

    preview: Preview


class Parted(Became, frozen=True, kw_only=True):
    """An account is a member of its own now."""

    account: Own
    member: int


def accounts(connection: Connection, member: int) -> list[Own]:
    """A member's accounts, oldest first."""
    c = ACCOUNTS.c
    query = select(c.id, c.platform, c.external, c.name).where(c.member_id == member).order_by(c.id)
    return [Own(id=i, platform=p, user=user, name=name) for i, p, user, name in connection.execute(query)]


def welcome(connection: Connection, account: Account, text: str, now: datetime) -> bool:
    """Make whoever has a good code, and writes in private, a member of the community it was made in.

    So somebody who bought on one platform can come in on another where nobody has seen them. False when nothing was to
    be done. A stranger's wrong guess is nobody's: a code's 40 bits, good for minutes, are what guards it.
    """
    code = codes.look(connection, text, ("link", "move"), now)
    if account.space or not isinstance(code, Code):
        return False
    if find(connection, code.community, account.platform, account.user) is not None:
        return False
    name = display_name(account.name or account.user)
    made = {"community_id": code.community, "name": name, "locale": "", "points": 0, "level": 0}
    member = connection.execute(
        insert(MEMBERS).values(**made, state=to_json(MemberState()).decode()).returning(MEMBERS.c.id)
    ).scalar_one()
    connection.execute(
        insert(ACCOUNTS).values(
            platform=account.platform,
            external=account.user,
            community_id=code.community,
            space="",
            member_id=member,
            name=name,
            private_at=now,
        )
    )
    return True


def meet(
    connection: Connection, text: str, me: int, community: int, account: Account, kinds: tuple[Kind, ...], now: datetime
) -> Meeting | Wrong:
    """Look at a code that a member typed: who made it, or why it is not good for them.

    In private the code says which community is meant, wherever the account was active last.
    """
    code = codes.find(connection, text, me, kinds, now)
    if isinstance(code, Wrong):
        return code
    if code.community != community:
        here = None if account.space else find(connection, code.community, account.platform, account.user)
        if here is None:
            return Wrong(why="elsewhere", kind=code.kind, where=community_name(connection, code.community))
        me = here.member
    if code.member == me:
        return Wrong(why="own", kind=code.kind)
    maker = by_id(connection, code.community, code.member)
    return Wrong(why="expired", kind=code.kind) if maker is None else Meeting(code=code, me=me, maker=maker)


def redeem(
    connection: Connection,
    text: str,
    me: int,
    community: int,
    account: Account,
    kinds: tuple[Kind, ...],
    rules: Rules,
    now: datetime,
) -> Met | Wrong:
    """Do what a code of kind link or move is for: become one with who made it, or take over their subscriptions."""
    found = meet(connection, text, me, community, account, kinds, now)
    if isinstance(found, Wrong):
        return found
    code, maker = found.code, found.maker
    if code.kind == "move" and not live(connection, maker.member):
        return Wrong(why="nothing", kind="move")
    if not codes.spend(connection, code, now):
        return Wrong(why="used", kind=code.kind)
    if code.kind == "move":
        ids = hand_over(connection, maker.member, found.me, rules, now)
        return Met(kind="move", name=maker.name, subscriptions=tuple(ids))
    merge(connection, maker.member, found.me, rules, now)
    return Met(kind="link", name=maker.name, members={found.me: maker.member})


def part(connection: Connection, me: int, account: int, now: datetime) -> Parted:
    """Make one of a member's accounts a member of its own. Raises LookupError when it is none of theirs."""
    mine = next((one for one in accounts(connection, me) if one.id == account), None)
    if mine is None:
        raise LookupError(f"account {account} is none of member {me}'s")
    return Parted(account=mine, member=split(connection, account, now))


def annex(
    connection: Connection, text: str, me: int, community: int, rules: Rules, now: datetime, *, sure: bool
) -> Preview | Joined | Wrong:
    """Look at what joining this community to the code's would do and, if they are `sure`, do it."""
    code = codes.find(connection, text, me, ("space",), now)
    if isinstance(code, Wrong):
        return code
    if code.community == community:
        return Wrong(why="own", kind="space")
    shown = joining.preview(connection, code.community, community)
    if not sure:
        return shown
    codes.spend(connection, code, now)
    gone = joining.join_communities(connection, code.community, community, rules, now)
    return Joined(members=gone, communities={community: code.community}, preview=shown)


def community_name(connection: Connection, community: int) -> str:
    """What a community is called."""
    name: str = connection.execute(select(COMMUNITIES.c.name).where(COMMUNITIES.c.id == community)).scalar_one()
    return name
