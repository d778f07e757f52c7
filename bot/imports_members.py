"""Bringing the members of another product: each row of its list becomes a subscription until the date it is paid to.

What they pay there is not ours to charge: such a subscription does not renew and is no recurring revenue. It opens the
gates of a plan until its date, and the member is reminded in time to subscribe here. `judge` looks and stores nothing;
`bring` hands in what was judged through the same door as live news, quietly. The same list twice is as good as once,
and nothing is shortened that was made longer here.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Literal

from bot.adapters.roster import Reading, Rejected, RosterError, Row
from bot.app import App
from bot.engine.membership import entitles
from bot.engine.rules import Plan, Rules
from bot.events import Account, SubscriptionChanged, member_account
from bot.i18n import N_
from bot.sales import Price, Subscription
from bot.storage import people, sales
from bot.storage.sales import Held
from bot.storage.store import Connection
from bot.words import Word

BATCH = 500

Fate = Literal["new", "changed", "same", "kept", "covered", "over", "double", "rejected"]
"""What becomes of a row. same: it is here so already. kept: it lasts longer here, or was ended or moved here. covered:
they have the plan here by another way, for as long at least. over: no member any more. double: a row before says it."""
FATES: dict[Fate, str] = {
    "new": N_("new members"),
    "changed": N_("changed since the last import"),
    "same": N_("here already"),
    "kept": N_("left as they are here"),
    "covered": N_("have the plan here already"),
    "over": N_("no members any more"),
    "double": N_("twice in the list"),
    "rejected": N_("can't be taken"),
}


class Wishes(Word, frozen=True):
    """What the creator says beside the list.

    `plans` are {what it is called there, without case: our plan}, '' for every row that names none or an unknown one.
    `until` is the date of who has none.
    """

    community: str = ""
    platform: str = ""
    plans: dict[str, str] = {}
    until: datetime | None = None


class Judged(Word, frozen=True):
    """A row and what becomes of it: whose it is, and the truth to tell."""

    row: Row
    fate: Fate
    who: Account | None = None
    truth: Subscription | None = None
    newcomer: bool = False


@dataclass(slots=True)
class Preview:
    """What an import would do, or did."""

    source: str
    community: str
    columns: dict[str, tuple[str, ...]]
    titles: tuple[str, ...]
    judged: list[Judged] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    unknown_plans: Counter[str] = field(default_factory=Counter)
    stored: int = 0
    dropped: int = 0

    @property
    def fates(self) -> Counter[Fate]:
        """How many rows have which fate."""
        return Counter({**Counter(one.fate for one in self.judged), "rejected": len(self.rejected)})

    @property
    def newcomers(self) -> int:
        """How many people are not known here yet; they are let in when they come."""
        return len({one.who for one in self.judged if one.newcomer and one.truth is not None})

    def plans(self) -> Counter[str]:
        """How many subscriptions to each plan would be brought."""
        return Counter(one.truth.plan for one in self.judged if one.truth is not None)


async def judge(app: App, reading: Reading, wishes: Wishes) -> Preview:
    """See what would become of each row. Raises RosterError for what is wrong with all of it."""
    number, name = _choose(await app.store.read(people.communities), wishes.community)
    rules, now = await app.rules_of(number), app.clock()
    known = await app.store.read(_Known.look, number, reading, wishes)
    judge_ = _Judge(known, rules, reading.source, wishes, now)
    preview = Preview(
        source=reading.source,
        community=name,
        columns=reading.columns,
        titles=reading.titles,
        rejected=list(reading.rejected),
    )
    for row in reading.rows:
        try:
            preview.judged.append(judge_.one(row))
        except RosterError as error:
            preview.rejected.append(Rejected(line=row.line, why=error.message, values=error.values, cells=row.cells))
    preview.unknown_plans = judge_.unknown
    preview.rejected.sort(key=lambda one: one.line)
    return preview


async def bring(app: App, preview: Preview) -> None:
    """Store what was judged to be new or changed; nobody is told, and gates open."""
    now = app.clock()
    events = [
        SubscriptionChanged(key=f"{one.truth.id}:{now.isoformat()}", at=now, who=one.who, subscription=one.truth)
        for one in preview.judged
        if one.truth is not None and one.who is not None
    ]
    for start in range(0, len(events), BATCH):
        outcome = await app.submit(events[start : start + BATCH], quiet=True)
        preview.stored += outcome.new
        preview.dropped += outcome.dropped + outcome.poisoned


def _platform(row: Row, wishes: Wishes, spaces: dict[str, str]) -> str:
    """What a row's user id is of: what the row or the creator says, or else the community's only platform."""
    return row.platform or wishes.platform or (next(iter(spaces)) if len(spaces) == 1 else "")


def _choose(communities: Sequence[tuple[int, str]], wanted: str) -> tuple[int, str]:
    names = ", ".join(f"{name} (#{number})" for number, name in communities)
    if not communities:
        raise RosterError(N_("There is no community yet: start the bot in your server or group first."))
    if not wanted and len(communities) > 1:
        raise RosterError(N_("There are several communities: say which by --community. {names}"), names=names)
    fitting = [one for one in communities if wanted.casefold() in ("", one[1].casefold(), f"#{one[0]}", str(one[0]))]
    if len(fitting) != 1:
        raise RosterError(N_("No single community is called {name}. There are: {names}"), name=wanted, names=names)
    return fitting[0]


class _Known(Word, frozen=True):
    """What the database knows of the people of a list."""

    community: int
    spaces: dict[str, str]
    accounts: dict[tuple[str, str], int]
    names: dict[str, set[int]]
    emails: dict[str, set[int]]
    held: dict[str, Held]
    bought: dict[int, list[Subscription]]

    @staticmethod
    def look(connection: Connection, community: int, reading: Reading, wishes: Wishes) -> "_Known":
        spaces = people.spaces(connection, community)
        accounts = {(_platform(row, wishes, spaces), row.user) for row in reading.rows if row.user}
        held = sales.of_community(connection, community)
        bought: dict[int, list[Subscription]] = {}
        for one in held:
            bought.setdefault(one.member, []).append(one.subscription)
        return _Known(
            community=community,
            spaces=spaces,
            accounts=people.by_account(connection, community, accounts),
            names=people.by_name(connection, community),
            emails=people.by_email(connection, community, {row.email for row in reading.rows if row.email}),
            held={one.subscription.id: one for one in held},
            bought=bought,
        )


class _Judge:
    """Judges the rows of one list, in their order."""

    def __init__(self, known: _Known, rules: Rules, source: str, wishes: Wishes, now: datetime) -> None:
        self.unknown: Counter[str] = Counter()
        self._known = known
        self._rules = rules
        self._source = source
        self._wishes = wishes
        self._now = now
        self._seen: set[str] = set()
        self._plans = {name.casefold(): plan for plan in rules.plans for name in (plan.shown, plan.name)}

    def one(self, row: Row) -> Judged:
        """What becomes of a row. Raises RosterError that says why it can't be taken."""
        if self._is_over(row):
            return Judged(row=row, fate="over")
        plan = self._plan(row.plan)
        who, member = self._person(row)
        truth = self._truth(row, plan)
        if truth.id in self._seen:
            return Judged(row=row, fate="double")
        self._seen.add(truth.id)
        fate = self._fate(truth, member)
        if fate not in ("new", "changed"):
            return Judged(row=row, fate=fate)
        return Judged(row=row, fate=fate, who=who, truth=truth, newcomer=member is None)

    def _is_over(self, row: Row) -> bool:
        """Whether somebody is no member any more: who cancelled, or did not pay, is one to the date paid to."""
        if row.lifetime or row.standing == "over":
            return row.standing == "over"
        if row.until is None:
            return row.standing in ("ending", "late")
        return row.until <= self._now

    def _plan(self, called: str) -> Plan:
        wishes = self._wishes.plans
        names = (wishes.get(called.casefold(), ""), called, wishes.get("", ""))
        plan = next((self._plans[one] for one in map(str.casefold, names) if one in self._plans), None)
        if plan is None:
            self.unknown[called] += 1
            ours = ", ".join(one.name for one in self._rules.plans) or "–"
            raise RosterError(
                N_("There is no plan called {plan}. Say which it is: --plan '{plan}=ours'. There are: {plans}"),
                plan=called or "?",
                plans=ours,
            )
        return plan

    def _person(self, row: Row) -> tuple[Account, int | None]:
        """Whose row it is, and their member if they are one already."""
        if row.user:
            platform = _platform(row, self._wishes, self._known.spaces)
            member = self._known.accounts.get((platform, row.user))
            if member is not None:
                return member_account(self._known.community, member), member
            return self._stranger(row, platform), None
        named = self._known.names.get(row.username.casefold(), set()) if row.username else set()
        found = named or self._known.emails.get(row.email, set())
        called = row.username or row.email
        if len(found) > 1:
            raise RosterError(N_("Several members are called {name}: give their user id in a column."), name=called)
        if not found:
            raise RosterError(
                N_("Nobody here is called {name}, or paid with it: give their user id in a column."), name=called
            )
        (member,) = found
        return member_account(self._known.community, member), member

    def _stranger(self, row: Row, platform: str) -> Account:
        """Somebody who is not here yet, by an id: they are let in when they come."""
        if not platform:
            raise RosterError(
                N_("I can't tell which platform the id {user} is of: say --platform discord or --platform telegram."),
                user=row.user,
            )
        space = self._known.spaces.get(platform)
        if space is None:
            raise RosterError(N_("The community is not on {platform}: start the bot there first."), platform=platform)
        return Account(platform=platform, space=space, user=row.user, name=row.name or row.username)

    def _truth(self, row: Row, plan: Plan) -> Subscription:
        account = f"{_platform(row, self._wishes, self._known.spaces)}:{row.user}" if row.user else ""
        name = row.id or account or _digest(row.username or row.email)
        # The list names a person, a plan and a date: with another plan it is another membership.
        key = f"import:{self._source}:{self._known.community}:{name}:{plan.name}"
        before = self._known.held.get(key)
        since = row.since or (before.subscription.since if before else self._now)
        return Subscription(
            id=key,
            plan=plan.name,
            status="active",
            since=min(since, self._now),
            as_of=self._now,
            until=self._until(row, plan),
            price=row.price or plan.price(self._rules.membership.currency) or _NOTHING,
        )

    def _until(self, row: Row, plan: Plan) -> datetime | None:
        if row.until is not None or row.lifetime:
            return row.until
        if self._wishes.until is not None:
            return self._wishes.until
        if plan.period in ("lifetime", "free"):
            return None
        if plan.period == "date":
            return plan.until(self._now)
        raise RosterError(
            N_(
                "It does not say until when it is paid: name that column by --map until='its title', "
                "or say --until DATE."
            )
        )

    def _fate(self, truth: Subscription, member: int | None) -> Fate:
        before = self._known.held.get(truth.id)
        if before is None:
            others = self._known.bought.get(member, []) if member is not None else []
            return "covered" if any(self._covers(one, truth) for one in others) else "new"
        was = before.subscription
        if was.status != "active" or before.member != member or _lasts(was, truth) > 0:
            return "kept"
        return "same" if (was.until, was.since, was.price) == (truth.until, truth.since, truth.price) else "changed"

    def _covers(self, one: Subscription, truth: Subscription) -> bool:
        """Whether somebody has the plan anyway, by something that renews or lasts as long."""
        if one.plan != truth.plan or not entitles(one, self._now, self._rules):
            return False
        return one.renews or _lasts(one, truth) >= 0


_NOTHING = Price(amount=0, currency="usd")


def _lasts(one: Subscription, other: Subscription) -> int:
    """1 when the first lasts longer than the second, -1 when it lasts shorter."""
    if one.until == other.until:
        return 0
    if one.until is None or other.until is None:
        return 1 if one.until is None else -1
    return 1 if one.until > other.until else -1


def _digest(text: str) -> str:
    """A name or an address as it may be kept for good."""
    return blake2b(text.casefold().encode(), digest_size=8, person=b"lyceum-import").hexdigest()
