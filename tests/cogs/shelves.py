"""What is done again and again with a library in a test."""

from collections.abc import Awaitable, Callable

from sqlalchemy import select

from bot.app import App
from bot.commands import Rank
from bot.engine.library import Content, Study
from bot.events import Event
from bot.reply import Reply
from bot.storage import library, studies
from bot.storage.ledger import EVENTS
from bot.storage.store import Connection
from bot.words import from_json
from tests.cogs.conftest import Say, profile

Make = Callable[..., Awaitable[Reply]]


def maker(say: Say) -> Make:
    """Publish as the creator."""

    async def call(title: str, **options: object) -> Reply:
        reply = await say("ann", "publish", rank=Rank.CREATOR, title=title, **options)
        assert not reply.error, reply.text
        return reply

    return call


async def course(make: Make, *, plan: str = "") -> None:
    """A course (1) with three lessons (2, 3, 4), of which the last builds on the first."""
    await make("Rust from zero", kind="course", summary="Six evenings", plan=plan, tags="rust")
    await make("Ownership", kind="lesson", text="Every value has one owner.", course="#1")
    await make("Borrowing", kind="lesson", text="Many may look, one may write.", course="#1")
    await make("Lifetimes", kind="lesson", text="How long a reference is good.", course="#1", needs="ownership")


async def told(app: App, user: str) -> list[Event]:
    """What the log has about a member and the library."""
    member = (await profile(app, user)).member

    def find(connection: Connection) -> list[str]:
        query = select(EVENTS.c.data).where(EVENTS.c.member_id == member, EVENTS.c.data.startswith('{"type":"Content'))
        return list(connection.scalars(query.order_by(EVENTS.c.id)))

    return [from_json(Event, data) for data in await app.store.read(find)]


async def of(app: App, user: str, item: int) -> Study | None:
    return (await app.store.read(studies.of_member, (await profile(app, user)).member)).get(item)


async def read_to_the_end(say: Say, user: str, item: int) -> Reply:
    await say(user, "study open", item=f"#{item}", anyway=True)
    return await say(user, "study finish", item=f"#{item}")


async def holdings(app: App) -> list[Content]:
    return await app.store.read(library.of_community, 1, archived=True)
