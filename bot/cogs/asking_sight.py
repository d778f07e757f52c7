"""Who may see which question, and what may be said of it where others read along."""

from collections.abc import Sequence

from bot import sight
from bot.answering import places, readable
from bot.cogs.library_views import Reader
from bot.commands import Ask, Rank, Refused
from bot.i18n import N_
from bot.storage import asked, questions, routes, searching
from bot.storage.discussions import Spot
from bot.storage.questions import Answer, Question


def staff(ask: Ask) -> bool:
    """Whether whoever calls looks after questions."""
    return ask.caller.rank >= Rank.MODERATOR


async def find(ask: Ask, number: int) -> Question:
    """A question that the caller may read. Raises Refused for every other, without saying that it exists."""
    question = await ask.app.store.read(questions.find, ask.community.id, number)
    if question is None or not await _may_see(ask, question):
        raise Refused(ask.say(N_("There is no question {number} here any more."), number=str(number)))
    return question


async def _may_see(ask: Ask, question: Question) -> bool:
    if question.member == ask.me.member or staff(ask):
        return True
    if not question.public:
        return ask.me.member in await ask.app.store.read(routes.invited, question.id)
    if question.spot == _here(ask):
        return True  # they read it there anyway
    return bool(await readable(ask.app.store, ask.app.ports, ask.me, [question]))


def _here(ask: Ask) -> Spot:
    """Where the caller is."""
    return Spot(ask.platform, ask.caller.channel)


async def find_answer(ask: Ask, number: int) -> tuple[Question, Answer]:
    """An answer, and the question that it is to. Raises Refused where the caller may read neither."""
    answer = await ask.app.store.read(questions.find_answer, ask.community.id, number)
    if answer is None:
        raise Refused(ask.say(N_("That answer is not here any more.")))
    return await find(ask, answer.question), answer


async def waiting_for(ask: Ask) -> list[Question]:
    """The questions that wait and that the caller may answer: for who looks after them all of them."""
    waiting = await ask.app.store.read(questions.waiting, ask.community.id)
    if staff(ask):
        return waiting
    seen = {one.id for one in await readable(ask.app.store, ask.app.ports, ask.me, waiting)}
    return await ask.app.store.read(asked.fitting, waiting, seen, ask.me.member, ask.me.state)


async def places_seen(ask: Ask) -> set[Spot] | None:
    """The places of answered questions that the caller can see; None for who looks after questions: all."""
    return None if staff(ask) else await places(ask.app.store, ask.app.ports, ask.me)


def my_question(ask: Ask, question: Question) -> None:
    """Raises Refused where the caller neither asked the question nor moderates."""
    if question.member != ask.me.member and not staff(ask):
        raise Refused(ask.say(N_("Only whoever asked, or a moderator, can say that.")))


def in_sight(ask: Ask, question: Question) -> bool:
    """Whether the answer to this call may stand where the question does, with the caller's name on it.

    Whoever asked without a name is answered alone: platforms write above an answer whom it is for.
    """
    if question.spot is None or question.spot != _here(ask) or ask.caller.private:
        return False
    return question.how == "publicly" or question.member != ask.me.member


async def free(ask: Ask, keys: Sequence[str], read: Reader) -> set[str]:
    """Those of the sources that everybody may read who reads where the caller is.

    An item of the library for which no plan is needed, and the answer to a question that all of them can see.
    """
    found, standing = set[str](), dict[Spot, set[str]]()
    for key in keys:
        number = searching.question_of(key)
        item = read.library.items.get(searching.content_of(key) or 0)
        other = None if number is None else await ask.app.store.read(questions.find, ask.community.id, number)
        if other is not None and other.public and other.spot is not None:
            if other.space == ask.caller.account.space:
                standing.setdefault(other.spot, set()).add(key)
        elif (item is not None and not read.library.plan(item)) or (other is not None and other.public):
            found.add(key)
    seen = await sight.shared(ask.app.store, ask.app.ports, ask.community.id, _here(ask), standing)
    return found.union(*[standing[one] for one in seen])


async def alone(ask: Ask, question: Question, read: Reader) -> bool:
    """Whether what was offered is not for all who read where it was asked: it is shown to whoever asked alone then."""
    return question.source not in await free(ask, [question.source], read)
