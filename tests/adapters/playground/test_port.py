"""Commands on the playground, the effects performed on it, its time, and the record of what happened."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.playground import Playground, cast
from bot.adapters.playground.keys import Key, key_of
from bot.adapters.playground.leap import due
from bot.adapters.playground.line import CommandLine
from bot.adapters.playground.living import account
from bot.adapters.playground.place import BOT, PRIVATE, News
from bot.adapters.playground.trace import Difference, differences
from bot.delivery import GiveUp
from bot.effects import Alert, Announce, Effect, GrantAccess, Nudge, RevokeAccess
from bot.engine.rules import Plan, Rules
from bot.events import DayEnded, PaymentReceived, SubscriptionChanged, member_account
from bot.i18n import tongue
from bot.jobs import JOBS, Job
from bot.reply import Button
from bot.sales import Payment, Price, Subscription
from bot.state import Engagement, MemberState, Standing
from bot.storage import gates
from bot.storage.outbox import Task
from bot.till import Till
from bot.words import replace
from tests.adapters.playground.conftest import delivered
from tests.conftest import START


def task(effect: Effect, target: str, user: str = "nora", key: str = "k#0:x") -> Task:
    return Task(
        id=1, key=key, community=1, member=1, member_name="Nora", locale="en", account=account(user), target=target,
        effect=effect, attempts=1,
    )  # fmt: skip


# -------------------------------------------------------------------- commands


async def test_a_public_answer_is_for_all_and_a_private_one_is_not(playground: Playground) -> None:
    await playground.command("nora", "welcome", "/leaderboard", {}, "en")
    public = playground.place.posts("welcome", "mei")[-1]
    assert (public.author, public.only, public.asked) == (BOT, "", ("nora", "leaderboard"))
    await playground.command("nora", "welcome", "/start", {}, "en")
    assert playground.place.posts("welcome", "mei")[-1] is public
    private = playground.place.posts("welcome", "nora")[-1]
    assert private.only == "nora"
    playground.deeds.dismiss("mei", private)
    assert not private.gone
    playground.deeds.dismiss("nora", private)
    assert private.gone


async def test_a_pressed_button_turns_the_page_in_place(playground: Playground) -> None:
    await playground.command("nora", "welcome", "/leaderboard", {}, "en")
    board = playground.place.posts("welcome", "nora")[-1]
    assert board.reply is not None
    first = board.reply.table
    count = len(playground.place.posts("welcome", "nora"))
    await playground.press("mei", board, board.reply.buttons[0][-1], "en")
    assert board.reply.table != first
    assert len(playground.place.posts("welcome", "nora")) == count


async def test_a_private_answer_never_takes_the_place_of_a_public_one(playground: Playground) -> None:
    await playground.command("nora", "welcome", "/leaderboard", {}, "en")
    board = playground.place.posts("welcome", "nora")[-1]
    shown = board.reply
    await playground.press("mei", board, Button(label="x", command="language", options={"language": "en"}), "en")
    assert board.reply is shown
    assert playground.place.posts("welcome", "mei")[-1].only == "mei"


async def test_a_form_is_filled_in(playground: Playground) -> None:
    form = await playground.command("lin", "welcome", "/setup community", {}, "en")
    assert form is not None
    assert [blank.name for blank in form.blanks][:2] == ["name", "language"]
    await playground.fill("lin", "welcome", form, {"name": "Academy", "language": "en"}, "en")
    reply = playground.place.posts("welcome", "lin")[-1].reply
    assert reply is not None
    assert reply.text == "Saved."


async def test_a_member_is_refused_and_nothing_changes(playground: Playground) -> None:
    await playground.command("mei", "welcome", "/gate remove gate:lounge", {}, "en")
    reply = playground.place.posts("welcome", "mei")[-1].reply
    assert reply is not None
    assert reply.error
    assert reply.private
    bound = await playground.app.store.read(gates.bound, playground.community)
    assert [row.target for row in bound if row.platform == "playground"] == ["lounge"]


async def test_ungating_locks_everybody_out_and_gating_lets_them_in_again(playground: Playground) -> None:
    lounge = playground.place.channels["lounge"]
    inside = set(lounge.inside)
    await playground.command("lin", "welcome", "/gate remove gate:lounge", {}, "en")
    await delivered(playground, lambda: not lounge.inside)
    playground.clock.forward_to(playground.clock() + timedelta(seconds=1))
    await playground.command("lin", "welcome", "/gate add gate:lounge channel:#lounge", {"#lounge": "lounge"}, "en")
    await delivered(playground, lambda: lounge.inside == inside)
    assert len(playground.trace.acts[-1].delivered) == len(inside)


async def test_a_private_chat_takes_commands_and_says_so(playground: Playground) -> None:
    await playground.command("nora", PRIVATE, "/rank", {}, "en")
    rank, *_ = playground.place.posts(PRIVATE, "nora")
    assert rank.reply is not None
    assert rank.reply.title == "Nora Lind"
    await playground.command("nora", PRIVATE, "hello", {}, "zh_CN")
    hint = playground.place.posts(PRIVATE, "nora")[-1]
    assert hint.reply is not None
    assert "/help" in hint.reply.text


async def test_a_command_is_chosen_on_a_post_or_said_in_answer_to_it(playground: Playground) -> None:
    asked = await playground.deeds.post("nora", "questions", "What opens a closed door?")
    answered = await playground.deeds.post("mei", "questions", "A key that was turned twice", asked.id)
    before = playground.place.users["mei"].points
    assert await playground.choose("nora", answered, "accept", "en") is None
    told = playground.place.posts("questions", "mei")[-1]
    assert told.reply is not None
    assert (told.reply.text, told.only) == ("✅ That is the answer. Well done, 陈梅: 100 points!", "")
    await playground.command("nora", "questions", "/thanks", {}, "en", on=answered)
    thanked = playground.place.posts("questions", "mei")[-1].reply
    assert thanked is not None
    assert thanked.text.startswith("💛 Nora Lind thanks 陈梅: 20 points!")
    await playground._refresh("mei")
    assert playground.place.users["mei"].points == before + 120


async def test_a_post_of_the_bots_is_no_message_to_be_accepted(playground: Playground) -> None:
    await playground.command("nora", "welcome", "/leaderboard", {}, "en")
    board = playground.place.posts("welcome", "nora")[-1]
    await playground.choose("lin", board, "accept", "en")
    reply = playground.place.posts("welcome", "lin")[-1].reply
    assert reply is not None
    assert (reply.error, reply.text[:27]) == (True, "I don't know that message: ")


async def test_erasing_oneself_begins_anew(playground: Playground, news: list[News]) -> None:
    await playground.command("mei", "welcome", "/mydata delete sure:true", {}, "en")
    assert (playground.place.users["mei"].points, playground.place.users["mei"].level) == (0, 0)
    await playground.deeds.post("mei", "welcome", "hello, I am new")
    await playground.command("mei", "welcome", "/rank", {}, "en")
    assert 15 <= playground.place.users["mei"].points <= 25


# -------------------------------------------------------------------- the command line


@pytest.mark.parametrize(
    ("line", "path", "options"),
    [
        ("/rank", "rank", {}),
        ("/rank member:陈梅", "rank", {"member": "#7"}),
        ("/rank 陈梅", "rank", {"member": "#7"}),
        ("/rank member: Nora Lind ", "rank", {"member": "Nora Lind"}),
        ("/gate add gate:lounge channel:#lounge", "gate add", {"gate": "lounge", "channel": "#lounge"}),
        ("/setup community name:A: B language:en", "setup community", {"name": "A: B", "language": "en"}),
        ("/lb 2", "leaderboard", {"page": "2"}),
        ("/mydata delete sure：true", "mydata delete", {"sure": "true"}),
    ],
)
def test_a_line_is_read(playground: Playground, line: str, path: str, options: dict[str, str]) -> None:
    typed = playground.lines.read(line, {"陈梅": "#7"})
    assert typed.command is not None
    assert typed.command.path == path
    assert typed.options == options


def test_what_is_no_command_is_none(playground: Playground) -> None:
    assert playground.lines.read("/nothing here", {}).command is None
    assert playground.lines.read("/", {}).command is None


@pytest.mark.parametrize(
    ("user", "line", "expected"),
    [
        ("nora", "/le", ["/leaderboard ", "/rank "]),
        ("nora", "/mydata d", ["/mydata delete "]),
        ("nora", "/export", ["/mydata export "]),
        ("nora", "/setup", []),
        ("lin", "/setup a", ["/setup announce "]),
        ("lin", "/gate add ", ["/gate add gate:", "/gate add channel:"]),
        ("lin", "/gate add gate:lo", ["/gate add gate:lounge "]),
        ("lin", "/gate add gate:lounge ch", ["/gate add gate:lounge channel:"]),
        ("lin", "/gate add gate:lounge channel:#lo", ["/gate add gate:lounge channel:#lounge "]),
        ("nora", "/rank member:Nora", ["/rank member:Nora Lind "]),
        ("nora", "/language language:", ["/language language:English ", "/language language:中文 "]),
    ],
)
async def test_what_may_come_next(playground: Playground, user: str, line: str, expected: list[str]) -> None:
    lines = CommandLine(playground.desk, playground.place)
    found = await lines.suggest(line, playground.caller(user, "welcome", "en"), tongue("en"))
    assert [one.text for one in found] == expected


# -------------------------------------------------------------------- effects


async def test_access_is_granted_and_taken_and_told_once(playground: Playground, news: list[News]) -> None:
    await playground.perform(task(GrantAccess(gate="lounge"), "channel:lounge"))
    await playground.perform(task(GrantAccess(gate="lounge"), "channel:lounge"))
    assert playground.place.sees("nora", "lounge")
    await playground.perform(task(RevokeAccess(gate="lounge"), "channel:lounge"))
    assert not playground.place.sees("nora", "lounge")
    assert [one.opened for one in news if one.kind == "access"] == [True, False]


async def test_an_announcement_is_posted_once_however_often_it_is_performed(playground: Playground) -> None:
    channel = playground.place.channels["announcements"]
    count = len(channel.posts)
    said = task(Announce(notice="level_up", values={"level": 2}), "announcements", key="twice#0:x")
    await playground.perform(said)
    await playground.perform(said)
    assert len(channel.posts) == count + 1
    assert channel.posts[-1].text == "🎉 Nora has reached level 2!"


async def test_a_private_notice_is_for_one(playground: Playground) -> None:
    await playground.perform(task(Nudge(notice="level_up", values={"level": 7}), "private"))
    assert "level 7" in playground.place.posts(PRIVATE, "nora")[-1].text
    assert playground.place.posts(PRIVATE, "mei") == []


@pytest.mark.parametrize(
    "impossible",
    [
        task(GrantAccess(gate="lounge"), "role:1"),
        task(GrantAccess(gate="lounge"), "channel:gone"),
        task(GrantAccess(gate="lounge"), "channel:lounge", user="nobody"),
        task(Announce(notice="level_up", values={"level": 2}), "gone"),
    ],
)
async def test_what_can_not_be_done_is_given_up_with_advice(playground: Playground, impossible: Task) -> None:
    with pytest.raises(GiveUp, match=r"/setup|/gate"):
        await playground.perform(impossible)


# -------------------------------------------------------------------- time


def test_the_jobs_that_are_due_come_in_their_order() -> None:
    since = datetime(2026, 11, 21, 0, 5, tzinfo=UTC)
    found = [(f"{moment:%d %H:%M}", job.name) for moment, job in due(JOBS, since, since + timedelta(days=1))]
    ended = [("21 03:30", "tidy"), ("22 00:05", "end_day")]
    assert [one for one in found if one[1] in ("tidy", "end_day")] == ended


async def test_a_week_ends_seven_days_for_everybody_and_the_silent_hear_from_us(playground: Playground) -> None:
    before = playground.clock()
    act = await playground.advance("nora", timedelta(weeks=1))
    assert playground.clock() == before + timedelta(weeks=1)
    ended = [change for change in act.changes if isinstance(change.event, DayEnded)]
    assert len(ended) == 7 * len(playground.place.users)
    post = playground.place.posts(PRIVATE, "nora")[-1]
    shown = post.reply
    assert shown is not None
    assert shown.text.startswith("We have not heard from you for 5 days, Nora")
    assert [button.label for row in shown.buttons for button in row] == [
        *["I am here", "Not interested in this", "Fewer of these", "Complain"],
    ]
    assert {task.effect.notice for task in act.delivered if isinstance(task.effect, Nudge)} == {
        *["streak", "at_risk", "first_answer", "course"],
    }
    assert not act.open
    await playground.press("nora", post, shown.buttons[1][0], "en")
    assert playground.state_of("nora").contact.muted == ("contact",)


async def test_an_hour_may_bring_nothing(playground: Playground) -> None:
    act = await playground.advance("nora", timedelta(hours=1))
    assert act.changes == []
    assert playground.place.posts(PRIVATE, "nora") == []


# -------------------------------------------------------------------- what happened


def test_only_what_changed_is_a_difference() -> None:
    after = MemberState(engagement=Engagement(points=20, messages=1), standing=Standing(level=1))
    assert list(differences(MemberState(), MemberState())) == []
    assert list(differences(MemberState(), after)) == [
        Difference("engagement", "points", 0, 20),
        Difference("engagement", "messages", 0, 1),
        Difference("standing", "level", 0, 1),
    ]


async def test_what_a_command_changes_belongs_to_it(playground: Playground) -> None:
    await playground.command("nora", "welcome", "/notify wanted:off", {}, "en")
    act = playground.trace.acts[-1]
    assert act.values["path"] == "notify"
    (change,) = act.changes
    assert list(differences(change.before, change.after)) == [Difference("contact", "notices", True, False)]
    assert playground.user_of(change.seat.member) == "nora"


async def test_the_playground_needs_nothing(playground: Playground) -> None:
    assert [check.state for check in await playground.checks()] == ["ok"]


async def test_the_playground_says_who_may_enter_which_channel(playground: Playground) -> None:
    inside = set(playground.place.channels["lounge"].inside)
    playground.place.let("nora", "lounge", inside=True)
    found = await playground.held("playground", ["channel:lounge", "channel:gone", "role:1"])
    assert found == {"channel:lounge": inside | {"nora"}}
    playground.place.let("nora", "lounge", inside=False)
    found = await playground.held("playground", ["channel:lounge"])
    assert found == {"channel:lounge": inside - {"nora"}}


async def test_only_channels_of_the_playground_can_stand_behind_a_gate(playground: Playground) -> None:
    say, advice = tongue("en"), "The playground has channels only: choose one of them."
    assert await playground.obstacle("playground", "channel", "lounge", say) == ""
    assert await playground.obstacle("playground", "channel", "gone", say) == advice
    assert await playground.obstacle("playground", "role", "lounge", say) == advice
    assert await playground.way_in("playground", "nora") == ""


# -------------------------------------------------------------------- what is sold


async def test_the_creators_plan_and_gate_are_what_opens_a_channel(playground: Playground, news: list[News]) -> None:
    assert "workshop" not in playground.keys
    await playground.command(
        "lin", "welcome", "/plan create plan:studio title:Studio prices:20 USD gates:studio", {}, "en"
    )
    assert "workshop" not in playground.keys, "nothing is behind the gate yet"
    chosen = {"#workshop": "workshop"}
    await playground.command("lin", "welcome", "/gate add gate:studio channel:#workshop", chosen, "en")
    assert playground.keys["workshop"] == Key(None, ("Studio",))
    assert playground.behind("workshop") == ("studio",)
    assert [one.kind for one in news].count("gates") == 1
    await playground.command("lin", "welcome", "/plan archive plan:studio", {}, "en")
    assert playground.keys["workshop"] == Key(None, ())


@pytest.mark.parametrize(
    ("names", "key"),
    [
        ([], Key()),
        (["lounge"], Key(2)),
        (["vip"], Key(None, ("Pro 会员", "Pro 年度会员"))),
        (["vip", "lounge"], Key(2, ("Pro 会员", "Pro 年度会员"))),
        (["nothing"], Key()),
    ],
)
def test_a_channel_is_opened_by_its_lowest_level_and_by_every_plan(rules: Rules, names: list[str], key: Key) -> None:
    assert key_of(names, cast.with_plans(rules)) == key


def test_the_playground_sells_what_the_rules_sell(rules: Rules) -> None:
    assert cast.with_plans(rules).plans == cast.PLANS
    own = replace(rules, plans=(Plan(name="own", prices={"usd": 100}),))
    assert cast.with_plans(own) == own


@pytest.mark.parametrize(("part", "offered"), [("", ["true", "false"]), ("t", ["true"]), ("true", []), ("x", [])])
async def test_a_switch_that_is_typed_out_is_not_completed_to_its_opposite(
    playground: Playground, part: str, offered: list[str]
) -> None:
    caller = playground.caller("mei", "welcome", "en")
    found = await playground.lines.suggest(f"/mydata delete sure:{part}", caller, tongue("en"))
    assert [one.label for one in found] == offered


async def test_what_a_provider_tells_is_an_act_of_its_own(playground: Playground) -> None:
    member = playground.member_of("mei")
    assert playground.user_of(member) == "mei"
    one = Subscription(
        id="sandbox:x", plan="pro", status="active", since=START, as_of=START, until=START + timedelta(days=30)
    )
    paid = Payment(
        id="sandbox:x:1", kind="charge", subscription=one.id, plan="pro", price=Price(amount=1, currency="usd")
    )
    who = member_account(playground.community, member)
    await playground.app.submit(
        [
            PaymentReceived(key="payment:x", at=START, who=who, payment=paid),
            SubscriptionChanged(key="x", at=START, who=who, subscription=one),
        ]
    )
    await playground.command("nora", "welcome", "/rank", {}, "en")
    act = playground.trace.acts[-2]
    assert (act.kind, act.user, act.open) == ("billed", "mei", False)
    assert [type(change.event).__name__ for change in act.changes] == ["PaymentReceived", "SubscriptionChanged"]


async def test_the_staffs_channel_is_told_and_closed_to_members(playground: Playground) -> None:
    assert not playground.place.sees("mei", cast.STAFF)
    assert playground.place.sees("daniel", cast.STAFF)
    await playground.perform(task(Alert(notice="staff_subscribed", values={"plan": "Pro"}), cast.STAFF, user=""))
    assert playground.place.posts(cast.STAFF, "lin")[-1].text == "💳 Nora has subscribed to Pro."
    assert playground.place.posts(cast.STAFF, "mei") == []


async def test_a_notice_is_of_the_day_it_is_about(playground: Playground) -> None:
    """What a job decides is said before more time passes, not when the leap is over."""
    before = {post.id for post in playground.place.posts(PRIVATE, "mei")}
    await playground.advance("mei", timedelta(days=20))
    told = [post for post in playground.place.posts(PRIVATE, "mei") if post.id not in before and post.reply]
    assert [(post.reply.text[:29], (post.at - START).days) for post in told if post.reply] == [
        ("A quarter of an hour for “Spr", 0),
        ("🔥 22 days in a row, 陈梅! Today", 3),
        ("We have not heard from you fo", 4),
    ]


async def test_a_job_that_is_due_and_does_nothing_holds_up_no_other(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    async def long_ago(_till: Till) -> datetime:
        return START - timedelta(days=9)

    async def once(_till: Till) -> datetime | None:
        return START + timedelta(hours=2) if done.count("other") < 2 else None

    def job(name: str, count: int, due: Callable[[Till], Awaitable[datetime | None]]) -> Job:
        async def run(_till: Till, _now: datetime, _last: datetime | None) -> int:
            done.append(name)
            return count

        return Job(name=name, cron="* * * * *", run=run, due=due)

    monkeypatch.setattr("bot.adapters.playground.leap.JOBS", (job("idle", 0, long_ago), job("other", 1, once)))
    await playground.advance("mei", timedelta(hours=3))
    assert done == ["idle", "other", "idle", "other", "idle"]


# -------------------------------------------------------------------- invitations


async def test_a_newcomer_comes_by_a_link_takes_part_and_earns_points_for_whoever_invited(
    playground: Playground,
) -> None:
    await playground.command("mei", "welcome", "/invite", {}, "en")
    told = playground.place.posts("welcome", "mei")[-1]
    assert told.only == "mei"
    assert told.reply is not None
    ((button,),) = told.reply.buttons
    assert button.url.startswith(cast.JOIN)
    assert await playground.press("mei", told, button, "en") is None
    reply = playground.place.posts("welcome", "mei")[-1].reply
    assert reply is not None
    assert reply.text == "Kai Larsen came by your link. Let a week pass: they will take part."
    assert playground.place.users["kai"].here
    before = playground.place.users["mei"].points
    await playground.advance("mei", timedelta(days=6))
    assert playground.place.users["mei"].points == before
    written = [post.text for post in playground.place.posts("welcome", "mei") if post.author == "kai"]
    assert written == list(cast.FRIENDS[0][2])
    await playground.advance("mei", timedelta(days=2))
    await playground._refresh("mei")
    assert playground.place.users["mei"].points == before + 100
    await playground.command("mei", "welcome", "/invite", {}, "en")
    again = playground.place.posts("welcome", "mei")[-1].reply
    assert again is not None
    assert [field.value for field in again.fields] == ["1", "1"]


async def test_when_everybody_has_come_nobody_comes(playground: Playground) -> None:
    await playground.command("mei", "welcome", "/invite", {}, "en")
    told = playground.place.posts("welcome", "mei")[-1]
    assert told.reply is not None
    ((button,),) = told.reply.buttons
    for _ in range(len(cast.FRIENDS) + 1):
        await playground.press("mei", told, button, "en")
    reply = playground.place.posts("welcome", "mei")[-1].reply
    assert reply is not None
    assert reply.text == "Everybody who could come has come."
    assert len(playground.place.users) == len(cast.parts()) + len(cast.FRIENDS)
