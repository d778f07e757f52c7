"""Stripe: Checkout, invoices for wallets, the customer portal, webhooks that are only a bell, and refunds.

`provider.py` is what the till knows; `offer.py` makes what is to be paid, `catalog.py` what it costs, `ledger.py` asks
what is true and `truth.py` says what the answer means, `bell.py` verifies webhooks, `wire.py` and
`api.py` are the wire.
"""

from bot.adapters.stripe.checks import checks
from bot.adapters.stripe.ledger import CONCERNS
from bot.adapters.stripe.offer import Options
from bot.adapters.stripe.provider import StripeProvider

__all__ = ["CONCERNS", "Options", "StripeProvider", "checks"]
