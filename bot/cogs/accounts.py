"""One person, two platforms: /link, /unlink, and /move for a subscription that is to be another's."""

from collections.abc import Mapping
from typing import Annotated, Any

from bot.app import App
from bot.cogs.by_code import ASKED, CodeText, Sure, enter, form, make, refused, shown, sure_button
from bot.commands import About, Ask, Refused, command
from bot.events import Account
from bot.i18n import N_
from bot.reply import Button, Field, Reply
from bot.standing import platform_name
from bot.storage import codes, linking, members, merge
from bot.storage.codes import Kind, Wrong
from bot.storage.linking import Own


async def by_code(app: App, account: Account, options: Mapping[str, Any]) -> int:
    """Whoever has a good code comes, in private, into the community it was made in."""
    text = str(options.get("code") or "")
    return await app.store.write(linking.welcome, account, text, app.clock()) if text else 0


@command(N_("link"), N_("Be one person with your account on another platform"), slow=True, newcomers=by_code)
async def link(ask: Ask, code: CodeText = "", sure: Sure = False) -> Reply:
    """Make a code; or look at whose it is, and become one."""
    if code == ASKED:
        return form(ask, "link")
    if not code:
        mine = await ask.app.store.read(linking.accounts, ask.me.member)
        known = ask.say(N_("You are known here by: {accounts}"), accounts=_listed(ask, mine))
        how = N_(
            "With your other account, write to me within {minutes} minutes: /link {code}\n"
            "Give the code to nobody else: whoever enters it becomes one person with you."
        )
        return shown(ask, "link", await make(ask, "link"), known, how)
    if not sure:
        found = await ask.app.store.write(
            linking.meet, code, ask.me.member, ask.community.id, ("link", "move"), ask.now
        )
        if isinstance(found, Wrong):
            raise refused(ask, found, "link")
        if found.code.kind == "link":
            return await _confirm_link(ask, code, found)
    return await _redeem(ask, code, ("link", "move"), "link")


async def _confirm_link(ask: Ask, code: str, found: linking.Meeting) -> Reply:
    theirs = await ask.app.store.read(linking.accounts, found.maker.member)
    mine = await ask.app.store.read(linking.accounts, ask.me.member)
    points = found.maker.state.engagement.points + ask.me.state.engagement.points
    return Reply(
        title=ask.say(N_("Is {name} you, too?"), name=found.maker.name),
        text=ask.say(
            N_(
                "Then these become one person, called {name}, with one history and all that either paid for. "
                "Histories that were joined can't be taken apart again."
            ),
            name=found.maker.name,
        ),
        fields=(
            Field(name=ask.say(N_("Accounts")), value=_listed(ask, [*theirs, *mine])),
            Field(name=ask.say(N_("Points together")), value=ask.say.show(points)),
        ),
        buttons=((sure_button(ask, N_("Yes, both are me"), "link", code=codes.written(code)),),),
        replaces=True,
    )


@command(N_("move"), N_("Give your subscription to another account or person"), slow=True, newcomers=by_code)
async def move(ask: Ask, code: CodeText = "") -> Reply:
    """Make a code for whoever is to have it; or take over what a code stands for."""
    if code == ASKED:
        return form(ask, "move")
    if code:
        return await _redeem(ask, code, ("move",), "move")
    ids = await ask.app.store.read(merge.live, ask.me.member)
    if not ids:
        none = N_("You have no subscription to give. To take over somebody's, enter the code that they made by /move.")
        return Reply(text=ask.say(none), buttons=((enter(ask, "move"),),))
    how = N_(
        "Whoever writes /move {code} to me within {minutes} minutes has it from then on, and is let in instead of you. "
        "Your points and your history stay with you, and the card that pays is yours until it is changed."
    )
    return shown(ask, "move", await make(ask, "move"), await _titles(ask, ask.me, ids), how)


async def _titles(ask: Ask, whose: members.Profile, ids: list[str] | tuple[str, ...]) -> str:
    rules = await ask.rules()
    named = [one.plan for one in whose.state.membership.subscriptions if one.id in ids]
    plans = [plan.shown if (plan := rules.plan(name)) else name for name in named]
    return ", ".join(plans) or ask.say(N_("a subscription"))


async def _redeem(ask: Ask, code: str, kinds: tuple[Kind, ...], path: str) -> Reply:
    app = ask.app
    met = await app.rework(linking.redeem, code, ask.me.member, ask.community.id, kinds, app.rules, ask.now)
    if isinstance(met, Wrong):
        raise refused(ask, met, path)
    if met.kind == "move":
        return Reply(
            text=ask.say(
                N_("Done: {plans} of {name} is yours now. What it opens is opening."),
                plans=await _titles(ask, met.maker, met.subscriptions),
                name=met.maker.name,
            ),
            buttons=((Button(label=ask.say(N_("Show it")), command="status"),),),
            replaces=True,
        )
    accounts = await app.store.read(linking.accounts, met.maker.member)
    now = await app.store.read(members.by_id, ask.community.id, met.maker.member)
    points = 0 if now is None else now.state.engagement.points
    return Reply(
        text=ask.say(
            N_("Done: you are one person now, by {accounts}. You have {points} points, and what is yours is opening."),
            accounts=_listed(ask, accounts),
            points=points,
        ),
        replaces=True,
    )


async def _parts(ask: Ask, text: str) -> list[tuple[str, str]]:
    return [
        (str(one.id), _label(ask, one)) for one in await _others(ask) if text.casefold() in _label(ask, one).casefold()
    ]


@command(N_("unlink"), N_("Part one of your accounts from the others"), slow=True)
async def unlink(
    ask: Ask,
    account: Annotated[
        str, About(name=N_("account"), description=N_("Which of your others"), complete=_parts, most=64)
    ] = "",
    sure: Sure = False,
) -> Reply:
    """Choose, confirm, part: the history stays with the account that asks."""
    others = await _others(ask)
    if not others:
        raise Refused(ask.say(N_("You are known here by this account alone: there is nothing to part.")))
    chosen = [one for one in others if _meant(ask, one, account)]
    if len(chosen) != 1:
        label = ask.say(N_("Which account is to go its own way?"))
        return Reply(text=label, buttons=tuple((_parting(ask, one),) for one in others))
    (one,) = chosen
    if not sure:
        return Reply(
            text=ask.say(
                N_(
                    "{account} becomes a member of its own, who begins with nothing, and what is open to it by you is "
                    "closed. Your points, your history and what you paid for stay here with you."
                ),
                account=_label(ask, one),
            ),
            buttons=((sure_button(ask, N_("Part them"), "unlink", account=str(one.id)),),),
            replaces=True,
        )
    try:
        await ask.app.rework(linking.part, ask.me.member, one.id, ask.now)
    except (LookupError, ValueError) as error:  # pressed twice
        raise Refused(ask.say(N_("That account is not one of yours any more."))) from error
    text = ask.say(
        N_("Done: {account} is a member of its own now. Everything else stayed yours."), account=_label(ask, one)
    )
    return Reply(text=text, replaces=True)


async def _others(ask: Ask) -> list[Own]:
    """The caller's accounts but the one they call from."""
    here = ask.caller.account
    mine = await ask.app.store.read(linking.accounts, ask.me.member)
    return [one for one in mine if (one.platform, one.user) != (here.platform, here.user)]


def _meant(ask: Ask, one: Own, text: str) -> bool:
    wanted = text.strip().casefold()
    return not wanted or wanted in (str(one.id), one.platform, one.name.casefold(), _label(ask, one).casefold())


def _parting(ask: Ask, one: Own) -> Button:
    return Button(label=_label(ask, one), command="unlink", options={"account": str(one.id)})


def _label(ask: Ask, one: Own) -> str:
    return f"{ask.say(platform_name(one.platform))}: {one.name or one.user}"


def _listed(ask: Ask, accounts: list[Own]) -> str:
    return ", ".join(_label(ask, one) for one in accounts)


COMMANDS = (link, unlink, move)
