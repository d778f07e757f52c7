"""How somebody stands, in words: what a phase is called.

Pure: what is known comes in, messages to translate and their values come out.
"""

from bot.engine.membership import Phase
from bot.i18n import N_

PHASES: dict[Phase, str] = {
    Phase.PENDING: N_("waiting for the payment"),
    Phase.TRIALING: N_("in trial"),
    Phase.ACTIVE: N_("active"),
    Phase.CANCELLED: N_("cancelled, open until its date"),
    Phase.GRACE: N_("payment failed, still open"),
    Phase.PAUSED: N_("paused"),
    Phase.EXPIRED: N_("ended"),
    Phase.REFUNDED: N_("refunded"),
    Phase.DISPUTED: N_("disputed at the bank"),
}
"""What each phase of a subscription is called."""
