"""A trial: our recommender beside others on a known past, everything tuned without looking at what is hidden.

Train on what came before, test on each member's item in `test`; all items not yet taken are candidates. Parameters,
ours and theirs, are tuned inside the training part by holding out each member's last item. Subsamples stand for young
communities. To put another method beside it, write a `Rival`: a name, its settings, and what fits one of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from bot.engine.recommend.blend import POPULARITY, parts, scores
from bot.engine.recommend.choice import choose
from bot.engine.recommend.content import learn, vectors
from bot.engine.recommend.ease import cosine
from bot.engine.recommend.measure import error, ndcg, ranks, recall
from bot.engine.recommend.past import Floats, Ints, Matrix, Past, gram, held_out, past, spread, takers
from bot.words import Word

Setting: TypeAlias = dict[str, Any]
Scorer: TypeAlias = Callable[[Ints], Floats]
"""Rows of the training matrix → their scores of every item, members by items."""
Fit: TypeAlias = Callable[[Matrix, Setting], Scorer]
"""Fits one setting to who took what."""
AT_ONCE = 500
TUNED_BY = 4_000
"""Members that a method's settings are tuned by, evenly spread."""


class TrialError(ValueError):
    """There is nothing to try on; the message says what is missing."""


class Split(NamedTuple):
    """What is known, who is asked (`rows`), for which item (`hidden`), and the items' `texts` or None."""

    known: Past
    rows: Ints
    hidden: Ints
    texts: Sequence[str] | None


class Rows(NamedTuple):
    """Interactions as read: numbers of member and item, time, whether it is in the test part; and the items' texts."""

    member: Ints
    item: Ints
    at: Ints
    test: Ints
    texts: Sequence[str] | None


class Rival(NamedTuple):
    """Another method, tuned over its `settings`."""

    name: str
    settings: tuple[Setting, ...]
    fit: Fit


class Line(Word, frozen=True):
    """How well one method did: means over members of NDCG@10 and Recall@10 with standard errors, and its setting."""

    method: str
    ndcg: float
    ndcg_error: float
    recall: float
    recall_error: float
    setting: str = ""


class Table(Word, frozen=True):
    """The lines of one set, ours first. `members` were asked of `items`; of several seeds the means are of runs.

    `gain` is our NDCG@10 less popularity's, member by member or run by run, with its standard error.
    """

    name: str
    members: int
    items: int
    seeds: int
    gain: float
    gain_error: float
    lines: tuple[Line, ...]


OURS = "Lyceum"
PLAIN = "popularity"
NOBODY = "no member has items in both parts, train and test: there is nobody to ask"


def full(rows: Rows) -> Split:
    """The protocol's split: train on the train part, ask for each member's first row of the test part.

    Raises TrialError where nobody can be asked.
    """
    test = rows.test.astype(bool)
    if not test.any() or test.all():
        raise TrialError(NOBODY)
    members, items = _sizes(rows)
    known = past(rows.member[~test], rows.item[~test], rows.at[~test], members, items)
    asked, first = np.unique(rows.member[test], return_index=True)
    hidden = rows.item[test][first]
    taken = np.asarray(known.taken[asked, hidden]).ravel() > 0
    able = (np.diff(known.taken.indptr)[asked] > 0) & ~taken
    if not able.any():
        raise TrialError(NOBODY)
    return Split(known, asked[able], hidden[able], rows.texts)


def _sizes(rows: Rows) -> tuple[int, int]:
    most = int(rows.item.max(initial=-1)) + 1
    return int(rows.member.max(initial=-1)) + 1, most if rows.texts is None else len(rows.texts)


def sample(rows: Rows, members: int, items: int, each: int, seed: int) -> Split:
    """A young community: `items` of the most taken, `members` drawn by `seed` of those who took `each` of them or more.

    Of each, the latest `each` interactions within these items count; the last of them is hidden. Where no more members
    than wanted took so many, four of five are drawn, for seeds that always drew all would show no spread.
    Raises TrialError where there are fewer than ten.
    """
    size = _sizes(rows)
    whole = past(rows.member, rows.item, rows.at, *size)
    chosen = np.sort(np.argsort(-takers(whole.taken), kind="stable")[:items])
    within = np.isin(rows.item, chosen)
    order = np.flatnonzero(within)[np.argsort(rows.at[within], kind="stable")]
    pairs, first = np.unique(rows.member[order].astype(np.int64) * size[1] + rows.item[order], return_index=True)
    order = order[np.sort(first)]
    able = np.flatnonzero(np.bincount((pairs // size[1]).astype(np.int64), minlength=size[0]) >= each)
    if len(able) < 10:
        raise TrialError(f"{len(able)} members took {each} of the {items} most taken items: too few to try on")
    drawn = members if len(able) > members else len(able) * 4 // 5
    able = np.sort(np.random.default_rng(seed).choice(able, drawn, replace=False))
    return _latest(rows, order, able, chosen, each)


def _latest(rows: Rows, order: Ints, able: Ints, chosen: Ints, each: int) -> Split:
    """Of these members the latest `each` rows, of which the last is hidden; members and items numbered anew."""
    order = order[np.isin(rows.member[order], able)]
    order = order[np.argsort(rows.member[order], kind="stable")]
    member, item = np.searchsorted(able, rows.member[order]), np.searchsorted(chosen, rows.item[order])
    ends = np.cumsum(np.bincount(member))
    back = ends[member] - 1 - np.arange(len(order))
    stays = (back < each) & (back > 0)
    known = past(member[stays], item[stays], np.arange(int(stays.sum())), len(able), len(chosen))
    texts = None if rows.texts is None else [rows.texts[one] for one in chosen]
    return Split(known, np.arange(len(able)), item[back == 0], texts)


class Result(NamedTuple):
    """For each member asked, NDCG@10 and Recall@10; and the setting that was chosen, in words."""

    ndcg: Floats
    recall: Floats
    setting: str


def ours(split: Split) -> Result:
    """Our recommender, its recipe chosen inside the training part."""
    texts = None if split.texts is None else vectors(learn(split.texts), split.texts)
    chosen = choose(split.known, texts)
    recipe = chosen.recipe
    made = parts(split.known.taken, gram(split.known.taken), texts, recipe)
    taken = split.known.taken
    places = _places(lambda rows: scores(made, recipe, taken[rows]), taken, split.rows, split.hidden)
    words = PLAIN if recipe == POPULARITY else (
        f"{recipe.family} {recipe.strength:g}, popularity {recipe.popularity:g}, content {recipe.content:g}"
    )  # fmt: skip
    return Result(ndcg(places), recall(places), words)


def theirs(rival: Rival, split: Split) -> Result:
    """Another method, with the setting of best mean NDCG@10 on the held-out last items (the first of equals)."""
    best = rival.settings[0]
    hidden = held_out(split.known)
    asked = spread(np.arange(len(hidden.rows)), TUNED_BY)
    if len(rival.settings) > 1 and len(asked):
        rows, items = hidden.rows[asked], hidden.items[asked]
        found = [
            float(ndcg(_places(rival.fit(hidden.taken, one), hidden.taken, rows, items)).mean())
            for one in rival.settings
        ]
        best = rival.settings[int(np.argmax(found))]
    taken = split.known.taken
    places = _places(rival.fit(taken, best), taken, split.rows, split.hidden)
    return Result(ndcg(places), recall(places), ", ".join(f"{name} {value:g}" for name, value in best.items()))


def _places(score: Scorer, taken: Matrix, rows: Ints, hidden: Ints) -> Floats:
    return np.concatenate(
        [
            ranks(score(rows[at : at + AT_ONCE]), taken[rows[at : at + AT_ONCE]], hidden[at : at + AT_ONCE])
            for at in range(0, len(rows), AT_ONCE)
        ]
    )


def compare(name: str, splits: Iterable[Split], rivals: Sequence[Rival], tell: Callable[[str], None]) -> Table:
    """Every method on every split. Of one split errors are over members; of several, over the means of runs."""
    runs: dict[str, list[Result]] = {}
    members, items, seeds = 0, 0, 0
    for split in splits:
        seeds += 1
        members, items = max(members, len(split.rows)), split.known.taken.shape[1]
        tell(OURS)
        runs.setdefault(OURS, []).append(ours(split))
        for rival in rivals:
            tell(rival.name)
            runs.setdefault(rival.name, []).append(theirs(rival, split))
    if not seeds:
        raise TrialError("there is nothing to try on")
    means = {method: (_values(found, 0), _values(found, 1)) for method, found in runs.items()}
    gain = means[OURS][0] - means[PLAIN][0] if PLAIN in means else np.zeros(1)
    return Table(
        name=name, members=members, items=items, seeds=seeds,
        gain=float(gain.mean()), gain_error=error(gain),
        lines=tuple(
            Line(method=method, ndcg=float(one.mean()), ndcg_error=error(one), recall=float(two.mean()),
                 recall_error=error(two), setting=_usual(runs[method]))
            for method, (one, two) in means.items()
        ),
    )  # fmt: skip


def _values(found: Sequence[Result], which: int) -> Floats:
    """What is averaged: members of one run, or the means of several."""
    values: list[Floats] = [one[which] for one in found]  # type: ignore[misc]
    return values[0] if len(values) == 1 else np.array([one.mean() for one in values])


def _usual(found: Sequence[Result]) -> str:
    """The setting chosen most often, and how often where not always."""
    settings = [one.setting for one in found]
    most = max(sorted(set(settings)), key=settings.count)
    return most if settings.count(most) == len(settings) else f"{most} ({settings.count(most)} of {len(settings)})"


def popularity(taken: Matrix, setting: Setting) -> Scorer:
    """The number of takers, the same for everybody."""
    popular = takers(taken)[None, :]
    return lambda rows: np.broadcast_to(popular, (len(rows), popular.shape[1]))


def neighbours(taken: Matrix, setting: Setting) -> Scorer:
    """ItemKNN: the sum of shrunk cosines to the member's items, of each item's `k` nearest only."""
    weights = cosine(gram(taken), setting["shrink"])
    if setting["k"] < len(weights) - 1:
        border = np.partition(weights, -setting["k"], axis=0)[-setting["k"]]
        weights[weights < border] = 0
    return lambda rows: np.asarray(taken[rows] @ weights)


def grid(**values: Sequence[Any]) -> tuple[Setting, ...]:
    """Every combination of the values."""
    return tuple(dict(zip(values, one, strict=True)) for one in product(*values.values()))


BUILT_IN: tuple[Rival, ...] = (
    Rival(PLAIN, ({},), popularity),
    Rival("ItemKNN", grid(k=(20, 50, 100, 200), shrink=(0, 10)), neighbours),
)


def subsamples(rows: Rows, members: int, items: int, each: int, seeds: int) -> Iterator[Split]:
    """One for each seed from 0."""
    return (sample(rows, members, items, each, seed) for seed in range(seeds))
