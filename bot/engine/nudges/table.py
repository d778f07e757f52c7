"""All nudges: who gets which, when, in what words, where, and which gives way. A new one is one entry of `NUDGES`.

Its name is also a field of `NudgeSwitches` (`bot/engine/rules.py`), by which a creator switches it off. Words tell the
reader nothing that their own chat would not: what is said in a channel is `public`, and without it nothing is.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from bot.engine.nudges import triggers
from bot.engine.nudges.person import Person
from bot.engine.nudges.triggers import Due
from bot.engine.rules import Rules
from bot.words import N_, Word

Topic = Literal[
    "welcome", "recommendations", "digest", "habits", "membership", "contact", "celebrations", "questions", "news"
]
TOPICS: dict[Topic, str] = {
    "welcome": N_("First steps"),
    "recommendations": N_("Recommendations"),
    "digest": N_("What you missed in the week"),
    "habits": N_("Streaks and courses"),
    "membership": N_("What your membership gave you"),
    "contact": N_("When I have not heard from you"),
    "celebrations": N_("Something to celebrate"),
    "questions": N_("Questions you may know the answer to"),
    "news": N_("News and offers of the creator"),
}
"""What members may want nudges about, or not (/notify)."""

Kind = Literal["reply", "telegram", "playground", "thread", "dm"]
PRIVATELY: tuple[Kind, ...] = ("telegram", "playground", "thread", "dm")
"""The ladder of surfaces: Telegram where the member pressed Start, a private thread on Discord, and last of all a
message of its own there, which Discord suffers least."""
OPENLY: tuple[Kind, ...] = ("reply", *PRIVATELY)
"""The same after an answer in the channel where the member wrote."""


class Wording(Word, frozen=True):
    """A way to say it: one of a nudge's `variants`, by its `name`."""

    name: str
    text: str


class Step(Word, frozen=True):
    """A button under a nudge: it runs `command`; each of its `options` is a value of the nudge by its name."""

    label: str
    command: str
    options: dict[str, str] = {}


class Trigger(Word, frozen=True):
    """A nudge: its `name` in rules and tables and its `title` before creators.

    `due` says who meets it (None: rows are made by a campaign, and always meet it). It needs `content` that a
    recommender or digest fills in. It goes to the first surface of its `ladder` that is open; of several for one member
    the smallest `priority` goes first, and the same one not again within `rest_days`. A `win_back` goes also to whoever
    has left the space, and not often. The brakes that are `spared`, by their names, do not hold it.
    """

    name: str
    title: str
    topic: Topic
    variants: tuple[Wording, ...]
    due: Callable[[Person, Rules, datetime], Due | None] | None = None
    ladder: tuple[Kind, ...] = PRIVATELY
    priority: int = 50
    public: str = ""
    steps: tuple[Step, ...] = ()
    content: Literal["", "recommended", "digest"] = ""
    rest_days: int = 0
    win_back: bool = False
    spared: tuple[str, ...] = ()


_SUBSCRIBE = Step(label=N_("See the plans"), command="subscribe")

NUDGES = (
    Trigger(
        name="payment_check",
        title=N_("Last day after a failed payment"),
        topic="membership",
        due=triggers.payment_check,
        priority=0,
        variants=(
            Wording(
                name="plain",
                text=N_("{member}, your place in {plan} is kept until {date}. /portal mends the payment in a minute."),
            ),
            Wording(
                name="help",
                text=N_(
                    "{member}, something keeps going wrong with the payment for {plan}. You stay in until {date}; "
                    "/paysupport finds out with you what it is."
                ),
            ),
        ),
        steps=(Step(label=N_("Mend the payment"), command="portal"),),
    ),
    Trigger(
        name="unanswered",
        title=N_("A newcomer whom nobody answered"),
        topic="welcome",
        due=triggers.unanswered,
        priority=10,
        ladder=OPENLY,
        public=N_("{member} is new here, and nobody has answered yet. Who can help?"),
        variants=(
            Wording(
                name="plain",
                text=N_("Nobody has answered your message yet, {member}. It was seen; sometimes it takes a day here."),
            ),
            Wording(
                name="again",
                text=N_(
                    "Your message has no answer yet, {member}. Ask once more with a line about what you have tried: "
                    "that is answered soonest here."
                ),
            ),
        ),
    ),
    Trigger(
        name="welcome",
        title=N_("Welcome"),
        topic="welcome",
        due=triggers.welcome,
        priority=15,
        variants=(
            Wording(
                name="line",
                text=N_(
                    "Welcome, {member}! One line about what brings you here is the best beginning: people answer "
                    "newcomers gladly."
                ),
            ),
            Wording(
                name="steps",
                text=N_(
                    "Good to have you here, {member}. Say hello in a channel, or press the button for your first badge."
                ),
            ),
        ),
        steps=(Step(label=N_("I am here"), command="checkin"), Step(label=N_("What can I do here?"), command="help")),
    ),
    Trigger(
        name="first_win",
        title=N_("A first win for newcomers"),
        topic="welcome",
        due=triggers.first_win,
        priority=20,
        variants=(
            Wording(
                name="small",
                text=N_("A small beginning, {member}: one press checks you in, and your first points are there."),
            ),
            Wording(
                name="ask",
                text=N_("Is there something you came to find out, {member}? Ask it: newcomers' questions go first."),
            ),
        ),
        steps=(Step(label=N_("Check in"), command="checkin"),),
    ),
    Trigger(
        name="streak",
        title=N_("A streak that ends tonight"),
        topic="habits",
        due=triggers.streak,
        priority=25,
        rest_days=7,
        variants=(
            Wording(name="loss", text=N_("🔥 Your streak of {days} days ends tonight, {member}. One press keeps it.")),
            Wording(name="gain", text=N_("🔥 {days} days in a row, {member}! Today is not among them yet.")),
        ),
        steps=(Step(label=N_("Check in"), command="checkin"),),
    ),
    Trigger(
        name="receipt",
        title=N_("What the month gave, before the charge"),
        topic="membership",
        due=triggers.receipt,
        priority=30,
        variants=(
            Wording(name="month", text=N_("Your last month here, {member}: {got}. {plan} renews by itself on {date}.")),
            Wording(
                name="thanks",
                text=N_("Thank you for this month, {member}. You had {got}. {plan} goes on by itself on {date}."),
            ),
        ),
        steps=(Step(label=N_("My membership"), command="status"),),
    ),
    Trigger(
        name="course",
        title=N_("A course left half-way"),
        topic="habits",
        due=triggers.course,
        priority=35,
        rest_days=14,
        variants=(
            Wording(
                name="progress",
                text=N_("You have done {done} of {of} in “{course}”, {member}. The next part is waiting for you."),
            ),
            Wording(
                name="short", text=N_("A quarter of an hour for “{course}” today, {member}? {done} of {of} are done.")
            ),
        ),
        steps=(Step(label=N_("Go on"), command="course"),),
    ),
    Trigger(
        name="at_risk",
        title=N_("A check-in with who fell silent"),
        topic="contact",
        due=triggers.at_risk,
        priority=40,
        rest_days=14,
        variants=(
            Wording(
                name="place",
                text=N_("We have not heard from you for {days} days, {member}. Your place is still here."),
            ),
            Wording(
                name="ask",
                text=N_("{days} days without you, {member}. Is something missing here? The creator reads it gladly."),
            ),
        ),
        steps=(Step(label=N_("I am here"), command="checkin"),),
    ),
    Trigger(
        name="first_answer",
        title=N_("The first accepted answer"),
        topic="celebrations",
        due=triggers.first_answer,
        priority=45,
        variants=(
            Wording(
                name="plain", text=N_("🎯 Your first answer was accepted, {member}. Somebody got on because of you!")
            ),
            Wording(name="thanks", text=N_("🎯 You helped for good, {member}: your answer is the accepted one.")),
        ),
        steps=(Step(label=N_("My card"), command="rank"),),
    ),
    Trigger(
        name="course_done",
        title=N_("A course finished"),
        topic="celebrations",
        due=triggers.course_done,
        priority=46,
        variants=(
            Wording(name="plain", text=N_("🎓 You have finished “{course}”, {member}. Well done!")),
            Wording(
                name="tell",
                text=N_("🎓 “{course}” is done, {member}! What was the best of it? Tell the others."),
            ),
        ),
    ),
    Trigger(
        name="anniversary",
        title=N_("A year with us"),
        topic="celebrations",
        due=triggers.anniversary,
        priority=47,
        variants=(
            Wording(name="plain", text=N_("🎂 {years} × 365 days with us, {member}. Thank you!")),
            Wording(name="glad", text=N_("🎂 It is your anniversary here, {member}: year {years}. Good to have you.")),
        ),
        steps=(Step(label=N_("My card"), command="rank"),),
    ),
    Trigger(
        name="recommendation",
        title=N_("A recommendation"),
        topic="recommendations",
        due=triggers.recommendation,
        priority=60,
        content="recommended",
        variants=(
            Wording(name="plain", text=N_("For you, {member}: “{title}”. {reason}")),
            Wording(name="ask", text=N_("Would “{title}” be something for you, {member}? {reason}")),
        ),
        steps=(
            Step(label=N_("Open it"), command="study open", options={"item": "item"}),
            Step(label=N_("Never this one"), command="study dismiss", options={"item": "item"}),
        ),
    ),
    Trigger(
        name="digest",
        title=N_("The weekly digest"),
        topic="digest",
        due=triggers.digest,
        priority=65,
        content="digest",
        variants=(
            Wording(name="missed", text=N_("While you were away, {member}:\n{lines}")),
            Wording(name="best", text=N_("The best of the week for you, {member}:\n{lines}")),
        ),
        steps=(Step(label=N_("The weekly digest"), command="digest"),),
    ),
    Trigger(
        name="campaign",
        title=N_("A campaign of the creator"),
        topic="news",
        priority=70,
        variants=(Wording(name="text", text="{text}"),),
        steps=(Step(label=N_("Use it"), command="redeem", options={"code": "coupon"}),),
    ),
    Trigger(
        name="win_back",
        title=N_("Win-back of who has lapsed"),
        topic="contact",
        due=triggers.win_back,
        priority=75,
        win_back=True,
        variants=(
            Wording(
                name="kept",
                text=N_("{plan} has ended, {member}. What you earned stays yours, and coming back takes one press."),
            ),
            Wording(name="miss", text=N_("It is quieter here without you, {member}. {plan} is still there for you.")),
        ),
        steps=(_SUBSCRIBE,),
    ),
    Trigger(
        name="win_back_offer",
        title=N_("Win-back with an offer"),
        topic="contact",
        due=triggers.win_back_offer,
        priority=76,
        win_back=True,
        variants=(
            Wording(
                name="gift",
                text=N_("We would like you back, {member}: {coupon} makes {plan} cheaper. It is for you alone."),
            ),
            Wording(name="price", text=N_("Was it the price, {member}? With {coupon} {plan} costs less.")),
        ),
        steps=(Step(label=N_("Use it"), command="redeem", options={"code": "coupon"}), _SUBSCRIBE),
    ),
)
"""The nudges, in no order: `priority` is the order."""

NAMED: dict[str, Trigger] = {one.name: one for one in NUDGES}
SHOWN_GOT: dict[str, tuple[str, str]] = {
    "days": (N_("{n} active day"), N_("{n} active days")),
    "messages": (N_("{n} message"), N_("{n} messages")),
    "answers": (N_("{n} accepted answer"), N_("{n} accepted answers")),
    "thanks": (N_("{n} word of thanks"), N_("{n} words of thanks")),
    "finished": (N_("{n} lesson finished"), N_("{n} lessons finished")),
    "attended": (N_("{n} live session"), N_("{n} live sessions")),
}
"""What a receipt counts, and how it is said; what is nothing is left out."""
OPT_OUT = N_("(No more of these: the button below, or /notify.)")
"""Under every nudge."""
OPT_OUT_OPENLY = N_("(/notify: whom I write to)")
"""Under one in a channel, where a button would be everybody's."""
