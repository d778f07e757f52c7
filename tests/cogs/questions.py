"""What tests of questions look at: what was handed on, how a question stands, what the log has."""

from collections.abc import Sequence

from sqlalchemy import Table, func, select

from bot.app import App
from bot.events import (
    AnswerAccepted,
    Event,
    QuestionAnswered,
    QuestionAsked,
    QuestionSettled,
)
from bot.notices import reply as noticed
from bot.sight import EVERYBODY
from bot.storage import questions, routes
from bot.storage.ledger import EVENTS
from bot.storage.outbox import PRIVATE
from bot.storage.questions import Question
from bot.storage.store import Connection
from bot.words import from_json
from tests.cogs.conftest import labels, profile
from tests.fakes.ports import FakePort

ACCEPTED = 100
"""What the shipped rules give for an accepted answer."""
ASKED = "Which laptop is good for compiling Rust?"
KNOWN = "Can I get my money back within 14 days of the first payment?"


async def handed_on(app: App, port: FakePort) -> list[tuple[str, str, str, list[str]]]:
    """(to whom or where, notice, first line, buttons) of what was handed on since the last look."""
    while await app.deliver(app.clock()):
        pass
    told = []
    for task in port.performed:
        notice = getattr(task.effect, "notice", "")
        if notice.startswith(("question", "answer")):
            where = task.account.user if task.target == PRIVATE else f"#{task.target}"
            shown = noticed(task)
            told.append((where, notice, shown.text.split("\n")[0], labels(shown)))
    port.performed.clear()
    return sorted(told)


async def question(app: App, number: int = 1) -> Question:
    found = await app.store.read(questions.find, 1, number)
    assert found is not None
    return found


async def log(app: App, user: str) -> list[Event]:
    """What the log has of a member about questions."""
    member = (await profile(app, user)).member

    def find(connection: Connection) -> list[str]:
        return list(connection.scalars(select(EVENTS.c.data).where(EVENTS.c.member_id == member).order_by(EVENTS.c.id)))

    found: list[Event] = [from_json(Event, data) for data in await app.store.read(find)]
    return [
        one for one in found if isinstance(one, QuestionAsked | QuestionAnswered | QuestionSettled | AnswerAccepted)
    ]


async def count(app: App, rows: Table) -> int:
    def find(connection: Connection) -> int:
        return connection.scalar(select(func.count()).select_from(rows)) or 0

    return await app.store.read(find)


async def invited(app: App, number: int = 1) -> set[str]:
    found = await app.store.read(routes.invited, number)
    names = {(await profile(app, user)).member: user for user in ("ann", "bo", "cy", "陈默")}
    return {names[member] for member in found}


class KnowingPort(FakePort):
    """A platform that knows who sees which channel: `rooms` has the users of each, EVERYBODY if all do."""

    def __init__(self, **rooms: set[str]) -> None:
        super().__init__("playground")
        self.rooms = rooms

    async def seen(self, user: str, channels: Sequence[str]) -> dict[str, str]:
        """What the test says."""
        return {
            one: f"https://chat.example/{one}" for one in channels if {user, EVERYBODY} & self.rooms.get(one, set())
        }

    async def seeing(self, users: Sequence[str], channel: str) -> set[str]:
        """What the test says."""
        return {user for user in users if {user, EVERYBODY} & self.rooms.get(channel, set())}
