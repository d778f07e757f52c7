"""The recommender on a large past: what training takes, and how soon one member has their list."""

import multiprocessing
import os
import resource
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from benchmarks.measure import Figure, Stopwatch
from bot.engine.recommend.model import train
from bot.engine.recommend.past import Ints, past
from bot.engine.recommend.ranking import Viewer, recommend

EACH = 10
"""Items that a member took."""
TOPICS = 100
WORDS = 40
"""Words of a text: a tenth of them its topic's own."""
ASKED = 500
"""Members whose lists are timed."""
GIB = 2**30
ROOM = 8.0
"""What it may take at most, in GiB."""
SOON = 1.0
"""Milliseconds within which one member has their list."""


def large(members: int, items: int) -> list[Figure]:
    """Train on so many members and items, in a process of its own, whose memory is measured; then ask for lists."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
        return apart.submit(_measured, members, items).result()


def _measured(members: int, items: int) -> list[Figure]:
    who, what, when, texts = _past(members, items)
    with Stopwatch(1) as watch:
        model = train(past(who, what, when, members, items), np.arange(items), texts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / GIB
    taken = [tuple(sorted({*what[who == one].tolist()})) for one in range(0, members, members // ASKED)]
    times: list[float] = []
    for number, known in enumerate(taken):
        viewer = Viewer(known=known, never=frozenset(known), interests=(f"topic{number % TOPICS}",) * (number % 2))
        begun = time.thread_time()
        assert recommend(model, viewer, 5), "there is always something to recommend"
        times.append(1e3 * (time.thread_time() - begun))
    size = f"{members:,} members, {items:,} items"
    return [
        Figure(name=f"{size}: training, processor", value=watch.cost.cpu, unit="s"),
        Figure(name=f"{size}: training, {os.cpu_count()} cores", value=watch.cost.wall, unit="s"),
        Figure(name=f"{size}: memory at the most", value=peak, unit="GiB", target=ROOM, at_most=True),
        Figure(
            name=f"{size}: a list of 5 ({model.recipe.family})",
            value=statistics.median(times),
            unit="ms",
            target=SOON,
            at_most=True,
        ),
        Figure(name=f"{size}: 95 of 100 lists are made within", value=statistics.quantiles(times, n=20)[-1], unit="ms"),
    ]


def _past(members: int, items: int) -> tuple[Ints, Ints, Ints, list[str]]:
    """Who took what when, and what each item is about: popular by Zipf's law, and of two topics that a member likes."""
    dice = np.random.default_rng(1)
    topic = np.arange(items) % TOPICS
    within = items // TOPICS
    weight = 1 / np.arange(1, within + 1)
    likes = dice.integers(0, TOPICS, (members, 2))
    who = np.repeat(np.arange(members), EACH)
    liked = likes[who, dice.integers(0, 2, len(who))]
    what = dice.choice(within, len(who), p=weight / weight.sum()) * TOPICS + liked
    words = dice.integers(0, 20_000, (items, WORDS))
    texts = [
        " ".join([*[f"topic{topic[item]}"] * (WORDS // 10), *[f"word{word}" for word in words[item]]])
        for item in range(items)
    ]
    return who, what, dice.integers(0, 10**9, len(who)), texts
