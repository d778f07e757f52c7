"""Everything that happens, one frozen class each, in the past tense.

An event is about **one member**, has a `key` that is unique for ever (`discord:message:123`), and a time `at`
that is the platform's own (from the snowflake, from Telegram's `date`), never the wall clock. It carries counts
and features of a text and **never the text**. To add an event: write its class here, add it to `Event`, and let
a policy in `bot/engine/` heed it.
"""

from datetime import date, datetime
from hashlib import blake2b
from typing import Literal

from bot.sales import Payment, Reason, Subscription
from bot.text import Features
from bot.words import Word

INTERNAL = "lyceum"
"""The platform of events that come from Lyceum itself: `space` is the community's id and `user` the member's."""


class Account(Word, frozen=True, tag=True):
    """A person as one platform knows them: `user` in `space` (a guild, a group), with the `name` shown there."""

    platform: str
    space: str
    user: str
    name: str = ""
    space_name: str = ""


def person(platform: str, user: str) -> str:
    """How an event names somebody it is not about: a hash, so that no user id stays in the logs of others.

    That keeps an id out of sight, and out of what members export; it is no secret from who has the whole log and tries
    out ids. A key beside it in the database would keep nothing from them either, and it would have to be the same for
    ever: by these hashes it is known what was heard before.
    """
    return blake2b(f"{platform}:{user}".encode(), digest_size=8).hexdigest()


def member_account(community: int, member: int) -> Account:
    """How an event of Lyceum's own, and every event in the log, names a member."""
    return Account(platform=INTERNAL, space=str(community), user=str(member))


def hand(member: int) -> str:
    """By whose hand something was changed: their number, never a name, which others may bear and which may change."""
    return f"#{member}"


class Author(Word, frozen=True, tag=True):
    """Whoever the earlier event `of` was about, for news that names a message but not its author."""

    of: str


class Happening(Word, frozen=True, tag_field="type", tag=True):
    """What all events share: `key`, `at` (aware, UTC) and `who` it is about.

    `who` is an `Account`, or an `Author` where the platform does not say; an event about the author of a
    message that was never seen is dropped. In the log every `who` is the member's own (`member_account`).
    """

    key: str
    at: datetime


class MessagePosted(Happening, frozen=True):
    """A member wrote in `channel`; `reply_to` is the key of the message answered, `topic` the thread or forum topic.

    `mentions` are other people, each as `person` gives them. Of the author's roles only those are named that the rules
    of their community speak of.
    """

    who: Account
    channel: str
    text: Features
    topic: str = ""
    reply_to: str = ""
    mentions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class MessageEdited(Happening, frozen=True):
    """The message with key `of` now reads differently."""

    who: Account
    of: str
    text: Features


class MessageDeleted(Happening, frozen=True):
    """The message with key `of` is gone; what it earned goes with it."""

    who: Author | Account
    of: str


class ReactionGiven(Happening, frozen=True):
    """The member put `emoji` under the message with key `of`."""

    who: Account
    of: str
    emoji: str


class ReactionReceived(Happening, frozen=True):
    """The member's message `of` was given `emoji` by the `giver` (see `person`)."""

    who: Author | Account
    of: str
    emoji: str
    giver: str


class ReactionWithdrawn(Happening, frozen=True):
    """A reaction that the member's message `of` had received was taken back by the `giver` (see `person`)."""

    who: Author | Account
    of: str
    emoji: str
    giver: str


class ThanksReceived(Happening, frozen=True):
    """The `giver` (see `person`) thanked the member, for the message `of` or ('') for anything."""

    who: Author | Account
    giver: str
    of: str = ""


class ThanksWithdrawn(Happening, frozen=True):
    """The message by which the `giver` (see `person`) had thanked the member, for their message `of`, is gone."""

    who: Author | Account
    giver: str
    of: str


class AnswerAccepted(Happening, frozen=True):
    """The member's message `of` was accepted as an answer `by` whoever asked, or by the creator (see `person`)."""

    who: Author | Account
    of: str
    by: str


class QuestionAsked(Happening, frozen=True):
    """The member asked the `question` with this number (`bot/storage/questions.py` has its words)."""

    who: Account
    question: str


class QuestionAnswered(Happening, frozen=True):
    """The member answered the `question` of somebody else; whether well, `AnswerAccepted` says."""

    who: Account
    question: str


class QuestionSettled(Happening, frozen=True):
    """The member's `question` is over: the library answered it, or somebody's `answer` did, or it was taken back."""

    who: Account
    question: str
    by: Literal["library", "answer", "nobody"]


class CheckedIn(Happening, frozen=True):
    """The member said that they are there today."""

    who: Account


class Attended(Happening, frozen=True):
    """The member was at the live session `session`."""

    who: Account
    session: str


class ContentFinished(Happening, frozen=True):
    """The member came to the end of `item`."""

    who: Account
    item: str


class ContentShown(Happening, frozen=True):
    """The member was shown `items` of the library, in this order, at `place`: library, search, recommend, digest, …"""

    who: Account
    items: tuple[str, ...]
    place: str = ""


class ContentOpened(Happening, frozen=True):
    """The member opened `item`, which they were given by this."""

    who: Account
    item: str
    place: str = ""


class ContentLiked(Happening, frozen=True):
    """The member likes `item`, or does not any more."""

    who: Account
    item: str
    liked: bool = True


class ContentRated(Happening, frozen=True):
    """The member gave `item` so many `stars`, 1 to 5."""

    who: Account
    item: str
    stars: int


class ContentSaved(Happening, frozen=True):
    """The member put `item` aside for later, or took it from there."""

    who: Account
    item: str
    saved: bool = True


class ContentDismissed(Happening, frozen=True):
    """The member is not interested in `item`, and does not want to be shown it again."""

    who: Account
    item: str
    place: str = ""


class InterestsChosen(Happening, frozen=True):
    """The member said what they are interested in, what they want to reach (`goal`) and where they stand (`level`)."""

    who: Account
    topics: tuple[str, ...] = ()
    goal: str = ""
    level: str = ""


class InviteStayed(Happening, frozen=True):
    """Somebody whom the member invited came, stayed and took part."""

    who: Account


class PointsAdjusted(Happening, frozen=True):
    """A creator changed what the member has, `by` how many or `to` how many (one of the two), and said `why`.

    What is adjusted is `points` (standing), `quality` (the part of it that others gave) or `coins` (to spend).
    `actor` is who did it, by their `hand`, or what did.
    """

    who: Account
    what: Literal["points", "quality", "coins"] = "points"
    by: int | None = None
    to: int | None = None
    why: str = ""
    actor: str = ""


class AdjustmentUndone(Happening, frozen=True):
    """The adjustment with key `of` is taken back."""

    who: Account
    of: str


class ItemBought(Happening, frozen=True):
    """The member paid `price` coins for `item` of the shop, which returns them if they were not there."""

    who: Account
    item: str
    price: int


class ItemReturned(Happening, frozen=True):
    """The purchase with key `of` could not be handed over, or was taken back: the coins return."""

    who: Account
    of: str


class Prestiged(Happening, frozen=True):
    """The member begins again at level 0, with a star, if the rules let them."""

    who: Account


class Crowned(Happening, frozen=True):
    """The member won a week's board with so many `points`: `place` 1 is first. The crown is theirs until `until`.

    A day `until` that has come already is an honour without a crown. Who won is told in one go, with the first of them:
    `beside` are the others, (member, place, points) each, and their own events are `told` already.
    """

    who: Account
    place: int
    until: date
    points: int = 0
    beside: tuple[tuple[int, int, int], ...] = ()
    told: bool = False


class ZoneChosen(Happening, frozen=True):
    """The member lives by the clock of `zone` (`Europe/Berlin`); '' is the community's."""

    who: Account
    zone: str


class BoardChosen(Happening, frozen=True):
    """How the member wants to be on the boards: not at all (`hidden`), or under the name of `alias`."""

    who: Account
    hidden: bool = False
    alias: str = ""


class MemberJoined(Happening, frozen=True):
    """The member came into the community's space."""

    who: Account


class MemberLeft(Happening, frozen=True):
    """The member left, or was removed from, the community's space."""

    who: Account


class LanguageChosen(Happening, frozen=True):
    """The member wants to be spoken to in `locale` (`en`, `zh_CN`)."""

    who: Account
    locale: str


class NoticesChosen(Happening, frozen=True):
    """The member does (or does not) want private notices."""

    who: Account
    wanted: bool


class TopicChosen(Happening, frozen=True):
    """The member does (or does not) want nudges of `topic` (`bot/engine/nudges/table.py`)."""

    who: Account
    topic: str
    wanted: bool


class QuietHoursChosen(Happening, frozen=True):
    """The member wants no nudges from the hour `start` to the hour `end` of their clock; the same twice is never."""

    who: Account
    start: int
    end: int


class PaceChosen(Happening, frozen=True):
    """The member wants fewer nudges than others, or as many again."""

    who: Account
    fewer: bool


class Complained(Happening, frozen=True):
    """The member complained of being written to, about the nudge of this name ('' for all): they get none any more."""

    who: Account
    nudge: str = ""


class EstimatesChosen(Happening, frozen=True):
    """The member does (or does not) want to be estimated: how likely they leave, what kind of member they are."""

    who: Account
    wanted: bool


class SubscriptionChanged(Happening, frozen=True):
    """The truth about one of the member's subscriptions, as its provider told it when it was asked."""

    who: Account
    subscription: Subscription


class PaymentReceived(Happening, frozen=True):
    """The member paid."""

    who: Account
    payment: Payment


class PaymentReturned(Happening, frozen=True):
    """Money went back to the member, by a refund or through their bank."""

    who: Account
    payment: Payment


class CancellationExplained(Happening, frozen=True):
    """The member said why they cancelled `subscription`."""

    who: Account
    subscription: str
    reason: Reason


class Reviewed(Happening, frozen=True):
    """Nothing happened but time (or the rules changed): look again at what the member may."""

    who: Account


class DayEnded(Happening, frozen=True):
    """The day `day` is over for the member: the time for whatever depends on time alone."""

    who: Account
    day: date


Event = (
    MessagePosted
    | MessageEdited
    | MessageDeleted
    | ReactionGiven
    | ReactionReceived
    | ReactionWithdrawn
    | ThanksReceived
    | ThanksWithdrawn
    | AnswerAccepted
    | QuestionAsked
    | QuestionAnswered
    | QuestionSettled
    | CheckedIn
    | Attended
    | ContentFinished
    | ContentShown
    | ContentOpened
    | ContentLiked
    | ContentRated
    | ContentSaved
    | ContentDismissed
    | InterestsChosen
    | InviteStayed
    | PointsAdjusted
    | AdjustmentUndone
    | ItemBought
    | ItemReturned
    | Prestiged
    | Crowned
    | ZoneChosen
    | BoardChosen
    | MemberJoined
    | MemberLeft
    | LanguageChosen
    | NoticesChosen
    | EstimatesChosen
    | TopicChosen
    | QuietHoursChosen
    | PaceChosen
    | Complained
    | SubscriptionChanged
    | PaymentReceived
    | PaymentReturned
    | CancellationExplained
    | Reviewed
    | DayEnded
)


def reaction(
    *, giver: Account, of: str, emoji: str, at: datetime, given: bool, author: str | None = None
) -> tuple[Event, ...]:
    """The events of one reaction.

    That the giver gave it and that the message's author got it, or that it was taken back.

    Taking back is about whoever the receipt was about, so that a reaction never counted is never taken away.
    `author` is the author's user id where the platform says it; a reaction to one's own message is nobody's
    news.
    """
    if author == giver.user:
        return ()
    who = person(giver.platform, giver.user)
    key = f"{of}:reaction:{who}:{emoji}"
    if not given:
        counted = Author(of=key)
        return (ReactionWithdrawn(key=f"{key}:withdrawn", at=at, who=counted, of=of, emoji=emoji, giver=who),)
    return (
        ReactionGiven(key=f"{key}:given", at=at, who=giver, of=of, emoji=emoji),
        ReactionReceived(key=key, at=at, who=Author(of=of), of=of, emoji=emoji, giver=who),
    )


def thanked(message: MessagePosted) -> ThanksReceived | None:
    """What a message that answers another and says thanks means for whoever wrote that one."""
    if not (message.text.thanks and message.reply_to):
        return None
    giver = person(message.who.platform, message.who.user)
    return ThanksReceived(
        key=thanks_key(message.key), at=message.at, who=Author(of=message.reply_to), giver=giver, of=message.reply_to
    )


def thanks_key(message: str) -> str:
    """The key of the thanks in the message with this key."""
    return f"{message}:thanks"


def unthanked(thanks: ThanksReceived, at: datetime) -> ThanksWithdrawn:
    """What the end of a message at `at` means for whoever it had thanked."""
    about = Author(of=thanks.key)
    return ThanksWithdrawn(key=f"{thanks.key}:withdrawn", at=at, who=about, giver=thanks.giver, of=thanks.of)
