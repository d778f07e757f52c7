"""The command line `lyceum`: play, run, import, report, evaluate, replay, doctor, migrate. Only it knows all others."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console
from typer.core import TyperGroup

from bot import examine, i18n, logs, service
from bot.cli.churn import churn_command
from bot.cli.discussions import discussions_command
from bot.cli.evaluate import evaluating
from bot.cli.experiments import experiments_command
from bot.cli.imports import import_command
from bot.cli.levels import levels_command
from bot.cli.library import library_command
from bot.cli.members import members_command
from bot.cli.replay import replay_command
from bot.cli.report import report_command
from bot.cli.training import train_command
from bot.delivery import GiveUp
from bot.settings import Settings
from bot.storage.database import UNAVAILABLE, DatabaseError
from bot.storage.store import SchemaBehindError, Store


class _Importing(TyperGroup):
    """`lyceum import FILE` brings an archive; what has a word of its own (`members`, `library`) is a command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what is no command, and not asked for help, as the archive's."""
        if args and args[0] not in (*self.commands, "--help"):
            args = ["archive", *args]
        return super().parse_args(ctx, args)


importing = typer.Typer(
    cls=_Importing,
    no_args_is_help=True,
    help="Bring a community's history, or the members or levels of another product, or a library.",
)
importing.command("archive")(import_command)
importing.command("members")(members_command)
importing.command("levels")(levels_command)
importing.command("library")(library_command)
app = typer.Typer(
    name="lyceum", help="A bot for paid knowledge communities.", no_args_is_help=True, pretty_exceptions_enable=False
)
app.add_typer(importing, name="import")
evaluating.command("churn")(churn_command)
evaluating.command("discussions")(discussions_command)
evaluating.command("experiments")(experiments_command)
app.add_typer(evaluating, name="evaluate")
app.command("report")(report_command)
app.command("replay")(replay_command)
app.command("train")(train_command)
errors = Console(stderr=True)
out = Console()

EXPECTED = (service.SetupError, GiveUp, DatabaseError, SchemaBehindError, *UNAVAILABLE)
Port = Annotated[int | None, typer.Option(help="The port to serve on; 0 picks a free one.", min=0, max=65535)]
Host = Annotated[str | None, typer.Option(help="The address to serve on; 0.0.0.0 is every one.")]


def settings(**given: object) -> Settings:
    """The settings from the environment and .env, with what the command line gave.

    Ends the program when they don't fit.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = [f"LYCEUM_{'_'.join(str(x) for x in one['loc']).upper()}: {one['msg']}" for one in error.errors()]
        _stop("\n".join(["The settings do not fit:", *wrong, "See .env.example."]))


def _stop(why: str) -> NoReturn:
    errors.print(f"[red]{_plain(why)}[/red]", soft_wrap=True)
    raise typer.Exit(1)


def _words(error: Exception) -> str:
    if isinstance(error, UNAVAILABLE):
        return f"the database can't be used: {str(error).splitlines()[0]}. Is it up, and is LYCEUM_DATABASE_URL right?"
    return str(error)


def _plain(text: str) -> str:
    return logs.redact(text).replace("[", r"\[")


@app.command()
def play(
    port: Port = None,
    host: Host = None,
    keep: Annotated[Path | None, typer.Option(help="Keep the playground's database in this folder.")] = None,
) -> None:
    """Open the playground: the whole bot in a web page, with no token and no network."""
    chosen = settings(port=port, host=host)
    logs.configure("warning" if chosen.log_level == "info" else chosen.log_level, chosen.log_format)

    def ready(url: str) -> None:
        out.print(f"\n  The playground is open: [bold link={url}]{url}[/]   (Ctrl+C ends it)\n")

    with TemporaryDirectory(prefix="lyceum-") as folder:
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
        _serve(service.play(chosen, keep or Path(folder), ready))


@app.command()
def run(port: Port = None, host: Host = None) -> None:
    """Run the bot on every platform that has a token in the environment or .env."""
    chosen = settings(port=port, host=host)
    logs.configure(chosen.log_level, chosen.log_format)
    _serve(service.run(chosen))


def _serve(work: Coroutine[None, None, None]) -> None:
    try:
        asyncio.run(work)
    except EXPECTED as error:
        _stop(_words(error))


@app.command()
def migrate() -> None:
    """Bring the database's schema up to date (SQLite does so by itself)."""
    chosen = settings()
    logs.configure(chosen.log_level, chosen.log_format)
    try:
        store = Store(chosen.database_url)
        store.open(upgrade=True)
    except EXPECTED as error:
        _stop(_words(error))
    store.close()
    out.print(f"The database is up to date: {_plain(store.url)}")


@app.command()
def doctor(json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False) -> None:
    """Look at tokens, rights, webhooks, the database and the clock, and say what to do."""
    chosen = settings()
    logs.configure("error", chosen.log_format)
    checks = asyncio.run(examine.examine(chosen))
    examine.show(checks, out, i18n.tongue(i18n.of_environment()), as_json=json)
    if any(check.state == "problem" for check in checks):
        raise typer.Exit(1)


def main() -> None:
    """The entry point of the console script."""
    app()


if __name__ == "__main__":
    main()
