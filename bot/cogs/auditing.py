"""The audit: /audit. Who pays and is not in, who is in and does not pay, why, in money; and one button to mend it."""

from collections.abc import Sequence
from typing import Annotated, Literal

from bot.cogs.roll import turn
from bot.commands import About, Ask, Rank, Refused, command
from bot.delivery import GiveUp, TryAgain
from bot.engine.audit import Finding, Held, Holder, Place, as_held, audit, is_mass_change, sums
from bot.engine.rules import Rules
from bot.figures import shown
from bot.i18n import N_
from bot.reply import Button, Field, Reply, Table
from bot.standing import KINDS, WHYS, Names, label, platform_name
from bot.storage import books, gates, members, repair

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
    wrong = await ask.till.reconciliation.differences(number)
    concerned = len({one.member for one in wrong})
    if mend != "no":
        return await _mend(ask, rules, wrong, concerned, agreed=n if mend == "sure" else 0)
    held = await _held(ask)
    holders, strangers = await _holders(ask, held)
    found = audit(holders, await read(books.places, number), rules, ask.now)
    about = _about(ask, held, strangers)
    if not found:
        well = ask.say(N_("✅ All is well: whoever pays is in, and whoever is in may be."))
        return Reply(text="\n".join([well, *about]), replaces=True)
    button = Button(
        label=ask.say.many("Mend it for {n} member", "Mend it for {n} members", concerned),
        command="audit",
        options={"mend": "yes"},
        style="primary",
    )
    pages = -(-len(found) // PAGE)
    page = min(page, pages)
    return Reply(
        title=ask.say(N_("Audit of {community}"), community=ask.community.name),
        text="\n".join([ask.say(N_("Nothing has been changed: this is what was found. Money is of a month.")), *about]),
        fields=tuple(
            Field(
                name=ask.say(KINDS[kind]),
                value=ask.say.many("{n} member, {money}", "{n} members, {money}", count, money=shown(ask.say, money)),
            )
            for kind, (count, money) in sums(found, rules).items()
            if count
        ),
        table=_table(ask, found[(page - 1) * PAGE : page * PAGE], await read(books.names, number)),
        buttons=turn("audit", {}, page, pages, (button,) if wrong else ()),
        replaces=True,
    )


def _about(ask: Ask, held: Held, strangers: int) -> list[str]:
    """What was compared with what."""
    told = ", ".join(sorted({ask.say(platform_name(platform)) for platform, _ in held}))
    lines = [ask.say(N_("Compared with who is in on {platforms} at this moment."), platforms=told)] if told else []
    if strangers:
        lines.append(
            ask.say.many(
                "{n} account that I do not know is in, too.", "{n} accounts that I do not know are in, too.", strangers
            )
        )
    return lines


def _table(ask: Ask, findings: Sequence[Finding], names: Names) -> Table:
    header = (N_("Member"), N_("Finding"), N_("Why"), N_("Where"), N_("A month"))
    rows = tuple(_finding_row(ask, one, names) for one in findings)
    return Table(header=tuple(ask.say(one) for one in header), rows=rows, numeric=(4,))


def _finding_row(ask: Ask, one: Finding, names: Names) -> tuple[str, ...]:
    whys, wheres = [], []
    for reason in one.reasons:
        why = ask.say(WHYS[reason.why])
        whys.append(f"{why}: {reason.detail[:DETAIL]}" if reason.detail else why)
        place = Place(platform=reason.platform, target=reason.target, gate=reason.gate)
        wheres.append(
            f"{label(place, names)} ({ask.say(platform_name(reason.platform))})" if reason.platform else reason.gate
        )
    return (
        one.name,
        ask.say(KINDS[one.kind]),
        "; ".join(dict.fromkeys(whys)),
        "; ".join(dict.fromkeys(wheres)),
        shown(ask.say, one.stake),
    )


async def _held(ask: Ask) -> dict[tuple[str, str], set[str]]:
    """Who is in each place now, as far as the platforms tell."""
    behind: dict[tuple[str, str], list[str]] = {}
    for row in await ask.app.store.read(gates.bound, ask.community.id):
        behind.setdefault((row.platform, row.space), []).append(f"{row.kind}:{row.target}")
    found: dict[tuple[str, str], set[str]] = {}
    for (platform, space), targets in behind.items():
        port = ask.app.ports.get(platform)
        try:
            told = await port.held(space, targets) if port is not None else None
        except (TryAgain, GiveUp):
            told = None  # the register will have to do
        found.update({(platform, target): users for target, users in (told or {}).items()})
    return found


async def _holders(ask: Ask, held: Held) -> tuple[list[Holder], int]:
    """Everybody concerned, as the platforms see them; and how many accounts are in that nobody knows."""
    read, number = ask.app.store.read, ask.community.id
    found = {one.member: one for one in await read(books.holders, number)}
    strangers = 0
    for platform in {platform for platform, _ in held}:
        inside = {user for (where, _), users in held.items() if where == platform for user in users}
        known = await read(books.members_of, number, platform, inside)
        strangers += len(inside) - len(known)
        others = set(known.values()) - set(found)
        found |= {one.member: one for one in await read(books.holders, number, others)}
    return [as_held(one, held) for one in found.values()], strangers


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
    done = await ask.app.store.write(repair.mend, ask.community.id, wrong, ask.now, f"audit:{ask.now.isoformat()}")
    text = say.many(
        "{n} change is on its way. /audit shows in a moment what is left.",
        "{n} changes are on their way. /audit shows in a moment what is left.",
        done,
    )
    return Reply(text=text, replaces=True)


COMMANDS = (audit_,)
