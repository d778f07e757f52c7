"""A chat archive in plain columns (CSV) as a log, so that churn can be learnt from it and measured on it.

`time` (ISO 8601; UTC where no zone is given) and `author` are needed; `bot`, `channel`, `topic`, `has_question` and
`mentions` (authors, by spaces) are used where they are there. Other columns are ignored. Whoever is marked as a bot
anywhere is left out, with all they wrote. The order of the lines does not matter.
"""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256

import numpy as np

from bot.engine.activity import MESSAGE, Log, Place, micros
from bot.words import N_, Words, said

NEEDED = ("time", "author")
_TRUE, _FALSE = ("1", "true", "yes"), ("", "0", "false", "no")


class ArchiveProblem(ValueError):  # noqa: N818 - a problem with a file, told to who gave it
    """The archive can't be read; the words say where and what is expected."""

    def __init__(self, message: str, **values: object) -> None:
        self.words = Words(message=message, values=values)
        super().__init__(said(self.words))


def read(lines: Iterable[str]) -> Log:
    """The archive as a log. Members are numbered in the order of their names. Raises ArchiveProblem."""
    table = csv.DictReader(lines)
    columns = table.fieldnames or ()
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise ArchiveProblem(
            N_("The columns {missing} are missing. There are: {columns}. Save it as CSV in UTF-8, with a header."),
            missing=", ".join(missing),
            columns=", ".join(columns) or "–",
        )
    try:
        rows = [_row(row, table.line_num) for row in table]
    except csv.Error as error:
        raise ArchiveProblem(N_("Line {line} is no CSV: {why}."), line=table.line_num, why=str(error)) from error
    return _log(rows)


_Row = tuple[int, str, tuple[str, str], bool, list[str], bool]


def _row(row: dict[str, str | None], line: int) -> _Row:
    author = (row["author"] or "").strip()
    if not author:
        raise ArchiveProblem(N_("Line {line} has no author."), line=line)
    try:
        at = datetime.fromisoformat(row["time"] or "")
    except ValueError as error:
        raise ArchiveProblem(
            N_("Line {line}: {time} is no time. Write it like 2026-03-31T18:00:00Z."),
            line=line,
            time=row["time"] or "–",
        ) from error
    where = (row.get("channel") or "", row.get("topic") or "")
    mentions = (row.get("mentions") or "").split()
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return micros(at), author, where, _flag(row, "has_question", line), mentions, _flag(row, "bot", line)


def _flag(row: dict[str, str | None], name: str, line: int) -> bool:
    text = (row.get(name) or "").strip().lower()
    if text not in (*_TRUE, *_FALSE):
        raise ArchiveProblem(N_("Line {line}: {name} is {value}; write 0 or 1."), line=line, name=name, value=text)
    return text in _TRUE


def _log(rows: list[_Row]) -> Log:
    bots = {author for _, author, _, _, _, bot in rows if bot}
    rows = sorted((row for row in rows if row[1] not in bots), key=lambda row: row[0])
    member = {name: number for number, name in enumerate(sorted({row[1] for row in rows}), 1)}
    places: dict[str, int] = {}
    threads: dict[tuple[str, str], int] = {}
    named = [(n, member[one]) for n, row in enumerate(rows) for one in row[4] if one in member and one != row[1]]
    return Log(
        at=np.array([row[0] for row in rows], np.int64),
        member=np.array([member[row[1]] for row in rows], np.int64),
        kind=np.full(len(rows), MESSAGE, np.int8),
        place=np.array([places.setdefault(row[2][0], len(places)) for row in rows], np.int32),
        thread=np.array([threads.setdefault(row[2], len(threads) + 1) if row[2][1] else 0 for row in rows], np.int64),
        answers=np.full(len(rows), -1, np.int64),
        question=np.array([row[3] for row in rows], np.bool_),
        places=tuple(Place(channel=name) for name in places),
        mentioning=np.array([n for n, _ in named], np.int64),
        mentioned=np.array([whom for _, whom in named], np.int64),
    )


def fingerprint(log: Log) -> str:
    """What tells this log from others, whatever its members are called: nothing is measured with its own prior."""
    return sha256(log.at.astype("<i8").tobytes()).hexdigest()[:32]
