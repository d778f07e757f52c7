from pathlib import Path

import pytest
import typer

from tools.check_docs import SETTINGS, problems

APP = typer.Typer()
EXPORT = typer.Typer()
APP.add_typer(EXPORT, name="export")


@APP.command()
def play() -> None:
    """One command."""


@EXPORT.command()
def csv() -> None:
    """A command of a group."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small repository with a page to link to."""
    for name, text in {
        "Makefile": "UV := uv\n.PHONY: play\nplay: .venv\n\t./play\n",
        ".env.example": "\n".join(SETTINGS),
        "bot/app.py": "",
        "docs/架构.md": "# 二次 元\n## `App.handle`: one batch\n",
        "docs/page (1).png": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "line",
    [
        "`bot/app.py`, `bot/app.py:12`, `bot/app.py: handle`, `bot/app.py::App`, `bot/*.py`, `bot/`",
        "`and/or`, `application/json`, `/link`, `docs/decisions/NNNN-title.md`, `tests/<what>.py`, `bot.engine`",
        "[a](docs/架构.md#二次-元) [b](docs/架构.md#apphandle-one-batch) [c](docs/page%20(1).png) [d](https://a.example/b)",
        "# A title\n[up](#a-title) ![p](<docs/架构.md>) <a id='x'></a>",
        "`[not a link](nowhere)`\n\n```\n[nor this](nowhere) bot/gone.py\n```",
        "`make play`, `make play ARGS=x`, `make`, make do with less",
        "`lyceum play`, `lyceum export csv FILE`, `lyceum --help`, `lyceum COMMAND`, `LYCEUM_PORT`",
        "```sh\n$ make play   # opens a page\n.venv/bin/lyceum play --port 1\nLYCEUM_PORT=1 make play && ls\n```",
    ],
)
def test_what_exists_is_in_order(root: Path, line: str) -> None:
    (root / "README.md").write_text(line, encoding="utf-8")
    assert list(problems(root, APP)) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("`bot/gone.py: f`", "`bot/gone.py: f`: there is no bot/gone.py"),
        ("`bot/*.rs`", "`bot/*.rs`: there is no bot/*.rs"),
        ("[a](docs/gone.md)", "the link to docs/gone.md leads nowhere"),
        ("![a](gone.png)", "the link to gone.png leads nowhere"),
        ('<img src="gone.png">', "the link to gone.png leads nowhere"),
        ("[a]: gone.md", "the link to gone.md leads nowhere"),
        ("[a](../../etc)", "the link to ../../etc leads nowhere"),
        ("[a](docs/架构.md#三)", "the link to docs/架构.md#三 names a heading that is not there"),
        ("`make fly`", "`make fly`: make has no target fly"),
        ("```\n$ make play fly\n```", "`$ make play fly`: make has no target fly"),
        ("`lyceum fly now`", "`lyceum fly now`: lyceum has no command fly"),
        ("`lyceum export pdf`", "`lyceum export pdf`: lyceum has no command pdf"),
        ("LYCEUM_PROT", "LYCEUM_PROT is no setting"),
    ],
)
def test_what_does_not_exist_is_named(root: Path, line: str, problem: str) -> None:
    (root / "README.zh-CN.md").write_text(line, encoding="utf-8")
    assert list(problems(root, APP)) == [f"README.zh-CN.md: {problem}"]


@pytest.mark.parametrize(("lines", "count"), [(45, 0), (46, 1)])
def test_a_decision_has_45_lines_at_most(root: Path, lines: int, count: int) -> None:
    (root / "docs/decisions").mkdir()
    (root / "docs/decisions/0001-short.md").write_text("line\n" * lines, encoding="utf-8")
    assert len(list(problems(root, APP))) == count


def test_a_setting_has_to_be_explained(root: Path) -> None:
    (root / ".env.example").write_text("\n".join({*SETTINGS, "LYCEUM_PROT"} - {"LYCEUM_PORT"}), encoding="utf-8")
    assert list(problems(root, APP)) == [
        ".env.example: LYCEUM_PROT is no setting",
        ".env.example: LYCEUM_PORT is missing",
    ]
