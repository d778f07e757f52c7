"""The living community is the same at every start, plausible, and leaves the newcomers just short of the lounge."""

from datetime import timedelta

from bot.adapters.playground import PlayClock, Playground, cast
from bot.adapters.playground.living import Past
from bot.adapters.playground.place import BOT, Place
from bot.app import App
from bot.cogs import COMMANDS
from bot.desk import Desk
from bot.engine.decide import decide
from bot.engine.rules import Gate, Rules
from bot.events import Account, Event, MessagePosted
from bot.state import MemberState
from bot.storage import ledger, outbox
from bot.storage.store import Store
from bot.words import replace
from tests.conftest import START


def past(rules: Rules) -> tuple[Place, list[Event]]:
    place = Place([part.user for part in cast.parts()], cast.channels(), lambda: START)
    return place, Past(place, rules, START).events()


def test_the_same_seed_gives_the_same_history(rules: Rules) -> None:
    assert past(rules)[1] == past(rules)[1]


def test_the_history_is_in_order_over_three_weeks_and_ends_now(rules: Rules) -> None:
    place, events = past(rules)
    moments = [event.at for event in events]
    assert moments == sorted(moments)
    assert max(moments) <= START
    assert timedelta(days=20) < START - min(moments) < timedelta(days=24)
    assert 1000 <= len(events) <= 1800
    assert len({event.key for event in events}) == len(events)
    assert 30 <= sum(bool(post.text) for one in place.channels.values() for post in one.posts) <= 40


def test_everybody_named_in_the_lines_is_of_the_cast() -> None:
    users = {part.user.id for part in cast.parts()}
    channels = {channel.id for channel in cast.channels()}
    marks = {line.mark for line in cast.lines() if line.mark}
    for line in cast.lines():
        assert line.user in users
        assert line.channel in channels
        assert {giver for giver, _ in line.givers()} <= users - {line.user}
        assert not line.to or line.to in marks


async def test_a_newcomer_is_two_messages_short_of_the_lounge(playground: Playground) -> None:
    for user in cast.NEWCOMERS.values():
        assert not playground.place.sees(user, "lounge")
        await playground.deeds.post(user, "welcome", "the first")
        assert playground.place.users[user].level == 1
        await playground.deeds.post(user, "welcome", "the second")
        assert playground.place.users[user].level == 2


async def test_the_newcomer_stays_short_whatever_level_the_gate_asks_for(rules: Rules) -> None:
    for level in (1, 4):
        place = Place([part.user for part in cast.parts()], cast.channels(), lambda: START)
        other = replace(rules, gates=(Gate(name="lounge", level=level),))
        history = Past(place, other, START)
        mine = [event for event in history.events() if history._about(event, "nora")]
        assert history._fold(mine).access.open == ()
        assert history._fold(mine).standing.level == level - 1


async def test_the_newcomers_first_message_is_the_seventh_day_of_their_streak(playground: Playground) -> None:
    for user in cast.NEWCOMERS.values():
        before = playground.place.users[user].points
        await playground.deeds.post(user, "welcome", "here I am")
        change = playground.trace.acts[-1].changes[0]
        assert [one.badge for one in change.before.honours.won] == ["first-words"]
        assert [one.badge for one in change.after.honours.won] == ["first-words", "week"]
        assert before == change.before.engagement.points


async def test_what_the_community_says_counts_under_the_rules_as_shipped(shipped: Rules) -> None:
    """Else the members would all stand at the beginning, and nobody would see what points are for."""
    _, events = past(shipped)
    states: dict[str, MemberState] = {}
    for event in events:
        if isinstance(event.who, Account) and isinstance(event, MessagePosted):
            before = states.get(event.who.user, MemberState())
            states[event.who.user] = decide(event, before, shipped).state
    verdicts = [state.guard.verdict for state in states.values()]
    assert len(verdicts) == len(cast.parts())
    assert set(verdicts) <= {"", "soon"}


async def test_those_of_level_two_are_inside_and_nobody_else(playground: Playground) -> None:
    earned = {user.id for user in playground.place.users.values() if user.level >= 2}
    assert playground.place.channels["lounge"].inside == earned
    assert 10 <= len(earned) <= 20
    assert playground.place.sees("daniel", "lounge")


async def test_history_tells_nobody_but_is_remembered_in_the_announcements(playground: Playground) -> None:
    waiting = await playground.app.store.read(outbox.waiting)
    assert waiting == {}
    said = [post.text for post in playground.place.channels["announcements"].posts if post.author == BOT]
    assert len(said) == 3
    assert all("has reached level" in text or "has won the badge" in text for text in said)


async def test_the_first_visitors_language_becomes_the_communitys(playground: Playground) -> None:
    await playground.greet("zh-CN")
    await playground.greet("en")
    assert playground.locale == "zh_CN"
    said = [post.text for post in playground.place.channels["announcements"].posts if post.author == BOT]
    assert any("升到了" in text for text in said)
    assert not any("has reached level" in text for text in said)


async def test_no_text_reaches_the_database(playground: Playground, store_url: str) -> None:
    await playground.deeds.post("nora", "welcome", "the word is chrysanthemum")
    with playground.app.store.engine.connect() as connection:
        dump = "\n".join(
            str(row) for name in ledger.EVENTS.metadata.sorted_tables for row in connection.execute(name.select())
        )
    assert "MessagePosted" in dump
    assert "chrysanthemum" not in dump
    assert "courgettes" not in dump.lower()


async def test_a_kept_database_counts_nothing_twice(playground: Playground, play_app: App, store: Store) -> None:
    await playground.deeds.post("nora", "welcome", "hello")
    before = {user.id: user.points for user in playground.place.users.values()}
    await playground.close()
    clock = PlayClock(real=lambda: START + timedelta(days=1))
    again = Playground(Desk(play_app, COMMANDS), clock, lively=False, pace=0)
    play_app.join(again)
    await again.begin()
    assert {user.id: user.points for user in again.place.users.values()} == before
    await again.deeds.post("nora", "welcome", "hello again")
    assert again.place.users["nora"].points > before["nora"]
