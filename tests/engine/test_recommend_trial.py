"""The trial and `lyceum evaluate recommend`: how it splits, what it refuses to look at, what it says of bad files."""

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.cli import evaluate
from bot.engine.recommend import trial
from bot.engine.recommend.past import Floats, Ints, Matrix
from bot.engine.recommend.trial import OURS, PLAIN, Rival, Rows, Scorer, Setting, TrialError
from tests.engine.tastes import dense, rows

Run = Callable[..., Result]


def table(*given: tuple[int, int, int, bool]) -> Rows:
    """Rows of member, item, time and whether it is in the test part."""
    member, item, at, test = (np.array(one) for one in zip(*given, strict=True))
    return Rows(member, item, at, test, None)


def test_the_full_split_trains_on_one_part_and_asks_for_the_other() -> None:
    split = trial.full(
        table((0, 0, 1, False), (0, 2, 9, True), (1, 1, 5, False), (1, 1, 6, True), (2, 2, 1, True), (3, 0, 2, False))
    )
    assert dense(split.known.taken).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0], [1, 0, 0]]
    assert (split.rows.tolist(), split.hidden.tolist()) == ([0], [2]), "1 had it already, 2 is unknown, 3 has no test"
    with pytest.raises(TrialError, match="no member has items in both parts"):
        trial.full(table((0, 0, 1, False), (1, 1, 1, True)))


def test_a_subsample_has_the_latest_items_of_members_drawn_by_the_seed() -> None:
    given = rows(members=60, items=12, each=6)
    split = trial.sample(given, 20, 10, 4, seed=1)
    assert split.known.taken.shape == (20, 10)
    assert dense(split.known.taken).sum(axis=1).tolist() == [3] * 20
    assert not dense(split.known.taken)[split.rows, split.hidden].any()
    again, other = trial.sample(given, 20, 10, 4, seed=1), trial.sample(given, 20, 10, 4, seed=2)
    assert np.array_equal(again.hidden, split.hidden)
    assert not np.array_equal(dense(other.known.taken), dense(split.known.taken))
    assert trial.sample(given, 60, 12, 4, seed=1).known.taken.shape == (48, 12), "four of five, where all are wanted"
    with pytest.raises(TrialError, match="0 members took 7 of the 12 most taken items: too few"):
        trial.sample(given, 20, 12, 7, seed=1)


def test_of_a_subsample_the_last_within_its_items_is_hidden_and_earlier_ones_than_the_latest_four_are_left_out() -> (
    None
):
    order = [4, 0, 3, 1, 2]
    given = table(*[(member, item, at, False) for member in range(11) for at, item in enumerate(order)])
    split = trial.sample(given, 10, 5, 4, seed=0)
    assert set(split.hidden.tolist()) == {2}
    assert {tuple(one) for one in dense(split.known.taken).tolist()} == {(1, 1, 0, 1, 0)}


def _oracle(hidden: Ints) -> Callable[[Matrix, Setting], Scorer]:
    """A method that knows what is hidden, when its setting says so; else it answers worst."""

    def fit(taken: Matrix, setting: Setting) -> Scorer:
        def score(members: Ints) -> Floats:
            found = np.zeros((len(members), taken.shape[1]))
            found[np.arange(len(members)), hidden[members]] = setting["sees"]
            return found

        return score

    return fit


def test_settings_are_tuned_by_the_held_out_last_item_alone_never_by_the_test() -> None:
    split = trial.sample(rows(members=50, items=20), 49, 20, 4, seed=0)
    cheat = trial.theirs(Rival("cheat", trial.grid(sees=(1, -1)), _oracle(split.hidden)), split)
    assert cheat.setting == "sees -1", "on the inner held-out items, to see the test's was no help"
    assert cheat.ndcg.mean() == 0
    honest = trial.theirs(Rival("honest", trial.grid(sees=(-1, 1)), _oracle(split.known.last)), split)
    assert honest.setting == "sees 1"


def test_tuning_fits_without_the_last_items_and_the_final_fit_has_all_that_is_known() -> None:
    split = trial.sample(rows(members=50), 40, 24, 4, seed=0)
    seen: list[tuple[float, float]] = []

    def fit(taken: Matrix, setting: Setting) -> Scorer:
        seen.append((taken.sum(), dense(taken)[np.arange(40), split.known.last].sum()))
        return trial.popularity(taken, setting)

    trial.theirs(Rival("spy", trial.grid(k=(1, 2)), fit), split)
    assert seen == [(80, 0), (80, 0), (120, 40)]


def test_ours_wins_where_tastes_differ_and_stays_with_popularity_where_they_do_not() -> None:
    def run(tastes: bool) -> trial.Table:
        given = rows(members=150, tastes=tastes)
        return trial.compare("x", trial.subsamples(given, 120, 24, 4, 2), trial.BUILT_IN[:1], lambda _: None)

    won = run(True)
    ndcg = {line.method: line.ndcg for line in won.lines}
    assert ndcg[OURS] == max(ndcg.values())
    assert ndcg[OURS] > ndcg[PLAIN] + 0.1
    assert won.gain == pytest.approx(ndcg[OURS] - ndcg[PLAIN])
    assert (won.members, won.items, won.seeds) == (120, 24, 2)
    plain = run(False)
    assert plain.gain >= -plain.lines[1].ndcg_error
    assert run(True) == won


# The command


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a community's interactions and the items' texts, as other programs name them."""
    made = tmp_path_factory.mktemp("club")
    given = rows(members=60)
    with gzip.open(made / "club-interactions.csv.gz", "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["learner", "course", "time", "part"])
        for member, item, at, test in zip(given.member, given.item, given.at, given.test, strict=True):
            writer.writerow([f"m{member}", f"c{item}", at, "test" if test else "train"])
    with (made / "club-courses.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["course", "name", "text"])
        writer.writerows([f"c{item}", "", text] for item, text in enumerate(given.texts or ()))
    return made


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call `lyceum evaluate recommend`, with the built-in rivals."""
    monkeypatch.setattr(evaluate, "rivals_here", lambda: (trial.BUILT_IN, ("implicit's ALS: not installed",)))
    return lambda *given: CliRunner().invoke(app, ["evaluate", "recommend", *map(str, given)])


def test_the_command_prints_tables_and_what_is_missing(run: Run, folder: Path) -> None:
    done = run(folder, "--sizes", "30x20, 40x2", "--seeds", "2")
    assert done.exit_code == 0, done.output
    assert "30 × 20, 4 each: 30 members, 20 items, 2 runs" in done.output
    assert "full: 60 members, 24 items, one run" in done.output
    assert "40 × 2, 4 each: 0 members took 4 of the 2 most taken items: too few to try on" in done.output
    assert "missing: implicit's ALS: not installed" in done.output


def test_the_command_prints_json_and_needs_neither_part_nor_texts(run: Run, folder: Path, tmp_path: Path) -> None:
    whole = run(folder, "--sizes", "", "--json")
    report = msgspec.json.decode(whole.output, type=evaluate.Report)
    (found,) = report.tables
    assert [line.method for line in found.lines] == [OURS, PLAIN, "ItemKNN"]
    assert (found.members, found.items, found.seeds) == (60, 24, 1)
    plain = tmp_path / "events.csv"
    with gzip.open(folder / "club-interactions.csv.gz", "rt") as file:
        lines = [line.strip().split(",")[:3] for line in file]
    plain.write_text("\n".join(f"{time};{who};{what}".replace(";", ",") for who, what, time in lines))
    done = run(plain, "--sizes", "", "--json", "--user", "learner", "--item", "course")
    (same,) = msgspec.json.decode(done.output, type=evaluate.Report).tables
    assert same.lines[1] == found.lines[1], "each member's last item is the test"


@pytest.mark.parametrize(
    ("text", "options", "why"),
    [
        ("user,item,time\n", (), "there are no rows in it"),
        ("user,item\na,b\n", (), "there is no column time or timestamp or at; there are user, item"),
        ("user,item,time\na,b\n", (), "row 2: 2 cells, but the header has 3"),
        ("user,item,time\na,b,noon\n", (), "row 2: the time 'noon' is no number"),
        ("user,item,time\na,b,nan\n", (), "row 2: the time 'nan' is no number"),
        ("user,item,time,part\na,b,1,valid\n", (), "row 2: the part is 'valid', not train or test"),
        ("user,item,time\na,b,1\n", ("--user", "who"), "there is no column who; there are user, item, time"),
        ("user,item,time\na,b,1\n", (), "no member has items in both parts"),
        ("user,item,time\na,b,1\n", ("--sizes", "many"), "--sizes many: write members x items, like 100x30"),
        ("user,item,time\na,b,1\n", ("--sizes", "3x1"), "at least 10 members and 2 items"),
    ],
)
def test_what_does_not_fit_is_said(run: Run, tmp_path: Path, text: str, options: tuple[str, ...], why: str) -> None:
    (tmp_path / "events.csv").write_text(text)
    given = options if "--sizes" in options else ("--sizes", "", *options)
    done = run(tmp_path / "events.csv", *given)
    assert done.exit_code == 1
    assert why in done.output


def test_files_that_are_not_there_or_no_csv_are_said(run: Run, tmp_path: Path) -> None:
    assert "there is no such file" in run(tmp_path / "none.csv").output
    assert "one CSV with 'interactions' in its name" in run(tmp_path).output
    (tmp_path / "bad.csv.gz").write_bytes(b"\x1f\x8bjunk")
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\x00")
    for name in ("bad.csv.gz", "bad.csv"):
        assert "this is no CSV in UTF-8, plain or gzipped" in run(tmp_path / name).output
    assert "two files at most" in run(*[tmp_path / "bad.csv"] * 3).output


def test_the_others_are_fitted_and_tuned_too() -> None:
    """TruncatedSVD (and ALS where it is installed) find the same tastes."""
    split = trial.sample(rows(members=100), 99, 24, 4, seed=0)
    for rival in evaluate.rivals_here()[0][2:]:
        small = rival._replace(settings=rival.settings[1:2])
        assert trial.theirs(small, split).ndcg.mean() > 0.1
