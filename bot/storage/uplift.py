"""What experiments, campaigns and the hold-outs of nudges say so far: exposures and outcomes as arrays, judged.

A member counts once, by the first time they were decided upon, whatever reached them afterwards (intention to treat):
who was to get a nudge and could not be reached is compared with who was held back and could not have been either.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import BigInteger, Connection, func, select, type_coerce

from bot.effects import Alert
from bot.engine.experiments import sampling, thompson
from bot.engine.experiments.assignment import unit
from bot.engine.experiments.harm import harmful
from bot.engine.experiments.judge import Data, Design, Judgement, judge, rows
from bot.engine.nudges.decision import split
from bot.engine.rules import Rules
from bot.events import member_account
from bot.storage import members, outbox
from bot.storage.experiments import Experiment, exposed, learned, running, stop
from bot.storage.ledger import Seat
from bot.storage.nudges import NUDGES
from bot.storage.outcomes import OUTCOMES, PAST, Active, Exposures, Window, around, before, harmed
from bot.storage.rulebook import RULEBOOKS
from bot.storage.tables import instant, micros
from bot.words import Word

HELD, SENT = "held", "sent"
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
PLANS = ("price", "trial")
"""Subjects that members are exposed to by being offered a plan."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
_DAY = timedelta(days=1) // timedelta(microseconds=1)

Exposed = Sequence[tuple[int, str, datetime]]
"""(member, arm, since when)."""


class Uplift(Word, frozen=True):
    """What is known of something: it is for `outcome` in `days`, and what the comparison says. `harm` is an arm."""

    name: str
    outcome: str
    days: int
    judgement: Judgement
    harm: str = ""


class _Asked(NamedTuple):
    """Of which community, by which rules and when is asked, and what was read already of its members' active days."""

    connection: Connection
    community: int
    rules: Rules
    now: datetime
    active: Active | None = None


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
    asked = _Asked(connection, community, rules, now, kinds.active)
    found = [_together(asked, kinds)] if rules.nudges.universal else []
    for nudge in kinds.names:
        wanted = WANTED.get(nudge, USUALLY)
        judged = _held(asked, kinds.of(nudge, without), wanted, some, split(community, nudge, ""))
        found.append(Uplift(name=nudge, outcome=wanted[0], days=wanted[1], judgement=judged))
    return found


def _unit(community: int, member: int) -> float:
    """Where a member stands between 0 and 1 by what splits off those who get no nudge at all."""
    return unit(f"nudges:{community}", member)


def _together(asked: _Asked, kinds: _Kinds) -> Uplift:
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
    found = _data(asked, placed, design.arms, TOGETHER)
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
    asked = _Asked(connection, community, rules, now)
    return _held(asked, seen, wanted, (share, share), split(community, CAMPAIGN, about))


def _held(
    asked: _Asked, seen: Exposed, wanted: tuple[str, int], between: tuple[float, float], salted: str
) -> Judgement:
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
    found = _data(asked, seen, design.arms, wanted)
    return judge(design, found, asked.now.toordinal(), checked)


def decided(connection: Connection, community: int, nudge: str = "", about: str | None = None) -> Exposed:
    """Each member's first decision about a nudge (any of them, without a name): sent or held."""
    c = NUDGES.c
    where = [c.community_id == community, c.arm != ""]
    if nudge:
        where.append(c.nudge == nudge)
    if about is not None:
        where.append(c.about == about)
    query = select(c.member_id, c.arm, c.decided_at).where(*where).order_by(c.decided_at, c.id)
    return _first((member, arm, at) for member, arm, at in connection.execute(query))


def _first(all_: Iterable[tuple[int, str, datetime]]) -> Exposed:
    found: dict[int, tuple[int, str, datetime]] = {}
    for one in all_:
        found.setdefault(one[0], one)
    return list(found.values())


def _data(asked: _Asked, seen: Exposed, arms: Sequence[str], wanted: tuple[str, int]) -> Data:
    """Exposures with what became of each member in the window, and what was known of them before."""
    outcome, days = wanted
    kept = [one for one in seen if one[1] in arms]
    since: Exposures = {member: at for member, _, at in kept}
    connection, community, rules, _, active = asked
    window = Window(connection, community, since, days, rules, active or around(connection, community, since, days))
    did, was = OUTCOMES[outcome].look(window), before(window)
    return rows(
        [arms.index(arm) for _, arm, _ in kept],
        [at.toordinal() + days + 1 for _, _, at in kept],
        [did.get(member, 0.0) for member, _, _ in kept],
        [was.get(member, 0.0) for member, _, _ in kept],
    )


def shares(connection: Connection, community: int, rules: Rules, name: str) -> tuple[float, float]:
    """The smallest and the largest hold-out that a community ever had by its rules: `holdout` or `universal`."""
    found: set[float] = {getattr(rules.nudges, name)}
    c = RULEBOOKS.c
    for own in connection.scalars(select(c.data).where(c.community_id == community, c.data.contains(f'"{name}"'))):
        share = msgspec.json.decode(own).get("nudges", {}).get(name)
        if isinstance(share, int | float):
            found.add(float(share))
    return min(found), max(found)


# ---------------------------------------------------------------------- experiments


def of_experiment(connection: Connection, one: Experiment, rules: Rules, now: datetime) -> Uplift:
    """What an experiment says, and whether an arm harms: of those exposed while it ran.

    When the test of a plan is over everybody has the same price again, so it says what was known on its last day.
    """
    seen = exposures(connection, one)
    arms = one.design.arms
    terms = one.terms
    counted = [row for row in seen if not terms.adaptive or thompson.evenly(one.salt, row[0], len(terms.weights))]
    asked = _Asked(connection, one.community, rules, now)
    found = _data(asked, counted, arms, (terms.outcome, terms.days))
    checked = _split(connection, one, seen)
    last = min(now, one.stopped_at) if one.stopped_at and one.subject in PLANS else now
    judged = judge(one.design, found, last.toordinal(), checked)
    return Uplift(
        name=one.name,
        outcome=terms.outcome,
        days=terms.days,
        judgement=judged,
        harm=harm(connection, one, seen),
    )


def exposures(connection: Connection, one: Experiment) -> Exposed:
    """Who was exposed to an experiment, in which arm, since when: by its nudges, or by what they were offered."""
    if one.subject in PLANS:
        return exposed(connection, one.id)
    c = NUDGES.c
    nudge = "welcome" if one.subject == "welcome" else one.about
    query = (
        select(c.member_id, c.variant, c.decided_at)
        .where(c.community_id == one.community, c.nudge == nudge, c.arm == SENT, c.decided_at >= one.begun_at)
        .order_by(c.decided_at, c.id)
    )
    if one.stopped_at is not None:
        query = query.where(c.decided_at <= one.stopped_at)
    words = one.subject == "wording"
    return _first(
        (member, variant if words else one.arm(member), at) for member, variant, at in connection.execute(query)
    )


def harm(connection: Connection, one: Experiment, seen: Exposed) -> str:
    """The arm in which more were refunded or complained than in the control; '' for none."""
    by_arm = {arm: {member: at for member, own, at in seen if own == arm} for arm in one.design.arms}
    hurt = {arm: len(harmed(Window(connection, one.community, since, one.terms.days))) for arm, since in by_arm.items()}
    return harmful(hurt, {arm: len(since) for arm, since in by_arm.items()}, one.control)


def _split(connection: Connection, one: Experiment, seen: Exposed) -> sampling.Split:
    if one.subject != "wording":
        return sampling.Split(misplaced=sum(one.arm(member) != arm for member, arm, _ in seen), of=len(seen))
    c = NUDGES.c
    query = (
        select(c.variant, c.state, func.count())
        .where(c.community_id == one.community, c.nudge == one.about, c.arm == SENT, c.decided_at >= one.begun_at)
        .where(c.state.in_(("sent", "dropped")))
        .group_by(c.variant, c.state)
    )
    counts: Mapping[tuple[str, str], int] = {(v, s): n for v, s, n in connection.execute(query)}
    arms = one.design.arms
    delivered = {arm: counts.get((arm, "sent"), 0) for arm in arms}
    failed = {arm: counts.get((arm, "dropped"), 0) for arm in arms}
    return sampling.Split(delivery=sampling.delivery(delivered, failed))


class Watched(Word, frozen=True):
    """What a look at an experiment that runs found: an arm that does `harm`, and, of an adaptive one, the results."""

    experiment: Experiment
    harm: str = ""
    results: dict[str, tuple[int, int]] = {}


def watch(connection: Connection, community: int, rules: Rules, now: datetime) -> list[Watched]:
    """Those experiments of a community about which something is to be written down. Nothing is stored."""
    looked = [
        Watched(
            experiment=one,
            harm=harm(connection, one, exposures(connection, one)),
            results=results(connection, one, rules, now) if one.terms.adaptive else {},
        )
        for one in running(connection, community)
    ]
    return [one for one in looked if one.harm or one.results != one.experiment.terms.results]


def conclude(connection: Connection, found: Watched, now: datetime) -> bool:
    """Write down what a look found: end an experiment that does harm and tell the creator (True), keep its results."""
    one = found.experiment
    if found.results:
        learned(connection, one.id, found.results)
    if not found.harm or not stop(connection, one.id, f"harm:{found.harm}", now):
        return False
    _tell(connection, one, found.harm, now)
    return True


def _tell(connection: Connection, one: Experiment, arm: str, now: datetime) -> None:
    anybody = next(iter(members.of_community(connection, one.community, 0, 1)), None)
    if anybody is None:
        return
    alert = outbox.Wanted(
        seat=Seat(member=anybody, community=one.community),
        key=f"experiment:{one.id}:harm",
        heard=member_account(one.community, anybody),
        effect=Alert(notice="staff_harm", values={"name": one.name, "arm": arm}),
    )
    outbox.post(connection, [alert], now)


# ---------------------------------------------------------------------- what an adaptive one sends next


def results(connection: Connection, one: Experiment, rules: Rules, now: datetime) -> dict[str, tuple[int, int]]:
    """{arm: (how many did what is wanted, of how many whose window is over)} of everybody exposed."""
    arms = one.design.arms
    asked = _Asked(connection, one.community, rules, now)
    found = _data(asked, exposures(connection, one), arms, (one.terms.outcome, one.terms.days))
    over = found.ready <= now.toordinal()
    return {
        arm: (int(found.outcome[over & (found.arm == at)].sum()), int((over & (found.arm == at)).sum()))
        for at, arm in enumerate(arms)
    }
