"""A log laid out by member, once, so that what was known of anybody at any instant is looked up and not searched for.

Whatever is handed out is of before the instant that is asked for: the law of `features` is kept here.
"""

from dataclasses import dataclass

import numpy as np

from bot.engine.activity import KINDS, Bools, Ints, Log
from bot.engine.churn.exchanges import Exchanges, exchanges

_RECEIVING = np.array([one.shows == "receiving" for one in KINDS])


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """Things by whom they are of (`key`), and from the oldest (`at`); `thing` is the number of each."""

    key: Ints
    at: Ints
    thing: Ints

    def of(self, members: Ints, until: Ints) -> tuple[Ints, Ints]:
        """(row, thing) of all that each of `members` has from before their own instant, by rows and from the oldest."""
        first, end = np.searchsorted(self.key, members), np.searchsorted(self.key, members, "right")
        sizes = end - first
        row = np.repeat(np.arange(len(members)), sizes)
        spot = np.arange(len(row)) + np.repeat(first - (np.cumsum(sizes) - sizes), sizes)
        known = self.at[spot] < until[row]
        return row[known], self.thing[spot[known]]


def _shelf(key: Ints, at: Ints) -> Shelf:
    """The shelf of things 0, 1, … whose keys and times these are."""
    order = np.lexsort((at, key))  # stable: of what is at the same time, the first comes first
    return Shelf(key[order], at[order], order)


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """A whole log and what is worked out of it once.

    `acts` are the events that count as acts, by whose they are; `received` those by which a member was heard without
    words; `talk` is who spoke to whom, of which `heard` is by whom was spoken to and `said` by who spoke; `named` are
    mentions by who is mentioned and `naming` by who wrote. `topic` numbers the conversation of each event.
    """

    log: Log
    active: Ints
    topic: Ints
    talk: Exchanges
    acts: Shelf
    received: Shelf
    heard: Shelf
    said: Shelf
    named: Shelf
    naming: Shelf


def story(log: Log, acts: Bools) -> Story:
    """Lay out a log; `acts` says for each of `KINDS` whether it is an act."""
    talk = exchanges(log)
    active, gifts = np.flatnonzero(acts[log.kind]), np.flatnonzero(_RECEIVING[log.kind])
    mentioned_at = log.at[log.mentioning]
    return Story(
        log=log,
        active=active,
        topic=_topics(log),
        talk=talk,
        acts=_renumbered(_shelf(log.member[active], log.at[active]), active),
        received=_renumbered(_shelf(log.member[gifts], log.at[gifts]), gifts),
        heard=_shelf(talk.target, talk.at),
        said=_shelf(talk.source, talk.at),
        named=_shelf(log.mentioned, mentioned_at),
        naming=_shelf(log.member[log.mentioning], mentioned_at),
    )


def _renumbered(shelf: Shelf, things: Ints) -> Shelf:
    return Shelf(shelf.key, shelf.at, things[shelf.thing])


def _topics(log: Log) -> Ints:
    """A number for each conversation: a thread of a place."""
    if not len(log.at):
        return np.zeros(0, np.int64)
    _, place = np.unique(log.place, return_inverse=True)
    names, thread = np.unique(log.thread, return_inverse=True)
    return place.astype(np.int64) * len(names) + thread
