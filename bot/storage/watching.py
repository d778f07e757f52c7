"""What experiments say so far, whether they do harm, and what adaptive ones send by. Read beside the writer."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.effects import Alert
from bot.engine.experiments import sampling, thompson
from bot.engine.experiments.harm import harmful
from bot.engine.experiments.judge import judge
from bot.engine.rules import Rules
from bot.events import member_account
from bot.storage import members, outbox
from bot.storage.experiments import Experiment, exposed, learned, running, stop
from bot.storage.exposures import SENT, Asked, Exposed, Uplift, data, first
from bot.storage.ledger import Seat
from bot.storage.nudges import NUDGES
from bot.storage.outcomes import Window, harmed
from bot.words import Word

PLANS = ("price", "trial")
"""Subjects that members are exposed to by being offered a plan."""


def of_experiment(connection: Connection, one: Experiment, rules: Rules, now: datetime) -> Uplift:
    """What an experiment says, and whether an arm harms: of those exposed while it ran.

    When the test of a plan is over everybody has the same price again, so it says what was known on its last day.
    """
    seen = exposures(connection, one)
    arms = one.design.arms
    terms = one.terms
    counted = [row for row in seen if not terms.adaptive or thompson.evenly(one.salt, row[0], len(terms.weights))]
    asked = Asked(connection, one.community, rules, now)
    found = data(asked, counted, arms, (terms.outcome, terms.days))
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
    return first(
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
    asked = Asked(connection, one.community, rules, now)
    found = data(asked, exposures(connection, one), arms, (one.terms.outcome, one.terms.days))
    over = found.ready <= now.toordinal()
    return {
        arm: (int(found.outcome[over & (found.arm == at)].sum()), int((over & (found.arm == at)).sum()))
        for at, arm in enumerate(arms)
    }
