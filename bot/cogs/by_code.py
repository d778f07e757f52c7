"""What commands that work by a one-time code share: how it is shown, asked for and refused."""

from typing import Annotated

from bot.commands import About, Ask, Refused
from bot.i18n import N_
from bot.reply import Blank, Button, Form, Reply
from bot.storage import codes
from bot.storage.codes import LIFE, Kind, Wrong

MINUTES = int(LIFE.total_seconds() // 60)
ASKED = "?"
"""The code that asks for a form to enter one."""
PATHS = {"link": "/link", "space": "/setup link", "move": "/move", "gift": "/redeem", "rules": "/rules apply"}
"""Where a code of each kind is entered."""

WRONG = {
    "unknown": N_("I know no such code. Codes are good for {minutes} minutes: {path} makes a new one."),
    "other": N_("That is a code for {path}: enter it there."),
    "expired": N_("That code is no longer good: it lasts {minutes} minutes, and a new one ends it. {path} makes one."),
    "used": N_("That code was used already. {path} makes a new one."),
    "tired": N_("Too many wrong codes. Try again in an hour."),
    "elsewhere": N_(
        "That code was made in {there}, and this is {here}. Enter it there or in a private chat with me. "
        "If the two belong together, their creator can join them: /setup link"
    ),
    "nothing": N_("There is no subscription left to be had for that code."),
}
OWN = {
    "link": N_("That is your own code: enter it with your other account."),
    "move": N_("That is your own code: whoever is to have your subscription enters it."),
    "space": N_("That code was made here: its creator enters it in the other group or server."),
}

CodeText = Annotated[
    str, About(name=N_("code"), description=N_("The code that was made on the other side, if you have one"), most=64)
]
Sure = Annotated[bool, About(name=N_("sure"), description=N_("There is no way back"))]


async def make(ask: Ask, kind: Kind) -> str:
    """A new code of the caller's."""
    return await ask.app.store.write(codes.make, kind, ask.community.id, ask.me.member, ask.now, lasting=LIFE)


def shown(ask: Ask, path: str, code: str, what: str, how: str) -> Reply:
    """A code and what to do with it."""
    text = f"{what}\n{ask.say(how, code=code, minutes=MINUTES)}"
    return Reply(title=code, text=text, buttons=((enter(ask, path),),))


def enter(ask: Ask, path: str) -> Button:
    """The button to press for whoever has a code."""
    return Button(label=ask.say(N_("I have a code")), command=path, options={"code": ASKED})


def form(ask: Ask, path: str) -> Reply:
    """A form to enter a code in."""
    blank = Blank(name="code", label=ask.say(N_("Code")), hint="K7QM-3XFP", most=64)
    return Reply(form=Form(title=ask.say(N_("Enter a code")), command=path, blanks=(blank,)))


def sure_button(ask: Ask, label: str, path: str, **options: str) -> Button:
    """The button that does what was asked about."""
    return Button(label=ask.say(label), command=path, options={**options, "sure": True}, style="danger")


def refused(ask: Ask, wrong: Wrong, path: str) -> Refused:
    """Why a code is not good, and what to do."""
    if wrong.why == "own":
        return Refused(ask.say(OWN[wrong.kind]))
    where = PATHS[wrong.kind] if wrong.why == "other" else f"/{path}"
    values = {"path": where, "minutes": MINUTES, "there": wrong.where, "here": ask.community.name}
    return Refused(ask.say(WRONG[wrong.why], **values))
