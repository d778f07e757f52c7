"""`lyceum doctor`: each finding, and what it advises."""

import json
from datetime import timedelta
from email.utils import format_datetime
from io import StringIO
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError
from rich.console import Console

from bot.app import App
from bot.doctor import Check
from bot.examine import clock_check, database_check, examine, reachable, rules_check, sandbox_check, show
from bot.i18n import tongue
from bot.service import SetupError, stripe_provider
from bot.settings import Settings
from bot.storage.store import Store
from tests.conftest import START


def settings(tmp_path: Path, **given: object) -> Settings:
    """Settings of nobody's environment."""
    values = {"database_url": f"sqlite:///{tmp_path}/lyceum.db", **given}
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


def states(checks: list[Check]) -> dict[str, str]:
    return {check.title: check.state for check in checks}


async def test_a_fresh_machine_hears_what_to_set_up(tmp_path: Path) -> None:
    found = await examine(settings(tmp_path))
    assert states(found) == {"Rules": "ok", "Database {url}": "ok", "No platform is set up": "warning"}
    assert "LYCEUM_DISCORD_TOKEN" in found[-1].advice


async def test_a_database_of_another_kind_is_a_problem(tmp_path: Path) -> None:
    found = await examine(settings(tmp_path, database_url="mysql://localhost/x"))
    assert found[-1].state == "problem"
    assert "sqlite:///" in str(found[-1].values["why"])


def test_rules_that_do_not_fit_are_named(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("[earn.message]\nto = 'many'\n")
    found = rules_check(settings(tmp_path, rules=rules))
    assert found.state == "problem"
    assert "earn.message.to" in str(found.values["why"])


def test_rules_that_are_missing_are_a_problem(tmp_path: Path) -> None:
    found = rules_check(settings(tmp_path, rules=tmp_path / "none.toml"))
    assert (found.state, "LYCEUM_RULES" in str(found.values["why"])) == ("problem", True)


def test_a_running_lyceum_is_not_disturbed(store: Store) -> None:
    other = Store(store.engine.url.render_as_string(hide_password=False))
    assert database_check(other).state == "ok"
    other.close()


def test_a_database_that_is_away_is_a_problem() -> None:
    away = Store("postgresql://nobody@127.0.0.1:1/nothing")
    found = database_check(away)
    away.close()
    assert (found.state, found.advice) == ("problem", "It can't be reached: {why}")


async def test_a_wrong_clock_is_noticed_and_a_right_one_is_not() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"date": format_datetime(START, usegmt=True)})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        assert (await clock_check(client, "https://clock", START + timedelta(seconds=29))).state == "ok"
        late = await clock_check(client, "https://clock", START + timedelta(seconds=-90))
    assert (late.state, late.values) == ("problem", {"seconds": 90})


async def test_without_a_network_the_clock_is_only_a_warning() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no network")

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as client:
        assert (await clock_check(client, "https://clock", START)).state == "warning"
        assert (await reachable(client, "https://here")).state == "problem"


@pytest.mark.parametrize(("status", "state"), [(200, "ok"), (502, "problem")])
async def test_the_public_address_is_asked_for_its_health(status: int, state: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status if request.url.path == "/healthz" else 404)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        assert (await reachable(client, "https://here/")).state == state


def test_findings_are_shown_to_people_and_to_scripts() -> None:
    checks = [Check(title="Rules"), Check(title="Clock", state="problem", advice="[b]{why}[/b]", values={"why": "x"})]
    for_people, for_scripts = Console(file=StringIO(), width=200), Console(file=StringIO(), width=200)
    show(checks, for_people, tongue("zh_CN"), as_json=False)
    show(checks, for_scripts, tongue("en"), as_json=True)
    assert for_people.file.getvalue().splitlines() == ["✅ 规则", "❌ 时钟", "   [b]x[/b]"]  # type: ignore[attr-defined]
    assert json.loads(for_scripts.file.getvalue())[1] == {  # type: ignore[attr-defined]
        "state": "problem",
        "title": "Clock",
        "advice": "[b]x[/b]",
    }


@pytest.mark.parametrize(
    ("given", "state", "says"),
    [
        ({"public_url": "https://x.example"}, "warning", "test card"),
        ({"public_url": "https://x.example", "stripe_secret_key": "sk_test_1"}, "warning", "test card"),
        ({}, "problem", "LYCEUM_PUBLIC_URL"),
        ({"public_url": "https://x.example", "stripe_secret_key": "sk_live_1"}, "problem", "live Stripe key"),
        ({"public_url": "https://x.example", "stripe_secret_key": "rk_live_1"}, "problem", "live Stripe key"),
    ],
)
def test_a_sandbox_is_never_forgotten_nor_beside_live_keys(
    tmp_path: Path, given: dict[str, str], state: str, says: str
) -> None:
    check = sandbox_check(settings(tmp_path, sandbox=True, **given))
    assert check.state == state
    assert says in check.advice.replace("{why}", str(check.values.get("why", "")))


@pytest.mark.parametrize(
    "given", [{"stripe_secret_key": "pk_test_1"}, {"stripe_secret_key": "sk_test_1", "stripe_webhook_secret": "  "}]
)
def test_keys_that_can_not_work_refuse_to_start(tmp_path: Path, app: App, given: dict[str, str]) -> None:
    with pytest.raises((SetupError, ValidationError)):
        stripe_provider(settings(tmp_path, **given), app)
