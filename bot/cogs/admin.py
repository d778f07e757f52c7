"""The creator's and moderators' commands: /setup and /doctor."""

from typing import Annotated, Literal

from bot.commands import About, Ask, Channel, Rank, Refused, Role, command
from bot.doctor import MARKS, Check
from bot.i18n import LOCALES, N_, NAMES
from bot.reply import Blank, Button, Field, Form, Reply
from bot.storage import gates, members, outbox


@command(N_("setup show"), N_("How this community is set up, and what to do next"), who=Rank.CREATOR)
async def show(ask: Ask) -> Reply:
    """The settings, with buttons to change them."""
    say, here = ask.say, ask.community
    bound = await ask.app.store.read(gates.bound, here.id)
    channel = here.announce.get(ask.platform)
    behind = {
        gate.name: ", ".join(f"{row.platform} {row.kind} {row.target}" for row in bound if row.gate == gate.name)
        for gate in ask.app.rules.gates
    }
    return Reply(
        title=say(N_("Setup of {community}"), community=here.name),
        fields=(
            Field(name=say(N_("Name")), value=here.name),
            Field(name=say(N_("Language")), value=NAMES[here.locale]),
            Field(name=say(N_("Announcements")), value=channel or say(N_("where the member wrote"))),
            *(
                Field(
                    name=say(N_("Gate {gate}, from level {level}"), gate=gate.name, level=gate.level),
                    value=behind[gate.name] or say(N_("nothing yet: /setup gate puts a role or channel behind it")),
                )
                for gate in ask.app.rules.gates
            ),
        ),
        buttons=(
            (
                Button(label=say(N_("Name and language")), command="setup community", style="primary"),
                Button(label=say(N_("Announce here")), command="setup announce"),
                Button(label=say(N_("Check everything")), command="doctor"),
            ),
        ),
        replaces=True,
    )


@command(N_("setup community"), N_("The community's name and language"), who=Rank.CREATOR)
async def community(
    ask: Ask,
    name: Annotated[str, About(name=N_("name"), description=N_("What the community is called"), least=1, most=64)] = "",
    language: Annotated[
        Literal["en", "zh_CN"] | None,
        About(name=N_("language"), description=N_("What I speak in public"), labels=NAMES),
    ] = None,
) -> Reply:
    """A form, or the change."""
    if not name and language is None:
        blanks = (
            Blank(name="name", label=ask.say(N_("Name")), value=ask.community.name, most=64),
            Blank(
                name="language",
                label=ask.say(N_("Language")),
                value=ask.community.locale,
                choices=tuple((one, NAMES[one]) for one in LOCALES),
            ),
        )
        return Reply(form=Form(title=ask.say(N_("Name and language")), command="setup community", blanks=blanks))
    await ask.app.store.write(members.settle, ask.community.id, name=name or None, locale=language)
    return Reply(text=ask.say(N_("Saved.")), replaces=True)


@command(N_("setup announce"), N_("Where news is announced on this platform"), who=Rank.CREATOR)
async def announce(
    ask: Ask,
    channel: Annotated[Channel | None, About(name=N_("channel"), description=N_("This one if left out"))] = None,
) -> Reply:
    """Announce in a channel, by default the one this is called in."""
    if ask.caller.private:
        raise Refused(ask.say(N_("Say this in the community, not in private.")))
    where = channel or Channel(id=ask.caller.channel)
    await ask.app.store.write(members.announce_in, ask.community.id, ask.platform, where.id)
    return Reply(text=ask.say(N_("News is announced in {channel} from now on."), channel=where.name or where.id))


async def _gates(ask: Ask, text: str) -> list[tuple[str, str]]:
    return [(gate.name, gate.name) for gate in ask.app.rules.gates if text.casefold() in gate.name]


GateName = Annotated[
    str, About(name=N_("gate"), description=N_("The gate's name in the rules"), complete=_gates, most=32)
]


@command(N_("setup gate"), N_("Put a role, a channel or this chat behind a gate"), who=Rank.CREATOR)
async def gate(
    ask: Ask,
    gate: GateName,
    role: Annotated[Role | None, About(name=N_("role"), description=N_("The role that members get"))] = None,
    channel: Annotated[Channel | None, About(name=N_("channel"), description=N_("The channel that opens"))] = None,
) -> Reply:
    """Bind, and let in whoever it stands open to already."""
    _known(ask, gate)
    if ask.caller.private:
        raise Refused(ask.say(N_("Say this in the community, not in private.")))
    space = ask.caller.account.space
    kind, target = ("role", role) if role else ("channel", channel) if channel else ("chat", Channel(id=space))
    if kind == "chat" and ask.platform != "telegram":
        raise Refused(ask.say(N_("Say which role or channel is behind the gate.")))
    port = ask.app.ports.get(ask.platform)
    if port is not None and (why := await port.obstacle(space, kind, target.id, ask.say)):
        raise Refused(why)
    told = await ask.app.store.write(
        gates.bind,
        community=ask.community.id,
        gate=gate,
        platform=ask.platform,
        space=space,
        kind=kind,
        target=target.id,
        now=ask.now,
    )
    shown = target.name or target.id
    text = ask.say(N_("{what} is behind the gate {gate} now."), what=shown, gate=gate)
    if told:
        text += " " + ask.say.many("{n} member is being let in.", "{n} members are being let in.", told)
    return Reply(text=text)


@command(N_("setup ungate"), N_("Take everything on this platform from behind a gate"), who=Rank.CREATOR)
async def ungate(ask: Ask, gate: GateName) -> Reply:
    """Unbind, and let out whoever was let in by it."""
    _known(ask, gate)
    await ask.app.store.write(gates.unbind, community=ask.community.id, gate=gate, platform=ask.platform, now=ask.now)
    return Reply(text=ask.say(N_("Nothing is behind the gate {gate} here any more."), gate=gate))


def _known(ask: Ask, gate: str) -> None:
    names = [one.name for one in ask.app.rules.gates]
    if gate not in names:
        raise Refused(
            ask.say(N_("There is no gate called {gate}. There are: {gates}"), gate=gate, gates=", ".join(names) or "–")
        )


@command(N_("doctor"), N_("What is well here, what is not, and what to do"), who=Rank.MODERATOR, slow=True)
async def doctor(ask: Ask) -> Reply:
    """The platform's checks, the database's, and what could not be delivered."""
    port = ask.app.ports.get(ask.platform)
    checks = await port.checks(ask.caller.account.space or None) if port else []
    checks += await app_checks(ask)
    lines = tuple(
        Field(
            name=f"{MARKS[one.state]} {ask.say(one.title, **one.values)}",
            value=ask.say(one.advice, **one.values) or "–",
        )
        for one in checks
    )
    worst = (
        "problem"
        if any(c.state == "problem" for c in checks)
        else "warning"
        if any(c.state == "warning" for c in checks)
        else "ok"
    )
    headline = {
        "ok": N_("All is well."),
        "warning": N_("It works; some things could be better."),
        "problem": N_("Something needs you."),
    }[worst]
    return Reply(title=ask.say(headline), fields=lines, private=True)


async def app_checks(ask: Ask) -> list[Check]:
    """What the application knows of itself."""
    store = ask.app.store
    waiting = sum((await store.read(outbox.waiting)).values())
    failures = await store.read(outbox.failures, ask.community.id)
    checks = [
        Check(
            title=N_("Database"),
            state="problem" if ask.app.trouble else "ok",
            advice=N_("It can't be written: {trouble}") if ask.app.trouble else "",
            values={"trouble": ask.app.trouble},
        ),
        Check(
            title=N_("{n} effects wait to be delivered"),
            values={"n": waiting},
            state="warning" if waiting > 1000 else "ok",
        ),
    ]
    checks += [
        Check(title=N_("Not delivered: {effect}"), state="problem", advice="{why}", values={"effect": what, "why": why})
        for what, why in failures
    ]
    return checks


COMMANDS = (show, community, announce, gate, ungate, doctor)
