"""What members give each other: thanks, and the word that something was the answer. Both are chosen on a message."""

from typing import Annotated

from bot.commands import About, Ask, Person, Rank, Refused, command
from bot.events import AnswerAccepted, Author, Event, ThanksReceived, member_account, person
from bot.i18n import N_
from bot.reply import Reply
from bot.storage import ledger, members
from bot.storage.members import Profile
from bot.storage.messages import Message


@command(
    N_("accept"),
    N_("Accept a message as the answer to your question"),
    private=False,
    on_message=N_("Accept as answer"),
)
async def accept(ask: Ask) -> Reply:
    """By whoever asked, or by who moderates; once, and never one's own."""
    message = ask.about(accept)
    author = await _member(ask, message.member)
    await _may_accept(ask, message)
    key = f"{message.key}:accepted"
    event = AnswerAccepted(key=key, at=ask.now, who=Author(of=message.key), of=message.key, by=_me(ask))
    earned = await _earned(ask, author, event)
    if earned is None:
        raise Refused(ask.say(N_("That was accepted as the answer already.")))
    if not earned:
        return Reply(text=ask.say(N_("✅ That is the answer. Well done, {member}!"), member=author.name))
    text = ask.say.many(
        "✅ That is the answer. Well done, {member}: {n} point!",
        "✅ That is the answer. Well done, {member}: {n} points!",
        earned,
        member=author.name,
    )
    return Reply(text=text)


async def _may_accept(ask: Ask, message: Message) -> None:
    """Raises Refused for one's own answer, for no answer to somebody else, and for whoever did not ask."""
    if message.member == ask.me.member:
        raise Refused(ask.say(N_("That is your own message: somebody else has to accept it.")))
    keys = [key for key in (message.reply_to, message.opening) if key and key != message.key]
    known = await ask.app.store.read(ledger.authors, keys)
    askers = {seat.member for seat in known.values() if seat.community == ask.community.id}
    if askers == {message.member}:
        raise Refused(ask.say(N_("That answers a question of their own, so it can't be accepted.")))
    if ask.caller.rank >= Rank.MODERATOR or ask.me.member in askers:
        return
    if not keys:
        raise Refused(ask.say(N_("That answers no message. Only a moderator can accept it.")))
    raise Refused(ask.say(N_("Only whoever asked, or a moderator, can accept an answer.")))


@command(
    N_("thanks"),
    N_("Thank a member, or the author of a message"),
    private=False,
    aliases=("thank",),
    on_message=N_("Say thanks"),
)
async def thanks(
    ask: Ask,
    member: Annotated[Person | None, About(name=N_("member"), description=N_("Whom"))] = None,
) -> Reply:
    """Once an hour for each member, and never oneself."""
    message = ask.message
    if member is None:
        message = _whose(ask)
        whom = await _member(ask, message.member)
    else:
        whom = member.profile
    of = message.key if message is not None and message.member == whom.member else ""
    if whom.member == ask.me.member:
        raise Refused(ask.say(N_("You can't thank yourself.")))
    key = f"thanks:{ask.community.id}:{ask.me.member}:{whom.member}:{ask.now:%Y-%m-%dT%H}"
    who = member_account(ask.community.id, whom.member)
    earned = await _earned(ask, whom, ThanksReceived(key=key, at=ask.now, who=who, giver=_me(ask), of=of))
    if earned is None:
        raise Refused(ask.say(N_("You have thanked {member} within this hour already."), member=whom.name))
    return Reply(text=await _thanked(ask, whom, earned))


def _whose(ask: Ask) -> Message:
    if ask.message is None and not ask.caller.target:
        raise Refused(ask.say(N_("Whom? Name a member, or choose a message of theirs.")))
    return ask.about(thanks)


async def _thanked(ask: Ask, whom: Profile, earned: int) -> str:
    state = await ask.app.store.read(members.state, whom.member)
    times = state.engagement.thanks if state else 1
    so_far = ask.say.many("Thanked {n} time so far.", "Thanked {n} times so far.", times)
    if not earned:
        return f"{ask.say(N_('💛 {giver} thanks {member}!'), giver=ask.me.name, member=whom.name)} {so_far}"
    text = ask.say.many(
        "💛 {giver} thanks {member}: {n} point!",
        "💛 {giver} thanks {member}: {n} points!",
        earned,
        giver=ask.me.name,
        member=whom.name,
    )
    return f"{text} {so_far}"


async def _earned(ask: Ask, whom: Profile, event: Event) -> int | None:
    """The points that an event earned a member; None when it was heard before."""
    outcome = await ask.app.submit([event])
    if not outcome.new:
        return None
    state = await ask.app.store.read(members.state, whom.member)
    return max(state.engagement.points - whom.state.engagement.points, 0) if state else 0


async def _member(ask: Ask, member: int) -> Profile:
    found = await ask.app.store.read(members.by_id, ask.community.id, member)
    if found is None:
        raise Refused(ask.say(N_("Whoever wrote that is not a member any more.")))
    return found


def _me(ask: Ask) -> str:
    return person(ask.platform, ask.caller.account.user)


COMMANDS = (accept, thanks)
