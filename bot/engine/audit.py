"""The audit of access in money: who pays and is not in, who is in and does not pay, and why.

Pure: members with what they bought, what stands behind the gates, and the register of grants come in; findings come
out. What of them can be mended is mended by `bot/storage/repair.py`. A new reason is a word in `Why`, with its words in
`bot/standing.py`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Literal

from bot.engine.membership import Phase, entitles, phase
from bot.engine.money import Share, Total, exchange, monthly, total
from bot.engine.rules import Plan, Rules
from bot.sales import Price, Subscription
from bot.words import Word, replace

IN = ("giving", "granted", "found")
"""How the register says that an account is in."""

Kind = Literal["pays_out", "due_in", "should_leave", "unpaid", "by_hand"]
"""pays_out: pays and is not in. due_in: may be in without paying, and is not. should_leave: is in by our doing, and no
gate is open. unpaid: is in by right where others pay, and does not pay. by_hand: is in, no gate is open, and somebody
else let them in: left alone."""
KINDS: tuple[Kind, ...] = ("pays_out", "due_in", "should_leave", "unpaid", "by_hand")

Why = Literal[
    "late",
    "unbound",
    "not_linked",
    "missing",
    "waiting",
    "blocked",
    "away",
    "held",
    "closing",
    "stuck",
    "by_hand",
    "trial",
    "grace",
    "given",
    "level",
]
"""Why somebody is out, or in.

Out: late (time has passed, nobody has looked yet), unbound (nothing stands behind the gate), not_linked (no account
on its platforms), missing (never given, or lost), waiting (on its way), blocked, away (not in the server), held (a
human took it back). In though no gate is open: closing, stuck (should be taken and is not), by_hand (not given by us).
In by right without paying: trial, grace, given, level.
"""


ALWAYS = 5
"""Members whose access is mended without asking, however small the community is."""


class Place(Word, frozen=True):
    """What stands behind a gate: `target` is `kind:id`."""

    platform: str
    target: str
    gate: str


class Way(Word, frozen=True):
    """One account's way into one place, as the register of grants has it; `waiting` says that a change is under way."""

    platform: str
    user: str
    target: str
    status: str
    why: str = ""
    waiting: bool = False


class Holder(Word, frozen=True):
    """A member with all that access rests on: `accounts` are (platform, user) pairs, `open` the gates open to them."""

    member: int
    name: str
    subscriptions: tuple[Subscription, ...] = ()
    open: tuple[str, ...] = ()
    accounts: tuple[tuple[str, str], ...] = ()
    ways: tuple[Way, ...] = ()


class Reason(Word, frozen=True):
    """Why somebody is out of, or in, a place (`platform` and `target` are empty where it is about the gate as such)."""

    gate: str
    why: Why
    detail: str = ""
    platform: str = ""
    target: str = ""


class Finding(Word, frozen=True):
    """Something to look at: one member, in one way, with all reasons; `stake` is the money of a month."""

    kind: Kind
    member: int
    name: str
    reasons: tuple[Reason, ...]
    stake: Total


Held = Mapping[tuple[str, str], Collection[str]]
"""{(platform, target): the users who are in}, of the places about which the platform tells."""


def as_held(holder: Holder, held: Held) -> Holder:
    """A member as the platforms see them, where they tell: what is under way is left to the register.

    Who is in though the register does not say so was let in by somebody else; who is not in though it does has lost it.
    """
    ways = {(way.platform, way.target, way.user): way for way in holder.ways}
    for (platform, target), users in held.items():
        for user in (user for name, user in holder.accounts if name == platform):
            way = ways.get((platform, target, user))
            inside, known = user in users, way is not None and way.status in IN
            if inside is not known and not (way is not None and way.waiting):
                status = "found" if inside else "gone"
                ways[platform, target, user] = Way(platform=platform, user=user, target=target, status=status)
    return replace(holder, ways=tuple(ways.values()))


def audit(holders: Iterable[Holder], places: Sequence[Place], rules: Rules, at: datetime) -> list[Finding]:
    """All findings: by kind, the most money first."""
    found = [finding for one in holders for finding in _Audit(one, places, rules, at).findings()]
    return sorted(found, key=lambda one: (KINDS.index(one.kind), -one.stake.price.amount, one.name, one.member))


def sums(findings: Iterable[Finding], rules: Rules) -> dict[Kind, tuple[int, Total]]:
    """{kind: (how many members, their money of a month)}, of every kind."""
    by_kind: dict[Kind, list[Finding]] = {kind: [] for kind in KINDS}
    for one in findings:
        by_kind[one.kind].append(one)
    nothing = total((), rules.membership)
    return {kind: (len(some), sum((one.stake for one in some), nothing)) for kind, some in by_kind.items()}


def is_mass_change(changed: int, members: int, rules: Rules) -> bool:
    """Whether so many members are concerned that the creator is asked first; a few never are a mass."""
    return changed > max(ALWAYS, members * rules.membership.mass_change)


def stake(one: Subscription) -> Share:
    """The money of a month that a subscription stands for; of what does not recur, its price."""
    return monthly(one) if one.months else (Fraction(one.price.amount), one.price.currency)


class _Audit:
    """The audit of one member."""

    def __init__(self, holder: Holder, places: Sequence[Place], rules: Rules, at: datetime) -> None:
        self._holder = holder
        self._places = places
        self._rules = rules
        self._at = at
        entitling = [one for one in holder.subscriptions if entitles(one, at, rules)]
        self._rights: dict[str, list[Subscription]] = {gate: [] for gate in holder.open}
        for one in entitling:
            plan = rules.plan(one.plan)
            for gate in plan.gates if plan else ():
                self._rights.setdefault(gate, []).append(one)
        self._ways = {(way.platform, way.target, way.user): way for way in holder.ways}

    def findings(self) -> list[Finding]:
        """What there is to say of the member."""
        out = [reason for gate in self._rights for reason in self._outside(gate)]
        paid = [reason for reason in out if self._paid(reason.gate)]
        free = [reason for reason in out if not self._paid(reason.gate) and reason.why != "unbound"]
        subscriptions = {one.id: one for reason in paid for one in self._paid(reason.gate)}
        found = [
            self._finding("pays_out", paid, [stake(one) for one in subscriptions.values()]),
            self._finding("due_in", free, []),
            *self._inside(),
        ]
        return [one for one in found if one is not None]

    def _finding(self, kind: Kind, reasons: Sequence[Reason], stakes: Iterable[Share]) -> Finding | None:
        if not reasons:
            return None
        money = total(stakes, self._rules.membership)
        return Finding(
            kind=kind, member=self._holder.member, name=self._holder.name, reasons=tuple(reasons), stake=money
        )

    def _paid(self, gate: str) -> list[Subscription]:
        """The subscriptions that open a gate and cost something: no trials."""
        return [one for one in self._rights[gate] if one.price.amount and one.status != "trialing"]

    def _outside(self, gate: str) -> list[Reason]:
        behind = [one for one in self._places if one.gate == gate]
        if not behind:
            return [Reason(gate=gate, why="unbound")]
        if gate not in self._holder.open:
            return [Reason(gate=gate, why="late")]
        accounts = self._holder.accounts
        mine = [(place, user) for place in behind for platform, user in accounts if platform == place.platform]
        if not mine:
            return [Reason(gate=gate, why="not_linked", detail=", ".join(sorted({one.platform for one in behind})))]
        return [reason for place, user in mine for reason in self._shut(place, user)]

    def _shut(self, place: Place, user: str) -> list[Reason]:
        way = self._ways.get((place.platform, place.target, user))
        if way is not None and way.status in IN:
            return []
        why: Why = "missing"
        if way is not None:
            why = "waiting" if way.waiting else _SHUT.get(way.status, "missing")
        detail = way.why if way is not None and why in ("blocked", "away") else ""
        return [Reason(gate=place.gate, why=why, detail=detail, platform=place.platform, target=place.target)]

    def _inside(self) -> list[Finding | None]:
        kinds: dict[Kind, list[Reason]] = {"should_leave": [], "unpaid": [], "by_hand": []}
        stakes: dict[Kind, dict[str, Share]] = {kind: {} for kind in kinds}
        for way in self._holder.ways:
            if way.status in IN and (told := self._within(way)) is not None:
                kind, reason, money = told
                kinds[kind].append(reason)
                stakes[kind].update(money)
        return [self._finding(kind, reasons, stakes[kind].values()) for kind, reasons in kinds.items()]

    def _within(self, way: Way) -> tuple[Kind, Reason, dict[str, Share]] | None:
        """What there is to say of a place that the member is in, and {of what: money of a month}."""
        behind = [one.gate for one in self._places if (one.platform, one.target) == (way.platform, way.target)]
        rights = [gate for gate in behind if gate in self._rights]
        where = {"platform": way.platform, "target": way.target}
        if not rights or (way.platform, way.user) not in self._holder.accounts:
            gate = next(iter(behind), "")
            worth = self._worth(behind)
            if way.status == "found":
                return "by_hand", Reason(gate=gate, why="by_hand", **where), worth
            return "should_leave", Reason(gate=gate, why="closing" if way.waiting else "stuck", **where), worth
        why, holds = self._right(rights)
        if why is None or not any(self._sold(gate) for gate in rights):
            return None
        money = {one.id: stake(one) for one in holds} if why in ("trial", "grace") else self._worth(rights)
        return "unpaid", Reason(gate=rights[0], why=why, **where), money

    def _right(self, gates: Sequence[str]) -> tuple[Why | None, list[Subscription]]:
        """By which right somebody is in who does not pay; None for whoever does."""
        holds = [one for gate in gates for one in self._rights[gate]]
        late = [one for one in holds if phase(one, self._at, self._rules) is Phase.GRACE]
        paid = [one for gate in gates for one in self._paid(gate) if one not in late]
        if paid:
            return None, paid
        if late:
            return "grace", late
        trials = [one for one in holds if one.status == "trialing"]
        if trials:
            return "trial", trials
        return ("given" if holds else "level"), holds

    def _sold(self, gate: str) -> list[Plan]:
        return [plan for plan in self._rules.plans if gate in plan.gates and any(plan.prices.values())]

    def _worth(self, gates: Iterable[str]) -> dict[str, Share]:
        """What the cheapest plan that opens one of these gates costs in a month, if it is sold."""
        plans = {plan.name: plan for gate in gates for plan in self._sold(gate) if not plan.archived}
        offers = [(cost, name) for name, plan in plans.items() if (cost := _cost(plan, self._rules))]
        return {f"plan {name}": (cost, self._rules.membership.currency) for cost, name in sorted(offers)[:1]}


def _cost(plan: Plan, rules: Rules) -> Fraction | None:
    """What a plan costs in a month, in the reporting currency: by its price in that, or else its cheapest one."""
    here = plan.price(rules.membership.currency)
    prices = [here] if here else [Price(amount=amount, currency=name) for name, amount in plan.prices.items()]
    costs = [cost for price in prices if (cost := exchange(price, rules.membership)) is not None]
    return min(costs) / max(plan.months, 1) if costs else None


_SHUT: dict[str, Why] = {"wanted": "waiting", "blocked": "blocked", "away": "away", "held": "held"}
