"""The bot's Star transactions, read from Telegram a page at a time, and what follows from them about a purchase.

Everything that must be known of a purchase later is in its invoice's payload (`Ticket`), which comes back with every
transaction: the books at Telegram alone say who bought what, to when.
"""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from telegram import Bot, StarTransaction, TransactionPartnerUser

from bot.engine.rules import Plan
from bot.sales import STARS, Payment, Price, Subscription, months_later
from bot.words import Word

PROVIDER = "stars"
PERIOD = timedelta(days=30)
"""The only length of a subscription paid in Stars."""
PAGE = 100
LATE = timedelta(hours=1)
"""A renewal that was not charged so long after it was due has failed."""
_TICKET = re.compile(r"([\w-]{1,64})\|([a-z0-9][a-z0-9_-]{0,31})\|(m|l|d\d{1,4}|M\d{1,2}|u\d{8})", re.ASCII)


class Ticket(Word, frozen=True):
    """An invoice's payload: the order's token, the plan, and how long it lasts.

    `term`: m is a subscription that renews, l for ever, d30 thirty days, M3 three months, u20270101 to that date.
    """

    order: str
    plan: str
    term: str

    def write(self) -> str:
        """As a payload: at most 128 bytes."""
        return f"{self.order}|{self.plan}|{self.term}"

    @property
    def renews(self) -> bool:
        """Whether it is charged every 30 days."""
        return self.term == "m"

    def until(self, paid: Sequence[datetime]) -> datetime | None:
        """To when it is paid, after these payments; None is for ever."""
        first, number = paid[0], self.term[1:]
        if self.renews:
            until = first
            for at in paid:
                until = max(until, at) + PERIOD
            return until
        match self.term[0]:
            case "d":
                return first + timedelta(days=int(number))
            case "M":
                return months_later(first, int(number))
            case "u":
                return datetime.combine(date.fromisoformat(number), time(), UTC)
            case _:
                return None


def ticket(payload: str) -> Ticket | None:
    """Read a payload; None for one that is not ours."""
    found = _TICKET.fullmatch(payload)
    return Ticket(order=found[1], plan=found[2], term=found[3]) if found else None


def term_of(plan: Plan, *, gift: bool) -> str:
    """How long a plan lasts when it is paid in Stars: what renews every month renews, other periods are passes."""
    match plan.period:
        case "month" if not gift:
            return "m"
        case "once":
            return f"d{plan.days}"
        case "date" if plan.ends_on:
            return f"u{plan.ends_on:%Y%m%d}"
        case _:
            return f"M{plan.months}" if plan.months else "l"


class Entry(Word, frozen=True):
    """A transaction with a user about an invoice of ours: money that came, or (`back`) went back."""

    charge: str
    at: datetime
    stars: int
    user: int
    ticket: Ticket
    back: bool


class Purchase(Word, frozen=True):
    """All that Telegram's books say of one order, the oldest first."""

    entries: tuple[Entry, ...]

    @property
    def ticket(self) -> Ticket:
        """What was bought."""
        return self.entries[0].ticket

    @property
    def user(self) -> int:
        """Who pays."""
        return self.entries[0].user

    @property
    def charge(self) -> str:
        """The first payment, by which Telegram names a subscription."""
        return self.entries[0].charge

    @property
    def paid(self) -> tuple[Entry, ...]:
        """What came in."""
        return tuple(one for one in self.entries if not one.back)

    def has(self, charge: str, *, back: bool) -> bool:
        """Whether a charge, or its return, is in the books; '' is any."""
        return not charge or any(one.charge == charge and one.back == back for one in self.entries)

    def payments(self) -> tuple[tuple[datetime, Payment], ...]:
        """All money that moved."""
        return tuple((one.at, self._payment(one)) for one in self.entries)

    def _payment(self, one: Entry) -> Payment:
        charge = f"{PROVIDER}:{one.charge}"
        return Payment(
            id=f"{charge}:refund" if one.back else charge,
            kind="refund" if one.back else "charge",
            subscription=f"{PROVIDER}:{one.ticket.order}",
            plan=one.ticket.plan,
            price=Price(amount=one.stars, currency=STARS),
            of=charge if one.back else "",
        )

    @property
    def moved_at(self) -> datetime:
        """When money moved last."""
        return self.entries[-1].at

    def subscription(self) -> Subscription:
        """What the books alone say: it is paid, to then. That money went back ends nothing by itself."""
        paid, terms = self.paid, self.ticket
        return Subscription(
            id=f"{PROVIDER}:{terms.order}",
            plan=terms.plan,
            status="active",
            since=paid[0].at,
            as_of=paid[-1].at,
            until=terms.until([one.at for one in paid]),
            renews=terms.renews,
            months=1 if terms.renews else 0,
            price=Price(amount=paid[-1].stars, currency=STARS),
        )


class StarLedger:
    """Telegram's list of transactions, which only grows: what was read is kept, and what is new is read."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._purchases: dict[str, Purchase] = {}
        self._read = 0
        self._last = ""
        self._lock = asyncio.Lock()

    async def refresh(self) -> None:
        """Read what is new. Should the list not go on where it ended, it is read anew. Raises TelegramError."""
        async with self._lock:
            if self._read:
                (last,) = (await self._page(self._read - 1, 1)) or (None,)
                if last is None or _mark(last) != self._last:
                    self._read, self._purchases = 0, {}
            while True:
                page = await self._page(self._read, PAGE)
                for one in page:
                    self._note(one)
                self._read += len(page)
                if len(page) < PAGE:
                    return

    def of(self, order: str) -> Purchase | None:
        """What is known of an order."""
        return self._purchases.get(order)

    def since(self, at: datetime) -> list[Purchase]:
        """The purchases about which money moved since then."""
        return [one for one in self._purchases.values() if one.moved_at >= at]

    async def _page(self, offset: int, limit: int) -> tuple[StarTransaction, ...]:
        return (await self._bot.get_star_transactions(offset, limit)).transactions

    def _note(self, one: StarTransaction) -> None:
        self._last = _mark(one)
        partner = one.source or one.receiver
        if not isinstance(partner, TransactionPartnerUser):
            return
        terms = ticket(partner.invoice_payload or "")
        if terms is None:
            return
        entry = Entry(
            charge=one.id, at=one.date.astimezone(UTC), stars=one.amount, user=partner.user.id, ticket=terms,
            back=one.source is None,
        )  # fmt: skip
        known = self._purchases.get(terms.order)
        if known is None and entry.back:
            return
        self._purchases[terms.order] = Purchase(entries=(*(known.entries if known else ()), entry))


def _mark(one: StarTransaction) -> str:
    return f"{one.id}:{'in' if one.source else 'out'}"
