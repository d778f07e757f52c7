"""Member lists of other products: columns by their titles, cells as they are commonly written, nothing lost."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.roster import Choices, Reading, RosterError, Row, read
from bot.adapters.roster.cells import (
    AmbiguousError,
    CellError,
    currency_of,
    date_of,
    encodings,
    for_ever,
    minor,
    order,
    standing_of,
)
from bot.i18n import tongue
from bot.sales import Price
from tests.conftest import ROOT

ROSTERS = ROOT / "tests" / "payloads" / "rosters"


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, **rest: int) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC, **rest)


def file(path: str, **choices: Any) -> Reading:
    return read((ROSTERS / path).read_bytes(), Choices(**choices))


def rows(text: str, **choices: Any) -> tuple[Row, ...]:
    return read(text.encode(), Choices(**choices)).rows


def why(text: str, **choices: Any) -> list[tuple[int, str]]:
    rejected = read(text.encode(), Choices(**choices)).rejected
    return [(one.line, tongue("en")(one.why, **one.values)) for one in rejected]


def test_there_are_as_many_samples_as_are_read_here() -> None:
    assert sorted(one.name for one in Path(ROSTERS).iterdir()) == ["chinese.csv", "launchpass.csv", "patreon.csv"]


def test_patreon() -> None:
    found = file("patreon.csv")
    assert (found.source, found.rejected) == ("patreon", ())
    assert "user" not in found.columns  # Patreon's own ids are nobody's on Discord
    assert found.columns["until"] == ("Access Expiration", "Next Charge Date")
    ann, bo, cy, di = found.rows
    assert (ann.id, ann.platform, ann.user, ann.username, ann.name) == ("7000001", "", "", "ann#1234", "Ann Example")
    assert (ann.email, ann.plan, ann.standing) == ("ann@example.org", "Gold tier", "active")
    assert (ann.since, ann.until) == (at(2025, 3, 1, 9, 30, microsecond=123456), at(2026, 12, 1, 8))
    assert ann.price == Price(amount=1000, currency="usd")
    assert (bo.standing, bo.until) == ("ending", at(2026, 12, 10, 8))
    assert (cy.standing, cy.until, cy.plan, cy.username) == ("ending", None, "", "")
    assert (di.standing, di.price) == ("late", Price(amount=2550, currency="eur"))


def test_a_list_with_common_titles() -> None:
    found = file("launchpass.csv")
    assert (found.source, len(found.rows)) == ("csv", 3)
    assert [(row.platform, row.user, row.plan, row.standing) for row in found.rows] == [
        ("discord", "100000000000000001", "Gold", "active"),
        ("discord", "100000000000000099", "Gold", "active"),
        ("discord", "100000000000000003", "Gold", "over"),
    ]
    assert (found.rows[0].since, found.rows[0].until) == (at(2026, 3, 1), at(2026, 12, 25))  # to the end of that day
    assert found.rows[1].price == Price(amount=101050, currency="usd")
    (rounded,) = found.rejected
    assert (rounded.line, rounded.values, rounded.cells[0]) == (5, {"cell": "1.0E+17"}, "Rounded")
    assert "rounded by a spreadsheet" in rounded.why


def test_a_chinese_list_in_its_own_encoding() -> None:
    found = file("chinese.csv", source="zsxq")
    assert found.source == "zsxq"
    chen, lilei, han = found.rows
    assert (chen.name, chen.platform, chen.user, chen.plan, chen.standing) == (
        "陈默",
        "telegram",
        "700001",
        "黄金",
        "active",
    )
    assert (chen.since, chen.until, chen.price) == (at(2026, 3, 1), at(2027, 1, 1), Price(amount=6800, currency="cny"))
    assert (lilei.standing, lilei.until) == ("over", at(2026, 1, 1))
    assert (han.lifetime, han.until, han.price) == (True, None, Price(amount=99900, currency="cny"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_seen(delimiter: str) -> None:
    text = delimiter.join(['"Name, shown"', "Discord ID", "Plan"]) + "\n" + delimiter.join(["x", "1" * 17, "gold"])
    (row,) = rows(text, titles={"name": "name, shown"})
    assert (row.name, row.user, row.plan) == ("x", "1" * 17, "gold")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_the_encoding_is_seen(encoding: str) -> None:
    text = "name,discord id\n陈默,11111111111111111\n"
    assert read(text.encode(encoding), Choices()).rows[0].name == "陈默"


def test_western_letters_are_not_taken_for_chinese_ones() -> None:
    assert read("name,email\nJosé Müller,j@example.org\n".encode("cp1252"), Choices()).rows[0].name == "José Müller"
    assert encodings("é".encode("cp1252"))[1] == "cp1252"


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    text = 'name,email,since\n\n"two\nlines",a@example.org,\nx,b@example.org,yesterday\n,,\nonly a name,,\n'
    assert [row.line for row in rows(text)] == [3]
    assert why(text) == [
        (5, "yesterday is no date I know: write it like 2026-12-31."),
        (7, "It does not say who it is: neither an id nor a name nor an e-mail address."),
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a,5,,,,", "5 is no user id of discord."),
        ("a,,what?,,,", "I don't know the status what?: replace it in the file by active, past due or cancelled."),
        ("a,,,3/4/2026,,", "3/4/2026 may be two dates: say --dates dmy (day first) or --dates mdy."),
        ("a,,,,ten,", "ten is no amount of money."),
        ("a,,,,,,b", "It has more cells than there are titles: is a comma not in quotes?"),
    ],
)
def test_what_is_wrong_with_a_row_says_what_to_do(row: str, words: str) -> None:
    assert why(f"username,discord id,status,until,amount,plan\n{row}\n") == [(2, words)]


@pytest.mark.parametrize(
    ("data", "choices", "words"),
    [
        (b"", {}, "The file is empty."),
        (b"\n \n", {}, "The file is empty."),
        (b"PK\x03\x04rest", {}, "This is a spreadsheet, not CSV: save it as CSV (UTF-8) and give me that."),
        (b"\x80", {"encoding": "nonsense"}, "The letters can't be read: name their encoding, like --encoding gb18030."),
        (
            b"Who,Plan\na,b\n",
            {},
            "No column says who a member is. There are: Who, Plan. Name it: --map discord='their title'.",
        ),
        (b"name,email\n", {"titles": {"until": "Paid"}}, "No column is called Paid. There are: name, email."),
    ],
)
def test_what_is_wrong_with_a_file_says_what_to_do(data: bytes, choices: dict[str, Any], words: str) -> None:
    with pytest.raises(RosterError) as caught:
        read(data, Choices(**choices))
    assert tongue("en")(caught.value.message, **caught.value.values) == words


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(RosterError) as caught:
        read(b"name,email\n", Choices(titles={"colour": "name"}))
    assert caught.value.values["field"] == "colour"


def test_a_column_may_be_named() -> None:
    (row,) = rows("Login,Wer,Bis\nx,111111111111111111,31.12.2026\n", titles={"discord": "wer", "until": "Bis"})
    assert (row.platform, row.user, row.until) == ("discord", "111111111111111111", at(2027, 1, 1))


def test_an_id_that_is_no_discord_one_is_of_the_platform_that_is_said() -> None:
    text = "user id\n700001\n111111111111111111\n"
    assert [(row.platform, row.user) for row in rows(text)] == [("", "700001"), ("discord", "111111111111111111")]
    assert rows("user id\n700001\n", platform="telegram")[0].platform == "telegram"


# ---------------------------------------------------------------------- cells


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-12-31", at(2027, 1, 1)),
        ("2026/12/1", at(2026, 12, 2)),
        ("2026-12-31 10:00", at(2026, 12, 31, 10)),
        ("2026-12-31T10:00:00Z", at(2026, 12, 31, 10)),
        ("2026-12-31 10:00:00 UTC", at(2026, 12, 31, 10)),
        ("2026-12-31T10:00:00+08:00", at(2026, 12, 31, 2)),
        ("31.12.2026", at(2027, 1, 1)),
        ("31.12.2026 23:30", at(2026, 12, 31, 23, 30)),
        ("12/31/2026", at(2027, 1, 1)),
        ("31/12/2026 8:05", at(2026, 12, 31, 8, 5)),
        ("12/31/2026 10:00 PM", at(2026, 12, 31, 22)),
        ("3/3/2026", at(2026, 3, 4)),
        ("Dec 31, 2026", at(2027, 1, 1)),
        ("31 December 2026", at(2027, 1, 1)),
        ("December 31st, 2026 10:00 PM", at(2026, 12, 31, 22)),
        ("1798675200", at(2026, 12, 31)),
        ("1798675200000", at(2026, 12, 31)),
        ("2026年12月31日", at(2027, 1, 1)),
    ],
)
def test_dates(cell: str, moment: datetime) -> None:
    assert date_of(cell, "", ends=True) == moment


@pytest.mark.parametrize(
    "cell", ["", "tomorrow", "2026", "31/31/2026", "2026-13-01", "Foo 1, 2026", "12:00", "99999999999"]
)
def test_what_is_no_date(cell: str) -> None:
    with pytest.raises(CellError) as caught:
        date_of(cell, "")
    assert not isinstance(caught.value, AmbiguousError)


def test_one_clear_date_tells_for_all_of_a_file() -> None:
    assert order(["3/4/2026", "13/4/2026"]) == "dmy"
    assert order(["3/4/2026", "3/14/2026"]) == "mdy"
    assert order(["3/4/2026", "2026-03-14"]) == ""
    assert order(["13/4/2026", "3/14/2026"]) == ""
    assert date_of("3/4/2026", "dmy") == at(2026, 4, 3)
    assert date_of("3/4/2026", "mdy") == at(2026, 3, 4)


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 12, 31)))  # noqa: DTZ001 - made aware below
def test_whatever_way_a_moment_is_written_it_is_the_same(moment: datetime) -> None:
    exact = moment.replace(second=0, microsecond=0, tzinfo=UTC)
    forms = ("%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%b %d, %Y %I:%M %p", "%d %B %Y %H:%M", "%Y年%m月%d日 %H:%M")
    assert {date_of(exact.strftime(form), "", ends=True) for form in forms} == {exact}
    assert date_of(exact.strftime("%m/%d/%Y %H:%M"), "mdy") == date_of(exact.strftime("%d/%m/%Y %H:%M"), "dmy") == exact


@pytest.mark.parametrize(
    ("cell", "currency", "amount"),
    [
        ("$1,234.50", "usd", 123450),
        ("1.234,50 €", "eur", 123450),
        ("68", "cny", 6800),
        ("1,000", "usd", 100000),
        ("1.000", "jpy", 1000),
        ("5.00", "jpy", 5),
        ("9.9", "usd", 990),
        ("1.234", "kwd", 1234),
        ("1,234,567", "usd", 123456700),
        ("0", "usd", 0),
    ],
)
def test_amounts(cell: str, currency: str, amount: int) -> None:
    assert minor(cell, currency) == amount


@pytest.mark.parametrize(
    ("cell", "currency"), [("", "usd"), ("-5", "usd"), ("5.001.1", "usd"), ("5.5", "jpy"), ("9" * 20, "usd")]
)
def test_what_is_no_amount(cell: str, currency: str) -> None:
    with pytest.raises(CellError):
        minor(cell, currency)


@given(st.integers(0, 10**9), st.sampled_from(("usd", "jpy", "kwd", "xtr")))
def test_an_amount_comes_back_as_it_was_written(amount: int, currency: str) -> None:
    price = Price(amount=amount, currency=currency)
    assert minor(str(price.major), currency) == amount


@pytest.mark.parametrize(
    ("cell", "amount", "currency"),
    [
        ("EUR", "5", "eur"),
        ("", "$5", "usd"),
        ("", "5 GBP", "gbp"),
        ("", "US$5", "usd"),
        ("", "5", ""),
        ("-", "￥5", "cny"),
    ],
)
def test_currencies(cell: str, amount: str, currency: str) -> None:
    assert currency_of(cell, amount) == currency


def test_standings() -> None:
    assert [standing_of(cell) for cell in ("Active", "past_due", "Canceled", "Refunded", "", "PAUSED", "eh?")] == [
        *("active", "late", "ending", "over", "active", "over"),
        None,
    ]
    assert for_ever("Never")
    assert not for_ever("")
