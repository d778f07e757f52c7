"""How a subscription of the sandbox stands, in words; for its pages and for the playground."""

from bot.adapters.sandbox import Deal
from bot.i18n import N_, Tongue


def stands(deal: Deal, say: Tongue) -> str:
    """How a subscription stands, and what comes next."""
    one = deal.sold
    until = say(N_("for ever")) if one.until is None else say.day(one.until)
    match one.status:
        case "trialing" if one.renews:
            return say(N_("Free trial, charged on {date}"), date=until)
        case "trialing" | "active" if one.months and not one.renews:
            return say(N_("Cancelled, good until {date}"), date=until)
        case "active" if one.renews:
            return say(N_("Renews on {date}"), date=until)
        case "active" | "trialing":
            return say(N_("Paid until {date}"), date=until) if one.until else say(N_("Paid for ever"))
        case "past_due":
            again = until if deal.retry_at is None else say.day(deal.retry_at)
            return say(N_("Payment failed, tried again on {date}"), date=again)
        case "paused":
            return say(N_("Paused"))
        case "refunded":
            return say(N_("Refunded"))
        case _:
            return say(N_("Ended"))
