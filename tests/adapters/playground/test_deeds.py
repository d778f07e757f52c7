"""What users do counts, what they may not do changes nothing, and the platform shows both at once."""

import pytest

from bot.adapters.playground import NotAllowedError, Playground
from bot.adapters.playground.ambience import moves
from bot.adapters.playground.place import PRIVATE, News, Post
from bot.events import MessagePosted
from tests.adapters.playground.conftest import delivered
from tests.conftest import START
from tests.hostile import HOSTILE


def points(playground: Playground, user: str) -> int:
    return playground.place.users[user].points


async def test_a_post_is_there_before_it_counts(playground: Playground, news: list[News]) -> None:
    before = points(playground, "nora")
    post = await playground.deeds.post("nora", "questions", " How do I begin? ")
    kinds = [one.kind for one in news]
    assert kinds.index("post") < kinds.index("level")
    assert playground.place.posts("questions", "mei")[-1] is post
    assert post.text == "How do I begin?"
    assert 15 <= points(playground, "nora") - before <= 25
    (change,) = playground.trace.acts[-1].changes
    assert isinstance(change.event, MessagePosted)
    assert change.event.text.question


async def test_a_level_opens_the_lounge_and_is_announced(playground: Playground) -> None:
    while playground.place.users["nora"].level < 2:
        await playground.deeds.post("nora", "welcome", "one more")
    act = playground.trace.acts[-1]
    await delivered(playground, lambda: all(done for *_, done in act.effects()))
    assert playground.place.sees("nora", "lounge")
    assert "Nora Lind" in playground.place.channels["announcements"].posts[-1].text
    assert [type(effect).__name__ for _, _, effect, _ in act.effects()] == ["Announce", "GrantAccess"]


@pytest.mark.parametrize(
    ("user", "channel", "text"),
    [
        ("nora", "announcements", "may I?"),
        ("nora", "lounge", "let me in"),
        ("nora", "nowhere", "hello"),
        ("nora", "welcome", " \x00\n "),
    ],
)
async def test_what_may_not_be_written_changes_nothing(
    playground: Playground, news: list[News], user: str, channel: str, text: str
) -> None:
    before = points(playground, user)
    with pytest.raises(NotAllowedError):
        await playground.deeds.post(user, channel, text)
    assert news == []
    assert points(playground, user) == before


async def test_hostile_text_is_kept_as_plain_text_or_refused(playground: Playground) -> None:
    for name, text in HOSTILE.items():
        if not text.strip():
            with pytest.raises(NotAllowedError):
                await playground.deeds.post("mei", "welcome", text)
            continue
        post = await playground.deeds.post("mei", "welcome", text)
        assert post.text.encode(), name
        assert not {char for char in post.text if ord(char) < 32} - {"\n", "\t", "\r"}, name
        assert len(playground.trace.acts[-1].changes) == 1, name


async def test_an_edit_is_ones_own(playground: Playground) -> None:
    post = await playground.deeds.post("nora", "welcome", "frist")
    with pytest.raises(NotAllowedError):
        await playground.deeds.edit("lin", post, "hacked")
    assert (post.text, post.edited) == ("frist", False)
    await playground.deeds.edit("nora", post, "first")
    assert (post.text, post.edited) == ("first", True)


async def test_a_deletion_takes_back_what_was_earned(playground: Playground) -> None:
    before = points(playground, "nora")
    post = await playground.deeds.post("nora", "welcome", "oops")
    with pytest.raises(NotAllowedError):
        await playground.deeds.delete("mei", post)
    assert points(playground, "nora") > before
    await playground.deeds.delete("daniel", post)
    assert points(playground, "nora") == before
    assert post not in playground.place.posts("welcome", "nora")
    with pytest.raises(NotAllowedError):
        await playground.deeds.delete("nora", post)


async def test_a_reaction_is_five_points_for_the_author_and_can_be_taken_back(playground: Playground) -> None:
    post = await playground.deeds.post("nora", "welcome", "look")
    before = points(playground, "nora")
    await playground.deeds.react("mei", post, "👍")
    assert points(playground, "nora") == before + 5
    assert post.reactions == {"👍": ["mei"]}
    await playground.deeds.react("mei", post, "👍")
    assert points(playground, "nora") == before
    assert post.reactions == {}


async def test_ones_own_reaction_is_worth_nothing(playground: Playground) -> None:
    post = await playground.deeds.post("nora", "welcome", "look")
    before = points(playground, "nora")
    await playground.deeds.react("nora", post, "👍")
    assert points(playground, "nora") == before
    assert post.reactions == {"👍": ["nora"]}


async def test_whoever_does_not_see_a_post_can_not_react(playground: Playground) -> None:
    post = playground.place.channels["lounge"].posts[-1]
    given = {emoji: list(users) for emoji, users in post.reactions.items()}
    with pytest.raises(NotAllowedError):
        await playground.deeds.react("nora", post, "👍")
    assert post.reactions == given


async def test_leaving_closes_the_lounge_and_coming_back_opens_it(playground: Playground) -> None:
    inside = playground.place.channels["lounge"].inside
    assert "mei" in inside
    await playground.deeds.leave("mei")
    assert not playground.place.sees("mei", "welcome")
    await delivered(playground, lambda: "mei" not in inside)
    await playground.deeds.join("mei")
    await delivered(playground, lambda: "mei" in inside)
    assert playground.place.sees("mei", "lounge")


async def test_a_private_chat_is_no_event(playground: Playground) -> None:
    acts = len(playground.trace.acts)
    await playground.deeds.post("nora", PRIVATE, "hello bot")
    assert len(playground.trace.acts) == acts
    assert playground.place.posts(PRIVATE, "mei") == []


@pytest.mark.parametrize(
    ("channel", "text", "author", "expected"),
    [
        ("questions", "How?", "nora", ("en", 1)),
        ("welcome", "怎么做？", "nora", ("zh", 1)),
        ("showcase", "Done at last", "nora", ("applause", 2)),
        ("welcome", "Good morning", "nora", ("", 0)),
    ],
)
def test_what_a_post_sets_off(channel: str, text: str, author: str, expected: tuple[str, int]) -> None:
    found = moves(Post(1, channel, author, START, text=text))
    assert found == moves(Post(2, channel, author, START, text=text)), "the same text, the same moves"
    kind, most = expected
    assert bool(found) == bool(kind)
    assert len(found) <= most
    assert all(move.user != author for move in found)
    assert all(bool(move.emoji) == (kind == "applause") for move in found)
    assert all(("\u3400" < move.text[0] < "\u9fff") == (kind == "zh") for move in found if move.text)


async def test_a_question_is_answered_by_somebody_who_types_first(playground: Playground, news: list[News]) -> None:
    playground.deeds.set_lively(lively=True)
    question = await playground.deeds.post("nora", "questions", "What is a median?")
    await playground.deeds.settled()
    answer = playground.place.channels["questions"].posts[-1]
    assert answer.reply_to == question.id
    assert answer.author not in ("nora", "lyceum")
    kinds = [(one.kind, one.user) for one in news]
    assert kinds.index(("typing", answer.author)) < kinds.index(("post", answer.author))


async def test_nobody_answers_a_question_that_was_taken_back(playground: Playground) -> None:
    playground.deeds.set_lively(lively=True)
    question = await playground.deeds.post("nora", "questions", "What is a median?")
    await playground.deeds.delete("nora", question)
    await playground.deeds.settled()
    assert all(post.reply_to != question.id for post in playground.place.channels["questions"].posts)
