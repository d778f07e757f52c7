"""A member's statement of account, on both databases."""

from bot.app import App
from bot.events import MessageDeleted, MessagePosted
from bot.storage import ledger, statement
from bot.storage.statement import Sum
from bot.text import features
from tests.conftest import START
from tests.storage.people import ANN


async def test_what_was_taken_back_is_summed_apart(app: App) -> None:
    posted = [
        MessagePosted(key=f"m:{n}", at=START, who=ANN, channel="c", text=features(f"the {n}th letter is here"))
        for n in range(2)
    ]
    await app.submit(posted)
    (seat,) = (await app.store.write(ledger.seats, [ANN])).values()
    worth = {one.key: one.points for one in (await app.store.read(statement.latest, seat.member, 0, 10))[0]}
    await app.submit([MessageDeleted(key="m:0:deleted", at=START, who=ANN, of="m:0")])
    gone = Sum(way="message", times=2, points=sum(worth.values()), coins=0, undone=1, lost=worth["m:0"])
    assert await app.store.read(statement.sums, seat.member) == [gone]
