"""Messages in the log, for commands that are about one."""

from datetime import datetime

from sqlalchemy import Connection, select

from bot.events import Event, MessagePosted
from bot.storage.ledger import EVENTS
from bot.words import Word, from_json


class Message(Word, frozen=True):
    """A message of a community: its `key`, its author (`member`), where it stands and what it answers."""

    key: str
    member: int
    at: datetime
    channel: str
    topic: str = ""
    reply_to: str = ""

    @property
    def opening(self) -> str:
        """The key of the message that its thread begins with: on Discord both have the same number. '' without one."""
        return f"{self.key.rpartition(':')[0]}:{self.topic}" if self.topic else ""


def find(connection: Connection, community: int, key: str) -> Message | None:
    """A message that counted, if it is of this community and was not deleted."""
    c = EVENTS.c
    query = select(c.key, c.member_id, c.data).where(c.key.in_((key, f"{key}:deleted")), c.community_id == community)
    found = {row.key: row for row in connection.execute(query)}
    if key not in found or len(found) > 1:
        return None
    event: Event = from_json(Event, found[key].data)
    if not isinstance(event, MessagePosted):
        return None
    return Message(
        key=key,
        member=found[key].member_id,
        at=event.at,
        channel=event.channel,
        topic=event.topic,
        reply_to=event.reply_to,
    )
