"""What an experiment says, in words and tables: the same for experiments, hold-outs and campaigns."""

from bot.commands import Ask
from bot.engine.experiments.judge import Arm, Contrast, Judgement
from bot.engine.experiments.sampling import LEVEL
from bot.engine.rules import Rules
from bot.i18n import N_
from bot.reply import Table
from bot.sales import Price
from bot.storage.exposures import SENT
from bot.storage.outcomes import OUTCOMES, Outcome

ARMS: dict[str, str] = {"held": N_("nothing (hold-out)"), "sent": N_("sent")}
"""What the arms of a hold-out are called."""
WORKS = {"better": N_("it works: {by} ({span})"), "worse": N_("it does harm: {by} ({span})")}
"""What is said of being sent something, against nothing."""


class Words:
    """The words for one outcome: how a value, a difference and a verdict are said."""

    def __init__(self, ask: Ask, outcome: str, rules: Rules) -> None:
        self._say = ask.say
        self._of: Outcome = OUTCOMES[outcome]
        self._currency = rules.membership.currency

    @property
    def outcome(self) -> str:
        """What is looked at."""
        return self._say(self._of.title)

    def value(self, value: float | None) -> str:
        """A mean of the outcome: a share, days, money."""
        if value is None:
            return "–"
        if self._of.name == "revenue":
            return self._money(value)
        return f"{value:.1%}" if self._of.rate else f"{value:.2f}"

    def by(self, value: float) -> str:
        """A difference, with its sign: of shares in points."""
        if self._of.name == "revenue":
            return ("+" if value >= 0 else "−") + self._money(abs(value))
        if self._of.rate:
            return self._say(N_("{n} points"), n=f"{value * 100:+.1f}".replace("-", "−"))
        return f"{value:+.2f}".replace("-", "−")

    def between(self, low: float, high: float) -> str:
        """An interval of differences."""
        return self._say(N_("{low} to {high}"), low=self.by(low), high=self.by(high))

    def difference(self, one: Contrast) -> str:
        """A difference with its interval; a dash where nothing can be said."""
        if one.by is None or one.low is None or one.high is None:
            return "–"
        return f"{self.by(one.by)} ({self.between(one.low, one.high)})"

    def arm(self, name: str) -> str:
        """An arm before people."""
        return self._say(ARMS[name]) if name in ARMS else name

    def verdict(self, one: Contrast, judged: Judgement) -> str:
        """What one comparison says, in a sentence."""
        say, name = self._say, self.arm(one.arm)
        if judged.kind == "fault":
            return fault(say_of=self, judged=judged)
        if one.kind == "early" or one.low is None or one.high is None:
            return say(N_("not enough data yet: {n} of {of} members"), n=judged.n, of=judged.of)
        span = self.between(one.low, one.high)
        if one.arm == SENT and one.kind in WORKS:
            return say(WORKS[one.kind], by=self.by(one.by or 0), span=span)
        if one.kind == "better":
            return say(N_("{arm} is better: {by} ({span})"), arm=name, by=self.by(one.by or 0), span=span)
        if one.kind == "worse":
            return say(N_("{arm} is worse: {by} ({span})"), arm=name, by=self.by(one.by or 0), span=span)
        most = self.by(max(abs(one.low), abs(one.high))).lstrip("+")
        return say(N_("no difference larger than {most}"), most=most)

    def say(self, message: str, /, **values: object) -> str:
        """Words in the language of whoever reads."""
        return self._say(message, **values)

    def _money(self, value: float) -> str:
        return self._say.money(Price(amount=round(value), currency=self._currency))


def fault(say_of: Words, judged: Judgement) -> str:
    """What is wrong with a split: nothing that follows from it can be believed."""
    if judged.ratio < LEVEL:
        why = say_of.say(N_("the arms are not as large as they should be"))
    elif judged.delivery < LEVEL:
        why = say_of.say(N_("one arm is delivered less often than the other"))
    else:
        why = say_of.say(N_("{n} members are in another arm than they were drawn into"), n=judged.misplaced)
    return say_of.say(N_("something is wrong with the split: {why}"), why=why)


def arms_table(words: Words, judged: Judgement) -> Table:
    """A row an arm: members whose outcome is known, of all; the outcome; the difference from the control."""
    header = tuple(words.say(one) for one in (N_("Arm"), N_("Known of")))
    by_arm = {one.arm: one for one in judged.contrasts}
    rows = tuple(_row(words, one, by_arm.get(one.name)) for one in judged.arms)
    return Table(header=(*header, words.outcome, words.say(N_("Difference"))), rows=rows, numeric=(1, 2))


def _row(words: Words, arm: Arm, against: Contrast | None) -> tuple[str, ...]:
    known = words.say(N_("{n} of {of}"), n=arm.ready, of=arm.assigned)
    difference = words.say(N_("compared with")) if against is None else words.difference(against)
    return words.arm(arm.name), known, words.value(arm.mean), difference


def split_words(words: Words, judged: Judgement) -> str:
    """How the checks of the split went, in a line."""
    if judged.kind == "fault":
        return fault(words, judged)
    return words.say(N_("The split is as drawn (p = {p})."), p=f"{judged.ratio:.2f}")
