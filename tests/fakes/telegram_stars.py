"""Telegram Stars on the fake Telegram: invoice links, checkouts, subscriptions of 30 days, refunds, the bot's account.

Telegram's rules (https://core.telegram.org/bots/payments-stars): a payment goes through only if the bot agrees within
ten seconds; money is told of once, in a message with `successful_payment`; a subscription is charged every 30 days
without asking the bot, and `subscription` tells when that fails, or when the user cancels or resumes it; what the bot
cancels only the user can resume, and only once the bot permits it. The tests' hand on the clock is `advance`.
"""

from time import monotonic
from typing import Any

from tests.fakes.telegram_faults import FaultError, bad
from tests.fakes.telegram_world import World

Json = dict[str, Any]
PERIOD = 2_592_000
"""The only length of a subscription, in seconds."""
MOST = 10_000
"""Stars that a subscription costs at most."""
PATIENCE = 10.0
"""Seconds in which a checkout must be answered, by the world's clock and by a real one."""
TOO_LATE = "Bad Request: query is too old and response timeout expired or query ID is invalid"


class Stars(World):
    """What users do with their Stars, and the bot's methods for them."""

    def __init__(self) -> None:
        super().__init__()
        self.balance = 0
        """The bot's Stars."""
        self.purses: dict[int, int] = {}
        """The users' Stars."""
        self.invoices: dict[str, Json] = {}
        """Invoices by their links."""
        self.checkouts: dict[str, Json] = {}
        """Every checkout by its query's id: `user`, `invoice`, `state` (waiting, agreed, refused, late), `error`."""
        self.subscriptions: dict[str, Json] = {}
        """By the first payment's charge: `user`, `invoice`, `ends`, `canceled`, `bot_canceled`, `state`."""
        self.transactions: list[Json] = []
        """StarTransactions, the oldest first."""
        self._charges: dict[str, Json] = {}
        self._passed = 0
        """Seconds that `advance` let pass."""

    # ------------------------------------------------------------------ what people do

    def give_stars(self, user: int, stars: int) -> None:
        """They buy Stars of Telegram."""
        self.purses[user] = self.purses.get(user, 0) + stars

    def pay(self, user: int, link: str) -> str:
        """Open an invoice's link and confirm; returns the checkout's id, '' when their Stars do not suffice."""
        invoice = self.invoices[link]
        if self.purses.get(user, 0) < invoice["amount"]:
            return ""
        number = f"checkout{len(self.checkouts) + 1}"
        asked = {"user": user, "invoice": invoice, "state": "waiting", "passed": self._passed, "real": monotonic()}
        self.checkouts[number] = asked
        body = {"id": number, "from": self.users[user], "currency": "XTR", "total_amount": invoice["amount"]}
        if not self.put("pre_checkout_query", {**body, "invoice_payload": invoice["payload"]}):
            asked["state"] = "late"
        return number

    def advance(self, seconds: float = 0, *, days: float = 0) -> None:
        """Let time pass: checkouts grow too old, subscriptions are renewed on their days or end."""
        span = round(seconds + days * 86_400)
        self._passed += span
        until = self.now + span
        while due := [(one["ends"], key) for key, one in self.subscriptions.items() if self._due(one, until)]:
            ends, charge = min(due)
            self.now = max(self.now, ends)
            self._come_due(charge)
        self.now = max(self.now, until)
        for one in self.checkouts.values():
            if one["state"] == "waiting" and self._late(one):
                one["state"] = "late"

    def cancel_subscription(self, user: int, charge: str) -> None:
        """They cancel in their client; what is paid for stays."""
        self._own(user, charge)["canceled"] = True
        self._tell(charge, "canceled")

    def resume_subscription(self, user: int, charge: str) -> bool:
        """They resume it; False when the bot's cancelling forbids it, or it is over."""
        one = self._own(user, charge)
        if one["bot_canceled"] or one["state"] != "active" or not one["canceled"]:
            return False
        one["canceled"] = False
        self._tell(charge, "active")
        return True

    def top_up_and_renew(self, user: int, charge: str, stars: int) -> bool:
        """They buy Stars for a subscription whose payment failed; Telegram charges it anew. False when it can't."""
        one = self._own(user, charge)
        self.give_stars(user, stars)
        if one["state"] != "failed" or self.purses[user] < one["invoice"]["amount"]:
            return False
        one |= {"state": "active", "ends": self.now + PERIOD}
        self._charge(user, one["invoice"], subscription=charge)
        return True

    def charges(self, user: int) -> list[str]:
        """The payments of a user, the oldest first."""
        return [key for key, one in self._charges.items() if one["user"] == user]

    # ------------------------------------------------------------------ the bot's methods

    async def createInvoiceLink(  # noqa: N802 - the Bot API's name
        self, title: str, description: str, payload: str, currency: str, prices: list[Json], **options: Any
    ) -> str:
        for name, value in (("title", title), ("description", description), ("payload", payload)):
            if not value:
                raise bad(f'parameter "{name}" is required')
        if currency != "XTR" or options.get("provider_token"):
            raise bad("PAYMENT_PROVIDER_INVALID")
        if len(payload.encode()) > 128:
            raise bad("INVOICE_PAYLOAD_INVALID")
        if len(title) > 32 or len(description) > 255:
            raise bad("MEDIA_INVALID")
        if len(prices) != 1 or any(options.get(k) for k in ("max_tip_amount", "need_shipping_address", "is_flexible")):
            raise bad("STARS_INVOICE_INVALID")
        amount, period = prices[0]["amount"], options.get("subscription_period")
        if period not in (None, PERIOD):
            raise bad("SUBSCRIPTION_PERIOD_INVALID")
        if amount < 1 or (period and amount > MOST) or amount > 100_000:
            raise bad("CURRENCY_TOTAL_AMOUNT_INVALID")
        link = f"https://t.me/$invoice{len(self.invoices) + 1}"
        self.invoices[link] = {"title": title, "payload": payload, "amount": amount, "period": period}
        return link

    async def answerPreCheckoutQuery(  # noqa: N802
        self, pre_checkout_query_id: str, ok: bool, error_message: str | None = None
    ) -> bool:
        one = self.checkouts.get(pre_checkout_query_id)
        if one is None or one["state"] != "waiting" or self._late(one):
            raise FaultError(400, TOO_LATE)
        if not ok:
            if not error_message:
                raise bad("ERROR_TEXT_EMPTY")
            one |= {"state": "refused", "error": error_message, "took": monotonic() - one["real"]}
            return True
        one |= {"state": "agreed", "took": monotonic() - one["real"]}
        self._charge(one["user"], one["invoice"])
        return True

    async def refundStarPayment(self, user_id: int, telegram_payment_charge_id: str) -> bool:  # noqa: N802
        charge = self._charges.get(telegram_payment_charge_id)
        if user_id not in self.users:
            raise bad("USER_ID_INVALID")
        if charge is None or charge["user"] != user_id:
            raise bad("CHARGE_ID_INVALID")
        if charge["refunded"]:
            raise bad("CHARGE_ALREADY_REFUNDED")
        charge["refunded"] = True
        invoice = charge["invoice"]
        self.balance -= invoice["amount"]
        self.give_stars(user_id, invoice["amount"])
        self._note(telegram_payment_charge_id, user_id, invoice, "receiver")
        refunded = {
            "currency": "XTR", "total_amount": invoice["amount"], "invoice_payload": invoice["payload"],
            "telegram_payment_charge_id": telegram_payment_charge_id,
        }  # fmt: skip
        self.service(user_id, user_id, refunded_payment=refunded)
        return True

    async def editUserStarSubscription(  # noqa: N802
        self, user_id: int, telegram_payment_charge_id: str, is_canceled: bool
    ) -> bool:
        one = self.subscriptions.get(telegram_payment_charge_id)
        if one is None or one["user"] != user_id:
            raise bad("CHARGE_ID_INVALID")
        one["bot_canceled"] = is_canceled
        if is_canceled:
            one["canceled"] = True
        return True

    async def getStarTransactions(self, offset: int | None = None, limit: int | None = None) -> Json:  # noqa: N802
        if limit is not None and not 1 <= limit <= 100:
            raise bad("LIMIT_INVALID")
        start = offset or 0
        return {"transactions": self.transactions[start : start + (limit or 100)]}

    async def getMyStarBalance(self) -> Json:  # noqa: N802
        return {"amount": self.balance}

    # ------------------------------------------------------------------ rules

    def _late(self, checkout: Json) -> bool:
        # Each deed takes a second of the world's: only what `advance` lets pass makes a query old, and real time.
        return bool(self._passed - checkout["passed"] > PATIENCE or monotonic() - checkout["real"] > PATIENCE)

    def _own(self, user: int, charge: str) -> Json:
        one = self.subscriptions[charge]
        assert one["user"] == user
        return one

    def _due(self, one: Json, until: int) -> bool:
        return bool(one["state"] == "active" and one["ends"] <= until)

    def _come_due(self, charge: str) -> None:
        one = self.subscriptions[charge]
        if one["canceled"]:
            one["state"] = "ended"
        elif self.purses.get(one["user"], 0) < one["invoice"]["amount"]:
            one["state"] = "failed"
            self._tell(charge, "failed")
        else:
            one["ends"] += PERIOD
            self._charge(one["user"], one["invoice"], subscription=charge)

    def _tell(self, charge: str, state: str) -> None:
        one = self.subscriptions[charge]
        user = self.users[one["user"]]
        self.put("subscription", {"user": user, "invoice_payload": one["invoice"]["payload"], "state": state})

    def _charge(self, user: int, invoice: Json, *, subscription: str = "") -> None:
        charge = f"stars_{len(self._charges) + 1:06d}"
        self.started.add(user)
        self.purses[user] -= invoice["amount"]
        self.balance += invoice["amount"]
        self._charges[charge] = {"user": user, "invoice": invoice, "refunded": False}
        self._note(charge, user, invoice, "source")
        paid: Json = {
            "currency": "XTR", "total_amount": invoice["amount"], "invoice_payload": invoice["payload"],
            "telegram_payment_charge_id": charge, "provider_payment_charge_id": "",
        }  # fmt: skip
        if invoice["period"]:
            first = not subscription
            if first:
                self.subscriptions[charge] = {
                    "user": user, "invoice": invoice, "ends": self.now + PERIOD, "state": "active",
                    "canceled": False, "bot_canceled": False,
                }  # fmt: skip
            paid["subscription_expiration_date"] = self.subscriptions[subscription or charge]["ends"]
            paid["is_recurring"] = True
            if first:
                paid["is_first_recurring"] = True
        self.service(user, user, successful_payment=paid)

    def _note(self, charge: str, user: int, invoice: Json, side: str) -> None:
        partner = {
            "type": "user", "transaction_type": "invoice_payment", "user": self.users[user],
            "invoice_payload": invoice["payload"],
            **({"subscription_period": invoice["period"]} if invoice["period"] else {}),
        }  # fmt: skip
        self.transactions.append({"id": charge, "amount": invoice["amount"], "date": self.now, side: partner})
