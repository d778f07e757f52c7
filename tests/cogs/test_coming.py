"""Coming in by a link, or to buy, in private and before the bot ever heard of one."""

import pytest

from bot.app import App
from bot.cogs.coming import Link, read_link
from bot.desk import Desk
from bot.engine.rules import Plan, Rules
from bot.storage import members
from bot.words import replace
from tests.cogs.conftest import Bank, Pay, Say, account, labels, press
from tests.conftest import Clock

pytestmark = pytest.mark.usefixtures("talk", "bank")

PRO = Plan(name="pro", title="Pro circle", prices={"usd": 999})


@pytest.fixture
def rules() -> Rules:
    return Rules(plans=(PRO,))


async def known(app: App, user: str, community: int = 1) -> bool:
    return await app.store.read(members.find, community, "playground", user) is not None


async def second(app: App) -> None:
    """There is another community; Ann is in it, too."""
    await app.profile(replace(account("ann"), space="s2", space_name="Writers"))


@pytest.mark.parametrize(
    ("parameter", "meant"),
    [
        ("plan_pro", Link(command="subscribe", options={"plan": "pro"})),
        ("c12_plan_pro-2_x", Link(command="subscribe", options={"plan": "pro-2_x"}, community=12)),
        ("gift_K7QM-3XFP-ABCD", Link(command="redeem", options={"code": "K7QM-3XFP-ABCD"})),
        ("code_SPRING", Link(command="redeem", options={"code": "SPRING"})),
        ("link_K7QM-3XFP", Link(command="link", options={"code": "K7QM-3XFP"})),
        ("plans", Link(command="plans")),
        ("c3_plans", Link(command="plans", community=3)),
        ("c3_", Link(community=3)),
        ("c3", None),
        ("", None),
        ("newsletter", None),
        ("plan_", None),
        ("plan_<b>", None),
        ("c99999999999999999999_plans", None),
        ("run-abc-plans", None),
    ],
)
def test_a_links_parameter_is_a_command_or_a_mere_tag(parameter: str, meant: Link | None) -> None:
    assert read_link(parameter) == meant


@pytest.mark.parametrize("tag", ["", "newsletter"])
async def test_looking_in_enrols_nobody(app: App, say: Say, tag: str) -> None:
    reply = await say("zoe", "start", space="", tag=tag)
    assert (reply.error, reply.text) == (True, "I do not know you yet. /plans shows what you can join here.")
    assert not await known(app, "zoe")


@pytest.mark.parametrize("path", ["status", "rank", "why", "invoices", "gift", "cancel"])
async def test_what_is_for_members_enrols_nobody(app: App, say: Say, path: str) -> None:
    assert (await say("zoe", path, space="")).error
    assert not await known(app, "zoe")


async def test_a_stranger_comes_by_a_plans_link_and_pays(app: App, say: Say, desk: Desk, bank: Bank, pay: Pay) -> None:
    offer = await say("zoe", "start", space="", tag="plan_pro")
    assert (offer.title, labels(offer)) == ("Pro circle", ["Pay"])
    assert await known(app, "zoe")
    await pay()
    found = await app.store.read(members.find, 1, "playground", "zoe")
    assert found is not None
    assert found.state.membership.plans == ("pro",)
    assert [one.user for one in bank.orders] == ["zoe"]


@pytest.mark.parametrize("path", ["plans", "subscribe"])
async def test_a_stranger_who_asks_what_there_is_is_served_in_the_only_community(app: App, say: Say, path: str) -> None:
    reply = await say("zoe", path, space="")
    assert not reply.error
    assert await known(app, "zoe")


async def test_with_several_communities_the_link_says_which(app: App, say: Say) -> None:
    await second(app)
    lost = await say("zoe", "plans", space="")
    assert lost.text == (
        "I can't tell which community you mean. Open the link that it gave you, or write something in it."
    )
    assert not await known(app, "zoe", 1)
    assert not await known(app, "zoe", 2)
    reply = await say("zoe", "start", space="", tag="c2_plans")
    assert reply.title == "Plans of Writers"
    assert (await known(app, "zoe", 1), await known(app, "zoe", 2)) == (False, True)
    nowhere = await say("yan", "start", space="", tag="c77_plans")
    assert nowhere.error
    assert not await known(app, "yan", 1)


async def test_who_comes_by_a_communitys_link_is_served_there_for_an_hour(
    app: App, say: Say, clock: Clock, bank: Bank
) -> None:
    await second(app)
    plans = await say("bo", "start", space="", tag="c2_plans")
    await press_in_private(say, "bo", plans, "Get Pro circle")
    assert [order.community for order in bank.orders] == [2]
    clock.advance(hours=1, seconds=1)
    assert (await say("bo", "plans", space="")).title == "Plans of Reading circle"


async def press_in_private(say: Say, user: str, reply: object, label: str) -> None:
    async def private(who: str, path: str, **options: object) -> object:
        return await say(who, path, space="", **options)

    await press(private, user, reply, label)  # type: ignore[arg-type]


async def test_a_gifts_link_brings_its_friend_into_the_community_it_was_bought_in(app: App, say: Say, pay: Pay) -> None:
    await second(app)
    await say("ann", "gift", plan="pro")
    await pay()
    gift = (await press(say, "ann", await say("ann", "gift"), "Show the code for Pro circle")).text.splitlines()[0]
    reply = await say("zoe", "start", space="", tag=f"gift_{gift}")
    assert reply.text.startswith("🎁 Pro circle is yours")
    assert (await known(app, "zoe", 1), await known(app, "zoe", 2)) == (True, False)


async def test_the_greeting_leads_to_the_plans_where_there_are_any(say: Say) -> None:
    assert labels(await say("ann", "start")) == ["My level", "Leaderboard", "All commands", "Plans", "My membership"]
    assert (await say("ann", "start", tag="plan_pro")).title == "Pro circle"
