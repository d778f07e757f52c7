"""The rules a community plays by: typed values read from `config/rules.toml`, and what a community has of its own."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

import msgspec

from bot.engine.asking.rules import AskingRules
from bot.engine.curves import LevelRules, check_curve
from bot.engine.days import known
from bot.engine.earning import (
    Badge,
    BoardRules,
    CardRules,
    EarnRules,
    GuardRules,
    Multiplier,
    PrestigeRules,
    ShopRules,
    StreakRules,
)
from bot.engine.metrics import METRICS
from bot.engine.strict import Amount, Cost, Currency, Days, Name, Share, Strict
from bot.pictures.themes import theme_of
from bot.sales import Price
from bot.words import N_, Problem, Word, Words, replace


class Gate(Strict, frozen=True):
    """A place that opens at `level`; plans may open it, too.

    Of the gates of one `ladder` only the highest that was reached is open: roles that replace each other. What is for
    a `crown` is open to the week's winners alone; its level does not count.
    """

    name: Name
    level: Amount = 0
    ladder: Annotated[str, msgspec.Meta(max_length=32)] = ""
    crown: bool = False


Period = Literal["month", "quarter", "year", "once", "date", "lifetime", "free"]
"""How long a purchase lasts: it renews every month, quarter or year; or it is for some days, to a date, or for ever."""
MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
Segment = Literal["new", "member", "lapsed"]
"""Who sees a plan: those who never had one, those who have one, those who had one."""


class Plan(Strict, frozen=True):
    """Something to buy: for a `period`, at a price in each currency (minor units), opening `gates`.

    `days` belongs to a period of "once", `ends_on` to one of "date": the first day it is no longer valid. An empty
    `shown_to` is everybody. A `code_only` plan is sold to whoever has redeemed a code for it. An `archived` plan is not
    sold any more; who has it keeps it at their price. What it opens in the library is to `protect`: on Telegram it
    can't be handed on.
    """

    name: Name
    title: Annotated[str, msgspec.Meta(max_length=64)] = ""
    about: Annotated[str, msgspec.Meta(max_length=255)] = ""
    period: Period = "month"
    days: Days = 0
    ends_on: date | None = None
    prices: dict[Currency, Cost] = {}
    gates: tuple[Name, ...] = ()
    trial_days: Days = 0
    grace_days: Days | None = None
    shown_to: tuple[Segment, ...] = ()
    code_only: bool = False
    archived: bool = False
    protect: bool = True

    @property
    def shown(self) -> str:
        """What it is called before people."""
        return self.title or self.name

    @property
    def months(self) -> int:
        """Months between two charges; 0 where nothing recurs."""
        return MONTHS.get(self.period, 0)

    def price(self, currency: str) -> Price | None:
        """What it costs in a currency, if it is sold in it."""
        amount = self.prices.get(currency)
        return None if amount is None else Price(amount=amount, currency=currency)

    def until(self, start: datetime) -> datetime | None:
        """To when a purchase that does not renew is good; None is for ever."""
        if self.period == "date" and self.ends_on:
            return datetime.combine(self.ends_on, time(), UTC)
        return start + timedelta(days=self.days) if self.period == "once" else None


class MembershipRules(Strict, frozen=True):
    """What holds for every plan that does not say otherwise.

    A renewal that fails leaves `grace_days` to mend it, and `loyal_grace_days` to whoever has been a member for
    `loyal_after_days`. A disputed charge closes the door unless `dispute_keeps_access`. Members are
    told of an automatic renewal `renewal_notice_days` before (0: never). `mass_change` is the share of
    members beyond which a correction is not made without asking the creator.
    """

    grace_days: Days = 7
    loyal_after_days: Days = 365
    loyal_grace_days: Days = 14
    dispute_keeps_access: bool = False
    renewal_notice_days: Days = 5
    mass_change: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.05
    currency: Currency = "usd"
    rates: dict[Currency, Annotated[float, msgspec.Meta(gt=0)]] = {}
    terms_url: Annotated[str, msgspec.Meta(pattern=r"^(https://.*)?$")] = ""
    support: Annotated[str, msgspec.Meta(max_length=255)] = ""


Hour = Annotated[int, msgspec.Meta(ge=0, le=23)]


class NudgeSwitches(Strict, frozen=True):
    """Which nudges are written at all (`bot/engine/nudges/table.py`)."""

    welcome: bool = True
    first_win: bool = True
    unanswered: bool = True
    recommendation: bool = True
    digest: bool = True
    streak: bool = True
    course: bool = True
    receipt: bool = True
    payment_check: bool = True
    at_risk: bool = True
    win_back: bool = True
    win_back_offer: bool = True
    first_answer: bool = True
    course_done: bool = True
    anniversary: bool = True
    campaign: bool = True


class NudgeRules(Strict, frozen=True):
    """When and how often to write to a member of our own accord; `on = false` is never.

    At most `budget` nudges in any seven days and one in `gap_hours`; none from `quiet_from` to `quiet_to` o'clock by
    the member's clock; one win-back in `win_back_days`; none for `after_payment_hours` after a payment. A share of
    `holdout` of the members gets none of a kind, to see what it does, and of `universal` none at all, to see what they
    all do together. Who has been silent for `quiet_days` (0: never),
    or has a `risk` of leaving at least so high, is asked how they are; a streak counts from `streak` days on. `offer`
    is the code of the coupon for whoever is to come back ('': none).
    """

    on: bool = True
    budget: Amount = 3
    gap_hours: Amount = 24
    quiet_from: Hour = 21
    quiet_to: Hour = 9
    win_back_days: Days = 14
    after_payment_hours: Amount = 48
    holdout: Share = 0.1
    universal: Share = 0.0
    quiet_days: Days = 10
    risk: Share = 0.6
    streak: Amount = 5
    offer: Annotated[str, msgspec.Meta(max_length=40)] = ""
    send: NudgeSwitches = NudgeSwitches()


class RecommendRules(Strict, frozen=True):
    """How the library is recommended.

    What was recommended to a member rests for `rests_days` before it may be so again. With `next_plan`, at most one in
    four shows what the next plan would open, marked as such.
    """

    rests_days: Days = 3
    next_plan: bool = True


class Rules(Strict, frozen=True):
    """Everything a policy may consult besides the event and the state.

    `zone` is the clock of the community: a day of a member who did not choose one begins by it.
    """

    zone: str = "UTC"
    earn: EarnRules = EarnRules()
    multipliers: tuple[Multiplier, ...] = ()
    guard: GuardRules = GuardRules()
    levels: LevelRules = LevelRules()
    streaks: StreakRules = StreakRules()
    badges: tuple[Badge, ...] = ()
    prestige: PrestigeRules = PrestigeRules()
    boards: BoardRules = BoardRules()
    shop: ShopRules = ShopRules()
    card: CardRules = CardRules()
    gates: tuple[Gate, ...] = ()
    plans: tuple[Plan, ...] = ()
    membership: MembershipRules = MembershipRules()
    nudges: NudgeRules = NudgeRules()
    asking: AskingRules = AskingRules()
    recommend: RecommendRules = RecommendRules()

    def plan(self, name: str) -> Plan | None:
        """The plan of this name."""
        return next((plan for plan in self.plans if plan.name == name), None)

    def with_plans(self, plans: Iterable[Plan]) -> "Rules":
        """These rules with a community's own plans: one of the same name takes the place of the file's."""
        own = {plan.name: plan for plan in plans}
        return replace(self, plans=tuple({**{plan.name: plan for plan in self.plans}, **own}.values()))


def check_plan(plan: Plan) -> None:
    """Raises Problem that says what of a plan does not go together."""
    why = _unfit(plan)
    if why is not None:
        raise Problem(N_("plan {name}: {why}"), name=repr(plan.name), why=why)


def _unfit(plan: Plan) -> Words | None:
    checks: tuple[tuple[object, str], ...] = (
        (plan.period == "once" and not plan.days, N_("a period of 'once' needs days, from 1 to 3650")),
        (
            plan.period == "date" and plan.ends_on is None,
            N_("a period of 'date' needs ends_on, the first day it is no longer valid"),
        ),
        (plan.days and plan.period != "once", N_("days belong to a period of 'once' only")),
        (plan.ends_on and plan.period != "date", N_("ends_on belongs to a period of 'date' only")),
        (plan.trial_days and not plan.months, N_("only what renews (month, quarter, year) can have a trial")),
        (plan.period == "free" and any(plan.prices.values()), N_("what is free has no price")),
        (plan.period != "free" and not plan.prices, N_("it needs a price, such as {example} (in cents)")),
    )
    wrong = [message for is_so, message in checks if is_so]
    return Words(message=wrong[0], values={"example": "prices = { usd = 999 }"}) if wrong else None


OWN = (
    "zone",
    "earn",
    "multipliers",
    "guard",
    "levels",
    "streaks",
    "badges",
    "prestige",
    "boards",
    "shop",
    "card",
    "gates",
    "nudges",
    "asking",
    "recommend",
)
"""The tables that a community may have of its own, by /rules."""


def amended(rules: Rules, own: Mapping[str, Any]) -> Rules:
    """The rules with what a community has of its own laid over them: tables are merged, everything else is replaced.

    Raises ValueError that names the key and what is wrong with it (a Problem, or of msgspec).
    """
    if not own:
        return rules
    strangers = sorted(set(own) - set(OWN))
    if strangers:
        message = N_("{name} is not a table that a community may change; these are: {known}")
        raise Problem(message, name=repr(strangers[0]), known=", ".join(OWN))
    whole = laid_over({name: _written_out(getattr(rules, name)) for name in OWN}, own)
    changed = msgspec.convert(whole, type=Rules)
    found = replace(rules, **{name: getattr(changed, name) for name in OWN})
    check(found)
    return found


def _written_out(value: Any) -> Any:
    """A table with all its keys: JSON leaves out what is as it is by default, and a table may have other defaults."""
    if isinstance(value, Word):
        return {name: _written_out(getattr(value, name)) for name in value.__struct_fields__}
    return msgspec.to_builtins(value)


def laid_over(under: Any, over: Any) -> Any:
    """Tables with others laid over them, key by key; what is no table is replaced."""
    if not isinstance(under, Mapping) or not isinstance(over, Mapping):
        return over
    return {**under, **{key: laid_over(under.get(key), value) for key, value in over.items()}}


def read_rules(toml: bytes) -> Rules:
    """Parse and check the text of a rules file. Raises ValueError that names the key and what is wrong with it."""
    rules = msgspec.toml.decode(toml, type=Rules)
    check(rules)
    return rules


def check(rules: Rules) -> None:
    """Raises Problem that says what does not go together."""
    _check_earning(rules.earn)
    if not known(rules.zone):
        message = N_("zone: there is no time zone {name}; it is something like 'Europe/Berlin'")
        raise Problem(message, name=repr(rules.zone))
    check_curve(rules.levels)
    for badge in rules.badges:
        _check_badge(badge)
    try:
        theme_of(rules.card.theme, background=rules.card.background, accent=rules.card.accent)
    except Problem as error:
        raise Problem(N_("card: {why}"), why=error.words) from None
    for gate in rules.gates:
        if gate.crown and gate.ladder:
            message = N_("gate {name}: what is for a crown is on no ladder; leave one of the two out")
            raise Problem(message, name=repr(gate.name))
    for plan in rules.plans:
        check_plan(plan)
    _check_names(N_("two plans are called {name}: give one another name"), [plan.name for plan in rules.plans])
    _check_names(N_("two gates are called {name}: give one another name"), [gate.name for gate in rules.gates])
    _check_names(N_("two badges are called {name}: give one another name"), [badge.name for badge in rules.badges])


def _check_earning(earn: EarnRules) -> None:
    for name in EarnRules.__struct_fields__:
        least, most = getattr(earn, name).span
        if least > most:
            message = N_("earn.{way}: points ({least}) is greater than to ({most})")
            raise Problem(message, way=name, least=least, most=most)
    if earn.purchase.cap:
        raise Problem(N_("earn.purchase: coins for payments have no limit of a day; leave cap at 0"))


def _check_badge(badge: Badge) -> None:
    if badge.metric not in METRICS:
        message = N_("badge {name}: nothing counts {metric}; these are counted: {known}")
        raise Problem(message, name=repr(badge.name), metric=repr(badge.metric), known=", ".join(METRICS))
    if badge.since and badge.until and badge.since >= badge.until:
        raise Problem(N_("badge {name}: its season ends before it begins"), name=repr(badge.name))


def _check_names(message: str, names: list[str]) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise Problem(message, name=repr(min(twice)))
