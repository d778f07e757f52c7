from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from tools.check_translations import problems
from tools.messages import extract, read, write

CODE = """
from bot.i18n import N_
# Translators: said on joining
N_("Welcome {name}")
ask.say.many("one day", "{n} days", 2)
N_("100% of {total}")
"""
COMPLETE: dict[str | tuple[str, str], str | tuple[str, ...]] = {
    "Welcome {name}": "欢迎 {name}",
    ("one day", "{n} days"): ("{n} 天",),
    "100% of {total}": "{total} 的 100%",
}


@pytest.fixture
def template(tmp_path: Path) -> Catalog:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "words.py").write_text(CODE, encoding="utf-8")
    return extract(tmp_path / "bot")


def chinese(tmp_path: Path, words: dict[str | tuple[str, str], str | tuple[str, ...]], *flags: str) -> Catalog:
    """A catalogue of `words`, as it is read back from its file."""
    catalogue = Catalog("zh_CN", fuzzy=False)
    for message, translation in words.items():
        catalogue.add(message, translation, flags=flags)
    write(catalogue, tmp_path / "lyceum.po")
    return read(tmp_path / "lyceum.po", "zh_CN")


def test_messages_are_found_with_their_place_and_comment(template: Catalog) -> None:
    assert [message.id for message in template if message.id] == list(COMPLETE)
    welcome = template["Welcome {name}"]
    assert welcome is not None
    assert welcome.locations == [("bot/words.py", 4)]
    assert welcome.auto_comments == ["said on joining"]


def test_messages_within_f_strings_are_found(tmp_path: Path) -> None:
    code = """f"{bold} {say(N_('sold out'))} {say.many('{n} left', '{n} are left', n)} {many(a, b, n)}" """
    (tmp_path / "words.py").write_text(code.strip(), encoding="utf-8")
    found = extract(tmp_path)
    assert [message.id for message in found if message.id] == ["sold out", ("{n} left", "{n} are left")]


def test_a_complete_catalogue_is_in_order(template: Catalog, tmp_path: Path) -> None:
    assert list(problems(template, chinese(tmp_path, COMPLETE), complete=True)) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"Welcome {name}": ""}, "'Welcome {name}' (bot/words.py) is not translated"),
        ({("one day", "{n} days"): ("",)}, "'one day' (bot/words.py) is not translated"),
        (
            {"Welcome {name}": "欢迎 {nam}"},
            "'Welcome {name}' (bot/words.py): its translation '欢迎 {nam}' has {nam} in place of {name}",
        ),
        (
            {("one day", "{n} days"): ("几天",)},
            "'one day' (bot/words.py): its translation '几天' has no placeholder in place of {n}",
        ),
        (
            {"Welcome {name}": "嗨{name} {"},
            "'Welcome {name}' (bot/words.py): its translation '嗨{name} {' has a { or } that belongs to no placeholder",
        ),
        ({"Farewell": "再见"}, "'Farewell' is no longer in the code: run `make messages`"),
    ],
)
def test_what_is_wrong_is_named(
    template: Catalog, tmp_path: Path, change: dict[str | tuple[str, str], str | tuple[str, ...]], problem: str
) -> None:
    assert list(problems(template, chinese(tmp_path, COMPLETE | change), complete=True)) == [problem]


def test_a_missing_message_is_named(template: Catalog, tmp_path: Path) -> None:
    words = {message: text for message, text in COMPLETE.items() if message != "Welcome {name}"}
    found = list(problems(template, chinese(tmp_path, words), complete=False))
    assert found == ["'Welcome {name}' (bot/words.py) is missing: run `make messages`"]


def test_a_fuzzy_translation_has_to_be_looked_at(template: Catalog, tmp_path: Path) -> None:
    found = list(problems(template, chinese(tmp_path, COMPLETE, "fuzzy"), complete=False))
    assert len(found) == len(COMPLETE)
    assert found[0] == "'Welcome {name}' (bot/words.py) is fuzzy: look at its translation, then take the mark away"


def test_english_may_leave_its_messages_empty(template: Catalog, tmp_path: Path) -> None:
    empty: dict[str | tuple[str, str], str | tuple[str, ...]] = dict.fromkeys(COMPLETE, "")
    empty["one day", "{n} days"] = ("",)
    assert list(problems(template, chinese(tmp_path, empty), complete=False)) == []
