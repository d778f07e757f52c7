"""What the standing hold-outs of nudges, and those of campaigns, say so far."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import BigInteger, Connection, select, type_coerce

from bot.engine.experiments import sampling
from bot.engine.experiments.assignment import unit
from bot.engine.experiments.judge import Design, Judgement, judge
from bot.engine.nudges.decision import split
from bot.engine.rules import Rules
from bot.storage.exposures import HELD, SENT, Asked, Exposed, Uplift, data, decided
from bot.storage.nudges import NUDGES
from bot.storage.outcomes import OUTCOMES, PAST, Active
from bot.storage.rulebook import RULEBOOKS
from bot.storage.tables import instant, micros

WANTED: dict[str, tuple[str, int]] = {
    "payment_check": ("renewed", 14),
    "receipt": ("renewed", 14),
    "course": ("finished", 14),
    "recommendation": ("finished", 14),
    "streak": ("active", 7),
    "win_back": ("paid", 28),
    "win_back_offer": ("paid", 28),
    "campaign": ("active", 14),
}
"""{nudge: (what it is for, in how many days)}; all others are for being active again within 14."""
USUALLY = ("active", 14)
TOGETHER = ("active", 28)
LONGEST = max(days for _, days in (*WANTED.values(), USUALLY, TOGETHER))
CAMPAIGN = "campaign"

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
_DAY = timedelta(days=1) // timedelta(microseconds=1)


class _Kinds:
    """All that was decided upon about the nudges of a community, and its members' active days: each read once."""

    def __init__(self, connection: Connection, community: int) -> None:
        c = NUDGES.c
        query = select(c.nudge, c.member_id, c.arm, type_coerce(c.decided_at, BigInteger))
        query = query.where(c.community_id == community, c.arm != "").order_by(c.decided_at, c.id)
        self._first: dict[str, dict[int, tuple[str, int]]] = {}
        self.all: list[tuple[int, int]] = []
        for nudge, member, arm, at in connection.execute(query).all():
            self._first.setdefault(nudge, {}).setdefault(member, (arm, at))
            self.all.append((member, at))
        days = [at // _DAY + _BEGINNING for _, at in (*self.all[:1], *self.all[-1:])] or [0]
        self.active = Active(connection, community, days[0] - PAST, days[-1] + LONGEST)

    @property
    def names(self) -> list[str]:
        """The kinds, of which campaigns are none."""
        return sorted(self._first.keys() - {CAMPAIGN})

    def of(self, nudge: str, without: Collection[int]) -> Exposed:
        """Each member's first decision about a kind, but for some members."""
        first = self._first[nudge].items()
        return [(member, arm, instant(at)) for member, (arm, at) in first if member not in without]


def holdouts(connection: Connection, community: int, rules: Rules, now: datetime) -> list[Uplift]:
    """Each kind of nudge that was ever decided upon, against its standing hold-out; campaigns are not among them.

    Where some members get no nudge at all, they are left out of these, and what all nudges do together comes first.
    """
    kinds = _Kinds(connection, community)
    none, some = shares(connection, community, rules, "universal"), shares(connection, community, rules, "holdout")
    without = {member for member, _ in set(kinds.all)} if none[1] else set[int]()
    without = {member for member in without if _unit(community, member) < none[1]}
    asked = Asked(connection, community, rules, now, kinds.active)
    found = [_together(asked, kinds)] if rules.nudges.universal else []
    for nudge in kinds.names:
        wanted = WANTED.get(nudge, USUALLY)
        judged = _held(asked, kinds.of(nudge, without), wanted, some, split(community, nudge, ""))
        found.append(Uplift(name=nudge, outcome=wanted[0], days=wanted[1], judgement=judged))
    return found


def _unit(community: int, member: int) -> float:
    """Where a member stands between 0 and 1 by what splits off those who get no nudge at all."""
    return unit(f"nudges:{community}", member)


def _together(asked: Asked, kinds: _Kinds) -> Uplift:
    """All nudges: whoever met any of them, since this part of the members gets none, against those who get none."""
    connection, community, rules, now, _ = asked
    share, since = rules.nudges.universal, _set_at(connection, community, rules, "universal")
    first: dict[int, int] = {}
    for member, at in kinds.all:
        if since is None or at >= micros(since):
            first.setdefault(member, at)
    placed = [(member, HELD if _unit(community, member) < share else SENT, instant(at)) for member, at in first.items()]
    known = OUTCOMES[TOGETHER[0]]
    weights = {HELD: share, SENT: 1 - share}
    design = Design(weights=weights, control=HELD, worth=known.worth, rate=known.rate)
    found = data(asked, placed, design.arms, TOGETHER)
    return Uplift(name="", outcome=TOGETHER[0], days=TOGETHER[1], judgement=judge(design, found, now.toordinal()))


def _set_at(connection: Connection, community: int, rules: Rules, name: str) -> datetime | None:
    """Since when a share is what it is, by the community's rulebook; None where that never changed it."""
    c = RULEBOOKS.c
    query = select(c.data, c.at).where(c.community_id == community, c.undone_at.is_(None)).order_by(c.id.desc())
    found = None
    for own, at in connection.execute(query):
        if msgspec.json.decode(own).get("nudges", {}).get(name) != getattr(rules.nudges, name):
            break
        found = at
    return found


def of_campaign(
    connection: Connection,
    community: int,
    about: str,
    share: float,
    wanted: tuple[str, int],
    rules: Rules,
    now: datetime,
) -> Judgement:
    """A campaign against its hold-out."""
    none = shares(connection, community, rules, "universal")[1]
    seen = [one for one in decided(connection, community, CAMPAIGN, about) if _unit(community, one[0]) >= none]
    asked = Asked(connection, community, rules, now)
    return _held(asked, seen, wanted, (share, share), split(community, CAMPAIGN, about))


def _held(asked: Asked, seen: Exposed, wanted: tuple[str, int], between: tuple[float, float], salted: str) -> Judgement:
    outcome, _ = wanted
    low, high = between
    share = min(max(high, 0.01), 0.99)
    if low != high:  # it was changed meanwhile: what was drawn then is not known, only what it was
        held = sum(arm == HELD for _, arm, _ in seen)
        share = min(max(held / max(len(seen), 1), 0.01), 0.99)
    drawn = [(arm, unit(salted, member)) for member, arm, _ in seen]
    misplaced = sum((arm == HELD and place >= high) or (arm == SENT and place < low) for arm, place in drawn)
    known = OUTCOMES[outcome]
    design = Design(weights={HELD: share, SENT: 1 - share}, control=HELD, worth=known.worth, rate=known.rate)
    checked = sampling.Split(misplaced=misplaced, of=len(seen))
    found = data(asked, seen, design.arms, wanted)
    return judge(design, found, asked.now.toordinal(), checked)


def shares(connection: Connection, community: int, rules: Rules, name: str) -> tuple[float, float]:
    """The smallest and the largest hold-out that a community ever had by its rules: `holdout` or `universal`."""
    found: set[float] = {getattr(rules.nudges, name)}
    c = RULEBOOKS.c
    for own in connection.scalars(select(c.data).where(c.community_id == community, c.data.contains(f'"{name}"'))):
        share = msgspec.json.decode(own).get("nudges", {}).get(name)
        if isinstance(share, int | float):
            found.add(float(share))
    return min(found), max(found)
