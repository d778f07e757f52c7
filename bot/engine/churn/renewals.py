"""What was due and whether it was renewed, from the truths that providers told: the material of the target *lapsed*."""

from collections.abc import Iterable, Sequence
from functools import reduce

import numpy as np

from bot.engine.activity import Ints, micros
from bot.engine.churn.snapshots import GRACE, LEAD, Dues
from bot.sales import Subscription, newer
from bot.words import Word, replace

PAID = ("active", "past_due")
"""Statuses in which `until` is the end of a paid period. The end of a trial is none: it is asked elsewhere."""


class Due(Word, frozen=True):
    """A paid period of a member from `begins` to `at`, renewed at `renewed` (-1: not). Microseconds since 1970."""

    member: int
    begins: int
    at: int
    renewed: int = -1


def dues(sold: Iterable[tuple[int, Sequence[Subscription]]]) -> Dues:
    """All paid periods of (member, all that was told of one subscription) pairs, in the order they were due.

    A period counts where the plan recurs. Renewed is a period when the same subscription was later told to be paid for
    longer, or when another of the member's reached over its end within the grace: whoever changes the plan did renew.
    """
    found: dict[int, list[Due]] = {}
    for member, truths in sold:
        found.setdefault(member, []).extend(_periods(member, truths))
    settled = sorted((one for mine in found.values() for one in _bridged(mine)), key=lambda one: (one.at, one.member))
    return Dues(
        member=np.array([one.member for one in settled], np.int64),
        due=np.array([one.at for one in settled], np.int64),
        renewed=np.array([one.renewed for one in settled], np.int64),
    )


def _periods(member: int, truths: Sequence[Subscription]) -> list[Due]:
    told: dict[int, Subscription] = {}
    for one in truths:
        known = told.get(micros(one.as_of))
        told[micros(one.as_of)] = one if known is None else newer(known, one)
    found: list[Due] = []
    for at, one in sorted(told.items()):
        if one.status not in PAID or not one.months or one.until is None or one.until == one.trial_until:
            continue
        until = micros(one.until)
        if found and until <= found[-1].at:
            continue
        begins = micros(one.since)
        if found:
            begins = found[-1].at
            found[-1] = replace(found[-1], renewed=at)
        found.append(Due(member=member, begins=begins, at=until))
    return found


def _bridged(mine: list[Due]) -> list[Due]:
    """A member's periods; one that another was there to take over from is renewed, when that one began."""
    return [one if one.renewed >= 0 else replace(one, renewed=_taken_over(one, mine)) for one in mine]


def _taken_over(one: Due, mine: list[Due]) -> int:
    """When the first of the others that reach over the end of this one, and began in time, did begin; else -1."""
    return min((other.begins for other in mine if other.begins <= one.at + GRACE and other.at > one.at), default=-1)


def ending(sold: Iterable[tuple[int, Sequence[Subscription]]], now: int) -> frozenset[int]:
    """The members of whom something that recurs ends within `LEAD` and was cancelled: it will not renew."""
    found = set()
    for member, truths in sold:
        last = reduce(newer, truths)
        soon = last.until is not None and now - GRACE < micros(last.until) <= now + LEAD
        if soon and last.status in PAID and last.months and not last.renews:
            found.add(member)
    return frozenset(found)


def upcoming(known: Dues, now: int) -> Ints:
    """The indices of the periods that are to be judged now: due within `LEAD`, not over for longer than `GRACE`."""
    soon = (known.due > now - GRACE) & (known.due <= now + LEAD) & (known.renewed < 0)
    return np.flatnonzero(soon)
