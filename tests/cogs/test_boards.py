"""/leaderboard and /privacy, as members read them."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.commands import Rank
from bot.engine.points import amount
from bot.events import Crowned, MemberLeft, MessagePosted, ThanksReceived
from bot.reply import Reply, code
from bot.state import Contact
from bot.storage import members
from bot.text import features
from bot.words import replace
from tests.cogs.conftest import TALK, Say, account, button, earned, labels, press, profile
from tests.conftest import START, Clock

pytestmark = pytest.mark.usefixtures("talk")


def rows(reply: Reply) -> list[tuple[str, ...]]:
    assert reply.table is not None
    return list(reply.table.rows)


async def test_the_board_is_sorted_equal_points_share_a_rank_and_mine_is_marked(say: Say) -> None:
    reply = await say("ann", "leaderboard")
    totals = sorted((earned(user) for user in TALK), reverse=True)
    assert [row[3] for row in rows(reply)] == [str(points) for points in totals]
    dense = sorted(set(totals), reverse=True)
    assert [int(row[0]) for row in rows(reply)] == [dense.index(points) + 1 for points in totals]
    assert [row[1] for row in rows(reply) if "←" in row[1]] == ["Ann ←"]
    assert labels(reply) == ["7 days", "30 days", "All time", "Points", "Quality points"]
    assert reply.image is not None
    assert reply.image.alt == "Leaderboard of Reading circle, All time"
    assert reply.image.data.startswith(b"\x89PNG")
    assert (reply.text, reply.private) == ("All time", False)


@pytest.mark.parametrize(("page", "error"), [("0", True), ("x", True), ("100001", True), ("99", False), ("1", False)])
async def test_pages_beyond_the_last_show_the_last_and_nonsense_is_refused(say: Say, page: str, error: bool) -> None:
    reply = await say("ann", "leaderboard", page=page)
    assert reply.error == error
    assert bool(reply.table) != error


async def test_an_empty_board_says_how_to_be_first(say: Say) -> None:
    reply = await say("a", "leaderboard", space="elsewhere")
    assert reply.text == "All time\nNobody has points yet. The first message earns some."
    quality = await say("ann", "leaderboard", by="quality")
    assert quality.text.startswith("All time · Quality points\nNobody has quality points here yet")


async def test_whoever_is_not_on_the_page_stands_below_it(app: App, say: Say) -> None:
    await app.submit(
        [
            MessagePosted(key=f"many:{n}:{m}", at=START, who=account(f"u{n}"), channel="c", text=features("hi"))
            for n in range(10)
            for m in range(20)
        ]
    )
    first = await say("陈默", "leaderboard")
    assert len(rows(first)) == 12
    crowd = [sum(amount(f"many:{n}:{m}", app.rules.earn.message) for m in range(20)) for n in range(10)]
    above = {*crowd, *[earned(user) for user in TALK]} - {earned("陈默")}
    assert rows(first)[10:] == [("…", "", "", ""), (str(len(above) + 1), "陈默 ←", "0", str(earned("陈默")))]
    assert labels(first)[:3] == ["◀", "1 / 2", "▶"]
    assert button(first, "◀").off
    second = await press(say, "陈默", first, "▶")
    assert "陈默 ←" in [row[1] for row in rows(second)]
    assert len(rows(second)) == 4
    nobody = await say("new", "leaderboard")
    assert nobody.text == "All time\nYou have no points on this board yet."


async def test_windows_count_by_the_clock_of_the_community(app: App, say: Say, clock: Clock) -> None:
    clock.advance(days=6)
    assert len(rows(await say("ann", "leaderboard", window="7d"))) == len(TALK)
    clock.advance(days=1)
    reply = await say("ann", "leaderboard", window="7d")
    assert (reply.table, reply.text) == (None, "7 days\nNobody has earned points here in this time.")
    late = MessagePosted(key="late", at=clock(), who=account("bo"), channel="c", text=features("hi"))
    await app.submit([late])
    monthly = await press(say, "bo", await say("bo", "leaderboard", window="7d"), "30 days")
    worth = amount("late", app.rules.earn.message)
    assert rows(monthly)[0][1] == "Ann"
    assert rows(await say("bo", "leaderboard", window="7d")) == [("1", "Bo ←", "1", str(worth))]


async def test_a_channel_is_found_by_id_and_by_name_and_kept_when_the_page_turns(app: App, say: Say) -> None:
    await app.store.write(
        members.see_channels, "playground", account("ann"), [("d" * 40, "garden", "text"), ("c", "welcome", "text")]
    )
    posts = [
        MessagePosted(key=f"d{n}", at=START, who=account(f"u{n}"), channel="d" * 40, text=features("hi"))
        for n in range(11)
    ]
    await app.submit(posts)
    reply = await say("u3", "leaderboard", channel="d" * 40)
    for name in ("garden", "#Garden"):
        assert await say("u3", "leaderboard", channel=name) == reply
    assert reply.text == "All time · #garden"
    assert {row[1].removesuffix(" ←") for row in rows(reply)[:10]} < {f"U{n}" for n in range(11)}
    second = await press(say, "u3", reply, "▶")
    assert second.text == "All time · #garden"
    assert all(len(code(one).encode()) <= 64 for row in second.buttons for one in row)
    assert "Quality points" not in labels(second)
    assert rows(await say("ann", "leaderboard", channel="c"))[0][1] == "Ann ←"
    await app.submit([replace(one, key=f"old:{one.key}", channel="old") for one in posts])
    gone = await say("u3", "leaderboard", channel="old", window="30d")  # of an archive: nothing else is known of it
    assert ({row[1].removesuffix(" ←") for row in rows(gone)[:10]} < {f"U{n}" for n in range(11)}, gone.text) == (
        True,
        "30 days · #old",
    )
    assert await press(say, "u3", gone, "All time") == await say("u3", "leaderboard", channel="old")
    unknown = await say("ann", "leaderboard", channel="attic")
    assert (unknown.error, unknown.text) == (True, "Nothing was earned in a channel attic yet.")
    both = await say("ann", "leaderboard", channel="c", by="quality")
    assert (both.error, both.text) == (
        True,
        "Quality points are not counted by channel: leave one of the two out.",
    )


async def test_quality_has_a_board_of_its_own(app: App, say: Say) -> None:
    await app.submit([ThanksReceived(key="t", at=START, who=account("cy"), giver="playground:ann")])
    reply = await press(say, "ann", await say("ann", "leaderboard"), "Quality points")
    assert rows(reply) == [("1", "Cy", (await say("ann", "rank", member="cy")).fields[0].value, "20")]
    assert reply.table is not None
    assert reply.table.header == ("#", "Member", "Level", "Quality points")


async def test_leavers_are_gone_and_winners_wear_a_crown(app: App, say: Say) -> None:
    until = (START + timedelta(days=7)).date()
    await app.submit(
        [
            MemberLeft(key="l", at=START, who=account("bo")),
            Crowned(key="w", at=START, who=account("ann"), place=1, until=until, points=9),
        ]
    )
    names = [row[1] for row in rows(await say("cy", "leaderboard"))]
    assert names == ["Ann 👑", "Cy ←", "陈默"]


# ---------------------------------------------------------------------- /privacy


async def test_hidden_is_hidden_everywhere_until_shown_again(app: App, say: Say) -> None:
    panel = await say("ann", "privacy")
    assert panel.text.startswith("The boards show you as Ann.\nI keep what you did and when, never what you wrote")
    assert button(panel, "Under my name").off
    done = await press(say, "ann", panel, "Not at all")
    assert done.text == "You are on no board, and others can't look at your rank."
    assert "Ann" not in [row[1] for row in rows(await say("bo", "leaderboard"))]
    refused = await say("bo", "rank", member="ann")
    assert (refused.error, refused.text) == (True, "Ann keeps that private.")
    assert (await say("bo", "badges", member="ann")).error
    assert not (await say("bo", "rank", rank=Rank.MODERATOR, member="ann")).error
    mine = await say("ann", "rank")
    assert (mine.private, mine.fields[2].value) == (True, "–")
    board = await say("ann", "leaderboard")
    assert board.private
    assert board.text == "All time\nYou are hidden from the boards: /privacy changes that."
    await press(say, "ann", await say("ann", "privacy"), "Under my name")
    assert "Ann" in [row[1] for row in rows(await say("bo", "leaderboard"))]
    assert (await profile(app, "ann")).state.contact == Contact()


async def test_an_alias_stands_in_for_the_name_and_nobody_learns_whose_it_is(app: App, say: Say) -> None:
    form = (await press(say, "ann", await say("ann", "privacy"), "Under another name")).form
    assert form is not None
    reply = await say("ann", form.command, **form.options, alias="  Night\u200b Owl ")
    assert reply.text == "The boards call you Night Owl, and others can't look at your rank."
    assert rows(await say("bo", "leaderboard"))[0][1] == "Night Owl"
    mine = await say("ann", "leaderboard")
    assert (rows(mine)[0][1], mine.private) == ("Night Owl ←", True)
    assert (await say("bo", "rank", member="ann")).error
    assert (await profile(app, "ann")).state.contact.alias == "Night Owl"


@pytest.mark.parametrize(
    ("alias", "why"),
    [
        ("x", "A name on the boards has 2 to 32 characters, with a letter or a digit among them."),
        ("★" * 5, "A name on the boards has 2 to 32 characters, with a letter or a digit among them."),
        ("n" * 33, "A name on the boards has 2 to 32 characters, with a letter or a digit among them."),
        ("BO", "Somebody here is called BO already. Please choose another name."),
        ("Ｂｏ", "Somebody here is called Bo already. Please choose another name."),
        ("The Admin", "The Admin sounds like somebody in charge. Please choose another name."),
        ("超级管理员", "超级管理员 sounds like somebody in charge. Please choose another name."),
        ("小组创建者", "小组创建者 sounds like somebody in charge. Please choose another name."),
        ("reading circle", "reading circle sounds like somebody in charge. Please choose another name."),
    ],
)
async def test_a_name_that_nobody_may_have_is_refused_and_changes_nothing(
    app: App, say: Say, alias: str, why: str
) -> None:
    reply = await say("ann", "privacy", alias=alias)
    assert (reply.error, reply.text) == (True, why)
    assert (await profile(app, "ann")).state.contact == Contact()
