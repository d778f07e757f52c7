"""The roles that any community's rules speak of: what adapters have to name."""

from bot.app import App
from bot.engine.earning import Multiplier
from bot.engine.rules import Rules
from bot.storage.store import Store
from bot.words import replace
from tests.conftest import Clock


async def test_roles_of_the_file_and_of_every_community_are_heeded_after_a_restart_too(
    store: Store, rules: Rules, clock: Clock
) -> None:
    base = replace(rules, multipliers=(Multiplier(role="1", factor=2.0), Multiplier(channel="c", factor=0.0)))
    app = App(store, base, clock=clock)
    assert app.heeded_roles == {"1"}
    await app.start()
    for community, role in ((1, "2"), (2, "3")):
        own = {"multipliers": [{"role": role, "factor": 1.5}]}
        await app.amend_rules(community, own, what="roles", by="Lin")
    assert app.heeded_roles == {"1", "2", "3"}
    await app.undo_rules(2)
    assert app.heeded_roles == {"1", "2"}
    await app.close()
    again = App(store, base, clock=clock)
    await again.start()
    assert again.heeded_roles == {"1", "2"}
    await again.close()
