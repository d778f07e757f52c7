"""Experiments that creators begin: which there are, who is in which arm, and since when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, delete, insert, or_, select, update

from bot.engine.experiments.assignment import pick
from bot.engine.experiments.judge import Design
from bot.storage.ledger import table, upsert
from bot.storage.tables_experiments import AssignmentRow, ExperimentRow
from bot.words import Word, from_json, replace, to_json

EXPERIMENTS, ASSIGNMENTS = table(ExperimentRow), table(AssignmentRow)
WELCOME = ("wording", "welcome")
Clash = Literal["name", "same", "words", "settled"]
"""Why one can't begin beside another: the same name; the same subject; other words of the same nudge; words of welcome
that were taken for everybody, so that no wording of it is sent any more."""


class Terms(Word, frozen=True):
    """What an experiment compares: {arm: value} and {arm: weight}, the first arm being the control.

    `outcome` is looked at in the `days` after a member's exposure; `planned` members are waited for, of whom each is to
    tell a difference of `worth`. An `adaptive` one shifts towards what works (`engine/experiments/thompson.py`).
    """

    values: dict[str, str]
    weights: dict[str, float]
    outcome: str
    days: int
    planned: int
    worth: float
    rate: bool = True
    adaptive: bool = False
    results: dict[str, tuple[int, int]] = {}
    """{arm: (did what is wanted, of so many)} by which an adaptive one sends, as last looked at."""
    chosen: str = ""
    """The arm that the creator took for everybody when it was stopped."""


class Experiment(Word, frozen=True):
    """An experiment: of `subject` (`wording`) and what it is `about` (`at_risk`), since `begun_at`."""

    id: int
    community: int
    name: str
    subject: str
    about: str
    begun_at: datetime
    terms: Terms
    stopped_at: datetime | None = None
    why: str = ""

    @property
    def salt(self) -> str:
        """What splits the members: each experiment has a split of its own."""
        return f"experiment:{self.id}"

    @property
    def control(self) -> str:
        """The arm that the others are compared with."""
        return next(iter(self.terms.values))

    @property
    def design(self) -> Design:
        """How it is judged."""
        one = self.terms
        weights = dict.fromkeys(one.weights, 1.0) if one.adaptive else one.weights
        return Design(weights=weights, control=self.control, planned=one.planned, worth=one.worth, rate=one.rate)

    def arm(self, member: int) -> str:
        """The arm a member is drawn into."""
        return pick(self.salt, member, self.terms.weights)


class ClashError(Exception):
    """An experiment can't begin beside `other`, and why."""

    def __init__(self, other: Experiment, why: Clash) -> None:
        super().__init__(why)
        self.other = other
        self.why = why


def _clash(one: Experiment, name: str, subject: str, about: str) -> Clash | Literal[""]:
    """What one that runs has against one that is to begin: each is about something that no other touches."""
    if one.name.casefold() == name.casefold():
        return "name"
    if (one.subject, one.about) == (subject, about):
        return "same"
    both = {_words(one.subject, one.about), _words(subject, about)}
    return "words" if len(both) == 1 else ""


def _words(subject: str, about: str) -> tuple[str, str]:
    """What a member reads otherwise because of a test: the words of welcome are a wording of that nudge."""
    return WELCOME if subject == "welcome" else (subject, about)


def begin(
    connection: Connection, community: int, name: str, subject: str, about: str, terms: Terms, now: datetime
) -> int:
    """Begin an experiment; returns its number. Raises ClashError where another is in its way, and begins nothing."""
    known = of_community(connection, community)
    for one in known:
        if one.stopped_at is None and (why := _clash(one, name, subject, about)):
            raise ClashError(one, why)
    latest = next((one for one in known if one.subject == "welcome" and one.terms.chosen), None)
    if latest and latest.terms.values[latest.terms.chosen] and (subject, about) == WELCOME:
        raise ClashError(latest, "settled")
    values: dict[str, Any] = {"community_id": community, "name": name, "subject": f"{subject}:{about}", "why": ""}
    row = insert(EXPERIMENTS).values(**values, begun_at=now, data=to_json(terms).decode())
    number: int = connection.execute(row.returning(EXPERIMENTS.c.id)).scalar_one()
    return number


def stop(connection: Connection, number: int, why: str, now: datetime, chosen: str = "") -> bool:
    """End an experiment; False when that was done before. Who was exposed stays so in the books, and only there."""
    found = _found(connection, EXPERIMENTS.c.id == number)
    if not found or found[0].stopped_at is not None:
        return False
    data = to_json(replace(found[0].terms, chosen=chosen)).decode()
    ended = update(EXPERIMENTS).where(EXPERIMENTS.c.id == number)
    connection.execute(ended.values(stopped_at=now, why=why, data=data))
    return True


def learned(connection: Connection, number: int, results: dict[str, tuple[int, int]]) -> None:
    """Keep the results by which an adaptive experiment sends."""
    for one in _found(connection, EXPERIMENTS.c.id == number, EXPERIMENTS.c.stopped_at.is_(None)):
        data = to_json(replace(one.terms, results=results)).decode()
        connection.execute(update(EXPERIMENTS).where(EXPERIMENTS.c.id == number).values(data=data))


def of_community(connection: Connection, community: int) -> list[Experiment]:
    """All of a community, the newest first."""
    return _found(connection, EXPERIMENTS.c.community_id == community)


def running(connection: Connection, community: int) -> list[Experiment]:
    """Those of a community that run."""
    c = EXPERIMENTS.c
    return _found(connection, c.community_id == community, c.stopped_at.is_(None))


def find(connection: Connection, community: int, name: str) -> Experiment | None:
    """The newest experiment of this name."""
    c = EXPERIMENTS.c
    return next(iter(_found(connection, c.community_id == community, c.name == name)), None)


def of_plans(connection: Connection, community: int, member: int) -> list[tuple[Experiment, str]]:
    """(experiment, the arm that the member was shown, or '') of the tests of plans that run."""
    c, a = EXPERIMENTS.c, ASSIGNMENTS.c
    joined = EXPERIMENTS.outerjoin(ASSIGNMENTS, (a.experiment_id == c.id) & (a.member_id == member))
    query = (
        select(EXPERIMENTS, a.arm)
        .select_from(joined)
        .where(c.community_id == community, c.stopped_at.is_(None))
        .where(or_(c.subject.startswith("price:"), c.subject.startswith("trial:")))
        .order_by(c.id)
    )
    return [(_experiment(row), row.arm or "") for row in connection.execute(query)]


def expose(connection: Connection, community: int, member: int, arms: Mapping[int, str], now: datetime) -> None:
    """Note that a member was exposed to their arm of experiments ({number: arm}); only the first time counts."""
    rows = [
        {"community_id": community, "experiment_id": number, "member_id": member, "arm": arm, "exposed_at": now}
        for number, arm in arms.items()
    ]
    if rows:
        once = upsert(connection, ASSIGNMENTS).on_conflict_do_nothing(index_elements=["experiment_id", "member_id"])
        connection.execute(once, rows)


def exposed(connection: Connection, number: int) -> list[tuple[int, str, datetime]]:
    """(member, arm, since when) of an experiment."""
    a = ASSIGNMENTS.c
    query = select(a.member_id, a.arm, a.exposed_at).where(a.experiment_id == number).order_by(a.exposed_at, a.id)
    return [(member, arm, at) for member, arm, at in connection.execute(query)]


def unite(connection: Connection, keep: int, other: int) -> None:
    """Of two members who become one, in two arms of an experiment, the earlier exposure is left."""
    a = ASSIGNMENTS.c
    query = select(a.id, a.experiment_id).where(a.member_id.in_((keep, other))).order_by(a.exposed_at, a.id)
    seen: set[int] = set()
    for number, experiment in connection.execute(query).all():
        if experiment in seen:
            connection.execute(delete(ASSIGNMENTS).where(a.id == number))
        seen.add(experiment)


def _found(connection: Connection, *where: Any) -> list[Experiment]:
    query = select(EXPERIMENTS).where(*where).order_by(EXPERIMENTS.c.id.desc())
    return [_experiment(row) for row in connection.execute(query)]


def _experiment(row: Any) -> Experiment:
    subject, _, about = row.subject.partition(":")
    return Experiment(
        id=row.id,
        community=row.community_id,
        name=row.name,
        subject=subject,
        about=about,
        begun_at=row.begun_at,
        terms=from_json(Terms, row.data),
        stopped_at=row.stopped_at,
        why=row.why,
    )
