"""/stats: exact figures beside the chart, each choice, both languages, a file; one reading of the log an hour."""

import csv
import io
from datetime import timedelta

import pytest
from PIL import Image

from bot.app import App
from bot.commands import Rank
from bot.events import MessagePosted, ReactionGiven
from bot.insight.measures import MEASURES, TERMS
from bot.reply import Reply, code
from bot.text import features
from tests.cogs.conftest import Say, account
from tests.conftest import START, Clock

CHOICES = ("overview", "active", "growth", "retention", "channels", "hours", "model")
DAY = timedelta(days=1)


def post(user: str, number: int, days_ago: int, hour: int = 9) -> MessagePosted:
    at = START.replace(hour=hour) - days_ago * DAY
    return MessagePosted(
        key=f"playground:message:{user}:{number}", at=at, who=account(user), channel="hall", text=features("why? well")
    )


@pytest.fixture
async def club(app: App) -> None:
    """Ann writes daily for 70 days, bo in the last 20 and a while ago, cy reacts once, Δ left."""
    told = [post("ann", n, n) for n in range(70)]
    told += [post("bo", n, n, hour=21) for n in range(1, 20)] + [post("bo", 99, 60), post("Δ", 1, 40)]
    await app.submit([*told])
    at = START - 3 * DAY
    await app.submit(
        [ReactionGiven(key="playground:r:1", at=at, who=account("cy"), of="playground:message:ann:4", emoji="👍")]
    )


async def ask(say: Say, **options: object) -> Reply:
    return await say("ann", "stats", rank=Rank.CREATOR, **options)


def figures(reply: Reply) -> dict[str, tuple[str, ...]]:
    assert reply.table is not None
    return {row[0]: row[1:] for row in reply.table.rows}


@pytest.mark.usefixtures("club")
async def test_the_overview_has_every_figure_beside_the_days_before(say: Say) -> None:
    reply = await ask(say)
    assert reply.title == "Numbers of Reading circle"
    assert reply.text == "Time zone: UTC. Counted up to 2026-11-21 12:00; the last whole day is 2026-11-20."
    assert reply.table is not None
    assert reply.table.header == ("Figure", "Last 28 days", "The 28 days before")
    found = figures(reply)
    assert list(found) == [one.title for one in MEASURES]
    assert found["Active members"] == ("3", "2")
    assert found["Daily active members (DAU)"] == ("1.7", "1.0")  # 28 + 19 + 1 and 28 + 1, of 28 days
    assert found["New members"] == ("1", "1")
    assert found["Returning members"] == ("1", "–")  # the log does not know the 28 days before these
    assert found["Messages"] == ("47", "29")
    assert found["Contributors"] == ("2", "2")
    assert found["Readers"] == ("1", "0")
    assert found["Replies"] == ("–", "–")


@pytest.mark.usefixtures("club")
async def test_every_choice_is_a_picture_with_its_words(say: Say) -> None:
    for what in CHOICES:
        reply = await ask(say, what=what)
        assert not reply.error
        if what == "model":
            assert reply.image is None
            assert reply.text.endswith("Not enough history yet: 68 of the 84 whole days that the activity model needs.")
            continue
        assert reply.image is not None
        assert reply.image.alt
        with Image.open(io.BytesIO(reply.image.data)) as picture:
            assert (picture.format, picture.width) == ("PNG", 1200)
            assert picture.height >= 750
        for row in reply.buttons:
            for one in row:
                assert code(one).startswith("stats")
    hours = await ask(say, what="hours", days=7)
    assert "the most on Monday from 09:00" in hours.text  # of many hours with the most, the first


@pytest.mark.usefixtures("club")
async def test_the_buttons_lead_to_the_other_charts_the_definitions_and_the_file(say: Say) -> None:
    reply = await ask(say, what="growth", days=60)
    pressed = [one for row in reply.buttons for one in row]
    assert [one.label for one in pressed] == [
        "overview",
        "active members",
        "retention",
        "channels",
        "hours",
        "forecast",
        "Definitions",
        "CSV",
    ]
    told = await ask(say, **pressed[-2].options)
    assert {one.name: one.value for one in told.fields} == {one.title: one.definition for one in (*TERMS, *MEASURES)}
    file = (await ask(say, **pressed[-1].options)).file
    assert file is not None
    assert file.name == "growth-2026-11-21.csv"
    rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert rows[0] == ["week", "new", "returning", "resurrected", "lost"]
    assert rows[-1] == ["2026-11-09", "0", "2", "0", "0"]


@pytest.mark.usefixtures("club")
async def test_a_file_of_figures_has_numbers_not_words(say: Say) -> None:
    file = (await ask(say, show="file")).file
    assert file is not None
    rows = list(csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"))))
    found = {(row["period"], row["name"]): row["value"] for row in rows}
    assert (found["recent", "messages"], found["before", "messages"]) == ("47", "29")
    assert (found["recent", "daily"], found["before", "lost"]) == ("1.71429", "")


@pytest.mark.usefixtures("club")
async def test_the_log_is_read_once_an_hour(say: Say, app: App, clock: Clock) -> None:
    before = figures(await ask(say))["Messages"]
    await app.submit([post("cy", 1, 1)])
    clock.advance(minutes=59)
    kept = await ask(say)
    assert figures(kept)["Messages"] == before
    assert "Counted up to 2026-11-21 12:00" in kept.text
    clock.advance(minutes=2)
    anew = await ask(say)
    assert figures(anew)["Messages"] == ("48", "29")
    assert "Counted up to 2026-11-21 13:01" in anew.text


async def test_before_the_first_whole_day_is_over_it_says_what_there_is(say: Say, app: App, clock: Clock) -> None:
    await app.profile(account("ann"))
    reply = await ask(say)
    assert (reply.error, reply.text) == (True, "Nobody was active yet. Numbers begin with the first message.")
    clock.advance(hours=1)
    await app.submit([post("ann", 1, 0, hour=11), post("bo", 1, 0, hour=12)])
    clock.advance(minutes=1)
    reply = await ask(say)
    assert reply.text == (
        "There is no whole day to count yet: the first one ends on 2026-11-22 at midnight (UTC). So far 2 members "
        "wrote 2 messages."
    )
    clock.advance(days=2)
    assert figures(await ask(say))["Active members"] == ("0",)


@pytest.mark.usefixtures("club")
async def test_days_out_of_range_are_refused(say: Say) -> None:
    assert (await ask(say, days=6)).text == "days must be between 7 and 3,660."
    assert (await ask(say, what="everything")).error
