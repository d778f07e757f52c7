"""Questions: /ask, answered at once by the library or by people; /answer; /unanswered, what still waits."""

from collections.abc import Sequence
from typing import Annotated, Literal

from bot.answering import PASSAGES, Answered, consult, handed_over, post, put_before_people, tell
from bot.cogs.asking_sight import alone, find, free, in_sight, places_seen, staff, waiting_for
from bot.cogs.asking_views import (
    HOW,
    LONGEST_ANSWER,
    LONGEST_QUESTION,
    age,
    brief,
    cleaned,
    heading,
    offered,
    to_answer,
    to_close,
    under_answer,
)
from bot.cogs.library_views import Reader, reader, tell_shown
from bot.commands import About, Ask, Refused, command
from bot.effects import Relay
from bot.engine.asking import clock
from bot.engine.asking.clock import Stage
from bot.engine.asking.rules import AskingRules
from bot.engine.rules import Rules
from bot.engine.searching.terms import units
from bot.events import Account, QuestionAnswered, QuestionAsked, member_account
from bot.i18n import N_
from bot.reply import Blank, Form, Reply, Table
from bot.storage import asked, questions, searching
from bot.storage.questions import WAITING, How, Question
from bot.storage.store import Connection
from bot.words import replace

LISTED = 15
OFFERED = 5
"""Questions of a list that have a button."""
ROOM_LABEL = 40
MOST_NUMBER = 10**15
HEARD_BY_ALL = {"telegram"}
"""Platforms where everybody in a group reads what is typed to a bot."""


async def complete_open(ask: Ask, text: str) -> Sequence[tuple[str, str]]:
    """Questions that wait and that the caller may read."""
    found = await waiting_for(ask)
    wanted = text.strip().casefold()
    return [
        (str(one.id), brief(f"{one.id}: {one.text}", 90))
        for one in found
        if wanted in f"{one.id} {one.text}".casefold()
    ]


Number = Annotated[
    int,
    About(
        name=N_("number"), description=N_("The question's number"), least=1, most=MOST_NUMBER, complete=complete_open
    ),
]


# ------------------------------------------------------------------ asking


@command(N_("ask"), N_("Ask something: the library answers at once, or people do"))
async def ask_(
    ask: Ask,
    question: Annotated[
        str, About(name=N_("question"), description=N_("What you want to know"), most=LONGEST_QUESTION)
    ] = "",
    how: Annotated[
        Literal["publicly", "privately", "anonymously"],
        About(name=N_("how"), description=N_("For all to see, for a few, or without your name"), labels=HOW),
    ] = "publicly",
) -> Reply:
    """Kept with its words: who asks by command publishes them, to all or to a few."""
    all_rules, text = await ask.rules(), cleaned(question)
    rules = all_rules.asking
    _may_ask_so(ask, how, rules)
    if not text:
        return Reply(form=_form(ask, rules))
    if not units(text):
        raise Refused(ask.say(N_("Say in a sentence what you want to know, with the words that matter.")))
    read = await reader(ask)
    said = await _look_up(ask, text, how, read, rules)
    place, channel = _place(ask, how)
    asks = Question(
        id=0,
        community=ask.community.id,
        member=ask.me.member,
        name="" if how == "anonymously" else ask.me.name,
        text=text,
        how=how,
        status="offered" if said else "open",
        asked_at=ask.now,
        due_at=None if said else clock.begins(ask.now, rules),
        source=said.source.key if said else "",
        platform=place.platform,
        space=place.space,
        channel=channel,
    )
    number = await ask.app.store.write(_keep, ask, asks, rules)
    kept = replace(asks, id=number)
    who = member_account(ask.community.id, ask.me.member)
    await ask.app.submit([QuestionAsked(key=f"question:{number}", at=ask.now, who=who, question=str(number))])
    if said is None:
        return await to_people(ask, kept, all_rules)
    item = searching.content_of(said.source.key)
    await tell_shown(ask, [read.library.items[item]] if item is not None else [], "ask")
    return replace(offered(ask, kept, said, read), private=not in_sight(ask, kept) or await alone(ask, kept, read))


def _may_ask_so(ask: Ask, how: How, rules: AskingRules) -> None:
    if how == "anonymously" and not rules.anonymous:
        raise Refused(ask.say(N_("Questions without a name are not wanted here. Ask publicly or privately.")))
    if how != "publicly" and ask.platform in HEARD_BY_ALL and not ask.caller.private:
        text = N_("Everybody here has read what you typed. Delete it, and ask me in our private chat.")
        raise Refused(ask.say(text))


def _place(ask: Ask, how: How) -> tuple[Account, str]:
    """Where it stands for all to see, if it does."""
    if how == "privately" or ask.caller.private:
        return Account(platform="", space="", user=""), ""
    return ask.caller.account, ask.caller.channel


def _form(ask: Ask, rules: AskingRules) -> Form:
    say = ask.say
    heard = ask.platform in HEARD_BY_ALL and not ask.caller.private
    ways = [way for way in HOW if way == "publicly" or not (heard or (way == "anonymously" and not rules.anonymous))]
    blanks = [
        Blank(name="question", label=say(N_("What do you want to know?")), most=LONGEST_QUESTION, lines=4),
        Blank(
            name="how",
            label=say(N_("How do you ask?")),
            value="publicly",
            choices=tuple((way, say(HOW[way])) for way in ways),
        ),
    ]
    return Form(title=say(N_("Ask a question")), command="ask", blanks=tuple(blanks[: 2 if len(ways) > 1 else 1]))


async def _look_up(ask: Ask, text: str, how: How, read: Reader, rules: AskingRules) -> Answered | None:
    """What the library and earlier answers say, of what the caller may read."""

    def may(item: int) -> bool:
        return item in read.library.items and read.may(read.library.items[item])

    seen = await places_seen(ask)
    passages = await ask.app.store.read(asked.found, ask.community.id, text, may=may, seen=seen, most=PASSAGES)
    if passages and how == "publicly" and not ask.caller.private:  # others read along
        free_ones = await free(ask, [one.key for one in passages], read)
        return await consult(ask.app.answerer, text, handed_over(passages, free_ones), rules.match)
    return await consult(ask.app.answerer, text, passages, rules.match)


def _keep(connection: Connection, ask: Ask, question: Question, rules: AskingRules) -> int:
    """Keep a question. Raises Refused for too many of them, and for the same twice."""
    lately = questions.asked_lately(connection, question.member, question.asked_at)
    if rules.a_day and lately >= rules.a_day:
        text = ask.say.many(
            "You have asked {n} question within 24 hours, which is all for now. Tomorrow there is room again.",
            "You have asked {n} questions within 24 hours, which is all for now. Tomorrow there is room again.",
            lately,
        )
        raise Refused(text)
    same = questions.same(connection, question.member, question.text)
    if same is not None:
        text = N_("You have asked that already: it is question {number}. /question show says how it stands.")
        raise Refused(ask.say(text, number=str(same)))
    return questions.ask(connection, question)


async def to_people(ask: Ask, question: Question, rules: Rules, *, unseen: bool = False) -> Reply:
    """Put a question that is open before people; what its asker is told, `unseen` if nobody else sees it there yet."""
    say = ask.say
    asked_by_name = await put_before_people(ask.app.store, ask.app.ports, question, rules, ask.now, rules.asking.people)
    notes = [question.text, ""]
    if asked_by_name:
        notes.append(
            say.many("I have asked {n} member who may know.", "I have asked {n} members who may know.", asked_by_name)
        )
    elif not question.public:
        notes.append(say(N_("I know nobody here who may know it. The team sees it.")))
    if question.how == "privately":
        notes.append(say(N_("Only you, those I ask and the team can read it.")))
    if question.how == "anonymously":
        notes.append(say(N_("Nobody is told that you ask.")))
    if question.due_at is not None:
        notes.append(say(N_("If nobody answers by {when}, I tell the moderators."), when=say.moment(question.due_at)))
    seen = question.how == "publicly" and in_sight(ask, question) and not unseen
    if question.how == "anonymously" or (question.channel and not seen):
        notice = "question_posted" if question.name else "question_posted_unnamed"
        await ask.app.store.write(post, question, Relay(notice=notice, question=question.id), ask.now)
    buttons = (*((to_answer(ask, question),) if seen else ()), to_close(ask, question))
    return Reply(title=heading(ask, question), text="\n".join(notes), buttons=(buttons,), private=not seen)


# ------------------------------------------------------------------ answering


@command(N_("answer"), N_("Answer somebody's question"))
async def answer(
    ask: Ask,
    number: Number = 0,
    text: Annotated[str, About(name=N_("text"), description=N_("Your answer"), most=LONGEST_ANSWER)] = "",
) -> Reply:
    """Whoever asked is told, and says whether it helped. Without a number it lists what waits."""
    if not number:
        return await _list(ask)
    question, words = await find(ask, number), cleaned(text)
    await _may_answer(ask, question)
    if not words:
        blank = Blank(
            name="text", label=ask.say(N_("Your answer")), hint=brief(question.text, 90), lines=6, most=LONGEST_ANSWER
        )
        title = ask.say(N_("Question {number}"), number=str(number))
        return Reply(form=Form(title=title, command="answer", blanks=(blank,), options={"number": number}))
    made = await ask.app.store.write(_answer, ask, question, words)
    who = member_account(ask.community.id, ask.me.member)
    event = QuestionAnswered(key=f"answer:{made}", at=ask.now, who=who, question=str(number))
    await ask.app.submit([event])
    if not in_sight(ask, question):
        return Reply(text=ask.say(N_("Thank you! I have handed your answer on.")), private=True)
    said = N_("💬 {member} answers question {number}, “{question}”:")
    head = ask.say(said, member=ask.me.name, number=str(number), question=brief(question.text))
    return Reply(text=f"{head}\n\n{words}", buttons=(under_answer(ask, made),), private=False)


async def _may_answer(ask: Ask, question: Question) -> None:
    if question.member == ask.me.member:
        text = N_("That is your own question. If you know the answer by now, take the question back.")
        raise Refused(ask.say(text))
    if question.status not in WAITING:
        raise Refused(ask.say(N_("Question {number} is over: it needs no answer any more."), number=str(question.id)))
    if await ask.app.store.read(questions.has_answered, question.id, ask.me.member):
        raise Refused(ask.say(N_("You have answered question {number} already."), number=str(question.id)))


def _answer(connection: Connection, ask: Ask, question: Question, words: str) -> int:
    """Keep an answer, and hand it on to whoever asked, and to where the question stands."""
    made = questions.answer(connection, question, ask.me.member, words, ask.now)
    if made is None:
        raise Refused(ask.say(N_("Question {number} is over: it needs no answer any more."), number=str(question.id)))
    relay = Relay(notice="answer_for_you", question=question.id, answer=made)
    tell(connection, question.community, question.member, relay, ask.now)
    if not in_sight(ask, question):
        post(connection, question, replace(relay, notice="answer_posted"), ask.now)
    return made


# ------------------------------------------------------------------ what waits


@command(N_("unanswered"), N_("Questions that nobody has answered yet"))
async def unanswered(ask: Ask) -> Reply:
    """For moderators all of them, the oldest first; for members those that they may know first."""
    return await _list(ask)


async def _list(ask: Ask) -> Reply:
    say = ask.say
    found = await waiting_for(ask)
    if not found:
        return Reply(
            text=say(N_("No question waits for an answer.") if staff(ask) else N_("No question waits for you."))
        )
    header = ["№", say(N_("Question")), say(N_("Waits"))]
    if staff(ask):
        header += [say(N_("How")), say(N_("Who knows"))]
    rows = [_row(ask, one) for one in found[:LISTED]]
    buttons = [
        (to_answer(ask, one, brief(f"{one.id}: {one.text}", ROOM_LABEL)),)
        for one in found[:OFFERED]
        if one.member != ask.me.member
    ]
    text = say.many("{n} question waits for an answer.", "{n} questions wait for an answer.", len(found))
    table = Table(header=tuple(header), rows=tuple(rows), numeric=(0,))
    return Reply(title=say(N_("Unanswered questions")), text=text, table=table, buttons=tuple(buttons))


STAGES = {
    Stage.MEMBERS: N_("members"),
    Stage.MODERATORS: N_("moderators"),
    Stage.CREATOR: N_("the creator"),
}


def _row(ask: Ask, one: Question) -> tuple[str, ...]:
    row = (str(one.id), brief(one.text, 60), age(ask, one.asked_at))
    return (*row, ask.say(HOW[one.how]), ask.say(STAGES[one.stage])) if staff(ask) else row


COMMANDS = (ask_, answer, unanswered)
