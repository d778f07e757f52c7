"""The checker itself: it must find faults, or what it passes says nothing."""

from typing import Any

import pytest
from stripe._object_classes import OBJECT_CLASSES
from stripe.params import CouponUpdateParams, SubscriptionUpdateParams
from stripe.params.checkout import SessionCreateParams

from tests.fakes.stripe_store import Store
from tests.fakes.stripe_types import MisfitError, fields, misfits, read_params, resource, tree

CUSTOMER = {"id": "cus_1", "object": "customer", "created": 1, "default_source": None, "livemode": False}


def test_a_forms_brackets_become_typed_values() -> None:
    pairs = [
        ("mode", "payment"),
        ("line_items[0][price]", "price_1"),
        ("line_items[0][quantity]", "2"),
        ("line_items[1][price]", "price_2"),
        ("automatic_tax[enabled]", "true"),
        ("expires_at", "1795262400"),
        ("metadata[member]", "7"),
        ("expand[]", "customer"),
    ]
    assert read_params(SessionCreateParams, tree(pairs)) == {
        "mode": "payment",
        "line_items": [{"price": "price_1", "quantity": 2}, {"price": "price_2"}],
        "automatic_tax": {"enabled": True},
        "expires_at": 1795262400,
        "metadata": {"member": "7"},
        "expand": ["customer"],
    }


@pytest.mark.parametrize(
    ("pair", "param", "code"),
    [
        (("coupon", "ten"), "coupon", "parameter_unknown"),
        (("subscription_data[coupon]", "ten"), "subscription_data[coupon]", "parameter_unknown"),
        (("line_items[0][quantity]", "two"), "line_items[0][quantity]", "parameter_invalid_integer"),
        (("mode", "gift"), "mode", None),
        (("automatic_tax[liability][type]", "self"), "automatic_tax[enabled]", "parameter_missing"),
        (("automatic_tax[enabled]", "yes"), "automatic_tax[enabled]", None),
        (("success_url", ""), "success_url", "parameter_invalid_empty"),
        (("line_items", "price_1"), "line_items", None),
        (("api_key", "sk_test_1"), "api_key", "parameter_unknown"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(pair: tuple[str, str], param: str, code: str | None) -> None:
    with pytest.raises(MisfitError) as caught:
        read_params(SessionCreateParams, tree([pair]))
    assert (caught.value.param, caught.value.code) == (param, code)


@pytest.mark.parametrize("pairs", [[("a", "1"), ("a", "2")], [("a", "1"), ("a[b]", "2")], [("a[b]", "1"), ("a", "2")]])
def test_a_name_given_twice_is_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(MisfitError, match="given twice"):
        tree(pairs)


def test_what_may_be_emptied_may_be_empty() -> None:
    assert read_params(CouponUpdateParams, {"metadata": ""}) == {"metadata": ""}
    update = tree([("cancel_at", ""), ("trial_end", "now"), ("items[0][id]", "si_1")])
    assert read_params(SubscriptionUpdateParams, update) == {
        "cancel_at": "",
        "trial_end": "now",
        "items": [{"id": "si_1"}],
    }


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"email": "a@b.c"}, []),
        ({"coupon": None}, ["customer has no coupon"]),
        ({"created": "1"}, ["customer.created: '1' is not int"]),
        ({"livemode": 1}, ["customer.livemode: 1 is not bool"]),
        ({"balance": True}, ["customer.balance: True is not int"]),
        (
            {"tax_exempt": "sometimes"},
            ["customer.tax_exempt: 'sometimes' is not one of ['exempt', 'none', 'reverse']"],
        ),
        ({"metadata": {"a": 1}}, ["customer.metadata.a: 1 is not str"]),
        ({"invoice_settings": {"defaults": 1}}, ["customer.invoice_settings has no defaults"]),
        ({"subscriptions": {"object": "list", "data": []}}, ["customer.subscriptions lacks ['has_more', 'url']"]),
    ],
)
def test_an_object_that_does_not_fit_is_told_where(change: dict[str, Any], found: list[str]) -> None:
    assert misfits(CUSTOMER | change) == found


def test_a_required_field_may_not_be_missing() -> None:
    assert misfits({name: value for name, value in CUSTOMER.items() if name != "created"}) == ["customer lacks created"]
    assert misfits({"id": "cus_1", "object": "customer", "deleted": True}) == []


def test_an_expanded_object_is_checked_like_any_other() -> None:
    refund: dict[str, Any] = {"id": "re_1", "object": "refund", "amount": 1, "created": 1, "currency": "usd"}
    assert misfits({**refund, "customer": "cus_1"}) == []
    assert misfits({**refund, "customer": CUSTOMER | {"coupon": 1}}) == ["refund.customer has no coupon"]


def test_the_fields_of_every_resource_can_be_read() -> None:
    known = [name for name in OBJECT_CLASSES if name not in ("list", "search_result", "file_upload")]
    assert len(known) > 150
    assert [name for name in known if not fields(resource(name))] == []
    assert {"current_period_end", "coupon", "promotion_code"} & set(fields(resource("subscription"))) == set()
    assert "current_period_end" in fields(resource("subscription_item"))


def test_an_event_about_a_wrong_object_is_complained_of() -> None:
    store = Store()
    store.emit("customer.updated", CUSTOMER | {"coupon": 1})
    assert store.complaints == ["customer.updated: customer has no coupon"]
    store.emit("customer.upgraded", CUSTOMER)
    assert len(store.complaints) == 2
    assert store.complaints[1].startswith("customer.upgraded: event.type: 'customer.upgraded' is not ")
