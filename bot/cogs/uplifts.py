"""/uplift, for the creator: what each nudge brings against its standing hold-out, and how much is known yet."""

from bot.cogs.experiments import onward
from bot.cogs.verdicts import Words
from bot.commands import Ask, Rank, command
from bot.engine.nudges.table import NAMED
from bot.engine.rules import Rules
from bot.i18n import N_
from bot.reply import Field, Reply
from bot.storage import uplift
from bot.storage.uplift import Uplift


@command(N_("uplift"), N_("What the nudges bring, compared with who got none, and how much is known yet"),
         who=Rank.CREATOR, slow=True)  # fmt: skip
async def panel(ask: Ask) -> Reply:
    """Each kind of nudge against its standing hold-out."""
    say, rules = ask.say, await ask.rules()
    found = await ask.app.store.read(uplift.holdouts, ask.community.id, rules, ask.now)
    share = round(rules.nudges.holdout * 100)
    if not found:
        text = say(
            N_("No nudge was decided upon yet. Of each kind {share} % of the members get none, to compare."),
            share=share,
        )
        return Reply(title=say(N_("What the nudges bring")), text=text, buttons=onward(ask))
    text = say(
        N_(
            "Of each kind {share} % of the members get none. Members count from their first one, when the days after "
            "it are over; the intervals stay valid however often you look."
        ),
        share=share,
    )
    return Reply(
        title=say(N_("What the nudges bring")),
        text=text,
        fields=tuple(_held(ask, one, rules) for one in found),
        buttons=onward(ask),
    )


def _held(ask: Ask, one: Uplift, rules: Rules) -> Field:
    say, words, judged = ask.say, Words(ask, one.outcome, rules), one.judgement
    (contrast,) = judged.contrasts
    held, sent = judged.arms
    shares = say(
        N_("{outcome} in {days} days: {sent} of {n} who got it, {held} of {m} who got none"),
        outcome=words.outcome,
        days=one.days,
        sent=words.value(sent.mean),
        n=sent.ready,
        held=words.value(held.mean),
        m=held.ready,
    )
    lines = [words.verdict(contrast, judged), shares]
    if contrast.kind == "early" and judged.kind != "fault" and contrast.low is not None:
        lines.append(say(N_("so far: {difference}"), difference=words.difference(contrast)))
    title = say(NAMED[one.name].title) if one.name in NAMED else one.name or say(N_("All nudges together"))
    return Field(name=title, value="\n".join(lines))


COMMANDS = (panel,)
