"""A trial: the ranking of discussions on a chat archive, beside each of its parts alone, by later time.

Whoever wrote for the first time in a discussion that others had begun, and had written elsewhere before, chose it among
the discussions of the last 14 days that they were not in. The latest `TEST` of these choices are the test; weights are
learnt from those before. NDCG@10, means over choices with standard errors.
"""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import starmap

import numpy as np

from bot.engine.discussions.scene import PARTS
from bot.engine.discussions.weights import USUAL, Said, choices, gains, learn
from bot.engine.recommend.content import learn as vocabulary
from bot.engine.recommend.content import vectors
from bot.engine.recommend.measure import error
from bot.words import Word

TEST = 0.3
FEWEST = 20
NEEDED = ("time", "author")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TRUE = ("1", "true", "yes")


class TrialError(ValueError):
    """There is nothing to try on; the message says what is missing, and where."""


class Line(Word, frozen=True):
    """How well one ranking did."""

    method: str
    ndcg: float
    ndcg_error: float


class Report(Word, frozen=True):
    """One archive: how large it is, how many choices were learnt from and tested, what was `open` to the usual one.

    `titled` says whether discussions have names to be ranked by; `weights` were learnt, in the order of `PARTS`.
    """

    name: str
    messages: int
    members: int
    discussions: int
    titled: bool
    learnt_from: int
    tested: int
    open: float
    weights: tuple[float, ...]
    lines: tuple[Line, ...]


def read(lines: Iterable[str]) -> tuple[Said, bool]:
    """An archive in columns: `time` (ISO 8601), `author`, and as far as they are there `channel`, `topic` and `bot`.

    Topics are titles where they are more than numbers. Whoever is marked as a bot anywhere is left out. Returns what
    was said and whether there are titles. Raises TrialError.
    """
    table = csv.DictReader(lines)
    missing = [name for name in NEEDED if name not in (table.fieldnames or ())]
    if missing:
        raise TrialError(f"the columns {', '.join(missing)} are missing; there are {', '.join(table.fieldnames or ())}")
    rows = [_row(row, table.line_num) for row in table]
    bots = {author for _, author, _, bot in rows if bot}
    rows = sorted((row for row in rows if row[1] not in bots), key=lambda row: row[0])
    members: dict[str, int] = {}
    spots: dict[tuple[str, str], int] = {}
    channels: dict[str, int] = {}
    member = [members.setdefault(row[1], len(members)) for row in rows]
    spot = [spots.setdefault(row[2], len(spots)) for row in rows]
    channel = [channels.setdefault(one[0], len(channels)) for one in spots]
    titled = any(not part.isdecimal() for one in spots for part in one if part)
    texts = list(starmap("{} {}".format, spots)) if titled else []
    return Said(
        np.array([row[0] for row in rows], np.int64),
        np.array(member, np.int64),
        np.array(spot, np.int64),
        np.array(channel, np.int64),
        vectors(vocabulary(texts), texts) if titled else None,
    ), titled


def _row(row: dict[str, str | None], line: int) -> tuple[int, str, tuple[str, str], bool]:
    author = (row["author"] or "").strip()
    try:
        at = datetime.fromisoformat(row["time"] or "")
    except ValueError as wrong:
        raise TrialError(f"line {line}: {row['time']!r} is no time; write it like 2026-03-31T18:00:00Z") from wrong
    if not author:
        raise TrialError(f"line {line} has no author")
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    where = (row.get("channel") or "", row.get("topic") or "")
    micro = int((at - EPOCH).total_seconds() * 1e6)
    return micro, author, where, (row.get("bot") or "").strip().lower() in _TRUE


def measure(name: str, said: Said, titled: bool, most: int) -> Report:
    """Rank the discussions of an archive in every way. Of more than `most` choices so many, evenly spread, are used.

    Raises TrialError where there are too few choices.
    """
    found = choices(said, most=most)
    if len(found) < FEWEST:
        raise TrialError(f"{name}: there are {len(found)} times that somebody joined a discussion; {FEWEST} are needed")
    cut = int(len(found) * (1 - TEST))
    before, after = found[:cut], found[cut:]
    learnt = learn(before)
    ways: dict[str, tuple[float, ...]] = {
        part: tuple(float(other == part) for other in PARTS) for part in PARTS if part != "content" or titled
    }
    ways |= {
        "place × heat": (1.0, 1.0, 0.0, 0.0),
        "sum of all": (1.0, 1.0, 1.0, 1.0),
        "usual weights": USUAL,
        "learnt weights": learnt.weights,
    }
    return Report(
        name=name, messages=len(said.at), members=int(said.member.max()) + 1, discussions=len(said.channel),
        titled=titled, learnt_from=learnt.choices, tested=len(after),
        open=float(np.mean([len(one.values) for one in after])), weights=learnt.weights,
        lines=tuple(_line(way, gains(after, weights)) for way, weights in ways.items()),
    )  # fmt: skip


def _line(method: str, gained: np.ndarray[tuple[int], np.dtype[np.floating]]) -> Line:
    return Line(method=method, ndcg=float(gained.mean()), ndcg_error=error(gained))
