"""Rings and satellites: those that are planted are found, and honest members, friends among them, are left alone."""

from datetime import timedelta
from math import comb
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.rings import Ring, Suspects, suspects, tail
from bot.engine.social import Kind, Link, Place, Post, Seen, Talk
from bot.words import replace
from tests.conftest import START
from tests.engine.talks import about, link, post, shuffled, talk

HOURS = 24 * 30


def reaction(random: Random, giver: int, taker: int, kind: Kind = "reaction") -> Link:
    return link(giver, taker, kind, random.uniform(0, HOURS))


def community(random: Random, size: int = 30) -> tuple[list[Post], list[Link]]:
    """Honest members 0 to `size`: each writes, replies, and reacts to others in proportion to what those write."""
    posts = [
        post(f"{one}:{n}", one, random.uniform(0, HOURS)) for one in range(size) for n in range(random.randint(5, 60))
    ]
    links: list[Link] = []
    for giver in range(size):
        chosen = [one.member for one in random.choices(posts, k=random.randint(0, 60)) if one.member != giver]
        links += [reaction(random, giver, taker) for taker in chosen]
        links += [link(giver, taker, "reply", random.uniform(0, HOURS)) for taker in chosen[:10]]
    return posts, links


def circle(random: Random, members: list[int], each: int) -> list[Link]:
    """What members give to each other: `each` of them that many times."""
    return [
        reaction(random, giver, random.choice([one for one in members if one != giver]))
        for giver in members
        for _ in range(each)
    ]


def written(random: Random, members: list[int]) -> list[Post]:
    return [post(f"{one}:{n}", one, random.uniform(0, HOURS)) for one in members for n in range(15)]


seeds = st.integers(0, 10_000)


@given(seeds, st.integers(2, 6), st.integers(0, 2))
@settings(max_examples=25, deadline=None)
def test_a_planted_ring_is_found_and_nobody_else(seed: int, size: int, fans: int) -> None:
    random = Random(seed)
    posts, links = community(random)
    ring = list(range(100, 100 + size))
    posts += written(random, ring)
    links += circle(random, ring, 40)
    links += [reaction(random, one, random.randrange(30)) for one in ring for _ in range(2)]  # to look honest
    links += [reaction(random, fan, random.choice(ring)) for fan in range(fans) for _ in range(5)]
    found = suspects(talk(posts, links))
    assert [one.members for one in found.rings] == [tuple(ring)]
    assert found.satellites == ()


def test_a_ring_in_which_each_gives_only_to_the_next_is_found() -> None:
    random = Random(1)
    posts, links = community(random)
    posts += written(random, [100, 101, 102])
    links += [reaction(random, 100 + n, 100 + (n + 1) % 3, "thanks") for n in range(3) for _ in range(20)]
    assert [one.members for one in suspects(talk(posts, links)).rings] == [(100, 101, 102)]


def test_a_ring_is_told_with_its_numbers() -> None:
    """Two write 1 message each beside 98 of others; each gives the other 10 times, and 1 thing to somebody else."""
    posts = [post(f"{n}", n % 14, n) for n in range(98)] + [post("a", 100), post("b", 101)]
    links = [link(*pair, "reaction", n) for pair in ((100, 101), (101, 100)) for n in range(10)]
    links += [link(100, 1, "reaction"), link(101, 2, "accepted"), link(100, 5), link(100, 101), link(7, 101, "mention")]
    (ring,) = suspects(talk(posts, links)).rings
    likely = 2 / (100 - 1 + 15)  # the partner's message and one more, of the others' 99 and one more of each of 15
    assert ring == Ring((100, 101), 20, 22, 20, 1, 2, about(tail(20, 22, likely)))


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_honest_members_are_not_hinted_at(seed: int) -> None:
    assert suspects(talk(*community(Random(seed)))) == Suspects()


@given(seeds, st.integers(2, 6), st.floats(0.3, 0.6))
@settings(max_examples=25, deadline=None)
def test_close_friends_who_also_know_others_are_not_hinted_at(seed: int, size: int, outside: float) -> None:
    random = Random(seed)
    posts, links = community(random)
    friends = list(range(100, 100 + size))
    posts += written(random, friends)
    links += circle(random, friends, 40)
    links += [
        reaction(random, one, random.randrange(30)) for one in friends for _ in range(int(40 * outside / (1 - outside)))
    ]
    assert suspects(talk(posts, links)) == Suspects()


def test_friends_whose_messages_others_like_are_not_hinted_at() -> None:
    random = Random(2)
    posts, links = community(random)
    posts += written(random, [100, 101])
    links += circle(random, [100, 101], 20)
    links += [reaction(random, fan, friend) for fan in range(15) for friend in (100, 101)]
    assert suspects(talk(posts, links)) == Suspects()


def test_a_few_reactions_between_two_are_nothing_to_speak_of() -> None:
    random = Random(3)
    posts, links = community(random)
    posts += written(random, [100, 101])
    assert suspects(talk(posts, links + circle(random, [100, 101], 9))).rings == ()
    assert suspects(talk(posts, links + circle(random, [100, 101], 10))).rings != ()


def test_friends_in_a_channel_of_their_own_are_hinted_at_only_if_they_like_every_other_message() -> None:
    """By chance alone they could give to nobody else there, so that giving to each other says nothing by itself."""
    random, own = Random(5), Place("own", "")
    posts, links = community(random)
    posts += [replace(one, key=f"{one.key}{n}", place=own) for one in written(random, [100, 101]) for n in (1, 2)]
    for each, hinted in ((14, False), (15, True)):  # for 28 and 30 of the 60 messages that they wrote
        own_gifts = [replace(one, place=own) for one in circle(random, [100, 101], each)]
        assert bool(suspects(talk(posts, links + own_gifts)).rings) == hinted


def test_friends_who_write_much_and_like_little_of_it_are_not_hinted_at() -> None:
    random = Random(6)
    posts, links = community(random)
    posts += [post(f"{one}:{n}", one, random.uniform(0, HOURS)) for one in (100, 101) for n in range(100)]
    assert suspects(talk(posts, links + circle(random, [100, 101], 24))) == Suspects()  # 48 of 200
    assert len(suspects(talk(posts, links + circle(random, [100, 101], 25))).rings) == 1


def test_where_there_are_no_others_to_give_to_nobody_is_hinted_at() -> None:
    random = Random(4)
    three = [1, 2, 3]
    assert suspects(talk(written(random, three), circle(random, three, 50))) == Suspects()


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_the_order_of_reading_changes_nothing(seed: int) -> None:
    random = Random(seed)
    posts, links = community(random, 10)
    one = talk(posts + written(random, [100, 101, 102]), links + circle(random, [100, 101, 102], 20))
    assert suspects(shuffled(one, random)) == suspects(one)


# ---------------------------------------------------------------------- satellites

STAR, ALT = 5, 200


def with_satellite(seed: int, gap: timedelta, *, gives: int = 30, after: float | None = None) -> Talk:
    """A community in which ALT gives to STAR alone, `after` hours behind each of its messages or at any time."""
    random = Random(seed)
    posts, links = community(random)
    own = [one for one in posts if one.member == STAR]
    others = [one for one in posts if one.member != STAR] + own
    for _ in range(gives):
        moment = random.choice(own).at + timedelta(hours=after) if after is not None else None
        given_at = reaction(random, ALT, STAR)
        links.append(given_at if moment is None else replace(given_at, at=moment))
    made = talk(others, links)
    came = {one: Seen(START - timedelta(days=5 * one + 10), START) for one in made.members}
    came[ALT] = Seen(came[STAR].since + gap, None)
    return replace(made, members=came)


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_an_account_that_came_with_a_member_and_gives_to_them_alone_is_hinted_at(seed: int) -> None:
    (found,) = suspects(with_satellite(seed, timedelta(hours=3))).satellites
    assert (found.member, found.star, found.to_star, found.given, found.posts) == (ALT, STAR, 30, 30, 0)
    assert found.came_together == timedelta(hours=3)
    assert found.hours_shared is None


def test_one_that_is_there_whenever_they_are_is_hinted_at_though_it_came_later() -> None:
    (found,) = suspects(with_satellite(1, timedelta(days=12), after=0)).satellites
    assert (found.came_together, found.hours_shared) == (None, 1)


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_a_quiet_reader_who_likes_one_author_is_not_hinted_at(seed: int) -> None:
    assert suspects(with_satellite(seed, timedelta(days=12))) == Suspects()


def test_one_who_talks_with_others_writes_much_or_is_one_of_many_is_not_hinted_at() -> None:
    came = timedelta(hours=3)
    guilty = with_satellite(1, came)
    assert len(suspects(guilty).satellites) == 1
    talks = replace(guilty, links=(link(ALT, 3), *guilty.links))
    writes = replace(guilty, posts=guilty.posts + tuple(post(f"own{n}", ALT, HOURS) for n in range(11)))
    crowd = [link(300 + n % 40, STAR, "reaction", n) for n in range(300)]
    many = replace(guilty, links=(*crowd, *guilty.links), members={**guilty.members, **talk(links=crowd).members})
    for honest in (talks, writes, many):
        assert suspects(honest) == Suspects()


def test_where_everybody_came_at_once_having_come_together_says_nothing() -> None:
    one = with_satellite(1, timedelta())
    imported = replace(one, members={member: Seen(START, START) for member in one.members})
    assert suspects(imported) == Suspects()


# ---------------------------------------------------------------------- the bound


@given(st.integers(1, 40), st.floats(0.01, 0.99), st.data())
def test_the_bound_is_never_below_the_binomial_chance(trials: int, likely: float, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    exact = sum(comb(trials, k) * likely**k * (1 - likely) ** (trials - k) for k in range(successes, trials + 1))
    assert exact - 1e-9 <= tail(successes, trials, likely) <= 1


def test_the_bound_by_hand() -> None:
    assert tail(10, 10, 0.5) == pytest.approx(0.5**10)
    assert tail(5, 10, 0.5) == tail(0, 0, 0.5) == tail(10, 10, 1) == 1
    assert tail(1, 10, 0) == 0
