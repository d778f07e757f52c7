"""Two communities that are one: /setup link joins a Telegram group's to the Discord server's."""

from bot.cogs.by_code import ASKED, CodeText, Sure, form, make, refused, shown, sure_button
from bot.commands import Ask, Rank, Refused, command
from bot.i18n import N_
from bot.reply import Field, Reply
from bot.storage import codes, linking
from bot.storage.codes import Wrong
from bot.storage.joining import Preview


@command(N_("setup link"), N_("Make one community of this and another group or server"), who=Rank.CREATOR, slow=True)
async def join(ask: Ask, code: CodeText = "", sure: Sure = False) -> Reply:
    """Make a code for the other side's creator; or look at what it would do, and join."""
    if ask.caller.private:
        raise Refused(ask.say(N_("Say this in the community, not in private.")))
    if code == ASKED:
        return form(ask, "setup link")
    if not code:
        how = N_(
            "In the other group or server, let its creator write within {minutes} minutes: /setup link {code}\n"
            "It becomes part of this community then: its members, points, plans and gates move here."
        )
        here_is = ask.say(N_("This is {community}."), community=ask.community.name)
        return shown(ask, "setup link", await make(ask, "space"), here_is, how)
    app, here = ask.app, ask.community
    done = await app.rework(linking.annex, code, ask.me.member, here.id, app.rules, ask.now, sure=sure)
    if isinstance(done, Wrong):
        raise refused(ask, done, "setup link")
    if isinstance(done, Preview):
        return _confirm_join(ask, code, done)
    await app.recount(done.communities[here.id])  # points follow the rules of the community that they are part of now
    await app.review(done.communities[here.id], f"joined:{here.id}")
    text = ask.say(N_("Done: {other} is part of {keep} now."), other=done.preview.other, keep=done.preview.keep)
    return Reply(text=text, replaces=True)


def _confirm_join(ask: Ask, code: str, found: Preview) -> Reply:
    say = ask.say
    fields = [
        Field(name=say(N_("Groups and servers that move")), value=say.show(found.spaces)),
        Field(name=say(N_("Members who move")), value=say.show(found.members)),
        Field(name=say(N_("In both already, and one person then")), value=say.show(found.both)),
    ]
    if found.plans:
        fields.append(Field(name=say(N_("Plans of the same name")), value=_yields(ask, found, found.plans)))
    if found.coupons:
        fields.append(Field(name=say(N_("Coupons of the same name")), value=_yields(ask, found, found.coupons)))
    return Reply(
        title=say(N_("{other} becomes part of {keep}"), other=found.other, keep=found.keep),
        text=say(N_("Nobody loses points, payments or access. The two can't be taken apart again.")),
        fields=tuple(fields),
        buttons=((sure_button(ask, N_("Join the two"), "setup link", code=codes.written(code)),),),
        replaces=True,
    )


def _yields(ask: Ask, found: Preview, names: tuple[str, ...]) -> str:
    return ask.say(N_("{names}: those of {keep} hold"), names=", ".join(names), keep=found.keep)


COMMANDS = (join,)
