"""One batch in one transaction: from events as the adapters hand them in to states, log and outbox.

The order: what was seen before is left out; who each event is about is found (or enrolled); the states are
read, from memory where they are hot; `decide` is folded over the events in the order heard; everything is
written in bulk; after the commit, and only then, `publish` makes the new states the hot ones.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Generic, TypeVar

from bot.effects import Alert, Announce, Effect, Nudge, Tell
from bot.engine.decide import Decision, decide
from bot.engine.ledger import Entry, Past, Tally, hangs_on, lasting, noted, refused, standing
from bot.engine.library import ACTS
from bot.engine.points import QUALITY, today
from bot.engine.rules import Rules
from bot.events import (
    INTERNAL,
    Account,
    Author,
    EstimatesChosen,
    Event,
    MemberLeft,
    MessageDeleted,
    MessagePosted,
    PaymentReceived,
    PaymentReturned,
    SubscriptionChanged,
    ThanksReceived,
    member_account,
    thanked,
    thanks_key,
    unthanked,
)
from bot.sales import Payment, Subscription
from bot.state import MemberState
from bot.storage import counted, entries, grants, ledger, library, outbox, rulebook, sales, segments, studies
from bot.storage.bulk import Row
from bot.storage.entries import Day
from bot.storage.ledger import Handle, Seat
from bot.storage.merge import Became
from bot.storage.store import Connection
from bot.text import display_name
from bot.words import Word, replace

SHORT = timedelta(days=1)
"""A batch over no more time than this is about two or three days of each member: all of them are looked up."""
_at = attrgetter("at")
K = TypeVar("K")
V = TypeVar("V")


class Outcome(Word, frozen=True):
    """What became of a batch: events that counted, were seen before, concern nobody known, or broke a policy."""

    new: int = 0
    seen: int = 0
    dropped: int = 0
    poisoned: int = 0


class Change(Word, frozen=True):
    """One event's passage, for whoever watches: whose, the state before and after, and the effects."""

    seat: Seat
    event: Event
    before: MemberState
    after: MemberState
    effects: tuple[Effect, ...]


class Parcel(Word, frozen=True):
    """Events that are committed together with the cursors they advance and the letters they answer.

    `quiet` events (history from an archive) change states and open gates, and tell nobody.
    """

    events: tuple[Event, ...]
    marks: dict[str, int] = {}
    letters: tuple[int, ...] = ()
    quiet: bool = False


class Recent(Generic[K, V]):
    """A dictionary of the entries used most recently: between half of `limit` and `limit` of them.

    Two generations do it: what is used goes into the young one, and when that holds half of the limit it becomes the
    old one, whose own entries are let go. Unlike an `OrderedDict` this costs nothing per use, and half the memory.
    """

    def __init__(self, limit: int) -> None:
        self._half = max(limit // 2, 1)
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """What is known of `key`."""
        found = self._young.get(key)
        return self._old.get(key) if found is None else found

    def refresh(self, used: Mapping[K, V]) -> None:
        """Take in what was used."""
        self._young.update(used)
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}

    def discard(self, key: K) -> None:
        """Forget `key`."""
        self._young.pop(key, None)
        self._old.pop(key, None)

    def items(self) -> list[tuple[K, V]]:
        """All entries; one in both generations shows as it is now."""
        return list({**self._old, **self._young}.items())


class Hot:
    """What the writer keeps in memory between batches: at most `limit` states, and the seats of as many accounts."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._members: dict[int, int] = {}
        self._communities: dict[int, int] = {}
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.states: Recent[int, MemberState] = Recent(self._limit)
        self.tallies: Recent[Day, Tally] = Recent(self._limit)
        self.seats: Recent[Handle, tuple[Seat, str]] = Recent(self._limit)
        """The seat, and the name last heard, as it was heard."""
        self.rules: dict[int, Rules] = {}
        """The rules of each community: the file's and its own plans."""

    def rename(self, became: Became) -> None:
        """Begin anew, and from now on understand the old numbers in events that are under way."""
        self.clear()
        self._members.update(became.members)
        self._communities.update(became.communities)

    def own(self, who: Account) -> Seat:
        """The seat of a member whom Lyceum itself names."""
        member, community = int(who.user), int(who.space)
        while member in self._members:
            member = self._members[member]
        while community in self._communities:
            community = self._communities[community]
        return Seat(member=member, community=community)

    def forget(self, member: int) -> None:
        """Drop a member's state, days and seats."""
        self.states.discard(member)
        for day in [day for day, _ in self.tallies.items() if day[0] == member]:
            self.tallies.discard(day)
        for who, (seat, _) in self.seats.items():
            if seat.member == member:
                self.seats.discard(who)


class Batch:
    """The work of one transaction; made anew for each."""

    def __init__(self, connection: Connection, hot: Hot, rules: Rules, *, watched: bool) -> None:
        self.changes: list[Change] = []
        self._connection = connection
        self._hot = hot
        self._rules = rules
        self._watched = watched
        self._own_rules: dict[int, Rules] = {}
        self._heard: dict[Handle, tuple[Seat, str]] = {}
        """The seat of each person who is spoken of, and the name last heard."""
        self._seats: dict[int, Seat] = {}
        """The same by the `id` of each account in what was handed in: of who writes often on Discord it is the same."""
        self._authors: dict[str, Seat] = {}
        self._thanks: dict[str, ThanksReceived] = {}
        """{key: thanks that go with the message they are in}."""
        self._own: dict[int, Account] = {}
        self._states: dict[int, MemberState] = {}
        self._loaded: dict[int, MemberState] = {}
        """The states as they were before this batch."""
        self._changed: dict[int, MemberState] = {}
        self._log: list[Row] = []
        self._things: set[str] = set()
        self._hung: dict[tuple[int, str], list[Entry]] = {}
        self._tallies: dict[Day, Tally] = {}
        self._booked: list[Row] = []
        self._tallied: dict[Day, tuple[int, Tally]] = {}
        self._refused: list[tuple[int, int, int, str]] = []
        """(community, member, day, why) of each message that was worth nothing."""
        self._wanted: list[outbox.Wanted] = []
        self._names: dict[int, tuple[Account, str]] = {}
        self._sold: dict[str, tuple[Seat, Subscription]] = {}
        self._paid: list[tuple[Seat, datetime, Payment]] = []
        self._left: list[tuple[Account, datetime]] = []
        self._studied: list[tuple[Seat, Event]] = []
        self._withdrawn: list[str] = []
        self._unestimated: list[int] = []
        """The members who forbade estimates."""

    def take(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Fold `decide` over all events; nothing is written yet but members who are new."""
        events = [event for parcel in parcels for event in parcel.events]
        seen = self._seen(events)
        self._find([event for event in events if event.key not in seen] if seen else events)
        outcomes = [self._parcel(parcel, seen) for parcel in parcels]
        self._note_refused()
        return outcomes

    def _seen(self, events: Sequence[Event]) -> set[str]:
        """The keys of those that are in the log."""
        written = [event.key for event in events if isinstance(event, MessagePosted)]
        seen = ledger.known_of_new(self._connection, written) if written else set()
        if len(written) < len(events):
            others = [event.key for event in events if not isinstance(event, MessagePosted)]
            seen |= ledger.known(self._connection, others)
        return seen

    def _find(self, events: Sequence[Event]) -> None:
        cited = self._find_thanks(events)
        for event in events:
            if isinstance(event, MessagePosted):
                if event.reply_to:
                    cited.add(event.reply_to)
            elif of := hangs_on(event):
                self._things.add(of)
        spoken_of = {id(event.who): event.who for event in events}
        cited.update(who.of for who in spoken_of.values() if isinstance(who, Author))
        self._find_seats({number: who for number, who in spoken_of.items() if isinstance(who, Account)}, events)
        if cited:
            self._authors = ledger.authors(self._connection, cited)
        homes = {seat.member: seat.community for seat, _ in self._heard.values()}
        homes.update({seat.member: seat.community for seat in self._authors.values()})
        self._hung = entries.hanging(self._connection, self._things, homes)
        self._load(homes)
        self._load_days(events, homes)

    def _find_seats(self, named: Mapping[int, Account], events: Sequence[Event]) -> None:
        """Find out, or enroll, whom accounts name, and by what name they were heard last."""
        unknown: dict[Handle, Account] = {}
        places = {number: ledger.handle(who) for number, who in named.items()}
        for number, place in places.items():
            if place in self._heard or place in unknown:
                continue
            who = named[number]
            if who.platform == INTERNAL:
                self._heard[place] = (self._hot.own(who), "")
            elif (known := self._hot.seats.get(place)) is not None:
                self._heard[place] = known
            else:
                unknown[place] = who
        if unknown:
            for place, seat in ledger.seats(self._connection, list(unknown.values())).items():
                self._heard[place] = (seat, seat.name)
        if any(self._called_otherwise(who) for who in named.values()):
            for event in events:
                if isinstance(event.who, Account) and self._called_otherwise(event.who):
                    self._rename(event.who)
        self._seats = {number: self._heard[place][0] for number, place in places.items()}

    def _find_thanks(self, events: Sequence[Event]) -> set[str]:
        """Look up what thanks were in messages that are gone now; returns the keys of these thanks."""
        gone = {event.of for event in events if isinstance(event, MessageDeleted)}
        if not gone:
            return set()
        found = ledger.thanks(self._connection, [thanks_key(message) for message in gone])
        before = ledger.known(self._connection, [unthanked(one, one.at).key for one in found])
        self._thanks = {one.key: one for one in found if unthanked(one, one.at).key not in before}
        written = [one for one in events if isinstance(one, MessagePosted) and one.key in gone]
        self._things.update(one.of for one in found)
        self._things.update(one.reply_to for one in written if thanked(one) is not None)
        return set(self._thanks)

    def _load(self, members: Iterable[int]) -> None:
        hot, cold = self._hot.states, []
        for member in members:
            state = hot.get(member)
            if state is None:
                cold.append(member)
            else:
                self._states[member] = state
        if cold:
            self._states.update(ledger.states(self._connection, cold))
        self._loaded = dict(self._states)

    def _load_days(self, events: Sequence[Event], homes: Mapping[int, int]) -> None:
        """Look up at once the days that events will be booked on; what this does not foresee is looked up singly."""
        cold: set[Day] = set()
        for day in self._days(events, homes):
            known = self._hot.tallies.get(day)
            if known is None:
                cold.add(day)
            else:
                self._tallies[day] = known
        if cold:
            self._tallies.update(entries.tallies(self._connection, cold))

    def _days(self, events: Sequence[Event], homes: Mapping[int, int]) -> set[Day]:
        """The days of all members, or for a long time those on which they did something."""
        known = [(member, home) for member, home in homes.items() if member in self._states]
        if not known:
            return set()
        first, last = min(events, key=_at), max(events, key=_at)
        if last.at - first.at > SHORT:
            whose = [(event, self._whose(event)) for event in events]
            return {
                (seat.member, self._day(event, seat.member, seat.community))
                for event, seat in whose
                if seat is not None and seat.member in self._states
            }
        return {
            (member, day)
            for member, home in known
            for day in range(self._day(first, member, home), self._day(last, member, home) + 1)
        }

    def _day(self, event: Event, member: int, community: int) -> int:
        return today(event, self._states[member], self._rules_of(community))

    def _tally(self, member: int, day: int) -> Tally:
        found = self._tallies.get((member, day)) or self._hot.tallies.get((member, day))
        if found is None:
            found = entries.tallies(self._connection, [(member, day)])[member, day]
            self._tallies[member, day] = found
        return found

    def _parcel(self, parcel: Parcel, seen: set[str]) -> Outcome:
        new = before = dropped = 0
        for event in parcel.events:
            if event.key in seen:
                before += 1
                continue
            seat = self._whose(event)
            state = None if seat is None else self._states.get(seat.member)
            if seat is None or state is None or (seat.since and event.at < seat.since):
                dropped += 1
                continue
            seen.add(event.key)
            new += 1
            self._decide(seat, state, event, quiet=parcel.quiet)
            if isinstance(event, MessagePosted):
                if event.text.thanks and (thanks := thanked(event)) is not None:
                    self._thank(seat, thanks, quiet=parcel.quiet)
            elif isinstance(event, MessageDeleted) and (lost := self._thanks.pop(thanks_key(event.of), None)):
                self._tell_author(unthanked(lost, event.at), quiet=parcel.quiet)
        return Outcome(new=new, seen=before, dropped=dropped)

    def _thank(self, giver: Seat, thanks: ThanksReceived, *, quiet: bool) -> None:
        """Tell whoever was thanked, if they are known and somebody else."""
        seat = self._whose(thanks)
        if seat is not None and seat.member != giver.member and self._tell_author(thanks, quiet=quiet):
            self._thanks[thanks.key] = thanks

    def _tell_author(self, event: Event, *, quiet: bool) -> bool:
        """Take in what follows for somebody else from an event; False if they are not known."""
        seat = self._whose(event)
        state = None if seat is None else self._states.get(seat.member)
        if seat is None or state is None or (seat.since and event.at < seat.since):
            return False
        self._decide(seat, state, event, quiet=quiet)
        return True

    def _whose(self, event: Event) -> Seat | None:
        who = event.who
        return self._authors.get(who.of) if isinstance(who, Author) else self._seats[id(who)]

    def _called_otherwise(self, who: Account) -> bool:
        return bool(who.name) and who.name != self._heard[ledger.handle(who)][1]

    def _rename(self, who: Account) -> None:
        seat, _ = self._heard[ledger.handle(who)]
        name = display_name(who.name)
        if name != seat.name:
            seat = replace(seat, name=name)
            self._names[seat.member] = (who, name)
        self._heard[ledger.handle(who)] = (seat, who.name)

    def _decide(self, seat: Seat, before: MemberState, event: Event, *, quiet: bool) -> None:
        member = seat.member
        tally = partial(self._tally, member)
        if isinstance(event, MessagePosted):  # nearly all: nothing hangs on what is new
            past = Past(before=before, answers=self._answers(seat, event.reply_to), tally=tally)
        else:
            hung = tuple(self._hung.get((member, hangs_on(event)), ()))
            past = Past(before=before, standing=standing(hung), hung=hung, tally=tally)
        rules = self._rules_of(seat.community)
        decision = decide(event, before, rules, past)
        after = decision.state
        if after is not before:
            self._states[member] = self._changed[member] = after
        own = self._own.get(member)
        if own is None:
            own = self._own[member] = member_account(seat.community, member)
        self._log.append(ledger.line(seat, replace(event, who=own)))
        self._authors[event.key] = seat
        if decision.entries:
            self._book(seat, decision.entries)
        if decision.effects:
            self._want(seat, event, own, decision, quiet=quiet)
        if isinstance(event, MessagePosted):
            if why := after.guard.verdict:
                self._refused.append((seat.community, member, today(event, after, rules), why))
        else:
            self._note(seat, event, after)
        if self._watched:
            self.changes.append(Change(seat=seat, event=event, before=before, after=after, effects=decision.effects))

    def _note(self, seat: Seat, event: Event, after: MemberState) -> None:
        """What tables of their own show of it."""
        if isinstance(event, SubscriptionChanged):
            sold = [one for one in after.membership.subscriptions if one.id == event.subscription.id]
            self._sold.update({one.id: (seat, one) for one in sold})
        elif isinstance(event, (PaymentReceived, PaymentReturned)):
            self._paid.append((seat, event.at, event.payment))
        elif isinstance(event, MemberLeft) and isinstance(event.who, Account):
            self._left.append((event.who, event.at))
        elif isinstance(event, ACTS):
            self._studied.append((seat, event))
        elif isinstance(event, MessageDeleted):
            self._withdrawn.append(event.of)
        elif isinstance(event, EstimatesChosen) and not event.wanted:
            self._unestimated.append(seat.member)

    def _note_refused(self) -> None:
        """Put on their days the messages that were worth nothing: most are, so all of a day at once."""
        for (community, member, day, why), times in Counter(self._refused).items():
            now = self._tallies[member, day] = refused(self._tally(member, day), {why: times})
            self._tallied[member, day] = community, now

    def _answers(self, seat: Seat, reply_to: str) -> bool:
        if not reply_to:
            return False
        author = self._authors.get(reply_to)
        return author is not None and author.member != seat.member

    def _book(self, seat: Seat, booked: Sequence[Entry]) -> None:
        for entry in booked:
            day = seat.member, entry.day
            now = noted(self._tally(*day), entry, quality=entry.way in QUALITY)
            self._tallies[day] = now
            self._tallied[day] = seat.community, now
            if lasting(entry):
                self._booked.append(entries.line(seat, entry))
                if entry.of in self._things:
                    self._hung.setdefault((seat.member, entry.of), []).append(entry)

    def _rules_of(self, community: int) -> Rules:
        found = self._hot.rules.get(community) or self._own_rules.get(community)
        if found is None:
            found = self._own_rules[community] = rulebook.rules(self._connection, self._rules, community)
            counted.begin(self._connection, community, found)
        return found

    def _want(self, seat: Seat, event: Event, own: Account, decision: Decision, *, quiet: bool) -> None:
        heard = event.who if isinstance(event.who, Account) else own
        channel = event.channel if isinstance(event, MessagePosted) else ""
        open_ = decision.state.access.open
        self._wanted += [
            outbox.Wanted(
                seat=seat, key=f"{event.key}#{index}", heard=heard, effect=effect, channel=channel, open=open_
            )
            for index, effect in enumerate(decision.effects)
            if not (quiet and isinstance(effect, Announce | Alert | Nudge | Tell))
        ]

    def store(self, parcels: Sequence[Parcel], now: datetime) -> int:
        """Write it all; returns how many effects wait to be delivered."""
        connection = self._connection
        ledger.log(connection, self._log)
        ledger.keep(connection, self._changed, self._loaded)
        entries.book(connection, self._booked)
        entries.tally(connection, self._tallied)
        ledger.rename(connection, self._names)
        sales.keep(connection, self._sold.values())
        sales.book(connection, self._paid)
        for who, at in self._left:
            grants.leave(connection, who, at)
        if self._studied:
            studies.keep(connection, self._studied)
        if self._withdrawn:
            library.withdraw(connection, self._withdrawn)
        if self._unestimated:
            segments.forget(connection, self._unestimated)
        marks: dict[str, int] = {}
        letters: list[int] = []
        for parcel in parcels:
            letters += parcel.letters
            for name, value in parcel.marks.items():
                marks[name] = max(value, marks.get(name, value))
        ledger.mark(connection, marks)
        ledger.acknowledge(connection, letters, now)
        return outbox.post(connection, self._wanted, now)

    def publish(self) -> None:
        """After the commit: what was written is what is known."""
        self._hot.rules.update(self._own_rules)
        self._hot.states.refresh(self._states)
        self._hot.tallies.refresh(self._tallies)
        self._hot.seats.refresh(self._heard)
