"""The figures of taking part: what each is called, what exactly it means, and where it comes from.

A new figure is one entry in `MEASURES`; `/stats`, `lyceum report`, `docs/numbers.md` and the tests walk that table.
`TERMS` are the words that the definitions use, and what is drawn.
"""

from collections.abc import Callable
from typing import Literal

from bot.engine.numbers import Numbers
from bot.i18n import N_, Tongue
from bot.words import Word

Unit = Literal["count", "mean", "share", "seconds"]
Value = int | float | None
"""None is 'can't be said'."""


class Measure(Word, frozen=True):
    """A figure: its name in files, its title, its definition, its unit, and how it is read off."""

    name: str
    title: str
    definition: str
    unit: Unit
    value: Callable[[Numbers], Value]


def _per(part: int | None, whole: int) -> float | None:
    return part / whole if part is not None and whole else None


MEASURES = (
    Measure(
        name="active",
        title=N_("Active members"),
        definition=N_("Members who were active on at least one day of the period, each counted once."),
        unit="count",
        value=lambda all_: all_.active,
    ),
    Measure(
        name="daily",
        title=N_("Daily active members (DAU)"),
        definition=N_("Members active on a day; the mean over all days of the period, those without anybody included."),
        unit="mean",
        value=lambda all_: all_.daily,
    ),
    Measure(
        name="weekly",
        title=N_("Weekly active members (WAU)"),
        definition=N_("Members active on at least one of the last 7 days of the period."),
        unit="count",
        value=lambda all_: all_.weekly,
    ),
    Measure(
        name="monthly",
        title=N_("Monthly active members (MAU)"),
        definition=N_(
            "Members active on at least one of the last 28 days of the period: four weeks, so that every month has "
            "each weekday as often."
        ),
        unit="count",
        value=lambda all_: all_.monthly,
    ),
    Measure(
        name="thirty",
        title=N_("Active in 30 days"),
        definition=N_("The same over the last 30 days, to compare with tools that count so."),
        unit="count",
        value=lambda all_: all_.thirty,
    ),
    Measure(
        name="stickiness",
        title=N_("Stickiness (DAU/MAU)"),
        definition=N_(
            "The mean of DAU over the last 28 days of the period, divided by MAU: on how many of these days the "
            "average active member was there."
        ),
        unit="share",
        value=lambda all_: all_.stickiness,
    ),
    Measure(
        name="new",
        title=N_("New members"),
        definition=N_(
            "Active members whose first activity in the log is in the period. In the first weeks of a log, old members "
            "count as new: what they did before is not known."
        ),
        unit="count",
        value=lambda all_: all_.moves.new,
    ),
    Measure(
        name="returning",
        title=N_("Returning members"),
        definition=N_("Active members who were active in the period before, too, which is as long as this one."),
        unit="count",
        value=lambda all_: all_.moves.returning,
    ),
    Measure(
        name="resurrected",
        title=N_("Resurrected members"),
        definition=N_(
            "Active members who had been active before, but not in the period before. New, returning and resurrected "
            "are all active members."
        ),
        unit="count",
        value=lambda all_: all_.moves.resurrected,
    ),
    Measure(
        name="lost",
        title=N_("Members lost"),
        definition=N_("Members who were active in the period before, and are not in this one."),
        unit="count",
        value=lambda all_: all_.moves.lost,
    ),
    Measure(
        name="joined",
        title=N_("Joins"),
        definition=N_("How often somebody came into the community. Many archives do not tell."),
        unit="count",
        value=lambda all_: all_.joined,
    ),
    Measure(
        name="left",
        title=N_("Departures"),
        definition=N_("How often somebody left the community or was removed. Many archives do not tell."),
        unit="count",
        value=lambda all_: all_.left,
    ),
    Measure(
        name="contributors",
        title=N_("Contributors"),
        definition=N_("Active members who wrote at least one message in the period."),
        unit="count",
        value=lambda all_: all_.contributors,
    ),
    Measure(
        name="readers",
        title=N_("Readers"),
        definition=N_(
            "Active members who wrote nothing, but reacted, checked in, attended, or opened or finished something of "
            "the library. Who only reads along in the chat leaves no trace that a bot could see, and is among the "
            "silent."
        ),
        unit="count",
        value=lambda all_: all_.readers,
    ),
    Measure(
        name="silent",
        title=N_("Silent members"),
        definition=N_(
            "Members who are in the community now and were not active in the period. Known only for a period that ends "
            "now."
        ),
        unit="count",
        value=lambda all_: all_.silent,
    ),
    Measure(
        name="activity",
        title=N_("Activity"),
        definition=N_("Everything that makes a member active: messages, reactions given, check-ins and the like."),
        unit="count",
        value=lambda all_: all_.activity,
    ),
    Measure(
        name="messages",
        title=N_("Messages"),
        definition=N_(
            "Messages of members in the period, later deleted ones included; those of bots are never counted."
        ),
        unit="count",
        value=lambda all_: all_.messages,
    ),
    Measure(
        name="per_contributor",
        title=N_("Messages per contributor"),
        definition=N_("Messages divided by contributors."),
        unit="mean",
        value=lambda all_: _per(all_.messages, all_.contributors),
    ),
    Measure(
        name="replies",
        title=N_("Replies"),
        definition=N_("Messages that reply directly to another member's message. Some archives do not tell."),
        unit="count",
        value=lambda all_: all_.replies,
    ),
    Measure(
        name="reply_rate",
        title=N_("Reply rate"),
        definition=N_(
            "The share of the period's messages that got a direct reply of another member before the period ended."
        ),
        unit="share",
        value=lambda all_: _per(all_.replied, all_.messages),
    ),
    Measure(
        name="questions",
        title=N_("Questions"),
        definition=N_("Messages with a question mark."),
        unit="count",
        value=lambda all_: all_.questions,
    ),
    Measure(
        name="answered",
        title=N_("Questions answered"),
        definition=N_(
            "Questions that another member answered before the period ended: by a direct reply, by a message in the "
            "same channel and topic that mentions whoever asked within 7 days (it answers their latest question "
            "there), or, where the question opened a topic, by the next message in it."
        ),
        unit="count",
        value=lambda all_: all_.answered,
    ),
    Measure(
        name="unanswered",
        title=N_("Questions unanswered"),
        definition=N_(
            "Questions not answered in this sense that had waited for 24 hours or more when the period ended. In a "
            "chat where people answer without replying or mentioning, many of them will have been answered."
        ),
        unit="count",
        value=lambda all_: all_.unanswered,
    ),
    Measure(
        name="first_answer",
        title=N_("Time to first answer"),
        definition=N_("The median time from a question to its first answer, of the questions that were answered."),
        unit="seconds",
        value=lambda all_: all_.first_answer,
    ),
)


class Term(Word, frozen=True):
    """A word that definitions use or a thing that is drawn, and what it means."""

    title: str
    definition: str


TERMS = (
    Term(
        title=N_("Active"),
        definition=N_(
            "A member is active on a day on which they write a message, give a reaction, check in, attend a live "
            "session, ask or answer by /ask, or open or finish something of the library. Joining, receiving and paying "
            "are not activity. Bots are never counted; moderators and the creator are."
        ),
    ),
    Term(
        title=N_("Days"),
        definition=N_(
            "Days, weeks and months begin at midnight by the clock of the time zone that is named. Only whole ones are "
            "counted: the first day of the log and the day that is not over yet are left out. A day on which the "
            "clocks change has 23 or 25 hours."
        ),
    ),
    Term(
        title=N_("Erased members"),
        definition=N_("Who had their data erased is gone from all figures, at all times."),
    ),
    Term(
        title=N_("Growth by week"),
        definition=N_(
            "For each week (Monday to Sunday) the members who were new, returning and resurrected in it, against the "
            "week before, and below the line those who were lost."
        ),
    ),
    Term(
        title=N_("Retention by cohort"),
        definition=N_(
            "A cohort is all members whose first activity was in the same week or month; each column says which share "
            "of them was active so many weeks or months later. Who was active before the first whole week or month of "
            "the log is in no cohort. What is not over is empty."
        ),
    ),
    Term(
        title=N_("Activity by hour"),
        definition=N_(
            "All activity of the period by weekday and hour of the time zone; the strongest cell has the most."
        ),
    ),
    Term(
        title=N_("Activity model"),
        definition=N_(
            "A(t) = α·A(t−1) + β·I(t), by the day. I(t) is how many members were active on day t; A(t), known when the "
            "day is over, forecasts how many will be active tomorrow. For one member, I(t) is 1 or 0 and A(t) is about "
            "how likely they are active tomorrow; only the 28 days after somebody's last activity are forecast. 0 ≤ α "
            "< 1 and β ≥ 0 are fitted by least squares to the first three quarters of the log."
        ),
    ),
    Term(
        title=N_("Retention model"),
        definition=N_(
            "R(t) = γ·R(t−1) + δ·U(t), by the week. R(t) is the share of last week's active members who are active "
            "this week; U(t) is the share of them who got something last week: a reply, a mention, a reaction, thanks, "
            "an accepted answer, a session attended or content finished. 0 ≤ γ < 1 and δ ≥ 0 are fitted by least "
            "squares to the first three quarters of the weeks."
        ),
    ),
    Term(
        title=N_("Trial of the models"),
        definition=N_(
            "The last quarter was not used for fitting. Each of its days or weeks is forecast from what was known when "
            "the one before it ended, and so are the naive forecasts: the same as the last time, and the same as on "
            "that weekday last week. The error is the root of the mean square error (RMSE) in members, or in shares. "
            "Below 84 whole days, or 24 weeks, nothing is said."
        ),
    ),
)


def shown(say: Tongue, unit: Unit, value: Value) -> str:
    """A figure as people read it."""
    if value is None:
        return "–"
    if unit == "count":
        return say.show(int(value))
    if unit == "mean":
        return f"{value:,.1f}"
    if unit == "share":
        return f"{value * 100:.1f} %"
    return span(say, value)


def span(say: Tongue, seconds: float) -> str:
    """A span of time in its two largest units: 3 d 4 h, 2 h 5 min, 40 s."""
    whole = round(seconds)
    if whole < 60:
        return say(N_("{n} s"), n=whole)
    minutes = round(seconds / 60)
    if minutes < 60:
        return say(N_("{n} min"), n=minutes)
    if minutes < 24 * 60:
        return say(N_("{h} h {min} min"), h=minutes // 60, min=minutes % 60)
    hours = round(seconds / 3600)
    return say(N_("{d} d {h} h"), d=hours // 24, h=hours % 24)
