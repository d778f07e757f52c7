"""What the playground's port says of who may enter, and of what can stand behind a gate."""

from bot.adapters.playground import Playground
from bot.i18n import tongue


async def test_the_playground_says_who_may_enter_which_channel(playground: Playground) -> None:
    inside = set(playground.place.channels["lounge"].inside)
    playground.place.let("nora", "lounge", inside=True)
    found = await playground.held("playground", ["channel:lounge", "channel:gone", "role:1"])
    assert found == {"channel:lounge": inside | {"nora"}}
    playground.place.let("nora", "lounge", inside=False)
    found = await playground.held("playground", ["channel:lounge"])
    assert found == {"channel:lounge": inside - {"nora"}}


async def test_only_channels_of_the_playground_can_stand_behind_a_gate(playground: Playground) -> None:
    say, advice = tongue("en"), "The playground has channels only: choose one of them."
    assert await playground.obstacle("playground", "channel", "lounge", say) == ""
    assert await playground.obstacle("playground", "channel", "gone", say) == advice
    assert await playground.obstacle("playground", "role", "lounge", say) == advice
    assert await playground.way_in("playground", "nora") == ""
