"""The ways to earn in words: what members read of each, and why something counted nothing. One entry a name."""

from bot.engine.guard import REASONS
from bot.i18n import N_

WAYS: dict[str, str] = {
    "message": N_("Messages"),
    "reply": N_("Answers to others"),
    "checkin": N_("Check-ins"),
    "attendance": N_("Live sessions"),
    "content": N_("Lessons finished"),
    "reaction": N_("Reactions received"),
    "thanks": N_("Thanks received"),
    "answer": N_("Accepted answers"),
    "invite": N_("Invitations"),
    "purchase": N_("Purchases"),
    "adjusted": N_("By the creator's hand"),
    "adjusted_quality": N_("Quality points by the creator's hand"),
    "adjusted_coins": N_("Coins by the creator's hand"),
    "bought": N_("Shop"),
}
"""What an entry of the ledger is called, by its way."""

DEEDS: dict[str, str] = {
    "message": N_("Write a message"),
    "reply": N_("Answer somebody (on top of the message)"),
    "checkin": N_("Check in, once a day: /checkin"),
    "attendance": N_("Be at a live session"),
    "content": N_("Finish a lesson or an article"),
    "reaction": N_("Get a reaction to what you wrote"),
    "thanks": N_("Be thanked"),
    "answer": N_("Have your answer accepted"),
    "invite": N_("Invite somebody who stays"),
    "purchase": N_("Pay for a plan (coins)"),
}
"""What to do for it, by the names in `EarnRules`."""

REFUSED: dict[str, str] = {**REASONS, "again": N_("It was worth nothing a second time from the same person.")}
"""Why something counted nothing, by the names in `bot.engine.guard.CHECKS`; and what the same person gave again."""
