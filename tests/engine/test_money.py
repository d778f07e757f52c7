"""What is left to be given back of each charge."""

from hypothesis import given
from hypothesis import strategies as st

from bot.engine.money import unreturned
from bot.sales import Payment, Price


def moved(name: str, kind: str, amount: int, of: str = "", subscription: str = "sub") -> Payment:
    price = Price(amount=amount, currency="usd")
    return Payment(id=name, kind=kind, subscription=subscription, plan="pro", price=price, of=of)  # type: ignore[arg-type]


def left(*payments: Payment) -> list[tuple[str, int]]:
    return [(one.id, one.price.amount) for one in unreturned(payments)]


def test_a_refund_is_of_the_charge_that_it_names() -> None:
    first, second = moved("may", "charge", 900), moved("june", "charge", 900)
    assert left(first, second, moved("r", "refund", 900, "may")) == [("june", 900)]
    assert left(first, second, moved("r", "refund", 300, "june")) == [("may", 900), ("june", 600)]
    parts = [moved("r1", "refund", 300, "june"), moved("r2", "refund", 600, "june")]
    assert left(first, second, *parts) == [("may", 900)]


def test_money_that_came_again_can_be_given_back_again() -> None:
    charge, asked_back = moved("may", "charge", 900), moved("d", "dispute", 900, "may")
    assert left(charge, asked_back) == []
    assert left(charge, asked_back, moved("d:back", "charge", 900, "may")) == [("may", 900)]


def test_of_old_books_a_refund_is_of_the_latest_charge_of_its_subscription() -> None:
    charges = moved("may", "charge", 900), moved("june", "charge", 900), moved("x", "charge", 500, subscription="other")
    assert left(*charges, moved("r", "refund", 900)) == [("may", 900), ("x", 500)]
    assert left(*charges, moved("r", "refund", 900), moved("q", "refund", 900)) == [("x", 500)]
    assert left(moved("r", "refund", 900)) == []


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 900)), max_size=20))
def test_never_more_is_left_than_came_less_what_went(returns: list[tuple[int, int]]) -> None:
    charges = [moved(f"c{n}", "charge", 1_000) for n in range(5)]
    back = [moved(f"r{n}", "refund", amount, f"c{of}") for n, (of, amount) in enumerate(returns)]
    went = {n: sum(amount for of, amount in returns if of == n) for n in range(5)}
    assert left(*charges, *back) == [(f"c{n}", 1_000 - went[n]) for n in range(5) if went[n] < 1_000]
