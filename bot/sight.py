"""Sight: who can see which channels, threads and topics. Whatever of one place is told in another asks here first.

A platform that knows is asked; what nobody knows is not seen. The register of gates is asked besides, so that what is
behind a plan stays there even while the platform lags behind.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from bot.storage import discussions, members
from bot.storage.discussions import Spot
from bot.storage.members import Profile
from bot.storage.store import Connection, Store

EVERYBODY = ""
"""In the place of a user: what everybody in its space can see."""


@runtime_checkable
class Sees(Protocol):
    """A platform that knows who can see which of its channels, and how these are reached."""

    async def seen(self, user: str, channels: Sequence[str]) -> dict[str, str]:
        """Of these channels and threads those that the user (or `EVERYBODY`) can see, each with its link."""

    async def seeing(self, users: Sequence[str], channel: str) -> set[str]:
        """Of these users those who can see a channel or thread."""


class _Grounds(NamedTuple):
    """What the register says: who somebody is on each platform, the gates of places, the spaces of each platform."""

    accounts: Mapping[str, str]
    gates: Mapping[tuple[str, str], set[str]]
    spaces: Mapping[str, Sequence[str]]

    def one_space(self, platform: str) -> bool:
        return len(self.spaces.get(platform, ())) <= 1


def _grounds(connection: Connection, community: int, member: int = 0) -> _Grounds:
    return _Grounds(
        discussions.accounts(connection, member),
        discussions.gates(connection, community),
        discussions.spaces(connection, community),
    )


async def visible(store: Store, ports: Mapping[str, object], who: Profile, spots: Collection[Spot]) -> dict[Spot, str]:
    """Those of the places that a member can see, each with its link, as far as the platform says one.

    They are on platforms the member is on, and not behind a gate that is shut to them. Where roles decide, and the
    platform that knows is away, nothing is seen. Of several groups only those are that they wrote in themselves. In
    private anybody can write to a bot of Telegram: of its group whoever was never seen in it, or left, sees nothing.
    """
    if not spots:
        return {}
    grounds = await store.read(_grounds, who.community, who.member)
    found: dict[Spot, str] = {}
    unsure: list[Spot] = []
    for platform, user in grounds.accounts.items():
        theirs = [one for one in spots if one.platform == platform and _open(one, grounds, who.state.access.open)]
        port = ports.get(platform)
        if theirs and isinstance(port, Sees):
            seen = await port.seen(user, sorted({one.address for one in theirs}))
            found |= {one: seen[one.address] for one in theirs if one.address in seen}
        elif theirs and who.state.contact.here and platform not in _ROLES:
            alone = grounds.one_space(platform) and _seen_on(platform, who, grounds)
            found |= dict.fromkeys(theirs if alone else (), "")
            unsure += [] if alone else theirs
    if unsure:
        wrote = await store.read(discussions.rooms, who.member)
        found |= {one: "" for one in unsure if one.room in wrote}
    return found


async def seeing(
    store: Store, ports: Mapping[str, object], community: int, members_: Sequence[int], spot: Spot
) -> set[int]:
    """Those of the members who can see a place; they are asked about all at once."""
    people = await store.read(_people, community, members_)
    port = ports.get(spot.platform)
    if not isinstance(port, Sees):
        return {who.member for who, _ in people if spot in await visible(store, ports, who, [spot])}
    theirs = {
        grounds.accounts[spot.platform]: who.member
        for who, grounds in people
        if spot.platform in grounds.accounts and _open(spot, grounds, who.state.access.open)
    }
    return {theirs[user] for user in await port.seeing([*theirs], spot.address)} if theirs else set()


def _people(connection: Connection, community: int, members_: Sequence[int]) -> list[tuple[Profile, _Grounds]]:
    grounds = _grounds(connection, community)
    found = [members.by_id(connection, community, member) for member in members_]
    return [
        (who, grounds._replace(accounts=discussions.accounts(connection, who.member)))
        for who in found
        if who is not None
    ]


async def shared(
    store: Store, ports: Mapping[str, object], community: int, here: Spot, spots: Collection[Spot]
) -> set[Spot]:
    """Those of the places, all in the space of `here`, that everybody can see who can see that one."""
    found = {one for one in spots if one.room == here.room}
    others = [one for one in spots if one.room != here.room and one.platform == here.platform]
    if not others:
        return found
    grounds = await store.read(_grounds, community)
    others = [one for one in others if _open(one, grounds, ())]
    port = ports.get(here.platform)
    if isinstance(port, Sees):
        seen = await port.seen(EVERYBODY, sorted({one.address for one in others}))
        return found | {one for one in others if one.address in seen}
    return found | set(others if here.platform not in _ROLES and grounds.one_space(here.platform) else ())


_ROLES = ("discord",)
"""Where not everybody in a space sees all of it."""


def _seen_on(platform: str, who: Profile, grounds: _Grounds) -> bool:
    """Whether a member without a message in it is in a platform's only group, as far as was heard.

    Of who is on several platforms it is not known on which they did what they did.
    """
    if platform != "telegram":
        return True
    contact, done = who.state.contact, who.state.engagement
    heard = contact.joined_at is not None or done.messages > 0 or done.reactions_given > 0
    return len(grounds.accounts) == 1 and heard


def _open(spot: Spot, grounds: _Grounds, gates: Collection[str]) -> bool:
    """Whether no gate before the channel, the chat it is a topic of, or the thread is shut to whom these are open."""
    places = {(spot.platform, spot.channel), spot.room, (spot.platform, spot.address)}
    return all(not grounds.gates[one].isdisjoint(gates) for one in places if one in grounds.gates)
