"""Languages: which one we speak to whom, and values that can't reach into the words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n import LOCALES, everywhere, match, tongue
from bot.sales import Price
from tests.hostile import HOSTILE


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        (("en",), "en"),
        (("en-US",), "en"),
        (("en-GB",), "en"),
        (("zh_CN",), "zh_CN"),
        (("zh-CN",), "zh_CN"),
        (("zh-TW",), "zh_CN"),
        (("zh-hans",), "zh_CN"),
        (("zh-Hant-HK",), "zh_CN"),
        (("zh",), "zh_CN"),
        (("de",), "en"),
        (("de", "zh"), "zh_CN"),
        (("", "zh-CN", "en"), "zh_CN"),
        ((), "en"),
        (("", ""), "en"),
        (("zz-ZZ",), "en"),
        (("x",), "en"),
        (("../../etc",), "en"),
        (("en\0",), "en"),
    ],
)
def test_the_first_language_that_we_speak(wanted: tuple[str, ...], spoken: str) -> None:
    assert match(*wanted) == spoken


@given(st.lists(st.text(max_size=12), max_size=3))
def test_any_wish_ends_in_a_language_that_we_speak(wanted: list[str]) -> None:
    assert match(*wanted) in LOCALES


def test_values_are_put_in_the_way_the_language_writes_them() -> None:
    assert tongue("en")("{n} of {who}", n=1_234_567, who="Ann") == "1,234,567 of Ann"
    assert tongue("en")("{sure}", sure=True) == "True"


@pytest.mark.parametrize(
    ("message", "values", "said"),
    [
        ("{member}!", {"member": "{0.__class__} {member} {"}, "{0.__class__} {member} {!"),
        ("{a}{b}", {"a": "{b}", "b": "{a}"}, "{b}{a}"),
        ("{missing} {member}", {"member": "Ann"}, "{missing} Ann"),
        ("{", {"a": 1}, "{"),
        ("{a", {"a": 1}, "{a"),
        ("}{a}{", {"a": "x"}, "}x{"),
        ("{a.__class__} {a[0]} {a!r}", {"a": "x"}, "{a.__class__} {a[0]} {a!r}"),
        ("", {"a": 1}, ""),
        ("%s %(a)s", {"a": 1}, "%s %(a)s"),
    ],
)
def test_a_value_is_only_ever_itself(message: str, values: dict[str, object], said: str) -> None:
    assert tongue("en")(message, **values) == said


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("locale", LOCALES)
def test_a_hostile_name_is_said_as_it_is(locale: str, text: str) -> None:
    assert tongue(locale)("<{member}>", member=text) == f"<{text}>"


def test_a_language_that_we_do_not_speak_is_english() -> None:
    assert tongue("tlh").locale == "en"


def test_several_things_are_counted() -> None:
    say = tongue("en")
    assert say.many("{n} member in {place}", "{n} members in {place}", 1, place="x") == "1 member in x"
    assert say.many("{n} member in {place}", "{n} members in {place}", 2_000, place="x") == "2,000 members in x"


def test_a_message_is_given_only_where_it_differs() -> None:
    assert everywhere("a sentence that no catalogue has") == {}
    assert everywhere("rank", ["en"]) == {}


@pytest.mark.parametrize(
    ("amount", "currency", "english", "chinese"),
    [
        (999, "usd", "$9.99", "US$9.99"),
        (6800, "cny", "CN¥68.00", "¥68.00"),
        (1500, "jpy", "¥1,500", "JP¥1,500"),
        (1250, "xtr", "1,250 ⭐", "1,250 ⭐"),
        (-5, "usd", "-$0.05", "-US$0.05"),
        (500, "rsd", "RSD5", "RSD5"),
        (550, "rsd", "RSD5.50", "RSD5.50"),
    ],
)
def test_money_is_written_as_the_language_writes_it(amount: int, currency: str, english: str, chinese: str) -> None:
    price = Price(amount=amount, currency=currency)
    assert (tongue("en").money(price), tongue("zh_CN").money(price)) == (english, chinese)
