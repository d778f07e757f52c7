"""The playground's library: there at once, in the visitor's language, and the cast has used it."""

from bot.adapters.playground import Playground, shelf
from bot.engine.library import Library
from bot.engine.publishing import flaw
from bot.engine.rules import Rules
from bot.storage import library, studies
from bot.words import replace
from tests.conftest import START


async def test_a_catalogue_is_there_and_was_used(playground: Playground) -> None:
    held = await playground.app.store.read(library.of_community, playground.community)
    assert [one.id for one in sorted(held, key=lambda one: one.id)] == list(range(1, len(shelf.items()) + 1))
    sums = await playground.app.store.read(studies.sums, playground.community)
    course = next(one for one in held if one.name == "sheets")
    lessons = [one.id for one in held if one.course == course.id]
    assert all(sums[one].finished > 0 and sums[one].opened > 0 for one in lessons[:2])
    assert sum(one.liked for one in sums.values()) > 10


async def test_it_speaks_the_visitors_language_and_leaves_what_was_changed(playground: Playground) -> None:
    store, community = playground.app.store, playground.community
    own = await store.read(library.find, community, "joins")
    assert own is not None
    await store.write(library.put, community, replace(own, title="Mine"))
    await playground.greet("zh-CN")
    titles = {one.name: one.title for one in await store.read(library.of_community, community)}
    assert titles["sheets"] == "不怕电子表格"
    assert titles["joins"] == "Mine"
    sheets = await store.read(library.find, community, "sheets")
    assert sheets is not None
    assert (sheets.tags, sheets.language) == (("电子表格",), "zh")


def test_nothing_is_wrong_with_it_in_either_language(shipped: Rules) -> None:
    for locale in ("en", "zh_CN"):
        made = [replace(one, id=at) for at, one in enumerate(shelf.contents(locale, shipped, START), 1)]
        whole = Library(made)
        assert [flaw(one, whole, shipped) for one in made] == [None] * len(made)
        assert whole.parts(1)[0].name == "tidy-rows"
