"""Nudging: from members and rules to rows, from rows to the outbox, and back when a platform refuses.

`send`, and what happens at the outbox's other end, is one transaction of the writer each. What is decided on is read in
it, so that no message, payment or wish can come between the question and the answer; a row leaves `due` and its effect
enters the outbox together, so that whenever the process ends, nothing is sent twice. Who is held out takes the slot
that the nudge would have taken, so that all else is the same for both arms.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.effects import Nudge
from bot.engine.nudges.decision import Row, Verdict, decide, planned, ready, way
from bot.engine.nudges.ladder import Surface
from bot.engine.nudges.person import Contacted, Person, Reach
from bot.engine.nudges.table import NAMED, Kind, Trigger
from bot.engine.rules import Rules
from bot.events import Account
from bot.storage import addressees, nudges, outbox, rulebook
from bot.storage.addressees import RulesOf
from bot.storage.ledger import Seat
from bot.storage.nudges import Planned
from bot.storage.outbox import Addressed, Task
from bot.storage.testing import Trials
from bot.words import Word, replace

AHEAD = timedelta(hours=26)
"""How far ahead nudges are planned: a day, and what clocks are put back."""
AT_ONCE = 100
"""Rows that are settled in one transaction, at most."""


class Foreseen(Word, frozen=True):
    """What a batch of members meets: how many were looked at, the last of them, and the rows to put (`nudges.put`)."""

    looked: int
    last: int
    wanted: tuple[Planned, ...]


def rules_for(connection: Connection, base: Rules) -> RulesOf:
    """The rules of communities, each looked up once."""
    known: dict[int, Rules] = {}

    def find(community: int) -> Rules:
        if community not in known:
            known[community] = rulebook.rules(connection, base, community)
        return known[community]

    return find


def foresee(
    connection: Connection, base: Rules, community: int, after: int, limit: int, now: datetime, *, filled: bool
) -> Foreseen:
    """What the members above `after`, at most `limit` of those whom anything may concern, meet by tomorrow.

    Nothing is stored. It may be read beside the writer: whether it is so still is asked again before anything is sent.
    """
    numbers = addressees.living(connection, community, after, limit, now)
    rules = rules_for(connection, base)
    found = addressees.gather(connection, numbers, rules, now).values() if rules(community).nudges.on else ()
    wanted = [
        (community, one.member, trigger.name, due.about, due.at, due.until, dict[str, int | str]())
        for one in found
        for trigger, due in planned(one, rules(community), now, now + AHEAD, filled=filled)
    ]
    return Foreseen(looked=len(numbers), last=numbers[-1] if numbers else 0, wanted=tuple(wanted))


def send(
    connection: Connection,
    base: Rules,
    platforms: Collection[str],
    now: datetime,
    contents: Mapping[int, Mapping[str, int | str]] | None = None,
) -> int:
    """Settle the rows that are due: into the outbox, the hold-out, later or never. Returns how many.

    Only `platforms` that are connected are written to. `contents` are the words filled in, by the number of the row. Of
    several rows of one member the weightiest is first, and the others see that it was sent.
    """
    rows = nudges.due(connection, now, AT_ONCE)
    if not rows:
        return 0
    rules = rules_for(connection, base)
    found = addressees.gather(connection, {row.member for row in rows}, rules, now, closely=True)
    people = {number: _on(one, platforms) for number, one in found.items()}
    trials = Trials(connection)
    stopped = nudges.stopped(connection, now)
    settled: list[tuple[Row, Verdict]] = []
    wanted: list[Addressed] = []
    for row in sorted(rows, key=_order):
        one = people.get(row.member)
        verdict = Verdict(state="dropped", why="untrue")
        if one is not None:
            own = rules(row.community)
            given = {**(contents or {}).get(row.id, {}), **trials.values(row)}
            tested = trials.weights(row)
            verdict = _unless(stopped, one, row, decide(one, row, own, now, weights=tested, content=given), now)
        if one is not None and verdict.arm:
            people[row.member] = _contacted(one, row, now)
        if verdict.surface is not None:
            wanted.append(_addressed(row, verdict, verdict.surface))
        settled.append((row, verdict))
    nudges.settle(connection, settled, now)
    outbox.address(connection, wanted, now)
    return len(settled)


def _on(one: Person, platforms: Collection[str]) -> Person:
    return replace(one, reaches=tuple([reach for reach in one.reaches if reach.platform in platforms]))


def _order(row: Row) -> tuple[int, datetime, int]:
    trigger = NAMED.get(row.nudge)
    return (trigger.priority if trigger else 0), row.due_at, row.id


def _unless(stopped: Mapping[str, datetime], one: Person, row: Row, verdict: Verdict, now: datetime) -> Verdict:
    """A verdict, but that a platform which is stopped is waited for: who would be held back waits as well."""
    where = way(one, row, now) if verdict.state == "held" else verdict.surface
    if where is None or where.reach.platform not in stopped:
        return verdict
    return Verdict(state="due", why="stopped", due_at=stopped[where.reach.platform])


def _contacted(one: Person, row: Row, now: datetime) -> Person:
    return replace(one, contacts=(*one.contacts, Contacted(nudge=row.nudge, at=now, row=row.id)))


def _addressed(row: Row, verdict: Verdict, where: Surface) -> Addressed:
    effect = Nudge(notice=row.nudge, values=verdict.values, variant=verdict.variant, row=row.id)
    return Addressed(
        seat=Seat(member=row.member, community=row.community),
        key=f"nudge:{row.id}:{row.tries + 1}",
        account=_account(where.reach),
        target=where.target,
        effect=effect,
    )


def _account(one: Reach) -> Account:
    return Account(platform=one.platform, space=one.space, user=one.user, name=one.name)


# ---------------------------------------------------------------------- at the other end of the outbox


def number(task: Task) -> int:
    """The row that a task is to deliver; 0 for what is no nudge of the table."""
    return task.effect.row if isinstance(task.effect, Nudge) else 0


def begin(connection: Connection, base: Rules, task: Task, now: datetime) -> str:
    """Ask once more, just before a nudge is delivered, and mark that it is about to be; '' if it is.

    Else why not: then the row waits again or is dropped, and the task is over. What was begun before, by a process that
    ended with it, may have arrived: it counts as sent.
    """
    row = nudges.find(connection, number(task))
    if row is None:
        return "gone"
    rules = rules_for(connection, base)
    one = addressees.gather(connection, [row.member], rules, now, closely=True).get(row.member)
    if one is None:
        return "gone"
    others = tuple([contact for contact in one.contacts if contact.row != row.id])
    found = ready(replace(one, contacts=others), row, rules(row.community), now)
    stopped = nudges.stopped(connection, now).get(task.account.platform)
    if not isinstance(found, Verdict) and stopped is not None:
        found = Verdict(state="due", why="stopped", due_at=stopped)
    if not isinstance(found, Verdict):
        if nudges.begin(connection, row.id):
            return ""
        nudges.reached(connection, row.id, now, "uncertain")
        return "uncertain"
    if not nudges.begin(connection, row.id):
        nudges.reached(connection, row.id, now, "uncertain")
        return "uncertain"
    nudges.taken_back(connection, row.id, found)
    return found.why


def arrived(connection: Connection, task: Task, now: datetime) -> None:
    """A nudge reached the member."""
    nudges.reached(connection, number(task), now)


def refused(connection: Connection, task: Task, now: datetime, why: str, *, closed: bool) -> None:
    """A platform refused a nudge for good; a `closed` surface is not tried again, and the next on the ladder is."""
    row = nudges.find(connection, number(task))
    if row is None:
        return
    if not closed:
        nudges.taken_back(connection, row.id, Verdict(state="dropped", why="refused"))
        return
    trigger = NAMED.get(row.nudge)
    if trigger is not None:
        bury(connection, task, trigger, why, now)
    nudges.taken_back(connection, row.id, Verdict(state="due", due_at=now))


def bury(connection: Connection, task: Task, trigger: Trigger, why: str, now: datetime) -> None:
    """The surface that a task went by refused."""
    kind = next((one for one in trigger.ladder if _is(one, task)), None)
    if kind is not None:
        reach = Reach(platform=task.account.platform, space=task.account.space, user=task.account.user)
        nudges.bury(connection, task.community, task.member, Surface(kind=kind, reach=reach), why, now)


def _is(kind: Kind, task: Task) -> bool:
    """Whether a task went by a kind of surface."""
    if task.target.startswith(("reply:", "thread:")):
        return task.target.startswith(f"{kind}:")
    return kind == {"discord": "dm"}.get(task.account.platform, task.account.platform)


def put_off(connection: Connection, task: Task) -> None:
    """An attempt certainly did not reach the member: another may follow."""
    nudges.leave(connection, number(task))


# ---------------------------------------------------------------------- what would be


class Prospect(Word, frozen=True):
    """A row as it would be settled now."""

    row: Row
    name: str
    verdict: Verdict


def prospects(connection: Connection, base: Rules, community: int, now: datetime, limit: int) -> list[Prospect]:
    """What waits in a community, and what would become of each if it were due; nothing is stored."""
    rows = nudges.waiting(connection, community, limit)
    rules = rules_for(connection, base)
    people = addressees.gather(connection, {row.member for row in rows}, rules, now, closely=True)
    found = []
    for row in rows:
        one = people.get(row.member)
        if one is not None:
            at = max(now, row.due_at)
            verdict = decide(one, row, rules(community), at, content={"": ""})
            found.append(Prospect(row=row, name=one.name, verdict=verdict))
    return found


def of_member(connection: Connection, base: Rules, member: int, now: datetime) -> Person | None:
    """One member as the triggers and brakes see them."""
    return addressees.gather(connection, [member], rules_for(connection, base), now, closely=True).get(member)


def unfilled(rows: Sequence[Row]) -> list[tuple[Row, str]]:
    """The rows that need something filled in, and what."""
    return [(row, NAMED[row.nudge].content) for row in rows if row.nudge in NAMED and NAMED[row.nudge].content]
