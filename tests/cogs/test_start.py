"""/start and /help: the first words."""

import pytest

from bot.cogs import COMMANDS
from bot.commands import Rank
from bot.desk import Desk
from bot.reply import code
from tests.cogs.conftest import Say


@pytest.mark.parametrize(
    ("locale", "title"), [("en-GB", "Welcome to Reading circle, Ann!"), ("zh-TW", "Ann，欢迎来到 Reading circle！")]
)
async def test_the_greeting_in_the_readers_language(say: Say, locale: str, title: str) -> None:
    assert (await say("ann", "start", locale=locale)).title == title


async def test_the_greetings_buttons_lead_somewhere(desk: Desk, say: Say) -> None:
    (row,) = (await say("ann", "start")).buttons
    assert [desk.find(button.command) is not None for button in row] == [True, True, True]
    assert all(len(code(button)) <= 64 for button in row)


@pytest.mark.parametrize("rank", list(Rank))
async def test_help_lists_what_the_caller_may_use(say: Say, rank: Rank) -> None:
    reply = await say("ann", "help", rank=rank)
    assert [field.name for field in reply.fields] == [f"/{one.path}" for one in COMMANDS if one.who <= rank]


async def test_help_explains_one_command(say: Say) -> None:
    reply = await say("ann", "help", topic="/leaderboard")
    assert (reply.title, [field.name for field in reply.fields]) == (
        "/leaderboard",
        ["page", "window", "channel", "by"],
    )


@pytest.mark.parametrize("topic", ["nonsense", "setup show", "@everyone", "</b><script>"])
async def test_help_knows_nothing_of_what_is_not_for_the_caller(say: Say, topic: str) -> None:
    reply = await say("ann", "help", topic=topic)
    assert reply.text == f"There is no command /{topic}. /help lists them all."


async def test_a_private_chat_with_a_stranger_says_what_to_do(say: Say) -> None:
    reply = await say("stranger", "start", space="")
    assert reply.text == "I do not know you yet. Write something in your community first, then ask me again."
