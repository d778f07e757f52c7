"""A library from a spreadsheet: checked as a whole, stored as a whole, brought up to date by the same file changed."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot import imports_library
from bot.__main__ import app as program
from bot.app import App
from bot.engine.library import KINDS, Content
from bot.engine.publishing import BODY as BODY_SIZE
from bot.engine.rules import Plan
from bot.imports_library import LibraryError, Outcome, read
from bot.storage import ledger, library
from bot.storage.store import Store
from tests import snapshots
from tests.conftest import ROOT, START
from tests.storage.people import ANN

FILE = """Title,Name,Kind,Text,Tags,Course,Position,Needs,Plan,Published,Level
Lifetimes,,lesson,How long a reference is good.,"#Rust, hard",Rust from zero,2,ownership,,,advanced
Rust from zero,rust,course,,rust,,,,pro,2026-01-02,
Ownership,,lesson,每个值都有一个主人。,rust,rust,1,,,,
The book,,link,https://doc.rust-lang.org/book/,,,,,,,
"""


@pytest.fixture
def app(app: App) -> App:
    """One whose community is there."""
    app.store.transact(ledger.seats, [ANN])
    return app


async def bring(app: App, text: str, *, dry_run: bool = False) -> Outcome:
    await app.amend(1, Plan(name="pro", prices={"usd": 900}))
    return await imports_library.bring(app, read(text.encode()), dry_run=dry_run)


def held(app: App) -> dict[str, Content]:
    return {one.name: one for one in app.store.look(library.of_community, 1, archived=True)}


async def test_what_stands_before_what_it_hangs_on_finds_its_place(app: App) -> None:
    outcome = await bring(app, FILE)
    assert (len(outcome.new), outcome.changed, outcome.same, outcome.troubles) == (4, [], 0, [])
    found = held(app)
    course, first, last = found["rust"], found["ownership"], found["lifetimes"]
    assert (course.kind, course.plan, course.published_at.isoformat()) == ("course", "pro", "2026-01-02T00:00:00+00:00")
    assert (first.course, first.position, first.body) == (course.id, 1, "每个值都有一个主人。")
    assert (last.course, last.position, last.needs, last.level) == (course.id, 2, (first.id,), "advanced")
    assert (last.tags, last.published_at, last.author) == (("rust", "hard"), START, 0)
    assert (found["the-book"].url, found["the-book"].body) == ("https://doc.rust-lang.org/book/", "")


async def test_the_same_again_changes_nothing_and_a_changed_cell_that_alone(app: App) -> None:
    await bring(app, FILE)
    before = held(app)
    again = await bring(app, FILE)
    assert (again.new, again.changed, again.same) == ([], [], 4)
    assert held(app) == before
    small = "title,summary,needs\nLifetimes,For the brave,\n"
    outcome = await bring(app, small)
    assert [one.name for one in outcome.changed] == ["lifetimes"]
    (changed,) = [one for one in held(app).values() if one != before[one.name]]
    assert (changed.summary, changed.needs, changed.body) == ("For the brave", (), "How long a reference is good.")
    assert (changed.id, changed.course, changed.position) == (before["lifetimes"].id, before["rust"].id, 2)


async def test_a_dry_run_says_what_would_be_and_stores_nothing(app: App) -> None:
    before = app.store.look(library.of_community, 1)
    outcome = await bring(app, FILE, dry_run=True)
    assert [one.name for one in outcome.new] == ["lifetimes", "rust", "ownership", "the-book"]
    assert app.store.look(library.of_community, 1) == before == []


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",,lesson,words,,,,,,,", "The title is missing."),
        ("Empty,,article,,,,,,,,", "There is nothing in Empty yet: give it a text or a link."),
        ("Ownership,,lesson,again,,,,,,,", "Line 4 is called ownership, too: give one another name."),
        ("New,,song,words,,,,,,,", f"There is no kind song: {', '.join(KINDS)}."),
        ("New,,lesson,words,,Go from zero,,,,,", "There is no Go from zero, neither in the file nor in the library."),
        ("New,,lesson,words,,ownership,,,,,", "Ownership is no course of this library."),
        ("New,,lesson,words,,rust,first,,,,", "first is no number."),
        ("New,,lesson,words,,,,New,,,", "New can't come before itself."),
        ("New,,lesson,words,,,,,gold,,", "There is no plan gold. /plan list shows what there is."),
        ("New,,lesson,words,,,,,,2026-13-01,", "2026-13-01 is no time: write it like 2027-06-30 19:00."),
        ("New,,lesson,words,,,,,,,expert", "There is no level expert: beginner, intermediate, advanced, or none."),
    ],
)  # fmt: skip
async def test_one_line_that_is_wrong_stores_nothing_at_all(app: App, row: str, why: str) -> None:
    await app.amend(1, Plan(name="pro", prices={"usd": 900}))
    before = app.store.look(snapshots.everything)
    outcome = await imports_library.bring(app, read(f"{FILE}{row}\n".encode()))
    told = [(one.line, one.why, one.values) for one in outcome.troubles]
    assert [(line, text.format(**values)) for line, text, values in told][-1] == (6, why)
    assert app.store.look(snapshots.everything) == before


async def test_a_circle_within_the_file_is_refused(app: App) -> None:
    outcome = await bring(app, "title,text,needs\nA,a,C\nB,b,A\nC,c,B\n")
    (trouble,) = outcome.troubles
    assert trouble.why.startswith("Nobody could ever begin: ")
    assert set(str(trouble.values["about"]).split(" → ")) == {"A", "B", "C"}
    assert held(app) == {}


def test_chinese_titles_and_another_encoding_are_read() -> None:
    reading = read("标题;正文;价格\n所有权;每个值都有一个主人。;9\n".encode("gb18030"))
    assert reading.lines[0] == (2, {"title": "所有权", "text": "每个值都有一个主人。"})
    assert reading.unknown == ["价格"]


@pytest.mark.parametrize(
    ("data", "why"), [(b"", "empty"), (b"a,b\n1,2\n", "no column"), (b"PK\x03\x04", "spreadsheet")]
)
def test_what_is_no_library_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(LibraryError, match=why):
        read(data)


BODY = f"A cell has at most {BODY_SIZE} characters."
LETTERS = "The letters can't be read: save the file as CSV (UTF-8)."
MORE = "There are more cells than the first line has: put quotation marks around one with a comma in it."
TIME = "{} is no time: write it like 2027-06-30 19:00."


@pytest.mark.parametrize(
    ("row", "where", "why"),
    [
        (b"B,b," + b"9" * 5_000, (3, "Order"), "A position is a number from 0 to 10000."),
        ("B,b,９".encode(), (3, "Order"), "９ is no number."),
        (b"B,a \0 b,1", (3, "正文"), LETTERS),
        (b"B,half \xed\xa0\x80 a letter,1", (3, "正文"), LETTERS),
        ("B,所有权，".encode() + b"\xff,1", (3, "正文"), LETTERS),
        (b"B," + b"x" * 10_000_000 + b",1", (3, "正文"), BODY),
        (b"B,one, two,1,2026-01-01", (3, "5"), MORE),
        (b"B,b,1,0001-01-01T00:00+14:00", (3, "Date"), TIME.format("0001-01-01T00:00+14:00")),
        (b"B,b,1,\x1b[31m" + b"1" * 400, (3, "Date"), TIME.format("[31m" + "1" * 295 + "…")),
    ],
)  # fmt: skip
async def test_a_hostile_cell_is_told_by_line_and_column_and_nothing_is_stored(
    app: App, row: bytes, where: tuple[int, str], why: str
) -> None:
    before = app.store.look(snapshots.everything)
    reading = read("Title,正文,Order,Date\nA,a,1,\n".encode() + row + b"\nC,c,2,\n")
    (found,) = (await imports_library.bring(app, reading)).troubles
    assert ((found.line, found.column), found.why.format(**found.values)) == (where, why)
    assert app.store.look(snapshots.everything) == before


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"title,text,Body\nA,a,b\n", "The columns text (2) and Body (3) both are the text: take one out."),
        (b'title,text\nA,a\nB,"b\nC,c\n', "Line 3 is no CSV (unexpected end of data)."),
        (b'title,text\nA,a\nB,"b" c\n', "Line 3 is no CSV (',' expected after '\"')."),
        ("title,text\nA,a\n".encode("utf-16-le"), LETTERS),
        ("title,text\n" + "A,a\n" * 20_001, "The file has more than 20000 lines: split it."),
        (b"title,text\n" + b"x" * (64 << 20), "The file is larger than 64 MB: split it."),
    ],
    ids=["columns", "open", "quote", "utf-16", "lines", "bytes"],
)
def test_a_file_that_is_none_is_refused_with_what_to_do(data: bytes | str, why: str) -> None:
    limit = csv.field_size_limit()
    with pytest.raises(LibraryError) as refused:
        read(data.encode() if isinstance(data, str) else data)
    assert refused.value.message.format(**refused.value.values).startswith(why)
    assert csv.field_size_limit() == limit


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030", "utf-8"])
def test_what_other_programs_write_is_read(encoding: str) -> None:
    reading = read(
        '"标题","text"\r\n"所有权","每个值都有一个主人，\n“一个”。"\r\n"借用","很多人可以看。"\r\n'.encode(encoding)
    )
    assert [line.cells for line in reading.lines] == [
        {"title": "所有权", "text": "每个值都有一个主人，\n“一个”。"},
        {"title": "借用", "text": "很多人可以看。"},
    ]
    assert reading.troubles == []


@pytest.mark.parametrize(
    ("title", "encoding"), [("Über Besitz – naïf", "cp1252"), ("🎉 喜欢", "gb18030"), ("喜欢", "gb18030")]
)
def test_what_is_no_unicode_is_guessed_and_said_to_be(title: str, encoding: str) -> None:
    reading = read(f"title,text\n{title},a\n".encode(encoding))
    assert (reading.lines[0].cells["title"], reading.encoding) == (title, encoding)


# ---------------------------------------------------------------------- the command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with a community in it."""
    monkeypatch.setenv("LYCEUM_DATABASE_URL", f"sqlite:///{tmp_path}/lyceum.db")
    monkeypatch.setenv("LYCEUM_RULES", str(ROOT / "config" / "rules.toml"))
    monkeypatch.setenv("LYCEUM_LANG", "en")
    opened = Store(f"sqlite:///{tmp_path}/lyceum.db")
    opened.open(upgrade=True)
    opened.transact(ledger.seats, [ANN])
    opened.close()
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(program, ["import", "library", *arguments], env={"COLUMNS": "200"})


def test_the_command_tells_brings_and_refuses(folder: Path) -> None:
    file = folder / "library.csv"
    file.write_text("title,text,price\nOwnership,One owner.,9\n", encoding="utf-8")
    dry = run(str(file), "--dry-run")
    assert dry.stdout.splitlines() == [
        "I know nothing to do with these columns: price.",
        "Server: 1 new item, 0 changed, 0 as they were.",
        "Nothing was stored: this was a dry run.",
    ]
    assert json.loads(run(str(file), "--json").stdout) == {
        "stored": True, "community": "Server", "new": ["ownership"], "changed": [], "same": 0,
        "unknown_columns": ["price"], "encoding": "utf-8", "errors": [],
    }  # fmt: skip
    file.write_text("title,text\nOwnership,für Anfänger\n", encoding="cp1252")
    assert run(str(file), "--dry-run").stdout.splitlines()[0] == (
        "The file is not in UTF-8: I read it as cp1252. Where letters look wrong, save it as CSV (UTF-8)."
    )
    file.write_text("title,text\nOwnership,One owner.\nBorrowing,\n", encoding="utf-8")
    bad = run(str(file))
    assert (bad.exit_code, bad.stderr.splitlines()) == (
        1,
        [
            "Line 3, column text: There is nothing in Borrowing yet: give it a text or a link.",
            "Nothing was stored. Mend these lines and import the file again.",
        ],
    )
    assert run(str(folder / "none.csv")).exit_code == 1
