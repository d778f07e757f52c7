"""The purse: coins to spend. They come with points earned by taking part, and spending them lowers no rank."""

from fractions import Fraction

from bot.effects import Effect
from bot.engine.days import day_of
from bot.engine.ledger import Entry, Past
from bot.engine.points import amount, zone_of
from bot.engine.rules import Rules
from bot.events import (
    AdjustmentUndone,
    Event,
    ItemBought,
    ItemReturned,
    PaymentReceived,
    PaymentReturned,
    PointsAdjusted,
)
from bot.state import MemberState, Purse
from bot.words import replace

BOUGHT, PURCHASE, GIVEN = "bought", "purchase", "adjusted_coins"
"""How entries are called that change the purse alone: the shop's, those of payments, and those a creator made."""


def coins(state: MemberState, rules: Rules) -> int:
    """What is in the purse: a share of the points earned by taking part, and extras, less what was spent."""
    share = Fraction(str(rules.shop.coins_per_point))
    return (
        int((state.engagement.points - state.engagement.adjusted) * share // 1) + state.purse.extra - state.purse.spent
    )


def pay(event: Event, state: MemberState, rules: Rules, past: Past) -> tuple[Purse, tuple[Effect | Entry, ...]]:
    """Spend, refund and be given; what is not in the purse can't be spent, and what costs nothing is not booked."""
    was = state.purse
    match event:
        case ItemBought() if 0 < event.price <= coins(state, rules):
            entry = _entry(event, state, rules, way=BOUGHT, coins=-event.price, of=event.key, note=event.item)
            return replace(was, spent=was.spent + event.price), (entry,)
        case ItemReturned() | AdjustmentUndone():
            return _back(event, state, [one for one in past.standing if one.coins])
        case PaymentReceived() if worth := amount(event.payment.id, rules.earn.purchase):
            entry = _entry(event, state, rules, way=PURCHASE, coins=worth, of=event.payment.subscription)
            return replace(was, extra=was.extra + worth), (entry,)
        case PaymentReturned():
            return _back(event, state, [one for one in past.standing if one.way == PURCHASE][-1:])
        case PointsAdjusted(what="coins"):
            change = event.by if event.by is not None else (event.to or 0) - coins(state, rules)
            if not change:
                return was, ()
            entry = _entry(event, state, rules, way=GIVEN, coins=change, of=event.key, note=event.why, by=event.actor)
            return replace(was, extra=was.extra + change), (entry,)
        case _:
            return was, ()


def _entry(
    event: Event, state: MemberState, rules: Rules, *, way: str, coins: int, of: str, note: str = "", by: str = ""
) -> Entry:
    day = day_of(event.at, zone_of(state, rules))
    return Entry(key=event.key, way=way, day=day, at=event.at, coins=coins, of=of, note=note, by=by)


def _back(event: Event, state: MemberState, gone: list[Entry]) -> tuple[Purse, tuple[Entry, ...]]:
    was = state.purse
    for entry in gone:
        was = (
            replace(was, spent=was.spent + entry.coins)
            if entry.way == BOUGHT
            else replace(was, extra=was.extra - entry.coins)
        )
    return was, tuple([replace(one, key=event.key, at=event.at, coins=-one.coins, undoes=one.key) for one in gone])
