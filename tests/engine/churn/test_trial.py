"""Archives in, figures out: what is read, what is refused with which words, and that no prior meets its own archive."""

import csv
import gzip
import io
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.engine.activity import Log, instant
from bot.engine.churn import trial
from bot.engine.churn.archive import ArchiveProblem, fingerprint, read
from bot.engine.churn.model import predict
from bot.engine.churn.scores import scores
from bot.engine.churn.snapshots import HORIZON
from bot.engine.churn.training import learn_prior, train
from bot.words import to_json
from tests.engine.churn.people import community

HEADER = "time,author,bot,channel,topic,has_question,mentions\n"


def written(log: Log) -> str:
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(["time", "author", "bot"])
    lines.writerows((instant(int(at)).isoformat(), f"u{who}", 0) for at, who in zip(log.at, log.member, strict=True))
    return out.getvalue()


def test_an_archive_is_a_log_without_its_bots() -> None:
    log = read(
        [
            HEADER,
            "2026-01-01T10:00:00Z,ann,0,c,t,1,bob robot zoe\n",
            "2026-01-01T09:00:00+08:00,bob,0,c,,0,ann\n",
            "2026-01-01T11:00:00,robot,0,c,t,0,ann\n",
            "2026-01-01T12:00:00Z,robot,1,c,t,0,\n",
        ]
    )
    assert [instant(int(at)).isoformat() for at in log.at] == ["2026-01-01T01:00:00+00:00", "2026-01-01T10:00:00+00:00"]
    assert log.member.tolist() == [2, 1]
    assert log.question.tolist() == [False, True]
    assert log.thread.tolist() == [0, 1]
    assert (log.mentioning.tolist(), log.mentioned.tolist()) == ([0, 1], [1, 2])


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "The columns time, author are missing. There are: –."),
        (["when,who\n"], "The columns time, author are missing. There are: when, who."),
        ([HEADER, "yesterday,ann,0,c,t,0,\n"], "Line 2: yesterday is no time."),
        ([HEADER, "2026-01-01T10:00:00Z,,0,c,t,0,\n"], "Line 2 has no author."),
        ([HEADER, "2026-01-01T10:00:00Z,ann,maybe,c,t,0,\n"], "Line 2: bot is maybe; write 0 or 1."),
    ],
)
def test_what_can_not_be_read_is_said_with_its_line(lines: list[str], words: str) -> None:
    with pytest.raises(ArchiveProblem) as problem:
        read(lines)
    assert str(problem.value).startswith(words)


def test_too_little_to_measure_is_said() -> None:
    with pytest.raises(ArchiveProblem, match="no message of a member"):
        trial.prepare("empty", read([HEADER]))
    with pytest.raises(ArchiveProblem, match="56 days"):
        trial.prepare("short", read([HEADER, "2026-01-01T10:00:00Z,ann,0,c,t,0,\n"]))
    small = trial.prepare("small", community(1, members=10, days=200))
    with pytest.raises(ArchiveProblem, match=r"too small: .* each must be at least 50"):
        trial.held_out(small, None)


def test_the_test_is_later_than_all_that_is_learnt() -> None:
    archive = trial.prepare("made", community(1))
    when = trial.held_out(archive, None)
    assert len(when) == 10  # six would hold fewer than 1,000 rows
    assert when.tolist() == archive.snapshots[-10:].tolist()
    known = archive.rows.learnable(int(when[0]))
    assert (known.at + HORIZON <= when[0]).all()
    assert len(trial.held_out(archive, 3)) == 3
    report = trial.measure(archive, None, few=0, forest=False)
    assert report.train == len(known)
    assert report.train + report.test == len(archive.rows)
    again = trial.measure(archive, None, few=0, forest=False)
    assert report == again


def test_what_is_rolled_is_what_each_night_would_have_said(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = trial.prepare("made", community(1))
    when = trial.rolling(archive)
    assert when == archive.snapshots[-len(when) :].tolist()
    assert len(archive.rows.learnable(when[0])) >= 50 > len(archive.rows.learnable(when[0] - HORIZON))
    monkeypatch.setattr(trial, "ROLLED", int((archive.rows.at == when[-1]).sum()) + 1)
    assert trial.rolling(archive) == when[-2:]
    report = trial.measure(archive, None, few=0, forest=False)
    assert (report.rolled_snapshots, [line.model for line in report.rolled]) == (2, ["own rows only"])
    told = []
    for moment in when[-2:]:
        model, _ = train(archive.rows.learnable(moment), forest=False)
        told.append(predict(model, archive.rows[archive.rows.at == moment].x))
    left = archive.rows.left[np.isin(archive.rows.at, when[-2:])]
    assert report.rolled[0].scores == scores(left, np.concatenate(told))


def test_a_prior_is_never_measured_on_its_own_archive() -> None:
    archive = trial.prepare("made", community(1))
    prior = learn_prior(archive.rows, "itself", (archive.fingerprint,))
    with pytest.raises(ValueError, match="learnt from this very archive"):
        trial.measure(archive, prior)
    renamed = community(1)
    other = Log(renamed.at, renamed.member[::-1].copy(), renamed.kind, renamed.place, renamed.thread, renamed.answers,
                renamed.question)  # fmt: skip
    assert fingerprint(other) == archive.fingerprint
    assert fingerprint(community(2)) != archive.fingerprint


def test_the_command_measures_each_archive_with_a_prior_from_elsewhere(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv.gz"
    first, second = community(1), community(2)
    one.write_text(written(first), encoding="utf-8")
    two.write_bytes(gzip.compress(written(second).encode()))
    own = tmp_path / "prior.json"
    made = learn_prior(trial.prepare("one", first).rows, "the first", (fingerprint(first),))
    own.write_bytes(to_json(made))
    arguments = ["evaluate", "churn", str(one), str(two), "--prior", str(own), "--few", "3", "--no-forest", "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    reports = json.loads(result.stdout)
    assert [report["prior"] for report in reports] == ["learnt now from two.csv.gz", "the first"]
    for report in reports:
        found = {line["model"]: line["scores"] for line in report["lines"]}
        assert list(found) == [*trial.BASELINES, "own rows only", "prior only", trial.MOVED, "own rows and prior"]
        assert [line["model"] for line in report["rolled"]] == ["own rows only", trial.MOVED, "own rows and prior"]
        assert {line["scores"]["rows"] for line in report["rolled"]} == {report["rolled"][0]["scores"]["rows"]}
        assert report["rolled"][0]["scores"]["rows"] > report["test"]
        assert found["own rows and prior"]["auc"] > 0.6
        assert {spread["draws"] for spread in report["few"]} == {3}
    alone = CliRunner().invoke(app, ["evaluate", "churn", str(one), "--prior", str(own), "--few", "0", "--no-forest"])
    assert "learnt from this very archive" in " ".join(alone.output.split())
    assert "own rows and prior" not in alone.output


def test_the_command_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    def words(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["evaluate", "churn", *arguments])
        assert result.exit_code == 1, result.output
        return result.stderr

    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(written(community(1, members=12, days=120)), encoding="utf-8")
    bad.write_bytes(b"time,author\n\xff\xfe\n")
    assert "No such file" in words(str(tmp_path / "none.csv"))
    assert "UTF-8" in words(str(bad))
    bad.write_bytes(b"\x1f\x8bbroken")
    assert "can't be read" in words(str(bad))
    assert "too small" in words(str(good))
    bad.write_text('{"about": 1}', encoding="utf-8")
    assert "is no prior that can be used" in words(str(good), "--prior", str(bad))
