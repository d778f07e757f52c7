"""Slash commands, buttons and forms on simcord: what Discord is told, what a member may type, press and fill in."""

from typing import Annotated, Literal

import discord
import msgspec
import pytest
import simcord

from bot.adapters.discord import DiscordAdapter
from bot.app import App
from bot.cogs import COMMANDS
from bot.commands import About, Ask, Channel, Rank, command
from bot.desk import Desk
from bot.i18n import LOCALES, tongue
from bot.reply import Attachment, Button, Field, Reply
from bot.storage import members
from tests.adapters.discord_world import World, answer, shown


@command("probe", "Everything at once", who=Rank.MODERATOR)
async def probe(
    ask: Ask,
    word: Annotated[str, About(name="word", description="A word", least=2, most=8)],
    number: Annotated[int, About(name="number", description="A number", least=1, most=5)],
    colour: Annotated[Literal["red", "blue"], About(name="colour", description="A colour")] = "red",
    channel: Annotated[Channel | None, About(name="channel", description="A channel")] = None,
    sure: Annotated[bool, About(name="sure", description="Sure?")] = False,
) -> Reply:
    """Show what arrived."""
    return Reply(text=f"{word!r} {number!r} {colour!r} {channel.name if channel else None!r} {sure!r}")


@command("epic", "Says very much")
async def epic(ask: Ask) -> Reply:
    """More than one message can hold."""
    return Reply(
        title="Epic",
        text="\n".join(f"verse {n}: " + "la " * 30 for n in range(120)),
        fields=tuple(Field(name=f"name {n}", value=f"value {n} " * 60) for n in range(40)),
        buttons=((Button(label="Again", command="epic"),),),
        file=Attachment(name="../epic.txt", data=b"all of it"),
    )


@pytest.fixture
def desk(app: App) -> Desk:
    return Desk(app, (*COMMANDS, probe, epic))


# ------------------------------------------------------------------ what Discord is told


async def test_names_and_descriptions_are_told_in_chinese_too(world: World) -> None:
    root = world.env.backend.find_command("setup", world.guild.id, type=1)
    assert root is not None
    assert root["name_localizations"] == {"zh-CN": "设置", "zh-TW": "设置"}
    gate = world.env.backend.find_command("gate", world.guild.id, type=1)
    assert gate is not None
    assert gate["name_localizations"]["zh-CN"] == "门"
    add = next(one for one in gate["options"] if one["name"] == "add")
    assert add["name_localizations"]["zh-CN"] == "添加"
    role = next(one for one in add["options"] if one["name"] == "role")
    assert role["name_localizations"]["zh-CN"] == "身份组"
    assert role["type"] == discord.AppCommandOptionType.role.value
    assert int(root["default_member_permissions"]) == discord.Permissions(manage_guild=True).value
    assert root["dm_permission"] is False


async def test_no_two_commands_have_the_same_name_in_any_language() -> None:
    for locale in LOCALES:
        roots = {one.path.split()[0]: tongue(locale)(one.path).split()[0] for one in COMMANDS}
        assert len(set(roots.values())) == len(roots), sorted(roots.values())
        assert len({tongue(locale)(one.path) for one in COMMANDS}) == len(COMMANDS)


async def test_options_carry_their_types_ranges_and_choices(world: World) -> None:
    root = world.env.backend.find_command("probe", world.guild.id, type=1)
    assert root is not None
    options = {one["name"]: one for one in root["options"]}
    assert (options["word"]["min_length"], options["word"]["max_length"]) == (2, 8)
    assert (options["number"]["min_value"], options["number"]["max_value"]) == (1, 5)
    assert [one["value"] for one in options["colour"]["choices"]] == ["red", "blue"]
    assert options["sure"]["type"] == discord.AppCommandOptionType.boolean.value
    assert [one["required"] for one in root["options"]] == [True, True, False, False, False]


async def test_commands_are_told_once_and_again_when_they_change(world: World, app: App) -> None:
    told = "/applications/*/commands"
    assert world.calls("PUT", told) == 1
    await world.env.restart_bot(DiscordAdapter(world.adapter.desk, "token").client)
    assert world.calls("PUT", told) == 1
    await world.env.restart_bot(DiscordAdapter(Desk(app, COMMANDS), "token").client)
    assert world.calls("PUT", told) == 2


async def test_commands_that_discord_refuses_do_not_stop_the_bot(
    simcord_env: simcord.Env, discord_adapter: DiscordAdapter, app: App
) -> None:
    simcord_env.inject_error("PUT", "/applications/*/commands", status=400)
    changed = DiscordAdapter(Desk(app, COMMANDS), "token")
    await simcord_env.restart_bot(changed.client)
    assert changed.client.is_ready()


async def test_the_menu_of_a_message_is_told_in_chinese_too_and_is_within_the_limits(world: World) -> None:
    menu = world.env.backend.find_command("Accept as answer", world.guild.id, type=3)
    assert menu is not None
    assert menu["dm_permission"] is False
    tree = world.adapter.tree
    assert len(tree.get_commands(type=discord.AppCommandType.message)) <= 5
    assert len(tree.get_commands(type=discord.AppCommandType.chat_input)) <= 100


# ------------------------------------------------------------------ typing


async def test_options_arrive_as_what_they_are(world: World) -> None:
    result = await world.owner.slash(
        world.general, "probe", word="hello", number=3, colour="blue", channel=world.general, sure=True
    )
    assert answer(result).strip() == "'hello' 3 'blue' 'general' True"


@pytest.mark.parametrize(("locale", "level"), [("en", "Level"), ("zh_CN", "等级")])
async def test_a_rank_is_shown_in_the_language_of_whoever_asks(world: World, locale: str, level: str) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    await alice.send(world.general, "hello")
    await world.stored()
    await world.speak(bob, locale)
    result = await bob.slash(world.general, "rank", member=alice)
    assert not result.ephemeral
    text = answer(result)
    assert "alice" in text
    assert level in text


async def test_whoever_is_unknown_is_named(world: World) -> None:
    stranger = world.guild.add_member(world.env.create_user("robot", bot=True))
    result = await world.owner.slash(world.general, "rank", member=stranger)
    assert result.ephemeral
    assert "robot" in answer(result)


async def test_a_command_is_chosen_in_the_menu_of_a_message(world: World) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    asked = await alice.send(world.general, "what opens a closed door?")
    answered = await bob.send(world.general, "a key that was turned twice", reply_to=asked)
    await world.stored()
    refused = await bob.context_menu(world.general, "Accept as answer", answered)
    assert refused.ephemeral
    assert answer(refused).strip() == "That is your own message: somebody else has to accept it."
    taken = await alice.context_menu(world.general, "Accept as answer", answered)
    assert not taken.ephemeral
    assert "That is the answer. Well done, bob: 100 points!" in answer(taken)
    assert (await world.profile(bob)).state.engagement.answers == 1
    thanked = await alice.context_menu(world.general, "Say thanks", answered)
    assert "alice thanks bob: 20 points!" in answer(thanked)
    assert taken.response is not None
    assert taken.response.message is not None
    bots = await alice.context_menu(world.general, "Say thanks", taken.response.message)
    assert "I don't know that message" in answer(bots)
    assert (await world.profile(bob)).state.engagement.quality == 120


async def test_typed_without_a_message_it_says_where_to_find_the_menu(world: World) -> None:
    result = await world.owner.slash(world.general, "accept")
    assert result.ephemeral
    assert "then choose Apps → Accept as answer." in answer(result)


async def test_completion_offers_what_fits(world: World) -> None:
    offered = await world.owner.autocomplete(world.general, "gate add", "gate", "lou")
    assert [one["value"] for one in offered] == ["lounge"]
    alice = world.join("alice")
    paths = [one["value"] for one in await alice.autocomplete(world.general, "help", "command", "")]
    assert "rank" in paths
    assert "gate add" not in paths


async def test_a_slow_command_is_deferred_for_the_right_eyes(world: World) -> None:
    result = await world.owner.slash(world.general, "mydata export")
    assert world.deferrals() == 1
    assert result.ephemeral
    assert result.response is not None
    (file,) = result.response.attachments
    assert file.filename == "mydata.json"
    held = msgspec.json.decode(await file.read())
    assert held


async def test_one_that_takes_longer_than_thought_is_deferred_too(
    simcord_env: simcord.Env, world: World, desk: Desk
) -> None:
    await simcord_env.restart_bot(DiscordAdapter(desk, "token", patience=0.0).client)
    result = await world.owner.slash(world.general, "rank")
    assert world.deferrals() == 1
    assert not result.ephemeral
    assert "olga" in answer(result)


async def test_a_private_answer_to_a_public_call_is_not_shown_to_all(
    simcord_env: simcord.Env, world: World, desk: Desk
) -> None:
    await simcord_env.restart_bot(DiscordAdapter(desk, "token", patience=0.0).client)
    stranger = world.guild.add_member(world.env.create_user("robot", bot=True))
    await world.owner.slash(world.general, "rank", member=stranger)
    alice = world.join("alice")
    assert [shown(one) for one in world.general.history(viewer=alice)] == []
    assert any("robot" in shown(one) for one in world.general.history(viewer=world.owner))


async def test_a_long_answer_loses_nothing(world: World) -> None:
    result = await world.owner.slash(world.general, "epic")
    text = answer(result)
    for number in range(120):
        assert f"verse {number}:" in text
    for number in range(40):
        assert text.count(f"value {number} ") >= 59
    messages = [result.response, *result.followups]
    assert all(one is not None and one.ephemeral for one in messages)
    last = result.followups[-1]
    assert [one.filename for one in last.attachments] == ["_epic.txt"]
    assert last.components


# ------------------------------------------------------------------ pressing


async def test_a_button_changes_its_message_and_works_after_a_restart(world: World, desk: Desk) -> None:
    result = await world.owner.slash(world.general, "language")
    await world.env.restart_bot(DiscordAdapter(desk, "token").client)
    assert result.response is not None
    await world.owner.click(result.response, label="中文")
    assert "中文" in shown(world.general.history(viewer=world.owner)[-1])
    assert len(world.general.history(viewer=world.owner)) == 1
    assert (await world.profile(world.owner)).locale == "zh_CN"


async def test_a_button_with_a_private_answer_leaves_a_public_message_alone(world: World) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    channel = world.adapter.client.get_channel(world.general.id)
    assert isinstance(channel, discord.TextChannel)
    view = discord.ui.View()
    view.add_item(discord.ui.Button(label="Notify", custom_id="notify&wanted=off"))
    message = await channel.send("public", view=view)
    await alice.click(message, label="Notify")
    assert [shown(one) for one in world.general.history(viewer=bob)] == ["public"]
    assert not (await world.profile(alice)).state.contact.notices


@pytest.mark.parametrize(
    "forged",
    ["", "setup community&name=Mine", "nonsense&&&=", "rank&member=@everyone", "leaderboard&page=-1", "\u202e" * 90],
)
async def test_a_forged_button_gets_a_polite_private_answer_and_changes_nothing(world: World, forged: str) -> None:
    alice = world.join("alice")
    before = await world.profile(alice)
    channel = world.adapter.client.get_channel(world.general.id)
    assert isinstance(channel, discord.TextChannel)
    view = discord.ui.View()
    view.add_item(discord.ui.Button(label="x", custom_id=forged or "&"))
    message = await channel.send("public", view=view)
    result = await alice.click(message, label="x")
    assert result.ephemeral
    assert answer(result).strip()
    assert await world.profile(alice) == before
    community = await world.app.store.read(members.community, before.community)
    assert community.name == "Academy"


# ------------------------------------------------------------------ filling in


@pytest.mark.parametrize(("language", "saved"), [("en", "Saved."), ("zh_CN", "已保存")])
async def test_a_form_is_shown_and_what_is_filled_in_is_done(world: World, language: str, saved: str) -> None:
    await world.speak(world.owner, language)
    form = await world.owner.slash(world.general, "setup community")
    assert form.modal is not None
    result = await world.owner.submit_modal(form, {"name": "School of *Rock*", "language": ["zh_CN"]})
    assert saved in answer(result)
    community = await world.app.store.read(members.community, (await world.profile(world.owner)).community)
    assert (community.name, community.locale) == ("School of *Rock*", "zh_CN")


async def test_a_form_behind_a_button_opens_on_the_press(world: World) -> None:
    panel = await world.owner.slash(world.general, "setup show")
    assert panel.response is not None
    form = await world.owner.click(panel.response, custom_id="setup community&~=0")
    assert form.modal is not None


async def test_a_form_that_comes_too_late_is_behind_a_button(
    simcord_env: simcord.Env, world: World, desk: Desk
) -> None:
    await simcord_env.restart_bot(DiscordAdapter(desk, "token", patience=0.0).client)
    late = await world.owner.slash(world.general, "setup community")
    assert late.modal is None
    assert late.response is not None
    assert late.response.components
