"""Who was heard by whom: by replies, by mentions, and by who writes next in a conversation.

An archive often keeps no replies. There, whoever writes next in the same place and topic within `NEXT` is taken to
answer. In a busy channel that is sometimes wrong, so 'unanswered' is said with care, and 'heard' is only counted.
"""

from dataclasses import dataclass

import numpy as np

from bot.engine.activity import MESSAGE, SECOND, Ints, Log

HOUR = 3600 * SECOND
NEXT = HOUR
"""How soon the next message of another in a conversation is taken as an answer."""
PATIENCE = 24 * HOUR
"""How long a question may wait: who was not heard by then was not answered."""


@dataclass(frozen=True, slots=True, eq=False)
class Exchanges:
    """`source` spoke to `target` at `at` (microseconds): one entry for each message and whom it spoke to.

    `unanswered` are the questions, as indices of the log's events, of which the asker was not heard within `PATIENCE`,
    whose time is over.
    """

    source: Ints
    target: Ints
    at: Ints
    unanswered: Ints


def exchanges(log: Log, until: int) -> Exchanges:
    """What was said to whom in a log that was cut at `until`."""
    spoken = np.flatnonzero(log.kind == MESSAGE)
    follower = followers(log, spoken)
    soon = np.flatnonzero(follower >= 0)
    soon = soon[log.at[follower[soon]] - log.at[soon] <= NEXT]
    # An answer to what comes later, by clocks that differ, may be cut away: it is none.
    replies = np.flatnonzero((log.answers >= 0) & (log.answers < len(log.at)) & (log.kind == MESSAGE))
    message = np.concatenate([follower[soon], replies, log.mentioning])
    target = np.concatenate([log.member[soon], log.member[log.answers[replies]], log.mentioned]).astype(np.int64)
    pairs = np.unique(np.stack([message, target], axis=1), axis=0)
    pairs = pairs[log.member[pairs[:, 0]] != pairs[:, 1]]
    source, at = log.member[pairs[:, 0]].astype(np.int64), log.at[pairs[:, 0]]
    return Exchanges(source, pairs[:, 1], at, _unanswered(log, follower, pairs[:, 1], at, until))


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


def _unanswered(log: Log, follower: Ints, target: Ints, at: Ints, until: int) -> Ints:
    asked = np.flatnonzero(log.question & (log.kind == MESSAGE) & (log.at <= until - PATIENCE))
    next_at = np.where(follower[asked] >= 0, log.at[follower[asked]], until + PATIENCE)
    silent = asked[next_at - log.at[asked] > PATIENCE]
    order = np.lexsort((at, target))
    target, at = target[order], at[order]
    # The first time the asker was spoken to after asking, anywhere.
    heard = np.zeros(len(silent), np.bool_)
    for n, (who, when) in enumerate(zip(log.member[silent], log.at[silent], strict=True)):
        first, last = np.searchsorted(target, [who, who + 1])
        spot = first + np.searchsorted(at[first:last], when, "right")
        heard[n] = spot < last and at[spot] - when <= PATIENCE
    return silent[~heard]
