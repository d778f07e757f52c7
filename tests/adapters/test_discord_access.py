"""Access on Discord, on simcord: what a subscription opens and its end closes, and what human hands do meanwhile."""

import json
from datetime import datetime, timedelta

import discord
import pytest
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, RoleHandle
from sqlalchemy import update

from bot.delivery import HERE
from bot.engine.rules import Gate, Plan, Rules
from bot.events import Account, Reviewed, SubscriptionChanged
from bot.i18n import tongue
from bot.sales import Status, Subscription
from bot.storage import gates, grants
from bot.storage.ledger import COMMUNITIES
from bot.storage.store import Connection
from bot.till.reconcile import Reconciliation
from bot.words import replace
from tests.adapters.discord_world import World, answer, shown
from tests.conftest import START, Clock

NEVER = 1_000_000
"""A level that nobody reaches: these gates open by plans alone."""
PAID_TO = START + timedelta(days=30)


@pytest.fixture
def rules(rules: Rules) -> Rules:
    """The plans pro and team open the lounge; team opens the vault, too."""
    plans = (
        Plan(name="pro", prices={"usd": 900}, gates=("lounge",)),
        Plan(name="team", prices={"usd": 1900}, gates=("lounge", "vault")),
    )
    both = (Gate(name="lounge", level=NEVER), Gate(name="vault", level=NEVER))
    return replace(rules, gates=both, plans=plans)


def who(world: World, member: MemberActor) -> Account:
    return Account(platform="discord", space=str(world.guild.id), user=str(member.id), name=member.name)


async def subscribe(
    world: World,
    member: MemberActor,
    status: Status = "active",
    plan: str = "pro",
    until: datetime | None = PAID_TO,
    name: str = "1",
) -> None:
    """Tell what a provider says now of a member's subscription, and wait until all of it is done."""
    now = world.app.clock()
    truth = Subscription(
        id=f"sandbox:{plan}:{member.id}:{name}",
        plan=plan,
        status=status,
        since=START,
        as_of=now,
        until=until,
        renews=status in ("active", "past_due"),
        months=1,
    )
    key = f"sandbox:{plan}:{member.id}:{name}:{status}:{now.isoformat()}"
    await world.app.submit([SubscriptionChanged(key=key, at=now, who=who(world, member), subscription=truth)])
    await world.delivered()


async def review(world: World, member: MemberActor) -> None:
    """Let the engine look at what time has changed."""
    now = world.app.clock()
    await world.app.submit([Reviewed(key=f"review:{now.isoformat()}", at=now, who=who(world, member))])
    await world.delivered()


async def reconcile(world: World) -> int:
    """One pass; returns how many places it mended."""
    done = await Reconciliation(world.app, {}).run(world.app.clock())
    await world.delivered()
    return done.mended


async def behind(world: World, gate: str, **what: object) -> None:
    """Put something behind a gate."""
    result = await world.owner.slash(world.general, "gate add", gate=gate, **what)
    assert f"is behind the gate {gate} now" in answer(result)


async def register(world: World, member: MemberActor) -> dict[str, str]:
    """{target: status} of a member's grants that are not over."""
    number = (await world.profile(member)).member
    return {one.target: one.status for one in await world.app.store.read(grants.of_member, number)}


def hand_over(world: World, member: MemberActor, role: RoleHandle) -> None:
    """A moderator gives a role."""
    world.env.backend.add_member_role(world.guild.id, member.id, role.id)


def take(world: World, member: MemberActor, role: RoleHandle) -> None:
    """A moderator takes a role away."""
    world.env.backend.remove_member_role(world.guild.id, member.id, role.id)


def rejoin(world: World, member: MemberActor) -> MemberActor:
    """Who has left comes back, some time later."""
    world.env.backend.clock.advance(60)
    return world.guild.add_member(member.user)


def locked(world: World, name: str) -> ChannelHandle:
    """A channel that only the bot sees."""
    hidden, seen = discord.PermissionOverwrite(view_channel=False), discord.PermissionOverwrite(view_channel=True)
    return world.guild.create_text_channel(name, overwrites={world.guild.default_role: hidden, world.role: seen})


def opened(world: World, channel: ChannelHandle, member: MemberActor) -> bool:
    """Whether a channel is opened to a member by an entry of their own."""
    entries = world.env.backend.channels[channel.id].overwrites
    return any(one.target_id == member.id and one.allow & discord.Permissions.view_channel.flag for one in entries)


async def staff_room(world: World) -> ChannelHandle:
    """A channel in which the staff is told what concerns it."""
    room = world.guild.create_text_channel("staff")
    number = (await world.profile(world.owner)).community

    def put(connection: Connection) -> None:
        staff = json.dumps({"discord": f"{world.guild.id}/{room.id}"})
        connection.execute(update(COMMUNITIES).where(COMMUNITIES.c.id == number).values(staff=staff))

    await world.app.store.write(put)
    return room


async def told(world: World, room: ChannelHandle) -> list[str]:
    """What the staff was told about hands on our grants."""
    await world.delivered()
    return [text for text in map(shown, room.history()) if "by hand" in text]


# ------------------------------------------------------------------ the journey


async def test_a_subscription_opens_role_and_channel_through_grace_until_it_ends(world: World, clock: Clock) -> None:
    role, lounge = world.guild.create_role("Pro"), locked(world, "lounge")
    await behind(world, "lounge", role=role)
    await behind(world, "lounge", channel=lounge)
    alice = world.join("alice")
    await world.stored()
    assert (world.holds(alice, role), opened(world, lounge, alice)) == (False, False)
    await subscribe(world, alice)
    assert (world.holds(alice, role), opened(world, lounge, alice)) == (True, True)
    assert await register(world, alice) == {f"role:{role.id}": "granted", f"channel:{lounge.id}": "granted"}

    clock.now = PAID_TO
    await subscribe(world, alice, "past_due")
    clock.advance(days=6, hours=23)
    await review(world, alice)
    assert (world.holds(alice, role), opened(world, lounge, alice)) == (True, True)
    clock.advance(hours=1)
    await review(world, alice)
    assert (world.holds(alice, role), opened(world, lounge, alice)) == (False, False)
    assert await register(world, alice) == {}
    assert (
        world.calls("PUT", "/guilds/*/members/*/roles/*") == world.calls("DELETE", "/guilds/*/members/*/roles/*") == 1
    )


async def test_who_leaves_has_it_back_on_return(world: World) -> None:
    role, lounge = world.guild.create_role("Pro"), locked(world, "lounge")
    await behind(world, "lounge", role=role)
    await behind(world, "lounge", channel=lounge)
    alice = world.join("alice")
    await subscribe(world, alice)
    world.guild.remove_member(alice)
    await world.delivered()
    assert await register(world, alice) == {f"role:{role.id}": "away", f"channel:{lounge.id}": "granted"}
    assert world.calls("DELETE", "/guilds/*/members/*/roles/*") == 0
    again = rejoin(world, alice)
    await world.delivered()
    assert (world.holds(again, role), opened(world, lounge, again)) == (True, True)
    assert await register(world, again) == {f"role:{role.id}": "granted", f"channel:{lounge.id}": "granted"}
    await subscribe(world, again, "refunded")
    assert (world.holds(again, role), opened(world, lounge, again)) == (False, False)


async def test_who_leaves_and_does_not_pay_on_leaves_no_entry_in_a_channel(world: World) -> None:
    role, lounge = world.guild.create_role("Pro"), locked(world, "lounge")
    await behind(world, "lounge", role=role)
    await behind(world, "lounge", channel=lounge)
    alice = world.join("alice")
    await subscribe(world, alice)
    world.guild.remove_member(alice)
    await subscribe(world, alice, "refunded")
    assert not opened(world, lounge, alice)
    assert await register(world, alice) == {}
    back = rejoin(world, alice)
    await world.delivered()
    assert not world.holds(back, role)


async def test_a_role_that_was_moved_above_ours_is_given_by_the_reconciliation_once_that_is_mended(
    world: World, clock: Clock
) -> None:
    role = world.guild.create_role("Pro")
    await behind(world, "lounge", role=role)
    position = world.env.backend.get_role(world.guild.id, role.id).position
    world.env.backend.reorder_roles(world.guild.id, [{"id": role.id, "position": 50}])
    alice = world.join("alice")
    await subscribe(world, alice)
    assert not world.holds(alice, role)
    (blocked,) = await world.app.store.read(grants.of_member, (await world.profile(alice)).member)
    assert (blocked.status, blocked.why) == ("blocked", "Move my role above Pro in Server settings → Roles.")
    world.env.backend.reorder_roles(world.guild.id, [{"id": role.id, "position": position}])
    clock.advance(minutes=5)
    assert await reconcile(world) == 1
    assert world.holds(alice, role)
    clock.advance(minutes=5)
    assert await reconcile(world) == 0
    assert world.calls("PUT", "/guilds/*/members/*/roles/*") == 1


async def test_a_role_given_by_hand_stays_at_the_end(world: World) -> None:
    role = world.guild.create_role("Pro")
    await behind(world, "lounge", role=role)
    alice = world.join("alice")
    hand_over(world, alice, role)
    await subscribe(world, alice)
    assert await register(world, alice) == {f"role:{role.id}": "found"}
    await subscribe(world, alice, "refunded")
    assert world.holds(alice, role)
    assert [world.calls(method, "/guilds/*/members/*/roles/*") for method in ("PUT", "DELETE")] == [0, 0]


async def test_one_role_behind_two_gates_stays_until_both_are_closed(world: World, clock: Clock) -> None:
    role, vault = world.guild.create_role("Inside"), world.guild.create_role("Vault")
    await behind(world, "lounge", role=role)
    await behind(world, "vault", role=role)
    await behind(world, "vault", role=vault)
    alice = world.join("alice")
    await subscribe(world, alice, plan="team")
    await subscribe(world, alice, plan="pro")
    assert (world.holds(alice, role), world.holds(alice, vault)) == (True, True)
    clock.advance(days=1)
    await subscribe(world, alice, "refunded", plan="team")
    assert (world.holds(alice, role), world.holds(alice, vault)) == (True, False)
    assert world.calls("DELETE", f"/guilds/*/members/*/roles/{role.id}") == 0
    await subscribe(world, alice, "refunded", plan="pro")
    assert not world.holds(alice, role)
    assert world.calls("DELETE", f"/guilds/*/members/*/roles/{role.id}") == 1


async def test_a_channel_closed_and_opened_in_one_breath_is_open(world: World, clock: Clock) -> None:
    """What Discord told us of the channel lags behind; what it says when asked does not."""
    lounge = locked(world, "lounge")
    await behind(world, "lounge", channel=lounge)
    alice = world.join("alice")
    await subscribe(world, alice)
    channel = world.adapter.client.get_channel(lounge.id)
    assert isinstance(channel, discord.TextChannel)
    before = list(channel._overwrites)
    clock.advance(hours=1)
    await subscribe(world, alice, "paused")
    channel._overwrites = before  # as if the news of it were still on its way
    await subscribe(world, alice, "active", name="2")
    assert opened(world, lounge, alice)
    assert await register(world, alice) == {f"channel:{lounge.id}": "granted"}


# ------------------------------------------------------------------ human hands


async def test_a_role_that_a_moderator_takes_is_left_so_until_a_new_membership(world: World, clock: Clock) -> None:
    role, room = world.guild.create_role("Pro"), await staff_room(world)
    await behind(world, "lounge", role=role)
    alice = world.join("alice")
    await subscribe(world, alice)
    take(world, alice, role)
    await world.env.settle()
    assert await register(world, alice) == {f"role:{role.id}": "held"}
    expected = (
        "✋ @Pro, behind the gate lounge, was taken from alice by hand. "
        "I leave it so; a new membership would give it again."
    )
    assert await told(world, room) == [expected]
    clock.advance(days=1)
    await review(world, alice)
    assert await reconcile(world) == 0
    assert not world.holds(alice, role)
    await subscribe(world, alice, "refunded")
    clock.advance(days=1)
    await subscribe(world, alice, name="2")
    assert world.holds(alice, role)
    assert await register(world, alice) == {f"role:{role.id}": "granted"}
    assert await told(world, room) == [expected]


async def test_a_role_that_a_moderator_took_and_gave_back_is_theirs(world: World) -> None:
    role = world.guild.create_role("Pro")
    await behind(world, "lounge", role=role)
    alice = world.join("alice")
    await subscribe(world, alice)
    take(world, alice, role)
    await world.env.settle()
    hand_over(world, alice, role)
    await subscribe(world, alice, "refunded")
    assert world.holds(alice, role)


async def test_an_entry_in_a_channel_that_a_moderator_removes_is_left_so(world: World, clock: Clock) -> None:
    lounge, room = locked(world, "lounge"), await staff_room(world)
    await behind(world, "lounge", channel=lounge)
    alice, bob = world.join("alice"), world.join("bob")
    await subscribe(world, alice)
    await subscribe(world, bob)
    world.env.backend.delete_overwrite(lounge.id, alice.id)
    await world.env.settle()
    assert await register(world, alice) == {f"channel:{lounge.id}": "held"}
    assert await register(world, bob) == {f"channel:{lounge.id}": "granted"}
    assert [text.split(" was ")[0] for text in await told(world, room)] == ["✋ #lounge, behind the gate lounge,"]
    clock.advance(minutes=5)
    assert await reconcile(world) == 0
    assert (opened(world, lounge, alice), opened(world, lounge, bob)) == (False, True)


async def test_what_we_take_ourselves_is_nobodys_hand(world: World, clock: Clock) -> None:
    role, lounge, room = world.guild.create_role("Pro"), locked(world, "lounge"), await staff_room(world)
    await behind(world, "lounge", role=role)
    await behind(world, "lounge", channel=lounge)
    alice = world.join("alice")
    for _ in range(3):
        await subscribe(world, alice)
        assert (world.holds(alice, role), opened(world, lounge, alice)) == (True, True)
        clock.advance(days=1)
        await subscribe(world, alice, "paused")
        assert (world.holds(alice, role), opened(world, lounge, alice)) == (False, False)
        assert await register(world, alice) == {}
        clock.advance(days=1)
    assert await told(world, room) == []


async def test_news_of_a_member_that_is_older_than_our_deed_takes_nothing(world: World) -> None:
    role = world.guild.create_role("Pro")
    await behind(world, "lounge", role=role)
    alice = world.join("alice")
    await subscribe(world, alice)
    news = {
        "guild_id": str(world.guild.id),
        "user": {"id": str(alice.id), "username": "alice", "discriminator": "0", "avatar": None},
        "roles": [],
        "nick": "Al",
        "joined_at": START.isoformat(),
    }
    world.env.backend.emit("GUILD_MEMBER_UPDATE", news)
    await world.env.settle()
    assert await register(world, alice) == {f"role:{role.id}": "granted"}


async def test_a_change_that_takes_nothing_asks_discord_nothing(world: World) -> None:
    role = world.guild.create_role("Pro")
    await behind(world, "lounge", role=role)
    alice = world.join("alice")
    await subscribe(world, alice)
    asked = world.calls("GET", "/guilds/*/members/*")
    world.env.backend.edit_member(world.guild.id, alice.id, {"nick": "Al"})
    await world.env.settle()
    assert world.calls("GET", "/guilds/*/members/*") == asked
    assert await register(world, alice) == {f"role:{role.id}": "granted"}


async def test_who_left_and_came_back_while_nobody_listened_has_it_back(world: World, clock: Clock) -> None:
    role, room = world.guild.create_role("Pro"), await staff_room(world)
    await behind(world, "lounge", role=role)
    alice = world.join("alice")
    await subscribe(world, alice)
    there = world.env.backend.get_member(world.guild.id, alice.id)
    there.role_ids.remove(role.id)
    there.joined_at = (clock() + timedelta(hours=1)).isoformat()
    clock.advance(hours=2)
    world.env.backend.edit_member(world.guild.id, alice.id, {"nick": "Al"})
    await world.env.settle()
    await world.delivered()
    assert world.holds(alice, role)
    assert await register(world, alice) == {f"role:{role.id}": "granted"}
    assert await told(world, room) == []


async def test_a_role_that_is_deleted_was_taken_from_nobody(world: World) -> None:
    role = world.guild.create_role("Pro")
    await behind(world, "lounge", role=role)
    alice = world.join("alice")
    await subscribe(world, alice)
    world.env.backend.delete_role(world.guild.id, role.id)
    world.env.backend.edit_member(world.guild.id, alice.id, {"nick": "Al"})
    await world.env.settle()
    assert await register(world, alice) == {f"role:{role.id}": "granted"}


# ------------------------------------------------------------------ beforehand


async def test_what_can_not_be_given_is_refused_when_the_gate_is_set_up(world: World) -> None:
    high, managed = world.guild.create_role("High"), world.guild.create_role("Robots", managed=True)
    world.env.backend.reorder_roles(world.guild.id, [{"id": high.id, "position": 50}])
    hidden = discord.PermissionOverwrite(view_channel=False)
    closed = world.guild.create_text_channel("closed", overwrites={world.guild.default_role: hidden})
    refusals: dict[str, dict[str, RoleHandle | ChannelHandle]] = {
        "Move my role above High in Server settings → Roles.": {"role": high},
        "Robots can't be given to anybody: choose another role with /gate add.": {"role": managed},
        "@\u200beveryone can't be given to anybody: choose another role with /gate add.": {
            "role": world.guild.default_role
        },
        "Give me 'View Channel' and 'Manage Permissions' in closed (Edit channel → Permissions).": {"channel": closed},
    }
    for advice, what in refusals.items():
        result = await world.owner.slash(world.general, "gate add", gate="lounge", **what)
        assert answer(result).strip().replace("\\", "") == advice
    assert await world.app.store.read(gates.bound, (await world.profile(world.owner)).community) == []


async def test_what_is_not_there_can_not_stand_behind_a_gate(world: World) -> None:
    say, space = tongue("en"), str(world.guild.id)
    assert await world.adapter.obstacle(space, "role", "404", say) == "There is no such role in this server."
    missing = await world.adapter.obstacle(space, "channel", "404", say)
    assert missing == "There is no such channel in this server, or I can't see it."
    elsewhere = await world.adapter.obstacle("404", "role", "1", say)
    assert elsewhere == "I am not in that server any more: invite me again."
    assert await world.adapter.obstacle(space, "channel", str(locked(world, "lounge").id), say) == ""


async def test_the_doctor_sees_a_gated_channel_that_is_not_locked(world: World) -> None:
    await behind(world, "lounge", channel=world.guild.create_text_channel("open"))
    await behind(world, "vault", channel=locked(world, "shut"))
    found = {check.values.get("channel"): check for check in await world.adapter.checks(str(world.guild.id))}
    assert (found["open"].state, found["shut"].state) == ("warning", "ok")
    assert "It is not locked" in found["open"].advice


async def test_the_doctor_sees_that_no_role_stands_below_ours(world: World) -> None:
    role = world.guild.create_role("Pro")
    title = "The order of roles in {server}"
    assert title not in [check.title for check in await world.adapter.checks(str(world.guild.id))]
    world.env.backend.reorder_roles(world.guild.id, [{"id": role.id, "position": 50}])
    (order,) = [check for check in await world.adapter.checks(str(world.guild.id)) if check.title == title]
    assert (order.state, order.values) == ("warning", {"server": "Academy"})


# ------------------------------------------------------------------ the sweep


async def test_who_holds_what_is_told_whoever_gave_it(world: World) -> None:
    role, lounge = world.guild.create_role("Pro"), locked(world, "lounge")
    alice, bob = world.join("alice"), world.join("bob")
    hand_over(world, alice, role)
    sees = discord.PermissionOverwrite(view_channel=True)
    channel = world.adapter.client.get_channel(lounge.id)
    assert isinstance(channel, discord.TextChannel)
    member = await channel.guild.fetch_member(bob.id)
    await channel.set_permissions(member, overwrite=sees)
    targets = [f"role:{role.id}", f"channel:{lounge.id}", "role:404", "channel:404", "chat:5"]
    assert await world.adapter.held(str(world.guild.id), targets) == {
        f"role:{role.id}": {str(alice.id)},
        f"channel:{lounge.id}": {str(bob.id)},
    }
    here = await world.adapter.held(str(world.guild.id), [HERE])
    assert here is not None
    assert {str(alice.id), str(bob.id), str(world.owner.id)} <= here[HERE]
    assert await world.adapter.held(str(world.guild.id), []) == {}
    assert await world.adapter.held("404", targets) is None


async def test_when_the_members_can_not_be_listed_nothing_is_said(world: World) -> None:
    role = world.guild.create_role("Pro")
    world.env.inject_error("GET", "/guilds/*/members", status=403, code=50001, message="Missing Access")
    assert await world.adapter.held(str(world.guild.id), [f"role:{role.id}"]) is None


async def test_what_happened_while_nobody_listened_is_found_by_the_reconciliation(world: World, clock: Clock) -> None:
    role, lounge, room = world.guild.create_role("Pro"), locked(world, "lounge"), await staff_room(world)
    await behind(world, "lounge", role=role)
    await behind(world, "lounge", channel=lounge)
    taken, closed, left, back, same = people = [world.join(name) for name in ("tia", "cleo", "lee", "bob", "sam")]
    for member in people:
        await subscribe(world, member)
    clock.advance(hours=1)
    there = world.env.backend.get_guild(world.guild.id).members
    there[taken.id].role_ids.remove(role.id)
    entries = world.env.backend.channels[lounge.id].overwrites
    entries[:] = [one for one in entries if one.target_id != closed.id]
    cached = world.adapter.client.get_channel(lounge.id)
    assert isinstance(cached, discord.TextChannel)
    cached._overwrites = [one for one in cached._overwrites if one.id != closed.id]
    del there[left.id]
    there[back.id].role_ids.remove(role.id)
    there[back.id].joined_at = clock().isoformat()
    clock.advance(hours=1)
    assert await reconcile(world) == 0
    await world.delivered()
    at_door, inside = f"channel:{lounge.id}", f"role:{role.id}"
    assert await register(world, taken) == {inside: "held", at_door: "granted"}
    assert await register(world, closed) == {inside: "granted", at_door: "held"}
    assert await register(world, left) == {inside: "away", at_door: "granted"}
    assert await register(world, back) == await register(world, same) == {inside: "granted", at_door: "granted"}
    assert [world.holds(member, role) for member in (taken, closed, back, same)] == [False, True, True, True]
    clock.advance(minutes=5)
    tried = world.calls("PUT", "/guilds/*/members/*/roles/*")
    assert await reconcile(world) == 0  # nobody tries to let in who is not there
    assert world.calls("PUT", "/guilds/*/members/*/roles/*") == tried
    assert sorted(text.split(" was ")[1].split(" by ")[0] for text in await told(world, room)) == [
        "taken from cleo",
        "taken from tia",
    ]


async def test_who_was_away_and_came_unheard_is_let_in_by_the_reconciliation(world: World, clock: Clock) -> None:
    role = world.guild.create_role("Pro")
    await behind(world, "lounge", role=role)
    alice = world.join("alice")
    await world.stored()
    world.guild.remove_member(alice)
    await subscribe(world, alice)
    assert await register(world, alice) == {f"role:{role.id}": "away"}
    clock.advance(minutes=5)
    assert await reconcile(world) == 0
    world.env.backend.clock.advance(60)
    world.env.backend.add_member(world.guild.id, alice.id)
    clock.advance(minutes=5)
    await reconcile(world)
    assert world.holds(alice, role)
    assert await register(world, alice) == {f"role:{role.id}": "granted"}
    clock.advance(minutes=5)
    assert await reconcile(world) == 0


# ------------------------------------------------------------------ the way in


async def test_who_may_come_in_and_is_not_there_gets_a_link_of_their_own(world: World, clock: Clock) -> None:
    space = str(world.guild.id)
    world.env.backend.edit_role(world.guild.id, world.role.id, {"permissions": discord.Permissions.all().value})
    await world.env.settle()
    locked(world, "aaa")
    stranger = world.env.create_user("stranger")
    link = await world.adapter.way_in(space, str(stranger.id))
    (invite,) = world.guild.invites()
    assert link.endswith(invite.code)
    assert (invite.max_uses, invite.max_age, invite.channel_id) == (1, 86400, world.general.id)
    assert await world.adapter.way_in(space, str(stranger.id)) == link
    world.env.backend.delete_invite(invite.code)  # as when it was used
    anew = await world.adapter.way_in(space, str(stranger.id))
    assert anew not in ("", link)
    clock.advance(hours=23, minutes=30)
    assert await world.adapter.way_in(space, str(stranger.id)) not in ("", link, anew)
    alice = world.join("alice")
    assert await world.adapter.way_in(space, str(alice.id)) == ""
    assert await world.adapter.way_in("404", str(stranger.id)) == ""
    theirs = [await world.adapter.way_in(space, name) for name in ("telegram:7", "telegram:7", "telegram:8")]
    assert theirs[0] == theirs[1] != theirs[2]


async def test_without_the_right_to_invite_there_is_no_link(world: World) -> None:
    seen = discord.Permissions(view_channel=True)
    there = world.env.backend.get_member(world.guild.id, world.env.backend.bot_user.id)
    for number in (world.guild.default_role.id, *there.role_ids):
        world.env.backend.edit_role(world.guild.id, number, {"permissions": seen.value})
    await world.env.settle()
    assert await world.adapter.way_in(str(world.guild.id), str(world.env.create_user("stranger").id)) == ""
    assert world.guild.invites() == []
