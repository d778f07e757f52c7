"""Who came by a link, on each database: of a member or of a source, once, and nobody who was here before."""

from datetime import timedelta

from bot.events import Account
from bot.storage import referrals, sources
from bot.storage.ledger import seats
from bot.storage.sources import Source
from bot.storage.store import Store
from tests.conftest import START

DAY = timedelta(days=1)


def person(user: str) -> Account:
    return Account(platform="discord", space="s", user=user, name=user, space_name="Circle")


def test_a_link_counts_once_for_each_who_is_new(store: Store) -> None:
    (ann,) = store.transact(seats, [person("ann")]).values()
    store.transact(
        referrals.keep_link, "own", community=ann.community, member=ann.member, platform="discord", space="s", now=START
    )
    poster = Source(id=0, name="poster", link="poster", platform="discord", cost=100, currency="usd", weight=1.25)
    number = store.transact(sources.create, ann.community, poster, "s", START)
    assert store.look(referrals.links, "discord", "s") == {"own", "poster"}

    def came(link: str, user: str) -> bool:
        return store.transact(referrals.came, link, person(user), START + DAY)

    assert [came("own", "bo"), came("own", "bo"), came("own", "ann")] == [True, False, False]
    assert [came("poster", "cy"), came("poster", "cy"), came("poster", "di")] == [True, False, True]
    assert not came("nobody's", "ed")
    (found,) = store.look(sources.of_community, ann.community)
    assert (found.id, found.weight, found.cost) == (number, 1.25, 100)
    store.transact(
        sources.unite, *[seat.member for seat in store.transact(seats, [person("cy"), person("di")]).values()]
    )
    store.transact(referrals.count_uses, {"poster": 7, "own": 2})
    assert not came("poster", "cy")
