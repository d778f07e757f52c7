"""Discord, through discord.py: a held client, one command tree, no state of its own but cursors.

`events.py` reads what Discord tells, `gap.py` what it told while nobody listened, `tree.py` and `interactions.py`
are the commands, `render.py` what a reply looks like, `perform.py` the effects, `checks.py` what must be allowed.
"""

from bot.adapters.discord.adapter import DiscordAdapter

__all__ = ["DiscordAdapter"]
