"""The purse: coins to spend. They come with points earned by taking part, and spending them lowers no rank."""

from collections.abc import Sequence
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
from bot.sales import Price
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
    """Spend, refund and be given; what costs nothing is not booked.

    A purchase is booked whatever is in the purse, which may be overdrawn by it: whether it holds is decided once, by
    the shop before it hands over (`bot/till/market.py`), and by no other rules later.
    """
    was = state.purse
    match event:
        case ItemBought() if event.price > 0:
            entry = _entry(event, state, rules, way=BOUGHT, coins=-event.price, of=event.key, note=event.item)
            return replace(was, spent=was.spent + event.price), (entry,)
        case ItemReturned() | AdjustmentUndone():
            return _back(event, state, [one for one in past.standing if one.coins])
        case PaymentReceived() if worth := amount(event.payment.id, rules.earn.purchase):
            paid = event.payment
            entry = _entry(
                event, state, rules, way=PURCHASE, coins=worth, of=paid.subscription, note=money_written(paid.price)
            )
            return replace(was, extra=was.extra + worth), (entry,)
        case PaymentReturned():
            gone = _returned(event, past.hung)
            return (replace(was, extra=was.extra + sum([one.coins for one in gone])), gone) if gone else (was, ())
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


def money_written(price: Price) -> str:
    """How an entry notes what was paid, or given back: '900 usd', in minor units."""
    return f"{price.amount} {price.currency}"


def money_noted(note: str) -> Price | None:
    """What an entry notes, if it is money."""
    amount, _, currency = note.partition(" ")
    return Price(amount=int(amount), currency=currency) if amount.isdecimal() and currency else None


def _returned(event: PaymentReturned, hung: Sequence[Entry]) -> tuple[Entry, ...]:
    """What money given back takes along, of the latest payments first: of each as great a share as of its money.

    A payment's share is that of all that was ever given back of it, rounded down, so that it does not matter in how
    many parts that came, and all of the money takes all of the coins.
    """
    left, made = event.payment.price, list[Entry]()
    for paid in reversed([one for one in hung if one.way == PURCHASE and not one.undoes]):
        price = money_noted(paid.note)
        if price is None or price.currency != left.currency:
            continue
        before = [one for one in hung if one.way == PURCHASE and one.undoes == paid.key]
        gone = sum([back.amount for back in map(money_noted, [one.note for one in before]) if back])
        now = min(left.amount, price.amount - gone)
        if now <= 0:
            continue
        left = replace(left, amount=left.amount - now)
        coins = paid.coins * (gone + now) // price.amount + sum([one.coins for one in before])
        note = money_written(replace(price, amount=now))
        made.append(replace(paid, key=event.key, at=event.at, coins=-coins, undoes=paid.key, note=note))
    return tuple(made)


def _back(event: Event, state: MemberState, gone: list[Entry]) -> tuple[Purse, tuple[Entry, ...]]:
    was = state.purse
    for entry in gone:
        was = (
            replace(was, spent=was.spent + entry.coins)
            if entry.way == BOUGHT
            else replace(was, extra=was.extra - entry.coins)
        )
    return was, tuple([replace(one, key=event.key, at=event.at, coins=-one.coins, undoes=one.key) for one in gone])
