"""Nudges: when Lyceum writes to a member of its own accord, and what keeps it from doing so too often.

`table` holds them all: a new one is an entry there. `triggers` says who meets which and when, about a `Person` as of
now; `heeding` whether a newcomer was answered; `brakes` what holds one back; `ladder` where it goes; `decision` puts
these together. See docs/nudges.md.
"""
