"""The creator's and moderators' commands: /setup and /doctor."""

from typing import Annotated, Literal

from bot.commands import About, Ask, Channel, Rank, Refused, command
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
                    value=behind[gate.name] or say(N_("nothing yet: /gate add puts a role or channel behind it")),
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


@command(N_("setup staff"), N_("Where the creator hears of payments and troubles"), who=Rank.CREATOR)
async def staff(
    ask: Ask,
    channel: Annotated[Channel | None, About(name=N_("channel"), description=N_("This one if left out"))] = None,
    off: Annotated[bool, About(name=N_("off"), description=N_("Nowhere any more"))] = False,
) -> Reply:
    """A channel that only the creator and their helpers can read."""
    if ask.caller.private:
        raise Refused(ask.say(N_("Say this in the community, not in private.")))
    where = channel or Channel(id=ask.caller.channel)
    place = None if off else f"{ask.caller.account.space}/{where.id}"
    await ask.app.store.write(members.tell_staff_in, ask.community.id, ask.platform, place)
    if off:
        return Reply(text=ask.say(N_("The staff is told nothing on this platform any more.")))
    text = ask.say(N_("The staff is told in {channel} from now on."), channel=where.name or where.id)
    return Reply(text=text + " " + ask.say(N_("See that members can't read it.")))


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
    if "sandbox" in ask.till.providers and ask.platform != "playground":
        advice = N_("Anybody can pay with a test card, and no money moves. Take LYCEUM_SANDBOX away to sell for real.")
        checks.append(Check(title=N_("The sandbox is on"), state="warning", advice=advice))
    checks += [
        Check(title=N_("Not delivered: {effect}"), state="problem", advice="{why}", values={"effect": what, "why": why})
        for what, why in failures
    ]
    return checks


COMMANDS = (show, community, announce, staff, doctor)
