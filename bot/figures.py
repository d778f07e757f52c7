"""The figures of /revenue: what each is called, what exactly it means, and where it comes from.

A new figure is one entry in `FIGURES`; the command, its file, `docs/money.md` and the tests walk that table.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction

from bot.engine.money import Total
from bot.engine.revenue import Revenue
from bot.i18n import N_, Tongue
from bot.sales import Price
from bot.words import Word

Value = Total | Price | Fraction | int | None
"""Money, money on average, a share, a count; None is 'can't be said'."""


class Figure(Word, frozen=True):
    """A figure: its name in files, its title, its definition, and how it is read off."""

    name: str
    title: str
    definition: str
    value: Callable[[Revenue], Value]


FIGURES = (
    Figure(
        name="mrr",
        title=N_("Monthly recurring revenue (MRR)"),
        definition=N_(
            "The sum of the prices of all paying subscriptions at the end of the period, each divided by its months. "
            "Trials and what costs nothing are out. Past due is in until its grace ends, paused is in, cancelled is in "
            "until its date. Refunded, disputed and one-off purchases are out."
        ),
        value=lambda all_: all_.mrr,
    ),
    Figure(
        name="committed_mrr",
        title=N_("Committed MRR"),
        definition=N_("MRR without the subscriptions that are cancelled and run until their date."),
        value=lambda all_: all_.committed,
    ),
    Figure(
        name="revenue",
        title=N_("R: subscriptions and courses"),
        definition=N_(
            "Price × subscribers + price × courses sold: MRR at the end of the period, and the one-off purchases in it."
        ),
        value=lambda all_: all_.revenue,
    ),
    Figure(
        name="one_off",
        title=N_("One-off purchases"),
        definition=N_(
            "What was paid in the period for what does not recur (passes, courses, lifetimes), less what of it was "
            "refunded or disputed in the period."
        ),
        value=lambda all_: all_.one_off,
    ),
    Figure(
        name="subscribers",
        title=N_("Subscribers"),
        definition=N_("Members with at least one paying subscription at the end of the period, each counted once."),
        value=lambda all_: all_.subscribers,
    ),
    Figure(
        name="subscriptions",
        title=N_("Subscriptions"),
        definition=N_("Paying subscriptions at the end of the period: those at its start + new + returned − churned."),
        value=lambda all_: all_.subscriptions,
    ),
    Figure(
        name="new",
        title=N_("New"),
        definition=N_("Subscriptions that began to pay in the period, for the first time; a trial when it is paid."),
        value=lambda all_: all_.moves.new,
    ),
    Figure(
        name="returned",
        title=N_("Returned"),
        definition=N_("Subscriptions that had stopped paying and pay again: paid after all, or a dispute won."),
        value=lambda all_: all_.moves.returned,
    ),
    Figure(
        name="churned",
        title=N_("Churned"),
        definition=N_(
            "Subscriptions that stopped paying in the period, for whatever reason: a cancelled one when its date "
            "comes, a failed one when its grace ends, a refunded or disputed one at once."
        ),
        value=lambda all_: all_.moves.churned,
    ),
    Figure(
        name="refunded",
        title=N_("of these refunded"),
        definition=N_("Churned subscriptions that ended with a refund."),
        value=lambda all_: all_.moves.refunded,
    ),
    Figure(
        name="disputed",
        title=N_("of these disputed"),
        definition=N_("Churned subscriptions whose payment was disputed at the bank."),
        value=lambda all_: all_.moves.disputed,
    ),
    Figure(
        name="cancelled",
        title=N_("Cancelled"),
        definition=N_(
            "Subscriptions that were told not to renew in the period. They still pay, and are not churned yet."
        ),
        value=lambda all_: all_.moves.cancelled,
    ),
    Figure(
        name="failed",
        title=N_("Payments failed"),
        definition=N_("Renewals that failed in the period, each counted once however often it was tried."),
        value=lambda all_: all_.moves.failed,
    ),
    Figure(
        name="recovered",
        title=N_("Recovered"),
        definition=N_("Failed renewals that were paid after all in the period, within their grace or later."),
        value=lambda all_: all_.moves.recovered,
    ),
    Figure(
        name="trialing",
        title=N_("In trial"),
        definition=N_("Trials under way at the end of the period."),
        value=lambda all_: all_.trialing,
    ),
    Figure(
        name="trial_conversion",
        title=N_("Trial conversion"),
        definition=N_("Of the trials that ended in the period, the share that paid by its end."),
        value=lambda all_: Fraction(all_.moves.converted, all_.moves.trials) if all_.moves.trials else None,
    ),
    Figure(
        name="churn_rate",
        title=N_("Churn rate"),
        definition=N_(
            "Of the subscriptions that paid at the start of the period, the share that does not pay at its end, "
            "for 30 days."
        ),
        value=lambda all_: all_.churn,
    ),
    Figure(
        name="arpu",
        title=N_("Average revenue per subscriber (ARPU)"),
        definition=N_("MRR divided by the subscribers; those who pay in a currency without a rate are left out."),
        value=lambda all_: all_.arpu,
    ),
    Figure(
        name="ltv",
        title=N_("Lifetime value (LTV)"),
        definition=N_(
            "ARPU divided by the churn rate. What a member costs you is not known here and not taken off; without "
            "churn nothing can be said."
        ),
        value=lambda all_: all_.ltv,
    ),
    Figure(
        name="gross",
        title=N_("Paid"),
        definition=N_("All that members paid in the period, before the fees of the payment providers."),
        value=lambda all_: all_.gross,
    ),
    Figure(
        name="refunds",
        title=N_("Refunds"),
        definition=N_("What was paid back in the period, whenever it had been paid."),
        value=lambda all_: all_.refunds,
    ),
    Figure(
        name="disputes",
        title=N_("Disputes"),
        definition=N_("What banks took back in the period, whenever it had been paid."),
        value=lambda all_: all_.disputes,
    ),
    Figure(
        name="net",
        title=N_("Net"),
        definition=N_("Paid − refunds − disputes, before the fees of the payment providers."),
        value=lambda all_: all_.net,
    ),
)
EXCHANGE = N_(
    "Everything is in one currency, by your own rates (membership.currency and membership.rates in the rules): the "
    "value of one unit of a currency, or of one Telegram Star. An amount without a rate is listed apart, in no "
    "sum."
)


def shown(say: Tongue, value: Value) -> str:
    """A figure as people read it."""
    if value is None:
        return "–"
    if isinstance(value, Total):
        return " + ".join(say.money(one) for one in (value.price, *value.apart))
    if isinstance(value, Price):
        return say.money(value)
    return f"{float(value) * 100:.1f} %" if isinstance(value, Fraction) else say.show(value)


def cells(value: Value) -> Iterator[tuple[str, str]]:
    """A figure as a file has it: (number, unit) pairs; money in major units, a share as a number from 0."""
    match value:
        case Total(price=price, apart=apart):
            yield from ((str(one.major), one.currency.upper()) for one in (price, *apart))
        case Price():
            yield str(value.major), value.currency.upper()
        case Fraction():
            yield f"{float(value):.4f}", "share"
        case None:
            yield "", ""
        case _:
            yield str(value), "count"
