"""/campaign, for the creator: something said to some members, with an offer, a budget and a hold-out."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Literal

from bot.cogs.nudging_desk import SURFACES
from bot.cogs.plans import SEGMENTS as BOUGHT
from bot.cogs.plans import read_date, read_prices
from bot.cogs.verdicts import Words, arms_table, split_words
from bot.commands import About, Ask, Rank, Refused, command
from bot.engine.days import zone
from bot.engine.segments.naming import SEGMENTS
from bot.i18n import N_
from bot.jobs import tend_campaigns
from bot.reply import Button, Field, Reply, Table
from bot.sales import Price
from bot.storage import campaigns, coupons, uplift
from bot.storage.campaigns import Audience, Brief, Campaign
from bot.storage.outcomes import OUTCOMES

Aim = Literal["active", "days", "paid", "renewed", "revenue", "finished"]


async def _names(ask: Ask, text: str) -> Sequence[tuple[str, str]]:
    found = await ask.app.store.read(campaigns.of_community, ask.community.id)
    return [(one.name, one.name) for one in found if text.casefold() in one.name.casefold()]


async def _segments(ask: Ask, text: str) -> Sequence[tuple[str, str]]:
    pairs = [(name, ask.say(one.title)) for name, one in SEGMENTS.items()]
    return [pair for pair in pairs if text.casefold() in f"{pair[0]} {pair[1]}".casefold()]


async def _codes(ask: Ask, text: str) -> Sequence[tuple[str, str]]:
    found = await ask.app.store.read(coupons.of_community, ask.community.id)
    return [(one.code, one.code) for one, _ in found if text.upper() in one.code and not one.archived]


@command(
    N_("campaign create"), N_("Say something to some members, with an offer if you like"), who=Rank.CREATOR, slow=True
)
async def create(
    ask: Ask,
    name: Annotated[str, About(name=N_("name"), description=N_("What the campaign is called"), least=2, most=40)],
    text: Annotated[
        str, About(name=N_("words"), description=N_("What it says; {member} is the name"), least=2, most=1000)
    ],
    whom: Annotated[
        Literal["all", "new", "member", "lapsed"],
        About(name=N_("whom"), description=N_("By what they bought"), labels=BOUGHT),
    ] = "all",
    segment: Annotated[
        str, About(name=N_("segment"), description=N_("What kind of member"), complete=_segments, most=32)
    ] = "",
    level: Annotated[int, About(name=N_("level"), description=N_("The least level"), least=0, most=1000)] = 0,
    platform: Annotated[
        Literal["discord", "telegram", "playground"] | None,
        About(name=N_("platform"), description=N_("Only who has an account there")),
    ] = None,
    surface: Annotated[
        Literal["telegram", "thread", "dm", "playground"] | None,
        About(
            name=N_("surface"),
            description=N_("Only by this way; by the first that is open if left out"),
            labels={name: title for name, title in SURFACES.items() if name != "reply"},
        ),
    ] = None,
    coupon: Annotated[
        str, About(name=N_("coupon"), description=N_("A code as an offer"), complete=_codes, most=32)
    ] = "",
    starts: Annotated[str, About(name=N_("starts"), description=N_("The day it begins, 2027-06-30"), most=10)] = "",
    days: Annotated[int, About(name=N_("days"), description=N_("How many days it runs"), least=1, most=90)] = 7,
    contacts: Annotated[
        int,
        About(name=N_("contacts"), description=N_("To how many at most; 0 is no end"), least=0, most=10**6),
    ] = 0,
    budget: Annotated[
        str, About(name=N_("budget"), description=N_("What the coupon may take off, 100 USD"), most=20)
    ] = "",
    outcome: Annotated[
        Aim | None,
        About(
            name=N_("outcome"),
            description=N_("What is wanted"),
            labels={name: one.title for name, one in OUTCOMES.items()},
        ),
    ] = None,
    holdout: Annotated[
        int, About(name=N_("holdout"), description=N_("How many of 100 get nothing, to compare"), least=5, most=50)
    ] = 10,
) -> Reply:
    """Planned; it is sent through the brakes of all nudges: quiet hours, budgets, opt-outs."""
    found = await ask.app.store.read(campaigns.of_community, ask.community.id)
    if any(one.name.casefold() == name.strip().casefold() for one in found):
        raise Refused(ask.say(N_("There is a campaign called {name} already."), name=name.strip()))
    if segment and segment not in SEGMENTS:
        raise Refused(
            ask.say(N_("There is no segment {name}; there are: {known}."), name=segment, known=", ".join(SEGMENTS))
        )
    code = coupons.normal(coupon)
    if code and await ask.app.store.read(coupons.find, ask.community.id, code) is None:
        raise Refused(ask.say(N_("There is no coupon {code}. /coupon create makes one."), code=code))
    money, currency = _money(ask, budget, code)
    starts_at = await _starts(ask, starts)
    brief = Brief(
        text=text.strip(),
        audience=Audience(whom=whom, segment=segment, level=level, platform=platform or ""),
        coupon=code,
        surface=surface or "",
        holdout=holdout / 100,
        contacts=contacts,
        money=money,
        currency=currency,
        outcome=outcome or ("paid" if code else "active"),
    )
    rules = await ask.rules()
    people = await ask.app.store.read(campaigns.audience, ask.community.id, brief.audience, rules, ask.now)
    ends_at = starts_at + timedelta(days=days)
    community, title = ask.community.id, name.strip()
    number = await ask.app.store.write(campaigns.create, community, title, starts_at, ends_at, brief)
    many = len(campaigns.chosen(community, number, people, brief))
    words = ask.say.many("It is for {n} member now.", "It is for {n} members now.", many)
    kept = N_("{share} % of them get nothing, to compare. It goes out from {start} to {end}, through the usual brakes.")
    rest = ask.say(kept, share=holdout, start=ask.say.moment(starts_at), end=ask.say.moment(ends_at))
    if starts_at <= ask.now:
        await tend_campaigns(ask.app, community, ask.now)
    return Reply(title=title, text=f"{words} {rest}", fields=(Field(name=ask.say(N_("Words")), value=brief.text),))


async def _starts(ask: Ask, text: str) -> datetime:
    day = read_date(ask, text)
    if day is None:
        return ask.now
    clock = zone((await ask.rules()).zone)
    at = datetime.combine(day, time(9), clock).astimezone(UTC)
    if at < ask.now - timedelta(days=1):
        raise Refused(ask.say(N_("That day is over: a campaign begins today or later.")))
    return max(at, ask.now)


def _money(ask: Ask, text: str, code: str) -> tuple[int, str]:
    if not text.strip():
        return 0, ""
    if not code:
        raise Refused(ask.say(N_("A budget of money is for what a coupon takes off: name the coupon, too.")))
    prices = read_prices(ask, text)
    if len(prices) != 1:
        raise Refused(ask.say(N_("Name one amount, like 50 USD.")))
    ((currency, amount),) = prices.items()
    return amount, currency


@command(N_("campaign list"), N_("All campaigns, and what became of them"), who=Rank.CREATOR)
async def list_(ask: Ask) -> Reply:
    """The newest first."""
    say = ask.say
    found = (await ask.app.store.read(campaigns.of_community, ask.community.id))[:15]
    if not found:
        return Reply(title=say(N_("Campaigns")), text=say(N_("There is no campaign yet. /campaign create begins one.")))
    header = (say(N_("Campaign")), say(N_("State")), say(N_("Sent")), say(N_("Held back")), say(N_("Waiting")))
    rows, rules = [], await ask.rules()
    for one in found:
        told = await ask.app.store.read(campaigns.tally, one, rules)
        rows.append((one.name, _state(ask, one), *(say.show(n) for n in (told.sent, told.held, told.waiting))))
    buttons = tuple(
        (Button(label=one.name, command="campaign status", options={"number": one.id}),) for one in found[:4]
    )
    table = Table(header=header, rows=tuple(rows), numeric=(2, 3, 4))
    return Reply(title=say(N_("Campaigns")), table=table, buttons=buttons)


def _state(ask: Ask, one: Campaign) -> str:
    say = ask.say
    if one.stopped_at is not None:
        return say(N_("stopped: the budget is used up")) if one.why == "budget" else say(N_("stopped"))
    if ask.now < one.starts_at:
        return say(N_("begins {when}"), when=say.moment(one.starts_at))
    return say(N_("to {date}"), date=say.day(one.ends_at)) if ask.now < one.ends_at else say(N_("over"))


Name = Annotated[
    str, About(name=N_("name"), description=N_("Which campaign; the newest if left out"), complete=_names, most=40)
]
Number = Annotated[int, About(name=N_("number"), description=N_("Filled in by the button"), least=0)]


@command(
    N_("campaign status"), N_("What a campaign brought, compared with who got nothing"), who=Rank.CREATOR, slow=True
)
async def status(ask: Ask, name: Name = "", number: Number = 0) -> Reply:
    """Sent, held back, offers used; the effect with its interval; the verdict."""
    one, rules, say = await _find(ask, name, number), await ask.rules(), ask.say
    brief = one.brief
    told = await ask.app.store.read(campaigns.tally, one, rules)
    wanted = (brief.outcome, brief.days)
    judged = await ask.app.store.read(
        uplift.of_campaign, one.community, str(one.id), brief.holdout, wanted, rules, ask.now
    )
    words = Words(ask, brief.outcome, rules)
    lines = [words.verdict(judged.contrasts[0], judged), split_words(words, judged)]
    text = N_("{state}. Looked at: {outcome}, {days} days after.")
    lines.append(say(text, state=_state(ask, one), outcome=words.outcome, days=brief.days))
    fields = [
        Field(name=say(label), value=say.show(value))
        for label, value in (
            (N_("Sent"), told.sent),
            (N_("Held back"), told.held),
            (N_("Waiting"), told.waiting),
            (N_("Dropped"), told.dropped),
        )
    ]
    if brief.coupon:
        currency = brief.currency or rules.membership.currency
        off = say.money(Price(amount=told.off, currency=currency))
        value = say(N_("{n} used {code}, which took {off} off"), n=told.redeemed, code=brief.coupon, off=off)
        fields.append(Field(name=say(N_("Offer")), value=value))
    fields.append(Field(name=say(N_("Words")), value=brief.text))
    going = one.stopped_at is None and ask.now < one.ends_at
    end = Button(label=say(N_("End it")), command="campaign stop", options={"number": one.id}, style="danger")
    return Reply(
        title=one.name,
        text="\n".join(lines),
        table=arms_table(words, judged),
        fields=tuple(fields),
        buttons=((end,),) if going else (),
    )


@command(N_("campaign stop"), N_("End a campaign: what waits is not sent"), who=Rank.CREATOR)
async def stop(ask: Ask, name: Name = "", number: Number = 0) -> Reply:
    """What was sent stays sent."""
    one = await _find(ask, name, number)
    if one.stopped_at is not None or ask.now >= one.ends_at:
        raise Refused(ask.say(N_("{name} is over already."), name=one.name))
    left = await ask.app.store.write(campaigns.stop, one.id, "creator", ask.now)
    rest = ask.say.many("{n} message was not sent.", "{n} messages were not sent.", left)
    return Reply(text=f"{ask.say(N_('{name} is ended.'), name=one.name)} {rest}")


async def _find(ask: Ask, name: str, number: int) -> Campaign:
    found = await ask.app.store.read(campaigns.of_community, ask.community.id)
    wanted = name.strip().casefold()
    chosen = [one for one in found if one.id == number or (not number and wanted in ("", one.name.casefold()))]
    if not chosen:
        listed = ", ".join(one.name for one in found) or "–"
        text = N_("There is no campaign called {name}. There are: {known}")
        raise Refused(ask.say(text, name=name or "–", known=listed))
    return chosen[0]


COMMANDS = (create, list_, status, stop)
