"""Many rows in one statement, handed to the driver as they are: what the event path reads by and writes.

SQLAlchemy's own `executemany` works out each row's parameters anew, which costs 10 µs an event here. Rows are tuples in
the database's own types (an instant as microseconds, see `bot.storage.tables.micros`), in the order of `columns`.
SQLite gets an `executemany`, PostgreSQL one statement over arrays. The SQL is made of our own names alone.
"""

# ruff: noqa: S608 - no value is ever put into a statement, only names of our own tables and columns

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Dialect, Table, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

Row = tuple[Any, ...]


def among(connection: Connection, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """`column IN values`, however many: one parameter, where an IN has one for each and the database a limit."""
    if connection.dialect.name == "sqlite":
        text = msgspec.json.encode(list(values)).decode()
        return column.in_(select(func.json_each(text).table_valued("value").c.value))
    return column == any_(literal(list(values), ARRAY(column.type)))


def insert(
    connection: Connection, into: Table, columns: tuple[str, ...], rows: Sequence[Row], *, unless: str = ""
) -> None:
    """Append `rows`, in this order; with `unless`, a unique column, those that are there already stay as they are."""
    _run(connection, _inserting(connection.dialect, into, columns, unless), rows)


def update(connection: Connection, rows_of: Table, columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    """Set `columns` of the rows whose `id` is each tuple's last value."""
    _run(connection, _updating(connection.dialect, rows_of, columns), rows)


def upsert(
    connection: Connection, into: Table, columns: tuple[str, ...], unique: tuple[str, ...], rows: Sequence[Row]
) -> None:
    """Write `rows`, of which no two may have the same `unique` columns; those that are there already are replaced."""
    statement = _inserting(connection.dialect, into, columns, "")
    changes = ", ".join(f'"{name}"=excluded."{name}"' for name in columns if name not in unique)
    _run(connection, f"{statement} ON CONFLICT ({', '.join(unique)}) DO UPDATE SET {changes}", rows)


def _run(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(statement, list(rows))
    else:
        connection.exec_driver_sql(statement, tuple(map(list, zip(*rows, strict=True))))


@lru_cache(maxsize=16)
def _inserting(dialect: Dialect, into: Table, columns: tuple[str, ...], unless: str) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    conflict = f' ON CONFLICT ("{unless}") DO NOTHING' if unless else ""
    if dialect.name == "sqlite":
        return f"INSERT INTO {into.name} ({names}) VALUES ({', '.join('?' for _ in columns)}){conflict}"
    return f"INSERT INTO {into.name} ({names}) SELECT * FROM unnest({_arrays(dialect, into, columns)}){conflict}"


@lru_cache(maxsize=16)
def _updating(dialect: Dialect, rows_of: Table, columns: tuple[str, ...]) -> str:
    if dialect.name == "sqlite":
        return f"UPDATE {rows_of.name} SET {', '.join(f'{name}=?' for name in columns)} WHERE id=?"
    changes = ", ".join(f"{name}=new.{name}" for name in columns)
    arrays = _arrays(dialect, rows_of, (*columns, "id"))
    return (
        f"UPDATE {rows_of.name} SET {changes} FROM unnest({arrays}) AS new({', '.join((*columns, 'id'))})"
        f" WHERE {rows_of.name}.id=new.id"
    )


def _arrays(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> str:
    return ", ".join(f"%s::{table.c[name].type.compile(dialect)}[]" for name in columns)
