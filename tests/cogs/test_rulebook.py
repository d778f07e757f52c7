"""/rules: what a change would do is said before it is made, it is made exactly so, and it can be taken back."""

import tomllib

import pytest

from bot.app import App
from bot.cogs.rulebook_words import SECTIONS
from bot.commands import Rank
from bot.engine.keys import known
from bot.engine.rules import OWN
from bot.reply import Field, Reply
from tests import snapshots
from tests.cogs.conftest import TALK, Say, button, earned, labels, press, profile
from tests.conftest import Clock

CREATOR = Rank.CREATOR
NOTHING = "Nothing has been changed yet."


def field(reply: Reply, name: str) -> str:
    """The value of a field."""
    return next(one.value for one in reply.fields if one.name == name)


async def points(app: App) -> dict[str, int]:
    return {user: (await profile(app, user)).state.engagement.points for user in TALK}


async def apply(say: Say, reply: Reply, user: str = "boss") -> Reply:
    """Press the button of what was tried."""
    pressed = button(reply, "Apply")
    return await say(user, pressed.command, rank=CREATOR, **pressed.options)


async def test_every_section_has_its_words_and_shows_its_keys(say: Say, talk: None) -> None:
    assert tuple(SECTIONS) == OWN
    shown: list[str] = []
    for section in OWN:
        reply = await say("boss", "rules show", rank=CREATOR, section=section)
        assert reply.table is not None
        shown += [row[0].partition(":")[0] for row in reply.table.rows]
    assert shown == list(known())


async def test_gates_and_badges_are_listed_one_by_one(app: App, say: Say) -> None:
    """What is in the list stands in a line of its own, with what the file says of it."""
    gates = [{"name": "lounge", "level": 5}, {"name": "attic", "level": 9, "ladder": "rank"}]
    await say("boss", "rank")
    await app.amend_rules(1, {"gates": gates}, what="x", by="Boss")
    reply = await say("boss", "rules show", rank=CREATOR, section="gates")
    assert reply.table is not None
    assert reply.table.rows == (
        ("gates: lounge", "level = 5", "✎ level = 2"),
        ("gates: attic", 'level = 9, ladder = "rank"', "✎ –"),
    )
    await app.amend_rules(1, {"gates": gates[1:]}, what="y", by="Boss")
    gone = await say("boss", "rules show", rank=CREATOR, section="gates")
    assert gone.table is not None
    assert gone.table.rows[1] == ("gates: lounge", "–", "✎ level = 2")


async def test_what_a_change_would_do_is_told_and_nothing_is_changed(app: App, say: Say, talk: None) -> None:
    before = await points(app)
    reply = await say("boss", "rules try", rank=CREATOR, key="earn.message.points=100 earn.message.to=100")
    assert reply.text == (
        "earn.message.points: 15 → 100; earn.message.to: 25 → 100\nIt concerns 4 of 5 members.\n" + NOTHING
    )
    was = sum(earned(user) for user in TALK)
    assert field(reply, "Points of all members") == f"{was:,} → {100 * sum(TALK.values()):,}"
    risen = field(reply, "Would rise to a higher level")
    assert risen == ("4: Ann (2 → 6), Bo (0 → 3), Cy (1 → 3), 陈默 (0 → 1)")
    assert field(reply, "lounge would open to") == "2: Bo (0 → 3), Cy (1 → 3)"
    assert reply.table is not None
    assert reply.table.header == ("#", "Board now", "Points", "Board then", "Points")
    assert reply.table.rows[0] == ("1", "Ann", str(earned("ann")), "Ann", "1,800")
    assert await points(app) == before
    assert await app.rules_of(1) == app.rules


async def test_the_button_makes_exactly_the_change_that_was_tried(app: App, say: Say, talk: None) -> None:
    tried = await say("boss", "rules try", rank=CREATOR, key="earn.message.points", value="7")
    await say("boss", "rules try", rank=CREATOR, key="earn.message.points", value="8")
    done = await apply(say, tried)
    assert done.title == "The rules are changed"
    assert [one.value for one in done.fields] == [one.value for one in tried.fields]
    assert field(done, "Fell to a lower level") == field(tried, "Would fall to a lower level")
    assert done.table is not None
    assert done.table.header == ("#", "Board before", "Points", "Board now", "Points")
    assert done.text == tried.text.removesuffix(f"\n{NOTHING}")
    assert (await app.rules_of(1)).earn.message.points == 7
    other = await apply(say, tried)
    assert (other.error, other.text) == (
        True,
        "The rules were changed meanwhile. Nothing was done: try it again to see what it does now.",
    )
    assert (await app.rules_of(1)).earn.message.points == 7


async def test_what_was_tried_can_be_applied_for_a_day(app: App, say: Say, talk: None, clock: Clock) -> None:
    tried = await say("boss", "rules try", rank=CREATOR, key="earn.message.points", value="7")
    before = await points(app)
    clock.advance(days=1)
    late = await apply(say, tried)
    assert (late.error, late.text) == (
        True,
        "That was tried too long ago. /rules try shows what it would do now.",
    )
    assert await points(app) == before


async def test_a_set_that_is_sure_is_made_at_once_and_undo_takes_it_back(app: App, say: Say, talk: None) -> None:
    before = app.store.look(snapshots.states, "s")
    done = await say("boss", "rules set", rank=CREATOR, key="levels.curve", value="polaris", sure=True)
    assert not done.error
    assert (await app.rules_of(1)).levels.curve == "polaris"
    shown = await say("boss", "rules show", rank=CREATOR)
    assert shown.fields == (Field(name="Nov 21, 2026, Boss", value='levels.curve: "mee6" → "polaris"'),)
    assert "levels: the curve of the levels, and how a new one is told ✎ levels.curve" in shown.text
    asked = await say("boss", "rules undo", rank=CREATOR)
    assert asked.text.endswith(NOTHING)
    assert labels(asked) == ["Take it back"]
    assert (await app.rules_of(1)).levels.curve == "polaris"
    undone = await say("boss", "rules undo", rank=CREATOR, **button(asked, "Take it back").options)
    assert undone.title == "The rules are changed"
    assert await app.rules_of(1) == app.rules
    states = app.store.look(snapshots.states, "s")
    assert {user: states[user] for user in TALK} == {user: before[user] for user in TALK}
    again = await say("boss", "rules undo", rank=CREATOR, **button(asked, "Take it back").options)
    assert (again.error, again.text) == (True, "Nothing was changed here yet: all is as in the rules file.")


async def test_a_key_is_reset_to_what_the_file_says(app: App, say: Say, talk: None) -> None:
    text = "earn.message.points=7 earn.reply.points=9 zone=Asia/Shanghai"
    await say("boss", "rules set", rank=CREATOR, key=text, sure=True)
    asked = await say("boss", "rules reset", rank=CREATOR, key="earn.message")
    assert asked.text.startswith("earn.message.points → 15\n")
    await apply(say, asked)
    rules = await app.rules_of(1)
    assert (rules.earn.message.points, rules.earn.reply.points, rules.zone) == (15, 9, "Asia/Shanghai")
    file = await say("boss", "rules file", rank=CREATOR)
    assert file.file is not None
    assert tomllib.loads(file.file.data.decode()) == {"zone": "Asia/Shanghai", "earn": {"reply": {"points": 9}}}
    await say("boss", "rules reset", rank=CREATOR, key="all", sure=True)
    assert await app.rules_of(1) == app.rules
    nothing = await say("boss", "rules reset", rank=CREATOR, key="zone")
    assert (nothing.error, nothing.text) == (True, "zone is not your own: the rules file decides it already.")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("earn.mesage.cooldown", "3", "There is no key earn.mesage.cooldown. Did you mean earn.message.cooldown"),
        (
            "earn.message.cooldown",
            "soon",
            "earn.message.cooldown can't be soon: it is a whole number from 0 to 86,400.",
        ),
        ("earn.message.cooldown", "-1", "earn.message.cooldown can't be -1: it is a whole number from 0 to 86,400."),
        ("earn.message.cooldown", "", "earn.message.cooldown is 0 now. It may be a whole number from 0 to 86,400."),
        ("guard.on", "maybe", "guard.on can't be maybe: it is on or off."),
        ("guard.decay", "2", "guard.decay can't be 2: it is a number from 0 to 1."),
        ("levels.curve", "steep", 'levels.curve can\'t be "steep": it is one of: mee6, lurkr, amari'),
        ("zone", "Mars", "This does not fit: zone: there is no time zone 'Mars'"),
        ("earn.message.points", "50", "This does not fit: earn.message: points (50) is greater than to (25)."),
        ("gates", "vip", 'gates can\'t be vip: it is a list, such as [{name = "lounge", level = 2}].'),
        ("gates", '[{name="V I P"}]', 'gates[0].name can\'t be "V I P": it is a name: small letters'),
        ("gates", '[{name="vip", levle=3}]', "gates[0] knows no levle. It knows: name, level, ladder, crown."),
        ("membership.support", "me", "There is no key membership.support. /rules show lists them all."),
        ("=", "1", "Write it like earn.message.cooldown=30."),
    ],
)
async def test_what_does_not_fit_is_said_with_what_would(
    app: App, say: Say, talk: None, key: str, value: str, words: str
) -> None:
    await say("boss", "rules show", rank=CREATOR)
    before = app.store.look(snapshots.everything)
    for path in ("rules try", "rules set"):
        reply = await say("boss", path, rank=CREATOR, key=key, value=value, sure=True)
        assert reply.error
        assert reply.text.startswith(words)
    assert app.store.look(snapshots.everything) == before


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("earn.message.cooldown ３０", 30),
        ("earn.message.cooldown=45", 45),
        ("earn.message.cooldown ＝ 46", 46),
    ],
)
async def test_one_line_says_key_and_value(app: App, say: Say, talk: None, typed: str, found: int) -> None:
    await say("boss", "rules set", rank=CREATOR, key=typed, sure=True)
    assert (await app.rules_of(1)).earn.message.cooldown == found


async def test_lists_are_written_as_toml_with_or_without_quotation_marks(app: App, say: Say, talk: None) -> None:
    gates = "[{name=lounge, level=1}, {name = “vip”, level=3, ladder=top}]"
    reply = await say("boss", "rules try", rank=CREATOR, key="gates", value=gates)
    assert field(reply, "lounge would open to") == "1: Cy"
    await apply(say, reply)
    made = [(gate.name, gate.level, gate.ladder) for gate in (await app.rules_of(1)).gates]
    assert made == [("lounge", 1, ""), ("vip", 3, "top")]


async def test_in_chinese(say: Say, talk: None) -> None:
    reply = await say("boss", "rules try", rank=CREATOR, key="guard.on", value="关", locale="zh_CN")
    assert not reply.error


async def test_pressing_is_typing_with_the_same_rights(app: App, say: Say, talk: None) -> None:
    tried = await say("boss", "rules try", rank=CREATOR, key="earn.message.points", value="7")
    reply = await press(say, "ann", tried, "Apply")
    assert (reply.error, reply.text) == (True, "/rules apply is for the creator only.")
    assert await app.rules_of(1) == app.rules
