"""Putting it together: what `lyceum play` and `lyceum run` start, in which order, and how all of it ends.

The order of ending is what loses nothing: first nobody hands in anything more, then what was handed in is
committed, then the database is closed.
"""

import asyncio
import gc
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI

from bot.adapters.discord import DiscordAdapter
from bot.adapters.playground import PlayClock, Playground, cast
from bot.adapters.sandbox import Sandbox
from bot.adapters.stripe import Options, StripeProvider
from bot.adapters.telegram import TelegramAdapter
from bot.app import App
from bot.cogs import COMMANDS
from bot.desk import Desk
from bot.digest import Filler
from bot.engine.rules import Rules, read_rules
from bot.jobs import Schedule
from bot.pictures.studio import Studio
from bot.settings import DEFAULT_RULES, Settings
from bot.storage.store import Store
from bot.till import Till
from bot.web import server
from bot.words import replace

SHIPPED_RULES = (Path(__file__).parent / "_config/rules.toml", Path(__file__).parent.parent / "config/rules.toml")
"""In a wheel, and in a checkout."""
PLAY_QUIET_DAYS = 5
"""In the playground a silent member is soon asked how they are, so that letting time pass shows something."""
UNLOOKED_AT = 20_000
"""New objects at which the collector of garbage looks at them: Python's own number is 700."""

_log = structlog.get_logger()


class SetupError(Exception):
    """Lyceum can't start as it is set up; the message says what to do."""


def load_rules(path: Path) -> Rules:
    """Read a rules file; the one that was shipped where the default does not exist. Raises SetupError."""
    candidates = (path, *SHIPPED_RULES) if path == DEFAULT_RULES else (path,)
    found = next((one for one in candidates if one.exists()), path)
    try:
        return read_rules(found.read_bytes())
    except OSError as error:
        raise SetupError(f"the rules can't be read: {error}. Set LYCEUM_RULES to your rules.toml") from error
    except ValueError as error:
        raise SetupError(f"{found}: {error}") from error


@asynccontextmanager
async def opened(store: Store) -> AsyncIterator[Store]:
    """An open store, closed at the end."""
    await asyncio.to_thread(store.open)
    try:
        yield store
    finally:
        await asyncio.to_thread(store.close)


@asynccontextmanager
async def running(app: App) -> AsyncIterator[App]:
    """A started application that knows what to recommend; at the end all that was handed in is committed."""
    app.contents = Filler(app)
    await app.start()
    try:
        yield app
    finally:
        await app.close()


def telegram_adapter(settings: Settings, desk: Desk) -> TelegramAdapter | None:
    """The Telegram adapter, if there is a token."""
    if settings.telegram_token is None:
        return None
    secret = settings.telegram_webhook_secret
    return TelegramAdapter(
        desk,
        settings.telegram_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        webhook_url=settings.telegram_webhook_url,
        webhook_secret=secret.get_secret_value() if secret else None,
    )


def discord_adapter(settings: Settings, desk: Desk) -> DiscordAdapter | None:
    """The Discord adapter, if there is a token."""
    if settings.discord_token is None:
        return None
    return DiscordAdapter(desk, settings.discord_token.get_secret_value(), shards=settings.discord_shards)


def stripe_provider(settings: Settings, app: App) -> StripeProvider | None:
    """Stripe, if there is a key. Raises SetupError for one that is none."""
    if settings.stripe_secret_key is None:
        return None
    secret = settings.stripe_webhook_secret
    options = Options(
        tax=settings.stripe_tax,
        adaptive_pricing=settings.stripe_adaptive_pricing,
        wallets=settings.stripe_wallets,
        trial_card=settings.stripe_trial_card,
        public_url=(settings.public_url or "").rstrip("/"),
    )
    try:
        return StripeProvider(
            settings.stripe_secret_key.get_secret_value(),
            secret.get_secret_value() if secret else None,
            app.clock,
            options=options,
            account=settings.stripe_account,
        )
    except ValueError as error:
        raise SetupError(f"LYCEUM_STRIPE_SECRET_KEY or LYCEUM_STRIPE_WEBHOOK_SECRET: {error}") from error


LIVE = ("sk_live_", "rk_live_")
"""Stripe's keys that move money."""


def sandbox_allowed(settings: Settings) -> None:
    """Raises SetupError where the sandbox must not run: where money moves, or where its links would lead nowhere."""
    key = settings.stripe_secret_key
    if key is not None and key.get_secret_value().startswith(LIVE):
        raise SetupError(
            "LYCEUM_SANDBOX lets everybody in for nothing, so it never runs beside a live Stripe key: "
            "switch it off, or use a key that begins with sk_test_"
        )
    if not settings.public_url:
        raise SetupError("the sandbox's links need this server's address: set LYCEUM_PUBLIC_URL, or no LYCEUM_SANDBOX")


def sandbox_provider(settings: Settings, app: App) -> Sandbox | None:
    """The sandbox, for a rehearsal on real platforms, if it is asked for. Raises SetupError where it must not run."""
    if not settings.sandbox:
        return None
    sandbox_allowed(settings)
    _log.warning("the sandbox is on: anybody can 'pay' with a test card, and no money moves")
    return Sandbox(app.store, app.clock, settings.public_url or "")


@asynccontextmanager
async def selling(till: Till) -> AsyncIterator[Till]:
    """A till that handles webhooks; at the end what is left of them waits in the inbox."""
    await till.start()
    try:
        yield till
    finally:
        await till.close()


async def run(settings: Settings) -> None:
    """Serve the platforms that have a token, until a signal says stop. Raises SetupError when none has."""
    rules = load_rules(settings.rules)
    async with AsyncExitStack() as stack:
        stop = await stack.enter_async_context(until_stopped())
        store = await stack.enter_async_context(opened(Store(settings.database_url)))
        app = await stack.enter_async_context(running(App(store, rules, studio=Studio())))
        till = Till(app)
        desk = Desk(app, COMMANDS, till)
        discord, telegram = discord_adapter(settings, desk), telegram_adapter(settings, desk)
        adapters = [adapter for adapter in (discord, telegram) if adapter is not None]
        if not adapters:
            raise SetupError("no platform is set up: put LYCEUM_DISCORD_TOKEN or LYCEUM_TELEGRAM_TOKEN into .env")
        stripe, sandbox = stripe_provider(settings, app), sandbox_provider(settings, app)
        if stripe is not None:
            till.join(stripe)
            stack.push_async_callback(stripe.close)
        if telegram is not None:
            till.join(telegram.sell(till.ring))
        if sandbox is not None:
            till.join(sandbox)
        await stack.enter_async_context(selling(till))
        web = server.create(app, telegram_receive=telegram.receive if telegram else None, till=till)
        await stack.enter_async_context(serving(web, settings.host, settings.port))
        for adapter in adapters:
            app.join(adapter)
            await adapter.start()
            stack.push_async_callback(adapter.close)
        schedule = Schedule(till)
        await schedule.start()
        stack.push_async_callback(schedule.close)
        platforms = [adapter.platform for adapter in adapters]
        settle()
        _log.info("running", platforms=platforms, payments=list(till.providers), database=store.url)
        await stop.wait()


def settle() -> None:
    """Let the garbage collector leave alone what stays for good: walking it all holds the loop for 100 ms at a time.

    And let it look more seldom at what is new, of which a batch of events is made and which goes with it: to look at it
    every 700 objects costs one microsecond of an event's forty.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(UNLOOKED_AT)


def play_rules(rules: Rules) -> Rules:
    """Rules for the playground: no message waits a minute, the silent hear from us, and there is something to buy."""
    earn = replace(rules.earn, message=replace(rules.earn.message, cooldown=0))
    return replace(cast.with_plans(rules), earn=earn, nudges=replace(rules.nudges, quiet_days=PLAY_QUIET_DAYS))


async def play(settings: Settings, folder: Path, ready: Callable[[str], None]) -> None:
    """Serve the playground, its database in `folder`, until a signal says stop; `ready` is told where it is."""
    rules = play_rules(load_rules(settings.rules))
    clock = PlayClock()
    async with AsyncExitStack() as stack:
        stop = await stack.enter_async_context(until_stopped())
        store = await stack.enter_async_context(opened(Store(f"sqlite:///{folder}/playground.db")))
        app = await stack.enter_async_context(running(App(store, rules, clock=clock, studio=Studio())))
        till = await stack.enter_async_context(selling(Till(app, [Sandbox(store, clock)])))
        playground = Playground(Desk(app, COMMANDS, till), clock)
        app.join(playground)
        stack.push_async_callback(playground.close)
        await playground.begin()
        web = server.create(app, playground=playground, till=till)
        port = await stack.enter_async_context(serving(web, settings.host, settings.port))
        settle()
        ready(f"http://{settings.host}:{port}")
        await stop.wait()


@asynccontextmanager
async def serving(web: FastAPI, host: str, port: int) -> AsyncIterator[int]:
    """A web server on a port (0 picks one, which is returned). Raises SetupError when the port is taken."""
    try:
        bound = socket.create_server((host, port))
    except OSError as error:
        raise SetupError(f"port {port} of {host} can't be used ({error.strerror}): choose another by --port") from error
    http = uvicorn.Server(uvicorn.Config(web, log_config=None, access_log=False, timeout_graceful_shutdown=3))
    task = asyncio.create_task(http.serve(sockets=[bound]))
    try:
        yield bound.getsockname()[1]
    finally:
        http.should_exit = True
        await task


@asynccontextmanager
async def until_stopped() -> AsyncIterator[asyncio.Event]:
    """An event that is set by SIGINT and SIGTERM. To be entered before `serving`, which hands its signals on."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
