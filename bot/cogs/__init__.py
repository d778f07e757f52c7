"""The commands, one subject a file. To add a command: a typed function in a cog, entered in the cog's `COMMANDS`."""

from bot.cogs import admin, care, plans, privacy, profile, start

COMMANDS = (
    *start.COMMANDS,
    *profile.COMMANDS,
    *privacy.COMMANDS,
    *plans.COMMANDS,
    *care.COMMANDS,
    *admin.COMMANDS,
)
