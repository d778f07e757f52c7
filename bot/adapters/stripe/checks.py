"""Whether the keys an operator set are right."""

import asyncio

import stripe

from bot.adapters.stripe.api import KEYS, LIVE
from bot.doctor import Check
from bot.i18n import N_


async def checks(secret_key: str, webhook_secret: str | None, *, api_url: str | None = None) -> list[Check]:
    """Ask Stripe whether it knows the key, and look at the webhook's secret. Never raises, never shows a key."""
    found = [await asyncio.to_thread(_key, secret_key, api_url)]
    if webhook_secret is None:
        advice = N_("Without LYCEUM_STRIPE_WEBHOOK_SECRET no payment is heard of: copy it from the endpoint's page.")
        found.append(Check(title=N_("Stripe webhook secret"), state="warning", advice=advice))
    elif not webhook_secret.startswith("whsec_"):
        advice = N_("It begins with whsec_: copy it again from the endpoint's page in the Stripe dashboard.")
        found.append(Check(title=N_("Stripe webhook secret"), state="problem", advice=advice))
    else:
        found.append(Check(title=N_("Stripe webhook secret")))
    return found


def _key(secret_key: str, api_url: str | None) -> Check:
    if not secret_key.startswith(KEYS):
        advice = N_("It begins with sk_ or rk_: copy the secret key, not the publishable one (pk_).")
        return Check(title=N_("Stripe key"), state="problem", advice=advice)
    client = stripe.StripeClient(secret_key, base_addresses={"api": api_url} if api_url else {}, max_network_retries=1)
    try:
        client.v1.balance.retrieve()
    except stripe.AuthenticationError:
        advice = N_("Stripe does not know this key: make a new one under Developers → API keys.")
        return Check(title=N_("Stripe key"), state="problem", advice=advice)
    except stripe.PermissionError:
        return Check(title=N_("Stripe key (restricted)"))
    except stripe.StripeError as error:
        advice = N_("Stripe could not be asked: {why}")
        return Check(title=N_("Stripe key"), state="warning", advice=advice, values={"why": type(error).__name__})
    if secret_key.startswith(LIVE):
        return Check(title=N_("Stripe key (live mode)"))
    return Check(title=N_("Stripe key (test mode: no real money moves)"))
