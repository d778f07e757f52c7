"""What is said of a question and its answers, mostly by buttons: it helped, that answers it, not for me."""

from typing import Annotated, Literal

from bot.answering import post, put_before_people, tell
from bot.cogs.asking import MOST_NUMBER, Number, to_people
from bot.cogs.asking_sight import alone, find, find_answer, in_sight, my_question
from bot.cogs.asking_views import brief, earned, giver, heading, shown, source, to_show
from bot.cogs.library_views import reader
from bot.commands import About, Ask, Refused, command
from bot.effects import Relay
from bot.engine.asking import clock
from bot.events import AnswerAccepted, QuestionSettled, ThanksReceived, member_account
from bot.i18n import N_
from bot.reply import Reply
from bot.storage import questions, routes
from bot.storage.questions import WAITING, Answer, Question
from bot.storage.store import Connection

TheAnswer = Annotated[int, About(name=N_("answer"), description=N_("The answer's number"), least=1, most=MOST_NUMBER)]


@command(N_("question show"), N_("A question with its answers; without a number, those you asked"))
async def show(ask: Ask, number: Number = 0) -> Reply:
    """For whoever may read it."""
    if not number:
        return await _mine(ask)
    question = await find(ask, number)
    answers = await ask.app.store.read(questions.answers_of, question.id)
    done = any(one.member == ask.me.member and not one.rejected_at for one in answers)
    return shown(ask, question, answers, may_answer=question.member != ask.me.member and not done)


async def _mine(ask: Ask) -> Reply:
    found = await ask.app.store.read(questions.of_member, ask.me.member)
    if not found:
        return Reply(text=ask.say(N_("You have asked nothing yet. /ask does.")))
    buttons = tuple((to_show(one.id, brief(f"{one.id}: {one.text}", 38)),) for one in found)
    return Reply(title=ask.say(N_("Your questions")), buttons=buttons)


@command(N_("question helped"), N_("Say whether what the library said has answered your question"))
async def helped(
    ask: Ask,
    number: Number,
    yes: Annotated[bool, About(name=N_("helped"), description=N_("Whether it did"))] = True,
) -> Reply:
    """Yes, and it is over. No, and people are asked, now or later."""
    question = await find(ask, number)
    if question.member != ask.me.member:
        raise Refused(ask.say(N_("Only whoever asked can say that.")))
    if not yes:
        return await _ask_people(ask, question)
    if not await ask.app.store.write(questions.helped, question.id, ask.now):
        raise _over(ask, question)
    await _settled(ask, question, "library")
    read = await reader(ask)
    button = tuple(source(ask, question.source, read))
    text = f"{question.text}\n\n{ask.say(N_('✅ The library has answered it.'))}"
    return Reply(
        title=heading(ask, question),
        text=text,
        buttons=(button,) if button else (),
        replaces=True,
        private=not in_sight(ask, question) or await alone(ask, question, read),
    )


async def _ask_people(ask: Ask, question: Question) -> Reply:
    rules = await ask.rules()
    due_at = clock.begins(ask.now, rules.asking)
    if question.status not in ("offered", "library") or not await ask.app.store.write(
        questions.open_up, question.id, due_at
    ):
        raise _over(ask, question)
    opened = await find(ask, question.id)
    reply = await to_people(ask, opened, rules, unseen=await alone(ask, question, await reader(ask)))
    return Reply(title=reply.title, text=reply.text, buttons=reply.buttons, private=reply.private, replaces=True)


def _over(ask: Ask, question: Question) -> Refused:
    if question.status in WAITING:
        return Refused(ask.say(N_("Question {number} is with people already."), number=str(question.id)))
    return Refused(ask.say(N_("Question {number} is over already."), number=str(question.id)))


async def _settled(ask: Ask, question: Question, by: Literal["library", "answer", "nobody"]) -> None:
    who = member_account(question.community, question.member)
    key = f"question:{question.id}:settled:{by}"
    await ask.app.submit([QuestionSettled(key=key, at=ask.now, who=who, question=str(question.id), by=by)])


# ------------------------------------------------------------------ answers


@command(N_("question accept"), N_("Say that an answer has answered your question"))
async def accept(ask: Ask, answer: TheAnswer) -> Reply:
    """By whoever asked, or by who moderates; never one's own. Who answered earns points."""
    question, found = await find_answer(ask, answer)
    if found.member == ask.me.member:
        raise Refused(ask.say(N_("That is your own answer: somebody else has to accept it.")))
    my_question(ask, question)
    done = await ask.app.store.write(questions.accept, found, ask.now)
    if not done and not found.accepted_at:
        raise _over(ask, question)
    event = AnswerAccepted(
        key=f"answer:{found.id}:accepted",
        at=ask.now,
        who=member_account(question.community, found.member),
        of=f"answer:{found.id}",
        by=giver(ask, question),
    )
    points = await earned(ask, found.member, event)
    if points is None:
        raise Refused(ask.say(N_("That was accepted as the answer already.")))
    await _settled(ask, question, "answer")
    seen = in_sight(ask, question)
    if not seen:
        await ask.app.store.write(_tell_accepted, ask, question, found)
    return Reply(text=_well_done(ask, question, found, points), replaces=True, private=not seen)


def _well_done(ask: Ask, question: Question, answer: Answer, points: int) -> str:
    if not points:
        praise = ask.say(N_("✅ That is the answer. Well done, {member}!"), member=answer.name)
    else:
        praise = ask.say.many(
            "✅ That is the answer. Well done, {member}: {n} point!",
            "✅ That is the answer. Well done, {member}: {n} points!",
            points,
            member=answer.name,
        )
    head = ask.say(N_("Question {number}: {question}"), number=str(question.id), question=brief(question.text))
    return f"{head}\n\n{answer.text}\n\n{praise}"


def _tell_accepted(connection: Connection, ask: Ask, question: Question, answer: Answer) -> None:
    """What was accepted out of sight: tell who answered, and those where the question stands."""
    relay = Relay(notice="answer_accepted", question=question.id, answer=answer.id)
    tell(connection, question.community, answer.member, relay, ask.now)
    posted = Relay(notice="answer_accepted_posted", question=question.id, answer=answer.id)
    post(connection, question, posted, ask.now)


@command(N_("question reject"), N_("Say that an answer has not answered your question yet"))
async def reject(ask: Ask, answer: TheAnswer) -> Reply:
    """By whoever asked, or by who moderates. The clock goes on when no other answer is there."""
    question, found = await find_answer(ask, answer)
    my_question(ask, question)
    rules = (await ask.rules()).asking
    due_at = clock.begins(ask.now, rules)
    if found.rejected_at or not await ask.app.store.write(questions.reject, found, ask.now, due_at):
        raise _over(ask, question)
    text = ask.say(N_("Question {number} waits for a better answer."), number=str(question.id))
    return Reply(text=text, private=True)


@command(N_("question helpful"), N_("Thank a member for an answer that helped you, too"))
async def helpful(ask: Ask, answer: TheAnswer) -> Reply:
    """Once for each answer; whoever asked accepts it instead."""
    question, found = await find_answer(ask, answer)
    if found.member == ask.me.member:
        raise Refused(ask.say(N_("You can't thank yourself.")))
    if question.member == ask.me.member:
        raise Refused(ask.say(N_("You asked this: press “That answers it” if it does.")))
    event = ThanksReceived(
        key=f"answer:{found.id}:helpful:{ask.me.member}",
        at=ask.now,
        who=member_account(question.community, found.member),
        giver=giver(ask, question),
        of=f"answer:{found.id}",
    )
    if await earned(ask, found.member, event) is None:
        raise Refused(ask.say(N_("You have said so already.")))
    return Reply(text=ask.say(N_("Thank you for saying so. {member} is told by their points."), member=found.name))


# ------------------------------------------------------------------ not for me, not any more


@command(N_("question decline"), N_("Leave a question that was put before you to others"))
async def decline(ask: Ask, number: Number) -> Reply:
    """Somebody else is asked instead."""
    question = await find(ask, number)
    if not await ask.app.store.write(routes.decline, question.id, ask.me.member, ask.now):
        raise Refused(ask.say(N_("Question {number} is not before you."), number=str(number)))
    if question.status == "open":
        rules, store = await ask.rules(), ask.app.store
        await put_before_people(store, ask.app.ports, question, rules, ask.now, min(rules.asking.people, 1))
    return Reply(text=ask.say(N_("All right: I ask somebody else.")), replaces=True)


@command(N_("question close"), N_("Take your question back, or say that it needs no answer any more"))
async def close(ask: Ask, number: Number) -> Reply:
    """By whoever asked, or by who moderates."""
    question = await find(ask, number)
    my_question(ask, question)
    if not await ask.app.store.write(questions.close, question.id, ask.now):
        raise _over(ask, question)
    await _settled(ask, question, "nobody")
    text = ask.say(N_("Question {number} is closed."), number=str(number))
    return Reply(text=text, replaces=True, private=not in_sight(ask, question))


COMMANDS = (show, helped, accept, reject, helpful, decline, close)
