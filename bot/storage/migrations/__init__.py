"""Alembic's migrations: one file a step, oldest first in `versions/`."""
