"""A community that sells two plans through a provider that does what the test says."""

from collections.abc import Awaitable, Callable

import pytest
import pytest_asyncio

from bot.app import App
from bot.engine.rules import Gate, Plan, Rules
from bot.events import Account
from bot.payments import Link
from bot.sales import Price
from bot.storage import gates, members
from bot.storage.members import Profile
from bot.till import Till, Wish
from tests.conftest import Clock
from tests.fakes.ports import FakePort
from tests.fakes.providers import FakeProvider

PRO = Plan(name="pro", title="Pro", period="month", prices={"usd": 900, "cny": 6800}, gates=("vip",), trial_days=0)
PASS = Plan(name="pass", period="once", days=30, prices={"usd": 500}, gates=("vip", "archive"))
SECRET = Plan(name="secret", period="lifetime", prices={"usd": 9900}, gates=("vip",), code_only=True)
TRY = Plan(name="try", period="month", prices={"usd": 900}, gates=("vip",), trial_days=7)
LATE = Plan(name="late", period="year", prices={"usd": 5000}, gates=("vip",), shown_to=("lapsed",))
OLD = Plan(name="old", period="month", prices={"usd": 100}, gates=("vip",), archived=True)
USD = Price(amount=900, currency="usd")
Buy = Callable[..., Awaitable[Link]]


@pytest.fixture
def rules() -> Rules:
    return Rules(plans=(PRO, PASS, SECRET, TRY, LATE, OLD), gates=(Gate(name="lounge", level=2),))


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def till(app: App, provider: FakeProvider) -> Till:
    return Till(app, [provider])


@pytest.fixture
def port(app: App) -> FakePort:
    made = FakePort("discord")
    app.join(made)
    return made


def account(user: str) -> Account:
    return Account(platform="discord", space="g", user=user, name=user.title())


@pytest_asyncio.fixture
async def ann(app: App, clock: Clock) -> Profile:
    """A member; the gate vip is a role, archive another."""
    who = await app.profile(account("ann"))
    for gate, target in (("vip", "r1"), ("archive", "r2")):
        await app.store.write(
            gates.bind,
            community=who.community,
            gate=gate,
            platform="discord",
            space="g",
            kind="role",
            target=target,
            now=clock(),
        )
    return who


async def again(app: App, who: Profile) -> Profile:
    """The member as they are now."""
    found = await app.store.read(members.by_id, who.community, who.member)
    assert found is not None
    return found


@pytest.fixture
def buy(app: App, till: Till, clock: Clock) -> Buy:
    """Order a plan as a member, in dollars."""

    async def order(who: Profile, plan: Plan, *, code: str = "", gift: bool = False) -> Link:
        price = plan.price("usd")
        assert price is not None
        wish = Wish(plan=plan, way=("fake", price), platform="discord", user="u", locale="en", code=code, gift=gift)
        return await till.counter.order(await again(app, who), wish, clock())

    return order
