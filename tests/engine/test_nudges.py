"""Nudges: who meets which and when, what holds them back, where they go, and who is in the hold-out."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.nudges.brakes import Held, brake, is_quiet, quiet_ends
from bot.engine.nudges.decision import Row, Verdict, decide, planned
from bot.engine.nudges.ladder import surface
from bot.engine.nudges.person import Contacted, Person, Post, Progress, Reach
from bot.engine.nudges.table import NAMED, NUDGES, TOPICS
from bot.engine.nudges.triggers import Due
from bot.engine.rules import NudgeRules, NudgeSwitches, Plan, Rules
from bot.sales import Subscription
from bot.state import Contact, Engagement, Habit, Membership, MemberState
from bot.words import replace
from tests.conftest import START

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RULES = Rules(plans=(Plan(name="gold", title="Gold", prices={"usd": 900}),), nudges=NudgeRules(holdout=0))
HERE = (Reach(platform="playground", space="s", user="ann"),)
NOON = START
"""Saturday, 21 November 2026, 12:00 UTC."""
GOLD = Subscription(
    id="sandbox:1", plan="gold", status="active", since=NOON - 23 * DAY, as_of=NOON, until=NOON + 7 * DAY, renews=True,
    months=1,
)  # fmt: skip


def person(engagement: Engagement | None = None, **parts: object) -> Person:
    """A member on the playground who wrote just now, with other parts of the state, or fields of their own."""
    wrote = engagement or Engagement(messages=9, first_at=NOON - 40 * DAY, last_at=NOON)
    mine = {name: value for name, value in parts.items() if name in MemberState.__struct_fields__}
    rest = {name: value for name, value in parts.items() if name not in mine}
    state = MemberState(engagement=wrote, **mine)  # type: ignore[arg-type]
    return Person(member=7, community=1, name="Ann", state=state, reaches=HERE, **rest)  # type: ignore[arg-type]


def due(name: str, who: Person, now: datetime = NOON, rules: Rules = RULES) -> Due | None:
    find = NAMED[name].due
    assert find is not None
    return find(who, rules, now)


def row(name: str, about: str, until: datetime = NOON + DAY, **more: object) -> Row:
    return Row(id=1, community=1, member=7, nudge=name, about=about, due_at=NOON, until=until, **more)  # type: ignore[arg-type]


# ---------------------------------------------------------------------- the table


def test_every_nudge_can_be_switched_off_has_a_topic_and_two_wordings() -> None:
    assert {one.name for one in NUDGES} == set(NudgeSwitches.__struct_fields__)
    assert {one.topic for one in NUDGES} == set(TOPICS) - {"questions"}  # asked by /ask, not by the table
    assert all(len(one.variants) >= 2 for one in NUDGES if one.name != "campaign")
    assert len({one.priority for one in NUDGES}) == len(NUDGES)


def test_the_last_rung_is_a_message_of_its_own_on_discord() -> None:
    assert {one.ladder[-1] for one in NUDGES} == {"dm"}
    assert [one.name for one in NUDGES if one.ladder[0] == "reply"] == ["unanswered"]
    assert all(one.public for one in NUDGES if "reply" in one.ladder)


# ---------------------------------------------------------------------- triggers


def silent(days: float) -> Engagement:
    return Engagement(messages=9, first_at=NOON - 90 * DAY, last_at=NOON - days * DAY)


@pytest.mark.parametrize(
    ("name", "who", "found"),
    [
        (
            "welcome",
            person(Engagement(), contact=Contact(joined_at=NOON)),
            Due(about="2026-11-21", at=NOON + HOUR, until=NOON + 3 * DAY),
        ),
        ("welcome", person(contact=Contact(joined_at=NOON)), None),
        (
            "first_win",
            person(Engagement(), contact=Contact(joined_at=NOON)),
            Due(about="2026-11-21", at=NOON + 2 * DAY, until=NOON + 5 * DAY),
        ),
        ("first_win", person(Engagement(), contact=Contact(joined_at=NOON), habit=Habit(days=1)), None),
        (
            "unanswered",
            person(question=Post(key="m:1", channel="c", at=NOON, platform="p")),
            Due(about="m:1", at=NOON + 6 * HOUR, until=NOON + 3 * DAY),
        ),
        ("unanswered", person(), None),
        (
            "at_risk",
            person(silent(12)),
            Due(about="2026-11-09", at=NOON - 2 * DAY, until=NOON + 16 * DAY, values={"days": 12}),
        ),
        (
            "at_risk",
            person(silent(4), risk=0.6),
            Due(about="2026-11-17", at=NOON - DAY, until=NOON + 24 * DAY, values={"days": 4}),
        ),
        (
            "at_risk",
            person(silent(4), risk=0.59),
            Due(about="2026-11-17", at=NOON + 6 * DAY, until=NOON + 24 * DAY, values={"days": 10}),
        ),
        ("at_risk", person(Engagement()), None),
        (
            "course",
            person(courses=(Progress(id=3, title="Rust", done=2, of=5, last_at=NOON - 6 * DAY),)),
            Due(
                about="3:2026-11-15", at=NOON - DAY, until=NOON + 24 * DAY,
                values={"course": "Rust", "done": 2, "of": 5, "id": 3},
            ),
        ),
        ("course", person(courses=(Progress(id=3, title="Rust", done=5, of=5, last_at=NOON),)), None),
        (
            "course_done",
            person(courses=(Progress(id=3, title="Rust", done=5, of=5, last_at=NOON),)),
            Due(about="3", at=NOON, until=NOON + 3 * DAY, values={"course": "Rust"}),
        ),
        ("first_answer", person(answered_at=NOON), Due(about="first", at=NOON, until=NOON + 3 * DAY)),
        (
            "receipt",
            person(membership=Membership(subscriptions=(GOLD,)), got={"messages": 4}),
            Due(
                about="sandbox:1:2026-11-28", at=NOON, until=NOON + 1.5 * DAY,
                values={"messages": 4, "plan": "Gold", "date": "2026-11-28"},
            ),
        ),
        ("receipt", person(membership=Membership(subscriptions=(GOLD,))), None),
        ("receipt", person(membership=Membership(subscriptions=(replace(GOLD, renews=False),)), got={"days": 4}), None),
        (
            "anniversary",
            person(contact=Contact(joined_at=datetime(2024, 11, 21, 3, tzinfo=UTC))),
            Due(about="2", at=NOON - 2 * HOUR, until=NOON + 34 * HOUR, values={"years": 2}),
        ),
        ("anniversary", person(contact=Contact(joined_at=datetime(2025, 11, 23, tzinfo=UTC))), None),
        ("recommendation", person(silent(3)), None),
        (
            "recommendation",
            person(),
            Due(about="2026-W47", at=NOON - 2.75 * DAY, until=NOON - 1.25 * DAY),
        ),
        ("digest", person(), None),
        (
            "digest",
            person(silent(4)),
            Due(about="2026-W47", at=NOON - 2 * HOUR, until=NOON + 34 * HOUR),
        ),
    ],
)  # fmt: skip
def test_who_meets_which_and_when(name: str, who: Person, found: Due | None) -> None:
    assert due(name, who) == found


def test_a_streak_ends_tonight_only_if_no_missed_day_is_forgiven() -> None:
    rules = replace(RULES, streaks=replace(RULES.streaks, freezes=0))
    today = NOON.toordinal()
    tonight = NOON.replace(hour=18), NOON.replace(hour=21)
    habit = Habit(runs=((today - 6, today - 1),), days=6)
    assert due("streak", person(habit=habit), rules=rules) == Due(
        about="2026-11-21", at=tonight[0], until=tonight[1], values={"days": 6}
    )
    assert due("streak", person(habit=habit)) is None
    assert due("streak", person(habit=Habit(runs=((today - 6, today),), days=7)), rules=rules) is None
    assert due("streak", person(habit=Habit(runs=((today - 4, today - 1),), days=4)), rules=rules) is None


def lapsed(ended: datetime, months: int = 1, **more: Any) -> Person:
    gone = replace(GOLD, status="ended", until=ended, renews=False, months=months)
    return person(None, membership=Membership(subscriptions=(gone,)), **more)


def test_who_has_lapsed_is_asked_back_and_later_with_an_offer() -> None:
    ended = NOON - 8 * DAY
    gold: dict[str, int | str] = {"plan": "Gold"}
    assert due("win_back", lapsed(ended)) == Due(about="sandbox:1", at=NOON - DAY, until=NOON + 20 * DAY, values=gold)
    # a pass was followed by a reminder of its own on the third day, so the next may come two weeks after that
    assert due("win_back", lapsed(ended, months=0)) == Due(
        about="sandbox:1", at=NOON + 9 * DAY, until=NOON + 20 * DAY, values=gold
    )
    assert due("win_back_offer", lapsed(ended)) is None
    assert due("win_back_offer", lapsed(ended, offer="BACK20")) == Due(
        about="sandbox:1", at=NOON + 27 * DAY, until=NOON + 82 * DAY, values={**gold, "coupon": "BACK20"}
    )


def test_who_is_in_or_left_with_a_quarrel_is_not_asked_back() -> None:
    for status in ("active", "past_due", "refunded", "disputed", "paused"):
        other = replace(GOLD, id="sandbox:2", status=status)
        both = Membership(subscriptions=(*lapsed(NOON - 8 * DAY).state.membership.subscriptions, other))
        assert due("win_back", person(membership=both)) is None


@pytest.mark.parametrize(("grace", "found"), [(7, None), (10, NOON - DAY + 10 * DAY)])
def test_the_last_day_of_a_long_grace_is_named_and_no_reminder_repeated(grace: int, found: datetime | None) -> None:
    rules = replace(RULES, membership=replace(RULES.membership, grace_days=grace))
    unpaid = replace(GOLD, status="past_due", until=NOON)
    met = due("payment_check", person(membership=Membership(subscriptions=(unpaid,))), NOON + DAY, rules)
    assert (met and met.at) == found


def test_switched_off_or_without_anybody_to_fill_it_in_nothing_is_planned() -> None:
    who, until = person(silent(4)), NOON + DAY
    assert [one.name for one, _ in planned(who, RULES, NOON, until)] == ["digest"]
    assert planned(who, RULES, NOON, until, filled=False) == []
    assert planned(who, replace(RULES, nudges=NudgeRules(on=False)), NOON, until) == []
    without = NudgeRules(send=NudgeSwitches(digest=False))
    assert planned(who, replace(RULES, nudges=without), NOON, until) == []


# ---------------------------------------------------------------------- brakes

AT_RISK, BACK = NAMED["at_risk"], NAMED["win_back"]


@pytest.mark.parametrize(
    ("who", "held"),
    [
        (person(), None),
        (person(contact=Contact(notices=False)), Held(why="opted_out")),
        (person(contact=Contact(muted=("contact",))), Held(why="opted_out")),
        (person(contact=Contact(muted=("digest",))), None),
        (person(contact=Contact(complained_at=NOON)), Held(why="complained")),
        (person(contact=Contact(here=False)), Held(why="away")),
        (person(paid_at=NOON - DAY), Held(why="paid", until=NOON + DAY)),
        (person(paid_at=NOON - 2 * DAY), None),
        (person(contacts=(Contacted(nudge="digest", at=NOON - 23 * HOUR),)), Held(why="gap", until=NOON + HOUR)),
        (person(contacts=(Contacted(nudge="digest", at=NOON + DAY),)), Held(why="gap", until=NOON + 2 * DAY)),
        (
            person(contacts=tuple(Contacted(nudge="digest", at=NOON - n * DAY) for n in (6, 4, 2))),
            Held(why="budget", until=NOON + DAY),
        ),
        (
            person(contacts=(Contacted(nudge="digest", at=NOON - 2 * DAY),), contact=Contact(fewer=True)),
            Held(why="budget", until=NOON + 5 * DAY),
        ),
        (person(contacts=(Contacted(nudge="at_risk", at=NOON - 8 * DAY),)), Held(why="again", until=NOON + 6 * DAY)),
        (person(contact=Contact(quiet=(12, 14))), Held(why="quiet", until=NOON + 2 * HOUR)),
        (person(contact=Contact(zone="Asia/Kathmandu", quiet=(17, 18))), Held(why="quiet", until=NOON + HOUR / 4)),
        (person(contact=Contact(quiet=(12, 12))), None),
    ],
)  # fmt: skip
def test_what_holds_a_nudge_back_and_until_when(who: Person, held: Held | None) -> None:
    assert brake(who, AT_RISK, RULES, NOON) == held


def test_of_several_brakes_one_for_good_holds_else_the_longest() -> None:
    who = person(paid_at=NOON - DAY, contact=Contact(quiet=(12, 14)))
    assert brake(who, AT_RISK, RULES, NOON) == Held(why="paid", until=NOON + DAY)
    assert brake(replace(who, state=replace(who.state, contact=Contact(notices=False))), AT_RISK, RULES, NOON) == Held(
        why="opted_out"
    )


def test_win_backs_are_two_weeks_apart_whichever_they_are() -> None:
    who = person(contacts=(Contacted(nudge="win_back_offer", at=NOON - 13 * DAY),), contact=Contact(here=False))
    assert brake(who, BACK, RULES, NOON) == Held(why="win_back", until=NOON + DAY)
    assert brake(who, AT_RISK, RULES, NOON) == Held(why="away")


@given(
    st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    st.sampled_from(("Europe/Berlin", "Australia/Lord_Howe", "America/New_York", "Asia/Kathmandu", "Pacific/Apia")),
    st.tuples(st.integers(0, 23), st.integers(0, 23)),
)
def test_quiet_hours_are_those_of_the_wall_clock_on_every_day(now: datetime, zone: str, hours: tuple[int, int]) -> None:
    start, end = hours
    quiet = {(start + n) % 24 for n in range((end - start) % 24)}
    local = ZoneInfo(zone)
    assert is_quiet(now, zone, hours) == (now.astimezone(local).hour in quiet)
    if not is_quiet(now, zone, hours):
        return
    until = quiet_ends(now, zone, hours)
    minutes = [now + timedelta(minutes=n) for n in range(0, int((until - now) / timedelta(minutes=1)), 5)]
    assert until.astimezone(local).hour not in quiet
    assert all(at.astimezone(local).hour in quiet for at in minutes)
    assert now < until <= now + 25 * HOUR


# ---------------------------------------------------------------------- where it goes

DISCORD = Reach(platform="discord", space="g", user="5")
STARTED = Reach(platform="telegram", space="-1", user="6", started=True)
SPOKE = Post(key="discord:message:77", channel="30", at=NOON - DAY, platform="discord", space="g", user="5")


def reached(*reaches: Reach, **more: object) -> Person:
    return Person(member=1, community=1, reaches=reaches, **more)  # type: ignore[arg-type]


GONE = MemberState(contact=Contact(here=False))


@pytest.mark.parametrize(
    ("who", "kind", "target"),
    [
        (reached(DISCORD, STARTED, spoke=SPOKE), "telegram", "private"),
        (reached(DISCORD, replace(STARTED, started=False), spoke=SPOKE), "thread", "thread:30"),
        (reached(DISCORD), "dm", "private"),
        (reached(DISCORD, spoke=replace(SPOKE, at=NOON - 121 * DAY)), "dm", "private"),
        (reached(DISCORD, spoke=SPOKE, dead=frozenset({"discord:5:thread:g"})), "dm", "private"),
        (reached(DISCORD, dead=frozenset({"discord:5:dm"})), None, None),
        (reached(replace(STARTED, started=False)), None, None),
        (reached(DISCORD, spoke=SPOKE, state=GONE), None, None),
    ],
)
def test_the_ladder_is_climbed_down_past_what_refused(who: Person, kind: str | None, target: str | None) -> None:
    found = surface(who, AT_RISK, NOON)
    assert (found and found.kind, found and found.target) == (kind, target)


def test_an_unanswered_newcomer_is_answered_in_the_channel_while_it_is_fresh() -> None:
    who = Person(member=1, community=1, reaches=(DISCORD,), question=SPOKE)
    found = surface(who, NAMED["unanswered"], NOON)
    assert found is not None
    assert (found.kind, found.target) == ("reply", "reply:30:77")
    later = surface(who, NAMED["unanswered"], NOON + 3 * DAY)
    assert later is not None
    assert later.kind == "dm"


# ---------------------------------------------------------------------- what becomes of it


def test_what_is_true_and_held_by_nothing_is_queued_with_its_words() -> None:
    found = decide(person(silent(12)), row("at_risk", "2026-11-09"), RULES, NOON)
    assert (found.state, found.arm, found.values) == ("queued", "sent", {"days": 12})
    assert found.surface is not None
    assert found.variant in ("place", "ask")


@pytest.mark.parametrize(
    ("who", "one", "now", "verdict"),
    [
        (person(), row("at_risk", "2026-11-09"), NOON, Verdict(state="dropped", why="untrue")),
        (person(silent(4)), row("at_risk", "2026-11-17"), NOON, Verdict(state="due", due_at=NOON + 6 * DAY)),
        (person(silent(12)), row("at_risk", "2026-11-08"), NOON, Verdict(state="dropped", why="untrue")),
        (person(silent(12)), row("at_risk", "2026-11-09"), NOON + DAY, Verdict(state="dropped", why="late")),
        (person(silent(12)), row("gone", ""), NOON, Verdict(state="dropped", why="unknown")),
        (
            replace(person(silent(12)), reaches=()),
            row("at_risk", "2026-11-09"), NOON, Verdict(state="dropped", why="nowhere"),
        ),
        (
            person(silent(12), contact=Contact(quiet=(11, 13))),
            row("at_risk", "2026-11-09"), NOON, Verdict(state="due", why="quiet", due_at=NOON + HOUR),
        ),
        (
            person(silent(12), contact=Contact(quiet=(11, 13))),
            row("at_risk", "2026-11-09", until=NOON + HOUR), NOON, Verdict(state="dropped", why="quiet"),
        ),
        (
            person(silent(12), contact=Contact(muted=("contact",))),
            row("at_risk", "2026-11-09"), NOON, Verdict(state="dropped", why="opted_out"),
        ),
        (person(silent(4)), row("digest", "2026-W47"), NOON, Verdict(state="dropped", why="empty")),
    ],
)  # fmt: skip
def test_what_is_not_so_or_not_now_is_put_off_or_dropped(
    who: Person, one: Row, now: datetime, verdict: Verdict
) -> None:
    assert decide(who, one, RULES, now) == verdict


def test_what_is_filled_in_stands_in_the_words() -> None:
    found = decide(person(silent(4)), row("digest", "2026-W47"), RULES, NOON, content={"lines": "• one"})
    assert (found.state, found.values) == ("queued", {"lines": "• one"})


def test_the_holdout_is_a_share_of_those_who_would_have_got_it_and_always_the_same() -> None:
    rules = replace(RULES, nudges=NudgeRules(holdout=0.1))

    def arms(name: str, about: str) -> list[str]:
        who = person(silent(12))
        return [decide(who, replace(row(name, about), member=number), rules, NOON).arm for number in range(2000)]

    first = arms("at_risk", "2026-11-09")
    assert first == arms("at_risk", "2026-11-09")
    assert 160 < first.count("held") < 240
    campaigns = arms("campaign", "a"), arms("campaign", "b")
    both = sum(a == b == "held" for a, b in zip(*campaigns, strict=True))
    assert both < 50  # each campaign has a split of its own


def test_a_campaign_may_have_a_share_of_its_own_and_says_what_it_says() -> None:
    words: dict[str, int | str] = {"text": "New course!", "holdout": "0"}
    found = decide(person(), row("campaign", "1", data=words), replace(RULES, nudges=NudgeRules(holdout=1)), NOON)
    assert (found.state, found.values["text"]) == ("queued", "New course!")


def test_wordings_follow_their_weights() -> None:
    who, weights = person(silent(12)), {"place": 0.0, "ask": 1.0}
    found = decide(who, row("at_risk", "2026-11-09"), RULES, NOON, weights=weights)
    assert found.variant == "ask"
