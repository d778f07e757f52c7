"""The profile photos of users on Telegram."""

from telegram import Bot

ENOUGH = 160
"""Pixels: the least that a picture is drawn with."""


async def portrait(bot: Bot, user: int) -> bytes | None:
    """A user's newest profile photo, in the smallest size that is large enough; None when they show none to us.

    Raises what the library raises.
    """
    found = await bot.get_user_profile_photos(user, limit=1)
    if not found.photos:
        return None
    sizes = sorted(found.photos[0], key=lambda one: one.width)
    chosen = next((one for one in sizes if one.width >= ENOUGH), sizes[-1])
    file = await bot.get_file(chosen)
    return bytes(await file.download_as_bytearray())
