"""What the creator earns: figures about a period, from what was told of subscriptions and what is in the books.

Each figure is defined in words in `bot/figures.py`; the law of them all is
`subscriptions at the end = at the start + new + returned - churned`. Sums are exact until they are shown.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from bot.engine.membership import Phase
from bot.engine.money import Share, Total, monthly, rate, total
from bot.engine.rules import Rules
from bot.engine.timeline import Span, at, timeline, turns
from bot.sales import Payment, Price, Subscription
from bot.words import Word

MONTH = timedelta(days=30)
"""The month that churn is counted by."""


class Sold(Word, frozen=True):
    """One subscription: whose, and all that was ever told of it (at least one truth, in any order)."""

    member: int
    truths: tuple[Subscription, ...]


class Booked(Word, frozen=True):
    """Money that moved, and when."""

    at: datetime
    payment: Payment


class Line(Word, frozen=True):
    """The figures of one plan or provider: `subscriptions` and `mrr` at the end, the rest in the period."""

    name: str
    subscriptions: int
    mrr: Total
    gross: Total
    net: Total


class Moves(Word, frozen=True):
    """How many subscriptions did what in a period."""

    new: int = 0
    returned: int = 0
    churned: int = 0
    refunded: int = 0
    disputed: int = 0
    cancelled: int = 0
    failed: int = 0
    recovered: int = 0
    trials: int = 0
    converted: int = 0

    def __add__(self, other: "Moves") -> "Moves":
        """Those of both."""
        names = self.__struct_fields__
        return Moves(**{name: getattr(self, name) + getattr(other, name) for name in names})


class Revenue(Word, frozen=True):
    """All figures of a period; those without one are as at its `end`."""

    start: datetime
    end: datetime
    mrr: Total
    committed: Total
    one_off: Total
    revenue: Total
    gross: Total
    refunds: Total
    disputes: Total
    net: Total
    before: int
    subscriptions: int
    subscribers: int
    trialing: int
    moves: Moves
    arpu: Price | None
    churn: Fraction | None
    ltv: Price | None
    plans: tuple[Line, ...]
    providers: tuple[Line, ...]


def revenue(sold: Sequence[Sold], booked: Sequence[Booked], start: datetime, end: datetime, rules: Rules) -> Revenue:
    """The figures of the period after `start` up to and with `end`."""
    histories = [(one.member, timeline(one.truths, rules)) for one in sold]
    now = [(member, span) for member, spans in histories if (span := at(spans, end)) is not None]
    paying = [(member, span) for member, span in now if span.pays]
    before = [spans for _, spans in histories if _pays(spans, start)]
    churn = _churn(len(before), sum(_pays(spans, end) for spans in before), end - start)
    moved = [one for one in booked if start < one.at <= end]
    latest = {spans[-1].truth.id: spans[-1].truth for _, spans in histories}
    courses = [one for one in moved if not _recurs(one.payment, latest, rules)]
    mrr, one_off = _mrr(paying, rules), _net(courses, rules)
    rated = {member for member, span in paying if rate(span.truth.price.currency, rules.membership) is not None}
    arpu = Fraction(mrr.price.amount, len(rated)) if rated else None
    return Revenue(
        start=start,
        end=end,
        mrr=mrr,
        committed=_mrr([(member, span) for member, span in paying if _goes_on(span)], rules),
        one_off=one_off,
        revenue=mrr + one_off,
        gross=_sum(moved, "charge", rules),
        refunds=_sum(moved, "refund", rules),
        disputes=_sum(moved, "dispute", rules),
        net=_net(moved, rules),
        before=len(before),
        subscriptions=len(paying),
        subscribers=len({member for member, _ in paying}),
        trialing=sum(span.tries for _, span in now),
        moves=sum((movement(spans, start, end) for _, spans in histories), Moves()),
        arpu=_price(arpu, rules),
        churn=churn,
        ltv=_price(arpu / churn if arpu is not None and churn else None, rules),
        plans=_lines(paying, moved, lambda one: one.plan, lambda one: one.plan, rules),
        providers=_lines(paying, moved, lambda one: one.provider, lambda one: one.id.partition(":")[0], rules),
    )


def movement(spans: Sequence[Span], start: datetime, end: datetime) -> Moves:
    """What one subscription did in a period."""
    paid = any(span.pays for span in spans if span.start <= start)
    moves = Moves()
    for was, span in turns(spans, start, end):
        moves += _turn(was, span, paid=paid)
        paid = paid or span.pays
        if was is not None and was.tries and not span.tries:
            later = [one for one in spans if span.start <= one.start <= end]
            moves += Moves(trials=1, converted=int(any(one.pays for one in later)))
    return moves


def _turn(was: Span | None, span: Span, *, paid: bool) -> Moves:
    """What one change is: `paid` says whether the subscription ever paid before."""
    before = was is not None and was.pays
    fails = span.phase is Phase.GRACE and (was is None or was.phase is not Phase.GRACE)
    late = was is not None and was.truth.status == "past_due" and span.truth.status == "active"
    lost = before and not span.pays
    return Moves(
        new=int(span.pays and not before and not paid),
        returned=int(span.pays and not before and paid),
        churned=int(lost),
        refunded=int(lost and span.phase is Phase.REFUNDED),
        disputed=int(lost and span.phase is Phase.DISPUTED),
        cancelled=int(was is not None and before and span.pays and _goes_on(was) and not _goes_on(span)),
        failed=int(fails),
        recovered=int(late and span.pays),
    )


def _goes_on(span: Span) -> bool:
    """Whether it was not cancelled; what is paused is not, though nothing is charged meanwhile."""
    return span.truth.renews or span.phase is Phase.PAUSED


def _pays(spans: Sequence[Span], moment: datetime) -> bool:
    span = at(spans, moment)
    return span is not None and span.pays


def _churn(before: int, stayed: int, period: timedelta) -> Fraction | None:
    microsecond = timedelta(microseconds=1)
    return Fraction(before - stayed, before) * Fraction(MONTH // microsecond, period // microsecond) if before else None


def _mrr(paying: Iterable[tuple[int, Span]], rules: Rules) -> Total:
    return total([monthly(span.truth) for _, span in paying], rules.membership)


def _sum(moved: Iterable[Booked], kind: str, rules: Rules) -> Total:
    return total([_share(one) for one in moved if one.payment.kind == kind], rules.membership)


def _share(one: Booked) -> Share:
    return Fraction(one.payment.price.amount), one.payment.price.currency


def _net(moved: Sequence[Booked], rules: Rules) -> Total:
    return _sum(moved, "charge", rules) - _sum(moved, "refund", rules) - _sum(moved, "dispute", rules)


def _price(amount: Fraction | None, rules: Rules) -> Price | None:
    return None if amount is None else Price(amount=round(amount), currency=rules.membership.currency)


def _recurs(payment: Payment, latest: dict[str, Subscription], rules: Rules) -> bool:
    """Whether it was paid for something that recurs; so is what nothing more is known of."""
    known = latest.get(payment.subscription)
    if known is not None:
        return known.months > 0
    plan = rules.plan(payment.plan)
    return plan is None or plan.months > 0


def _lines(
    paying: Sequence[tuple[int, Span]],
    moved: Sequence[Booked],
    of_truth: Callable[[Subscription], str],
    of_payment: Callable[[Payment], str],
    rules: Rules,
) -> tuple[Line, ...]:
    names = {of_truth(span.truth) for _, span in paying} | {of_payment(one.payment) for one in moved}
    made = []
    for name in names:
        here = [(member, span) for member, span in paying if of_truth(span.truth) == name]
        booked = [one for one in moved if of_payment(one.payment) == name]
        made.append(
            Line(
                name=name,
                subscriptions=len(here),
                mrr=_mrr(here, rules),
                gross=_sum(booked, "charge", rules),
                net=_net(booked, rules),
            )
        )
    return tuple(sorted(made, key=lambda line: (-line.mrr.price.amount, -line.net.price.amount, line.name)))
