"""The report's figures computed anew with pandas, from the archive's CSV alone: nothing of the bot is used."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

DAY = pd.Timedelta(days=1)


def read(path: Path, zone: str) -> pd.DataFrame:
    """The messages of people, with the day of each by the zone's clock."""
    frame = pd.read_csv(path, dtype={"author": str, "channel": str, "topic": str, "mentions": str})
    frame["at"] = pd.to_datetime(frame["time"], utc=True)
    frame = frame[frame["bot"] == 0].sort_values(["at", "id"], kind="stable").reset_index(drop=True)
    local = frame["at"].dt.tz_convert(zone)
    frame["day"] = local.dt.tz_localize(None).dt.normalize()
    frame["hour"], frame["weekday"] = local.dt.hour, local.dt.day_of_week
    return frame


def figures(path: Path, zone: str, recent: int = 28) -> dict[str, Any]:
    """{name: value}: figures of the last `recent` whole days as `recent.…`, of all whole days as `whole.…`."""
    frame = read(path, zone)
    first, last = frame["day"].min() + DAY, frame["day"].max() - DAY
    whole = frame[frame["day"].between(first, last)]
    found: dict[str, Any] = {}
    begin = last - (recent - 1) * DAY
    for name, start in (("recent", begin), ("whole", first)):
        part = whole[whole["day"] >= start]
        found |= {f"{name}.{key}": value for key, value in _window(frame, part, start, last).items()}
    now, earlier = whole[whole["day"] >= begin], whole[(whole["day"] < begin) & (whole["day"] >= begin - recent * DAY)]
    here, then = set(now["author"]), set(earlier["author"])
    ever = frame.groupby("author")["day"].min()
    new = {who for who in here if ever[who] >= begin}
    found["recent.returning"], found["recent.lost"] = len(here & then), len(then - here)
    found["recent.resurrected"] = len(here - then - new)
    found["daily"] = whole.groupby("day")["author"].nunique().reindex(pd.date_range(first, last), fill_value=0).tolist()
    months = [whole[(whole["day"] > day - 28 * DAY) & (whole["day"] <= day)] for day in pd.date_range(first, last)]
    found["monthly"] = [part["author"].nunique() for part in months][27:]
    found["hours"] = (
        pd.crosstab(whole["weekday"], whole["hour"])
        .reindex(index=range(7), columns=range(24), fill_value=0)
        .to_numpy()
        .tolist()
    )
    found["channels"] = whole["channel"].value_counts().to_dict()
    found["cohorts"] = _cohorts(frame, first, last)
    return found


def _window(frame: pd.DataFrame, part: pd.DataFrame, start: pd.Timestamp, last: pd.Timestamp) -> dict[str, Any]:
    days = pd.date_range(start, last)
    daily = part.groupby("day")["author"].nunique().reindex(days, fill_value=0)

    def active(window: int) -> int:
        return int(frame[frame["day"].between(last - (window - 1) * DAY, last)]["author"].nunique())

    month = frame[frame["day"].between(last - 27 * DAY, last)].groupby("day")["author"].nunique().sum() / 28
    ever = frame.groupby("author")["day"].min()
    here = part["author"].unique()
    return {
        "active": int(part["author"].nunique()),
        "daily": float(daily.mean()),
        "weekly": active(7),
        "monthly": active(28),
        "thirty": active(30),
        "stickiness": float(month) / active(28),
        "new": int((ever[here] >= start).sum()),
        "contributors": int(part["author"].nunique()),
        "messages": len(part),
        "per_contributor": len(part) / part["author"].nunique(),
        "questions": int(part["has_question"].fillna(0).astype(int).sum()),
        **_answers(frame[frame["day"] <= last], start, last),
    }


def _answers(frame: pd.DataFrame, start: pd.Timestamp, last: pd.Timestamp) -> dict[str, Any]:
    """Replies, and how questions were answered: message by message."""
    by_id = {row.id: row for row in frame.itertuples()}
    replies, replied = 0, set()
    asked: dict[tuple[str, str, str], list[Any]] = {}
    opened: dict[tuple[str, str], Any] = {}
    first: dict[Any, pd.Timestamp] = {}
    for row in frame.itertuples():
        topic = "" if pd.isna(row.topic) else str(row.topic)
        to = getattr(row, "reply_to", np.nan)
        target = None if pd.isna(to) else by_id.get(int(to))
        if target is not None and target.author != row.author and target.id != row.id:
            replies += row.day >= start
            replied.add(target.id)
            first.setdefault(target.id, row.at)
        named = [] if pd.isna(row.mentions) else str(row.mentions).split()
        for name in named:
            before = asked.get((name, str(row.channel), topic), [])
            if name != row.author and before and row.at - before[-1].at <= 7 * DAY:
                first.setdefault(before[-1].id, row.at)
        if topic:
            opening = opened.setdefault((str(row.channel), topic), row)
            if opening.author != row.author:
                first.setdefault(opening.id, row.at)
        if row.has_question == 1:
            asked.setdefault((row.author, str(row.channel), topic), []).append(row)
    questions = [row for row in by_id.values() if row.has_question == 1 and row.day >= start]
    waits = [(first[row.id] - row.at).total_seconds() for row in questions if row.id in first]
    known = len([row for row in by_id.values() if row.day >= start and row.id in replied])
    tells = "reply_to" in frame.columns
    return {
        "replies": replies if tells else None,
        "reply_rate": known / int((frame["day"] >= start).sum()) if tells else None,
        "answered": len(waits),
        "first_answer": float(np.median(waits)) if waits else None,
    }


def _cohorts(frame: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> dict[str, list[int]]:
    """{Monday: [members new that week, those of them active one week later, two…]}, of whole weeks."""
    monday = frame["day"] - pd.to_timedelta(frame["day"].dt.day_of_week, unit="D")
    since = monday.groupby(frame["author"]).transform("min")
    weeks = [day for day in pd.date_range(first, last, freq="W-MON") if day + 6 * DAY <= last]
    table = frame.assign(week=monday, since=since).groupby(["since", "week"])["author"].nunique()
    return {str(start.date()): [int(table.get((start, week), 0)) for week in weeks if week >= start] for start in weeks}
