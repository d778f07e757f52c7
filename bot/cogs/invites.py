"""/invite: a link of one's own, by which others come in.

Who stays and takes part earns its owner points (`thank_inviters` in `bot/jobs.py`).
"""

from uuid import uuid4

from bot.commands import Ask, Refused, command
from bot.delivery import GiveUp, Invitation, TryAgain
from bot.i18n import N_
from bot.jobs import STAYED, TOOK_PART
from bot.reply import Button, Field, Reply
from bot.storage import accounts, referrals


@command(N_("invite"), N_("Your own link to invite others by"))
async def invite(ask: Ask) -> Reply:
    """The same link each time, as long as it is good, and what it has brought."""
    space = ask.caller.account.space or await _home(ask)
    port = ask.app.ports.get(ask.platform)
    if port is None or not space:
        raise Refused(ask.say(N_("Say this in your community: I can't tell where the link should lead.")))
    before = await ask.app.store.read(referrals.link_of, ask.me.member, ask.platform, space)
    try:
        made = await port.invitation(space, f"ref_{uuid4().hex[:12]}", ask.say, before)
    except GiveUp as error:
        raise Refused(str(error)) from error
    except TryAgain as error:
        raise Refused(ask.say(N_("The platform does not answer. Try again in a minute."))) from error
    if made.link != before:
        await ask.app.store.write(
            referrals.keep_link,
            made.link,
            community=ask.community.id,
            member=ask.me.member,
            platform=ask.platform,
            space=space,
            now=ask.now,
        )
    return await _shown(ask, made)


async def _home(ask: Ask) -> str:
    """In private: the place of the community that the caller is in on this platform."""
    theirs = await ask.app.store.read(accounts.of, ask.me.member)
    return next((one.space for one in theirs if one.platform == ask.platform), "")


async def _shown(ask: Ask, made: Invitation) -> Reply:
    say = ask.say
    came, stayed = await ask.app.store.read(referrals.tally, ask.me.member)
    points = (await ask.rules()).earn.invite.points
    text = [made.link]
    if not made.counted:
        text.append(
            say(N_("I can't see here who comes by it, so it earns nothing: give me the right 'Manage Server'."))
        )
    elif points:
        text.append(
            say(
                N_(
                    "Whoever comes by it, takes part on {days} days and is still here after {stay} days "
                    "brings you {n} points."
                ),
                days=TOOK_PART,
                stay=STAYED.days,
                n=points,
            )
        )
    return Reply(
        title=say(N_("Your invitation to {community}"), community=ask.community.name),
        text="\n".join(text),
        fields=(
            Field(name=say(N_("Came by it")), value=say.show(came)),
            Field(name=say(N_("Stayed")), value=say.show(stayed)),
        ),
        buttons=((Button(label=say(N_("Open the link")), url=made.link),),),
    )


COMMANDS = (invite,)
