"""One-time codes: good once, for a while, to whoever has them, and for nothing else."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.storage import codes
from bot.storage.codes import CODES, GUESSES, LIFE, WITHIN, Code, Wrong
from bot.storage.store import Store
from tests.conftest import Clock

ANN, BO = 1, 2


def make(store: Store, clock: Clock, kind: codes.Kind = "link", member: int = ANN, **more: str) -> str:
    return store.transact(codes.make, kind, 7, member, clock(), lasting=LIFE, **more)


def use(store: Store, text: str, clock: Clock, member: int = BO, *kinds: codes.Kind) -> Code | Wrong:
    return store.transact(codes.use, text, member, kinds or ("link",), clock())


def test_a_code_says_who_made_it_and_what_for_exactly_once(store: Store, clock: Clock) -> None:
    text = make(store, clock, data="stripe:sub_1")
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", text)
    used = use(store, text, clock)
    assert isinstance(used, Code)
    assert (used.kind, used.community, used.member, used.data) == ("link", 7, ANN, "stripe:sub_1")
    assert (used.created_at, used.expires_at) == (clock(), clock() + LIFE)
    assert use(store, text, clock) == Wrong(why="used", kind="link")


def test_only_a_hash_is_kept(store: Store, clock: Clock) -> None:
    text = make(store, clock)
    with store.engine.connect() as connection:
        (row,) = connection.execute(select(CODES)).all()
    assert text not in str(row)
    assert text.replace("-", "") not in str(row)
    assert re.fullmatch(r"[0-9a-f]{32}", row.digest)


@pytest.mark.parametrize("change", [str.lower, lambda t: t.replace("-", " "), lambda t: f" {t.replace('-', '')}\n"])
def test_case_spaces_and_dashes_are_forgiven(store: Store, clock: Clock, change: type[str]) -> None:
    assert isinstance(use(store, change(make(store, clock)), clock), Code)


def test_full_width_signs_are_forgiven(store: Store, clock: Clock) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in make(store, clock))
    assert isinstance(use(store, wide, clock), Code)


def test_a_code_is_good_to_its_last_microsecond(store: Store, clock: Clock) -> None:
    first, second = make(store, clock), make(store, clock, member=BO)
    clock.now += LIFE - timedelta(microseconds=1)
    assert isinstance(use(store, first, clock), Code)
    clock.now += timedelta(microseconds=1)
    assert use(store, second, clock) == Wrong(why="expired", kind="link")


def test_a_new_code_makes_the_one_before_void_but_no_gift_and_nobody_elses(store: Store, clock: Clock) -> None:
    old, others, move = make(store, clock), make(store, clock, member=BO), make(store, clock, "move")
    gifts = [store.transact(codes.make, "gift", 7, ANN, clock(), lasting=None) for _ in range(2)]
    new = make(store, clock)
    assert use(store, old, clock) == Wrong(why="expired", kind="link")
    assert all(isinstance(use(store, text, clock), Code) for text in (new, others))
    assert isinstance(use(store, move, clock, BO, "move"), Code)
    clock.advance(days=3650)
    assert all(isinstance(use(store, text, clock, BO, "gift"), Code) for text in gifts)


def test_what_is_good_for_long_is_longer(store: Store, clock: Clock) -> None:
    gift = store.transact(codes.make, "gift", 7, ANN, clock(), lasting=None)
    year = store.transact(codes.make, "gift", 7, ANN, clock(), lasting=timedelta(days=365))
    assert [len(text.replace("-", "")) for text in (gift, year, make(store, clock))] == [12, 12, 8]


def test_a_code_of_another_kind_is_named_and_stays_good(store: Store, clock: Clock) -> None:
    gift = make(store, clock, "gift")
    assert use(store, gift, clock, BO, "link", "move") == Wrong(why="other", kind="gift")
    assert isinstance(use(store, gift, clock, BO, "gift"), Code)


def test_guessing_ends_after_ten_for_an_hour_and_for_the_guesser_alone(store: Store, clock: Clock) -> None:
    good = make(store, clock)
    for _ in range(GUESSES - 1):
        assert use(store, "AAAA-AAAA", clock) == Wrong(why="unknown")
    clock.advance(minutes=5)
    assert use(store, "", clock) == Wrong(why="unknown")
    assert use(store, good, clock) == Wrong(why="tired")
    assert use(store, "AAAA-AAAA", clock, 3) == Wrong(why="unknown")
    assert isinstance(use(store, good, clock, 3), Code)
    clock.now += WITHIN - timedelta(minutes=5)  # the first nine are an hour old, the tenth is not
    assert [use(store, "AAAA-AAAA", clock).why for _ in range(10)] == ["unknown"] * 9 + ["tired"]  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "guess:" + "0" * 32, "a" * 5000, "龍"])
def test_nonsense_is_a_wrong_guess_and_nothing_worse(store: Store, clock: Clock, text: str) -> None:
    make(store, clock)
    assert use(store, text, clock) == Wrong(why="unknown")


def test_codes_long_over_are_cleared_away_and_gifts_are_not(store: Store, clock: Clock) -> None:
    old, gift = make(store, clock), make(store, clock, "gift")
    use(store, "AAAA-AAAA", clock)
    clock.now += codes.KEPT + timedelta(seconds=1)
    make(store, clock, member=BO)
    assert use(store, old, clock) == Wrong(why="unknown")
    assert use(store, gift, clock, BO, "gift") == Wrong(why="expired", kind="gift")
