"""Members' links to invite others by: into their group, or to us where that is behind a gate."""

from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from bot.adapters.telegram.api import Api
from bot.adapters.telegram.events import PLATFORM
from bot.app import App
from bot.delivery import GiveUp, Invitation, TryAgain
from bot.i18n import N_, Tongue
from bot.storage import doors


class Invitations:
    """Makes links. That somebody came by one of ours is told by Telegram (`events.py`)."""

    def __init__(self, app: App, api: Api) -> None:
        self._app = app
        self._bot = api.bot

    async def make(self, space: str, code: str, say: Tongue, link: str) -> Invitation:
        """See `Port.invitation`. A link lasts until an administrator revokes it, which no bot is told of."""
        if link:
            return Invitation(link=link)
        try:
            if space in await self._app.store.read(doors.guarded, PLATFORM):
                return Invitation(link=f"https://t.me/{(await self._bot.get_me()).username}?start={code}")
            made = await self._bot.create_chat_invite_link(int(space), name=code)
        except (BadRequest, Forbidden) as error:
            text = N_(
                "Telegram does not let me make links here ({why}). Make me an administrator with "
                "'Invite users via link'."
            )
            raise GiveUp(say(text, why=error.message)) from error
        except InvalidToken as error:
            raise GiveUp(error.message) from error
        except TelegramError as error:
            raise TryAgain(error.message) from error
        return Invitation(link=made.invite_link)
