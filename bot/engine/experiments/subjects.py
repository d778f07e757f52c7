"""What can be tested, and how a member's arm is applied to it. A new subject is one entry of `SUBJECTS`.

A value is the text of an arm: a wording's name, a coupon's code, prices, days, or words.
"""

from collections.abc import Callable
from typing import Literal

import msgspec

from bot.engine.rules import Plan, check_plan
from bot.engine.strict import Cost, Currency
from bot.words import N_, Word, replace

OWN_WORDS = "own_words"
"""The value of a nudge that stands in the place of its wording: the creator's words of an arm."""
Of = Literal["nudge", "plan", ""]
Change = Callable[[Plan, str], Plan]


class Subject(Word, frozen=True):
    """Something to test: its `name`, `title`, and what it is a property of.

    Members are exposed when a nudge of theirs is decided upon (`of` nudge or welcome), or when they are first offered
    the plan. What is tested of a plan is applied to it by `change`. `outcome` is looked at `days` after. Only a subject
    that is `free` to move between arms may be adaptive: it takes nothing from whoever is in the worse one.
    """

    name: str
    title: str
    of: Of
    outcome: str
    days: int
    change: Change | None = None
    free: bool = False


def prices(text: str) -> dict[str, int]:
    """The prices of an arm. Raises msgspec.ValidationError."""
    return msgspec.json.decode(text, type=dict[Currency, Cost])


def _price(plan: Plan, value: str) -> Plan:
    """Other prices in the currencies that are tested; in others it costs what it did."""
    return replace(plan, prices={**plan.prices, **prices(value)})


def _trial(plan: Plan, value: str) -> Plan:
    return replace(plan, trial_days=int(value))


SUBJECTS: dict[str, Subject] = {
    one.name: one
    for one in (
        Subject(name="wording", title=N_("The wording of a nudge"), of="nudge", outcome="active", days=7, free=True),
        Subject(name="offer", title=N_("The coupon in a nudge"), of="nudge", outcome="paid", days=14),
        Subject(name="price", title=N_("The price of a plan"), of="plan", outcome="revenue", days=28, change=_price),
        Subject(name="trial", title=N_("The length of a trial"), of="plan", outcome="paid", days=45, change=_trial),
        Subject(name="welcome", title=N_("The words of welcome"), of="", outcome="active", days=28),
    )
}


def applied(plan: Plan, subject: str, value: str) -> Plan:
    """A plan as an arm has it. Raises ValueError where that does not go together."""
    change = SUBJECTS[subject].change
    if change is None:
        return plan
    found = change(plan, value)
    check_plan(found)
    return found
