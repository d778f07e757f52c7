"""How questions look, and what is common to all that is done with them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.answering import Answered
from bot.cogs.asking_sight import places_seen, staff
from bot.cogs.library_views import Reader, to_open
from bot.commands import Ask
from bot.engine.searching.passages import Passage, excerpt
from bot.events import INTERNAL, Event, member_account, person
from bot.i18n import N_
from bot.reply import Button, Reply
from bot.storage import asked, members, searching
from bot.storage.questions import WAITING, Answer, Question
from bot.words import replace

LONGEST_QUESTION, LONGEST_ANSWER = 1_000, 1_500
"""Characters: with what is said around it, an answer is one message on every platform."""
BRIEF = 120
SHOWN_ANSWERS = 5
SHOWN_BEFORE, NEARLY = 3, 0.5
"""Earlier questions that a search shows, and what they must have of what is looked for."""
HOW = {
    "publicly": N_("publicly"),
    "privately": N_("privately"),
    "anonymously": N_("anonymously"),
}
STATUS = {
    "offered": N_("the library has offered an answer"),
    "open": N_("waits for an answer"),
    "answered": N_("has answers, none accepted yet"),
    "solved": N_("solved"),
    "library": N_("answered by the library"),
    "closed": N_("closed"),
}


def cleaned(text: str) -> str:
    """What somebody wrote, as it is kept: without NUL and halves of characters, which no database takes."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode().strip()


def brief(text: str, most: int = BRIEF) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def age(ask: Ask, since: datetime) -> str:
    """How long something has waited."""
    hours = int((ask.now - since) / timedelta(hours=1))
    return ask.say(N_("{n} h"), n=hours) if hours < 48 else ask.say(N_("{n} d"), n=hours // 24)


def giver(ask: Ask, question: Question) -> str:
    """How events name whoever accepts an answer: of who asked without a name there is nothing in it to find them by."""
    if question.how == "anonymously" and question.member == ask.me.member:
        return person(INTERNAL, f"question:{question.id}")
    return person(ask.platform, ask.caller.account.user)


async def earned(ask: Ask, member: int, event: Event) -> int | None:
    """The points that an event earned a member; None when it was heard before."""
    before = await ask.app.store.read(members.state, member)
    if not (await ask.app.submit([event])).new:
        return None
    after = await ask.app.store.read(members.state, member)
    return max(after.engagement.points - before.engagement.points, 0) if after and before else 0


def me(ask: Ask) -> object:
    """How events name the caller."""
    return member_account(ask.community.id, ask.me.member)


# ------------------------------------------------------------------ buttons


def to_answer(ask: Ask, question: Question, label: str = "") -> Button:
    """Answers a question."""
    options = {"number": question.id}
    return Button(label=label or ask.say(N_("Answer")), command="answer", options={**options}, style="primary")


def to_close(ask: Ask, question: Question) -> Button:
    """Takes a question back."""
    return Button(label=ask.say(N_("Take it back")), command="question close", options={"number": question.id})


def to_show(question: int, label: str) -> Button:
    """Shows a question with its answers."""
    return Button(label=label, command="question show", options={"number": question})


def under_answer(ask: Ask, answer: Answer | int) -> tuple[Button, ...]:
    """What may be said of an answer for all to see."""
    number = answer if isinstance(answer, int) else answer.id
    accept = Button(label=ask.say(N_("That answers it")), command="question accept", options={"answer": number})
    helpful = Button(label=ask.say(N_("Helpful")), command="question helpful", options={"answer": number})
    return accept, helpful


async def answered_before(ask: Ask, words: str) -> list[tuple[Passage, Button]]:
    """Questions that were answered and have all of these words, or nearly; with a button for each."""
    seen = await places_seen(ask)
    found = await ask.app.store.read(
        asked.found, ask.community.id, words, answers_only=True, seen=seen, most=SHOWN_BEFORE
    )
    made = []
    for one in found:
        number = searching.question_of(one.key)
        if number is not None and one.coverage >= NEARLY:
            passage = replace(one, title=brief(one.title), text=excerpt(one, words))
            made.append((passage, to_show(number, ask.say(N_("Question {number}"), number=str(number)))))
    return made


# ------------------------------------------------------------------ cards


def heading(ask: Ask, question: Question) -> str:
    """What stands above a question."""
    number = str(question.id)
    if not question.name:
        return ask.say(N_("❓ Question {number}"), number=number)
    return ask.say(N_("❓ {member} asks (question {number})"), member=question.name, number=number)


def offered(ask: Ask, question: Question, said: Answered, read: Reader) -> Reply:
    """What the library says, where it stands, and whether it helped."""
    say = ask.say
    lines = [question.text, "", say(N_("💡 {title}: {text}"), title=brief(said.source.title), text=said.text)]
    lines += ["", say(N_("Did this help?"))]
    buttons = (_whether_it_helped(ask, question), tuple(source(ask, said.source.key, read)))
    return Reply(title=heading(ask, question), text="\n".join(lines), buttons=tuple(row for row in buttons if row))


def _whether_it_helped(ask: Ask, question: Question) -> tuple[Button, ...]:
    say = ask.say
    yes = Button(
        label=say(N_("Yes, thanks")),
        command="question helped",
        options={"number": question.id, "yes": True},
        style="primary",
    )
    no = Button(
        label=say(N_("No, ask people")), command="question helped", options={"number": question.id, "yes": False}
    )
    return yes, no


def source(ask: Ask, key: str, read: Reader) -> Sequence[Button]:
    """A button that opens what answered a question, if it is there still."""
    item, number = searching.content_of(key), searching.question_of(key)
    if number is not None:
        return [to_show(number, ask.say(N_("Question {number}"), number=str(number)))]
    found = read.library.items.get(item) if item is not None else None
    return [to_open(found, "ask")] if found is not None and not found.archived else []


def shown(ask: Ask, question: Question, answers: Sequence[Answer], *, may_answer: bool) -> Reply:
    """A question with its answers, and what the caller may do about it."""
    say = ask.say
    state = say(N_("{status} · {age} ago"), status=say(STATUS[question.status]), age=age(ask, question.asked_at))
    lines = [question.text, "", state]
    for one in answers[:SHOWN_ANSWERS]:
        mark = "✅" if one.accepted_at else ("✖" if one.rejected_at else "💬")
        lines += ["", f"{mark} {one.name}: {one.text}"]
    if len(answers) > SHOWN_ANSWERS:
        more = len(answers) - SHOWN_ANSWERS
        lines += ["", say.many("and {n} more answer", "and {n} more answers", more)]
    buttons: list[tuple[Button, ...]] = []
    waits = question.status in WAITING
    mine = question.member == ask.me.member
    if mine and question.status == "offered":
        buttons.append(_whether_it_helped(ask, question))
    if waits and may_answer:
        buttons.append((to_answer(ask, question),))
    if waits and (mine or staff(ask)):
        labels = [one for one in answers[:SHOWN_ANSWERS] if not one.rejected_at and one.member != ask.me.member]
        buttons += [(_accepts(ask, one),) for one in labels]
        buttons.append((to_close(ask, question),))
    return Reply(title=heading(ask, question), text="\n".join(lines), buttons=tuple(buttons))


def _accepts(ask: Ask, answer: Answer) -> Button:
    label = ask.say(N_("{member} answers it"), member=brief(answer.name, 40))
    return Button(label=label, command="question accept", options={"answer": answer.id})
