"""What the creator adds to levels and points: /reward (roles of levels), /multiplier and /badge.

Each changes the community's own rules: everybody is counted anew, and /rules undo takes it back.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import msgspec

from bot.app import RulesChangedError
from bot.cogs.gates import behind, gate_add, shown
from bot.cogs.plans import read_date, read_names
from bot.cogs.rulebook import CHANGED
from bot.commands import About, Ask, Channel, Rank, Refused, Role, command
from bot.engine import keys
from bot.engine.badges import badges
from bot.engine.earning import Multiplier
from bot.engine.metrics import METRICS
from bot.engine.rules import Gate
from bot.events import hand
from bot.i18n import N_
from bot.reply import Button, Field, Reply, Table
from bot.storage import gates, links
from bot.words import said

LADDER = "rank"
"""The ladder of rewards that replace each other."""
HIGHEST = 1_000

Level = Annotated[int, About(name=N_("level"), description=N_("From which level on"), least=1, most=HIGHEST)]


async def _amend(ask: Ask, changes: dict[str, Any], what: str) -> None:
    try:
        await ask.app.amend_rules(ask.community.id, changes, what=what, by=hand(ask.me.member))
    except RulesChangedError as error:
        raise Refused(ask.say(CHANGED)) from error
    except ValueError as error:
        raise Refused(said(keys.explain(error, changes), ask.say)) from error


def _plain(words: Any) -> list[Any]:
    found: list[Any] = msgspec.to_builtins(words)
    return found


# ---------------------------------------------------------------------- roles of levels


@command(N_("reward add"), N_("Give a role, or open a channel, from a level on"), who=Rank.CREATOR, slow=True)
async def reward_add(
    ask: Ask,
    level: Level,
    role: Annotated[Role | None, About(name=N_("role"), description=N_("The role that members get"))] = None,
    channel: Annotated[Channel | None, About(name=N_("channel"), description=N_("The channel that opens"))] = None,
    replaces: Annotated[
        bool, About(name=N_("replaces"), description=N_("Instead of the reward of a lower level, not beside it"))
    ] = False,
) -> Reply:
    """Stacked, or in place of the lower one. A role that a moderator took away is not given again."""
    if ask.caller.private:
        raise Refused(ask.say(N_("Say this in the community, not in private.")))
    await behind(ask, role, channel)  # or the level would have a reward with nothing in it
    rules = await ask.rules()
    name = f"level-{level}"
    made = Gate(name=name, level=level, ladder=LADDER if replaces else "")
    if made not in rules.gates:
        others = [gate for gate in rules.gates if gate.name != name]
        await _amend(ask, {"gates": _plain([*others, made])}, f"/reward add {level}")
    return await gate_add.run(ask, gate=name, role=role, channel=channel)


@command(N_("reward list"), N_("What opens at which level"), who=Rank.CREATOR)
async def reward_list(ask: Ask) -> Reply:
    """Of all platforms, from the lowest level on."""
    rules = await ask.rules()
    rewards = sorted((gate for gate in rules.gates if gate.level and not gate.crown), key=lambda gate: gate.level)
    if not rewards:
        return Reply(text=ask.say(N_("No level has a reward yet. /reward add gives one.")))
    bound = await ask.app.store.read(gates.bound, ask.community.id)
    nothing = ask.say(N_("nothing yet: /gate add puts a role or channel behind it"))
    return Reply(
        title=ask.say(N_("Rewards of levels")),
        fields=tuple(
            Field(
                name=ask.say(N_("Level {level}: {gate}"), level=gate.level, gate=gate.name)
                + (f" · {ask.say(N_('replaces the lower ones'))}" if gate.ladder else ""),
                value=", ".join(shown(ask, row) for row in bound if row.gate == gate.name) or nothing,
            )
            for gate in rewards
        ),
        buttons=((Button(label=ask.say(N_("Check everything")), command="doctor"),),),
    )


@command(N_("reward remove"), N_("Take the reward of a level away"), who=Rank.CREATOR, slow=True)
async def reward_remove(ask: Ask, level: Level) -> Reply:
    """Whoever has it by their level loses it, on every platform."""
    rules = await ask.rules()
    gone = [gate for gate in rules.gates if gate.level == level and not gate.crown]
    if not gone:
        raise Refused(ask.say(N_("Level {level} has no reward. /reward list shows those there are."), level=level))
    await _amend(ask, {"gates": _plain([gate for gate in rules.gates if gate not in gone])}, f"/reward remove {level}")
    text = N_("Level {level} has no reward any more. Roles given for it are being taken back.")
    return Reply(text=ask.say(text, level=level))


# ---------------------------------------------------------------------- multipliers


Factor = Annotated[float, About(name=N_("factor"), description=N_("2 is double, 0 is nothing"), least=0, most=10)]


@command(
    N_("multiplier set"),
    N_("Let messages in a channel, or by a role, count more or not at all"),
    who=Rank.CREATOR,
    slow=True,
)
async def multiplier_set(
    ask: Ask,
    factor: Factor,
    channel: Annotated[Channel | None, About(name=N_("channel"), description=N_("Where it is written"))] = None,
    role: Annotated[Role | None, About(name=N_("role"), description=N_("Who writes"))] = None,
) -> Reply:
    """1 takes a multiplier away. What a role did before it had one is counted as it was."""
    if (channel is None) == (role is None):
        raise Refused(ask.say(N_("Say either a channel or a role.")))
    which = {"channel": channel.id} if channel else {"role": role.id if role else ""}
    heard = (channel or role or Role(id="")).name
    named = heard or next(iter(which.values()))
    rules = await ask.rules()
    kept = [one for one in _plain(rules.multipliers) if any(one.get(key, "") != value for key, value in which.items())]
    changed = [*kept, {**which, "name": heard[:100], "factor": factor}] if factor != 1 else kept
    await _amend(ask, {"multipliers": changed}, f"/multiplier set {named} {factor:g}")
    if factor == 1:
        return Reply(text=ask.say(N_("{what} counts as everything else."), what=named))
    if factor == 0:
        return Reply(text=ask.say(N_("Messages of {what} are worth nothing now."), what=named))
    return Reply(text=ask.say(N_("Messages of {what} are worth {n} times as much now."), what=named, n=f"{factor:g}"))


@command(N_("multiplier list"), N_("Channels and roles whose messages count more or not at all"), who=Rank.CREATOR)
async def multiplier_list(ask: Ask) -> Reply:
    """By their names, as far as these were heard."""
    rules = await ask.rules()
    if not rules.multipliers:
        return Reply(text=ask.say(N_("Every message counts once. /multiplier set changes that.")))
    say, channels = ask.say, await ask.app.store.read(links.channel_names, ask.community.id)
    return Reply(
        title=say(N_("Multipliers")),
        table=Table(
            header=(say(N_("What")), say(N_("Which")), say(N_("Times"))),
            rows=tuple(
                (say(N_("channel")) if one.channel else say(N_("role")), _called(one, channels), f"×{one.factor:g}")
                for one in rules.multipliers
            ),
            numeric=(2,),
        ),
    )


def _called(one: Multiplier, channels: Mapping[str, str]) -> str:
    if one.channel:
        return f"#{channels.get(one.channel) or one.name or one.channel}"
    return f"@{one.name}" if one.name else one.role


# ---------------------------------------------------------------------- badges of one's own


async def _metrics(_: Ask, text: str) -> list[tuple[str, str]]:
    return [(name, name) for name in METRICS if text.casefold() in name]


async def _own(ask: Ask, text: str) -> list[tuple[str, str]]:
    rules = await ask.rules()
    return [(one.name, one.title or one.name) for one in rules.badges if text.casefold() in one.name]


@command(N_("badge add"), N_("Make a badge of your own, or change it"), who=Rank.CREATOR, slow=True)
async def badge_add(
    ask: Ask,
    badge: Annotated[str, About(name=N_("badge"), description=N_("A short name, such as summer"), least=1, most=32)],
    metric: Annotated[str, About(name=N_("metric"), description=N_("What is counted"), complete=_metrics, most=32)],
    goal: Annotated[int, About(name=N_("goal"), description=N_("How many of it"), least=1, most=1_000_000)],
    title: Annotated[str, About(name=N_("title"), description=N_("What members read"), most=64)] = "",
    about: Annotated[str, About(name=N_("about"), description=N_("A sentence about it"), most=255)] = "",
    emoji: Annotated[str, About(name=N_("emoji"), description=N_("Its picture"), most=16)] = "🏅",
    since: Annotated[str, About(name=N_("since"), description=N_("First day of its season"), most=10)] = "",
    until: Annotated[str, About(name=N_("until"), description=N_("First day after its season"), most=10)] = "",
    secret: Annotated[bool, About(name=N_("secret"), description=N_("Not shown before it is won"))] = False,
) -> Reply:
    """Who did enough already has it at once."""
    rules = await ask.rules()
    names = read_names(ask, badge)
    if len(names) != 1:
        raise Refused(ask.say(N_("Please say which {option}."), option=ask.say(N_("badge"))))
    made: dict[str, Any] = {
        "name": names[0],
        "metric": metric.strip(),
        "goal": goal,
        "title": " ".join(title.split()),
        "about": " ".join(about.split()),
        "emoji": emoji.strip() or "🏅",
        "secret": secret,
    }
    season: dict[str, date | None] = {"since": read_date(ask, since), "until": read_date(ask, until)}
    made |= {name: str(day) for name, day in season.items() if day is not None}
    kept = [one for one in _plain(rules.badges) if one["name"] != made["name"]]
    await _amend(ask, {"badges": [*kept, made]}, f"/badge add {made['name']}")
    shown = f"{made['emoji']} {made['title'] or made['name']}"
    return Reply(text=ask.say(N_("The badge {badge} is there. /badges shows who is on the way."), badge=shown))


@command(N_("badge remove"), N_("Take a badge of your own away, from everybody"), who=Rank.CREATOR, slow=True)
async def badge_remove(
    ask: Ask,
    badge: Annotated[str, About(name=N_("badge"), description=N_("Its short name"), complete=_own, most=32)],
) -> Reply:
    """Those that every community has stay."""
    rules = await ask.rules()
    kept = [one for one in _plain(rules.badges) if one["name"] != badge]
    if len(kept) == len(rules.badges):
        everybodys = badge in {one.name for one in badges(rules)}
        words = N_("{badge} belongs to every community.") if everybodys else N_("There is no badge called {badge}.")
        raise Refused(ask.say(words, badge=badge))
    await _amend(ask, {"badges": kept}, f"/badge remove {badge}")
    return Reply(text=ask.say(N_("The badge {badge} is gone. /rules undo brings it back."), badge=badge))


COMMANDS = (
    reward_add,
    reward_list,
    reward_remove,
    multiplier_set,
    multiplier_list,
    badge_add,
    badge_remove,
)
