"""Kill -9 between payment and grant, at every step there is: the member ends up inside, charged once, told once.

Each scenario is a buyer of their own. Their first process is killed at one of the steps that a calm one goes through,
the next ones at steps chosen at random, the last one lives; the bank rings until it was answered once.
"""

import signal
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.effects import GrantAccess, RevokeAccess, Tell
from bot.events import PaymentReceived, SubscriptionChanged
from bot.storage import gates, grants, members, orders, sales
from bot.storage.ledger import EVENTS, INBOX
from bot.storage.store import Store
from tests.forks import forks
from tests.kill.life import open_when_free
from tests.kill.payment_life import ROLE, SPACE, START, Ledger, account, live

SEED = 20_261_121
LEAST = 20
"""Steps to be killed at; there are some more."""
AGAIN = 0.5
"""How likely a process is killed that took up what a killed one left."""


def run(url: str, folder: Path, scenario: int, life: int, point: int) -> list[str] | None:
    """Let a process live; returns the steps it went through, None when it was killed."""
    context = forks()
    ear, mouth = context.Pipe(duplex=False)
    process = context.Process(target=live, args=(url, str(folder), scenario, life, point, mouth), daemon=True)
    process.start()
    mouth.close()
    try:
        process.join(60)
        if process.exitcode == -signal.SIGKILL and point:
            return None
        assert process.exitcode == 0, f"scenario {scenario}, life {life}, point {point}: {process.exitcode}"
        passed: list[str] = ear.recv()
    finally:
        ear.close()
    return passed


def set_up(connection: Connection) -> None:
    """There is a community, and a role behind the gate that the plan opens."""
    number = members.see_channels(connection, "discord", account(0), [])
    gates.bind(
        connection, community=number, gate="vip", platform="discord", space=SPACE, kind="role", target="5", now=START
    )


def logged(connection: Connection, member: int) -> Counter[str]:
    """How many events of each kind a member's log has."""
    kinds = connection.scalars(select(EVENTS.c.data).where(EVENTS.c.member_id == member))
    return Counter(data.partition('"type":"')[2].partition('"')[0] for data in kinds)


def letters(connection: Connection, external: str) -> list[bool]:
    """Whether they are done, of all letters with this id."""
    query = select(INBOX.c.done_at).where(INBOX.c.source == "pay:bank", INBOX.c.external == external)
    return [at is not None for at in connection.scalars(query)]


class Evidence:
    """What bank, platform and database say of a buyer in the end."""

    def __init__(self, store: Store, folder: Path, scenario: int) -> None:
        who = account(scenario)
        self.me = store.look(members.profile, who)
        self.bank, self.platform = Ledger(folder / "bank"), Ledger(folder / "platform")
        (self.placed,) = store.look(orders.of_member, self.me.member)
        self.store, self.user = store, who.user

    def done(self, kind: type) -> list[dict[str, Any]]:
        """The deeds of a kind that concern them, in order."""
        return [one for one in self.platform.lines(kind.__name__) if one["user"] == self.user]

    def check(self, deaths: int) -> None:
        """Inside, charged once, told once."""
        token = self.placed.token
        assert [one["token"] for one in self.bank.lines("charge")].count(token) == 1
        assert len([one for one in self.bank.lines("offer") if one["token"] == token]) == 1
        assert (self.placed.status, self.placed.subscription) == ("paid", f"bank:{token}")
        (paid,) = self.store.look(sales.payments, self.me.community, member=self.me.member)
        assert (paid.payment.id, paid.payment.kind, paid.payment.price.amount) == (f"bank:{token}:1", "charge", 1000)
        heard = self.store.look(logged, self.me.member)
        assert (heard[SubscriptionChanged.__name__], heard[PaymentReceived.__name__]) == (1, 1)
        assert self.store.look(letters, f"evt_{token}") == [True]

        assert self.me.state.access.open == ("vip",)
        assert [one["target"] for one in self.done(GrantAccess)] == [ROLE]  # exactly once, however often it died
        (grant,) = self.store.look(grants.of_member, self.me.member)
        assert (grant.target, grant.status) == (ROLE, "granted")  # ours, whatever was asked in between
        assert self.done(RevokeAccess) == []

        told = self.done(Tell)
        assert len({one["key"] for one in told}) == 1  # the platform's nonce is made of the key: it is read once
        assert 1 <= len(told) <= 1 + deaths


@pytest.mark.slow
def test_killed_between_payment_and_grant(store_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    store = Store(store_url)  # looks only: the lives take the writer's lock
    request.addfinalizer(store.close)
    open_when_free(store_url).close()
    store.transact(set_up)
    calm = run(store_url, tmp_path, 0, 1, 0)
    assert calm is not None
    Evidence(store, tmp_path, 0).check(deaths=0)
    assert len(calm) >= LEAST, calm

    dice, life, twice = Random(SEED), 1, Counter[str]()
    for scenario, name in enumerate(calm, start=1):
        deaths, point = 0, scenario
        while run(store_url, tmp_path, scenario, life := life + 1, point) is None:
            deaths += 1
            point = dice.randint(1, 10) if dice.random() < AGAIN else 0
        assert deaths, f"nobody died at step {scenario}, {name}"
        evidence = Evidence(store, tmp_path, scenario)
        evidence.check(deaths)
        twice[name] = len(evidence.done(Tell)) - 1
    print(f"seed {SEED}: {life} lives, {len(calm)} steps {calm}; told again under the same key: {+twice}")
    if store.engine.dialect.name == "sqlite":
        with store.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
