"""Archives: a format's sample gives exactly the events recorded beside it; damage and wrong files are told plainly."""

import csv
import gzip
import io
import json
import tarfile
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.adapters.archive import FORMATS, ArchiveError, DamagedError, ForeignError, Options, Record, Volume, find
from bot.adapters.archive.source import mend
from bot.adapters.discord import events as live_discord
from bot.adapters.telegram import events as live_telegram
from bot.events import MessagePosted
from bot.i18n import tongue
from bot.words import to_json

DEFAULT = Options()
ARCHIVES = Path(__file__).parent.parent / "payloads" / "archives"


@dataclass(frozen=True)
class Case:
    """A sample, its options, and the format it must be taken for."""

    path: str
    form: str
    options: Options = DEFAULT


CASES = {
    "discord": Case("discord", "discord"),
    "telegram_supergroup": Case("telegram/supergroup.json", "telegram", Options(bots=frozenset({"GroupHelp"}))),
    "telegram_old_group": Case("telegram/old_group.json", "telegram", Options(zone=ZoneInfo("Europe/Berlin"))),
    "telegram_account": Case("telegram/account.json", "telegram", Options(community="Study")),
    "zulip_export": Case("zulip/export", "zulip"),
    "zulip_api": Case("zulip/api.json", "zulip", Options(community="circle")),
    "csv_features": Case("csv/features.csv", "csv"),
    "csv_plain": Case("csv/plain.csv", "csv", Options(zone=ZoneInfo("Asia/Shanghai"))),
}


def records(path: Path, options: Options = DEFAULT, form: str | None = None) -> list[Record]:
    return [record for volume in find(path, form) for record in volume.read(options)]


def told(case: Case) -> list[dict[str, Any]]:
    """The records of a case as JSON, for comparison with what was recorded."""
    return [
        {
            "skipped": record.skipped,
            "where": record.where,
            "why": record.why,
            "events": [json.loads(to_json(event)) for event in record.events],
        }
        for record in records(ARCHIVES / case.path, case.options)
    ]


@pytest.mark.parametrize("name", CASES)
def test_a_sample_gives_the_events_recorded(name: str) -> None:
    expected = json.loads((ARCHIVES / "expected" / f"{name}.json").read_text(encoding="utf-8"))
    assert told(CASES[name]) == expected


def test_every_sample_has_a_case_and_every_format_a_sample() -> None:
    samples = {path for path in ARCHIVES.rglob("*") if path.is_file() and path.parent.name != "expected"}
    covered = {path for case in CASES.values() for path in (ARCHIVES / case.path, *(ARCHIVES / case.path).rglob("*"))}
    assert samples <= covered
    assert len(samples) == 11
    assert {case.form for case in CASES.values()} == {one.name for one in FORMATS}
    assert {path.stem for path in (ARCHIVES / "expected").iterdir()} == set(CASES)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if (ARCHIVES / case.path).is_file()])
def test_the_content_tells_the_format_whatever_the_name_and_compressed_or_not(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    data = (ARCHIVES / case.path).read_bytes()
    for other in (tmp_path / "archive.bin", tmp_path / "archive.txt"):
        other.write_bytes(gzip.compress(data) if other.suffix == ".txt" else data)
        (volume,) = find(other)
        assert volume.format.name == case.form
        read = [to_json(event) for record in volume.read(case.options) for event in record.events]
        events = [to_json(event) for record in records(ARCHIVES / case.path, case.options) for event in record.events]
        if case.form != "csv":
            assert read == events
        assert len(read) == len(events)


def test_what_is_imported_has_the_keys_and_places_that_the_live_adapters_give() -> None:
    discord = [e for r in records(ARCHIVES / "discord") for e in r.events if isinstance(e, MessagePosted)]
    numbers = [m["id"] for m in json.loads((ARCHIVES / "discord/general.json").read_text())["messages"]]
    assert discord[0].key == live_discord.key(int(numbers[1]))
    assert discord[1].reply_to == discord[0].key
    telegram = records(ARCHIVES / "telegram/supergroup.json")[3].events[0]
    assert telegram.key == live_telegram.message_key(-1001234567890, 4)
    assert records(ARCHIVES / "telegram/old_group.json")[1].events[0].key == live_telegram.message_key(-4567, 2)
    small = records(ARCHIVES / "telegram/account.json", Options(community="98765"))[0].events[0]
    assert small.key == live_telegram.message_key(-1000000098765, 1)


def test_a_zulip_export_is_the_same_from_its_folder_and_from_its_tape(tmp_path: Path) -> None:
    tape = tmp_path / "zulip-export.tar.gz"
    with tarfile.open(tape, "w:gz") as out:
        out.add(ARCHIVES / "zulip/export/messages-000001.json", "zulip-export-x/messages-000001.json")
        out.add(ARCHIVES / "zulip/export/realm.json", "zulip-export-x/realm.json")
        out.add(ARCHIVES / "zulip/export/messages-000002.json", "zulip-export-x/messages-000002.json")
    assert records(tape) == records(ARCHIVES / "zulip/export")
    whole = tape.read_bytes()
    tape.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DamagedError):
        records(tape)


def test_zulip_messages_without_who_is_who_are_refused(tmp_path: Path) -> None:
    (tmp_path / "messages-000001.json").write_bytes((ARCHIVES / "zulip/export/messages-000001.json").read_bytes())
    with pytest.raises(ForeignError, match=r"realm\.json"):
        records(tmp_path / "messages-000001.json")


def test_an_account_with_several_groups_asks_which(tmp_path: Path) -> None:
    with pytest.raises(ForeignError) as refusal:
        records(ARCHIVES / "telegram/account.json")
    assert refusal.value.say(tongue("en")).endswith("Study (98765), Family (222)")
    assert len(records(ARCHIVES / "telegram/account.json", Options(community="Family"))) == 1
    assert len(records(ARCHIVES / "telegram/account.json", Options(community="News"))) == 1


@pytest.mark.parametrize("kind", ["personal_chat", "bot_chat", "saved_messages"])
def test_private_chats_are_refused(kind: str, tmp_path: Path) -> None:
    private = tmp_path / "result.json"
    private.write_text(
        json.dumps({"name": "Piet", "type": kind, "id": 502, "messages": [{"id": 1, "type": "message"}]})
    )
    with pytest.raises(ForeignError, match="private"):
        records(private)


def test_private_messages_on_discord_are_refused(tmp_path: Path) -> None:
    direct = json.loads((ARCHIVES / "discord/general.json").read_text())
    direct["guild"] = {"id": "0", "name": "Direct Messages", "iconUrl": ""}
    (tmp_path / "dm.json").write_text(json.dumps(direct))
    with pytest.raises(ForeignError, match="private"):
        records(tmp_path / "dm.json")


FOREIGN = {
    "empty": b"",
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
    "json": b'{"messages": "none", "id": 7}',
    "json array": b'[{"author": "ann", "content": "hi"}]',
    "page": b"<!DOCTYPE html><html><body>Chat export</body></html>",
    "table": b"course,learner,part\n1,2,train\n",
    "nothing but a name": b"time\n",
    "binary table": b"time,author,length\0\n",
    "half a gzip header": b"\x1f\x8b\x08",
    "deep": b"[" * 5_000,
}


@pytest.mark.parametrize("data", FOREIGN.values(), ids=FOREIGN)
def test_a_wrong_file_is_told_which_formats_there_are(data: bytes, tmp_path: Path) -> None:
    wrong = tmp_path / "messages.json"
    wrong.write_bytes(data)
    for path in (wrong, tmp_path):
        with pytest.raises(ForeignError) as refusal:
            find(path)
        words = refusal.value.say(tongue("en"))
        assert all(f"- {one.name}: " in words for one in FORMATS)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if (ARCHIVES / case.path).is_file()])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_file_cut_off_gives_what_stands_before_and_says_where(name: str, zipped: bool, tmp_path: Path) -> None:
    case, cut = CASES[name], tmp_path / Path(CASES[name].path).name
    data = (ARCHIVES / case.path).read_bytes()
    whole = records(ARCHIVES / case.path, case.options)
    keep = int(len(data) * 0.7)
    cut.write_bytes(gzip.compress(data[:keep])[:-8] if zipped else data[:keep])
    read: list[Record] = []
    damage: ArchiveError | None = None
    try:
        for record in find(cut)[0].read(case.options):
            read.append(record)  # noqa: PERF402 - what was read before the damage is the point
    except ArchiveError as error:
        damage = error
    if case.path.endswith("account.json"):
        assert isinstance(damage, DamagedError)  # it must be known to its end which chats there are
        return
    complete = [record for record in read if not record.skipped]
    assert 0 < len(complete) < len([record for record in whole if not record.skipped])
    whole = [record for record in whole if not record.skipped][: len(complete)]
    if damage is None:  # the last line of a table may be cut in its text: the key is that of the whole line
        assert complete[-1].events[0].key == whole[-1].events[0].key
        complete, whole = complete[:-1], whole[:-1]
    assert complete == whole
    if zipped or case.form != "csv":
        assert isinstance(damage, DamagedError)
        assert str(cut.name) in damage.say(tongue("en"))
        assert "{" not in damage.say(tongue("zh_CN"))


def test_json_that_is_broken_in_the_middle_gives_what_stands_before(tmp_path: Path) -> None:
    broken = tmp_path / "general.json"
    data = (ARCHIVES / "discord/general.json").read_bytes()
    at = data.index(b"like this")
    broken.write_bytes(data[:at] + b'\xff\xfe"' + data[at:])
    volume = find(broken)[0]
    reading = volume.read(Options())
    assert [next(reading).skipped, next(reading).skipped] == ["service", ""]
    with pytest.raises(DamagedError, match="nothing is counted twice"):
        list(reading)


def spelt_by_telegram(text: str) -> bytes:
    r"""A JSON string the way Telegram Desktop writes it: control characters as \xHH."""
    out = ""
    for char in text:
        plain = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}.get(char, char)
        out += f"\\x{ord(char):02X}" if plain == char and char < " " else plain
    return f'"{out}"'.encode()


@given(st.text(st.sampled_from(list('\\x0B4u"\n\x00\x1f a王')), max_size=30))
@example("\\x41\x0b\\\\x0B\\")
def test_what_telegram_writes_is_mended_to_what_was_meant(text: str) -> None:
    assert json.loads(mend(spelt_by_telegram(text))) == text


@given(
    texts=st.lists(st.text(st.sampled_from(list("\\x0B\x0b a")), max_size=12), min_size=1, max_size=6),
    pad=st.integers(0, 5),
)
def test_mending_does_not_depend_on_where_the_chunks_end(
    texts: list[str], pad: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("telegram") / "result.json"
    filler = "x" * (64 * 1024 - 120 + pad)
    messages = [
        b'{"id": %d, "type": "message", "date_unixtime": "1714557600", "from": "A", "from_id": "user1", "text": %s}'
        % (number, spelt_by_telegram(text))
        for number, text in enumerate([filler, *texts], 1)
    ]
    path.write_bytes(
        b'{"name": "G", "type": "private_supergroup", "id": 5, "messages": [' + b",".join(messages) + b"]}"
    )
    found = {r.events[0].key: r.events[0] for r in records(path) if r.events}
    lengths = [e.text.length for e in found.values() if isinstance(e, MessagePosted)]
    assert lengths == [len(text) for text in [filler, *texts] if text]


# ---------------------------------------------------------------- tables

CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
PEOPLE = st.sampled_from(["ann", "bob", "=cmd|' /C calc'!A0", "</b><script>", "王小明", "a;b,c\t|", "\u202eevil\u202c"])
ROWS = st.lists(st.tuples(st.integers(0, 3), PEOPLE, st.sampled_from(["c1", "c 2", ""]), CELLS), max_size=12)
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


def table(rows: list[tuple[int, str, str, str]], delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["Time", "Author", "Channel", "Text"])
    for minute, author, channel, text in rows:
        writer.writerow([(EPOCH + timedelta(minutes=minute)).isoformat(), author, channel, text])
    return out.getvalue().encode("utf-8", "surrogatepass")


@given(rows=ROWS, delimiter=st.sampled_from(",;\t|"))
def test_any_rows_come_back_from_a_table(
    rows: list[tuple[int, str, str, str]], delimiter: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    path.write_bytes(table(rows, delimiter))
    read = [r.events[0] for r in records(path)]
    assert len(read) == len(rows)
    assert len({event.key for event in read}) == len(rows)
    for event, (minute, author, channel, text) in zip(read, rows, strict=True):
        assert isinstance(event, MessagePosted)
        assert event.at == EPOCH + timedelta(minutes=minute)
        assert event.who.name == author
        assert event.channel == channel.strip()
        assert event.text.length == len(text)
        assert text[:200] not in to_json(event).decode() or len(text) < 5


@given(rows=ROWS, more=ROWS)
def test_a_table_that_has_grown_keeps_the_keys_it_had(
    rows: list[tuple[int, str, str, str]],
    more: list[tuple[int, str, str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    path.write_bytes(table(rows))
    before = [r.events[0].key for r in records(path)]
    path.write_bytes(table(rows + more))
    after = [r.events[0].key for r in records(path)]
    assert after[: len(before)] == before
    assert len(set(after)) == len(rows) + len(more)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_is_read_in_the_encodings_that_spreadsheets_write(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "export.txt"
    path.write_bytes("Date\tUser\tMessage\n2024-05-05 12:00\tZoë\t好吗？\n".encode(encoding))
    (record,) = records(path)
    event = record.events[0]
    assert isinstance(event, MessagePosted)
    assert (event.who.user, event.text.length, event.text.question) == ("Zoë", 3, True)


def test_bad_lines_are_told_by_number_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "time,author,length\n2024-01-01T00:00:00Z,a,1\nnever,a,1\n9524608000000,a,1\n1700000000,a,1,extra\n\n1700000000,b,-3\n1700000001,b,3\n"
    )
    found = records(path)
    assert [(r.where, r.why) for r in found if r.skipped] == [
        (3, "it has no time that can be read"),
        (4, "its time is not plausible"),
        (5, "it has not as many cells as the first line"),
        (7, "its length is not a number"),
    ]
    assert len([r for r in found if r.events]) == 2


def test_a_quotation_mark_never_closed_costs_a_part_of_the_table_and_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    good = "1700000000,ann,c,hello there\n"
    path.write_text("time,author,channel,text\n" + good + '1700000000,bob,c,"open\n' + good * 10_000)
    found = records(path)
    assert [r.skipped for r in found[:2]] == ["", "bad"]
    assert "quotation mark" in found[1].why
    assert len([r for r in found if r.events]) > 5_000


# ---------------------------------------------------------------- size


def many(count: int) -> Iterator[bytes]:
    yield b'{"name": "Big", "type": "public_supergroup", "id": 1234567890, "messages": ['
    for number in range(1, count + 1):
        yield (b"," if number > 1 else b"") + (
            b'{"id": %d, "type": "message", "date": "2024-05-01T12:00:00", "date_unixtime": "%d", "from": "Member %d",'
            b' "from_id": "user%d", "text": "%s", "text_entities": []}'
            % (number, 1714557600 + number, number % 100, number % 100, b"word " * 400)
        )
    yield b"]}"


@pytest.mark.parametrize("kind", ["telegram", "csv"])
def test_memory_does_not_grow_with_the_file(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "big"
    count = 4_000
    with path.open("wb") as out:
        if kind == "telegram":
            out.writelines(many(count))
        else:
            out.write(b"time,author,text\n")
            out.writelines(b"%d,member%d,%s\n" % (1714557600 + n, n % 100, b"word " * 400) for n in range(count))
    assert path.stat().st_size > 8_000_000
    (volume,) = find(path)
    tracemalloc.start()
    seen = sum(1 for _ in volume.read(Options()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seen == count
    assert peak < (6_000_000 if kind == "csv" else 3_000_000)


def test_reading_twice_gives_the_same_and_tells_how_far(tmp_path: Path) -> None:
    volume: Volume = find(ARCHIVES / "discord/general.json")[0]
    assert list(volume.read(Options())) == list(volume.read(Options()))
    assert volume.source.position >= volume.source.size
    marks = {volume.mark(Options()), volume.mark(Options(community="x")), volume.mark(Options(bots=frozenset({"b"})))}
    assert len(marks) == 3
