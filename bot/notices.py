"""What the bot says of its own accord: a notice's name, and its words. A new notice is one entry."""

from bot.effects import Announce, Nudge
from bot.i18n import N_, tongue
from bot.storage.outbox import Task

NOTICES = {
    "level_up": N_("🎉 {member} has reached level {level}!"),
    "quiet": N_(
        "We have not heard from you for {days} days, {member}. Your place is still here. "
        "(No more of these: /notify off)"
    ),
}


def words(task: Task) -> str:
    """The text of an `Announce` or `Nudge`, in the language of whoever reads it.

    Plain text, for the adapter to escape.
    """
    effect = task.effect
    assert isinstance(effect, Announce | Nudge)  # noqa: S101 - asked of nothing else
    return tongue(task.locale)(NOTICES[effect.notice], member=task.member_name, **effect.values)
