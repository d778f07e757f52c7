"""The rules file: what is shipped, and what is wrong with one that does not fit, said by name."""

from datetime import UTC, date, datetime, timedelta
from typing import get_args

import msgspec
import pytest

from bot.engine.rules import (
    Gate,
    LevelRules,
    MembershipRules,
    NudgeRules,
    Period,
    Plan,
    PointRules,
    Rules,
    check_plan,
    read_rules,
)
from bot.sales import Price
from tests.conftest import START


def test_the_rules_as_shipped(rules: Rules) -> None:
    assert rules == Rules(
        points=PointRules(message_min=15, message_max=25, reaction_received=5),
        levels=LevelRules(square=5, linear=50, constant=100, announce=True),
        gates=(Gate(name="lounge", level=2),),
        membership=MembershipRules(rates={"cny": 0.14, "eur": 1.08, "xtr": 0.013}),
        nudges=NudgeRules(quiet_days=0),
    )


def test_an_empty_file_means_the_defaults() -> None:
    assert read_rules(b"") == Rules()


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        (b"[points]\nmessage_min = 30", "message_min is greater than points.message_max"),
        (b"[points]\nmessage_min = -1", r"\$\.points\.message_min"),
        (b"[points]\nmessage_mim = 1", "message_mim"),
        (b"[levels]\nconstant = 0", r"\$\.levels\.constant"),
        (b"[points]\nmessage_max = 1000001", r"\$\.points\.message_max"),
        (b"[[gates]]\nlevel = 1", "name"),
        (b"[[gates]]\nname = 'Big Gate'\nlevel = 1", r"\$\.gates\[0\]\.name"),
        (b"[[gates]]\nname = 'a'\nlevel = 1\n[[gates]]\nname = 'a'\nlevel = 2", "two gates are called 'a'"),
        (b"points = 3", r"\$\.points"),
        (b"[points", "end of a table"),
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
        ("name = 'a'\nprices = {usd = 1}\n[[plans]]\nname = 'a'\nprices = {usd = 2}", "two plans have the same name"),
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
