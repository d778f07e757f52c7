"""What the library holds and what each member did with it: kept by the batch, followed when people become one."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.app import App
from bot.batch import Parcel
from bot.engine.library import Content, Study
from bot.engine.rules import Rules
from bot.events import (
    Account,
    ContentDismissed,
    ContentFinished,
    ContentLiked,
    ContentOpened,
    ContentRated,
    ContentShown,
    Event,
    MessageDeleted,
)
from bot.storage import joining, library, models, privacy, searching, studies
from bot.storage.store import Store
from bot.storage.studies import Sums
from bot.words import replace
from tests.conftest import START, Clock
from tests.storage.people import ANN, BO, hear, seat, unite, wrote

AMY = replace(ANN, user="amy", name="Amy")
LATER = START + timedelta(hours=1)


@pytest.fixture
def app(store: Store, rules: Rules, clock: Clock) -> App:
    """An application that is called directly, in this thread."""
    return App(store, rules, clock=clock)


def content(name: str, **more: object) -> Content:
    return replace(Content(name=name, kind="article", title=name, published_at=START, body="words"), **more)


def shown(who: Account, *items: int, key: str = "shown") -> Event:
    return ContentShown(key=f"{key}:{who.user}", at=START, who=who, items=tuple(map(str, items)), place="library")


def test_an_item_is_kept_as_it_was_published(store: Store) -> None:
    whole = content(
        "ownership", summary="Why", url="https://a.example", file={"telegram": "document:1"}, tags=("rust", "所有权"),
        level="advanced", language="zh", plan="pro", course=3, position=2, needs=(5, 4), author=7, source="m:1",
        starts_at=LATER,
    )  # fmt: skip
    made = store.transact(library.put, 1, whole)
    assert made == replace(whole, id=1)
    assert store.look(library.find, 1, 1) == store.look(library.find, 1, "ownership") == made
    assert (store.look(library.find, 2, 1), store.look(library.find, 1, "x")) == (None, None)
    changed = replace(made, title="Owners", needs=(), archived=True)
    store.transact(library.put, 1, changed)
    assert store.look(library.of_community, 1) == []
    assert store.look(library.of_community, 1, archived=True) == [changed]
    with pytest.raises(LookupError):
        store.transact(library.put, 2, changed)
    assert store.look(library.of_community, 1, archived=True) == [changed]


def test_a_batch_keeps_what_members_did_in_one_row_each(app: App) -> None:
    acts = (
        shown(ANN, 7, 8),
        shown(ANN, 7, key="again"),
        shown(AMY, 8),
        ContentOpened(key="o", at=LATER, who=ANN, item="7"),
        ContentRated(key="r", at=LATER, who=ANN, item="7", stars=5),
        ContentFinished(key="f", at=LATER, who=ANN, item="lesson-7"),  # no item of a library
        ContentFinished(key="g", at=LATER, who=ANN, item="9" * 30),
    )
    app.handle([Parcel(events=acts)])
    app.handle([Parcel(events=(ContentLiked(key="l", at=LATER, who=ANN, item="7"), acts[0]))])
    ann, amy = (seat(app.store, who).member for who in (ANN, AMY))
    mine = app.store.look(studies.of_member, ann)
    assert mine == {
        7: Study(member=ann, content=7, shown=2, shown_at=START, opened_at=LATER, liked=True, stars=5),
        8: Study(member=ann, content=8, shown=1, shown_at=START),
    }
    assert [one.member for one in app.store.look(studies.of_item, 1, 8)] == [ann, amy]
    assert len(app.store.look(studies.of_community, 1)) == 3
    assert app.store.look(studies.sums, 1) == {
        7: Sums(members=1, shown=2, opened=1, liked=1, rated=1, stars=5),
        8: Sums(members=2, shown=2),
    }


def test_two_who_become_one_have_one_row_for_each_item(app: App) -> None:
    hear(app, shown(ANN, 7), shown(AMY, 7, 8), ContentDismissed(key="d", at=LATER, who=AMY, item="7"))
    ann, amy = (seat(app.store, who).member for who in (ANN, AMY))
    app.store.transact(library.put, 1, content("said", author=amy))
    assert [one.author for one in app.store.look(library.whole, 1).items.values()] == [amy]
    unite(app, ann, amy)
    assert [one.author for one in app.store.look(library.whole, 1).items.values()] == [ann]
    assert app.store.look(studies.of_community, 1) == [
        Study(member=ann, content=7, shown=2, shown_at=START, dismissed_at=LATER),
        Study(member=ann, content=8, shown=1, shown_at=START),
    ]


def test_two_communities_that_become_one_keep_all_their_items_and_numbers(app: App, rules: Rules) -> None:
    hear(app, wrote(ANN, 1), wrote(BO, 2), shown(BO, 2))
    here, there = seat(app.store, ANN).community, seat(app.store, BO).community
    app.store.transact(library.put, here, content("week-1"))
    app.store.transact(library.put, there, content("week-1"))
    app.store.transact(library.put, there, content("week-1-2"))
    app.store.transact(joining.join_communities, here, there, rules, START)
    held = app.store.look(library.of_community, here)
    assert [(one.id, one.name) for one in held] == [(1, "week-1"), (2, "week-1-3"), (3, "week-1-2")]
    assert [one.content for one in app.store.look(studies.of_community, here)] == [2]


def test_an_erasure_takes_the_members_words_and_acts_and_leaves_what_they_published(app: App) -> None:
    hear(app, shown(ANN, 1), shown(AMY, 1))
    ann, amy = (seat(app.store, who).member for who in (ANN, AMY))
    app.store.transact(library.put, 1, content("said", author=ann, source="m:1"))
    app.store.transact(library.put, 1, content("published", author=ann))
    exported = app.store.look(privacy.export, ann)
    assert [row["name"] for row in exported["content"]["rows"]] == ["said", "published"]
    assert [row["content_id"] for row in exported["studies"]["rows"]] == [1]
    app.store.transact(privacy.erase, 1, ann, START)
    assert [(one.name, one.author) for one in app.store.look(library.of_community, 1)] == [("published", 0)]
    assert [one.member for one in app.store.look(studies.of_community, 1)] == [amy]


def words_known(store: Store) -> list[tuple[int, str]]:
    query = select(models.MODELS.c.community_id, models.MODELS.c.kind).order_by(models.MODELS.c.id)
    return [(one[0], one[1]) for one in store.look(lambda connection: connection.execute(query).all())]


@pytest.mark.parametrize("by_erasure", [False, True])
def test_what_knows_the_words_of_a_message_that_is_gone_is_gone_too(app: App, by_erasure: bool) -> None:
    hear(app, wrote(ANN, 1), wrote(ANN, 2))
    ann = seat(app.store, ANN).member
    app.store.transact(library.put, 1, content("said", author=ann, source="discord:message:1"))
    for community, kind in ((1, "recommend"), (1, "silent"), (2, "recommend"), (1, "recommend")):
        app.store.transact(models.put, community, kind, START, b"", {})
    hear(app, MessageDeleted(key="d2", at=LATER, who=ANN, of="discord:message:2"))  # it is in no library
    assert len(words_known(app.store)) == 4
    if by_erasure:
        app.store.transact(privacy.erase, 1, ann, LATER)
    else:
        hear(app, MessageDeleted(key="d1", at=LATER, who=ANN, of="discord:message:1"))
    assert words_known(app.store) == [(1, "silent"), (2, "recommend")]


def test_a_search_sees_what_was_changed_within_the_same_instant(store: Store) -> None:
    made = store.transact(library.put, 1, content("ownership"))
    assert [one.id for one in store.look(searching.items, 1, "ownership")] == [1]
    store.transact(library.put, 1, replace(made, title="Borrowing"))
    assert store.look(searching.items, 1, "ownership") == []
    assert [one.id for one in store.look(searching.items, 1, "orrow")] == [1]  # within a word of the title
    store.transact(library.put, 1, replace(made, title="Borrowing", archived=True))
    assert store.look(searching.items, 1, "borrowing") == []
    assert store.look(searching.items, 2, "borrowing") == []
