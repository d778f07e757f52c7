"""The rules file: what is shipped, and what is wrong with one that does not fit, said by name."""

from datetime import UTC, date, datetime, timedelta
from typing import get_args

import msgspec
import pytest

from bot.engine.curves import LevelRules
from bot.engine.earning import (
    Badge,
    BoardRules,
    Earning,
    EarnRules,
    GuardRules,
    MessageEarning,
    PrestigeRules,
    ShopRules,
    StreakRules,
)
from bot.engine.keys import explain
from bot.engine.rules import (
    OWN,
    Gate,
    MembershipRules,
    NudgeRules,
    Period,
    Plan,
    Rules,
    amended,
    check_plan,
    read_rules,
)
from bot.sales import Price
from bot.words import Problem, replace, said
from tests.conftest import START


def test_the_rules_as_shipped(shipped: Rules) -> None:
    assert shipped == Rules(
        zone="UTC",
        earn=EarnRules(
            message=MessageEarning(points=15, to=25, cap=2_000, cooldown=60),
            reply=Earning(points=5, cap=200),
            checkin=Earning(points=20),
            attendance=Earning(points=50, cap=150),
            content=Earning(points=30, cap=300),
            reaction=Earning(points=5, cap=150),
            thanks=Earning(points=20, cap=200),
            answer=Earning(points=100, cap=1_000),
            invite=Earning(points=100, cap=500),
            purchase=Earning(points=0),
        ),
        guard=GuardRules(on=True),
        levels=LevelRules(curve="mee6", announce="channel", every=1, rewards_only=False),
        streaks=StreakRules(freezes=2),
        prestige=PrestigeRules(level=0),
        boards=BoardRules(winners=1, announce=True, crown_days=7),
        shop=ShopRules(coins_per_point=0.1),
        gates=(Gate(name="lounge", level=2),),
        membership=MembershipRules(rates={"cny": 0.14, "eur": 1.08, "xtr": 0.013}),
        nudges=NudgeRules(),
    )


def test_an_empty_file_means_the_defaults() -> None:
    assert read_rules(b"") == Rules()


def test_what_does_not_fit_is_said_in_any_language() -> None:
    """The words of a problem inside another's are translated with them."""
    chinese = {"card: {why}": "卡片:{why}", "there is no theme {name}; it is one of {known}": "没有主题 {name}"}
    with pytest.raises(Problem) as caught:
        read_rules(b"[card]\ntheme = 'neon'")
    words = explain(caught.value, {})
    assert said(words, lambda message, /, **values: chinese.get(message, message).format(**values)) == (
        "This does not fit: 卡片:没有主题 'neon'."
    )


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        (b"[earn.message]\npoints = 30\nto = 25", r"earn.message: points \(30\) is greater than to \(25\)"),
        (b"[earn.message]\npoints = -1", r"\$\.earn\.message\.points"),
        (b"[earn.message]\npoint = 1", "point"),
        (b"[earn.reply]\ncooldown = 1", "cooldown"),
        (b"[earn.thanks]\ncap = 1000001", r"\$\.earn\.thanks\.cap"),
        (b"zone = 'Mars/Olympus'", "there is no time zone 'Mars/Olympus'"),
        (b"[levels]\ncurve = 'mee7'", r"\$\.levels\.curve"),
        (b"[earn.purchase]\npoints = 3\ncap = 5", "coins for payments have no limit of a day"),
        (b"[levels]\ncurve = 'custom'", "level 1 would begin at 0 points and level 0 at 0"),
        (b"[levels]\ncurve = 'custom'\nlinear = 0.5", "level 1 would begin at 0 points"),
        (b"[levels]\ncurve = 'custom'\nlinear = 100\nsquare = -1", "level 51 would begin at 2499 points"),
        (b"[levels]\ncurve = 'custom'\ntotals = [10, 30, 20]", "level 3 would begin at 20 points and level 2 at 30"),
        (b"[levels]\nannounce = true", r"\$\.levels\.announce"),
        (b"[[multipliers]]\nchannel = '1'\nfactor = 11", r"\$\.multipliers\[0\]\.factor"),
        (b"[[badges]]\nname = 'a'\ngoal = 1\nmetric = 'charm'", "badge 'a': nothing counts 'charm'"),
        (b"[[badges]]\nname = 'a'\ngoal = 0\nmetric = 'points'", r"\$\.badges\[0\]\.goal"),
        (
            b"[[badges]]\nname = 'a'\ngoal = 1\nmetric = 'points'\nsince = 2027-01-01\nuntil = 2027-01-01",
            "badge 'a': its season ends before it begins",
        ),
        (
            b"[[badges]]\nname = 'a'\ngoal = 1\nmetric = 'points'\n[[badges]]\nname = 'a'\ngoal = 1\nmetric = 'level'",
            "two badges are called 'a'",
        ),
        (b"[[gates]]\nlevel = 1", "name"),
        (b"[[gates]]\nname = 'Big Gate'\nlevel = 1", r"\$\.gates\[0\]\.name"),
        (b"[[gates]]\nname = 'a'\ncrown = true\nladder = 'rank'", "what is for a crown is on no ladder"),
        (b"[[gates]]\nname = 'a'\nlevel = 1\n[[gates]]\nname = 'a'\nlevel = 2", "two gates are called 'a'"),
        (b"earn = 3", r"\$\.earn"),
        (b"points = 3", "points"),
        (b"[earn", "end of a table"),
    ],
)
def test_what_does_not_fit_is_said_by_name(toml: bytes, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_rules(toml)


# ---------------------------------------------------------------------- plans

SHOP = b"""
[[plans]]
name = "gold"
title = "Gold"
prices = { usd = 999, cny = 6800, xtr = 500 }
gates = ["lounge", "vault"]
trial_days = 7
grace_days = 14
shown_to = ["new", "lapsed"]

[[plans]]
name = "cohort-1"
period = "date"
ends_on = 2027-02-01
prices = { usd = 9900 }

[membership]
grace_days = 3
dispute_keeps_access = true
mass_change = 0.1
rates = { xtr = 0.013 }
"""


def test_plans_are_read_as_they_are_written() -> None:
    rules = read_rules(SHOP)
    assert rules.plans == (
        Plan(
            name="gold",
            title="Gold",
            period="month",
            prices={"usd": 999, "cny": 6800, "xtr": 500},
            gates=("lounge", "vault"),
            trial_days=7,
            grace_days=14,
            shown_to=("new", "lapsed"),
        ),
        Plan(name="cohort-1", period="date", ends_on=date(2027, 2, 1), prices={"usd": 9900}),
    )
    assert rules.membership == MembershipRules(
        grace_days=3, dispute_keeps_access=True, mass_change=0.1, rates={"xtr": 0.013}
    )
    assert rules.plan("gold") is rules.plans[0]
    assert rules.plan("silver") is None


def test_what_holds_where_nothing_is_said() -> None:
    assert Rules().membership == MembershipRules(
        grace_days=7,
        loyal_after_days=365,
        loyal_grace_days=14,
        dispute_keeps_access=False,
        renewal_notice_days=5,
        mass_change=0.05,
        currency="usd",
        rates={},
        terms_url="",
        support="",
    )


def test_a_plan_knows_its_name_its_price_and_its_months() -> None:
    gold = read_rules(SHOP).plans[0]
    assert (gold.shown, Plan(name="free").shown) == ("Gold", "free")
    assert gold.price("cny") == Price(amount=6800, currency="cny")
    assert gold.price("eur") is None
    months = {period: Plan(name="x", period=period).months for period in get_args(Period)}
    assert months == {"month": 1, "quarter": 3, "year": 12, "once": 0, "date": 0, "lifetime": 0, "free": 0}


@pytest.mark.parametrize(
    ("plan", "until"),
    [
        (Plan(name="x", period="once", days=30), START + timedelta(days=30)),
        (Plan(name="x", period="date", ends_on=date(2027, 2, 1)), datetime(2027, 2, 1, tzinfo=UTC)),
        (Plan(name="x", period="lifetime"), None),
        (Plan(name="x", period="free"), None),
    ],
)
def test_to_when_a_purchase_is_good_that_does_not_renew(plan: Plan, until: datetime | None) -> None:
    assert plan.until(START) == until


def test_a_communitys_own_plan_takes_the_place_of_the_files() -> None:
    rules = read_rules(SHOP)
    own = Plan(name="gold", prices={"usd": 1})
    more = Plan(name="extra", period="free")
    assert rules.with_plans([own, more]).plans == (own, rules.plans[1], more)
    assert rules.with_plans([]) == rules


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ("name = 'a'", "plan 'a': it needs a price"),
        ("name = 'a'\nperiod = 'once'\nprices = {usd = 1}", "plan 'a': a period of 'once' needs days"),
        ("name = 'a'\nperiod = 'date'\nprices = {usd = 1}", "plan 'a': a period of 'date' needs ends_on"),
        ("name = 'a'\ndays = 3\nprices = {usd = 1}", "plan 'a': days belong to a period of 'once'"),
        ("name = 'a'\nends_on = 2027-01-01\nprices = {usd = 1}", "plan 'a': ends_on belongs to a period of 'date'"),
        (
            "name = 'a'\nperiod = 'once'\ndays = 3\ntrial_days = 1\nprices = {usd = 1}",
            "plan 'a': only what renews",
        ),
        ("name = 'a'\nperiod = 'free'\nprices = {usd = 1}", "plan 'a': what is free has no price"),
        ("name = 'A'\nprices = {usd = 1}", r"\$\.plans\[0\]\.name"),
        ("name = 'a'\nprices = {USD = 1}", r"\$\.plans\[0\]\.prices"),
        ("name = 'a'\nprices = {usd = -1}", r"\$\.plans\[0\]\.prices"),
        ("name = 'a'\nprices = {usd = 9.99}", r"\$\.plans\[0\]\.prices"),
        ("name = 'a'\nprices = {usd = 1}\nperiod = 'week'", r"\$\.plans\[0\]\.period"),
        ("name = 'a'\nprices = {usd = 1}\ngates = ['The Vault']", r"\$\.plans\[0\]\.gates\[0\]"),
        ("name = 'a'\nprices = {usd = 1}\nshown_to = ['old']", r"\$\.plans\[0\]\.shown_to\[0\]"),
        ("name = 'a'\nprices = {usd = 1}\ngrace_day = 3", "grace_day"),
        ("name = 'a'\nprices = {usd = 1}\n[[plans]]\nname = 'a'\nprices = {usd = 2}", "two plans are called 'a'"),
    ],
)
def test_a_plan_that_does_not_go_together_is_said_by_name(toml: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_rules(f"[[plans]]\n{toml}".encode())


@pytest.mark.parametrize(
    "toml", ["mass_change = 1.1", "grace_days = -1", "terms_url = 'http://x'", "rates = {eur = 0}"]
)
def test_rules_of_membership_have_their_ranges(toml: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.membership"):
        read_rules(f"[membership]\n{toml}".encode())


def test_a_plan_that_is_free_needs_no_price() -> None:
    check_plan(Plan(name="a", period="free"))
    check_plan(Plan(name="a", period="free", prices={"usd": 0}))


# ---------------------------------------------------------------------- a community's own


def test_a_community_without_rules_of_its_own_plays_by_the_files(shipped: Rules) -> None:
    assert amended(shipped, {}) is shipped


def test_tables_are_merged_and_everything_else_is_replaced(shipped: Rules) -> None:
    own = {
        "zone": "Asia/Shanghai",
        "earn": {"message": {"points": 10, "to": 12}, "thanks": {"cap": 40}},
        "levels": {"curve": "custom", "linear": 40},
        "badges": [{"name": "summer", "metric": "finished", "goal": 5, "since": "2027-06-01"}],
        "gates": [{"name": "vault", "level": 3}],
    }
    found = amended(shipped, own)
    assert found.earn.message == MessageEarning(points=10, to=12, cap=2_000, cooldown=60)
    assert found.earn.thanks == Earning(points=20, cap=40)
    assert found.earn.reply == shipped.earn.reply
    assert found.levels == LevelRules(curve="custom", linear=40)
    assert found.badges == (Badge(name="summer", metric="finished", goal=5, since=date(2027, 6, 1)),)
    assert found.gates == (Gate(name="vault", level=3),)
    untouched = set(Rules.__struct_fields__) - set(own)
    assert {name: getattr(found, name) for name in untouched} == {name: getattr(shipped, name) for name in untouched}


def test_what_is_written_out_and_laid_over_itself_is_the_same(shipped: Rules) -> None:
    rich = replace(
        shipped,
        badges=(Badge(name="summer", metric="points", goal=5, since=date(2027, 6, 1), until=date(2027, 9, 1)),),
        levels=LevelRules(curve="custom", totals=(10, 30)),
    )
    whole = msgspec.json.decode(msgspec.json.encode({name: getattr(rich, name) for name in OWN}))
    assert amended(rich, whole) == rich
    assert amended(shipped, whole) == rich


@pytest.mark.parametrize(
    ("own", "complaint"),
    [
        ({"plans": []}, "'plans' is not a table that a community may change"),
        ({"membership": {"grace_days": 0}}, "'membership' is not a table"),
        ({"earn": {"message": {"points": -1}}}, r"\$\.earn\.message\.points"),
        ({"earn": {"message": {"points": 30}}}, r"points \(30\) is greater than to \(25\)"),
        ({"earn": {"charm": {"points": 1}}}, "charm"),
        ({"earn": 3}, r"\$\.earn"),
        ({"zone": "Nowhere"}, "there is no time zone 'Nowhere'"),
        ({"levels": {"curve": "custom"}}, "level 1 would begin at 0 points"),
        ({"gates": [{"name": "a"}, {"name": "a"}]}, "two gates are called 'a'"),
    ],
)
def test_what_does_not_fit_of_a_communitys_own_is_said_by_name(own: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        amended(Rules(), own)
