"""Points by the creator's hand: /xp add, remove, set, reset, log, undo. Each change says who and why."""

from collections import Counter
from typing import Annotated, Literal
from uuid import uuid4

from bot.commands import About, Ask, Person, Rank, Refused, command
from bot.engine.points import ADJUSTED, PRAISED
from bot.engine.purse import GIVEN, coins
from bot.events import AdjustmentUndone, Event, PointsAdjusted, hand, member_account
from bot.i18n import N_, Tongue
from bot.reply import Button, Field, Reply
from bot.state import MemberState
from bot.storage import adjustments, members
from bot.storage.adjustments import Change
from bot.words import replace

MOST = 1_000_000
"""Points in one change: about what MEE6's level 80 takes."""
CHUNK = 500
LATEST = 10

What = Annotated[
    Literal["points", "quality", "coins"],
    About(
        name=N_("what"),
        description=N_("Points for the level, quality points, or coins"),
        labels={"points": N_("points"), "quality": N_("quality points"), "coins": N_("coins")},
    ),
]
Whom = Annotated[Person, About(name=N_("member"), description=N_("Whom"))]
Amount = Annotated[int, About(name=N_("amount"), description=N_("How many"), least=1, most=MOST)]
Total = Annotated[int, About(name=N_("amount"), description=N_("How many it shall be"), least=0, most=MOST)]
Reason = Annotated[str, About(name=N_("why"), description=N_("Why; members read it in /points why"), most=200)]

NAMES = {ADJUSTED: N_("points"), PRAISED: N_("quality points"), GIVEN: N_("coins")}


@command(N_("xp add"), N_("Give a member points, quality points or coins"), who=Rank.CREATOR)
async def add(ask: Ask, member: Whom, amount: Amount, why: Reason = "", what: What = "points") -> Reply:
    """On top of what they have."""
    return await _change(ask, member, _adjusted(ask, what, why, by=amount))


@command(N_("xp remove"), N_("Take points, quality points or coins from a member"), who=Rank.CREATOR)
async def remove(ask: Ask, member: Whom, amount: Amount, why: Reason = "", what: What = "points") -> Reply:
    """At most what they have."""
    has = await _has(ask, member.profile.state, what)
    if amount > has:
        raise Refused(ask.say(N_("{member} has only {n}. Nothing was changed."), member=member.profile.name, n=has))
    return await _change(ask, member, _adjusted(ask, what, why, by=-amount))


@command(N_("xp set"), N_("Say how many points, quality points or coins a member has"), who=Rank.CREATOR)
async def set_(ask: Ask, member: Whom, amount: Total, why: Reason = "", what: What = "points") -> Reply:
    """Whatever they had."""
    return await _change(ask, member, _adjusted(ask, what, why, to=amount))


@command(N_("xp reset"), N_("Let a member, or everybody, begin at no points"), who=Rank.CREATOR, slow=True)
async def reset(
    ask: Ask,
    member: Annotated[Person | None, About(name=N_("member"), description=N_("Whom; everybody if left out"))] = None,
    why: Reason = "",
    sure: Annotated[bool, About(name=N_("sure"), description=N_("Do it, don't ask"))] = False,
) -> Reply:
    """Everybody is asked about once more. Counts, badges and streaks stay."""
    made = _adjusted(ask, "points", why, to=0)
    if member is not None:
        return await _change(ask, member, made)
    if not sure:
        return await _asked(ask, made)
    change = uuid4().hex[:12]
    after = done = 0
    while everybody := await ask.app.store.read(members.of_community, ask.community.id, after, CHUNK):
        events = [_for(ask, one, change, made) for one in everybody]
        done += (await ask.app.submit(events, quiet=True)).new
        after = everybody[-1]
    text = ask.say.many("{n} member begins at no points.", "{n} members begin at no points.", done)
    return Reply(text=text, buttons=((_undo(ask, change),),), replaces=True)


async def _asked(ask: Ask, made: PointsAdjusted) -> Reply:
    """What a reset of everybody would do."""
    say, rules, closing, after = ask.say, await ask.rules(), Counter[str](), 0
    while True:
        more, after = await ask.app.store.read(adjustments.closing, ask.community.id, made, rules, after, CHUNK)
        closing += more
        if not after:
            break
    count = await ask.app.store.read(members.count, ask.community.id)
    label = say.many("Yes, {n} member", "Yes, {n} members", count)
    yes = Button(label=label, command="xp reset", options={"sure": True}, style="danger")
    text = N_("Everybody begins at no points. Badges, streaks and counts stay, and /xp undo brings it all back.")
    return Reply(
        text=say(text),
        fields=tuple(
            Field(name=say(N_("{name} would close to"), name=gate), value=say.many("{n} member", "{n} members", n))
            for gate, n in sorted(closing.items())
        ),
        buttons=((yes,),),
    )


@command(N_("xp log"), N_("What creators changed by hand, who and why"), who=Rank.CREATOR)
async def log(
    ask: Ask,
    member: Annotated[Person | None, About(name=N_("member"), description=N_("Whom; everybody if left out"))] = None,
) -> Reply:
    """The latest ten, with a button to undo each that still holds."""
    whom = member.profile.member if member else None
    found = await ask.app.store.read(adjustments.changes, ask.community.id, member=whom, limit=LATEST)
    if not found:
        return Reply(text=ask.say(N_("Nobody's points were changed by hand yet. /xp add does.")))
    say = ask.say
    return Reply(
        title=say(N_("Changed by hand")),
        fields=tuple(
            Field(
                name=f"#{n} · {say.day(one.at)} · {_whom(ask, one)}",
                value=" · ".join(
                    part for part in (f"{one.amount:+,} {say(NAMES[one.way])}", one.actor, _why(ask, one)) if part
                ),
            )
            for n, one in enumerate(found, 1)
        ),
        buttons=tuple(
            (_undo(ask, one.change, say(N_("Undo #{n}"), n=n)),) for n, one in enumerate(found, 1) if not one.undone
        )[:5],
    )


@command(N_("xp undo"), N_("Take back a change that was made by hand"), who=Rank.CREATOR, slow=True)
async def undo(
    ask: Ask,
    change: Annotated[
        str, About(name=N_("change"), description=N_("Which, by /xp log; the latest if left out"), most=32)
    ] = "",
) -> Reply:
    """For everybody whom it concerned."""
    if not change:
        latest = await ask.app.store.read(adjustments.changes, ask.community.id, limit=LATEST)
        change = next((one.change for one in latest if not one.undone), "")
    concerned = await ask.app.store.read(adjustments.concerned, ask.community.id, change) if change else []
    if not concerned:
        raise Refused(ask.say(N_("There is nothing to undo: it was undone already, or never made. /xp log lists all.")))
    done = 0
    for start in range(0, len(concerned), CHUNK):
        events: list[Event] = [
            AdjustmentUndone(key=f"{key}:undone", at=ask.now, who=member_account(ask.community.id, one), of=key)
            for one, key in concerned[start : start + CHUNK]
        ]
        done += (await ask.app.submit(events, quiet=True)).new
    text = ask.say.many("It is undone for {n} member.", "It is undone for {n} members.", done)
    return Reply(text=text, replaces=True)


def _adjusted(
    ask: Ask, what: Literal["points", "quality", "coins"], why: str, *, by: int | None = None, to: int | None = None
) -> PointsAdjusted:
    """The change, still about whoever asks."""
    who = member_account(ask.community.id, ask.me.member)
    return PointsAdjusted(
        key="", at=ask.now, who=who, what=what, by=by, to=to, why=" ".join(why.split()), actor=hand(ask.me.member)
    )


def _for(ask: Ask, member: int, change: str, made: PointsAdjusted) -> PointsAdjusted:
    return replace(made, key=adjustments.key(change, member), who=member_account(ask.community.id, member))


async def _change(ask: Ask, member: Person, made: PointsAdjusted) -> Reply:
    change, who = uuid4().hex[:12], member.profile
    await ask.app.submit([_for(ask, who.member, change, made)])
    state = await ask.app.store.read(members.state, who.member)
    assert state is not None  # noqa: S101 - it was just written
    n = await _has(ask, state, made.what)
    return Reply(
        text=_changed(ask.say, made.what, n, member=who.name, level=state.standing.level),
        buttons=((_undo(ask, change),),),
    )


def _changed(say: Tongue, what: str, n: int, *, member: str, level: int) -> str:
    if what == "coins":
        return say.many("{member} has {n} coin now.", "{member} has {n} coins now.", n, member=member)
    if what == "quality":
        return say.many(
            "{member} has {n} quality point now, and is on level {level}.",
            "{member} has {n} quality points now, and is on level {level}.",
            n,
            member=member,
            level=level,
        )
    return say.many(
        "{member} has {n} point now, and is on level {level}.",
        "{member} has {n} points now, and is on level {level}.",
        n,
        member=member,
        level=level,
    )


async def _has(ask: Ask, state: MemberState, what: str) -> int:
    if what == "coins":
        return coins(state, await ask.rules())
    return state.engagement.quality if what == "quality" else state.engagement.points


def _undo(ask: Ask, change: str, label: str = "") -> Button:
    return Button(label=label or ask.say(N_("Undo")), command="xp undo", options={"change": change})


def _whom(ask: Ask, one: Change) -> str:
    return one.name if one.members == 1 else ask.say.many("{n} member", "{n} members", one.members)


def _why(ask: Ask, one: Change) -> str:
    return f"{one.why} ({ask.say(N_('undone'))})".strip() if one.undone else one.why


COMMANDS = (add, remove, set_, reset, log, undo)
