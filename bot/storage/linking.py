"""What codes are for, each in one transaction with the code.

Two accounts become one person, two communities one, a subscription gets another holder. Whatever is refused has changed
nothing, but counted a wrong guess.
"""

from datetime import datetime

from sqlalchemy import Connection, select

from bot.engine.rules import Rules
from bot.events import Account
from bot.storage import codes, joining, newcomers
from bot.storage.codes import Code, Kind, Wrong
from bot.storage.joining import Preview
from bot.storage.ledger import ACCOUNTS, COMMUNITIES
from bot.storage.members import Profile, by_id
from bot.storage.merge import Became, hand_over, live, merge, split
from bot.words import Word


class Own(Word, frozen=True):
    """An account of a member: its row's `id`, platform, user id and name there."""

    id: int
    platform: str
    user: str
    name: str


class Meeting(Word, frozen=True):
    """A code that is good for whoever typed it, and who made it."""

    code: Code
    maker: Profile


class Met(Became, frozen=True, kw_only=True):
    """What a code did: of which kind it was, who had made it, and the subscriptions that changed hands."""

    kind: str
    maker: Profile
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


def welcome(connection: Connection, account: Account, text: str, now: datetime) -> int:
    """Make whoever has a good code a member of the community it was made in; returns its number, 0 for no good code.

    So somebody who bought on one platform can come in on another where nobody has seen them. Wrong guesses are not
    counted: a stranger has nothing to count them by, and a code has 40 bits and is good for minutes.
    """
    code = codes.look(connection, text, ("link", "move"), now)
    return newcomers.enrol(connection, account, code.community, now) if isinstance(code, Code) else 0


def meet(
    connection: Connection, text: str, me: int, community: int, kinds: tuple[Kind, ...], now: datetime
) -> Meeting | Wrong:
    """Look at a code that a member typed: who made it, or why it is not good for them."""
    code = codes.find(connection, text, me, kinds, now)
    if isinstance(code, Wrong):
        return code
    if code.community != community:
        return Wrong(why="elsewhere", kind=code.kind, where=community_name(connection, code.community))
    if code.member == me:
        return Wrong(why="own", kind=code.kind)
    if code.kind == "move" and not live(connection, code.member):
        return Wrong(why="nothing", kind="move")
    maker = by_id(connection, code.community, code.member)
    return Wrong(why="expired", kind=code.kind) if maker is None else Meeting(code=code, maker=maker)


def redeem(
    connection: Connection, text: str, me: int, community: int, kinds: tuple[Kind, ...], rules: Rules, now: datetime
) -> Met | Wrong:
    """Do what a code of kind link or move is for: become one with who made it, or take over their subscriptions."""
    found = meet(connection, text, me, community, kinds, now)
    if isinstance(found, Wrong):
        return found
    code, maker = found.code, found.maker
    if not codes.spend(connection, code, now):
        return Wrong(why="used", kind=code.kind)
    if code.kind == "move":
        ids = hand_over(connection, maker.member, me, rules, now)
        return Met(kind="move", maker=maker, subscriptions=tuple(ids))
    merge(connection, maker.member, me, rules, now)
    return Met(kind="link", maker=maker, members={me: maker.member})


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
