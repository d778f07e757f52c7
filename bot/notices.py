"""What the bot says of its own accord: a notice's name, and its words. A new notice is one entry.

What must be said otherwise for one provider is an entry of its own, `notice:provider`; buttons under one are an entry
in `PRESSES`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from bot.effects import Alert, Announce, Nudge, Relay, Tell
from bot.engine.experiments.subjects import OWN_WORDS
from bot.engine.nudges.table import NAMED, OPT_OUT, OPT_OUT_OPENLY, SHOWN_GOT, Trigger
from bot.i18n import N_, Tongue, tongue
from bot.reply import Button, Reply
from bot.storage.outbox import REPLY, Task
from bot.words import Word

NOTICES = {
    "level_up": N_("🎉 {member} has reached level {level}!"),
    "badge": N_("{emoji} {member} has won the badge “{badge}”!"),
    "prestige": N_("🌟 {member} begins again at level 0, with {times} ★: hats off!"),
    "week_won": N_("👑 {member} is number {place} of the week, with {points} points. Congratulations!"),
    "subscribed": N_(
        "🎉 Welcome to {plan}, {member}! It is paid until {until}. /status shows it, /why says where you are in."
    ),
    "trial_begun": N_("🎉 Your trial of {plan} has begun, {member}. It is free until {until}; /cancel ends it before."),
    "trial_paid": N_("Your trial of {plan} is over and the first payment went through. It is paid until {until}."),
    "cancelled": N_("{plan} is cancelled. You stay in until {until}; /status can undo it as long as that."),
    "kept": N_("The cancellation of {plan} is undone: it goes on after {until}."),
    "declined": N_(
        "⚠️ The payment for {plan} did not go through. Nothing is lost: you stay in until {until}. "
        "/portal lets you change your card."
    ),
    "declined:stars": N_(
        "⚠️ There were not enough Stars to renew {plan}. Nothing is lost: you stay in until {until}. "
        "Top up your Stars; Telegram renews it under Settings, My Stars."
    ),
    "still_declined:stars": N_(
        "⚠️ {plan} still waits for Stars. You stay in until {until}; top up your Stars till then."
    ),
    "still_declined": N_(
        "⚠️ The payment for {plan} is still open. You stay in until {until}; /portal lets you mend it."
    ),
    "recovered": N_("✅ The payment for {plan} went through after all. It is paid until {until}."),
    "paused": N_("{plan} is paused: no charges and no access until you resume it by /status."),
    "resumed": N_("{plan} goes on. It is paid until {until}."),
    "expired": N_("{plan} has ended. What you earned stays yours; /subscribe brings you back in."),
    "refunded": N_("{plan} was refunded and has ended. /plans shows what there is."),
    "disputed": N_("The payment for {plan} is disputed at your bank, so access rests meanwhile. /paysupport helps."),
    "dispute_won": N_("The dispute about {plan} is settled: you are in again until {until}."),
    "renews_soon": N_("{plan} renews by itself on {until}. Nothing is to be done; /cancel ends it before."),
    "trial_ends": N_("Your trial of {plan} ends on {until} and is charged then. /cancel ends it before."),
    "ends_soon": N_("{plan} ends on {until}. /subscribe keeps you in."),
    "come_back": N_("We miss you, {member}: {plan} has ended. /subscribe brings you back in."),
    "question_for_you": N_("🙋 {asker} asks, and you may know it. Question {question}:\n\n{text}"),
    "question_for_you_unnamed": N_("🙋 Somebody asks, and you may know it. Question {question}:\n\n{text}"),
    "question_posted": N_("❓ {asker} asks. Question {question}:\n\n{text}"),
    "question_posted_unnamed": N_("❓ Question {question}, asked without a name:\n\n{text}"),
    "question_unanswered": N_("⏰ Nobody has answered question {question} for {hours} hours:\n\n{text}"),
    "question_still_unanswered": N_(
        "🚨 Question {question} still waits, for {hours} hours now. Somebody of the team should answer it:\n\n{text}"
    ),
    "answer_for_you": N_("💬 {answerer} answers your question {question}, “{brief}”:\n\n{answer_text}"),
    "answer_posted": N_("💬 {answerer} answers question {question}, “{brief}”:\n\n{answer_text}"),
    "answer_accepted": N_("✅ Your answer to question {question}, “{brief}”, was accepted. Thank you, {member}!"),
    "answer_accepted_posted": N_("✅ {answerer} has answered question {question}, “{brief}”."),
    "staff_subscribed": N_("💳 {member} has subscribed to {plan}."),
    "staff_cancelled": N_("{member} has cancelled {plan}."),
    "staff_refunded": N_("{member} was refunded for {plan}."),
    "staff_disputed": N_("⚠️ {member} disputes a payment for {plan}. Answer it at the provider in time."),
    "staff_held": N_(
        "✋ {place}, behind the gate {gate}, was taken from {member} by hand. "
        "I leave it so; a new membership would give it again."
    ),
    "staff_mass_change": N_(
        "⚠️ A correction would change the access of {n} members at once. That may be a mistake, so it waits: "
        "/sync shows it and asks you."
    ),
    "staff_harm": N_(
        "🛑 The test {name} is stopped: {arm} brought clearly more refunds or complaints. /experiment status shows it."
    ),
    "staff_expired": N_("{plan} of {member} has ended."),
    "staff_reason": N_("{member} says why {plan} was cancelled: {reason}"),
    "staff_unable": N_("⚠️ A payment provider refuses: {why}"),
    "staff_complaint": N_(
        "🔕 {member} does not want to be written to: they complained about “{nudge}”. I leave them in peace."
    ),
    "staff_paysupport": N_("🙋 {member} asks for help with a payment: {words}"),
}

REASONS: dict[str, str] = {
    "too_expensive": N_("It costs too much"),
    "unused": N_("I don't use it enough"),
    "missing_features": N_("Something is missing"),
    "low_quality": N_("It is not good enough"),
    "too_complex": N_("It is too complicated"),
    "customer_service": N_("I was not helped well"),
    "switched_service": N_("I found something else"),
    "other": N_("Something else"),
}
"""Why somebody cancels (`bot.sales.Reason`), in the words of their buttons."""


class Press(Word, frozen=True):
    """A button under a notice: it runs `command` with `options`, each a value of the effect's by its name."""

    label: str
    command: str
    options: dict[str, str] = {}
    style: Literal["plain", "primary", "danger"] = "plain"


_ANSWER = Press(label=N_("Answer"), command="answer", options={"number": "question"}, style="primary")
_DECLINE = Press(label=N_("Not for me"), command="question decline", options={"number": "question"})
_ACCEPT = Press(label=N_("That answers it"), command="question accept", options={"answer": "answer"}, style="primary")
_REJECT = Press(label=N_("Not yet"), command="question reject", options={"answer": "answer"})
_HELPFUL = Press(label=N_("Helpful"), command="question helpful", options={"answer": "answer"})

PRESSES: dict[str, tuple[Press, ...]] = {
    "question_for_you": (_ANSWER, _DECLINE),
    "question_for_you_unnamed": (_ANSWER, _DECLINE),
    "question_posted": (_ANSWER,),
    "question_posted_unnamed": (_ANSWER,),
    "question_unanswered": (_ANSWER,),
    "question_still_unanswered": (_ANSWER,),
    "answer_for_you": (_ACCEPT, _REJECT),
    "answer_posted": (_ACCEPT, _HELPFUL),
}
"""The buttons under a notice, by its name, in one row."""


def reply(task: Task) -> Reply:
    """An effect that says something as it is to be shown: its words, and the buttons under them."""
    effect = task.effect
    if isinstance(effect, Nudge) and effect.row:
        return nudged(effect, task.member_name, tongue(task.locale), openly=task.target.startswith(REPLY))
    text = words(task)
    if isinstance(effect, Tell):
        return Reply(text=text)
    assert isinstance(effect, Announce | Alert | Nudge | Relay)  # noqa: S101 - asked of nothing else
    presses = PRESSES.get(effect.notice, ())
    if not presses:
        return Reply(text=text)
    say, values = tongue(task.locale), _values(effect)
    made = tuple(
        Button(
            label=say(one.label),
            command=one.command,
            options={option: values[name] for option, name in one.options.items()},
            style=one.style,
        )
        for one in presses
    )
    return Reply(text=text, buttons=(made,))


def _values(effect: Announce | Alert | Nudge | Relay) -> dict[str, int | str]:
    numbers = {"question": str(effect.question), "answer": str(effect.answer)} if isinstance(effect, Relay) else {}
    return {**effect.values, **numbers}


def words(task: Task) -> str:
    """The text of an effect that says something, in the language of whoever reads it.

    Plain text, for the adapter to escape.
    """
    effect = task.effect
    say = tongue(task.locale)
    if isinstance(effect, Tell):
        until = say(N_("for ever")) if effect.until is None else say.day(effect.until)
        provider = effect.about.partition(":")[0]
        message = NOTICES.get(f"{effect.notice}:{provider}", NOTICES[effect.notice])
        return say(message, member=task.member_name, plan=effect.plan, until=until)
    assert isinstance(effect, Announce | Alert | Nudge | Relay)  # noqa: S101 - asked of nothing else
    return said(effect, task.member_name, say)


def said(effect: Announce | Alert | Nudge | Relay, member: str, say: Tongue) -> str:
    """The words of such an effect about a member of this name, and in lines of their own about others."""
    others = effect.more if isinstance(effect, Announce) else ()
    there = [dict(one) for one in others if one.get("alias")]  # else they are gone
    return "\n".join([_line(effect, _values(effect), member, say), *[_line(effect, one, "", say) for one in there]])


def _line(effect: Announce | Alert | Nudge | Relay, values: dict[str, int | str], member: str, say: Tongue) -> str:
    if "reason" in values:
        values["reason"] = say(REASONS.get(str(values["reason"]), ""))
    if "badge" in values:
        values["badge"] = say(str(values["badge"]))
    if "nudge" in values:
        about = NAMED.get(str(values["nudge"]))
        values["nudge"] = say(about.title if about else N_("private notices"))
    name = values.pop("alias", "") or member  # the one they want on boards
    values.pop("member", None)
    return say(NOTICES[effect.notice], member=name, **values)


# ---------------------------------------------------------------------- nudges


def nudged(effect: Nudge, member: str, say: Tongue, *, openly: bool = False) -> Reply:
    """A nudge of the table: its wording, what it offers to do, and how to be left in peace.

    `openly` it is said in a channel, where a button would be everybody's.
    """
    trigger = NAMED.get(effect.notice)
    if trigger is None:  # it was taken out of the table while this waited
        return Reply(text=say(OPT_OUT_OPENLY))
    values = _spoken(effect.values, say)
    if openly:
        return Reply(text=f"{say(trigger.public, member=member, **values)} {say(OPT_OUT_OPENLY)}")
    wording = next((one for one in trigger.variants if one.name == effect.variant), trigger.variants[0])
    own = str(values.pop(OWN_WORDS, ""))
    text = own.replace("{member}", member) if own else say(wording.text, member=member, **values)
    return Reply(text=f"{text}\n{say(OPT_OUT)}", buttons=tuple([row for row in _under(trigger, effect, say) if row]))


def _under(trigger: Trigger, effect: Nudge, say: Tongue) -> tuple[tuple[Button, ...], ...]:
    steps = tuple(
        Button(
            label=say(one.label),
            command=one.command,
            options={option: effect.values[name] for option, name in one.options.items()},
            style="primary",
        )
        for one in trigger.steps
        if all(name in effect.values for name in one.options.values())
    )
    peace = tuple(
        Button(label=say(label), command="notify", options={"wanted": wanted, "about": effect.row})
        for wanted, label in PEACE.items()
    )
    return steps, peace


PEACE: dict[str, str] = {
    "off": N_("Not interested in this"),
    "fewer": N_("Fewer of these"),
    "complain": N_("Complain"),
}
"""How to be left in peace: what is chosen by /notify, and what its button says."""


def _spoken(values: Mapping[str, int | str], say: Tongue) -> dict[str, int | str]:
    """The values of a nudge as they stand in a sentence: days as the language writes them, and counts in words."""
    shown = {**values}
    if "date" in shown:
        shown["date"] = say.day(date.fromisoformat(str(shown["date"])))
    counts = [say.many(*SHOWN_GOT[what], n) for what in SHOWN_GOT if isinstance(n := shown.get(what), int) and n]
    if counts:
        shown["got"] = say(N_(", ")).join(counts)
    return shown
