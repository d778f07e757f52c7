"""`lyceum doctor`: looks at everything an operator sets up, without disturbing a Lyceum that runs."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import msgspec
from rich.console import Console
from rich.markup import escape

from bot import service
from bot.adapters import stripe
from bot.app import App
from bot.cogs import COMMANDS
from bot.delivery import GiveUp, Port
from bot.desk import Desk
from bot.doctor import MARKS, Check
from bot.engine.rules import Rules
from bot.i18n import N_, Tongue
from bot.settings import Settings
from bot.storage import counted, people, rulebook
from bot.storage.database import UNAVAILABLE, DatabaseError
from bot.storage.store import Connection, Store

SKEW = 30.0
"""Seconds the clock may be wrong: Discord's and Stripe's signatures bear some minutes, a promise of 'today'
bears less."""
PATIENCE = 10.0
CLOCK = "https://api.telegram.org"


async def examine(settings: Settings) -> list[Check]:
    """Every check there is for these settings, in the order to mend them."""
    found = [rules_check(settings)]
    try:
        store = Store(settings.database_url)
    except DatabaseError as error:
        return [*found, Check(title=N_("Database"), state="problem", advice="{why}", values={"why": str(error)})]
    try:
        found.append(await asyncio.to_thread(database_check, store))
        found += await asyncio.to_thread(counted_checks, settings, store)
        found += await _platforms(settings, store)
    finally:
        await asyncio.to_thread(store.close)
    if settings.sandbox:
        found.append(sandbox_check(settings))
    if settings.stripe_secret_key is not None:
        hook = settings.stripe_webhook_secret
        found += await stripe.checks(
            settings.stripe_secret_key.get_secret_value(), hook.get_secret_value() if hook else None
        )
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        if settings.public_url:
            found.append(await reachable(client, settings.public_url))
        if settings.telegram_token or settings.discord_token:
            found.append(await clock_check(client, CLOCK, datetime.now(UTC)))  # noqa: TID251 - the edge
    return found


async def _platforms(settings: Settings, store: Store) -> list[Check]:
    desk = Desk(App(store, Rules()), COMMANDS)
    try:
        ports: list[Port | None] = [service.discord_adapter(settings, desk), service.telegram_adapter(settings, desk)]
    except GiveUp as error:
        return [Check(title=N_("Platforms"), state="problem", advice="{why}", values={"why": str(error)})]
    if not any(ports):
        advice = N_("Put LYCEUM_DISCORD_TOKEN or LYCEUM_TELEGRAM_TOKEN into .env; `lyceum play` needs neither.")
        return [Check(title=N_("No platform is set up"), state="warning", advice=advice)]
    return [check for port in ports if port for check in await port.checks()]


def sandbox_check(settings: Settings) -> Check:
    """That the sandbox is on, which nobody must forget; and whether it may be."""
    try:
        service.sandbox_allowed(settings)
    except service.SetupError as error:
        return Check(title=N_("Sandbox"), state="problem", advice="{why}", values={"why": str(error)})
    advice = N_("Anybody can pay with a test card, and no money moves. Take LYCEUM_SANDBOX away to sell for real.")
    return Check(title=N_("The sandbox is on"), state="warning", advice=advice)


def rules_check(settings: Settings) -> Check:
    """Whether the rules can be read and fit."""
    try:
        service.load_rules(settings.rules)
    except service.SetupError as error:
        return Check(title=N_("Rules"), state="problem", advice="{why}", values={"why": str(error)})
    return Check(title=N_("Rules"))


def database_check(store: Store) -> Check:
    """Whether the database answers and its schema fits. Takes no lock: a running Lyceum is not disturbed."""
    title = N_("Database {url}")
    values: dict[str, int | str] = {"url": store.url}
    try:
        old = store.outdated()
    except UNAVAILABLE as error:
        values["why"] = str(error).splitlines()[0]
        return Check(title=title, state="problem", advice=N_("It can't be reached: {why}"), values=values)
    if old and store.engine.dialect.name != "sqlite":
        return Check(title=title, state="problem", advice=N_("Its schema is old: run `lyceum migrate`."), values=values)
    return Check(title=title, values=values)


def counted_checks(settings: Settings, store: Store) -> list[Check]:
    """Communities whose points were counted under other rules than those that hold today: the file was changed."""
    try:
        rules = service.load_rules(settings.rules)
        if store.outdated():
            return []
        behind = store.look(_counted_otherwise, rules)
    except (service.SetupError, *UNAVAILABLE):
        return []  # another check says so
    advice = N_("The points were counted under other rules. `lyceum replay --community {n}` says what would change.")
    return [
        Check(
            title=N_("Points of {community}"), state="warning", advice=advice, values={"community": name, "n": number}
        )
        for number, name in behind
    ]


def _counted_otherwise(connection: Connection, rules: Rules) -> list[tuple[int, str]]:
    return [
        (number, name)
        for number, name in people.communities(connection)
        if counted.outdated(connection, number, rulebook.rules(connection, rules, number))
    ]


async def reachable(client: httpx.AsyncClient, public_url: str) -> Check:
    """Whether our own health page answers under the public address, as a webhook would have to."""
    title, url = N_("Reachable at {url}"), f"{public_url.rstrip('/')}/healthz"
    try:
        answer = await client.get(url)
    except httpx.HTTPError as error:
        advice = N_("Nothing answers there ({why}): is `lyceum run` up, and does the proxy pass requests on?")
        return Check(title=title, state="problem", advice=advice, values={"url": url, "why": type(error).__name__})
    if answer.is_success:
        return Check(title=title, values={"url": url})
    advice = N_("It answers {status}, not 200: see the proxy's and Lyceum's logs.")
    return Check(title=title, state="problem", advice=advice, values={"url": url, "status": answer.status_code})


async def clock_check(client: httpx.AsyncClient, url: str, now: datetime) -> Check:
    """Whether this machine's clock agrees with a platform's."""
    try:
        answer = await client.head(url)
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (httpx.HTTPError, KeyError, ValueError):
        return Check(title=N_("Clock"), state="warning", advice=N_("It could not be compared: is there a network?"))
    skew = round(abs((now - theirs).total_seconds()))
    if skew <= SKEW:
        return Check(title=N_("Clock"))
    advice = N_("It is {seconds} seconds off: turn on time synchronisation (timedatectl set-ntp true).")
    return Check(title=N_("Clock"), state="problem", advice=advice, values={"seconds": skew})


def show(checks: Sequence[Check], out: Console, say: Tongue, *, as_json: bool) -> None:
    """Print the checks, for people or for scripts."""
    rows = [(c.state, say(c.title, **c.values), say(c.advice, **c.values)) for c in checks]
    if as_json:
        lines = [{"state": state, "title": title, "advice": advice} for state, title, advice in rows]
        out.print_json(msgspec.json.encode(lines).decode())
        return
    for state, title, advice in rows:
        out.print(f"{MARKS[state]} {escape(title)}")
        if advice:
            out.print(f"   {escape(advice)}", style="dim")
