"""/link, /unlink, /move and /setup link: one person on two platforms, and nobody by mistake."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.app import App
from bot.commands import Caller, Rank
from bot.desk import Desk
from bot.engine.rules import Plan
from bot.events import Account, SubscriptionChanged
from bot.reply import Reply, code
from bot.sales import Price, Subscription
from bot.storage import codes, linking, members, plans
from bot.storage.codes import CODES, LIFE
from bot.storage.store import Store
from tests import snapshots
from tests.cogs.conftest import Say, account, earned
from tests.conftest import START, Clock

pytestmark = pytest.mark.usefixtures("talk")
ON_BOTH = True
SEEN = re.compile(r"^[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}$")


@pytest.fixture
def tell(desk: Desk) -> Say:
    """Call a command on Telegram; in private unless a space is named."""

    async def call(
        user: str, path: str, *, space: str = "", rank: Rank = Rank.MEMBER, locale: str = "en", **options: Any
    ) -> Reply:
        who = Account(platform="telegram", space=space, user=user, name=user.title(), space_name="Tea group")
        return await desk.run(path, Caller(account=who, channel="7", rank=rank, locale=locale), options)

    return call


async def press(call: Say, user: str, reply: Reply, **more: Any) -> Reply:
    """Press the first button of an answer."""
    button = reply.buttons[0][0]
    assert len(code(button)) <= 64
    return await call(user, button.command, **button.options, **more)


async def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every row, but those that count wrong guesses."""
    rows = await store.read(snapshots.everything)
    return {**rows, "codes": [row for row in rows["codes"] if "guess" not in row]}


async def member(app: App, user: str, platform: str = "playground") -> members.Profile:
    found = await app.store.read(members.find, 1, platform, user)
    assert found is not None
    return found


def subscribed(user: str, **more: Any) -> SubscriptionChanged:
    whole: dict[str, Any] = {
        "id": f"sandbox:{user}", "plan": "pro", "status": "active", "since": START, "as_of": START, "renews": True,
        "until": START + timedelta(days=30), "months": 1, "price": Price(amount=900, currency="usd"),
    }  # fmt: skip
    one = Subscription(**{**whole, **more})
    return SubscriptionChanged(key=f"{one.id}:{one.status}", at=one.as_of, who=account(user), subscription=one)


@pytest.fixture
async def pro(app: App) -> None:
    """Ann has a plan called Pro."""
    await app.store.write(
        plans.put, 1, Plan(name="pro", title="Pro", period="month", prices={"usd": 900}, gates=("lounge",))
    )
    await app.submit([subscribed("ann")])


# /link


async def test_a_code_is_shown_with_what_to_do_and_only_its_hash_is_kept(app: App, say: Say) -> None:
    reply = await say("ann", "link")
    assert SEEN.match(reply.title)
    assert reply.private is True
    assert reply.text == (
        "You are known here by: Playground: Ann\n"
        f"With your other account, write to me within 10 minutes: /link {reply.title}\n"
        "Give the code to nobody else: whoever enters it becomes one person with you."
    )
    rows = (await app.store.read(snapshots.everything))["codes"]
    assert len(rows) == 1
    assert reply.title.replace("-", "") not in str(rows).replace("-", "")
    form = (await press(say, "ann", reply)).form
    assert form is not None
    assert (form.command, [blank.name for blank in form.blanks]) == ("link", ["code"])


@pytest.mark.usefixtures("pro")
async def test_a_stranger_in_private_is_asked_and_then_is_the_person_who_made_the_code(
    app: App, say: Say, tell: Say
) -> None:
    shown = (await say("ann", "link")).title
    asked = await tell("77", "link", code=f" {shown.lower()} ")
    assert asked.title == "Is Ann you, too?"
    assert [field.value for field in asked.fields] == ["Playground: Ann, Telegram: 77", f"{earned('ann'):,}"]
    assert (await member(app, "77", "telegram")).member != (await member(app, "ann")).member
    done = await press(tell, "77", asked)
    assert done.text == (
        "Done: you are one person now, by Playground: Ann, Telegram: 77. "
        f"You have {earned('ann')} points, and what is yours is opening."
    )
    both = [await member(app, "77", "telegram"), await member(app, "ann")]
    assert both[0] == both[1]
    assert both[0].state.membership.plans == ("pro",)
    again = await press(tell, "77", asked)
    assert (again.error, again.text) == (True, "That code was used already. /link makes a new one.")


async def test_two_members_become_one_with_the_points_of_both(app: App, say: Say) -> None:
    shown = (await say("ann", "link")).title
    await press(say, "bo", await say("bo", "link", code=shown))
    found = await member(app, "bo")
    assert (found.name, found.state.engagement.points) == ("Ann", earned("ann") + earned("bo"))
    rank = await say("bo", "rank")
    assert rank.title == "Ann"


async def test_looking_changes_nothing_and_the_code_stays_good(app: App, store: Store, say: Say) -> None:
    shown = (await say("ann", "link")).title
    before = await everything(store)
    for _ in range(3):
        assert (await say("bo", "link", code=shown)).title == "Is Ann you, too?"
    assert await everything(store) == before


@pytest.mark.parametrize("sure", [False, True])
@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("unknown", "I know no such code. Codes are good for 10 minutes: /link makes a new one."),
        ("own", "That is your own code: enter it with your other account."),
        ("expired", "That code is no longer good: it lasts 10 minutes, and a new one ends it. /link makes one."),
        ("void", "That code is no longer good: it lasts 10 minutes, and a new one ends it. /link makes one."),
        ("space", "That is a code for /setup link: enter it there."),
        (
            "elsewhere",
            (
                "That code was made in Reading circle, and this is Tea group. "
                "Enter it there or in a private chat with me. If the two belong together, "
                "their creator can join them: /setup link"
            ),
        ),
    ],
)
async def test_a_code_that_is_not_good_is_refused_with_why_and_nothing_changes(
    store: Store, clock: Clock, say: Say, tell: Say, case: str, words: str, sure: bool
) -> None:
    await tell("77", "rank", space="-1")
    shown = (await say("ann", "link")).title
    if case == "unknown":
        shown = "AAAA-AAAA"
    elif case == "expired":
        clock.now += LIFE
    elif case == "void":
        await say("ann", "link")
    elif case == "space":
        shown = (await say("ann", "setup link", rank=Rank.CREATOR)).title
    before = await everything(store)
    if case == "elsewhere":
        reply = await tell("77", "link", space="-1", code=shown, sure=sure)
    else:
        reply = await say("ann" if case == "own" else "bo", "link", code=shown, sure=sure)
    assert (reply.error, reply.private, reply.text) == (True, True, words)
    assert await everything(store) == before


async def test_guessing_is_ended_and_a_right_code_is_refused_then(store: Store, say: Say) -> None:
    shown = (await say("ann", "link")).title
    for _ in range(codes.GUESSES):
        await say("bo", "link", code="AAAA-AAAA")
    before = await everything(store)
    reply = await say("bo", "link", code=shown, sure=True)
    assert (reply.error, reply.text) == (True, "Too many wrong codes. Try again in an hour.")
    assert await everything(store) == before


async def test_a_strangers_wrong_code_makes_no_member(store: Store, tell: Say) -> None:
    before = await everything(store)
    assert (await tell("77", "link", code="AAAA-AAAA")).error
    assert await everything(store) == before


async def test_it_speaks_the_members_language(say: Say) -> None:
    await say("bo", "language", language="zh_CN")
    reply = await say("bo", "link", code="AAAA-AAAA")
    assert reply.error
    assert "{" not in reply.text


# /unlink


@pytest.fixture
async def linked(app: App, say: Say, tell: Say) -> None:
    """Ann is also 77 on Telegram."""
    shown = (await say("ann", "link")).title
    await press(tell, "77", await tell("77", "link", code=shown))


@pytest.mark.usefixtures("linked")
async def test_parting_asks_first_and_leaves_all_with_who_asks(app: App, store: Store, say: Say) -> None:
    before = await everything(store)
    asked = await say("ann", "unlink")
    assert asked.text == (
        "Telegram: 77 becomes a member of its own, who begins with nothing, and what is open to it by you is closed. "
        "Your points, your history and what you paid for stay here with you."
    )
    assert await everything(store) == before
    done = await press(say, "ann", asked)
    assert done.text == "Done: Telegram: 77 is a member of its own now. Everything else stayed yours."
    assert (await member(app, "ann")).state.engagement.points == earned("ann")
    assert (await member(app, "77", "telegram")).state.engagement.points == 0
    after = await everything(store)
    again = await press(say, "ann", asked)
    assert (again.error, again.text) == (
        True,
        "You are known here by this account alone: there is nothing to part.",
    )
    assert await everything(store) == after


@pytest.mark.usefixtures("linked")
async def test_of_several_accounts_one_is_chosen(app: App, say: Say, tell: Say) -> None:
    shown = (await say("ann", "link")).title
    await press(say, "bo", await say("bo", "link", code=shown))
    asked = await say("ann", "unlink")
    assert [[button.label for button in row] for row in asked.buttons] == [["Telegram: 77"], ["Playground: Bo"]]
    confirm = await press(say, "ann", asked)
    assert "Telegram: 77" in confirm.text
    assert (await say("ann", "unlink", account="telegram")).text == confirm.text
    assert (await say("ann", "unlink", account="nobody", sure=True)).buttons == asked.buttons
    assert len(await app.store.read(linking.accounts, (await member(app, "ann")).member)) == 3
    own = str((await app.store.read(linking.accounts, (await member(app, "cy")).member))[0].id)
    assert (await say("ann", "unlink", account=own, sure=True)).buttons == asked.buttons  # somebody else's
    await press(say, "ann", confirm)
    left = await app.store.read(linking.accounts, (await member(app, "ann")).member)
    assert [one.user for one in left] == ["ann", "bo"]


async def test_who_has_one_account_has_nothing_to_part(store: Store, say: Say) -> None:
    before = await everything(store)
    assert (await say("ann", "unlink", sure=True)).error
    assert await everything(store) == before


# /move


@pytest.mark.usefixtures("pro")
@pytest.mark.parametrize("path", ["move", "link"])
async def test_a_subscription_moves_to_whoever_enters_the_code(app: App, say: Say, path: str) -> None:
    reply = await say("ann", "move")
    assert reply.text.splitlines()[0] == "Pro"
    assert f"Whoever writes /move {reply.title} to me within 10 minutes has it from then on" in reply.text
    done = await say("bo", path, code=reply.title)
    assert done.text == "Done: Pro of Ann is yours now. What it opens is opening."
    ann, bo = await member(app, "ann"), await member(app, "bo")
    assert (ann.state.membership.plans, bo.state.membership.plans) == ((), ("pro",))
    assert (ann.state.engagement.points, bo.state.engagement.points) == (earned("ann"), earned("bo"))
    assert (await say("cy", "move", code=reply.title)).text == "That code was used already. /move makes a new one."


@pytest.mark.usefixtures("pro")
async def test_a_move_that_is_not_possible_changes_nothing(app: App, store: Store, say: Say) -> None:
    none = await say("bo", "move")
    assert none.text.startswith("You have no subscription to give.")
    own, link = (await say("ann", "move")).title, (await say("ann", "link")).title
    before = await everything(store)
    assert (await say("ann", "move", code=own)).text == (
        "That is your own code: whoever is to have your subscription enters it."
    )
    assert (await say("bo", "move", code=link)).text == "That is a code for /link: enter it there."
    assert await everything(store) == before
    await app.submit([subscribed("ann", status="ended", as_of=START + timedelta(hours=1))])
    before = await everything(store)
    assert (await say("bo", "move", code=own)).text == "There is no subscription left to be had for that code."
    assert await everything(store) == before


# /setup link


async def joined_code(say: Say) -> str:
    return (await say("ann", "setup link", rank=Rank.CREATOR)).title


async def test_a_group_is_joined_after_a_look_at_the_numbers(app: App, store: Store, say: Say, tell: Say) -> None:
    await tell("77", "rank", space="-1")
    await tell("78", "rank", space="-1")
    shown = await joined_code(say)
    assert SEEN.match(shown)
    before = await everything(store)
    asked = await tell("77", "setup link", space="-1", rank=Rank.CREATOR, code=shown)
    assert asked.title == "Tea group becomes part of Reading circle"
    assert [(field.name, field.value) for field in asked.fields] == [
        ("Groups and servers that move", "1"),
        ("Members who move", "2"),
        ("In both already, and one person then", "0"),
    ]
    assert await everything(store) == before
    done = await press(tell, "77", asked, space="-1", rank=Rank.CREATOR)
    assert done.text == "Done: Tea group is part of Reading circle now."
    assert await store.read(members.communities) == [1]
    assert (await member(app, "77", "telegram")).community == 1
    board = await tell("78", "leaderboard", space="-1")
    assert board.title == "Leaderboard of Reading circle"


async def test_only_creators_of_both_join(store: Store, say: Say, tell: Say) -> None:
    await tell("77", "rank", space="-1")
    shown = await joined_code(say)
    before = await everything(store)
    for rank in (Rank.MEMBER, Rank.MODERATOR):
        for options in ({}, {"code": shown}, {"code": shown, "sure": True}):
            reply = await tell("77", "setup link", space="-1", rank=rank, **options)
            assert (reply.error, reply.text) == (True, "/setup link is for the creator only.")
            assert (await say("ann", "setup link", rank=rank, **options)).error
    assert await everything(store) == before


@pytest.mark.parametrize("sure", [False, True])
async def test_a_space_code_that_is_not_good_joins_nothing(
    store: Store, clock: Clock, say: Say, tell: Say, sure: bool
) -> None:
    await tell("77", "rank", space="-1")
    shown, other = await joined_code(say), (await say("bo", "link")).title
    before = await everything(store)
    creator: dict[str, Any] = {"rank": Rank.CREATOR, "sure": sure}
    own = await say("ann", "setup link", code=shown, **creator)
    assert own.text == "That code was made here: its creator enters it in the other group or server."
    assert (await tell("77", "setup link", space="-1", code=other, **creator)).text == (
        "That is a code for /link: enter it there."
    )
    assert (await tell("77", "setup link", code=shown, **creator)).error  # in private
    clock.now += LIFE
    assert (await tell("77", "setup link", space="-1", code=shown, **creator)).error
    assert await everything(store) == before


async def test_no_code_is_in_the_clear_anywhere(app: App, say: Say) -> None:
    shown = [(await say("ann", path, rank=Rank.CREATOR)).title for path in ("link", "setup link")]
    stored = str(await app.store.read(lambda c: c.execute(select(CODES)).all()))
    assert not [one for one in shown if one in stored or one.replace("-", "") in stored]
