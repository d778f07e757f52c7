"""The purse: what changes no coins is no news of a day."""

from bot.engine.decide import decide
from bot.engine.ledger import Past
from bot.engine.rules import Rules
from bot.events import ItemBought, PointsAdjusted, member_account
from bot.state import MemberState, Purse
from tests.conftest import START

ANN = member_account(1, 1)


def test_coins_set_to_what_they_are_book_nothing(shipped: Rules) -> None:
    state = MemberState(purse=Purse(extra=7))
    same = PointsAdjusted(key="xp:a:1", at=START, who=ANN, what="coins", to=7, why="to be sure", actor="Cy")
    decision = decide(same, state, shipped, Past(before=state))
    assert (decision.state.purse, decision.entries) == (Purse(extra=7), ())


def test_what_costs_nothing_can_not_be_bought(shipped: Rules) -> None:
    free = ItemBought(key="shop:a", at=START, who=ANN, item="air", price=0)
    assert decide(free, MemberState(), shipped).entries == ()
