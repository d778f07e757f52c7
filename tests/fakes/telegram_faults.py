"""What the Bot API answers when it refuses."""

from typing import Any

NO_INVITES = "Bad Request: not enough rights to manage chat invite link"
NO_BANS = "Bad Request: not enough rights to restrict/unrestrict chat member"

NO_TAGS = "Bad Request: not enough rights to manage chat member tags"


class FaultError(Exception):
    """An answer that is not ok."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


def bad(description: str) -> FaultError:
    """A request that can't be met: 400."""
    return FaultError(400, f"Bad Request: {description}")
