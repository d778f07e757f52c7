"""What becomes of a nudge whose time has come: sent, held back for comparison, put off, or dropped. Pure.

Both arms of the comparison are decided here, at the instant at which it would be sent and after everything else was
asked: who is in the hold-out is thereby somebody who would have got it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from bot.engine.experiments.assignment import holdout, pick
from bot.engine.nudges.brakes import brake
from bot.engine.nudges.ladder import Surface, surface
from bot.engine.nudges.person import Person
from bot.engine.nudges.table import NAMED, NUDGES, Trigger
from bot.engine.nudges.triggers import Due
from bot.engine.rules import Rules
from bot.words import N_, Word, replace

State = Literal["due", "queued", "sent", "held", "dropped"]
"""due: waits for its time. queued: in the outbox. sent: it reached the member. held: the member is in the hold-out.
dropped: it never comes; `why` says what kept it."""
WHYS: dict[str, str] = {
    "untrue": N_("is not so any more"),
    "late": N_("came too late"),
    "nowhere": N_("can't be reached"),
    "empty": N_("there was nothing to say"),
    "unknown": N_("there is no such nudge any more"),
    "refused": N_("the platform refused it"),
    "uncertain": N_("it may have arrived; it is not said twice"),
    "stopped": N_("the platform says too fast"),
}
"""Why a nudge is not sent, beside the brakes."""


class Row(Word, frozen=True):
    """A nudge that is planned: for whom, about what, from when and until when; `tries` is how often it was queued.

    `data` is what a campaign says, by which `surface` alone, or what is to stand in the words.
    """

    id: int
    community: int
    member: int
    nudge: str
    about: str
    due_at: datetime
    until: datetime
    tries: int = 0
    data: dict[str, int | str] = {}


class Verdict(Word, frozen=True):
    """What becomes of a row: its `state`, `why`, when it is looked at again, and what goes where if it is queued."""

    state: State
    why: str = ""
    due_at: datetime | None = None
    arm: str = ""
    variant: str = ""
    surface: Surface | None = None
    values: dict[str, int | str] = {}


def planned(
    person: Person, rules: Rules, now: datetime, until: datetime, *, filled: bool = True
) -> list[tuple[Trigger, Due]]:
    """What a member meets now and is due before `until`, whatever brakes say later.

    What needs something filled in is left out where nobody does that (`filled`).
    """
    if not rules.nudges.on:
        return []
    found = [
        (one, due)
        for one in NUDGES
        if one.due is not None
        and getattr(rules.nudges.send, one.name)
        and (filled or not one.content)
        and (due := one.due(person, rules, now)) is not None
    ]
    return [(one, due) for one, due in found if due.at < until and now < due.until]


def salt(row: Row) -> str:
    """What splits the members for a nudge: each nudge of a community, and each campaign, has a split of its own."""
    return split(row.community, row.nudge, row.about)


def split(community: int, nudge: str, about: str) -> str:
    """The salt of a nudge."""
    return f"nudge:{community}:{nudge}" + (f":{about}" if nudge == "campaign" else "")


def untouched(community: int, member: int, rules: Rules) -> bool:
    """Whether a member is among those who get no nudge of any kind, by whom the whole of it is measured."""
    return holdout(f"nudges:{community}", member, rules.nudges.universal)


def ready(person: Person, row: Row, rules: Rules, now: datetime) -> Verdict | tuple[Trigger, Due, Surface]:
    """What keeps a row from being sent at this instant, or the trigger, what is true now, and where it goes."""
    trigger = NAMED.get(row.nudge)
    if trigger is None:
        return Verdict(state="dropped", why="unknown")
    if now >= row.until:
        return Verdict(state="dropped", why="late")
    due: Due | None = Due(about=row.about, at=row.due_at, until=row.until)
    if trigger.due is not None:
        due = trigger.due(person, rules, now)
    if due is None or due.about != row.about or now >= due.until:
        return Verdict(state="dropped", why="untrue")
    held = brake(person, trigger, rules, now)
    if held is not None and (held.until is None or held.until >= row.until):
        return Verdict(state="dropped", why=held.why)
    wait = max(due.at, held.until or due.at) if held is not None else due.at
    if trigger.due is not None and wait > now:
        return Verdict(state="due", why=held.why if held else "", due_at=wait)
    if held is not None:
        return Verdict(state="due", why=held.why, due_at=held.until)
    where = way(person, row, now)
    return Verdict(state="dropped", why="nowhere") if where is None else (trigger, due, where)


def way(person: Person, row: Row, now: datetime) -> Surface | None:
    """Where a row would go at this instant: by the ladder of its nudge, or by the one `surface` that its data name."""
    trigger, only = NAMED[row.nudge], row.data.get("surface")
    if only:
        trigger = replace(trigger, ladder=tuple(kind for kind in trigger.ladder if kind == only))
    return surface(person, trigger, now)


def decide(
    person: Person,
    row: Row,
    rules: Rules,
    now: datetime,
    *,
    weights: Mapping[str, float] | None = None,
    content: Mapping[str, int | str] | None = None,
) -> Verdict:
    """What becomes of a row at this instant. `weights` are those of its wordings, `content` what was filled in."""
    found = ready(person, row, rules, now)
    if isinstance(found, Verdict):
        return found
    trigger, due, where = found
    if trigger.content and not content:
        return Verdict(state="dropped", why="empty")
    share = row.data.get("holdout", rules.nudges.holdout)
    variant = pick(f"{salt(row)}:words", row.member, weights or {one.name: 1.0 for one in trigger.variants})
    if untouched(row.community, row.member, rules) or holdout(salt(row), row.member, float(share)):
        return Verdict(state="held", arm="held", variant=variant)
    values = {**row.data, **due.values, **(content or {})}
    return Verdict(state="queued", arm="sent", variant=variant, surface=where, values=values)
