"""Many rows in one statement, handed to the driver as they are: what the event path reads by and writes.

SQLAlchemy's own `executemany` works out each row's parameters anew, which costs 10 µs an event here. Rows are tuples in
the database's own types (an instant as microseconds, see `bot.storage.tables.micros`), in the order of `columns`.
PostgreSQL gets one statement over arrays, SQLite one for every `TOGETHER` rows: an `executemany` lets the interpreter's
lock go at each row, and two threads that hand it to and fro so often take a tenth longer. The SQL is made of our own
names alone.
"""

# ruff: noqa: S608 - no value is ever put into a statement, only names of our own tables and columns

from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Dialect, Table, Text, any_, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

Row = tuple[Any, ...]
TOGETHER = 64
"""Rows that SQLite takes in one statement."""


def among(connection: Connection, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """`column IN values`, however many: one parameter, where an IN has one for each and the database a limit."""
    dialect = connection.dialect.name
    return _in(dialect, column, literal(listing(connection, values), _listing_type(dialect, column)))


def listed(dialect: str, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """`column IN :name` for a query that is made once and asked often: each time with what `listing` gives for `name`.

    To make a query anew costs ten times what it costs to ask it.
    """
    return _in(dialect, column, bindparam(name, type_=_listing_type(dialect, column)))


def listing(connection: Connection, values: Collection[Any]) -> Any:
    """`values` as a query with `listed` wants them."""
    return msgspec.json.encode(list(values)).decode() if connection.dialect.name == "sqlite" else list(values)


def _listing_type(dialect: str, column: ColumnElement[Any]) -> TypeEngine[Any]:
    return Text() if dialect == "sqlite" else ARRAY(column.type)


def _in(dialect: str, column: ColumnElement[Any], given: ColumnElement[Any]) -> ColumnElement[bool]:
    if dialect == "sqlite":
        return column.in_(select(func.json_each(given).table_valued("value").c.value))
    return column == any_(given)


def insert(
    connection: Connection, into: Table, columns: tuple[str, ...], rows: Sequence[Row], *, unless: str = ""
) -> None:
    """Append `rows`, in this order; with `unless`, a unique column, those that are there already stay as they are."""
    _insert(connection, into, columns, rows, f' ON CONFLICT ("{unless}") DO NOTHING' if unless else "")


def update(connection: Connection, rows_of: Table, columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    """Set `columns` of the rows whose `id` is each tuple's last value."""
    _run(connection, _updating(connection.dialect, rows_of, columns), rows)


def upsert(
    connection: Connection, into: Table, columns: tuple[str, ...], unique: tuple[str, ...], rows: Sequence[Row]
) -> None:
    """Write `rows`, of which no two may have the same `unique` columns; those that are there already are replaced."""
    changes = ", ".join(f'"{name}"=excluded."{name}"' for name in columns if name not in unique)
    _insert(connection, into, columns, rows, f" ON CONFLICT ({', '.join(unique)}) DO UPDATE SET {changes}")


def _insert(connection: Connection, into: Table, columns: tuple[str, ...], rows: Sequence[Row], conflict: str) -> None:
    full = len(rows) - len(rows) % TOGETHER if connection.dialect.name == "sqlite" else 0
    if full:
        statement = _inserting(connection.dialect, into, columns, TOGETHER) + conflict
        for first in range(0, full, TOGETHER):
            connection.exec_driver_sql(statement, tuple(chain.from_iterable(rows[first : first + TOGETHER])))
    _run(connection, _inserting(connection.dialect, into, columns) + conflict, rows[full:])


def _run(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(statement, list(rows))
    else:
        connection.exec_driver_sql(statement, tuple(map(list, zip(*rows, strict=True))))


@lru_cache(maxsize=32)
def _inserting(dialect: Dialect, into: Table, columns: tuple[str, ...], rows: int = 1) -> str:
    """For `rows` rows on SQLite, for any number on PostgreSQL."""
    names = ", ".join(f'"{name}"' for name in columns)
    if dialect.name == "sqlite":
        row = f"({', '.join('?' for _ in columns)})"
        return f"INSERT INTO {into.name} ({names}) VALUES {', '.join([row] * rows)}"
    return f"INSERT INTO {into.name} ({names}) SELECT * FROM unnest({_arrays(dialect, into, columns)})"


@lru_cache(maxsize=128)
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
