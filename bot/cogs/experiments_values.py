"""The arms of a test as a creator types them: read, checked, and said again."""

from collections.abc import Sequence

import msgspec

from bot.cogs.plans import known_plan, read_prices
from bot.commands import Ask, Refused
from bot.engine.experiments.subjects import Subject, applied
from bot.engine.nudges.table import NAMED
from bot.engine.rules import Plan
from bot.i18n import N_
from bot.sales import Price
from bot.storage import coupons

OFFERED = "win_back_offer"
"""The nudge that has a coupon in its words."""
ARMS = "abcd"


def shown(ask: Ask, subject: Subject, value: str) -> str:
    if subject.name == "price":
        pairs = msgspec.json.decode(value, type=dict[str, int])
        return ", ".join(ask.say.money(Price(amount=n, currency=currency)) for currency, n in pairs.items())
    if subject.name == "trial":
        return ask.say.many("{n} day of trial", "{n} days of trial", int(value))
    return value or ask.say(N_("as usual"))


async def values(ask: Ask, subject: Subject, about: str, given: Sequence[str]) -> dict[str, str]:
    """{arm: value}. Raises Refused that says what is missing or does not fit."""
    if subject.name == "wording":
        return _wordings(ask, about, given)
    if subject.name == "offer":
        return await _coupons(ask, about, given)
    if subject.name == "welcome":
        own_words = _given(ask, given, 1)
        return _named(ask, own_words if len(own_words) > 1 else ["", *own_words])
    plan = await known_plan(ask, about)
    found = [_prices(ask, one) if subject.name == "price" else _days(ask, one) for one in _given(ask, given, 1)]
    own = msgspec.json.encode(plan.prices).decode() if subject.name == "price" else str(plan.trial_days)
    found = found if len(found) > 1 else [own, *found]
    for value in found:
        _check(ask, plan, subject, value)
    return _named(ask, found)


def _given(ask: Ask, given: Sequence[str], least: int) -> list[str]:
    found = [one for one in given if one]
    if len(found) < least:
        raise Refused(ask.say(N_("Say what is compared: a, and b (and c, d).")))
    return found


def _named(ask: Ask, values: Sequence[str]) -> dict[str, str]:
    if len(set(values)) < len(values):
        raise Refused(ask.say(N_("Two arms are the same: there is nothing to compare.")))
    return dict(zip(ARMS, values, strict=False))


def _wordings(ask: Ask, about: str, given: Sequence[str]) -> dict[str, str]:
    trigger = NAMED.get(about)
    if trigger is None or about == "campaign":
        raise Refused(ask.say(N_("There is no nudge called {name}. /nudges list shows them."), name=about or "–"))
    known = [one.name for one in trigger.variants]
    chosen = [one for one in given if one] or known
    strangers = [one for one in chosen if one not in known]
    if strangers or len(set(chosen)) < 2:
        raise Refused(ask.say(N_("The wordings of {name} are: {known}."), name=about, known=", ".join(known)))
    return {one: one for one in chosen}


async def _coupons(ask: Ask, about: str, given: Sequence[str]) -> dict[str, str]:
    if about != OFFERED:
        raise Refused(ask.say(N_("A coupon stands in the nudge {name} only."), name=OFFERED))
    codes = [coupons.normal(one) for one in _given(ask, given, 2)]
    for code in codes:
        if await ask.app.store.read(coupons.find, ask.community.id, code) is None:
            raise Refused(ask.say(N_("There is no coupon {code}. /coupon create makes one."), code=code))
    return _named(ask, codes)


def _prices(ask: Ask, text: str) -> str:
    return msgspec.json.encode(read_prices(ask, text)).decode()


def _days(ask: Ask, text: str) -> str:
    if not text.isdecimal() or not 0 <= int(text) <= 365:
        raise Refused(ask.say(N_("A trial has 0 to 365 days.")))
    return str(int(text))


def _check(ask: Ask, plan: Plan, subject: Subject, value: str) -> None:
    try:
        tested = applied(plan, subject.name, value)
    except ValueError as error:
        raise Refused(ask.say(N_("That does not go together: {why}"), why=str(error))) from error
    if tested.prices and not ask.till.counter.ways(tested):
        raise Refused(ask.say(N_("Nobody could pay that: no provider takes it. /doctor says how to connect one.")))
