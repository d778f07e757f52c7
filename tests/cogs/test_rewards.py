"""/reward, /multiplier and /badge: what creators add to the rules, with everybody counted anew and a way back."""

import pytest

from bot.app import App
from bot.commands import Caller, Channel, Rank
from bot.desk import Desk
from bot.reply import Reply
from bot.storage import gates, members
from tests.cogs.conftest import Say, account, earned, press, profile

pytestmark = pytest.mark.usefixtures("talk")


async def creator(say: Say, path: str, **options: object) -> Reply:
    return await say("ann", path, rank=Rank.CREATOR, **options)


async def open_to(app: App, user: str) -> tuple[str, ...]:
    return (await profile(app, user)).state.access.open


async def test_a_level_gets_a_role_and_who_is_there_has_it(app: App, say: Say) -> None:
    assert earned("ann") > 255
    reply = await creator(say, "reward add", level=1, role="77")
    assert reply.text.startswith("77 is behind the gate level-1 now.")
    assert await open_to(app, "ann") == ("level-1", "lounge")
    assert await open_to(app, "bo") == ()
    assert [(row.gate, row.kind, row.target) for row in await app.store.read(gates.bound, 1)] == [
        ("level-1", "role", "77")
    ]
    listed = await creator(say, "reward list")
    assert [(one.name, one.value) for one in listed.fields] == [
        ("Level 1: level-1", "Playground role 77"),
        ("Level 2: lounge", "nothing yet: /gate add puts a role or channel behind it"),
    ]


async def test_rewards_that_replace_each_other_leave_the_highest(app: App, say: Say) -> None:
    await creator(say, "reward add", level=1, role="77", replaces=True)
    assert await open_to(app, "ann") == ("level-1", "lounge")
    await creator(say, "reward add", level=2, role="78", replaces=True)
    assert await open_to(app, "ann") == ("level-2", "lounge")
    await creator(say, "reward add", level=2, role="78")
    assert await open_to(app, "ann") == ("level-1", "level-2", "lounge")


async def test_a_reward_taken_away_is_lost_and_undone_comes_back(app: App, say: Say) -> None:
    await creator(say, "reward add", level=1, role="77")
    reply = await creator(say, "reward remove", level=1)
    assert reply.text == "Level 1 has no reward any more. Roles given for it are being taken back."
    assert await open_to(app, "ann") == ("lounge",)
    again = await creator(say, "reward remove", level=1)
    assert (again.error, again.text) == (True, "Level 1 has no reward. /reward list shows those there are.")
    undo = await creator(say, "rules undo")
    await press(lambda *a, **o: say(*a, rank=Rank.CREATOR, **o), "ann", undo, "Take it back")
    assert await open_to(app, "ann") == ("level-1", "lounge")


async def test_a_channel_counts_more_or_nothing_for_all_that_was_ever_written_there(app: App, say: Say) -> None:
    before = earned("bo")
    reply = await creator(say, "multiplier set", factor=2, channel="c")
    assert reply.text == "Messages of c are worth 2 times as much now."
    assert (await profile(app, "bo")).state.engagement.points == 2 * before
    assert (await creator(say, "multiplier set", factor=0, channel="c")).text == "Messages of c are worth nothing now."
    assert (await profile(app, "bo")).state.engagement.points == 0
    listed = await creator(say, "multiplier list")
    assert listed.table is not None
    assert listed.table.rows == (("channel", "#c", "×0"),)
    assert (await creator(say, "multiplier set", factor=1, channel="c")).text == "c counts as everything else."
    assert (await profile(app, "bo")).state.engagement.points == before


async def test_multipliers_are_listed_by_the_names_that_were_heard(app: App, desk: Desk) -> None:
    names = {"77": "VIP", "88": "attic"}
    caller = Caller(account=account("ann"), channel="c", rank=Rank.CREATOR, names=names)
    await desk.run("multiplier set", caller, {"factor": 2, "role": "77"})
    await desk.run("multiplier set", caller, {"factor": 0, "channel": "88"})
    await app.store.write(members.see_channels, "playground", account("ann"), [("c", "welcome", "text")])
    await desk.run("multiplier set", caller, {"factor": 3, "channel": "c"})
    listed = await desk.run("multiplier list", caller, {})
    assert listed.table is not None
    assert [row[1:] for row in listed.table.rows] == [("@VIP", "×2"), ("#attic", "×0"), ("#welcome", "×3")]


async def test_a_multiplier_is_for_one_thing(app: App, say: Say) -> None:
    for options in ({}, {"channel": "c", "role": "7"}):
        reply = await creator(say, "multiplier set", factor=2, **options)
        assert (reply.error, reply.text) == (True, "Say either a channel or a role.")
    assert (await app.rules_of(1)).multipliers == ()
    assert Channel(id="c").name == ""


async def test_a_badge_of_ones_own_is_won_at_once_by_who_did_enough(app: App, say: Say) -> None:
    reply = await creator(say, "badge add", badge="Talker", metric="messages", goal=10, title="Talker", emoji="🗣️")
    assert reply.text == "The badge 🗣️ Talker is there. /badges shows who is on the way."
    won = {user: [one.badge for one in (await profile(app, user)).state.honours.won] for user in ("ann", "bo")}
    assert won == {"ann": ["first-words", "talker"], "bo": ["first-words"]}
    reply = await creator(say, "badge remove", badge="talker")
    assert reply.text == "The badge talker is gone. /rules undo brings it back."
    assert [one.badge for one in (await profile(app, "ann")).state.honours.won] == ["first-words"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"metric": "smiles"}, "nothing counts 'smiles'"),
        ({"badge": "no spaces"}, "no spaces can't be a name"),
        ({"since": "2027-02-01", "until": "2027-01-01"}, "its season ends before it begins"),
    ],
)
async def test_a_badge_that_does_not_fit_changes_nothing(
    app: App, say: Say, options: dict[str, str], words: str
) -> None:
    reply = await creator(say, "badge add", **{"badge": "x", "metric": "messages", "goal": 1, **options})
    assert reply.error
    assert words in reply.text
    assert (await app.rules_of(1)).badges == ()


async def test_everybodys_badges_are_not_taken_away(say: Say) -> None:
    assert (await creator(say, "badge remove", badge="week")).text == "week belongs to every community."
    assert (await creator(say, "badge remove", badge="none")).text == "There is no badge called none."


@pytest.mark.parametrize(
    ("behind", "why"),
    [
        ({}, "Say which role or channel is behind the gate."),
        ({"role": "77", "channel": "c"}, "Say either a channel or a role."),
    ],
)
async def test_a_reward_with_nothing_in_it_changes_no_rule(
    app: App, say: Say, behind: dict[str, str], why: str
) -> None:
    before = await app.rules_of(1)
    reply = await creator(say, "reward add", level=7, **behind)
    assert (reply.error, reply.text) == (True, why)
    assert (await app.rules_of(1)).gates == before.gates
    assert await app.store.read(gates.bound, 1) == []


async def test_a_badge_that_can_not_be_is_refused_in_words_of_the_creators_language(app: App, say: Say) -> None:
    reply = await creator(say, "badge add", badge="夏天", metric="messages", goal=1, locale="zh_CN")
    assert (reply.error, reply.text) == (True, "夏天 不能作名称：只能用小写字母、数字、- 和 _，最多 32 个字符。")
    two = await creator(say, "badge add", badge="a, b", metric="messages", goal=1)
    assert (two.error, two.text) == (True, "Please say which badge.")
    assert (await app.rules_of(1)).badges == ()


async def test_rewards_are_listed_in_the_language_of_who_asks(say: Say) -> None:
    await creator(say, "reward add", level=3, role="77", replaces=True)
    listed = await creator(say, "reward list", locale="zh_CN")
    assert [(one.name, one.value) for one in listed.fields][1:] == [
        ("等级 3：level-3 · 取代更低等级的奖励", "体验场 身份组 77")
    ]
