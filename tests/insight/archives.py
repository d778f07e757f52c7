"""An archive of a lively community over 210 days, made by a seed, in the columns that `lyceum import` reads."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bot.__main__ import app

HEADER = ("id", "time", "author", "bot", "channel", "topic", "length", "has_question", "mentions", "reply_to")
BEGIN = datetime(2026, 2, 2, 17, 40, tzinfo=UTC)
"""A Monday evening; the clocks of Europe change in March, and the archive goes on into August."""
DAYS = 210


def archive(path: Path, seed: int = 11, members: int = 45) -> Path:
    """Write it: members come and go, write by day, ask, reply, mention; one is a bot."""
    random = np.random.default_rng(seed)
    moments: list[tuple[datetime, str]] = []
    for member in range(members):
        day, here = int(random.integers(0, DAYS - 20)) if member > 8 else 0, True
        while day < DAYS:
            here = random.random() < (0.75 if here else 0.07)
            for _ in range(int(random.integers(1, 4)) if here else 0):
                minute = int(random.normal(15.5 * 60, 200)) % 1440
                at = BEGIN.replace(hour=0, minute=0) + timedelta(
                    days=day, minutes=minute, seconds=int(random.integers(60))
                )
                moments.append((at, f"u{member}"))
            day += 1
    moments += [(BEGIN + timedelta(days=day), "robot") for day in range(DAYS)]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    earlier: list[tuple[int, str]] = []
    for number, (at, who) in enumerate(sorted(one for one in moments if one[0] >= BEGIN)):
        near = earlier[-6:]
        chosen = near[int(random.integers(len(near)))] if near else (0, "")
        replies, names = bool(near) and random.random() < 0.3, bool(near) and random.random() < 0.2
        writer.writerow(
            (
                number,
                at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                who,
                int(who == "robot"),
                ("hall", "café", "library")[int(random.choice(3, p=[0.6, 0.3, 0.1]))],
                "",
                int(random.integers(5, 300)),
                int(random.random() < 0.25),
                chosen[1] if names else "",
                chosen[0] if replies else "",
            )
        )
        earlier.append((number, who))
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def imported(folder: Path, community: str) -> Path:
    """Bring an archive into a database in a folder by `lyceum import`, as a community of this name; the folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LYCEUM_DATABASE_URL", f"sqlite:///{folder}/lyceum.db")
        done = CliRunner().invoke(app, ["import", str(archive(folder / "club.csv")), "--community", community])
        assert done.exit_code == 0, done.output
    return folder
