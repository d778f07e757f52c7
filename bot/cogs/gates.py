"""The creator's gates: /gate. What opens with a plan or a level: roles, channels, chats."""

from typing import Annotated

from bot.cogs.plans import read_names
from bot.commands import About, Ask, Channel, Rank, Refused, Role, command
from bot.i18n import N_
from bot.reply import Button, Field, Reply
from bot.standing import platform_name
from bot.storage import gates
from bot.storage.tables import GateRow


async def _known(ask: Ask) -> dict[str, list[str]]:
    """{gate: what opens it, in words}: gates of levels, of plans, and such as have something behind them only."""
    rules = await ask.rules()
    known: dict[str, list[str]] = {gate.name: [ask.say(N_("level {level}"), level=gate.level)] for gate in rules.gates}
    for plan in rules.plans:
        for name in plan.gates:
            known.setdefault(name, []).append(plan.shown)
    for row in await ask.app.store.read(gates.bound, ask.community.id):
        known.setdefault(row.gate, [])
    return known


async def _names(ask: Ask, text: str) -> list[tuple[str, str]]:
    return [(name, name) for name in await _known(ask) if text.casefold() in name]


GateName = Annotated[
    str, About(name=N_("gate"), description=N_("The gate's name, such as vip"), complete=_names, least=1, most=32)
]


@command(N_("gate add"), N_("Put a role, a channel or this chat behind a gate"), who=Rank.CREATOR)
async def gate_add(
    ask: Ask,
    gate: GateName,
    role: Annotated[Role | None, About(name=N_("role"), description=N_("The role that members get"))] = None,
    channel: Annotated[Channel | None, About(name=N_("channel"), description=N_("The channel that opens"))] = None,
) -> Reply:
    """Bind, and let in whoever it stands open to already. A name that nothing opens yet is taken, and said so."""
    (name,) = read_names(ask, gate) or ("",)
    if ask.caller.private:
        raise Refused(ask.say(N_("Say this in the community, not in private.")))
    kind, target = await behind(ask, role, channel)
    told = await ask.app.store.write(
        gates.bind,
        community=ask.community.id,
        gate=name,
        platform=ask.platform,
        space=ask.caller.account.space,
        kind=kind,
        target=target.id,
        now=ask.now,
    )
    if target.name:
        await ask.app.store.write(gates.name, ask.community.id, ask.platform, target.id, target.name)
    text = ask.say(N_("{what} is behind the gate {gate} now."), what=target.name or target.id, gate=name)
    if told:
        text += " " + ask.say.many("{n} member is being let in.", "{n} members are being let in.", told)
    if not (await _known(ask))[name]:
        text += "\n" + ask.say(N_("No plan opens it yet: /plan create or /plan edit names it."))
    return Reply(text=text)


async def behind(ask: Ask, role: Role | None, channel: Channel | None) -> tuple[str, Role | Channel]:
    """(kind, what) is to be put behind a gate. Raises Refused for none, for two, and for what I can't open."""
    if role and channel:
        raise Refused(ask.say(N_("Say either a channel or a role.")))
    space = ask.caller.account.space
    kind, target = (
        ("role", role)
        if role
        else ("channel", channel)
        if channel
        else ("chat", Channel(id=space, name=ask.caller.account.space_name))
    )
    if kind == "chat" and ask.platform != "telegram":
        raise Refused(ask.say(N_("Say which role or channel is behind the gate.")))
    port = ask.app.ports.get(ask.platform)
    if port is not None and (why := await port.obstacle(space, kind, target.id, ask.say)):
        raise Refused(why)
    return kind, target


KINDS = {"role": N_("role"), "channel": N_("channel"), "chat": N_("chat")}


def shown(ask: Ask, row: GateRow) -> str:
    """What is behind a gate, in words: 'Discord role Founders'."""
    return f"{ask.say(platform_name(row.platform))} {ask.say(KINDS.get(row.kind, row.kind))} {row.name or row.target}"


@command(N_("gate remove"), N_("Take everything on this platform from behind a gate"), who=Rank.CREATOR)
async def gate_remove(ask: Ask, gate: GateName) -> Reply:
    """Unbind, and let out whoever was let in by it."""
    known = await _known(ask)
    if gate not in known:
        listed = ", ".join(known) or "–"
        raise Refused(ask.say(N_("There is no gate called {gate}. There are: {gates}"), gate=gate, gates=listed))
    await ask.app.store.write(gates.unbind, community=ask.community.id, gate=gate, platform=ask.platform, now=ask.now)
    return Reply(text=ask.say(N_("Nothing is behind the gate {gate} here any more."), gate=gate))


@command(N_("gate list"), N_("The gates: what opens them, and what is behind them"), who=Rank.CREATOR)
async def gate_list(ask: Ask) -> Reply:
    """Of all platforms."""
    known = await _known(ask)
    if not known:
        return Reply(
            text=ask.say(N_("There is no gate yet. /gate add makes one, /plan create sells what is behind it."))
        )
    bound = await ask.app.store.read(gates.bound, ask.community.id)
    nothing = ask.say(N_("nothing yet: /gate add puts a role or channel behind it"))
    return Reply(
        title=ask.say(N_("Gates of {community}"), community=ask.community.name),
        fields=tuple(
            Field(
                name=f"{name} · {', '.join(opens) or ask.say(N_('opened by nothing yet'))}",
                value=", ".join(shown(ask, row) for row in bound if row.gate == name) or nothing,
            )
            for name, opens in known.items()
        ),
        buttons=((Button(label=ask.say(N_("Check everything")), command="doctor"),),),
    )


COMMANDS = (gate_add, gate_remove, gate_list)
