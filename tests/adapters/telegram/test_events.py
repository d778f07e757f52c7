"""Recorded updates, one a file in tests/payloads/telegram/, and what each means. To add one: write the file."""

import json
from pathlib import Path
from typing import Any

import pytest
from aiogram.types import Update as Model

from bot.adapters.telegram.events import news
from bot.adapters.telegram.wire import number, parse, unpack
from bot.words import to_json
from tests.conftest import ROOT

CASES = sorted((ROOT / "tests/payloads/telegram").glob("*.json"))


def test_there_are_as_many_cases_as_were_recorded() -> None:
    assert len(CASES) == 41


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_recorded_update_means_what_it_says(path: Path) -> None:
    case: dict[str, Any] = json.loads(path.read_text())
    Model.model_validate(case["update"])
    body = json.dumps(case["update"]).encode()
    found = news(parse(body), [tuple(pair) for pair in case.get("written", ())], me=case.get("me", 0))
    assert json.loads(to_json(found.events)) == case["events"]
    assert [{"chore": type(c).__name__, **json.loads(to_json(c))} for c in found.chores] == case["chores"]
    assert number(body) == case["update"]["update_id"]


@pytest.mark.parametrize("text", ["\ud83d half a pair", "\x00 nothing", "\u202e turned", "𝕏" * 4096, "a\u0300" * 2000])
def test_a_hostile_text_is_read_and_not_kept(text: str) -> None:
    case = json.loads((ROOT / "tests/payloads/telegram/message.json").read_text())
    case["update"]["message"] |= {"text": text}
    case["update"]["message"]["from"]["first_name"] = text
    update = parse(json.dumps(case["update"]).encode())
    (event,) = news(update).events
    assert event.text.length == len(text)  # type: ignore[union-attr]


def test_a_batch_is_split_even_when_an_update_is_not_unicode() -> None:
    answer = b'{"ok":true,"result":[{"update_id":1,"x":"\\ud83d"},{"update_id":2,"x":"\xff"},{"x":1}]}'
    assert [number(body) for body in unpack(answer)] == [1, 2, None]
    with pytest.raises((ValueError, KeyError)):
        unpack(b'{"ok":true}')
    with pytest.raises(ValueError, match="Expecting"):
        unpack(b"<html>")


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b'{"update_id":"x"}', b'{"update_id":1,"message":{"chat":5}}', b"\xff\xfe"]
)
def test_what_is_no_update_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(body)
