"""/notify: whether, about what, when and how often I write to a member of my own accord."""

import re
from typing import Annotated, Literal, get_args
from unicodedata import normalize

from bot.commands import About, Ask, Refused, command
from bot.engine.nudges.brakes import most_a_week, quiet_hours
from bot.engine.nudges.person import Person
from bot.engine.nudges.table import NAMED, TOPICS, Topic
from bot.engine.rules import Rules
from bot.events import (
    Complained,
    Event,
    NoticesChosen,
    PaceChosen,
    QuietHoursChosen,
    TopicChosen,
    member_account,
)
from bot.i18n import N_
from bot.reply import Button, Field, Option, Reply
from bot.state import Contact
from bot.storage import members, nudges
from bot.storage.members import Profile

Wanted = Literal["on", "off", "fewer", "usual", "complain"]
WANTED: dict[Wanted, str] = {
    "on": N_("on"),
    "off": N_("off"),
    "fewer": N_("fewer"),
    "usual": N_("as many as others"),
    "complain": N_("complain"),
}
SAID: dict[Wanted | None, str] = {
    "complain": N_(
        "I am sorry. I will not write to you of my own accord any more, and the creator is told. "
        "/notify on takes that back."
    ),
    "fewer": N_("I will write to you once a week at most."),
    "usual": N_("I will write to you as often as to others."),
    "on": N_("Good: I may write to you in private again."),
    "off": N_("I will not write to you in private any more."),
    None: N_("Remembered."),
}
"""What is answered to each wish."""
ABOUT: dict[Wanted | None, str] = {
    "on": N_("I will write to you about this again: {topic}."),
    "off": N_("I will not write to you about this any more: {topic}."),
}
"""The same of one topic…"""
ALONE = N_("Switched on, but that alone brings nothing: {topic}.")
"""…and of one that is switched on while all is switched off."""
NEVER = ("off", "never", "no", "关", "无", "不要")
"""What is typed for no quiet hours at all."""
_HOURS = re.compile(r"(\d{1,2})(?::00)?\s*(?:-|–|—|~|到|至)\s*(\d{1,2})(?::00)?")


@command(N_("notify"), N_("Whether, when and how often I may write to you in private"))
async def notify(
    ask: Ask,
    wanted: Annotated[
        Wanted | None, About(name=N_("wanted"), description=N_("On or off, or fewer"), labels=dict(WANTED))
    ] = None,
    topic: Annotated[
        Topic | None, About(name=N_("topic"), description=N_("About what; everything if left out"), labels=dict(TOPICS))
    ] = None,
    quiet: Annotated[
        str, About(name=N_("quiet"), description=N_("Hours without, by your clock, such as 22-8; or off"), most=20)
    ] = "",
    about: Annotated[int, About(name=N_("about"), description=N_("The number of what I wrote, on its buttons"))] = 0,
) -> Reply:
    """Choose, or be told how it stands and asked."""
    me, nudge = await _meant(ask, about)
    who = member_account(me.community, me.member)
    chosen: list[Event] = []
    if quiet:
        start, end = _hours(ask, quiet)
        key = f"{ask.key}:quiet"  # the wish beside it has the key itself: of two with the same the second is not heard
        chosen.append(QuietHoursChosen(key=key, at=ask.now, who=who, start=start, end=end))
    if wanted is not None:
        chosen.append(_wish(ask, wanted, topic or _topic_of(nudge), nudge, me))
    if not chosen:
        return await _panel(ask, me)
    await ask.app.submit(chosen)
    if wanted == "on":
        await ask.app.store.write(nudges.revive, me.member)
    now = await ask.app.store.read(members.by_id, me.community, me.member) or me
    said = _said(ask, wanted, topic or _topic_of(nudge), now.state.contact, await ask.app.rules_of(me.community))
    done = await _panel(ask, now, said=said)
    return done if not about else Reply(text=done.text, buttons=_more(ask))


async def _meant(ask: Ask, about: int) -> tuple[Profile, str]:
    """Whom a button is for, and the nudge it was under: of a person in several communities, the member written to."""
    if not about:
        return ask.me, ""
    row = await ask.app.store.read(nudges.find, about)
    who = ask.caller.account
    if row is not None:
        mine = await ask.app.store.read(members.find, row.community, who.platform, who.user)
        if mine is not None and mine.member == row.member:
            return mine, row.nudge
    raise Refused(ask.say(N_("That was not written to you. /notify says what I write to you.")))


def _topic_of(nudge: str) -> Topic | None:
    return NAMED[nudge].topic if nudge in NAMED else None


def _wish(ask: Ask, wanted: Wanted, topic: Topic | None, nudge: str, me: Profile) -> Event:
    who = member_account(me.community, me.member)
    if wanted in ("fewer", "usual"):
        return PaceChosen(key=ask.key, at=ask.now, who=who, fewer=wanted == "fewer")
    if wanted == "complain":
        return Complained(key=ask.key, at=ask.now, who=who, nudge=nudge)
    if topic is not None:
        return TopicChosen(key=ask.key, at=ask.now, who=who, topic=topic, wanted=wanted == "on")
    return NoticesChosen(key=ask.key, at=ask.now, who=who, wanted=wanted == "on")


def _hours(ask: Ask, text: str) -> tuple[int, int]:
    """(from, to) of what was typed. Raises Refused for what is no such hours."""
    plain = normalize("NFKC", text).strip().casefold()
    found = _HOURS.fullmatch(plain)
    if plain in NEVER:
        return 0, 0
    start, end = (int(found[1]), int(found[2])) if found else (25, 25)
    if max(start, end) > 24 or start % 24 == end % 24:  # a whole day would be kept as none
        raise Refused(ask.say(N_("I can't read {hours}. Write it like 22-8, or off."), hours=text))
    return start % 24, end % 24


def _said(ask: Ask, wanted: Wanted | None, topic: Topic | None, contact: Contact, rules: Rules) -> str:
    if wanted not in ABOUT or topic is None:
        return ask.say(SAID[wanted])
    comes = wanted == "off" or _comes(contact, rules, topic)
    return ask.say(ABOUT[wanted] if comes else ALONE, topic=ask.say(TOPICS[topic]))


def _wants(contact: Contact) -> bool:
    """Whether a member wants to hear from us at all."""
    return contact.notices and contact.complained_at is None


def _comes(contact: Contact, rules: Rules, topic: Topic) -> bool:
    """Whether anything comes about a topic that is not muted: not while everything is off, by them or the creator."""
    sent = rules.asking.people > 0 if topic == "questions" else rules.nudges.on and rules.nudges.budget > 0
    return _wants(contact) and sent


def _stands(ask: Ask, contact: Contact, rules: Rules) -> str:
    """How it stands, in a sentence."""
    if not _wants(contact):
        return ask.say(N_("I do not write to you."))
    if _comes(contact, rules, "news"):
        return ask.say(N_("I write to you now and then."))
    if _comes(contact, rules, "questions"):
        return ask.say(N_("The creator wants me to write about questions alone."))
    return ask.say(N_("The creator wants me to write to nobody of my own accord."))


async def _panel(ask: Ask, me: Profile, said: str = "") -> Reply:
    """How it stands, with a button for every change."""
    say, contact, rules = ask.say, me.state.contact, await ask.app.rules_of(me.community)
    open_, stands = _wants(contact), _stands(ask, contact, rules)
    person = Person(member=me.member, community=me.community, state=me.state)
    start, end = quiet_hours(person, rules)
    hours = say(N_("none")) if start == end else f"{start:02}:00 – {end:02}:00"
    most = most_a_week(person, rules)
    fields = (
        Field(name=say(N_("Quiet hours")), value=f"{hours} ({person.zone(rules)})"),
        Field(name=say(N_("At most")), value=say.many("{n} a week", "{n} a week", most)),
        *(Field(name=say(title), value=_state(ask, me, topic)) for topic, title in TOPICS.items()),
    )
    text = "\n".join([said, stands] if said and said != stands else [stands])
    return Reply(text=text, fields=fields if open_ else (), buttons=_switches(ask, me, open_=open_), replaces=True)


def _state(ask: Ask, me: Profile, topic: Topic) -> str:
    return ask.say(N_("off") if topic in me.state.contact.muted else N_("on"))


def _switches(ask: Ask, me: Profile, *, open_: bool) -> tuple[tuple[Button, ...], ...]:
    say, contact = ask.say, me.state.contact
    if not open_:
        return ((_button(say(N_("You may write")), wanted="on"),),)
    pace = (
        _button(say(N_("As many as others")), wanted="usual")
        if contact.fewer
        else _button(say(N_("Fewer")), wanted="fewer")
    )
    general = (_button(say(N_("Stop that")), wanted="off"), pace)
    topics = [
        _button(
            f"{'✗' if topic in contact.muted else '✓'} {say(TOPICS[topic])}",
            wanted="on" if topic in contact.muted else "off",
            topic=topic,
        )
        for topic in get_args(Topic)
    ]
    return general, *(tuple(topics[at : at + 2]) for at in range(0, len(topics), 2))


def _more(ask: Ask) -> tuple[tuple[Button, ...], ...]:
    return ((_button(ask.say(N_("All I write to you"))),),)


def _button(label: str, **options: Option) -> Button:
    return Button(label=label, command="notify", options=options)


COMMANDS = (notify,)
