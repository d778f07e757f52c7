"""The till: where memberships are offered, paid, changed and reckoned up, whoever the provider is.

`counter.py` sells, `intake.py` turns what providers say into events, `bell.py` hears their webhooks, `reconcile.py`
asks them for what was missed. `Till` is all four, as the commands and the web see it.
"""

from bot.till.counter import Offer, Refusal, Wish
from bot.till.reconcile import Reconciled
from bot.till.till import Till

__all__ = ["Offer", "Reconciled", "Refusal", "Till", "Wish"]
