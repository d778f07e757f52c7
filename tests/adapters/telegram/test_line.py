"""What is typed, as a command and its options."""

from typing import Any

import msgspec
import pytest

from bot.adapters.telegram.line import Call, read, typed
from bot.adapters.telegram.wire import Message
from bot.desk import Desk
from tests.fakes.telegram_html import found

USERS = {"ann": "11"}


def message(text: str, *entities: dict[str, Any]) -> Message:
    body = {"message_id": 1, "chat": {"id": -1, "type": "group"}, "text": text, "entities": [*found(text), *entities]}
    return msgspec.convert(body, Message)


def call(desk: Desk, text: str, *entities: dict[str, Any]) -> Call | None:
    line = typed(message(text, *entities), "Lyceum_bot")
    assert line is not None
    return read(desk, line, USERS.get, "-1/5")


@pytest.mark.parametrize(
    ("text", "path", "options"),
    [
        ("/rank", "rank", {}),
        ("/RANK@lyceum_BOT", "rank", {}),
        ("/level @ann", "rank", {"member": "11"}),
        ("/rank @nobody", "rank", {"member": "@nobody"}),
        ("/rank Ann Lee", "rank", {"member": "Ann Lee"}),
        ("/rank #7", "rank", {"member": "#7"}),
        ("/rank member=#7", "rank", {"member": "#7"}),
        ('/rank 成员="Ann Lee"', "rank", {"member": "Ann Lee"}),
        ("/rank\nAnn", "rank", {"member": "Ann"}),
        ("/leaderboard 2", "leaderboard", {"page": "2"}),
        ("/top page=2", "leaderboard", {"page": "2"}),
        ("/language 中文", "language", {"language": "zh_CN"}),
        ("/language ZH_cn", "language", {"language": "zh_CN"}),
        ("/mydata export", "mydata export", {}),
        ("/mydata_export", "mydata export", {}),
        ("/mydata delete yes", "mydata delete", {"sure": "yes"}),
        ("/setup community Night Owls", "setup community", {"name": "Night Owls"}),
        ("/setup community Night Owls 中文", "setup community", {"name": "Night Owls", "language": "zh_CN"}),
        ("/setup_community language=en", "setup community", {"language": "en"}),
        ("/gate add lounge -1005", "gate add", {"gate": "lounge", "channel": "-1005"}),
        ("/gate add lounge here", "gate add", {"gate": "lounge", "channel": "-1/5"}),
        ("/gate add -1005", "gate add", {"gate": "-1005"}),
        ("/help a=b", "help", {"topic": "a=b"}),
        ("/help \u201ctwo words\u201d", "help", {"topic": "two words"}),
    ],
)
def test_a_line_is_this_command_with_these_options(desk: Desk, text: str, path: str, options: dict[str, str]) -> None:
    found_ = call(desk, text)
    assert found_ is not None
    assert found_.command is not None
    assert (found_.command.path, found_.options) == (path, options)


def test_somebody_picked_from_the_list_is_named_by_id(desk: Desk) -> None:
    entity = {"type": "text_mention", "offset": 9, "length": 2, "user": {"id": 77, "first_name": "奥拉"}}
    found_ = call(desk, "/rank 🎉 奥拉", entity)
    assert found_ is not None
    assert found_.options == {"member": "🎉 77"}
    line = typed(message("/rank 🎉 奥拉", entity), "lyceum_bot")
    assert line is not None
    assert line.named == {"77": "奥拉"}


def test_a_first_word_alone_is_a_choice_of_subcommands(desk: Desk) -> None:
    found_ = call(desk, "/mydata")
    assert found_ is not None
    assert found_.command is None
    assert [one.path for one in found_.several] == ["mydata export", "mydata delete"]


def test_what_is_no_command_of_ours(desk: Desk) -> None:
    assert call(desk, "/weather Berlin") is None
    assert typed(message("/rank@other_bot"), "lyceum_bot") is None
    assert typed(message("see /rank"), "lyceum_bot") is None
    assert typed(message("rank"), "lyceum_bot") is None


@pytest.mark.parametrize("rest", ["\x00", "\ud800", "=", "a=", '"', "\u202e", "x" * 4000, "#", "@", "= =", "member="])
def test_nothing_that_is_typed_breaks_it(desk: Desk, rest: str) -> None:
    for name in ("rank", "gate_add", "leaderboard", "setup community"):
        assert call(desk, f"/{name} {rest}") is not None
