"""Who did what to whom, read from the log, against a count by brute force."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from bot import events as words
from bot.engine.social import Link, Place, Post, Talk
from bot.events import (
    Account,
    AnswerAccepted,
    Event,
    MemberJoined,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionReceived,
    ReactionWithdrawn,
    ThanksReceived,
    member_account,
    person,
)
from bot.storage import ledger, links, members, privacy
from bot.storage.ledger import ACCOUNTS
from bot.storage.store import Store
from bot.storage.tables import MemberRow
from bot.text import Features
from bot.words import Word, replace
from tests.conftest import START

ASKS, SAYS = Features(length=9, question=True), Features(length=9)
CAFE = Place("cafe", "")
_scenes = count(1)


class Village(Word, frozen=True):
    """A community of its own: events are written into its log as they would stand there."""

    name: str

    def account(self, user: str) -> Account:
        platform = "telegram" if user.endswith("@tg") else "discord"
        return Account(platform=platform, space=f"{platform}-{self.name}", user=f"{user}-{self.name}", name=user)

    def person(self, user: str) -> str:
        who = self.account(user)
        return person(who.platform, who.user)

    def key(self, message: object) -> str:
        return f"discord:message:{self.name}:{message}"

    def found(self, connection: Connection, users: Iterable[str]) -> int:
        """A community on two platforms with these members; returns its number."""
        first = ledger.communities(connection, [self.account("x")])["discord", f"discord-{self.name}"]
        self._also_on_telegram(connection, first)
        ledger.seats(connection, [self.account(user) for user in users])
        return first

    def _also_on_telegram(self, connection: Connection, community: int) -> None:
        ledger.communities(connection, [self.account("x@tg")])
        spaces = ledger.SPACES
        there = spaces.c.external == f"telegram-{self.name}"
        connection.execute(update(spaces).where(there).values(community_id=community))

    def member(self, connection: Connection, user: str) -> int:
        return next(iter(ledger.seats(connection, [self.account(user)]).values())).member

    def tell(self, connection: Connection, *happened: Event) -> None:
        for event in happened:
            assert isinstance(event.who, Account)
            (seat,) = ledger.seats(connection, [event.who]).values()
            inside = replace(event, who=member_account(seat.community, seat.member))
            ledger.log(connection, [ledger.line(seat, inside)])

    # What happens in it, each by a number or a name of its own.

    def post(self, key: object, user: str, hour: float = 0, *, to: object = None, names: Sequence[str] = (),
             text: Features = SAYS, place: Place = CAFE) -> MessagePosted:  # fmt: skip
        return MessagePosted(
            key=self.key(key), at=START + timedelta(hours=hour), who=self.account(user), channel=place.channel,
            topic=place.topic, text=text, reply_to="" if to is None else self.key(to),
            mentions=tuple(self.person(name) for name in names),
        )  # fmt: skip

    def react(self, author: str, of: object, giver: str, hour: float = 0, emoji: str = "👍") -> ReactionReceived:
        who = self.person(giver)
        return ReactionReceived(key=f"{self.key(of)}:reaction:{who}:{emoji}", at=START + timedelta(hours=hour),
                                who=self.account(author), of=self.key(of), emoji=emoji, giver=who)  # fmt: skip

    def take_back(self, given: ReactionReceived) -> ReactionWithdrawn:
        return ReactionWithdrawn(
            key=f"{given.key}:withdrawn", at=given.at, who=given.who, of=given.of, emoji=given.emoji, giver=given.giver
        )


@pytest.fixture
def village() -> Village:
    return Village(name=f"v{next(_scenes)}")


@pytest.fixture
def number(store: Store, village: Village) -> int:
    """The community of Ann, who is also Ann@tg, and of Bo and Cy."""
    return store.transact(settled, village)


def settled(connection: Connection, village: Village) -> int:
    number = village.found(connection, ("ann", "ann@tg", "bo", "cy"))
    ann, double = village.member(connection, "ann"), village.member(connection, "ann@tg")
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.member_id == double).values(member_id=ann))
    table = ledger.table(MemberRow)
    connection.execute(table.delete().where(table.c.id == double))
    for user in ("ann", "bo", "cy"):
        village.tell(connection, MemberJoined(key=village.key(f"join:{user}"), at=START - timedelta(days=9),
                                              who=village.account(user)))  # fmt: skip
    return number


def ids(store: Store, village: Village, *users: str) -> list[int]:
    return [store.transact(village.member, user) for user in users]


def read(store: Store, number: int, channel: str | None = None, topic: str | None = None) -> Talk:
    return store.look(links.talk, number, START, channel=channel, topic=topic)


def test_a_reply_a_mention_a_reaction_thanks_and_an_accepted_answer(
    store: Store, village: Village, number: int
) -> None:
    ann, bo, cy = ids(store, village, "ann", "bo", "cy")
    v = village
    store.transact(
        v.tell,
        v.post("q", "ann", 1, text=ASKS),
        v.post("a", "bo", 2, to="q", names=["cy"]),
        v.react("bo", "a", "cy", 3),
        ThanksReceived(
            key=v.key("t"), at=START + timedelta(hours=4), who=v.account("bo"), of=v.key("a"), giver=v.person("ann@tg")
        ),
        AnswerAccepted(
            key=v.key("y"), at=START + timedelta(hours=5), who=v.account("bo"), of=v.key("a"), by=v.person("ann")
        ),
    )
    found = read(store, number)
    hour = [START + timedelta(hours=n) for n in range(6)]
    assert found.posts == (
        Post(v.key("q"), ann, hour[1], CAFE, question=True, reply=False),
        Post(v.key("a"), bo, hour[2], CAFE, question=False, reply=True),
    )
    assert found.links == (
        Link(bo, ann, "reply", hour[2], v.key("q"), v.key("a"), CAFE, question=True),
        Link(bo, cy, "mention", hour[2], "", v.key("a"), CAFE, question=False),
        Link(cy, bo, "reaction", hour[3], v.key("a"), "", CAFE, question=False),
        Link(ann, bo, "thanks", hour[4], v.key("a"), "", CAFE, question=False),
        Link(ann, bo, "accepted", hour[5], v.key("a"), "", CAFE, question=False),
    )
    came = START - timedelta(days=9)
    assert {member: tuple(seen) for member, seen in found.members.items()} == {
        ann: (came, hour[1]), bo: (came, hour[2]), cy: (came, None),
    }  # fmt: skip
    assert (found.since, found.cut) == (START, False)


def test_what_one_does_to_oneself_by_another_account_is_no_link(store: Store, village: Village, number: int) -> None:
    v = village
    store.transact(v.tell, v.post(1, "ann"), v.post(2, "ann@tg", to=1, names=["ann"]), v.react("ann", 1, "ann@tg"))
    found = read(store, number)
    assert (len(found.posts), found.links) == (2, ())


def test_a_reply_whose_author_is_named_by_the_platform_is_one_link(store: Store, village: Village, number: int) -> None:
    v = village
    store.transact(v.tell, v.post(1, "ann"), v.post(2, "bo", to=1, names=["ann"]))
    assert [(one.kind, one.of) for one in read(store, number).links] == [("reply", v.key(1))]


def test_an_answer_to_what_is_older_than_the_window_counts_for_its_author(
    store: Store, village: Village, number: int
) -> None:
    ann, bo = ids(store, village, "ann", "bo")
    v = village
    store.transact(v.tell, v.post(1, "ann", -99, text=ASKS), v.post(2, "bo", 1, to=1), v.react("ann", 1, "bo", 2))
    found = read(store, number)
    assert [post.key for post in found.posts] == [v.key(2)]
    assert [(one.source, one.target, one.kind, one.question) for one in found.links] == [
        (bo, ann, "reply", True),
        (bo, ann, "reaction", True),
    ]


def test_the_erased_vanish_with_all_they_did_and_all_that_was_done_to_them(
    store: Store, village: Village, number: int
) -> None:
    ann, bo, cy = ids(store, village, "ann", "bo", "cy")
    v = village
    store.transact(
        v.tell,
        v.post(1, "ann"),
        v.post(2, "bo", to=1, names=["cy"]),
        v.post(3, "cy", to=2, names=["ann", "bo"]),
        v.react("ann", 1, "bo"),
    )
    store.transact(privacy.erase, number, bo, START)
    found = read(store, number)
    assert sorted(found.members) == [ann, cy]
    assert [(one.source, one.target, one.kind) for one in found.links] == [(cy, ann, "mention")]
    assert [post.member for post in found.posts] == [ann, cy]


def test_strangers_and_members_of_other_communities_are_nobody(store: Store, village: Village, number: int) -> None:
    v, elsewhere = village, Village(name=f"v{next(_scenes)}")
    store.transact(elsewhere.found, ["dee"])
    store.transact(elsewhere.tell, elsewhere.post(1, "dee"))
    theirs = replace(v.post(2, "bo"), reply_to=elsewhere.key(1), mentions=(elsewhere.person("dee"), v.person("nobody")))
    store.transact(v.tell, v.post(1, "ann"), theirs, v.react("ann", 1, "nobody"))
    found = read(store, number)
    assert (len(found.posts), found.links) == (2, ())


def test_an_edit_makes_a_question_and_unmakes_it(store: Store, village: Village, number: int) -> None:
    v = village
    edits = [
        MessageEdited(key=v.key(f"e{n}"), at=START, who=v.account("ann"), of=v.key(n), text=text)
        for n, text in ((1, ASKS), (2, SAYS))
    ]
    store.transact(v.tell, v.post(1, "ann"), v.post(2, "ann", text=ASKS), *edits)
    assert {post.key: post.question for post in read(store, number).posts} == {v.key(1): True, v.key(2): False}


def test_thanks_for_nothing_named_count_each_time(store: Store, village: Village, number: int) -> None:
    v = village
    often = [ThanksReceived(key=v.key(f"t{n}"), at=START, who=v.account("bo"), giver=v.person("ann")) for n in range(3)]
    store.transact(v.tell, *often)
    assert [one.kind for one in read(store, number).links] == ["thanks"] * 3


def test_a_channel_and_a_topic_narrow_it(store: Store, village: Village, number: int) -> None:
    v, rust, topic = village, Place("rust", ""), Place("rust", "async")
    store.transact(
        v.tell,
        *[v.post(f"{place}", "ann", place=place) for place in (CAFE, rust, topic)],
        *[v.post(f"{place}+", "bo", to=f"{place}", place=place) for place in (CAFE, rust, topic)],
        v.react("ann", f"{rust}", "cy"),
    )
    assert {one.place for one in read(store, number, channel="rust").links} == {rust, topic}
    narrow = read(store, number, channel="rust", topic="")
    assert {one.place for one in narrow.posts} == {rust}
    assert [one.kind for one in narrow.links] == ["reply", "reaction"]


def test_of_too_much_the_latest_is_read_and_said_to_be_cut(store: Store, village: Village, number: int) -> None:
    v = village
    store.transact(v.tell, *[v.post(n, "ann", n) for n in range(10)])
    found = store.look(links.talk, number, START, limit=4)
    assert [post.key for post in found.posts] == [v.key(n) for n in (6, 7, 8, 9)]
    assert (found.since, found.cut) == (START + timedelta(hours=6), True)
    assert not store.look(links.talk, number, START, limit=10).cut


def test_names_are_of_this_community_alone(store: Store, village: Village, number: int) -> None:
    ann, bo = ids(store, village, "ann", "bo")
    assert store.look(links.names, number, [ann, bo, 10**6]) == {ann: ("ann", True), bo: ("bo", True)}
    assert store.look(links.names, number + 10**6, [ann]) == {}


def test_channels_have_names(store: Store, village: Village, number: int) -> None:
    seen = [(f"{village.name}-1", "rust", "text")]
    assert store.transact(members.see_channels, "discord", village.account("x"), seen) == number
    assert store.look(links.channel_names, number) == {f"{village.name}-1": "rust"}


def test_every_kind_that_is_read_is_an_event_with_the_fields_that_are_read() -> None:
    for name, by in links.KINDS.items():
        assert {"of", by.field} <= set(getattr(words, name).__struct_fields__)
    for name, taken in links.WITHDRAWN.items():
        assert {"of", links.KINDS[taken].field} <= set(getattr(words, name).__struct_fields__)


# ---------------------------------------------------------------------- brute force

USERS = ("ann", "ann@tg", "bo", "cy")
users, messages, hours = st.sampled_from(USERS), st.integers(0, 5), st.integers(-3, 9)
named = st.lists(st.sampled_from((*USERS, "nobody")), max_size=3).map(tuple)
reactions = st.tuples(messages, users, st.sampled_from("👍🎉"), hours, st.booleans())


class Story(Word, frozen=True):
    """Six messages (author, hour, message answered, names), and what was done to them."""

    posts: tuple[tuple[str, int, int | None, tuple[str, ...]], ...]
    reactions: tuple[tuple[int, str, str, int, bool], ...]
    deleted: frozenset[int]


drawn_stories = st.builds(
    Story,
    posts=st.lists(
        st.tuples(users, hours, st.none() | messages, named),
        min_size=6, max_size=6,
    ).map(tuple),
    reactions=st.lists(
        reactions, max_size=8, unique_by=lambda one: one[:3]
    ).map(tuple),
    deleted=st.frozensets(messages, max_size=1),
)  # fmt: skip


def brute(story: Story) -> Counter[tuple[str, str, str, int | None]]:
    """(source, target, kind, message) as often as there are such links, straight from the story."""
    who = {user: user.removesuffix("@tg") for user in USERS}
    found: Counter[tuple[str, str, str, int | None]] = Counter()
    for number, (author, hour, to, names) in enumerate(story.posts):
        if hour < 0 or number in story.deleted:
            continue
        answered = None if to is None else who[story.posts[to][0]]
        if answered is not None:
            found[who[author], answered, "reply", to] += 1
        for target in {who[name] for name in names if name in who} - {answered}:
            found[who[author], target, "mention", None] += 1
    for number in range(6):
        for giver in ("ann", "bo", "cy"):
            left = [r for r in story.reactions if r[0] == number and who[r[1]] == giver and r[3] >= 0 and not r[4]]
            if left and number not in story.deleted:
                found[giver, who[story.posts[number][0]], "reaction", number] += 1
    return Counter({link: times for link, times in found.items() if link[0] != link[1]})


@given(drawn_stories)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_links_are_those_that_brute_force_counts(store: Store, story: Story) -> None:
    v = Village(name=f"v{next(_scenes)}")
    number = store.transact(settled, v)
    told: list[Event] = [
        v.post(n, author, hour, to=to, names=names) for n, (author, hour, to, names) in enumerate(story.posts)
    ]
    for message, giver, emoji, hour, withdrawn in story.reactions:
        given_ = v.react(story.posts[message][0], message, giver, hour, emoji)
        told += [given_, *([v.take_back(given_)] if withdrawn else [])]
    told += [
        MessageDeleted(
            key=v.key(f"{n}:deleted"), at=START + timedelta(days=1), who=v.account(story.posts[n][0]), of=v.key(n)
        )
        for n in story.deleted
    ]
    store.transact(v.tell, *told)
    found = read(store, number)
    name = {store.transact(v.member, user): user for user in ("ann", "bo", "cy")}
    numbers: dict[str, int | None] = {v.key(n): n for n in range(6)} | {"": None}
    assert Counter((name[x.source], name[x.target], x.kind, numbers[x.of]) for x in found.links) == brute(story)
