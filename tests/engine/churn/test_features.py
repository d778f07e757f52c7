"""Features against plain counts, and the law: what comes at the snapshot or later changes none of them."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.activity import ACTS, Log, micros
from bot.engine.churn import features as churn_features
from bot.engine.churn.exchanges import exchanges
from bot.engine.churn.features import DAY, NAMES, features, features_of
from bot.engine.churn.reasons import GROUPS
from bot.engine.churn.snapshots import present, silent
from bot.engine.churn.story import story
from tests.insight.logs import Told, at, log_of

T = at(200, 0)
ALL = np.arange(1, 5)
KINDS = ["MessagePosted"] * 4 + ["ReactionGiven", "ReactionReceived", "MemberJoined"]


@st.composite
def talks(draw: st.DrawFn) -> Log:
    """Four members on crowded days around T, some events at T and at the midnights beside it to the microsecond."""
    edges = [T, T - timedelta(microseconds=1), T - timedelta(days=1), T + timedelta(days=1), T - timedelta(days=28)]
    hours = st.integers(-45 * 24, 30 * 24).map(lambda n: T + timedelta(hours=n))
    old = st.integers(0, 199).map(at)
    moments = st.one_of(hours, st.sampled_from(edges), old)
    told = draw(st.lists(st.tuples(moments, st.integers(1, 4), st.sampled_from(KINDS)), max_size=40))
    size = len(told)
    places = st.dictionaries(st.integers(0, max(size - 1, 0)), st.integers(0, 1), max_size=size)
    pairs = st.tuples(st.integers(0, max(size - 1, 0)), st.integers(1, 4))
    # Answers may point ahead: clocks of platforms differ.
    replies = draw(st.dictionaries(st.integers(0, 39), st.integers(0, 39), max_size=8)) if size else {}
    return log_of(
        told,
        answers={a: b for a, b in replies.items() if a < size and b < size and a != b},
        questions=draw(st.lists(st.integers(0, 39), max_size=6)),
        topics=draw(places),
        mentions=sorted(draw(st.lists(pairs, max_size=6)) if size else []),
        places=draw(places),
    )


def alone(log: Log, until: int) -> Log:
    """The log as it was when nothing from `until` on had happened, written out anew."""
    size = int((log.at < until).sum())
    kept = log.mentioning < size
    return Log(
        log.at[:size].copy(), log.member[:size].copy(), log.kind[:size].copy(), log.place[:size].copy(),
        log.thread[:size].copy(), np.where(log.answers[:size] < size, log.answers[:size], -1),
        log.question[:size].copy(), log.places, log.mentioning[kept], log.mentioned[kept],
    )  # fmt: skip


@given(talks())
@settings(max_examples=100)
def test_features_of_the_cut_log_are_those_of_the_whole(log: Log) -> None:
    until = micros(T)
    whole, cut = features(log, until, ALL), features(alone(log, until), until, ALL)
    assert whole.shape == (4, len(NAMES))
    assert np.isfinite(whole).all()
    assert whole.tobytes() == cut.tobytes()  # exactly


@given(talks(), st.lists(st.tuples(st.sampled_from([0, 1, 24, 30 * 24]), st.integers(1, 4)), min_size=1, max_size=6))
@settings(max_examples=30)
def test_each_is_asked_at_an_instant_of_their_own_and_many_at_once(log: Log, asked: list[tuple[int, int]]) -> None:
    """In any order, one of them twice or never, and in as many parts as it takes."""
    until = np.array([micros(T - timedelta(hours=ago)) for ago, _ in asked])
    members = np.array([who for _, who in asked])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(churn_features, "ROWS", 2)
        found = features_of(story(log, ACTS), until, members)
    for row_, at_, who in zip(found, until.tolist(), members, strict=True):
        assert row_.tobytes() == features(alone(log, at_), at_, np.array([who])).tobytes()


@given(talks(), st.lists(st.tuples(st.integers(0, 60), st.integers(1, 6)), min_size=1, max_size=6))
@settings(max_examples=30)
def test_what_happens_on_the_day_of_the_snapshot_or_later_changes_nothing(
    log: Log, more: list[tuple[int, int]]
) -> None:
    past = alone(log, micros(T))
    later = log_of([(T + timedelta(hours=n), who, "MessagePosted") for n, who in more])
    joined = {
        name: np.concatenate([getattr(past, name), getattr(later, name)])
        for name in ("at", "member", "kind", "place", "thread", "answers", "question")
    }
    both = Log(**joined, places=past.places, mentioning=past.mentioning, mentioned=past.mentioned)
    assert features(both, micros(T), ALL).tobytes() == features(past, micros(T), ALL).tobytes()


@given(talks())
@settings(max_examples=30)
def test_a_members_features_do_not_depend_on_whom_else_is_asked_for(log: Log) -> None:
    whole = features(log, micros(T), ALL)
    for n, one in enumerate(ALL):
        assert features(log, micros(T), np.array([one])).tobytes() == whole[n].tobytes()
    assert features(log, micros(T), ALL[:0]).shape == (0, len(NAMES))


def row(log: Log, member: int = 1, moment: datetime = T) -> dict[str, float]:
    return dict(zip(NAMES, features(log, micros(moment), np.array([member]))[0].tolist(), strict=True))


def test_reading_is_no_act_of_the_models_whose_prior_was_learnt_where_nobody_can_tell_who_read() -> None:
    read = [(T - timedelta(days=day), member, "ContentOpened") for day in (1, 20) for member in (1, 2)]
    plain, more = log_of(posts(30, 12)), log_of([*posts(30, 12), *read])
    assert row(plain) == row(more)
    assert present(more, micros(T)).tolist() == [1]
    assert silent(more, micros(T - timedelta(days=2)), np.array([1])).tolist() == [True]


def posts(*days: float, member: int = 1) -> list[Told]:
    return [(T - timedelta(days=day), member, "MessagePosted") for day in days]


@given(st.lists(st.integers(1, 400 * 24), min_size=1, max_size=30, unique=True))
@settings(max_examples=40)
def test_days_levels_and_silence_are_a_plain_count(hours: list[int]) -> None:
    found = row(log_of(posts(*(hour / 24 for hour in hours))))
    ago = {(hour - 1) // 24 for hour in hours}  # an act exactly 24 hours ago is of the first day back
    for span in (7, 28, 91, 365):
        assert np.expm1(found[f"active_{span}"]) == pytest.approx(sum(day < span for day in ago))
    for half in (3, 28, 120):
        assert np.expm1(found[f"level_{half}"]) == pytest.approx(sum(0.5 ** (day / half) for day in ago))
    assert found["weeks_12"] == pytest.approx(len({day // 7 for day in ago if day < 84}) / 12)
    assert np.expm1(found["silence"]) == pytest.approx(min([*hours, 365 * 24]) / 24)
    assert np.expm1(found["tenure"]) == pytest.approx(max(hours) / 24)
    gaps = np.diff(sorted(ago)[: sum(day < 365 for day in ago) + 1])
    if len(gaps):
        assert np.expm1(found["gap_median"]) == pytest.approx(np.median(gaps))
        assert np.expm1(found["gap_longest"]) == pytest.approx(gaps.max())
    now, then = sum(day < 28 for day in ago), sum(28 <= day < 56 for day in ago)
    assert found["trend_28"] == pytest.approx(np.log((now + 1) / (then + 1)))
    months = {day // 28 for day in ago}
    earlier = months - {0}
    assert found["own_return"] == pytest.approx((sum(one - 1 in months for one in earlier) + 0.3) / (len(earlier) + 1))


def test_one_is_heard_by_replies_mentions_and_the_next_in_the_conversation() -> None:
    told = [*posts(10, 9, 8, 7), *posts(10 - 0.5 / 24, 5, 4, 3, member=2), *posts(2, member=3)]
    # In the order of time: 1 asks at 10, 2 follows in half an hour; 1 at 9, 8, 7; 2 at 5 replies; 2 at 4 mentions 1.
    log = log_of(told, answers={5: 2}, mentions=[(6, 1)], topics=dict.fromkeys(range(9), 1))
    found = exchanges(log)
    pairs = list(zip(found.source.tolist(), found.target.tolist(), found.at.tolist(), strict=True))
    expected = [(2, 1, int(log.at[n])) for n in (1, 5, 6)]
    assert pairs == expected
    assert np.expm1(row(log)["received_28"]) == pytest.approx(3)
    assert np.expm1(row(log)["partners_28"]) == pytest.approx(1)
    assert np.expm1(row(log)["mentioned_since"]) == pytest.approx(1)
    assert np.expm1(row(log)["unheard"]) == pytest.approx(4)
    assert np.expm1(row(log, 2)["given_28"]) == pytest.approx(3)
    assert row(log, 3)["received_28"] == 0


def test_a_question_is_unanswered_when_a_day_passed_without_anybody() -> None:
    told = [*posts(10, 8, 6, 0.5), *posts(10 - 23 / 24, member=2), *posts(8 - 25 / 24, member=2)]
    # Asked at 10: answered after 23 hours. At 8: after 25. At 6: never. At 0.5: its day is not over.
    log = log_of(told, questions=[0, 2, 4, 5], topics=dict.fromkeys(range(6), 1))
    # Nothing followed the last one yet either: whether that is over is asked at T.
    assert np.flatnonzero(exchanges(log).unanswered).tolist() == [2, 4, 5]
    assert np.expm1(row(log)["unanswered_28"]) == pytest.approx(2)
    assert np.expm1(row(log)["questions_28"]) == pytest.approx(4)


def test_a_reaction_received_is_being_heard_and_no_activity() -> None:
    log = log_of([*posts(20), (T - timedelta(days=1), 1, "ReactionReceived")])
    assert np.expm1(row(log)["received_28"]) == pytest.approx(1)
    assert np.expm1(row(log)["silence"]) == pytest.approx(20)


def test_an_answer_to_what_comes_after_the_snapshot_is_none() -> None:
    """Clocks of platforms differ: a reply may be older than what it replies to."""
    log = log_of([*posts(3), *posts(2, member=2), *posts(-1)], answers={1: 2})
    assert exchanges(log).at.tolist() == []
    assert row(log)["received_28"] == 0


def test_each_feature_is_of_exactly_one_group() -> None:
    for name in NAMES:
        assert sum(name.startswith(of) for of in GROUPS.values()) == 1, name
    assert len(NAMES) == len(set(NAMES)) == 69


def test_a_member_without_any_act_has_features() -> None:
    found = row(log_of(posts(3)), member=9)
    assert np.expm1(found["silence"]) == pytest.approx(365)
    assert found["active_365"] == found["tenure"] == 0
    assert DAY == 86_400_000_000
