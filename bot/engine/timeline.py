"""What a subscription was, and when: the spans between the truths told of it and the dates they name."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from bot.engine.membership import OPEN, Phase, ends_at, phase
from bot.engine.rules import Rules
from bot.sales import Subscription, newer
from bot.words import Word, replace


class Span(Word, frozen=True):
    """From `start` on, to the next span, a subscription is in this phase by this truth."""

    start: datetime
    phase: Phase
    truth: Subscription

    @property
    def pays(self) -> bool:
        """Whether it is recurring revenue: see the definition of MRR in `bot/figures.py`.

        A trial is not, nor what costs nothing; a pause is, unless it is that of a trial that nobody ever paid.
        """
        one = self.truth
        if not one.months or not one.price.amount or one.status == "trialing":
            return False
        if self.phase is Phase.PAUSED:
            return one.until is None or one.until not in (one.since, one.trial_until)
        return self.phase in (Phase.ACTIVE, Phase.CANCELLED, Phase.GRACE)

    @property
    def tries(self) -> bool:
        """Whether it is a trial under way."""
        return self.truth.status == "trialing" and self.phase in OPEN


def timeline(truths: Iterable[Subscription], rules: Rules) -> tuple[Span, ...]:
    """The spans of one subscription, oldest first, from all that was told of it (at least one truth).

    Before the first truth it was, since it began, as it was then told: news came late, or it was imported.
    """
    told: dict[datetime, Subscription] = {}
    for one in truths:
        known = told.get(one.as_of)
        told[one.as_of] = one if known is None else newer(known, one)
    turns = sorted(told.items())
    start, first = turns[0]
    before = _before(first)
    turns = [*before, *([(start, first)] if not before or before[-1][0] < start else []), *turns[1:]]
    spans: list[Span] = []
    for (begins, one), follows in zip(turns, [*[at for at, _ in turns[1:]], None], strict=True):
        spans += _spans(begins, one, follows, rules)
    return tuple(spans)


def _before(first: Subscription) -> list[tuple[datetime, Subscription]]:
    """What is taken to have been before the first truth was told."""
    if first.since >= first.as_of:
        return []
    trial = first.trial_until
    if trial is None or first.status == "trialing" or not first.since < trial <= first.as_of:
        return [(first.since, first)]
    tried = replace(first, status="trialing", until=trial)
    return [(first.since, tried), (trial, first)]


def _spans(begins: datetime, one: Subscription, follows: datetime | None, rules: Rules) -> list[Span]:
    spans = [Span(start=begins, phase=phase(one, begins, rules), truth=one)]
    ends = ends_at(one, rules)
    if ends is not None and begins < ends and (follows is None or ends < follows):
        spans.append(Span(start=ends, phase=phase(one, ends, rules), truth=one))
    return spans


def at(spans: Sequence[Span], moment: datetime) -> Span | None:
    """The span a moment is in; None before the first."""
    return next((span for span in reversed(spans) if span.start <= moment), None)


def turns(spans: Sequence[Span], start: datetime, end: datetime) -> list[tuple[Span | None, Span]]:
    """(before, after) of each change after `start`, up to and with `end`."""
    return [(was, span) for was, span in pairwise((None, *spans)) if span is not None and start < span.start <= end]
