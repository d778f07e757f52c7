"""Bringing the members of another product: a preview that stores nothing, an import that is as good twice as once."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select
from typer.testing import CliRunner, Result

from bot.__main__ import app as program
from bot.adapters.roster import Choices, RosterError, read
from bot.app import App
from bot.effects import GrantAccess
from bot.engine.membership import Phase, phase
from bot.engine.rules import Plan, Rules
from bot.events import Account, MessagePosted, SubscriptionChanged, member_account
from bot.i18n import tongue
from bot.imports_members import FATES, Preview, Wishes, bring, judge
from bot.sales import Price, Subscription
from bot.storage import gates, ledger, orders, sales
from bot.storage.ledger import EVENTS, MEMBERS
from bot.storage.outbox import OUTBOX
from bot.storage.store import Connection, Store
from bot.text import features
from bot.words import from_json, replace
from tests.conftest import ROOT, START, Clock

ANN, BO, NEW = "100000000000000001", "100000000000000002", "100000000000000099"
GOLD = Plan(name="gold", title="Gold", prices={"usd": 1000}, gates=("vip",))
LIFE = Plan(name="life", title="Life", period="lifetime", prices={"usd": 90000})
HEAD = "discord id,username,email,plan,status,started,expires,amount,currency\n"


@pytest.fixture
def rules(rules: Rules) -> Rules:
    return replace(rules, plans=())


@pytest_asyncio.fixture
async def community(app: App) -> None:
    """Ann and Bo on a Discord server, with a plan that opens a role."""
    await app.submit(
        [
            MessagePosted(
                key=f"discord:message:{user}",
                at=START,
                who=Account(platform="discord", space="3001", user=user, name=name, space_name="Circle"),
                channel="c",
                text=features("hi"),
            )
            for user, name in ((ANN, "ann"), (BO, "bo"))
        ]
    )
    for plan in (GOLD, LIFE):
        await app.amend(1, plan)
    await app.store.write(
        gates.bind, community=1, gate="vip", platform="discord", space="3001", kind="role", target="7", now=START
    )


async def look(app: App, text: str, wishes: Wishes | None = None, **choices: Any) -> Preview:
    return await judge(app, read(text.encode(), Choices(**choices)), wishes or Wishes())


async def store(app: App, text: str, wishes: Wishes | None = None, **choices: Any) -> Preview:
    preview = await look(app, text, wishes, **choices)
    await bring(app, preview)
    return preview


def fates(preview: Preview) -> dict[str, int]:
    return {fate: preview.fates[fate] for fate in FATES if preview.fates[fate]}


def whys(preview: Preview) -> list[tuple[int, str]]:
    return [(one.line, tongue("en")(one.why, **one.values)) for one in preview.rejected]


async def held(app: App) -> dict[str, tuple[str, Subscription]]:
    found = await app.store.read(sales.of_community, 1)
    return {one.subscription.id: (one.name, one.subscription) for one in found}


def everything(connection: Connection) -> list[tuple[Any, ...]]:
    tables = (EVENTS, MEMBERS, OUTBOX)
    return [tuple(row) for one in tables for row in connection.execute(select(one).order_by(one.c.id))]


# ---------------------------------------------------------------------- one list


LIST = (
    HEAD + f"{ANN},,,Gold,active,2026-01-05,2026-12-24,10.00,USD\n"
    f"{NEW},newbie,,gold,active,2026-11-02,2026-12-02,12.50,EUR\n"
    ",bo,,GOLD,cancelled,2026-11-02,2026-12-05,,\n"
    "100000000000000004,,,Gold,expired,2026-01-02,2026-02-05,,\n"
    "100000000000000005,,,Gold,cancelled,2026-01-02,2026-02-05,,\n"
    "100000000000000006,,,Platinum,active,2026-01-02,2026-12-05,,\n"
    "100000000000000007,,,Gold,active,2026-01-02,,,\n"
    ",nobody,,Gold,active,2026-01-02,2026-12-05,,\n"
    f"{ANN},,,gold,active,2026-01-05,2026-12-24,10.00,USD\n"
)


async def test_a_preview_says_what_would_become_of_each_row_and_stores_nothing(app: App, community: None) -> None:
    before = await app.store.read(everything)
    preview = await look(app, LIST)
    assert fates(preview) == {"new": 3, "over": 2, "double": 1, "rejected": 3}
    assert (preview.source, preview.community, preview.newcomers) == ("csv", "Circle", 1)
    assert preview.plans() == {"gold": 3}
    assert preview.unknown_plans == {"Platinum": 1}
    assert whys(preview) == [
        (7, "There is no plan called Platinum. Say which it is: --plan 'Platinum=ours'. There are: gold, life"),
        (
            8,
            "It does not say until when it is paid: name that column by --map until='its title', or say --until DATE.",
        ),
        (9, "Nobody here is called nobody, or paid with it: give their user id in a column."),
    ]
    assert await app.store.read(everything) == before


async def test_an_import_opens_the_gates_until_the_date_and_tells_nobody(
    app: App, community: None, clock: Clock
) -> None:
    preview = await store(app, LIST)
    assert (preview.stored, preview.dropped) == (3, 0)
    found = await held(app)
    ann = found[f"import:csv:1:discord:{ANN}:gold"]
    assert ann == (
        "ann",
        Subscription(
            id=f"import:csv:1:discord:{ANN}:gold",
            plan="gold",
            status="active",
            since=datetime(2026, 1, 5, tzinfo=UTC),
            as_of=START,
            until=datetime(2026, 12, 25, tzinfo=UTC),
            renews=False,
            months=0,
            price=Price(amount=1000, currency="usd"),
        ),
    )
    assert sorted(name for name, _ in found.values()) == ["ann", "bo", "newbie"]
    assert {one.price for name, one in found.values() if name == "bo"} == {Price(amount=1000, currency="usd")}
    effects = await app.store.read(
        lambda connection: connection.execute(select(OUTBOX.c.user, OUTBOX.c.effect).order_by(OUTBOX.c.user)).all()
    )
    assert [(user, from_json(GrantAccess, effect)) for user, effect in effects] == [
        (user, GrantAccess(gate="vip")) for user in (ANN, BO, NEW)
    ]
    rules = await app.rules_of(1)
    assert phase(ann[1], clock(), rules) is Phase.ACTIVE
    assert phase(ann[1], datetime(2026, 12, 25, tzinfo=UTC), rules) is Phase.EXPIRED


async def test_the_same_list_twice_changes_nothing(app: App, community: None, clock: Clock) -> None:
    await store(app, LIST)
    clock.advance(days=1)
    before = await app.store.read(everything)
    again = await store(app, LIST)
    assert fates(again) == {"same": 3, "over": 2, "double": 1, "rejected": 3}
    assert again.stored == 0
    assert await app.store.read(everything) == before


async def test_a_list_without_beginnings_is_the_same_twice(app: App, community: None, clock: Clock) -> None:
    text = HEAD + f"{ANN},,,gold,active,,2026-12-24,,\n"
    assert (await store(app, text)).stored == 1
    clock.advance(days=1)
    assert fates(await store(app, text)) == {"same": 1}


async def test_a_list_that_goes_on_lengthens_and_never_shortens(app: App, community: None, clock: Clock) -> None:
    lines = [HEAD + f"{ANN},,,gold,active,2026-01-05,2026-{until},,\n" for until in ("12-01", "12-24", "12-01")]
    outcomes = []
    for text in lines:
        outcomes.append(fates(await store(app, text)))
        clock.advance(days=1)
    assert outcomes == [{"new": 1}, {"changed": 1}, {"kept": 1}]
    (_, one) = (await held(app))[f"import:csv:1:discord:{ANN}:gold"]
    assert one.until == datetime(2026, 12, 25, tzinfo=UTC)


async def test_what_was_ended_here_stays_ended(app: App, community: None, clock: Clock) -> None:
    text = HEAD + f"{ANN},,,gold,active,2026-01-05,2026-12-24,,\n"
    await store(app, text)
    clock.advance(days=1)
    (_, one) = (await held(app))[f"import:csv:1:discord:{ANN}:gold"]
    ended = replace(one, status="refunded", as_of=clock())
    who = member_account(1, 1)
    await app.submit([SubscriptionChanged(key="refund", at=clock(), who=who, subscription=ended)])
    assert fates(await store(app, text)) == {"kept": 1}
    assert (await held(app))[one.id][1] == ended


async def test_who_has_subscribed_here_already_needs_nothing(app: App, community: None) -> None:
    own = Subscription(
        id="stripe:sub_1",
        plan="gold",
        status="active",
        since=START,
        as_of=START,
        until=START + timedelta(days=5),
        renews=True,
        months=1,
        price=Price(amount=1000, currency="usd"),
    )
    await app.submit([SubscriptionChanged(key="own", at=START, who=member_account(1, 1), subscription=own)])
    assert fates(await store(app, HEAD + f"{ANN},,,gold,active,2026-01-05,2026-12-24,,\n")) == {"covered": 1}
    assert list(await held(app)) == ["stripe:sub_1"]


async def test_people_are_found_by_the_address_they_paid_with(app: App, community: None) -> None:
    await app.store.write(
        orders.know, provider="stripe", community=1, member=2, external="cus_1", email="Bo+x@Example.org", card=""
    )
    preview = await store(app, HEAD + ",,bo@example.org,gold,active,2026-01-05,2026-12-24,,\n")
    assert fates(preview) == {"new": 1}
    ((name, one),) = (await held(app)).values()
    assert name == "bo"
    assert "example" not in one.id


async def test_a_name_that_several_have_is_not_guessed(app: App, community: None) -> None:
    twin = Account(platform="discord", space="3001", user=NEW, name="ANN")
    await app.submit([MessagePosted(key="m", at=START, who=twin, channel="c", text=features("hi"))])
    preview = await store(app, HEAD + ",ann,,gold,active,2026-01-05,2026-12-24,,\n")
    assert whys(preview) == [(2, "Several members are called ann: give their user id in a column.")]
    assert await held(app) == {}


async def test_plans_and_dates_can_be_said(app: App, community: None) -> None:
    text = "discord id,tier,status\n" + f"{ANN},Gold tier,active\n{BO},,active\n{NEW},Forever club,active\n"
    wishes = Wishes(
        plans={"gold tier": "gold", "": "Gold", "forever club": "life"}, until=datetime(2026, 12, 1, tzinfo=UTC)
    )
    preview = await store(app, text, wishes, source="launchpass")
    assert fates(preview) == {"new": 3}
    found = {name: (one.plan, one.until, one.provider) for name, one in (await held(app)).values()}
    assert found == {
        "ann": ("gold", datetime(2026, 12, 1, tzinfo=UTC), "import"),
        "bo": ("gold", datetime(2026, 12, 1, tzinfo=UTC), "import"),
        NEW: ("life", datetime(2026, 12, 1, tzinfo=UTC), "import"),
    }


async def test_a_lifetime_needs_no_date(app: App, community: None) -> None:
    text = HEAD + f"{ANN},,,life,active,,,,\n{BO},,,gold,active,,never,,\n"
    assert fates(await store(app, text)) == {"new": 2}
    assert {one.until for _, one in (await held(app)).values()} == {None}


@pytest.mark.parametrize(
    ("text", "wishes", "words"),
    [
        ("user id,plan,expires\n5,gold,2026-12-24\n", Wishes(platform="telegram"), "The community is not on telegram"),
        ("telegram id,plan,expires\n5,gold,2026-12-24\n", Wishes(), "The community is not on telegram"),
    ],
)
async def test_who_is_of_no_place_of_the_community_is_not_taken(
    app: App, community: None, text: str, wishes: Wishes, words: str
) -> None:
    preview = await store(app, text, wishes, platform=wishes.platform)
    assert [why.startswith(words) for _, why in whys(preview)] == [True]


async def test_the_community_must_be_clear(app: App, community: None) -> None:
    other = Account(platform="discord", space="3002", user=ANN, name="ann", space_name="Other")
    with pytest.raises(RosterError):
        await look(app, LIST, Wishes(community="nowhere"))
    await app.submit([MessagePosted(key="m", at=START, who=other, channel="c", text=features("hi"))])
    with pytest.raises(RosterError) as caught:
        await look(app, LIST)
    assert caught.value.values == {"names": "Circle (#1), Other (#2)"}
    assert (await look(app, LIST, Wishes(community="circle"))).community == "Circle"
    assert (await look(app, LIST, Wishes(community="#1"))).community == "Circle"


async def test_before_the_first_community_it_says_what_to_do(app: App) -> None:
    with pytest.raises(RosterError, match="no community yet"):
        await look(app, LIST)


# ---------------------------------------------------------------------- the command


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a database that has a community, and rules with a plan."""
    monkeypatch.setenv("LYCEUM_DATABASE_URL", f"sqlite:///{tmp_path}/lyceum.db")
    monkeypatch.setenv("LYCEUM_RULES", str(tmp_path / "rules.toml"))
    monkeypatch.setenv("LYCEUM_LANG", "en")
    shipped = (ROOT / "config" / "rules.toml").read_text(encoding="utf-8")
    plan = '\n[[plans]]\nname = "gold"\ntitle = "Gold"\nprices = { usd = 1000 }\n'
    (tmp_path / "rules.toml").write_text(shipped + plan, encoding="utf-8")
    opened = Store(f"sqlite:///{tmp_path}/lyceum.db")
    opened.open(upgrade=True)
    founded = Account(platform="discord", space="3001", user=ANN, name="ann", space_name="Circle")
    opened.transact(ledger.seats, [founded])
    opened.close()
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(program, ["import", "members", *arguments], env={"COLUMNS": "200"})


def brought(folder: Path) -> list[Subscription]:
    opened = Store(f"sqlite:///{folder}/lyceum.db")
    opened.open()
    found = [one.subscription for one in opened.look(sales.of_community, 1)]
    opened.close()
    return found


SMALL = (
    "Member,Discord ID,Tier,Status,Expires\n"
    f"Ann,{ANN},Gold,active,2099-12-24\n"
    f"New,{NEW},Gold,active,2099-12-02\n"
    "=cmd,,Gold,active,2099-12-02\n"
    "Odd,100000000000000005,Silver,active,2099-12-02\n"
)


def test_the_command_previews_and_stores_nothing(ready: Path) -> None:
    (ready / "list.csv").write_text(SMALL, encoding="utf-8")
    done = run(str(ready / "list.csv"))
    assert done.exit_code == 0, done.output
    assert "Nothing was stored: this was a preview. The same with --apply brings it." in done.stdout
    assert "Line 4: It does not say who it is: neither an id nor a name nor an e-mail address." in done.stdout
    assert "Line 5: There is no plan called Silver." in done.stdout
    assert "Silver: 1" in done.stdout
    assert brought(ready) == []
    assert not list(ready.glob("*.rejected.csv"))


def test_the_command_applies_once_and_keeps_what_it_could_not_take(ready: Path) -> None:
    path = ready / "list.csv"
    path.write_text(SMALL, encoding="utf-8")
    done = run(str(path), "--apply", "--json", "--source", "LaunchPass")
    told = json.loads(done.stdout)
    assert (told["applied"], told["source"], told["stored"], told["newcomers"]) == (True, "launchpass", 2, 1)
    assert told["rows"] == {**dict.fromkeys(FATES, 0), "new": 2, "rejected": 2}
    assert [one["line"] for one in told["rejected"]] == [4, 5]
    assert {one.id for one in brought(ready)} == {f"import:launchpass:1:discord:{user}:gold" for user in (ANN, NEW)}
    kept = ready / "list.csv.rejected.csv"
    assert told["rejected_file"] == str(kept)
    with kept.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["lyceum line", "lyceum why", "Member", "Discord ID", "Tier", "Status", "Expires"]
    assert [(row[0], row[2:]) for row in rows] == [
        ("4", ["=cmd", "", "Gold", "active", "2099-12-02"]),
        ("5", ["Odd", "100000000000000005", "Silver", "active", "2099-12-02"]),
    ]
    again = json.loads(run(str(path), "--apply", "--json", "--source", "launchpass").stdout)
    assert (again["stored"], again["rows"]["same"]) == (0, 2)


def test_what_was_rejected_can_be_brought_when_it_is_mended(ready: Path) -> None:
    (ready / "list.csv").write_text(SMALL, encoding="utf-8")
    run(str(ready / "list.csv"), "--apply")
    done = run(str(ready / "list.csv.rejected.csv"), "--apply", "--json", "--plan", "Silver=gold")
    told = json.loads(done.stdout)
    assert (told["stored"], told["plans"], len(told["rejected"])) == (1, {"gold": 1}, 1)
    assert len(brought(ready)) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--until", "soon"], "soon is no date I know: write it like 2026-12-31."),
        (["--map", "until"], "Write until as name=value."),
        (["--map", "shoe=Tier"], "shoe is no field: choose one of discord, telegram,"),
        (["--dates", "ymd"], "--dates is dmy (day first) or mdy, not ymd."),
        (["--source", "a:b"], "a:b can't be a name: letters, digits and - only."),
        (["--community", "Nowhere"], "No single community is called nowhere. There are: Circle (#1)"),
        (["--encoding", "klingon"], "The letters can't be read: name their encoding, like --encoding gb18030."),
    ],
)
def test_what_was_typed_wrong_is_named(ready: Path, arguments: list[str], words: str) -> None:
    (ready / "list.csv").write_text(SMALL, encoding="utf-8")
    done = run(str(ready / "list.csv"), "--apply", *arguments)
    assert done.exit_code == 1
    assert words.casefold() in " ".join(done.stderr.split()).casefold()
    assert brought(ready) == []


def test_a_file_that_is_not_there(ready: Path) -> None:
    done = run(str(ready / "nothing.csv"))
    assert (done.exit_code, "nothing.csv can't be read: No such file or directory." in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "usage"),
    [
        (["import", "--help"], "members"),
        (["import", "members", "--help"], "--apply"),
        (["import", "archive", "--help"], "--dry-run"),
        (["import", "--dry-run", "--help"], "--dry-run"),
    ],
)
def test_the_two_kinds_of_import_are_told_apart(arguments: list[str], usage: str) -> None:
    done = CliRunner().invoke(program, arguments, env={"COLUMNS": "200", "TERM": "dumb"})
    assert (done.exit_code, usage in done.stdout) == (0, True), done.output


def test_an_archive_needs_no_word_before_it(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        program, ["import", "--dry-run", str(tmp_path / "nothing.json")], env={"LYCEUM_LANG": "en"}
    )
    assert (done.exit_code, "nothing.json can't be read" in done.stderr.replace("\n", "")) == (1, True)
