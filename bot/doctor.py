"""Findings: what is well and what is not, each with what to do. `/doctor` and `lyceum doctor` show the same."""

from typing import Literal

from bot.words import Word

State = Literal["ok", "warning", "problem"]
MARKS: dict[State, str] = {"ok": "✅", "warning": "⚠️", "problem": "❌"}


class Check(Word, frozen=True):
    """One thing looked at.

    `title` and `advice` are messages to translate (mark them with N_), `values` what goes into their
    {placeholders}. `advice` says what to do, and is empty when all is well.
    """

    title: str
    state: State = "ok"
    advice: str = ""
    values: dict[str, int | str] = {}
