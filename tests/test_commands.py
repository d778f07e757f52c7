"""Commands: what a signature declares, and how the desk reads what people typed, checks it, and refuses."""

from typing import Annotated, Any, Literal

import pytest

from bot.app import App
from bot.cogs import COMMANDS
from bot.commands import About, Ask, Caller, Channel, Command, Person, Rank, Role, command
from bot.desk import Desk
from bot.events import Account, MessagePosted
from bot.reply import Reply
from bot.text import Features
from bot.words import replace
from tests import snapshots
from tests.conftest import START
from tests.hostile import HOSTILE

ANN = Caller(account=Account(platform="playground", space="s", user="ann", name="Ann"), channel="c")
SEEN: list[dict[str, Any]] = []


def about(**more: Any) -> About:
    return About(name="thing", description="a thing", **more)


@command("try all", "Tries everything", private=False, aliases=("attempt",))
async def everything(
    ask: Ask,
    text: Annotated[str, About(name="text", description="d", least=2, most=5)],
    number: Annotated[int, About(name="number", description="d", least=1, most=10)] = 1,
    share: Annotated[float, About(name="share", description="d", most=1)] = 0.5,
    sure: Annotated[bool, About(name="sure", description="d")] = False,
    choice: Annotated[
        Literal["red", "blue"] | None, About(name="choice", description="d", labels={"red": "Red!"})
    ] = None,
    level: Annotated[Literal[1, 2], About(name="level", description="d")] = 1,
    who: Annotated[Person | None, About(name="who", description="d")] = None,
    place: Annotated[Channel | None, About(name="place", description="d")] = None,
    role: Annotated[Role | None, About(name="role", description="d")] = None,
) -> Reply:
    SEEN.append({k: v for k, v in locals().items() if k != "ask"})
    return Reply(text="done")


@command("guarded", "For moderators", who=Rank.MODERATOR)
async def guarded(ask: Ask) -> Reply:
    SEEN.append({})
    return Reply(text="done")


@command("broken", "Breaks")
async def broken(ask: Ask) -> Reply:
    raise ZeroDivisionError("a secret: hunter2")


@pytest.fixture
def desk(app: App) -> Desk:
    SEEN.clear()
    return Desk(app, (everything, guarded, broken))


async def talk(app: App, *names: str) -> None:
    """Members with these names, each with a message."""
    await app.submit(
        [
            MessagePosted(
                key=f"m:{n}",
                at=START,
                who=Account(platform="playground", space="s", user=f"u{n}", name=name),
                channel="c",
                text=Features(),
            )
            for n, name in enumerate(names)
        ]
    )


# ---------------------------------------------------------------------- declaring


def test_a_signature_says_what_a_command_takes() -> None:
    assert isinstance(everything, Command)
    found = {p.key: (p.kind, p.required, p.default, p.choices) for p in everything.parameters}
    assert found == {
        "text": (str, True, None, ()),
        "number": (int, False, 1, ()),
        "share": (float, False, 0.5, ()),
        "sure": (bool, False, False, ()),
        "choice": (str, False, None, ("red", "blue")),
        "level": (int, False, 1, (1, 2)),
        "who": (Person, False, None, ()),
        "place": (Channel, False, None, ()),
        "role": (Role, False, None, ()),
    }
    assert (everything.path, everything.who, everything.private) == ("try all", Rank.MEMBER, False)


def test_a_parameter_must_be_described() -> None:
    with pytest.raises(TypeError, match="/x: annotate thing as Annotated"):

        @command("x", "d")
        async def run(ask: Ask, thing: str) -> Reply:
            return Reply()


@pytest.mark.parametrize("kind", [list[str], bytes, dict, object], ids=str)
def test_a_type_that_no_platform_could_ask_for_is_refused(kind: Any) -> None:
    async def run(ask: Ask, thing: Any) -> Reply:
        return Reply()

    run.__annotations__["thing"] = Annotated[kind, about()]
    with pytest.raises(TypeError, match="/x: thing can't be"):
        command("x", "d")(run)


def test_paths_and_aliases_of_all_commands_are_unique_and_short() -> None:
    names = [one.path for one in COMMANDS] + [alias for one in COMMANDS for alias in one.aliases]
    assert len(names) == len(set(names))
    assert all(1 <= len(path.split()) <= 2 and path == path.lower() for path in names)


# ---------------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        ({"text": "abc"}, {"text": "abc", "number": 1, "share": 0.5, "sure": False, "choice": None, "level": 1}),
        ({"text": "abc", "number": "7", "share": "0.25", "sure": "yes"}, {"number": 7, "share": 0.25, "sure": True}),
        ({"text": "abc", "number": 10, "sure": True}, {"number": 10, "sure": True}),
        ({"text": "abc", "sure": "是"}, {"sure": True}),
        ({"text": "abc", "sure": "no"}, {"sure": False}),
        ({"text": "abc", "choice": "blue", "level": "2"}, {"choice": "blue", "level": 2}),
        ({"text": "abc", "number": ""}, {"number": 1}),
        ({"text": 123}, {"text": "123"}),
        ({"text": "abc", "place": "9", "role": 7}, {"place": Channel(id="9", name="nine"), "role": Role(id="7")}),
        ({"text": "abc", "unknown": "x"}, {"text": "abc"}),
    ],
)
async def test_options_are_read_from_text_or_values(desk: Desk, options: dict[str, Any], seen: dict[str, Any]) -> None:
    reply = await desk.run("try all", replace(ANN, names={"9": "nine"}), options)
    assert reply == Reply(text="done", private=False)
    assert {key: SEEN[0][key] for key in seen} == seen


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "Please say which text."),
        ({"text": ""}, "Please say which text."),
        ({"text": "a"}, "text must have 2 to 5 characters."),
        ({"text": "abcdef"}, "text must have 2 to 5 characters."),
        ({"text": "abc", "number": "0"}, "number must be between 1 and 10."),
        ({"text": "abc", "number": 11}, "number must be between 1 and 10."),
        ({"text": "abc", "number": "1.5"}, "number must be a number."),
        ({"text": "abc", "number": "many"}, "number must be a number."),
        ({"text": "abc", "share": "1.1"}, "share must be at most 1."),
        ({"text": "abc", "share": "nan"}, "share must be a number."),
        ({"text": "abc", "share": "inf"}, "share must be a number."),
        ({"text": "abc", "choice": "green"}, "choice must be one of: red, blue"),
        ({"text": "abc", "level": "3"}, "level must be one of: 1, 2"),
        ({"text": "abc", "who": "#999"}, "I know no member called #999 here."),
        ({"text": "abc", "who": "Nobody"}, "I know no member called Nobody here."),
    ],
)
async def test_what_does_not_fit_is_refused_in_words_and_nothing_runs(
    desk: Desk, options: dict[str, Any], said: str
) -> None:
    assert await desk.run("try all", ANN, options) == Reply(text=said, private=True, error=True)
    assert SEEN == []


@pytest.mark.parametrize("given", ["u1", "#2", "Bo", "bo"])
async def test_a_person_is_named_by_id_number_or_name(desk: Desk, given: str) -> None:
    await talk(desk.app, "Ann", "Bo", "Cy")
    await desk.run("try all", ANN, {"text": "abc", "who": given})
    assert SEEN[0]["who"].profile.name == "Bo"


@pytest.mark.parametrize("given", ["Sam", "u7", "#1x", "²", "#²"])
async def test_a_person_who_is_not_clear_is_refused(desk: Desk, given: str) -> None:
    await talk(desk.app, "Sam", "Sam")
    reply = await desk.run("try all", ANN, {"text": "abc", "who": given})
    assert reply.text == f"I know no member called {given} here."
    assert SEEN == []


async def test_a_member_of_another_community_is_nobody_here(desk: Desk) -> None:
    await talk(desk.app, "Ann")
    there = replace(ANN, account=replace(ANN.account, space="elsewhere"))
    reply = await desk.run("try all", there, {"text": "abc", "who": "#1"})
    assert reply.error


# ---------------------------------------------------------------------- rights and answers


@pytest.mark.parametrize("rank", [Rank.MEMBER, Rank.MODERATOR, Rank.CREATOR])
async def test_rights_are_asked_for_at_the_desk(desk: Desk, rank: Rank) -> None:
    reply = await desk.run("guarded", replace(ANN, rank=rank), {})
    if rank is Rank.MEMBER:
        assert reply == Reply(text="/guarded is for moderators only.", private=True, error=True)
        assert SEEN == []
    else:
        assert reply == Reply(text="done", private=True)


@pytest.mark.one_database
@pytest.mark.parametrize("rank", [Rank.MEMBER, Rank.MODERATOR])
@pytest.mark.parametrize("path", [one.path for one in COMMANDS if one.who > Rank.MEMBER])
async def test_who_may_not_changes_nothing(app: App, path: str, rank: Rank) -> None:
    desk = Desk(app, COMMANDS)
    found = desk.find(path)
    assert found is not None
    if found.who <= rank:
        return
    await desk.run("rank", ANN, {})  # so that they are known
    before = app.store.look(snapshots.everything)
    options = {"gate": "lounge", "channel": "c2", "name": "Mine", "language": "zh_CN", "role": "r"}
    reply = await desk.run(path, replace(ANN, rank=rank), options)
    assert reply.error
    assert reply.private
    assert app.store.look(snapshots.everything) == before


async def test_another_name_will_do(desk: Desk) -> None:
    assert (await desk.run("attempt", ANN, {"text": "abc"})).text == "done"
    assert desk.find("attempt") is everything
    assert desk.find("nothing") is None


async def test_a_command_that_is_not_there_is_said_so(desk: Desk) -> None:
    reply = await desk.run("nothing", ANN, {})
    assert reply == Reply(text="There is no command /nothing. /help lists them all.", private=True, error=True)


async def test_our_mistake_is_an_answer_without_its_innards(desk: Desk) -> None:
    reply = await desk.run("broken", ANN, {})
    assert reply.error
    assert reply.private
    assert "hunter2" not in reply.text
    assert reply.text.startswith("Something went wrong on our side. Tell the creator this number: ")


async def test_a_stranger_in_private_is_told_what_to_do_first(desk: Desk) -> None:
    alone = replace(ANN, account=replace(ANN.account, space="", user="stranger"))
    reply = await desk.run("try all", alone, {"text": "abc"})
    assert reply.error
    assert "Write something in your community first" in reply.text
    assert SEEN == []


@pytest.mark.parametrize(("mine", "apps", "spoken"), [("", "", "en"), ("", "zh-CN", "zh_CN"), ("en", "zh-CN", "en")])
async def test_the_language_is_mine_then_my_apps_then_the_communitys(
    app: App, mine: str, apps: str, spoken: str
) -> None:
    desk = Desk(app, COMMANDS)
    if mine:
        await desk.run("language", ANN, {"language": mine})
    ask = await desk.ask(replace(ANN, locale=apps))
    assert ask.say.locale == spoken


async def test_hostile_options_are_refused_or_taken_as_text(desk: Desk) -> None:
    for name, text in HOSTILE.items():
        for option in ("text", "number", "choice", "who", "place"):
            reply = await desk.run("try all", ANN, {"text": "abc", option: text})
            assert "Something went wrong" not in reply.text, (name, option)
        assert await desk.complete("try all", "who", f"{text}no such name", ANN) == [], name


@pytest.mark.parametrize("number", ["9" * 19, "9" * 400, "٣", "-1"])
async def test_a_number_of_nobody_is_nobody(desk: Desk, number: str) -> None:
    reply = await desk.run("try all", ANN, {"text": "abc", "who": f"#{number}"})
    assert reply.text == f"I know no member called #{number} here."


# ---------------------------------------------------------------------- completing


async def test_choices_are_completed_by_their_labels(desk: Desk) -> None:
    assert await desk.complete("try all", "choice", "", ANN) == [("red", "Red!"), ("blue", "blue")]
    assert await desk.complete("try all", "choice", "RED", ANN) == [("red", "Red!")]
    assert await desk.complete("try all", "choice", "x", ANN) == []


async def test_people_are_completed_by_name_the_beginning_first(desk: Desk) -> None:
    await talk(desk.app, "Joann", "Anna", "Bo", "50% off_")
    assert await desk.complete("try all", "who", "ann", ANN) == [("#2", "Anna"), ("#5", "Ann"), ("#1", "Joann")]
    assert await desk.complete("try all", "who", "%", ANN) == [("#4", "50% off_")]
    assert await desk.complete("try all", "who", "_", ANN) == [("#4", "50% off_")]


async def test_no_more_than_twenty_five_are_offered(desk: Desk) -> None:
    await talk(desk.app, *[f"Ann {n}" for n in range(40)])
    assert len(await desk.complete("try all", "who", "ann", ANN)) == 25


async def test_nothing_is_completed_for_who_may_not_or_is_unknown(desk: Desk) -> None:
    assert await desk.complete("nothing", "x", "", ANN) == []
    assert await desk.complete("try all", "nothing", "", ANN) == []
    alone = replace(ANN, account=replace(ANN.account, space="", user="stranger"))
    assert await desk.complete("try all", "who", "", alone) == []
    gated = Desk(desk.app, COMMANDS)
    assert await gated.complete("gate add", "gate", "", ANN) == []
    assert await gated.complete("gate add", "gate", "", replace(ANN, rank=Rank.CREATOR)) == [("lounge", "lounge")]
