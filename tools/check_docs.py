"""Checks that the documentation names only what exists (part of `make check`).

Looked at, in README.md, README.zh-CN.md, CONTRIBUTING.md and docs/: paths in `code spans`, links and images with their
anchors, `make TARGET`, `lyceum COMMAND`, LYCEUM_ settings; and that a decision is short. A span with a placeholder, as
in `docs/decisions/NNNN-title.md` or `tests/<what>.py`, is not looked up; one with a * must match something. Beside the
pages, .env.example must name the settings there are.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import typer

from bot.settings import Settings

ROOT = Path(__file__).parent.parent
SETTINGS = {f"LYCEUM_{name.upper()}" for name in Settings.model_fields}
DECISION_LINES = 45
PAGES = ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "docs/**/*.md")
FOLDERS = {"bot", "tests", "docs", "config", "tools", "benchmarks"}

_FENCE = re.compile(r"^ *(```|~~~).*?^ *\1 *$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(
    r"\]\(\s*<?((?:[^()\s>]|\([^()\s]*\))+)"  # [text](target) and ![text](target)
    r"|^\[[^\]]+\]:\s*(\S+)"  # [name]: target
    r"|<(?:img|a)\s[^>]*?(?:src|href)=\"([^\"]+)\"",
    re.MULTILINE,
)
_HEADING = re.compile(r"^#{1,6} +(.*?) *#*$", re.MULTILINE)
_PATH = re.compile(r"[\w./*@-]+")
_COMMAND = re.compile(r"^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\S*/)?(make|lyceum) +(.*)$")
_SETTING = re.compile(r"\bLYCEUM_[A-Z_]+\b")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//")


class Page(NamedTuple):
    """A page of documentation, and its parts that are looked at in different ways."""

    path: Path
    text: str
    prose: str
    spans: list[str]
    code: list[str]


def pages(root: Path) -> Iterator[Page]:
    """Every page that is checked."""
    for path in sorted({path for pattern in PAGES for path in root.glob(pattern)}):
        text = path.read_text(encoding="utf-8")
        prose = _FENCE.sub("", text)
        blocks = [line.strip() for fence in _FENCE.finditer(text) for line in fence[0].splitlines()[1:-1]]
        spans = _SPAN.findall(prose)
        yield Page(path, text, prose, spans, spans + blocks)


@cache
def top_names(root: Path) -> frozenset[str]:
    """The names in the root of the repository: a path that begins with none of them is somebody else's."""
    tracked = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False).stdout
    return frozenset(FOLDERS | {name.partition("/")[0] for name in tracked.splitlines()})


def lost_paths(page: Page, root: Path) -> Iterator[str]:
    """Code spans that look like a path into the repository, and lead nowhere."""
    for span in page.spans:
        name = span.split()[0].split("::")[0].partition(":")[0].rstrip(",;").removeprefix("./")
        top, slash, _ = name.partition("/")
        looks_like_one = top in top_names(root) and (slash or "." in name)
        if not looks_like_one or not _PATH.fullmatch(name) or "NNNN" in name or "..." in name:
            continue
        if not any(root.glob(name.rstrip("/"))):
            yield f"`{span}`: there is no {name}"


def anchors(text: str) -> set[str]:
    """The anchors that a page's headings get, as GitHub makes them."""
    titles = [re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in _HEADING.findall(_FENCE.sub("", text))]
    names = [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]
    return {*names, *re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text)}


def lost_links(page: Page, root: Path) -> Iterator[str]:
    """Links and images that lead to no file, to no heading, or out of the repository."""
    for groups in _LINK.findall(_SPAN.sub("", page.prose)):
        target = next(filter(None, groups))
        if _ELSEWHERE.match(target):
            continue
        name, _, anchor = unquote(target).partition("#")
        path = (page.path.parent / name).resolve() if name else page.path
        if not path.is_relative_to(root.resolve()) or not path.exists():
            yield f"the link to {target} leads nowhere"
        elif anchor and path.suffix == ".md" and anchor not in anchors(path.read_text(encoding="utf-8")):
            yield f"the link to {target} names a heading that is not there"


@cache
def make_targets(root: Path) -> frozenset[str]:
    """The targets of the Makefile."""
    return frozenset(re.findall(r"^([a-z][\w-]*):(?!=)", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def unknown_commands(page: Page, root: Path, app: typer.Typer) -> Iterator[str]:
    """`make TARGET` and `lyceum COMMAND` that would fail for want of the target or the command."""
    for line in page.code:
        match = _COMMAND.match(line)
        if not match:
            continue
        words = re.split(r"\s+[#&|;>]", match[2])[0].split()
        if match[1] == "make":
            targets = [word for word in words if re.fullmatch(r"[a-z][a-z-]*", word)]
            yield from (f"`{line}`: make has no target {name}" for name in targets if name not in make_targets(root))
        else:
            yield from unknown_subcommand(line, words, app)


def unknown_subcommand(line: str, words: list[str], app: typer.Typer) -> Iterator[str]:
    """Follow `words` down the commands of `lyceum` until one is not a group."""
    command = typer.main.get_command(app)
    for word in words:
        commands = getattr(command, "commands", None)
        if commands is None or not re.fullmatch(r"[a-z][a-z0-9-]*", word):
            return
        if word not in commands:
            yield f"`{line}`: lyceum has no command {word}"
            return
        command = commands[word]


def unknown_settings(page: Page) -> Iterator[str]:
    """LYCEUM_ settings that nothing reads."""
    yield from (f"{name} is no setting" for name in sorted(set(_SETTING.findall(page.text)) - SETTINGS))


def unexplained_settings(root: Path) -> Iterator[str]:
    """Where .env.example and the settings do not name the same."""
    explained = set(_SETTING.findall((root / ".env.example").read_text(encoding="utf-8")))
    yield from (f".env.example: {name} is no setting" for name in sorted(explained - SETTINGS))
    yield from (f".env.example: {name} is missing" for name in sorted(SETTINGS - explained))


def problems(root: Path, app: typer.Typer) -> Iterator[str]:
    """Every problem on every page, of the repository at `root` whose command line is `app`."""
    yield from unexplained_settings(root)
    for page in pages(root):
        where = page.path.relative_to(root).as_posix()
        found = [*lost_paths(page, root), *lost_links(page, root), *unknown_commands(page, root, app)]
        yield from (f"{where}: {problem}" for problem in dict.fromkeys([*found, *unknown_settings(page)]))
        lines = len(page.text.splitlines())
        if page.path.parent == root / "docs" / "decisions" and lines > DECISION_LINES:
            yield f"{where}: {lines} lines: a decision has {DECISION_LINES} at most"


def main(app: typer.Typer) -> int:
    """Print every problem; the exit code is 1 if there is one."""
    found = list(problems(ROOT, app))
    print("\n".join(found) if found else f"{len(list(pages(ROOT)))} pages of documentation name only what exists")
    return 1 if found else 0


if __name__ == "__main__":
    # Only here: the tests bring a command line of their own.
    from bot.__main__ import app as lyceum

    sys.exit(main(lyceum))
