"""Honest talk: real conversations of a corpus that a package ships (chatterbot_corpus), given to members.

The corpus is read from the installed package. A conversation is of two members who take turns; who, is drawn. It has
many a question once for each answer, and ten answers to a hundred questions: each line is said once,
whatever its punctuation.
"""

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import chatterbot_corpus  # type: ignore[import-untyped]
import yaml  # type: ignore[import-untyped]

DATA = Path(chatterbot_corpus.__file__).parent / "data"
LINES = 120
"""Lines a member says, about."""


@cache
def conversations(language: str) -> tuple[tuple[str, ...], ...]:
    """All conversations of a language, in the package's order."""
    found = []
    for file in sorted((DATA / language).glob("*.yml")):
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        found += [tuple([str(line) for line in one]) for one in content["conversations"] if isinstance(one, list)]
    return tuple(found)


def talkers(language: str, seed: int = 1) -> list[list[str]]:
    """What each of some members says, so many that each says about `LINES` lines."""
    dice = random.Random(seed)
    talks = list(conversations(language))
    dice.shuffle(talks)
    said: list[list[str]] = [[] for _ in range(max(2, sum(map(len, talks)) // LINES))]
    known: set[str] = set()
    for talk in talks:
        pair = dice.sample(said, 2)
        for turn, line in enumerate(talk):
            letters = "".join(filter(str.isalnum, line.casefold()))
            if letters not in known:
                pair[turn % 2].append(line)
                known.add(letters)
    return said


def talk(dice: random.Random) -> Iterator[str]:
    """English sentences without end, none twice in a row of thousands."""
    lines = list(dict.fromkeys([line for one in conversations("english") for line in one if len(line) > 12]))
    while True:
        yield from dice.sample(lines, len(lines))


def pauses(dice: random.Random, count: int, span: float) -> list[float]:
    """Seconds, in order, of `count` messages within `span`: bursts and long silences, as people write.

    The gaps are log-normal with σ = 1.5, as those of real archives are about.
    """
    gaps = [dice.lognormvariate(0, 1.5) for _ in range(count)]
    scale, at, moments = span / sum(gaps), 0.0, []
    for gap in gaps:
        at += gap * scale
        moments.append(at)
    return moments
