"""What goes wrong says who must do what, or that it is worth another try; and never shows a key."""

import pytest

from bot.adapters.stripe import StripeProvider
from bot.payments import Busy, Unable
from tests.adapters.stripe.conftest import Stall, opened
from tests.fakes.stripe import CUT, FakeStripe
from tests.fakes.stripe_world import World


@pytest.mark.parametrize("status", [CUT, 429, 500, 502, 503])
async def test_worth_another_try(stall: Stall, status: int) -> None:
    stall.fake.fail_next(status, path="/v1/products")
    with pytest.raises(Busy) as caught:
        await stall.provider.checkout(stall.order())
    assert "sk_test" not in str(caught.value)
    assert stall.world.find("product") == []
    assert (await stall.provider.checkout(stall.order())).external


async def test_no_server_at_all() -> None:
    world = World()
    provider = StripeProvider("sk_test_1", None, lambda: world.now, url="http://127.0.0.1:1", retries=0)
    with pytest.raises(Busy, match="can't be reached"):
        await provider.portal("cus_1")
    await provider.close()


@pytest.mark.parametrize("key", ["sk_test_nobody_knows_this_key_1234", "rk_live_nobody_knows_this_key_1234"])
async def test_an_unknown_key(key: str) -> None:
    async with opened(key=key) as stall:
        with pytest.raises(Unable) as caught:
            await stall.provider.checkout(stall.order())
    assert str(caught.value) == ("Stripe does not know the key: make a new one under Developers → API keys and set it.")


@pytest.mark.parametrize("key", ["", "pk_test_x", "whsec_x"])
def test_what_is_no_key(key: str) -> None:
    with pytest.raises(ValueError, match="begins with sk_ or rk_") as caught:
        StripeProvider(key, None, lambda: World().now)
    assert not key or key not in str(caught.value)


async def test_a_key_that_may_not_says_which_right_it_lacks() -> None:
    with FakeStripe() as fake:
        key = fake.restricted("products", "prices")
        provider = StripeProvider(key, fake.world.secret, lambda: fake.world.now, url=fake.url, retries=0)
        stall = Stall(fake, provider)
        with pytest.raises(Unable) as caught:
            await provider.checkout(stall.order())
        await provider.close()
    assert str(caught.value) == ("Stripe's key lacks the permission rak_checkout: give it under Developers → API keys.")


async def test_an_account_that_is_not_connected() -> None:
    async with opened(account="acct_stranger") as stall:
        with pytest.raises(Unable, match="LYCEUM_STRIPE_ACCOUNT") as caught:
            await stall.provider.checkout(stall.order())
    assert "sk_test" not in str(caught.value)


async def test_a_portal_that_was_never_set_up() -> None:
    async with opened(world=World(portal=False)) as stall:
        bought = await stall.sell()
        with pytest.raises(Unable, match=r"https://dashboard\.stripe\.com/settings/billing/portal"):
            await stall.provider.portal(bought.buyer.customer)


async def test_what_stripe_refuses_is_said_in_its_words(stall: Stall) -> None:
    with pytest.raises(Unable, match="No such customer: 'cus_none'"):
        await stall.provider.portal("cus_none")


async def test_an_object_of_another_shape_is_not_misread(stall: Stall) -> None:
    bought = await stall.sell()
    stall.world.complaints.clear()
    del stall.sub()["status"]
    with pytest.raises(Unable, match="Recurrence is not as version"):
        await stall.provider.fetch(bought.subscription)
    stall.sub()["status"] = "active"
    stall.world.complaints.clear()
