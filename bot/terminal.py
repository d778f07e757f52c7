"""What the commands of the command line have in common: how one ends with an error, and what is said of a file."""

from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from bot import logs
from bot.i18n import N_, Tongue


def fail(errors: Console, why: str) -> NoReturn:
    """Say why in red, without secrets, and end with 1."""
    errors.print(f"[red]{escape(logs.redact(why))}[/red]", soft_wrap=True)
    raise typer.Exit(1)


def unread(error: Exception, say: Tongue) -> str:
    """What is said of an error while a file was read."""
    if isinstance(error, OSError) and error.filename:
        return say(N_("{path} can't be read: {why}."), path=error.filename, why=error.strerror)
    return str(error).splitlines()[0]
