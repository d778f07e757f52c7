"""One life of a process that sells: a till, a bank and a platform that keep what was done in files, and a trap.

The trap counts the steps at which a process can die with something half done (each transaction that writes, before and
after its commit; each deed outside, before and after it), and kills the process with -9 at one of them.
"""

import asyncio
import json
import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, func, select

from bot.app import App
from bot.effects import GrantAccess
from bot.engine.rules import Plan, Rules
from bot.events import Account, MemberJoined
from bot.payments import Link, Order, Truth
from bot.sales import Price
from bot.storage.ledger import INBOX
from bot.storage.outbox import OUTBOX, Task
from bot.till import Till, Wish
from bot.words import from_json, to_json
from tests.fakes.ports import FakePort
from tests.fakes.providers import GOOD, FakeProvider
from tests.kill.life import open_when_free

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
BETWEEN = timedelta(minutes=2)
"""From one life to the next: longer than a lease."""
PATIENCE = 30
GOLD = Plan(name="gold", prices={"usd": 1000}, gates=("vip",))
USD = Price(amount=1000, currency="usd")
RULES = Rules(plans=(GOLD,))
ROLE = "role:5"
SPACE = "900000000000000001"


def account(number: int) -> Account:
    """The buyer of a scenario."""
    return Account(platform="discord", space=SPACE, user=str(10**17 + number), name=f"buyer {number}")


class Trap:
    """Kills the process at step `point`, counted from `arm`; 0 is never. `passed` are the steps so far, by name."""

    def __init__(self, point: int) -> None:
        self.passed: list[str] = []
        self._point = point
        self._armed = False

    def arm(self) -> None:
        """From here on."""
        self._armed = True

    def step(self, name: str) -> None:
        """Here one can die."""
        if not self._armed:
            return
        self.passed.append(name)
        if len(self.passed) == self._point:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, engine: Engine) -> None:
        """Make a step of each transaction that writes, before its commit and after it."""
        here = threading.local()  # one transaction at a time in a thread

        @event.listens_for(engine, "after_cursor_execute")
        def _wrote(_: Connection, __: Any, statement: str, *___: Any) -> None:
            kind, _sep, rest = statement.partition(" ")
            if kind in ("INSERT", "UPDATE", "DELETE"):
                here.wrote = [*getattr(here, "wrote", []), rest.removeprefix("INTO ").removeprefix("FROM ").split()[0]]

        @event.listens_for(engine, "commit")
        def _commit(_: Connection) -> None:
            if getattr(here, "wrote", []):
                self.step(f"before the commit of {','.join(dict.fromkeys(here.wrote))}")

        @event.listens_for(engine, "checkin")
        def _over(*_: Any) -> None:
            wrote, here.wrote = getattr(here, "wrote", []), []
            if wrote:
                self.step(f"after the commit of {','.join(dict.fromkeys(wrote))}")


class Ledger:
    """Lines in a file, each on the disk before the call returns."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, **line: Any) -> None:
        """Write a line."""
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def lines(self, what: str) -> list[dict[str, Any]]:
        """The lines about something, in the order written."""
        everything = self.path.read_text().splitlines() if self.path.exists() else []
        return [one for one in map(json.loads, everything) if one["what"] == what]


class Bank(FakeProvider):
    """A provider that knows after a restart what it offered, and what was paid."""

    def __init__(self, ledger: Ledger, trap: Trap) -> None:
        super().__init__("bank")
        self.ledger, self._trap = ledger, trap
        for one in ledger.lines("charge"):
            self.paid(self._offer(one["token"]), datetime.fromisoformat(one["at"]), until=START + timedelta(days=30))

    def _offer(self, token: str) -> Order:
        found = next(one["order"] for one in self.ledger.lines("offer") if one["token"] == token)
        return from_json(Order, found)

    async def checkout(self, order: Order) -> Link:
        """Offer it."""
        self.ledger.note(what="offer", token=order.token, order=to_json(order).decode())
        return await super().checkout(order)

    def charge(self, token: str, now: datetime) -> None:
        """The member pays on the bank's own page: nothing of ours is asked."""
        self.ledger.note(what="charge", token=token, at=now.isoformat())
        self.paid(self._offer(token), now, until=START + timedelta(days=30))

    async def hear(self, body: bytes, now: datetime) -> list[Truth]:
        """Asked what happened."""
        self._trap.step("before asking the bank")
        told = await super().hear(body, now)
        self._trap.step("after asking the bank")
        return told


class Platform(FakePort):
    """A platform that knows after a restart what was done on it."""

    def __init__(self, ledger: Ledger, trap: Trap) -> None:
        super().__init__("discord")
        self.ledger, self._trap = ledger, trap

    async def perform(self, task: Task) -> None:
        """Do it, for ever."""
        name = type(task.effect).__name__
        self._trap.step(f"before {name}")
        self.ledger.note(what=name, key=task.key, user=task.account.user, target=task.target)
        self._trap.step(f"after {name}")

    async def holds(self, task: Task) -> bool:
        """Whether it was done."""
        self._trap.step("before looking who is in")
        given = [(one["user"], one["target"]) for one in self.ledger.lines(GrantAccess.__name__)]
        return (task.account.user, task.target) in given


def live(url: str, folder: str, scenario: int, life: int, point: int, parent: Pipe) -> None:
    """Sell to the buyer of a scenario and be killed at step `point`; sends the steps if it comes to its end."""
    asyncio.run(_live(url, Path(folder), scenario, START + life * BETWEEN, Trap(point), parent))


async def _live(url: str, folder: Path, scenario: int, now: datetime, trap: Trap, parent: Pipe) -> None:
    store = open_when_free(url)
    app = App(store, RULES, [Platform(Ledger(folder / "platform"), trap)], lambda: now)
    bank = Bank(Ledger(folder / "bank"), trap)
    till = Till(app, [bank])
    trap.watch(store.engine)
    await app.start()
    token = await _paid(till, bank, account(scenario), now)
    trap.arm()
    await till.start()
    await _told(till, bank, token, trap)
    async with asyncio.timeout(PATIENCE):
        while await store.read(_waiting):
            await store.write(lambda _: None)  # behind whatever is to be written yet
    await till.close()
    await app.close()
    store.close()
    parent.send(trap.passed)


async def _paid(till: Till, bank: Bank, who: Account, now: datetime) -> str:
    """The order of a buyer, paid: placed and paid in the scenario's first life."""
    await till.app.submit([MemberJoined(key=f"joined:{who.user}", at=START, who=who)])
    me = await till.app.profile(who)
    mine = [one["token"] for one in bank.ledger.lines("offer") if from_json(Order, one["order"]).user == who.user]
    if mine:
        return str(mine[0])
    wish = Wish(plan=GOLD, way=("bank", USD), platform="discord", user=who.user, locale="en")
    await till.counter.order(me, wish, now)
    token = bank.orders[-1].token
    bank.charge(token, now)
    return token


async def _told(till: Till, bank: Bank, token: str, trap: Trap) -> None:
    """The bank rings until it is answered, and then never again."""
    if token in [one["token"] for one in bank.ledger.lines("answered")]:
        return
    trap.step("before it rings")
    body = f"evt_{token} bank:{token}".encode()
    if await till.ring("bank", body, GOOD) == 200:
        trap.step("before the answer arrives")
        bank.ledger.note(what="answered", token=token)
        trap.step("after the answer")


def _waiting(connection: Connection) -> int:
    return sum(
        connection.scalar(select(func.count()).select_from(table).where(table.c.done_at.is_(None))) or 0
        for table in (INBOX, OUTBOX)
    )
