"""Live sessions (签到): the creator takes attendance, whoever is there presses a button."""

from datetime import timedelta
from typing import Annotated

from bot.commands import About, Ask, Rank, Refused, command
from bot.events import Attended, member_account
from bot.i18n import N_
from bot.reply import Button, Reply, Table
from bot.storage import sessions, statement
from bot.storage.sessions import Session

MINUTES = 60
MOST_MINUTES = 24 * 60
Number = Annotated[
    int, About(name=N_("session"), description=N_("Its number; the one that is open if left out"), least=0)
]


@command(
    N_("attendance open"),
    N_("Take attendance of a live session: members press a button"),
    who=Rank.CREATOR,
    private=False,
)
async def open_(
    ask: Ask,
    title: Annotated[str, About(name=N_("title"), description=N_("What it is called"), least=1, most=80)],
    minutes: Annotated[
        int, About(name=N_("minutes"), description=N_("For how long"), least=1, most=MOST_MINUTES)
    ] = MINUTES,
) -> Reply:
    """Where it is said, for all to see."""
    name = " ".join(title.split())
    if not name:
        raise Refused(ask.say(N_("Give the session a title.")))
    until = ask.now + timedelta(minutes=minutes)
    number = await ask.app.store.write(sessions.begin, ask.community.id, name, ask.now, until)
    here = Button(label=ask.say(N_("I'm here")), command="attend", options={"session": number}, style="primary")
    text = ask.say.many(
        "Who is there? Press within {n} minute, or say /attend.",
        "Who is there? Press within {n} minutes, or say /attend.",
        minutes,
    )
    return Reply(title=f"🎤 {name}", text=text, buttons=((here,),))


@command(N_("attendance list"), N_("The latest live sessions, and how many were there"), who=Rank.CREATOR)
async def list_(ask: Ask) -> Reply:
    """With a button to close each that is open."""
    found = await ask.app.store.read(sessions.latest, ask.community.id)
    if not found:
        return Reply(text=ask.say(N_("No attendance was taken yet. /attendance open begins.")))
    say = ask.say
    return Reply(
        title=say(N_("Live sessions")),
        table=Table(
            header=("#", say(N_("Session")), say(N_("Day")), say(N_("Were there")), ""),
            rows=tuple(
                (
                    str(one.id),
                    one.title,
                    say.day(one.opens_at),
                    say.show(one.attended),
                    say(N_("open")) if one.closes_at > ask.now else say(N_("closed")),
                )
                for one in found
            ),
            numeric=(0, 3),
        ),
        buttons=tuple((_close(ask, one),) for one in found if one.closes_at > ask.now)[:5],
    )


def _close(ask: Ask, one: Session) -> Button:
    label = ask.say(N_("Close {title}"), title=one.title)
    return Button(label=label, command="attendance close", options={"session": one.id})


@command(N_("attendance close"), N_("Close a live session before its time"), who=Rank.CREATOR)
async def close(
    ask: Ask,
    session: Number = 0,
) -> Reply:
    """Who did not press by then was not there."""
    one = await _open_one(ask, session)
    await ask.app.store.write(sessions.close, ask.community.id, one.id, ask.now)
    text = ask.say.many(
        "{title} is closed. {n} member was there.",
        "{title} is closed. {n} members were there.",
        one.attended,
        title=one.title,
    )
    return Reply(text=text, replaces=True)


@command(N_("attend"), N_("Say that you are at the live session"), aliases=("here",))
async def attend(
    ask: Ask,
    session: Number = 0,
) -> Reply:
    """Once for each session."""
    one = await _open_one(ask, session)
    who = member_account(ask.community.id, ask.me.member)
    key = sessions.key(one.id, ask.me.member)
    outcome = await ask.app.submit([Attended(key=key, at=ask.now, who=who, session=sessions.of(one.id))])
    if not outcome.new:
        return Reply(text=ask.say(N_("You are on the list of {title} already."), title=one.title))
    earned = sum(line.points for line in await ask.app.store.read(statement.booked, ask.me.member, key))
    if not earned:
        return Reply(text=ask.say(N_("You are on the list of {title}."), title=one.title))
    text = ask.say.many(
        "You are on the list of {title}: {n} point.",
        "You are on the list of {title}: {n} points.",
        earned,
        title=one.title,
    )
    return Reply(text=text)


async def _open_one(ask: Ask, session: int) -> Session:
    open_now = await ask.app.store.read(sessions.open_now, ask.community.id, ask.now)
    found = [one for one in open_now if session in (0, one.id)]
    if found:
        return found[0]
    known = await ask.app.store.read(sessions.find, ask.community.id, session) if session else None
    if known is not None:
        raise Refused(ask.say(N_("{title} is over: attendance was closed."), title=known.title))
    raise Refused(ask.say(N_("No live session is open at the moment.")))


COMMANDS = (open_, list_, close, attend)
