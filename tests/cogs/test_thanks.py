"""Thanks and accepted answers: by whom, for what, once, and never to oneself."""

from collections.abc import Awaitable, Callable, Iterable

import pytest
import pytest_asyncio

from bot.app import App
from bot.batch import Parcel
from bot.cogs import COMMANDS
from bot.commands import Caller, Rank
from bot.desk import Desk
from bot.engine.rules import Rules
from bot.events import Account, MessageDeleted, MessagePosted, member_account
from bot.i18n import LOCALES, tongue
from bot.reply import Reply
from bot.storage import members, replay
from bot.storage.store import Store
from bot.text import features
from bot.words import replace
from tests.cogs.conftest import account, profile
from tests.conftest import START, Clock

On = Callable[..., Awaitable[Reply]]
ANSWER, THANKS = 100, 20
"""What the shipped rules give."""


def posted(name: str, user: str, reply_to: str = "", topic: str = "", space: str = "s") -> MessagePosted:
    """A message that is worth nothing by itself."""
    return MessagePosted(
        key=f"discord:message:{name}",
        at=START,
        who=Account(platform="playground", space=space, user=user, name=user.title(), space_name="Reading circle"),
        channel="c",
        topic=topic,
        reply_to=f"discord:message:{reply_to}" if reply_to else "",
        text=features("What opens a closed door?"),
    )


async def talk(app: App, *messages: MessagePosted) -> None:
    await app.submit(list(messages))


@pytest.fixture
def on(desk: Desk) -> On:
    """Call a command as somebody on a message, by its name."""

    async def call(user: str, path: str, message: str = "", *, rank: Rank = Rank.MEMBER, **options: str) -> Reply:
        target = f"discord:message:{message}" if message else ""
        return await desk.run(path, Caller(account=account(user), channel="c", rank=rank, target=target), options)

    return call


async def earned(app: App, users: Iterable[str]) -> dict[str, int]:
    return {user: (await profile(app, user)).state.engagement.quality for user in users}


@pytest_asyncio.fixture
async def question(app: App) -> None:
    """Ann asks, Bo answers, Cy is there, too."""
    await talk(app, posted("1", "ann"), posted("2", "bo", reply_to="1"), posted("3", "cy"))


# ------------------------------------------------------------------ answers


@pytest.mark.usefixtures("question")
async def test_whoever_asked_accepts_an_answer_once_and_it_is_told(app: App, on: On) -> None:
    reply = await on("ann", "accept", "2")
    assert (reply.text, reply.private) == (f"✅ That is the answer. Well done, Bo: {ANSWER} points!", False)
    again = await on("ann", "accept", "2")
    assert (again.error, again.private, again.text) == (True, True, "That was accepted as the answer already.")
    assert (await on("cy", "accept", "2", rank=Rank.CREATOR)).text == "That was accepted as the answer already."
    bo = await profile(app, "bo")
    assert (bo.state.engagement.answers, bo.state.engagement.quality) == (1, ANSWER)
    assert await earned(app, ("ann", "cy")) == {"ann": 0, "cy": 0}


@pytest.mark.usefixtures("question")
@pytest.mark.parametrize(
    ("user", "message", "words"),
    [
        ("cy", "2", "Only whoever asked, or a moderator, can accept an answer."),
        ("bo", "2", "That is your own message: somebody else has to accept it."),
        ("ann", "3", "That answers no message. Only a moderator can accept it."),
        ("ann", "", "Which message? Answer it with /accept."),
        ("ann", "9", "I don't know that message: it is a bot's, or from before I came, or gone."),
    ],
)
async def test_others_are_refused_and_nothing_changes(app: App, on: On, user: str, message: str, words: str) -> None:
    reply = await on(user, "accept", message)
    assert (reply.error, reply.private, reply.text) == (True, True, words)
    assert await earned(app, ("ann", "bo", "cy")) == {"ann": 0, "bo": 0, "cy": 0}


@pytest.mark.usefixtures("question")
@pytest.mark.parametrize("rank", [Rank.MODERATOR, Rank.CREATOR])
async def test_who_moderates_accepts_any_but_their_own(app: App, on: On, rank: Rank) -> None:
    assert not (await on("ann", "accept", "3", rank=rank)).error
    assert not (await on("cy", "accept", "2", rank=rank)).error
    own = await on("bo", "accept", "2", rank=rank)
    assert own.text == "That is your own message: somebody else has to accept it."
    assert await earned(app, ("ann", "bo", "cy")) == {"ann": 0, "bo": ANSWER, "cy": ANSWER}


async def test_who_opened_a_thread_accepts_what_is_said_in_it(app: App, on: On) -> None:
    await talk(app, posted("50", "ann", topic="50"), posted("51", "bo", topic="50"), posted("52", "ann", topic="50"))
    assert (await on("cy", "accept", "51")).text == "Only whoever asked, or a moderator, can accept an answer."
    assert not (await on("ann", "accept", "51")).error
    for rank in (Rank.MEMBER, Rank.CREATOR):
        reply = await on("cy", "accept", "52", rank=rank)
        assert reply.text == "That answers a question of their own, so it can't be accepted."
    assert await earned(app, ("ann", "bo")) == {"ann": 0, "bo": ANSWER}


@pytest.mark.usefixtures("question")
async def test_a_message_that_is_gone_or_of_another_community_is_none(app: App, on: On) -> None:
    there = posted("7", "dee", space="elsewhere")
    await talk(app, there)
    number = await app.store.read(members.community_of, "playground", "s")
    assert number is not None
    bo = await profile(app, "bo")
    gone = MessageDeleted(
        key="discord:message:2:deleted", at=START, who=member_account(number, bo.member), of="discord:message:2"
    )
    await app.submit([gone])
    for path in ("accept", "thanks"):
        for message in ("2", "7"):
            reply = await on("ann", path, message, rank=Rank.CREATOR)
            assert reply.text == "I don't know that message: it is a bot's, or from before I came, or gone.", message
    assert await earned(app, ("ann", "bo")) == {"ann": 0, "bo": 0}


@pytest.mark.usefixtures("question")
async def test_what_was_accepted_goes_with_the_message(app: App, on: On) -> None:
    await on("ann", "accept", "2")
    bo = await profile(app, "bo")
    who = member_account(bo.community, bo.member)
    await app.submit([MessageDeleted(key="discord:message:2:deleted", at=START, who=who, of="discord:message:2")])
    assert await earned(app, ["bo"]) == {"bo": 0}


# ------------------------------------------------------------------ thanks


@pytest.mark.usefixtures("question")
async def test_thanks_count_once_an_hour_for_each_member(app: App, on: On, clock: Clock) -> None:
    reply = await on("ann", "thanks", "2")
    assert (reply.text, reply.private) == (f"💛 Ann thanks Bo: {THANKS} points! Thanked 1 time so far.", False)
    for message in ("2", ""):
        again = await on("ann", "thanks", message, member="bo")
        assert (again.error, again.text) == (True, "You have thanked Bo within this hour already.")
    assert (await on("ann", "thank", member="cy")).text == f"💛 Ann thanks Cy: {THANKS} points! Thanked 1 time so far."
    assert await earned(app, ("ann", "bo", "cy")) == {"ann": 0, "bo": THANKS, "cy": THANKS}
    clock.advance(hours=1)
    later = await on("ann", "thanks", member="bo")
    assert later.text == f"💛 Ann thanks Bo: {THANKS} points! Thanked 2 times so far."


@pytest.mark.usefixtures("question")
@pytest.mark.parametrize(
    ("message", "member", "words"),
    [
        ("1", "", "You can't thank yourself."),
        ("", "ann", "You can't thank yourself."),
        ("", "", "Whom? Name a member, or choose a message of theirs."),
        ("9", "", "I don't know that message: it is a bot's, or from before I came, or gone."),
        ("", "nobody", "I know no member called nobody here."),
    ],
)
async def test_nobody_thanks_themselves_or_nobody(app: App, on: On, message: str, member: str, words: str) -> None:
    reply = await on("ann", "thanks", message, member=member)
    assert (reply.error, reply.text) == (True, words)
    assert await earned(app, ("ann", "bo", "cy")) == {"ann": 0, "bo": 0, "cy": 0}


@pytest.mark.usefixtures("question")
async def test_whom_one_names_is_thanked_even_on_a_message_of_somebody_else(app: App, on: On) -> None:
    await on("ann", "thanks", "2", member="cy")
    assert await earned(app, ("bo", "cy")) == {"bo": 0, "cy": THANKS}


async def test_who_wrote_before_the_bot_came_is_thanked_by_name(app: App, on: On) -> None:
    await talk(app, posted("1", "ann"), posted("3", "cy"))
    await on("ann", "thanks", "9", member="cy")
    assert await earned(app, ["cy"]) == {"cy": THANKS}


async def test_thanks_beyond_the_limit_of_the_day_are_said_and_earn_nothing(
    store: Store, shipped: Rules, clock: Clock
) -> None:
    app = App(store, shipped, clock=clock)
    await app.start()
    desk = Desk(app, COMMANDS)
    everybody = [f"u{number}" for number in range(12)]
    await talk(app, *[posted(user, user) for user in everybody])
    texts = [
        (await desk.run("thanks", Caller(account=account(user), channel="c"), {"member": "u0"})).text
        for user in everybody[1:]
    ]
    assert texts[9] == f"💛 U10 thanks U0: {THANKS} points! Thanked 10 times so far."
    assert texts[10] == "💛 U11 thanks U0! Thanked 11 times so far."
    assert (await profile(app, "u0")).state.engagement.quality == shipped.earn.thanks.cap == 200
    await app.close()


# ------------------------------------------------------------------ the menu of messages


def test_the_menu_of_a_message_is_what_discord_allows() -> None:
    menu = [one for one in COMMANDS if one.on_message]
    assert 2 <= len(menu) <= 5
    for locale in LOCALES:
        names = [tongue(locale)(one.on_message) for one in menu]
        assert len(set(names)) == len(names)
        assert all(1 <= len(name) <= 32 for name in names)
    assert all(not any(parameter.required for parameter in one.parameters) for one in menu)


# ------------------------------------------------------------------ thanks that are gone


@pytest.mark.parametrize("together", [True, False])
async def test_thanks_go_with_the_message_they_were_in(app: App, together: bool) -> None:
    """Also where they come and go in one batch; what was said by command stays."""
    answer, said = posted("2", "bo"), replace(posted("4", "ann", reply_to="2"), text=features("Thanks, Bo!"))
    gone = MessageDeleted(key=f"{said.key}:deleted", at=START, who=said.who, of=said.key)
    await talk(app, answer)
    if together:
        await app.submit([said, gone])
    else:
        await app.submit([said])
        assert await earned(app, ("bo",)) == {"bo": THANKS}
        app = App(app.store, app.rules, clock=app.clock)  # which remembers nothing
        app.handle([Parcel(events=(gone,))])
    bo = (await profile(app, "bo")).state.engagement
    assert (bo.quality, bo.thanks) == (0, 0)
    app.handle([Parcel(events=(replace(gone, key="again"),))])
    found = await app.store.read(replay.replayed, (await profile(app, "bo")).member, app.rules)
    assert found.state.engagement == (await profile(app, "bo")).state.engagement == bo
