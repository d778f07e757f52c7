"""What is known of me: /profile show, and how to correct, forbid or erase it. A creator sees it of each member."""

from typing import Annotated, Literal

from bot.cogs.faces import open_to
from bot.cogs.leaders import surveyed
from bot.cogs.recommend import NAMES as LEVELS
from bot.cogs.risk import LABELS, why
from bot.commands import About, Ask, Person, Rank, Refused, command
from bot.engine.centrality import Position
from bot.engine.library import Study
from bot.engine.membership import OPEN, phase
from bot.engine.segments.naming import SEGMENTS
from bot.events import EstimatesChosen, member_account
from bot.i18n import N_, Tongue
from bot.reply import Button, Field, Reply
from bot.sales import Price
from bot.standing import PHASES
from bot.storage import scores, segments, studies
from bot.storage.members import Profile
from bot.storage.segments import Standing

MOVED = 12
"""Points by which the mood of two months must differ to be said to have changed; it goes from -100 to 100."""
GLAD, LOW = 15, -5
"""Above the one a month's messages read friendly, below the other low: people write friendlier than not."""


@command(N_("profile show"), N_("What is known of you, and what follows from it"), slow=True, aliases=("profile", "me"))
async def show(
    ask: Ask,
    member: Annotated[Person | None, About(name=N_("member"), description=N_("Whose; yours if left out"))] = None,
) -> Reply:
    """Activity, interests, company, mood, what is bought; of others only for moderators and the creator."""
    who = member.profile if member else ask.me
    mine, say = who.member == ask.me.member, ask.say
    if not mine and ask.caller.rank < Rank.MODERATOR:
        raise Refused(say(N_("That is for {member} alone. /rank shows what everybody may see."), member=who.name))
    open_to(ask, who)
    await ask.app.estimates.fresh(ask.community.id, ask.now)
    standing = await ask.app.store.read(segments.of_member, who.member)
    position = (await surveyed(ask.app, who.community, ask.now)).position(who.member)
    done = await ask.app.store.read(studies.of_member, who.member)
    fields = [
        (N_("Activity"), _activity(say, who, standing)),
        (N_("Here you are") if mine else N_("Segment"), _kind(say, who, standing, mine=mine)),
        (N_("Interests"), _interests(say, who)),
        (N_("Company"), _company(say, position)),
        (N_("Recommended from"), _basis(say, who, done)),
        (N_("How the messages read"), _mood(say, standing)),
    ]
    if mine or ask.caller.rank >= Rank.CREATOR:
        fields.append((N_("Subscriptions"), await _bought(ask, who, standing)))
        fields.append((N_("Estimates"), await _estimates(ask, who, mine=mine)))
    return Reply(
        title=say(N_("What is known of {member}"), member=who.name),
        text=say(N_("Of what is written only lengths, counts and moods are kept, never the words.")),
        fields=tuple(Field(name=say(name), value=value) for name, value in fields if value),
        buttons=_mine(ask) if mine else _theirs(ask, who),
        private=True,
    )


@command(N_("profile estimate"), N_("Whether I may estimate what kind of member you are and whether you leave"))
async def estimate(
    ask: Ask,
    wanted: Annotated[
        Literal["on", "off"] | None,
        About(name=N_("wanted"), description=N_("on or off"), labels={"on": N_("on"), "off": N_("off")}),
    ] = None,
) -> Reply:
    """Choose, or be told how it stands. What was estimated is gone at once when it is switched off."""
    say = ask.say
    if wanted is None:
        on = ask.me.state.consent.estimated
        text = N_(
            "Each night I estimate from your activity what kind of member you are and how likely you are to leave, so "
            "that somebody can ask how you are. The creator sees it; moderators see what kind of member you are and "
            "how your messages read; no other member sees anything."
        )
        if not on:
            text = N_("I do not estimate anything about you.")
        label, other = (N_("Stop that"), "off") if on else (N_("You may"), "on")
        return Reply(text=say(text), buttons=((_button(say, label, "profile estimate", wanted=other),),))
    who = member_account(ask.community.id, ask.me.member)
    await ask.app.submit([EstimatesChosen(key=ask.key, at=ask.now, who=who, wanted=wanted == "on")])
    if wanted == "on":
        return Reply(text=say(N_("Good: tonight you are estimated again.")), replaces=True)
    text = N_("Done: no estimate of you is left, and none is made any more. Points and levels go on as before.")
    return Reply(text=say(text), replaces=True)


@command(N_("profile forget"), N_("Erase what was estimated about you"))
async def forget(ask: Ask) -> Reply:
    """What follows from the log is gone; the log itself goes by /mydata delete."""
    await ask.app.store.write(segments.forget, [ask.me.member])
    say = ask.say
    text = N_(
        "Done: your segment and the estimates about you are erased. They are made again tonight unless you switch that "
        "off. /mydata delete erases everything."
    )
    return Reply(text=say(text), buttons=((_button(say, N_("Switch it off"), "profile estimate", wanted="off"),),))


def _button(say: Tongue, label: str, path: str, **options: str) -> Button:
    return Button(label=say(label), command=path, options=dict(options))


def _mine(ask: Ask) -> tuple[tuple[Button, ...], ...]:
    say = ask.say
    first = (
        _button(say, N_("Correct my interests"), "interests"),
        _button(say, N_("Where my points come from"), "points why"),
    )
    return first, (
        _button(say, N_("Estimates"), "profile estimate"),
        _button(say, N_("Erase estimates"), "profile forget"),
        _button(say, N_("Everything stored"), "mydata export"),
    )


def _theirs(ask: Ask, who: Profile) -> tuple[tuple[Button, ...], ...]:
    whose = f"#{who.member}"
    found = [_button(ask.say, N_("Level and points"), "rank", member=whose)]
    if ask.caller.rank >= Rank.CREATOR:
        found.append(_button(ask.say, N_("What I would write to them"), "nudges preview", member=whose))
    return (tuple(found),)


# ---------------------------------------------------------------------- what is said of each


def _facts(*facts: str) -> str:
    return " · ".join(fact for fact in facts if fact)


def _activity(say: Tongue, who: Profile, standing: Standing | None) -> str:
    done = who.state.engagement
    last = "" if done.last_at is None else say(N_("last active on {day}"), day=say.day(done.last_at))
    month = standing and say(N_("active on {n} of the last 28 days"), n=standing.facts.active)
    messages = say.many("{n} message", "{n} messages", done.messages)
    return _facts(month or "", last, messages, say.many("{n} active day in all", "{n} active days in all",
                                                        who.state.habit.days))  # fmt: skip


def _kind(say: Tongue, who: Profile, standing: Standing | None, *, mine: bool) -> str:
    if not who.state.consent.estimated:
        return say(N_("not estimated, as wished"))
    if standing is None:
        return say(N_("Nothing is known yet: look again tomorrow."))
    segment = SEGMENTS.get(standing.segment)
    if segment is None:
        return standing.segment
    if mine:
        return say(segment.kind)
    before, facts = SEGMENTS.get(standing.before), standing.facts
    return _facts(
        say(segment.title),
        say(N_("since {day}"), day=say.day(standing.since)),
        say(N_("before: {segment}"), segment=say(before.title)) if before else "",
        say.many("here for {n} day", "here for {n} days", facts.tenure),
        f"A(t) {facts.level:.1f}",
        say(N_("in 91 days: {helped} answers, {asked} questions, {learnt} lessons and sessions"),
            helped=facts.helped, asked=facts.asked, learnt=facts.learnt),
    )  # fmt: skip


def _interests(say: Tongue, who: Profile) -> str:
    said = who.state.interests
    goal = say(N_("goal: {goal}"), goal=said.goal) if said.goal else ""
    level = say(N_("level: {level}"), level=say(LEVELS[said.level])) if said.level in LEVELS and said.level else ""
    return _facts(", ".join(said.topics), goal, level) or say(N_("nothing said yet"))


def _company(say: Tongue, position: Position) -> str:
    many = say.many
    told = [
        many("talks with {n} person", "talks with {n} people", position.partners) if position.partners else "",
        many("answered {n} question", "answered {n} questions", position.answered) if position.answered else "",
        many("{n} person turned to them", "{n} people turned to them", position.followers)
        if position.followers
        else "",
        say(N_("number {n} of those who connect others"), n=position.connects) if position.connects else "",
    ]
    return _facts(*told) or say(N_("nobody yet in the last 30 days"))


def _basis(say: Tongue, who: Profile, done: dict[int, Study]) -> str:
    many, all_ = say.many, list(done.values())
    opened, finished, dismissed = (
        sum(getattr(one, act) is not None for one in all_) for act in ("opened_at", "finished_at", "dismissed_at")
    )
    liked = sum(one.liked for one in all_)
    return _facts(
        many("opened {n} item", "opened {n} items", opened) if opened else "",
        many("finished {n}", "finished {n}", finished) if finished else "",
        many("liked {n}", "liked {n}", liked) if liked else "",
        many("not interested in {n}", "not interested in {n}", dismissed) if dismissed else "",
        say(N_("the interests above")) if who.state.interests.topics else "",
    ) or say(N_("what others here like: nothing of the library was opened yet"))


def _mood(say: Tongue, standing: Standing | None) -> str:
    if standing is None or standing.facts.mood is None:
        return ""
    now, before = standing.facts.mood, standing.facts.mood_before
    tone = N_("friendly") if now >= GLAD else N_("low") if now <= LOW else N_("matter-of-fact")
    change = ""
    if before is not None and abs(now - before) >= MOVED:
        change = say(N_("brighter than before") if now > before else N_("less bright than before"))
    return _facts(say(N_("{tone} in the last 28 days"), tone=say(tone)), change, say(N_("a rough guess from words")))


async def _bought(ask: Ask, who: Profile, standing: Standing | None) -> str:
    say, rules = ask.say, await ask.rules()
    held = []
    for one in who.state.membership.subscriptions:
        now = phase(one, ask.now, rules)
        if now in OPEN:
            plan = rules.plan(one.plan)
            until = say(N_("until {day}"), day=say.day(one.until)) if one.until else say(N_("for ever"))
            held.append(f"{plan.shown if plan else one.plan} ({say(PHASES[now])}, {until})")
    paid = {} if standing is None else standing.facts.paid
    money = [say.money(Price(amount=amount, currency=currency)) for currency, amount in sorted(paid.items()) if amount]
    in_all = say(N_("{money} paid in all"), money=" + ".join(money)) if money else ""
    return _facts(", ".join(held) or say(N_("none")), in_all)


async def _estimates(ask: Ask, who: Profile, *, mine: bool) -> str:
    say = ask.say
    if not who.state.consent.estimated:
        return say(N_("not estimated, as wished"))
    if mine:
        return say(
            N_(
                "Each night it is estimated whether you might leave, for the creator, so that somebody can ask how you "
                "are. You can switch that off, and erase it."
            )
        )
    found = await ask.app.store.read(scores.of_member, who.member)
    return "\n".join(f"{say(LABELS[name])}: {one.p:.0%} · {why(say, one)}" for name, one in sorted(found.items()))


COMMANDS = (show, estimate, forget)
