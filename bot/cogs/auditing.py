"""The audit: /audit. Who pays and is not in, who is in and does not pay, why, in money; and one button to mend it."""

from datetime import datetime
from typing import Annotated, Literal

from bot.cogs.roll import turn
from bot.commands import About, Ask, Rank, Refused, command
from bot.engine.audit import Finding, Place, audit, is_mass_change, sums
from bot.engine.rules import Rules
from bot.figures import shown
from bot.i18n import N_
from bot.reply import Button, Field, Reply, Table
from bot.standing import KINDS, WHYS, Names, label, platform_name
from bot.storage import books, members, repair
from bot.storage.store import Connection

PAGE = 20
DETAIL = 80
"""Characters of a platform's own words that are shown."""


@command(N_("audit"), N_("Who pays and is not in, who is in and does not pay, and why"), who=Rank.CREATOR, slow=True)
async def audit_(
    ask: Ask,
    page: Annotated[
        int, About(name=N_("page"), description=N_("Which page, twenty to a page"), least=1, most=100_000)
    ] = 1,
    mend: Annotated[
        Literal["no", "yes", "sure"],
        About(
            name=N_("mend"),
            description=N_("Give what is missing and take what is too much"),
            labels={"no": N_("no"), "yes": N_("yes"), "sure": N_("sure")},
        ),
    ] = "no",
    n: Annotated[int, About(name=N_("n"), description=N_("How many members you agreed to"), least=0)] = 0,
) -> Reply:
    """Looks first and changes nothing; the button mends, and asks again when it would concern many."""
    rules, read, number = await ask.rules(), ask.app.store.read, ask.community.id
    wrong = await read(repair.differences, number)
    concerned = len({one.member for one in wrong})
    if mend != "no":
        return await _mend(ask, rules, wrong, concerned, agreed=n if mend == "sure" else 0)
    places = await read(books.places, number)
    found = audit(await read(books.holders, number), places, rules, ask.now)
    if not found:
        return Reply(text=ask.say(N_("✅ All is well: whoever pays is in, and whoever is in may be.")), replaces=True)
    names = await read(books.names, number)
    pages = -(-len(found) // PAGE)
    page = min(page, pages)
    here = found[(page - 1) * PAGE : page * PAGE]
    header = (N_("Member"), N_("Finding"), N_("Why"), N_("Where"), N_("A month"))
    button = Button(
        label=ask.say.many("Mend it for {n} member", "Mend it for {n} members", concerned),
        command="audit",
        options={"mend": "yes"},
        style="primary",
    )
    return Reply(
        title=ask.say(N_("Audit of {community}"), community=ask.community.name),
        text=ask.say(N_("Nothing has been changed: this is what was found. Money is of a month.")),
        fields=tuple(
            Field(
                name=ask.say(KINDS[kind]),
                value=ask.say.many("{n} member, {money}", "{n} members, {money}", count, money=shown(ask.say, money)),
            )
            for kind, (count, money) in sums(found, rules).items()
            if count
        ),
        table=Table(
            header=tuple(ask.say(one) for one in header),
            rows=tuple(_finding_row(ask, one, names) for one in here),
            numeric=(4,),
        ),
        buttons=turn("audit", {}, page, pages, (button,) if wrong else ()),
        replaces=True,
    )


def _finding_row(ask: Ask, one: Finding, names: Names) -> tuple[str, ...]:
    whys, wheres = [], []
    for reason in one.reasons:
        why = ask.say(WHYS[reason.why])
        whys.append(f"{why}: {reason.detail[:DETAIL]}" if reason.detail else why)
        place = Place(platform=reason.platform, target=reason.target, gate=reason.gate)
        wheres.append(f"{label(place, names)} ({platform_name(reason.platform)})" if reason.platform else reason.gate)
    return (
        one.name,
        ask.say(KINDS[one.kind]),
        "; ".join(dict.fromkeys(whys)),
        "; ".join(dict.fromkeys(wheres)),
        shown(ask.say, one.stake),
    )


def _mend_these(connection: Connection, community: int, wrong: list[repair.Difference], now: datetime) -> int:
    """Mend what was shown, as far as it is still so."""
    still = set(repair.differences(connection, community))
    these = [one for one in wrong if one in still]
    return repair.mend(connection, community, these, now, f"audit:{now.isoformat()}")


async def _mend(ask: Ask, rules: Rules, wrong: list[repair.Difference], concerned: int, *, agreed: int) -> Reply:
    """Post what mends the differences; a mass change, or one that has grown since it was agreed to, is asked about."""
    say = ask.say
    if not wrong:
        raise Refused(
            say(N_("There is nothing to mend that I can mend: what is left needs somebody to act, or to wait."))
        )
    everybody = await ask.app.store.read(members.count, ask.community.id)
    if is_mass_change(concerned, everybody, rules) and concerned > agreed:
        text = N_(
            "This changes the access of {n} of {all} members ({missing} ways in to open, {extra} to close). "
            "Shall I do it?"
        )
        missing = sum(one.kind == "missing" for one in wrong)
        yes = Button(
            label=say.many("Yes, for {n} member", "Yes, for {n} members", concerned),
            command="audit",
            options={"mend": "sure", "n": concerned},
            style="danger",
        )
        words = say(text, n=concerned, all=everybody, missing=missing, extra=len(wrong) - missing)
        return Reply(text=words, buttons=((yes,),))
    done = await ask.app.store.write(_mend_these, ask.community.id, wrong, ask.now)
    text = say.many(
        "{n} change is on its way. /audit shows in a moment what is left.",
        "{n} changes are on their way. /audit shows in a moment what is left.",
        done,
    )
    return Reply(text=text, replaces=True)


COMMANDS = (audit_,)
