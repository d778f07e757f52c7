"""What is known of me: /mydata export, /mydata delete."""

from typing import Annotated

import msgspec

from bot.commands import About, Ask, command
from bot.i18n import N_
from bot.reply import Attachment, Button, Reply
from bot.storage import privacy


@command(N_("mydata export"), N_("Everything stored about you, as a file"), slow=True)
async def export(ask: Ask) -> Reply:
    """A JSON file, table by table, with why and for how long."""
    held = await ask.app.store.read(privacy.export, ask.me.member)
    for rows in held.values():
        rows.update({name: ask.say(rows[name]) for name in ("what", "why", "kept")})
    data = msgspec.json.format(msgspec.json.encode(held), indent=2)
    return Reply(
        text=ask.say(N_("This is everything stored about you here. What you wrote is not in it: it is never kept.")),
        file=Attachment(name="mydata.json", data=data),
    )


@command(N_("mydata delete"), N_("Erase everything stored about you, for good"), slow=True)
async def delete(
    ask: Ask, sure: Annotated[bool, About(name=N_("sure"), description=N_("There is no way back"))] = False
) -> Reply:
    """Ask once, then erase."""
    if not sure:
        return Reply(
            text=ask.say(
                N_(
                    "This erases your points, your level and your whole history in {community}. "
                    "There is no way back. Export first if you like: /mydata export"
                ),
                community=ask.community.name,
            ),
            buttons=(
                (
                    Button(
                        label=ask.say(N_("Erase everything")),
                        command="mydata delete",
                        options={"sure": True},
                        style="danger",
                    ),
                ),
            ),
        )
    await ask.app.forget(ask.community.id, ask.me.member, ask.now)
    return Reply(
        text=ask.say(N_("Done: nothing about you is stored any more. If you write here again, you begin anew.")),
        replaces=True,
    )


COMMANDS = (export, delete)
