"""Stripe's webhook: was it Stripe who rang, about this account, in this mode, just now?

The algorithm is that of `stripe.Webhook.construct_event`, but for the time, which is taken as `now`, and the mode and
account, which stripe-python does not look at. https://docs.stripe.com/webhooks#verify-official-libraries
"""

from datetime import datetime

import msgspec
import stripe

from bot.adapters.stripe.wire import News
from bot.payments import Forged

TOLERANCE = 300
"""Seconds that a signature may be old, or the clocks apart."""
EVENT, THIN = "event", "v2.core.event"


def read(body: bytes) -> News:
    """What a webhook is about. Raises msgspec.ValidationError or DecodeError when it is no event."""
    return msgspec.json.decode(body, type=News)


class Bell:
    """Knows the endpoint's signing secret."""

    def __init__(self, secret: str | None, *, live: bool, account: str) -> None:
        if secret is not None and not secret.strip():
            raise ValueError("Stripe's webhook secret is empty, and an empty one can be forged: copy it (whsec_…)")
        self._secret = secret
        self._live = live
        self._account = account

    def verify(self, body: bytes, signature: str, now: datetime) -> str:
        """The id of the event, '' for a kind we have no use for. Raises Forged; says no secret."""
        if self._secret is None:
            raise Forged("there is no webhook secret to check it with: set LYCEUM_STRIPE_WEBHOOK_SECRET")
        try:
            stripe.WebhookSignature.verify_header(body, signature, self._secret)
            signed = _signed_at(signature)
        except (stripe.SignatureVerificationError, ValueError, TypeError) as error:  # TypeError: it is not ASCII
            raise Forged("the signature does not fit") from error
        if abs(now.timestamp() - signed) > TOLERANCE:
            raise Forged(f"it was signed at another time ({signed}): look at this computer's clock")
        try:
            news = read(body)
        except msgspec.DecodeError as error:
            raise Forged(f"it is no event: {error}") from error
        if news.object not in (EVENT, THIN) or not news.id:
            raise Forged("it is no event")
        if news.livemode is not self._live:
            modes = ("test mode", "live mode")
            raise Forged(f"it is of {modes[news.livemode]}, and the key is of {modes[self._live]}")
        if news.account is not None and news.account != self._account:
            raise Forged(f"it is about another account ({news.account})")
        return news.id if news.object == EVENT else ""


def _signed_at(signature: str) -> int:
    """The `t` of the header, which the signature covers. Raises ValueError."""
    return next(int(value) for name, _, value in (part.partition("=") for part in signature.split(",")) if name == "t")
