"""The purse: what changes no coins is no news of a day, and money given back takes its share of the coins."""

from bot.engine.decide import decide
from bot.engine.earning import Earning
from bot.engine.ledger import Entry, Past, Tally
from bot.engine.purse import coins
from bot.engine.rules import Rules
from bot.events import ItemBought, PaymentReceived, PaymentReturned, PointsAdjusted, member_account
from bot.sales import Payment, Price
from bot.state import Engagement, MemberState, Purse
from bot.storage.replay import Fold
from bot.words import replace
from tests.conftest import START

ANN = member_account(1, 1)


def test_coins_set_to_what_they_are_book_nothing(shipped: Rules) -> None:
    state = MemberState(purse=Purse(extra=7))
    same = PointsAdjusted(key="xp:a:1", at=START, who=ANN, what="coins", to=7, why="to be sure", actor="Cy")
    decision = decide(same, state, shipped, Past(before=state))
    assert (decision.state.purse, decision.entries) == (Purse(extra=7), ())


def test_what_costs_nothing_is_not_booked(shipped: Rules) -> None:
    free = ItemBought(key="shop:a", at=START, who=ANN, item="air", price=0)
    assert decide(free, MemberState(), shipped).entries == ()


def test_a_purchase_holds_whatever_a_point_brings_by_other_rules(shipped: Rules) -> None:
    """What was handed over is not paid back by a change of the rules: the purse is overdrawn instead."""
    state = MemberState(engagement=Engagement(points=1_000))
    bought = ItemBought(key="shop:a", at=START, who=ANN, item="vip", price=60)
    poor = replace(shipped, shop=replace(shipped.shop, coins_per_point=0.01))
    for rules, left in ((shipped, 40), (poor, -50)):
        decision = decide(bought, state, rules, Past(before=state))
        assert ([one.coins for one in decision.entries], coins(decision.state, rules)) == ([-60], left)


def paid(rules: Rules, worth: int, *moves: int) -> tuple[list[Entry], int]:
    """What charges (above 0) and refunds (below) of one subscription come to: the ledger, and the coins."""
    fold = Fold(replace(rules, earn=replace(rules.earn, purchase=Earning(points=worth))))
    for number, amount in enumerate(moves):
        kind = PaymentReceived if amount > 0 else PaymentReturned
        money = Payment(
            id=f"stripe:{number}",
            kind="charge" if amount > 0 else "refund",
            subscription="stripe:sub",
            plan="pro",
            price=Price(amount=abs(amount), currency="usd"),
        )
        fold.hear(kind(key=f"paid:{number}", at=START, who=ANN, payment=money), answers=False)
    assert list(fold.done().days.values()) == [Tally()]  # coins are of no day
    return fold.entries, fold.state.purse.extra


def test_money_given_back_takes_its_share_of_the_coins(shipped: Rules) -> None:
    assert paid(shipped, 10, 900, -450)[1] == 5
    for parts in ([-900], [-300] * 3, [-1, -1, -898], [-899, -1], [-900, -900]):
        assert paid(shipped, 10, 900, *parts)[1] == 0
    rounded = [paid(shipped, 10, 900, *[-89] * times)[1] for times in range(1, 11)]
    assert rounded == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]  # ⌊10 · 89n/900⌋ are gone: 0, 1, 2, …


def test_more_than_the_last_payment_goes_on_with_the_one_before(shipped: Rules) -> None:
    booked, left = paid(shipped, 10, 900, 600, -300, -600)
    assert [(one.coins, one.undoes, one.note) for one in booked] == [
        (10, "", "900 usd"),
        (10, "", "600 usd"),
        (-5, "paid:1", "300 usd"),
        (-5, "paid:1", "300 usd"),
        (-3, "paid:0", "300 usd"),
    ]
    assert left == 7


def test_money_given_back_in_another_currency_takes_nothing(shipped: Rules) -> None:
    euros = Payment(id="e", kind="refund", subscription="s", plan="pro", price=Price(amount=900, currency="eur"))
    back = PaymentReturned(key="back", at=START, who=ANN, payment=euros)
    dollars = Entry(key="in", way="purchase", day=1, at=START, coins=10, of="s", note="900 usd")
    was = MemberState(purse=Purse(extra=10))
    assert decide(back, was, shipped, Past(before=was, hung=(dollars,))).state is was
