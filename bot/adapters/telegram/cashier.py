"""The cashier: a checkout is answered within seconds, and what Telegram tells of money is handed on as a bell.

Telegram takes back a checkout that nobody answers for ten seconds. So it is answered at once, and by 'no' where the
database does not say 'yes' in time: the member may press again, which is better than to pay for what is not there.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from telegram.error import TelegramError

from bot.adapters.telegram.api import Api
from bot.adapters.telegram.events import PLATFORM
from bot.adapters.telegram.lanes import Lane
from bot.adapters.telegram.star_ledger import PROVIDER, ticket
from bot.adapters.telegram.stars import Bell, Stars
from bot.adapters.telegram.wire import Checkout, Update, User, parse
from bot.app import App
from bot.delivery import TryAgain
from bot.i18n import N_, match, tongue
from bot.sales import STARS
from bot.storage import orders, sales
from bot.storage.database import UNAVAILABLE
from bot.storage.orders import Placed
from bot.till.tested import as_seen
from bot.words import to_json

PATIENCE = 5.0
"""Seconds that the database may take to say whether an order is open."""
ONE_AT_A_TIME = timedelta(minutes=2)
"""After a 'yes' an order is being paid: it is not agreed to a second time meanwhile."""
REMEMBERED = 5_000
OK = 200
MARK = b'"pre_checkout_query"'
"""Stands in every update that is a checkout, and in next to none that is not."""
TRIES, PAUSE = 30, 2.0
"""How often, and after how many seconds, a payment is stored that could not be; after that the next start does it."""

OVER = N_("This offer is over. /subscribe makes a new one.")
PAID = N_("This is paid already: /status shows it.")
OTHER = N_("This offer is somebody else's. /subscribe makes one for you.")
CHANGED = N_("The price has changed. /subscribe makes a new offer.")
LATER = N_("I can't look it up just now. Please try again in a minute; nothing was charged.")

_log = structlog.get_logger()
Ring = Callable[[str, bytes, str], Awaitable[int]]
"""Hand on news of payments: (provider, body, signature); answers 200 when it is stored for good (`bot/till`)."""


class Cashier:
    """Answers checkouts, and rings the bell for payments, refunds and subscriptions that change."""

    def __init__(self, app: App, api: Api, stars: Stars) -> None:
        self.ring: Ring | None = None
        self._app = app
        self._bot = api.bot
        self._stars = stars
        self._agreed: OrderedDict[str, datetime] = OrderedDict()

    def asked(self, body: bytes) -> Checkout | None:
        """The checkout in an update, if it is one."""
        if MARK not in body:
            return None
        try:
            return parse(body).pre_checkout_query
        except (ValueError, RecursionError):
            return None

    async def checkout(self, asked: Checkout) -> None:
        """Agree or refuse, in time. Never raises: what goes wrong is logged, and Telegram charges nobody."""
        try:
            async with asyncio.timeout(PATIENCE):
                trouble = await self._trouble(asked)
        except (TimeoutError, *UNAVAILABLE) as error:
            _log.warning("a checkout could not be looked up", why=str(error).partition("\n")[0])
            trouble = LATER
        except Exception:  # noqa: BLE001 - a mistake of ours must not leave them waiting
            _log.exception("a checkout could not be looked up")
            trouble = LATER
        say = tongue(match(asked.from_.language_code))
        try:
            await self._bot.answer_pre_checkout_query(asked.id, not trouble, say(trouble) if trouble else None)
        except TelegramError as error:  # too late, or Telegram can't be reached: it tells them
            _log.warning("a checkout could not be answered", user=asked.from_.id, why=error.message)

    def lane(self, update: Update) -> Lane | None:
        """One lane for each user's purchases: what Telegram tells of them is handed on in order."""
        bell = _bell(update)
        return None if bell is None else (0, bell.user)

    async def answer(self, update: Update) -> None:
        """Ring."""
        bell = _bell(update)
        if bell is None:
            return
        if self.ring is None:
            _log.error("nobody takes in payments, so that one was not counted", news=bell.news)
            return
        for _ in range(TRIES):
            status = await self.ring(PROVIDER, to_json(bell), self._stars.signature)
            if status == OK:
                return
            _log.warning("a payment could not be stored; it is tried again", news=bell.news, status=status)
            await asyncio.sleep(PAUSE)
        raise TryAgain("a payment could not be stored")

    async def _trouble(self, asked: Checkout) -> str:
        """Why an order must not be paid now; '' when it may be."""
        terms, now = ticket(asked.invoice_payload), self._app.clock()
        found = await self._app.store.read(orders.by_token, [terms.order] if terms else [])
        order = found.get(terms.order) if terms else None
        if order is None or order.provider != PROVIDER or self.ring is None:
            return OVER
        if order.status != "open" or order.expires_at <= now:
            return PAID if order.status == "paid" else OVER
        trouble = await self._changed(asked, order) or await self._foreign(asked.from_, order)
        if trouble:
            return trouble
        if now < self._agreed.get(order.token, now):  # looked at last: nothing comes between this and the next line
            return PAID
        self._agreed[order.token] = now + ONE_AT_A_TIME
        if len(self._agreed) > REMEMBERED:
            self._agreed.popitem(last=False)
        return ""

    async def _changed(self, asked: Checkout, order: Placed) -> str:
        """Whether the plan is still sold, at the price that was offered."""
        plan = (await self._app.rules_of(order.community)).plan(order.plan)
        if plan is None or plan.archived:
            return OVER
        seen = await as_seen(self._app.store, order.community, order.member, plan)  # a test may have another price
        same = seen.price(STARS) == order.price and asked.currency.lower() == STARS and _fits(asked.total_amount, order)
        return "" if same else CHANGED

    async def _foreign(self, payer: User, order: Placed) -> str:
        """Whether the offer is somebody else's; one to a member who is not on Telegram yet may be paid by anybody."""
        known = await self._app.store.read(sales.accounts, [order.member])
        mine = [user for platform, user, _ in known.get(order.member, []) if platform == PLATFORM]
        return OTHER if mine and str(payer.id) not in mine else ""


def _fits(stars: int, order: Placed) -> bool:
    """Whether that is what the order asks for; a coupon may have made it less."""
    return stars == order.price.amount or (bool(order.coupon) and 0 < stars < order.price.amount)


def _bell(update: Update) -> Bell | None:
    """What an update tells of money, if it does."""
    message, changed, news = update.message, update.subscription, f"telegram:{update.update_id}"
    if changed is not None:
        return Bell(news=news, kind=changed.state, payload=changed.invoice_payload, user=changed.user.id)
    paid = message.successful_payment or message.refunded_payment if message else None
    if message is None or paid is None:
        return None
    return Bell(
        news=news,
        kind="paid" if message.successful_payment else "refunded",
        payload=paid.invoice_payload,
        user=message.chat.id,
        charge=paid.telegram_payment_charge_id,
    )
