"""Another rulebook: what is stored is what life under it would have come to, and undoing it is as if it never was."""

import pytest

from bot.app import App
from tests import snapshots
from tests.storage.people import ANN, wrote


@pytest.mark.asyncio
async def test_a_change_counts_everybody_anew_and_undo_takes_it_back(app: App) -> None:
    await app.submit([wrote(ANN, number) for number in range(5)])
    before = app.store.look(snapshots.everything)
    community = (await app.profile(ANN)).community
    draft, tried = await app.preview_rules(community, {"earn": {"message": {"points": 100, "to": 100}}})
    assert app.store.look(snapshots.everything) == before
    done = await app.amend_rules(
        community, {"earn": {"message": {"points": 100, "to": 100}}}, what="x", by="Ann", after=draft.page
    )
    assert done == tried
    assert (await app.profile(ANN)).state.engagement.points == 500
    await app.submit([wrote(ANN, 7)])
    assert (await app.profile(ANN)).state.engagement.points == 600
    await app.undo_rules(community)
    print(before.keys(), tried)
