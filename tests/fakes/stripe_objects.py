"""Single objects of the fake Stripe that nothing happens to: the account, its balance, the portal."""

from tests.fakes.stripe_store import Json, RefusedError, Store

ACCOUNT = "acct_1LyceumFakeStripe"


def account(store: Store) -> Json:
    """The account itself."""
    return {
        "id": store.account or ACCOUNT, "object": "account", "business_type": None, "charges_enabled": True,
        "country": "US", "created": store.seconds, "default_currency": "usd", "details_submitted": True,
        "email": "creator@example.com", "payouts_enabled": True, "type": "standard",
    }  # fmt: skip


def balance(store: Store) -> Json:
    """What was booked, all of it pending for two days."""
    booked = store.all("balance_transaction")
    currencies = sorted({one["currency"] for one in booked}) or ["usd"]

    def sums(*, ready: bool) -> list[Json]:
        return [
            {
                "currency": currency,
                "amount": sum(
                    one["net"] for one in booked
                    if one["currency"] == currency and (one["available_on"] <= store.seconds) is ready
                ),
            }
            for currency in currencies
        ]  # fmt: skip

    return {
        "object": "balance", "livemode": store.livemode, "available": sums(ready=True), "pending": sums(ready=False)
    }  # fmt: skip


def portal_configuration(store: Store, params: Json, *, default: bool = False) -> Json:
    """What the portal lets a member do."""
    asked = params.get("features", {})
    cancel = {
        "enabled": False, "mode": "at_period_end", "proration_behavior": "none",
        "cancellation_reason": {"enabled": False, "options": ["other"]},
    } | asked.get("subscription_cancel", {})  # fmt: skip
    update: Json = {
        "billing_cycle_anchor": None, "default_allowed_updates": [], "enabled": False, "products": None,
        "proration_behavior": "none", "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    }  # fmt: skip
    headline = dict.fromkeys(("headline", "privacy_policy_url", "terms_of_service_url"))
    return store.new(
        "billing_portal.configuration", active=True, application=None,
        business_profile=headline | (params.get("business_profile") or {}),
        default_return_url=params.get("default_return_url"),
        features={
            "customer_update": {"allowed_updates": [], "enabled": False} | asked.get("customer_update", {}),
            "invoice_history": {"enabled": False} | asked.get("invoice_history", {}),
            "payment_method_update": {"enabled": False, "payment_method_configuration": None}
            | asked.get("payment_method_update", {}),
            "subscription_cancel": cancel,
            "subscription_pause": {"enabled": False, "duration": {"interval_options": [], "type": "indefinite"}}
            | asked.get("subscription_pause", {}),
            "subscription_update": update | asked.get("subscription_update", {}),
        },
        is_default=default, login_page={"enabled": False, "url": None}, metadata=params.get("metadata") or {},
        name=params.get("name"), updated=store.seconds,
    )  # fmt: skip


def portal_session(store: Store, params: Json) -> Json:
    """A link to the portal, for one member. Without a configuration in the dashboard or the request Stripe refuses."""
    customer = params.get("customer")
    if not customer:
        raise RefusedError("Missing required param: customer.", "customer", "parameter_missing")
    store.get("customer", customer, "customer", status=400)
    known = store.all("billing_portal.configuration")
    chosen = params.get("configuration") or next((one["id"] for one in known if one["is_default"]), None)
    if chosen is None:
        mode = "live" if store.livemode else "test"
        raise RefusedError(
            f"You can't create a portal session in {mode} mode until you save your customer portal settings in {mode} "
            "mode at https://dashboard.stripe.com/settings/billing/portal."
        )
    store.get("billing_portal.configuration", chosen, "configuration", status=400)
    made = store.new(
        "billing_portal.session", configuration=chosen, customer=customer, customer_account=None, flow=None,
        locale=params.get("locale"), on_behalf_of=None, return_url=params.get("return_url"),
    )  # fmt: skip
    flow = params.get("flow_data")
    if flow:
        made["flow"] = {
            "type": flow["type"], "subscription_cancel": None, "subscription_update": None,
            "subscription_update_confirm": None,
            "after_completion": {"type": "portal_homepage", "hosted_confirmation": None, "redirect": None},
        } | {name: value for name, value in flow.items() if name not in ("type", "after_completion")}  # fmt: skip
    made["url"] = f"https://billing.stripe.com/p/session/{made['id']}"
    return made
