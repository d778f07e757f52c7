"""Names and messages meant to harm, through everything that the bot writes back on Discord."""

import pytest

from tests.adapters.discord_world import World, answer, shown
from tests.adapters.test_discord_render import HOSTILE


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_hostile_name_is_only_a_name_wherever_it_is_shown(world: World, text: str) -> None:
    encodable = text.encode("utf-8", "replace").decode()  # simcord's own serializers, like Discord's, know no other
    alice = world.guild.add_member(world.env.create_user("alice"), nick=encodable[:32])
    bob = world.join("bob")
    for number in range(8):
        await alice.send(world.general, f"{encodable} {number}")
    await world.delivered()
    await alice.slash(world.general, "rank")
    await bob.slash(world.general, "leaderboard")
    await bob.slash(world.general, "rank", member=alice)
    written = [one for one in world.general.history() if one.author.id == world.env.backend.bot_user.id]
    assert len(written) == 4
    for message in written:
        assert not message.mentions
        assert not message.role_mentions
        assert not message.mention_everyone
        read = shown(message)
        assert "@everyone" not in read
        assert "@here" not in read
        outside = read.split("```")[::2]
        for part in outside:
            plain = part.replace("\\<", "").replace("\\[", "").replace("\\*", "").replace("\\|", "").replace("\\`", "")
            assert "<@" not in plain
            assert "](" not in plain
            assert "**" not in plain
            assert "||" not in plain
    assert all(
        one.json["allowed_mentions"]["parse"] == []
        for one in world.env.http_requests
        if one.method == "POST" and one.path.endswith("/messages") and one.json
    )


async def test_a_hostile_option_comes_back_as_text(world: World) -> None:
    alice = world.join("alice")
    result = await alice.slash(world.general, "help", command="@everyone **x** <@&1>")
    text = answer(result)
    assert "@everyone" not in text
    assert "\\*\\*x\\*\\*" in text
