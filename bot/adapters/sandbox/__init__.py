"""The sandbox: a payment provider without money, for the playground and for rehearsals on a real deployment.

`deal.py` is the bank, a pure function of what was agreed and of time; `provider.py` keeps its books and speaks the
payment port. Its pages are in `bot/web/checkout.py`. To rehearse something new, add a step to `deal.py` and a button.
"""

from bot.adapters.sandbox.deal import Card, Deal
from bot.adapters.sandbox.provider import Sandbox

__all__ = ["Card", "Deal", "Sandbox"]
