"""Every command of the creator's and the moderators', refused to everybody below them, on every platform."""

from typing import Any

from sqlalchemy import select

from bot.app import App
from bot.cogs import COMMANDS
from bot.commands import Caller, Rank
from bot.desk import Desk
from bot.events import Account
from bot.storage.store import Connection
from bot.storage.tables import metadata

GUARDED = {
    "attendance close": Rank.CREATOR,
    "attendance list": Rank.CREATOR,
    "attendance open": Rank.CREATOR,
    "audit": Rank.CREATOR,
    "badge add": Rank.CREATOR,
    "badge remove": Rank.CREATOR,
    "campaign create": Rank.CREATOR,
    "campaign list": Rank.CREATOR,
    "campaign status": Rank.CREATOR,
    "campaign stop": Rank.CREATOR,
    "comp": Rank.CREATOR,
    "content archive": Rank.CREATOR,
    "content edit": Rank.CREATOR,
    "content list": Rank.CREATOR,
    "content place": Rank.CREATOR,
    "coupon create": Rank.CREATOR,
    "coupon end": Rank.CREATOR,
    "coupon list": Rank.CREATOR,
    "doctor": Rank.MODERATOR,
    "experiment create": Rank.CREATOR,
    "experiment list": Rank.CREATOR,
    "experiment status": Rank.CREATOR,
    "experiment stop": Rank.CREATOR,
    "extend": Rank.CREATOR,
    "gate add": Rank.CREATOR,
    "gate list": Rank.CREATOR,
    "gate remove": Rank.CREATOR,
    "item add": Rank.CREATOR,
    "item list": Rank.CREATOR,
    "item remove": Rank.CREATOR,
    "leaders": Rank.CREATOR,
    "members": Rank.CREATOR,
    "multiplier list": Rank.CREATOR,
    "multiplier set": Rank.CREATOR,
    "nudges list": Rank.CREATOR,
    "nudges preview": Rank.CREATOR,
    "nudges status": Rank.CREATOR,
    "plan archive": Rank.CREATOR,
    "plan create": Rank.CREATOR,
    "plan edit": Rank.CREATOR,
    "plan list": Rank.CREATOR,
    "publish": Rank.CREATOR,
    "refund": Rank.CREATOR,
    "revenue": Rank.CREATOR,
    "reward add": Rank.CREATOR,
    "reward list": Rank.CREATOR,
    "reward remove": Rank.CREATOR,
    "risk": Rank.CREATOR,
    "rules apply": Rank.CREATOR,
    "rules file": Rank.CREATOR,
    "rules reset": Rank.CREATOR,
    "rules set": Rank.CREATOR,
    "rules show": Rank.CREATOR,
    "rules try": Rank.CREATOR,
    "rules undo": Rank.CREATOR,
    "segments": Rank.CREATOR,
    "setup announce": Rank.CREATOR,
    "setup community": Rank.CREATOR,
    "setup link": Rank.CREATOR,
    "setup show": Rank.CREATOR,
    "setup staff": Rank.CREATOR,
    "setup subscribe": Rank.CREATOR,
    "source create": Rank.CREATOR,
    "source list": Rank.CREATOR,
    "stats": Rank.CREATOR,
    "sync": Rank.CREATOR,
    "uplift": Rank.CREATOR,
    "xp add": Rank.CREATOR,
    "xp log": Rank.CREATOR,
    "xp remove": Rank.CREATOR,
    "xp reset": Rank.CREATOR,
    "xp set": Rank.CREATOR,
    "xp undo": Rank.CREATOR,
}
PLATFORMS = ("discord", "telegram", "playground")
GUARDS = {Rank.MODERATOR: "moderators", Rank.CREATOR: "the creator"}
MATRIX = [
    (command, platform, rank)
    for command in COMMANDS
    for platform in PLATFORMS
    for rank in (Rank.MEMBER, Rank.MODERATOR)
    if rank < command.who
]
OPTIONS: dict[type, Any] = {str: "pro", int: 1, float: 1.0, bool: True}


def rows(connection: Connection) -> dict[str, list[Any]]:
    return {table.name: connection.execute(select(table)).all() for table in metadata.sorted_tables}  # type: ignore[misc]


def test_the_guarded_commands_are_these_and_the_matrix_is_whole() -> None:
    assert {one.path: one.who for one in COMMANDS if one.who > Rank.MEMBER} == GUARDED
    assert len(MATRIX) == sum(who.value for who in GUARDED.values()) * len(PLATFORMS)


async def test_whoever_has_no_right_is_refused_and_nothing_changes(app: App, desk: Desk) -> None:
    people = {one: Account(platform=one, space="1", user="2", name="Mallory") for one in PLATFORMS}
    for who in people.values():
        await app.profile(who)
    before = await app.store.read(rows)
    for command, platform, rank in MATRIX:
        options = {one.key: one.choices[0] if one.choices else OPTIONS.get(one.kind, "2") for one in command.parameters}
        for path in (command.path, *command.aliases):
            reply = await desk.run(path, Caller(account=people[platform], channel="3", rank=rank), options)
            words = f"/{command.path} is for {GUARDS[command.who]} only."
            assert (reply.error, reply.private, reply.text, reply.buttons) == (True, True, words, ()), (path, platform)
    assert await app.store.read(rows) == before


async def test_nor_is_anything_completed_for_them(desk: Desk) -> None:
    who = Account(platform="playground", space="1", user="2", name="Mallory")
    for command in [one for one in COMMANDS if one.who > Rank.MEMBER]:
        for parameter in command.parameters:
            assert await desk.complete(command.path, parameter.key, "", Caller(account=who, channel="3")) == []
