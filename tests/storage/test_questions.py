"""Questions in both databases: what their clock does, whom they are put before, and what may answer them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, insert

from bot.effects import Relay
from bot.engine.asking.clock import Stage
from bot.engine.asking.rules import AskingRules
from bot.engine.library import Content
from bot.engine.rules import Rules
from bot.state import Engagement, Interests, MemberState
from bot.storage import asked, library, questions, relays, routes, searching
from bot.storage.ledger import ACCOUNTS, MEMBERS
from bot.storage.questions import How, Question
from bot.storage.store import Store
from bot.storage.tables import metadata
from bot.words import replace, to_json
from tests.conftest import START

HOUR = timedelta(hours=1)
RULES = AskingRules(answer_hours=6, escalate_hours=12)
ALL = Rules(asking=RULES)
ANN, BO, CY = 1, 2, 3


def people(connection: Connection, *, last_at: datetime = START) -> None:
    """Ann, Bo who likes Rust and has answered, and Cy who likes tea."""
    states = {
        ANN: MemberState(),
        BO: MemberState(interests=Interests(topics=("rust",)), engagement=Engagement(answers=2, quality=200)),
        CY: MemberState(interests=Interests(topics=("tea",))),
    }
    rows = [
        {
            "id": member,
            "community_id": 1,
            "name": f"m{member}",
            "locale": "",
            "points": 0,
            "quality": 0,
            "level": 0,
            "listed": True,
            "alias": "",
            "here": True,
            "last_at": last_at,
            "last_day": last_at.toordinal(),
            "state": to_json(state).decode(),
        }
        for member, state in states.items()
    ]
    connection.execute(insert(MEMBERS), rows)
    accounts = [
        {"platform": "playground", "space": "s", "external": f"m{member}", "community_id": 1, "member_id": member,
         "name": f"m{member}"}
        for member in states
    ]  # fmt: skip
    connection.execute(insert(ACCOUNTS), accounts)


def put(connection: Connection, text: str, how: How = "publicly", now: datetime = START) -> Question:
    new = Question(
        id=0, community=1, member=ANN, text=text, how=how, status="open", asked_at=now, due_at=now + 6 * HOUR
    )
    found = questions.find(connection, 1, questions.ask(connection, new))
    assert found is not None
    return found


def test_whom_a_question_is_put_before(store: Store) -> None:
    def work(connection: Connection) -> None:
        people(connection)
        rust, tea = put(connection, "How does rust borrow?"), put(connection, "Which tea is green?")
        assert [one.member for one in asked.whom(connection, rust, START, ALL)] == [BO]
        assert [one.member for one in asked.whom(connection, tea, START, ALL)] == [CY, BO]
        assert routes.invite(connection, tea, [CY, BO, CY], START) == [CY, BO]
        assert routes.invite(connection, tea, [CY], START) == []
        assert asked.whom(connection, tea, START, ALL) == ()
        assert routes.decline(connection, tea.id, CY, START)
        assert not routes.decline(connection, tea.id, CY, START)
        assert routes.invited(connection, tea.id) == {CY: True, BO: False}
        known = {one.member: one for one in asked.candidates_for(connection, rust, START, RULES)}
        assert [(known[who].open, known[who].invited, known[who].declined) for who in (ANN, BO, CY)] == [
            (0, 0, 0),
            (1, 1, 0),
            (0, 1, 1),
        ]
        assert questions.answer(connection, tea, BO, "The young one.", START) == 1
        known = {one.member: one for one in asked.candidates_for(connection, rust, START, RULES)}
        assert (known[BO].open, known[BO].invited) == (0, 1)
        again = put(connection, "Is green tea healthy?")
        assert [one.member for one in asked.whom(connection, again, START, ALL)] == [BO, CY], "who has answered it"
        assert asked.whom(connection, again, START + timedelta(days=31), ALL) == ()

    store.transact(work)


def test_what_may_answer_follows_what_is_published_accepted_and_taken_away(store: Store) -> None:
    def keys(connection: Connection, text: str, **options: object) -> list[str]:
        return [one.key for one in asked.found(connection, 1, text, **options)]  # type: ignore[arg-type]

    def work(connection: Connection) -> None:
        people(connection)
        assert keys(connection, "borrowing") == []
        item = Content(name="borrowing", kind="article", title="Borrowing", body="Many may look.", published_at=START)
        kept = library.put(connection, 1, item)
        assert keys(connection, "borrowing") == [f"content:{kept.id}"]
        assert keys(connection, "borrowing", may=lambda number: number != kept.id) == []
        for how in ("publicly", "privately"):
            one = put(connection, f"What is borrowing {how}?", how)
            made = questions.answer(connection, one, BO, "Looking at what is not yours.", START)
            assert made is not None
            answer = questions.find_answer(connection, 1, made)
            assert answer is not None
            assert keys(connection, "borrowing", answers_only=True) == ([] if how == "publicly" else ["question:1"])
            assert questions.accept(connection, answer, START)
            assert not questions.accept(connection, answer, START)
        assert keys(connection, "borrowing") == [f"content:{kept.id}", "question:1"]
        assert asked.found(connection, 2, "borrowing") == (), "another community's"
        questions.forget(connection, ANN, START)
        assert keys(connection, "borrowing") == [f"content:{kept.id}"]

    store.transact(work)


def test_what_may_be_found_is_indexed_anew_for_what_changed_and_for_nothing_else(store: Store) -> None:
    def work(connection: Connection) -> None:
        people(connection)
        item = Content(name="borrowing", kind="article", title="Borrowing", body="Many may look.", published_at=START)
        kept = library.put(connection, 1, item)
        known = [searching.known(connection, 1)]
        library.put(connection, 2, item)
        one = put(connection, "What is lending?")
        made = questions.answer(connection, one, BO, "Giving for a while.", START)
        assert made is not None
        asked.found(connection, 1, "borrowing")
        searching.items(connection, 1, "borrowing")
        assert searching.known(connection, 1) is known[0], "another community's item, an answer not accepted, a search"
        library.put(connection, 1, replace(kept, body="One may write."))
        known.append(searching.known(connection, 1))
        answer = questions.find_answer(connection, 1, made)
        assert answer is not None
        questions.accept(connection, answer, START)
        known.append(searching.known(connection, 1))
        library.put(connection, 1, replace(item, name="lending"))
        known.append(searching.known(connection, 1))
        library.forget(connection, BO)
        assert searching.known(connection, 1) is known[3], "nothing was theirs"
        questions.forget(connection, ANN, START)
        known.append(searching.known(connection, 1))
        assert len({id(one) for one in known}) == 5
        for number in range(3, searching.KEPT + 4):
            searching.known(connection, number)
        assert searching.known(connection, 1) is not known[4], "of many communities those of long ago are dropped"

    store.transact(work)


@pytest.mark.parametrize(
    ("notice", "member", "said"),
    [("question_for_you", BO, True), ("question_for_you", CY, False), ("question_posted", ANN, True)],
)
def test_what_is_handed_on_is_filled_in_only_while_it_is_so(
    store: Store, notice: str, member: int, *, said: bool
) -> None:
    def work(connection: Connection) -> None:
        people(connection)
        one = put(connection, "How does rust borrow?", "anonymously")
        routes.invite(connection, one, [BO, CY], START)
        routes.decline(connection, one.id, CY, START)
        relay = Relay(notice=notice, question=one.id)
        later = START + 5 * HOUR
        filled = relays.filled(connection, 1, member, relay, later)
        assert (filled is not None) is said
        if filled is not None:
            assert (filled.values["text"], filled.values["asker"], filled.values["hours"]) == (one.text, "", 5)
        assert relays.filled(connection, 2, member, relay, later) is None
        assert questions.close(connection, one.id, later)
        assert relays.filled(connection, 1, member, relay, later) is None

    store.transact(work)


# ------------------------------------------------------------------ the law of the clock

Act = tuple[Literal["answer", "reject", "accept", "close", "ring", "reopen"], int]
"""What is done, after so many hours."""
acts = st.lists(
    st.tuples(
        st.sampled_from(["answer", "reject", "accept", "close", "ring", "ring", "ring", "reopen"]), st.integers(0, 9)
    ),
    max_size=14,
)


class Expected:
    """What is so, by the rules in plain words."""

    def __init__(self) -> None:
        self.status, self.stage, self.due = "open", 0, START + 6 * HOUR
        self.answers: dict[int, bool] = {}
        """{number: whether it was turned down}."""
        self.told: list[tuple[int, datetime]] = []

    def left(self) -> list[int]:
        return [number for number, rejected in self.answers.items() if not rejected]


@settings(max_examples=60)
@given(acts)
def test_a_clock_rings_once_for_each_stage_in_time_and_only_while_nobody_has_answered(done: Sequence[Act]) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
        people(connection)
        one, now, so = put(connection, "How does rust borrow?"), START, Expected()
        for number, (act, hours) in enumerate(done):
            now += hours * HOUR
            _do(connection, so, one, act, number, now)
            found = questions.find(connection, 1, one.id)
            assert found is not None
            due = None if so.status != "open" or so.stage == 2 else so.due
            assert (found.status, int(found.stage), found.due_at) == (so.status, so.stage, due)
            assert [one.id for one in questions.due(connection, now)] == ([1] if due is not None and due <= now else [])
            assert questions.next_due(connection) == due
    assert [stage for stage, _ in so.told if stage == 1] == [1] * sum(stage == 1 for stage, _ in so.told)
    engine.dispose()


def _do(connection: Connection, so: Expected, one: Question, act: str, number: int, now: datetime) -> None:
    match act:
        case "ring":
            rang = questions.ring(connection, one.id, now, RULES)
            if so.status == "open" and so.stage < 2 and so.due <= now:
                so.stage, so.due = so.stage + 1, now + 12 * HOUR
                so.told.append((so.stage, now))
                assert rang is Stage(so.stage)
            else:
                assert rang is None
        case "answer":
            made = questions.answer(connection, one, 100 + number, "…", now)
            assert (made is not None) is (so.status in ("open", "answered"))
            if made is not None:
                so.answers[made], so.status = False, "answered"
        case "accept" | "reject" if so.left():
            which = so.left()[0]
            _judge(connection, so, act, which, now)
        case "close":
            assert questions.close(connection, one.id, now) is (so.status in ("open", "answered"))
            so.status = "closed" if so.status in ("open", "answered") else so.status
        case "reopen":
            opened = questions.open_up(connection, one.id, now + 6 * HOUR)
            assert opened is (so.status == "answered")
            if opened:
                so.status, so.stage, so.due = "open", 0, now + 6 * HOUR
        case _:
            pass  # there is no answer to be judged


def _judge(connection: Connection, so: Expected, act: str, which: int, now: datetime) -> None:
    answer = questions.Answer(id=which, question=1, member=100, name="", text="…", at=now)
    waits = so.status in ("open", "answered")
    if act == "accept":
        assert questions.accept(connection, answer, now) is waits
        so.status = "solved" if waits else so.status
        return
    was = so.status
    assert questions.reject(connection, answer, now, now + 6 * HOUR) is waits
    if waits:
        so.answers[which] = True
        if not so.left() and was == "answered":
            so.status, so.stage, so.due = "open", 0, now + 6 * HOUR
