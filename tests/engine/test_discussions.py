"""Discussions worth joining: what speaks for each, what is open, and how much each part counts."""

from math import log, sqrt
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot.__main__ import app
from bot.engine.discussions import trial
from bot.engine.discussions.places import link
from bot.engine.discussions.scene import DAY, HALF_LIFE, PARTS, WINDOW, Scene
from bot.engine.discussions.weights import USUAL, Choice, Learnt, Said, choices, gains, learn
from bot.engine.recommend.content import learn as vocabulary
from bot.engine.recommend.content import vectors

NOW = 1000 * DAY
said = st.tuples(st.integers(0, 40), st.integers(0, 5), st.integers(0, 6))
"""(days ago, member, discussion)."""


def scene(*messages: tuple[float, int, int], channel: tuple[int, ...] = (0,) * 7, titles: object = None) -> Scene:
    made = Scene(channel, titles)
    for ago, member, spot in sorted(messages, reverse=True):
        made.hear(int(NOW - ago * DAY), member, spot)
    return made


@given(st.lists(said, max_size=30), st.integers(0, 5))
@settings(max_examples=60)
def test_open_is_what_goes_on_and_what_they_are_not_in(messages: list[tuple[int, int, int]], member: int) -> None:
    made = scene(*messages)
    last = {spot: min(ago for ago, _, other in messages if other == spot) for _, _, spot in messages}
    mine = {spot for _, who, spot in messages if who == member}
    wanted = sorted(spot for spot, ago in last.items() if ago < 14 and spot not in mine)
    features = made.features(member, NOW)
    assert list(features.spots) == wanted
    assert features.values.shape == (len(wanted), len(PARTS))
    assert np.isfinite(features.values).all()


@given(st.lists(said, max_size=30), st.data())
@settings(max_examples=60)
def test_what_is_forgotten_was_never_heard(messages: list[tuple[int, int, int]], data: st.DataObject) -> None:
    kept = [one for one in messages if data.draw(st.booleans())]
    gone, rest = list(messages), list(messages)
    for one in kept:
        gone.remove(one)
    made, wanted = scene(*messages), scene(*kept)
    for ago, member, spot in gone:
        rest.remove((ago, member, spot))
        last = max((int(NOW - other * DAY) for other, _, where in rest if where == spot), default=0)
        made.forget(int(NOW - ago * DAY), member, spot, last)
    for member in range(6):
        found, right = made.features(member, NOW), wanted.features(member, NOW)
        assert found.spots == right.spots
        assert found.values == pytest.approx(right.values, abs=1e-6)
        assert made.nearest(member) == pytest.approx(wanted.nearest(member))
        assert (made.inside(member), made.people(member)) == (wanted.inside(member), wanted.people(member))


def test_heat_halves_and_late_messages_count_by_their_age() -> None:
    made = scene((2.0, 1, 0), (0.0, 1, 1))
    late = Scene((0,) * 7)
    for ago, spot in ((0.0, 1), (2.0, 0)):
        late.hear(int(NOW - ago * DAY), 1, spot)
    assert made.features(2, NOW).values.tolist() == late.features(2, NOW).values.tolist()
    heats = [made._heat[spot].now(NOW, HALF_LIFE) for spot in (0, 1)]
    assert heats == [0.5, 1.0]
    assert made.features(2, NOW).values[:, 0].tolist() == pytest.approx([-log(2), log(2)]), "half of log 2, in halves"


def test_people_who_are_where_they_are_speak_for_a_discussion() -> None:
    """Spot 0 is shared by 1 and 2; 2 is in spot 3 as well, 3 (a stranger) in spot 4."""
    made = scene((1, 1, 0), (1, 2, 0), (1, 2, 3), (1, 3, 4))
    assert made.nearest(1) == {2: pytest.approx(1 / log(3) / 2)}
    features = made.features(1, NOW)
    assert features.spots == (3, 4)
    assert features.values[:, PARTS.index("people")].tolist() == pytest.approx([1.0, -1.0])
    level = scene((1, 1, 0), (1.001, 1, 1)).features(2, NOW).values[:, 0]
    assert abs(level).max() < 0.01, "a minute makes none cold"
    crowd = scene((1, 1, 0), (1, 2, 0), (1, 2, 3), (1, 4, 3), (1, 5, 3), (1, 2, 4))
    sizes = {spot: len(crowd.people(spot)) for spot in (3, 4)}
    assert sizes == {3: 3, 4: 1}
    near = crowd.nearest(1)[2]
    assert near == pytest.approx(1 / log(3) / 3)
    assert log(1e-3 + near / sqrt(3)) < log(1e-3 + near), "the same person says more where there are few"


def test_place_and_content() -> None:
    titles = ["rust ownership", "cooking soup", "rust traits", "cooking bread"]
    texts = vectors(vocabulary(titles), titles)
    made = scene((1, 1, 0), (1, 2, 2), (1, 2, 3), channel=(7, 8, 8, 7), titles=texts)
    features = made.features(1, NOW)
    assert features.spots == (2, 3)
    assert features.values[:, PARTS.index("place")].tolist() == pytest.approx([-1.0, 1.0])
    assert features.values[:, PARTS.index("content")].tolist() == pytest.approx([1.0, -1.0])
    assert made.features(9, NOW).values[:, 1:].tolist() == [[0.0] * 3] * 3, "of somebody new only heat is known"


def test_choices_are_first_messages_in_what_others_began_and_see_nothing_of_themselves() -> None:
    rows = [(0, 1, 0), (1, 2, 1), (2, 3, 2), (3, 1, 1), (4, 1, 1), (5, 9, 0), (6, 2, 0), (40, 2, 2)]
    table = np.array(rows)
    log_ = Said(table[:, 0] * DAY, table[:, 1], table[:, 2], np.zeros(3, np.int64))
    found = choices(log_)
    assert [(len(one.values), one.chosen) for one in found] == [(2, 0), (2, 0)], "by 1 in spot 1, by 2 in spot 0"
    assert len(choices(log_, since=4 * DAY)) == 1
    assert len(choices(log_, most=1)) == 1
    short = Said(log_.at[:4], log_.member[:4], log_.spot[:4], log_.channel)
    assert [one.values.tolist() for one in choices(short)] == [found[0].values.tolist()]


def made_up(many: int, weights: tuple[float, ...]) -> list[Choice]:
    chance = np.random.default_rng(1)
    found = []
    for _ in range(many):
        values = chance.normal(size=(12, 4))
        found.append(Choice(values, int(np.argmax(values @ np.array(weights) + chance.gumbel(size=12)))))
    return found


def test_weights_are_learnt_from_enough_choices_only_and_only_when_surely_better() -> None:
    assert learn(made_up(49, (0, 0, 3, 0))) == Learnt()
    found = learn(made_up(400, (0.0, 0.0, 3.0, 0.0)))
    assert found.choices == 400
    assert max(range(4), key=lambda part: found.weights[part]) == PARTS.index("people")
    test = made_up(800, (0.0, 0.0, 3.0, 0.0))[400:]
    assert gains(test, found.weights).mean() > gains(test, USUAL).mean() + 0.1
    alike = learn(made_up(400, USUAL)).weights
    assert alike == pytest.approx(USUAL, abs=0.3), "what is as good is not far from it"
    assert gains([Choice(np.zeros((3, 4)), 1)], USUAL).tolist() == [pytest.approx(1 / np.log2(3))], (
        "the middle of three"
    )


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        (("telegram", "-100123/45", ""), {"message": "67", "url": "https://t.me/c/123/45/67"}),
        (("telegram", "-100123", ""), {"message": "67", "url": "https://t.me/c/123/67"}),
        (("telegram", "-100123", ""), {"url": ""}),
        (("telegram", "-77", ""), {"message": "6", "url": ""}),
        (("playground", "lounge", ""), {"message": "6", "url": ""}),
    ],
)
def test_links(given_: tuple[str, str, str], wanted: dict[str, str]) -> None:
    more = {name: value for name, value in wanted.items() if name != "url"}
    assert link(*given_, **more) == wanted["url"]


def test_the_window_is_two_weeks() -> None:
    assert WINDOW == 14 * DAY
    assert scene((13.9, 1, 0), (14.0, 1, 1)).open_to(2, NOW) == (0,)


def archive() -> str:
    """Four hundred messages of eleven people, one of them a bot, in thirteen named topics of three channels."""
    chance = np.random.default_rng(0)
    said_ = zip(chance.integers(11, size=400).tolist(), chance.integers(13, size=400).tolist(), strict=True)
    lines = [
        f"2026-01-{1 + n // 24:02}T{n % 24:02}:00:00Z,u{who},{int(who == 10)},{topic % 3},talk {topic}\n"
        for n, (who, topic) in enumerate(said_)
    ]
    return "".join(["time,author,bot,channel,topic\n", *lines])


def test_an_archive_is_measured_part_by_part(tmp_path: Path) -> None:
    file = tmp_path / "talk.csv"
    file.write_text(archive())
    result = CliRunner().invoke(app, ["evaluate", "discussions", str(file), "--json"])
    assert result.exit_code == 0, result.output
    (report,) = msgspec.json.decode(result.output, type=list[trial.Report])
    assert [line.method for line in report.lines] == [
        "heat", "place", "people", "content", "place × heat", "sum of all", "usual weights", "learnt weights"
    ]  # fmt: skip
    assert report.titled
    assert (report.discussions, report.members) == (13, 10)
    assert all(0 <= line.ndcg <= 1 for line in report.lines)
    shown = CliRunner().invoke(app, ["evaluate", "discussions", str(file)])
    assert "learnt weights" in shown.output


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("author,channel\n", "the columns time are missing; there are author, channel"),
        ("time,author\nsoon,ann\n", "line 2: 'soon' is no time"),
        ("time,author\n2026-01-01T00:00:00Z,\n", "line 2 has no author"),
        ("time,author\n2026-01-01T00:00:00Z,ann\n", "there are 0 times that somebody joined a discussion"),
    ],
)
def test_what_can_not_be_measured_says_why(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "talk.csv"
    file.write_text(text)
    result = CliRunner().invoke(app, ["evaluate", "discussions", str(file)])
    assert result.exit_code == 1
    assert why in " ".join(result.stderr.split())
