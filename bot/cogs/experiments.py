"""/experiment and /uplift, for the creator: what is tested, how it goes, and how much is known yet."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

from bot.cogs.experiments_values import shown, values
from bot.cogs.verdicts import Words, arms_table, split_words
from bot.commands import About, Ask, Rank, Refused, command
from bot.engine.experiments.judge import LEAST, Design, wanted
from bot.engine.experiments.subjects import SUBJECTS, Subject, applied
from bot.engine.experiments.thompson import FLOOR
from bot.engine.nudges.table import NAMED, NUDGES
from bot.engine.rules import Rules
from bot.events import hand
from bot.i18n import N_
from bot.reply import Button, Field, Reply
from bot.storage import experiments, members, watching
from bot.storage.experiments import Clash, ClashError, Experiment, Terms
from bot.storage.exposures import Uplift
from bot.storage.outcomes import OUTCOMES, Window
from bot.storage.store import Connection

CHUNK = 5_000
What = Literal["wording", "offer", "price", "trial", "welcome"]
Aim = Literal["active", "days", "paid", "renewed", "revenue", "finished"]
CLASHES: dict[Clash, str] = {
    "name": N_("A test called {name} runs already. /experiment status shows it."),
    "same": N_("{name} tests the same already. /experiment stop ends it."),
    "words": N_("{name} tests other words of the same nudge: nobody can be in both. /experiment stop ends it."),
    "settled": N_("The words of {name} are everybody's welcome. Test words of welcome against them, not a wording."),
}
"""Why a test can't begin."""
VALUE = N_("A wording, coupon, price, days or words")


async def _names(ask: Ask, text: str) -> Sequence[tuple[str, str]]:
    found = await ask.app.store.read(experiments.of_community, ask.community.id)
    names = dict.fromkeys(one.name for one in found)
    return [(name, name) for name in names if text.casefold() in name.casefold()]


async def _about(ask: Ask, text: str) -> Sequence[tuple[str, str]]:
    plans = [(one.name, one.shown) for one in (await ask.rules()).plans]
    nudges = [(one.name, ask.say(one.title)) for one in NUDGES if one.name != "campaign"]
    return [pair for pair in (*plans, *nudges) if text.casefold() in f"{pair[0]} {pair[1]}".casefold()]


Name = Annotated[
    str, About(name=N_("name"), description=N_("What the test is called"), complete=_names, least=2, most=40)
]
Arm = Annotated[str, About(name=N_("arm"), description=N_("The arm to take for everybody"), most=32)]


@command(N_("experiment create"), N_("Test two ways on members, and see which one works"), who=Rank.CREATOR, slow=True)
async def create(
    ask: Ask,
    name: Annotated[str, About(name=N_("name"), description=N_("What the test is called"), least=2, most=40)],
    what: Annotated[
        What,
        About(
            name=N_("what"),
            description=N_("What is tested"),
            labels={name: one.title for name, one in SUBJECTS.items()},
        ),
    ],
    about: Annotated[
        str, About(name=N_("about"), description=N_("Which plan or nudge"), complete=_about, most=32)
    ] = "",
    a: Annotated[str, About(name=N_("a"), description=VALUE, most=300)] = "",
    b: Annotated[str, About(name=N_("b"), description=VALUE, most=300)] = "",
    c: Annotated[str, About(name=N_("c"), description=VALUE, most=300)] = "",
    d: Annotated[str, About(name=N_("d"), description=VALUE, most=300)] = "",
    outcome: Annotated[
        Aim | None,
        About(
            name=N_("outcome"),
            description=N_("What is wanted"),
            labels={name: one.title for name, one in OUTCOMES.items()},
        ),
    ] = None,
    days: Annotated[int, About(name=N_("days"), description=N_("How long to wait for it"), least=0, most=180)] = 0,
    size: Annotated[
        int, About(name=N_("members"), description=N_("How many to wait for; worked out if 0"), least=0, most=1_000_000)
    ] = 0,
    adaptive: Annotated[bool, About(name=N_("adaptive"), description=N_("Shift to the wording that works"))] = False,
) -> Reply:
    """Begin a test. The first value is what the others are compared with."""
    subject = SUBJECTS[what]
    if adaptive and not subject.free:
        raise Refused(
            ask.say(N_("Only a wording may shift to what works: a price or trial is compared at fixed shares."))
        )
    about = about.strip().lower() if subject.of else ""
    arms = await values(ask, subject, about, [one.strip() for one in (a, b, c, d)])
    weights = dict.fromkeys(arms, 1.0)
    aim = outcome or subject.outcome
    known = OUTCOMES[aim]
    wait = days or subject.days
    rules = await ask.rules()
    mean, spread = await ask.app.store.read(_now, ask.community.id, aim, wait, rules, ask.now)
    worth = known.worth if known.rate else max(known.worth, round(0.2 * mean, 2))
    design = Design(weights=weights, control=next(iter(arms)), planned=1, worth=worth, rate=known.rate)
    planned = size or wanted(design, spread)
    terms = Terms(
        values=arms,
        weights=weights,
        outcome=aim,
        days=wait,
        planned=max(planned, LEAST * len(arms)),
        worth=worth,
        rate=known.rate,
        adaptive=adaptive,
    )
    try:
        await ask.app.store.write(experiments.begin, ask.community.id, name.strip(), what, about, terms, ask.now)
    except ClashError as error:
        raise Refused(ask.say(CLASHES[error.why], name=error.other.name)) from error
    return await _begun(ask, name.strip(), subject, about, terms, rules)


async def _begun(ask: Ask, name: str, subject: Subject, about: str, terms: Terms, rules: Rules) -> Reply:
    say = ask.say
    words = Words(ask, terms.outcome, rules)
    there = await ask.app.store.read(members.count, ask.community.id)
    each = terms.planned // len(terms.values)
    lines = [
        say(N_("{what} is tested now: {subject}."), what=name, subject=_titled(ask, subject, about)),
        say(
            N_("Looked at: {outcome}, {days} days after. An arm needs {n} members to show a difference of {worth}."),
            outcome=words.outcome,
            days=terms.days,
            n=each,
            worth=words.by(terms.worth).lstrip("+"),
        ),
    ]
    if terms.adaptive:
        text = N_("Only {share} % are drawn evenly and reported from, so that it takes the longer.")
        lines.append(say(text, share=round(100 * FLOOR * len(terms.values))))
    if there < terms.planned:
        text = N_(
            "There are {n} members here, so a smaller difference, or none, will be found: the interval will tell."
        )
        lines.append(say(text, n=there))
    lines.append(say(N_("Look as often as you like: the verdict allows for it. /experiment status shows it.")))
    arms = tuple(Field(name=arm, value=shown(ask, subject, value)) for arm, value in terms.values.items())
    button = Button(label=say(N_("How it goes")), command="experiment list")
    return Reply(title=name, text="\n".join(lines), fields=arms, buttons=((button,),))


def _titled(ask: Ask, subject: Subject, about: str) -> str:
    named = ask.say(NAMED[about].title) if subject.of == "nudge" and about in NAMED else about
    return f"{ask.say(subject.title)} ({named})" if named else ask.say(subject.title)


def _now(
    connection: Connection, community: int, outcome: str, days: int, rules: Rules, now: datetime
) -> tuple[float, float]:
    """(mean, variance) of an outcome over everybody, in the days that have just passed: what a test has to do with."""
    since = now - timedelta(days=days)
    everybody: list[int] = []
    after = 0
    while chunk := members.of_community(connection, community, after, CHUNK):
        everybody += chunk
        after = chunk[-1]
    found = OUTCOMES[outcome].look(Window(connection, community, dict.fromkeys(everybody, since), days, rules))
    n = max(len(everybody), 1)
    mean = sum(found.values()) / n
    spread = sum(value * value for value in found.values()) / n - mean * mean
    if OUTCOMES[outcome].rate:
        return mean, max(spread, 0.09)  # that of 10 %: what is rarer can't be planned by
    return mean, max(spread, 1.0)


# ---------------------------------------------------------------------- how it goes


@command(N_("experiment list"), N_("All tests, and what each says"), who=Rank.CREATOR, slow=True)
async def list_(ask: Ask) -> Reply:
    """The newest first."""
    found = await ask.app.store.read(experiments.of_community, ask.community.id)
    say = ask.say
    if not found:
        text = say(N_("Nothing is tested yet. /experiment create begins; /uplift shows what the nudges do."))
        return Reply(title=say(N_("Experiments")), text=text, buttons=onward(ask))
    rules = await ask.rules()
    fields = [await _listed(ask, one, rules) for one in found[:15]]
    buttons = tuple(
        (Button(label=one.name, command="experiment status", options={"number": one.id}),) for one in found[:4]
    )
    return Reply(title=say(N_("Experiments")), fields=tuple(fields), buttons=buttons)


async def _listed(ask: Ask, one: Experiment, rules: Rules) -> Field:
    found = await ask.app.store.read(watching.of_experiment, one, rules, ask.now)
    words = Words(ask, found.outcome, rules)
    says = [words.verdict(contrast, found.judgement) for contrast in found.judgement.contrasts]
    name = f"{one.name} · {_titled(ask, SUBJECTS[one.subject], one.about)}"
    return Field(name=name, value="\n".join([*dict.fromkeys(says), _state(ask, one)]))


def _state(ask: Ask, one: Experiment) -> str:
    say = ask.say
    if one.stopped_at is None:
        return say(N_("running since {day}"), day=say.day(one.begun_at))
    if one.why.startswith("harm:"):
        return say(N_("stopped: {arm} did harm"), arm=one.why.removeprefix("harm:"))
    return say(N_("over; {arm} is for everybody"), arm=one.terms.chosen) if one.terms.chosen else say(N_("over"))


@command(N_("experiment status"), N_("What a test says, and how much is known yet"), who=Rank.CREATOR, slow=True)
async def status(
    ask: Ask,
    name: Annotated[
        str, About(name=N_("name"), description=N_("Which test; the newest if left out"), complete=_names, most=40)
    ] = "",
    number: Annotated[int, About(name=N_("number"), description=N_("Filled in by the button"), least=0)] = 0,
) -> Reply:
    """Each arm with its members, outcome and difference; the checks of the split; the verdict."""
    one, rules = await _find(ask, name, number), await ask.rules()
    found = await ask.app.store.read(watching.of_experiment, one, rules, ask.now)
    return _status(ask, one, found, rules)


def _status(ask: Ask, one: Experiment, found: Uplift, rules: Rules) -> Reply:
    say, judged = ask.say, found.judgement
    words = Words(ask, found.outcome, rules)
    lines = list(dict.fromkeys(words.verdict(contrast, judged) for contrast in judged.contrasts))
    lines.append(
        say(
            N_("{subject}; {state}. Looked at: {outcome}, {days} days after."),
            subject=_titled(ask, SUBJECTS[one.subject], one.about),
            state=_state(ask, one),
            outcome=words.outcome,
            days=found.days,
        )
    )
    lines.append(split_words(words, judged))
    removed = max((contrast.removed for contrast in judged.contrasts), default=0.0)
    if removed >= 0.01:
        text = N_("What was known of members before takes {share} % of the chance out of it.")
        lines.append(say(text, share=round(removed * 100)))
    if one.terms.adaptive:
        lines.append(say(N_("It shifts to what works; this is of those who were drawn evenly.")))
    if found.harm:
        lines.append(say(N_("⚠️ {arm} brought clearly more refunds or complaints: stop it."), arm=found.harm))
    arms = tuple(
        Field(name=arm, value=shown(ask, SUBJECTS[one.subject], value)) for arm, value in one.terms.values.items()
    )
    buttons = () if one.stopped_at else (_ends(ask, one),)
    return Reply(title=one.name, text="\n".join(lines), table=arms_table(words, judged), fields=arms, buttons=buttons)


def _ends(ask: Ask, one: Experiment) -> tuple[Button, ...]:
    say = ask.say
    end = Button(label=say(N_("End it")), command="experiment stop", options={"number": one.id}, style="danger")
    take = [
        Button(
            label=say(N_("Take {arm} for all"), arm=arm),
            command="experiment stop",
            options={"number": one.id, "take": arm},
        )
        for arm in one.terms.values
    ]
    return end, *take


@command(
    N_("experiment stop"), N_("End a test, and take an arm for everybody if you like"), who=Rank.CREATOR, slow=True
)
async def stop(
    ask: Ask,
    name: Annotated[
        str, About(name=N_("name"), description=N_("Which test; the newest if left out"), complete=_names, most=40)
    ] = "",
    take: Arm = "",
    number: Annotated[int, About(name=N_("number"), description=N_("Filled in by the button"), least=0)] = 0,
) -> Reply:
    """Everybody gets what is as usual, or what is taken; whoever bought keeps what they bought."""
    one, say = await _find(ask, name, number), ask.say
    if one.stopped_at is not None:
        raise Refused(say(N_("{name} is over already."), name=one.name))
    chosen = take.strip()
    if chosen and chosen not in one.terms.values:
        known = ", ".join(one.terms.values)
        raise Refused(say(N_("{name} has no arm {arm}; there are: {known}."), name=one.name, arm=chosen, known=known))
    rules = await ask.rules()
    if chosen:
        await _take(ask, one, chosen, rules)
    await ask.app.store.write(experiments.stop, one.id, "creator", ask.now, chosen)
    ended = await _find(ask, "", one.id)
    found = await ask.app.store.read(watching.of_experiment, ended, rules, ask.now)
    return _status(ask, ended, found, rules)


async def _take(ask: Ask, one: Experiment, arm: str, rules: Rules) -> None:
    """Make an arm what everybody gets: of a plan and a coupon by the rules, of words by the experiment itself."""
    value = one.terms.values[arm]
    plan = rules.plan(one.about)
    if plan is not None and SUBJECTS[one.subject].change is not None:
        try:
            changed = applied(plan, one.subject, value)
        except ValueError as error:  # the plan was changed meanwhile
            raise Refused(ask.say(N_("That does not go together: {why}"), why=str(error))) from error
        await ask.app.amend(ask.community.id, changed)
    if one.subject == "offer":
        change = {"nudges": {"offer": value}}
        await ask.app.amend_rules(ask.community.id, change, what=f"nudges.offer → {value}", by=hand(ask.me.member))


async def _find(ask: Ask, name: str, number: int) -> Experiment:
    found = await ask.app.store.read(experiments.of_community, ask.community.id)
    wanted_ = name.strip().casefold()
    chosen = [one for one in found if one.id == number or (not number and wanted_ in ("", one.name.casefold()))]
    if not chosen:
        listed = ", ".join(dict.fromkeys(one.name for one in found)) or "–"
        raise Refused(ask.say(N_("There is no test called {name}. There are: {known}"), name=name or "–", known=listed))
    return chosen[0]


def onward(ask: Ask) -> tuple[tuple[Button, ...], ...]:
    say = ask.say
    return (
        (
            Button(label=say(N_("What the nudges bring")), command="uplift"),
            Button(label=say(N_("Experiments")), command="experiment list"),
            Button(label=say(N_("Nudges")), command="nudges list"),
        ),
    )


COMMANDS = (create, list_, status, stop)
