"""Who was heard by whom: by replies, by mentions, and by who writes next in a conversation.

An archive often keeps no replies. There, whoever writes next in the same place and topic within `NEXT` is taken to
answer. In a busy channel that is sometimes wrong, so 'unanswered' is said with care, and 'heard' is only counted.
"""

from dataclasses import dataclass

import numpy as np

from bot.engine.activity import MESSAGE, SECOND, Bools, Ints, Log

HOUR = 3600 * SECOND
NEXT = HOUR
"""How soon the next message of another in a conversation is taken as an answer."""
PATIENCE = 24 * HOUR
"""How long a question may wait: who was not heard by then was not answered."""


@dataclass(frozen=True, slots=True, eq=False)
class Exchanges:
    """`source` spoke to `target` at `at` (microseconds): one entry for each message and whom it spoke to, oldest first.

    `unanswered` says of each event of the log whether it is a question of which the asker was not heard within
    `PATIENCE`: to be believed of one whose time was over before the instant that is asked for.
    """

    source: Ints
    target: Ints
    at: Ints
    unanswered: Bools


def exchanges(log: Log) -> Exchanges:
    """What was said to whom. Of a log that is cut it is the same, cut: nothing rests on what came later than itself."""
    spoken = np.flatnonzero(log.kind == MESSAGE)
    follower = followers(log, spoken)
    soon = np.flatnonzero(follower >= 0)
    soon = soon[log.at[follower[soon]] - log.at[soon] <= NEXT]
    # An answer to what comes later, by clocks that differ, is none.
    replies = np.flatnonzero((log.answers >= 0) & (log.answers < np.arange(len(log.at))) & (log.kind == MESSAGE))
    message = np.concatenate([follower[soon], replies, log.mentioning]).astype(np.int64)
    target = np.concatenate([log.member[soon], log.member[log.answers[replies]], log.mentioned]).astype(np.int64)
    width = int(target.max(initial=0)) + 1
    pairs = np.unique(message * width + target)
    message, target = pairs // width, pairs % width
    others = log.member[message] != target
    message, target = message[others], target[others]
    source, at = log.member[message].astype(np.int64), log.at[message]
    return Exchanges(source, target, at, _unanswered(log, follower, target, at))


def followers(log: Log, spoken: Ints) -> Ints:
    """For each event that is a message, the first message of another after it in its conversation; else -1."""
    found = np.full(len(log.at), -1, np.int64)
    if not len(spoken):
        return found
    order = spoken[np.lexsort((spoken, log.thread[spoken], log.place[spoken]))]
    place, thread, member = log.place[order], log.thread[order], log.member[order]
    moved = (place[1:] != place[:-1]) | (thread[1:] != thread[:-1])
    starts = np.concatenate([[0], np.flatnonzero(moved | (member[1:] != member[:-1])) + 1])
    run = np.searchsorted(starts, np.arange(len(order)), "right")  # the run after the one each message is in
    following = starts[np.minimum(run, len(starts) - 1)]
    same = (run < len(starts)) & (place[following] == place) & (thread[following] == thread)
    found[order[same]] = order[following[same]]
    return found


def _unanswered(log: Log, follower: Ints, target: Ints, at: Ints) -> Bools:
    """For each event, whether it is a question, and nobody wrote next nor spoke to the asker anywhere in `PATIENCE`."""
    asked = np.flatnonzero(log.question & (log.kind == MESSAGE))
    followed = (follower[asked] >= 0) & (log.at[follower[asked]] - log.at[asked] < PATIENCE)
    asked = asked[~followed]
    # Both in one order, by member and time; of the same time, being spoken to comes before asking.
    who, when = np.concatenate([target, log.member[asked]]), np.concatenate([at, log.at[asked]])
    asks = np.arange(len(who)) >= len(target)
    order = np.lexsort((asks, when, who))
    # For each place in that order, the next where somebody is spoken to.
    following = np.where(asks[order], len(order), np.arange(len(order)))
    following = np.minimum.accumulate(following[::-1])[::-1]
    spot = np.flatnonzero(asks[order])
    question, answer = order[spot], order[np.minimum(following[spot], len(order) - 1)]
    heard = (following[spot] < len(order)) & (who[answer] == who[question]) & (when[answer] - when[question] < PATIENCE)
    found = np.zeros(len(log.at), np.bool_)
    found[asked[question[~heard] - len(target)]] = True
    return found
