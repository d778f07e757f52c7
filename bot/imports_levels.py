"""Bringing the levels of another product: everybody's XP there becomes points here, as if a creator had set them.

It is one `PointsAdjusted` a person, so that /points why says where the points are from, they buy nothing, and they can
be undone. Who is not here yet becomes a member who is not here, and finds their level when they come. `judge` looks and
stores nothing; `bring` hands it in quietly. The same file twice is as good as once.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from bot.adapters.levels import PRODUCTS, LevelsError, Reading, Rejected, Row
from bot.app import App
from bot.events import Account, AdjustmentUndone, Event, MemberLeft, PointsAdjusted, member_account
from bot.i18n import N_
from bot.storage import ledger, people
from bot.storage.store import Connection
from bot.words import Word

BATCH = 500

Fate = Literal["known", "newcomer", "same", "more", "double", "nothing", "bot", "erased", "rejected"]
"""What becomes of a row. known: a member gets the points. newcomer: so does somebody who is not here yet. same: brought
before. more: they have as many here, or more. double: another row of the same person has more. nothing: no XP.
erased: they had their data erased here, and what they did before stays gone."""
FATES: dict[Fate, str] = {
    "known": N_("members who get their points"),
    "newcomer": N_("not here yet: they find their points when they come"),
    "same": N_("brought before"),
    "more": N_("have as many points here, or more"),
    "double": N_("twice in the file"),
    "nothing": N_("without XP"),
    "bot": N_("bots"),
    "erased": N_("had their data erased here"),
    "rejected": N_("can't be taken"),
}
UNDONE = ":undone"


class Wishes(Word, frozen=True):
    """What the creator says beside the file: which community, and what the user ids are of."""

    community: int | None = None
    platform: str = "discord"


class Judged(Word, frozen=True):
    """A row and what becomes of it; with a `key` its points are brought, to `member` if they are one already."""

    row: Row
    fate: Fate
    key: str = ""
    member: int | None = None


@dataclass(slots=True)
class Preview:
    """What an import would do, or did."""

    product: str
    community: int
    name: str
    space: str
    platform: str
    guild: str = ""
    judged: list[Judged] = field(default_factory=list)
    rejected: tuple[Rejected, ...] = ()
    passed: Counter[Fate] = field(default_factory=Counter)
    stored: int = 0
    dropped: int = 0

    @property
    def fates(self) -> Counter[Fate]:
        """How many rows have which fate."""
        return self.passed + Counter(one.fate for one in self.judged) + Counter({"rejected": len(self.rejected)})

    @property
    def reckoned(self) -> int:
        """How many of those that are brought had only a level in the file."""
        return sum(1 for one in self.judged if one.key and one.row.reckoned)

    @property
    def foreign(self) -> bool:
        """Whether the file says that it is of a server that is none of this community."""
        return self.guild not in ("", self.space)


async def place(app: App, wishes: Wishes) -> tuple[int, str, dict[str, str]]:
    """The community that is meant: its number, its name, and {platform: the space it began with there}.

    Raises LevelsError where that can't be told, or it is not on the platform.
    """
    known = await app.store.read(people.communities)
    names = ", ".join(f"{number}: {name}" for number, name in known)
    if not known:
        raise LevelsError(N_("There is no community yet: start the bot in your server or group first."))
    if wishes.community is None and len(known) > 1:
        raise LevelsError(N_("There are several communities. Choose one by --community: {names}"), names=names)
    found = next((one for one in known if wishes.community in (None, one[0])), None)
    if found is None:
        raise LevelsError(N_("There is no community {n}. There are: {names}"), n=wishes.community, names=names)
    spaces = await app.store.read(people.spaces, found[0])
    if wishes.platform not in spaces:
        raise LevelsError(
            N_("The community is not on {platform}: start the bot there first."), platform=wishes.platform
        )
    return *found, spaces


async def judge(app: App, reading: Reading, wishes: Wishes) -> Preview:
    """See what would become of each row. Raises LevelsError for what is wrong with all of it."""
    number, name, spaces = await place(app, wishes)
    look = await app.store.read(_look, number, wishes.platform, reading)
    return Preview(
        product=reading.product,
        community=number,
        name=name,
        space=spaces[wishes.platform],
        platform=wishes.platform,
        guild=reading.guild,
        judged=look,
        rejected=reading.rejected,
        passed=Counter({"double": reading.doubles, "nothing": reading.nothing, "bot": reading.bots}),
    )


def _prefix(product: str, community: int) -> str:
    return f"levels:{product}:{community}:"


def _look(connection: Connection, community: int, platform: str, reading: Reading) -> list[Judged]:
    known = people.by_account(connection, community, {(platform, row.user) for row in reading.rows})
    points = people.points(connection, set(known.values()))
    prefix = f"{_prefix(reading.product, community)}{platform}:"
    keys = _free(connection, {row.user: f"{prefix}{row.user}" for row in reading.rows})
    erased = people.erased(connection, community, platform, [row.user for row in reading.rows])
    judged: list[Judged] = []
    seen: set[int] = set()
    for row in reading.rows:  # whoever has most comes first
        member, key = known.get((platform, row.user)), keys.get(row.user, "")
        fate: Fate = "newcomer" if member is None else "known"
        if row.user in erased:
            fate = "erased"
        elif member in seen:
            fate = "double"
        elif not key:
            fate = "same"
        elif member is not None and points[member] >= row.xp:
            fate = "more"
        if member is not None:
            seen.add(member)
        brought = key if fate in ("known", "newcomer") else ""
        judged.append(Judged(row=row, fate=fate, key=brought, member=member))
    return judged


def _free(connection: Connection, keys: dict[str, str]) -> dict[str, str]:
    """{user: the key to bring them by}: after an undo it is another one; who was brought before has none."""
    found: dict[str, str] = {}
    left, times = dict(keys), 1
    while left:
        names = {user: key if times == 1 else f"{key}:{times}" for user, key in left.items()}
        used = ledger.known(connection, list(names.values()))
        undone = ledger.known(connection, [f"{key}{UNDONE}" for key in names.values() if key in used])
        found.update({user: key for user, key in names.items() if key not in used})
        left = {user: left[user] for user, key in names.items() if f"{key}{UNDONE}" in undone}
        times += 1
    return found


async def bring(app: App, preview: Preview) -> None:
    """Store what was judged to be brought. Nobody is told; gates open for whoever is here."""
    wanted = [one for one in preview.judged if one.key]
    title = PRODUCTS[preview.product].title if preview.product != "list" else preview.product
    for start in range(0, len(wanted), BATCH):
        events = [event for one in wanted[start : start + BATCH] for event in _events(app, preview, one, title)]
        outcome = await app.submit(events, quiet=True)
        preview.dropped += outcome.dropped + outcome.poisoned
        preview.stored += outcome.new - sum(1 for event in events if isinstance(event, MemberLeft))


def _events(app: App, preview: Preview, one: Judged, title: str) -> Iterable[Event]:
    now = app.clock()
    who = Account(platform=preview.platform, space=preview.space, user=one.row.user, name=one.row.name)
    if one.member is None:
        yield MemberLeft(key=f"{one.key}:away", at=now, who=who)
    else:
        who = member_account(preview.community, one.member)
    yield PointsAdjusted(key=one.key, at=now, who=who, to=one.row.xp, why=title, actor="lyceum import levels")


async def undo(app: App, product: str, wishes: Wishes) -> int:
    """Take back what was brought from a product; returns for how many. Raises LevelsError when there is nothing."""
    number, _, _ = await place(app, wishes)
    told = await app.store.read(people.told, number, _prefix(product, number))
    keys = {key for _, key in told}
    left = [
        (member, key) for member, key in told if not key.endswith((UNDONE, ":away")) and f"{key}{UNDONE}" not in keys
    ]
    if not left:
        raise LevelsError(N_("Nothing was brought from {product}, or it was taken back."), product=product)
    now, done = app.clock(), 0
    for start in range(0, len(left), BATCH):
        events = [
            AdjustmentUndone(key=f"{key}{UNDONE}", at=now, who=member_account(number, member), of=key)
            for member, key in left[start : start + BATCH]
        ]
        done += (await app.submit(events, quiet=True)).new
    return done
