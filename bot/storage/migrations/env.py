"""Alembic's entry: runs on the connection handed over by `bot.storage.database`, or on LYCEUM_DATABASE_URL by hand."""

import os

from alembic import context
from sqlalchemy import Connection

from bot.storage import (  # noqa: F401 - for the metadata
    tables,
    tables_experiments,
    tables_library,
    tables_nudges,
    tables_questions,
    tables_retention,
)
from bot.storage.database import connect


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=tables.metadata, render_as_batch=True, user_module_prefix=""
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with connect(os.environ.get("LYCEUM_DATABASE_URL", "sqlite:///data/lyceum.db")).begin() as opened:
        _run(opened)
