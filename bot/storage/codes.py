"""One-time codes: made here, shown once, kept as a hash only.

`find` says whether a code is good, or why not, and counts wrong guesses; `spend` marks it used. Both belong in the
transaction of what the code is for (`use` does the two), so that a code is used exactly when that is done.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal
from unicodedata import normalize

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.storage.ledger import table
from bot.storage.tables import CodeRow
from bot.words import Word

CODES = table(CodeRow)

Kind = Literal["link", "space", "move", "gift", "rules"]
ONE_AT_A_TIME = ("link", "space", "move")
"""Of these a member has one at a time: a new one makes the one before void. Gifts are not."""
GUESS = "guess"
"""The kind of the rows that count wrong guesses."""

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs that nobody takes for another: 5 bits each."""
SHORT, LONG = 8, 12
"""Signs of a code: 40 bits are enough for some minutes, 60 for what somebody may try at leisure."""
LEISURE = timedelta(days=1)
LIFE = timedelta(minutes=10)
"""How long a code is good that is read off one screen and typed into another."""
GUESSES = 10
"""Wrong guesses a member has…"""
WITHIN = timedelta(hours=1)
"""…in this time."""
KEPT = timedelta(days=30)
"""How long codes that are over are kept, so that they can be told from such as never were."""


class Code(Word, frozen=True):
    """A code that is good: what for, who made it, and what it stands for."""

    digest: str
    kind: str
    community: int
    member: int
    data: str
    created_at: datetime
    expires_at: datetime | None


class Wrong(Word, frozen=True):
    """Why a code is not good.

    unknown: there is none such. other: it is one of another `kind`. expired, used: it was good once. tired: this member
    has guessed too often and may try again later. What it is for may refuse it, too (`linking.py`): it is their own, or
    one of another community (`where`), or there is nothing to be had for it any more.
    """

    why: Literal["unknown", "other", "expired", "used", "tired", "own", "elsewhere", "nothing"]
    kind: str = ""
    where: str = ""


def make(
    connection: Connection,
    kind: Kind,
    community: int,
    member: int,
    now: datetime,
    *,
    lasting: timedelta | None,
    data: str = "",
) -> str:
    """A new code, as it is shown: 'K7QM-3XFP', or three such groups when it is good for more than a day.

    `lasting` None is for ever. A member's unused code of the same kind is void then, unless it is a gift.
    """
    length = SHORT if lasting is not None and lasting <= LEISURE else LONG
    signs = "".join(secrets.choice(ALPHABET) for _ in range(length))
    c = CODES.c
    connection.execute(delete(CODES).where(c.kind != "gift", c.created_at < now - KEPT))
    if kind in ONE_AT_A_TIME:
        mine = (c.kind == kind, c.member_id == member, c.used_at.is_(None))
        connection.execute(update(CODES).where(*mine).values(expires_at=now))
    connection.execute(
        insert(CODES).values(
            digest=_digest(signs),
            kind=kind,
            community_id=community,
            member_id=member,
            data=data,
            created_at=now,
            expires_at=None if lasting is None else now + lasting,
        )
    )
    return written(signs)


def written(text: str) -> str:
    """A code as it is shown, however it was typed."""
    signs = _signs(text)
    return "-".join(signs[start : start + 4] for start in range(0, len(signs), 4))


def find(connection: Connection, text: str, member: int, kinds: tuple[Kind, ...], now: datetime) -> Code | Wrong:
    """The code that a member typed, not yet used, or why it is not good for one of `kinds`.

    Case, spaces, dashes and full-width signs are forgiven. One that was never made counts as a wrong guess of the
    member's: the transaction must be committed then, too, so this is an answer and no exception.
    """
    if tired(connection, member, now):
        return Wrong(why="tired")
    found = look(connection, text, kinds, now)
    if found == Wrong(why="unknown"):
        _count(connection, member, now)
    return found


def look(connection: Connection, text: str, kinds: tuple[Kind, ...], now: datetime) -> Code | Wrong:
    """What `find` says, without counting: of a code for whose guesses nobody can be held to account."""
    row = connection.execute(select(CODES).where(CODES.c.digest == _digest(text), CODES.c.kind != GUESS)).first()
    if row is None:
        return Wrong(why="unknown")
    if row.used_at is not None:
        return Wrong(why="used", kind=row.kind)
    if row.expires_at is not None and row.expires_at <= now:
        return Wrong(why="expired", kind=row.kind)
    if row.kind not in kinds:
        return Wrong(why="other", kind=row.kind)
    return Code(
        digest=row.digest,
        kind=row.kind,
        community=row.community_id,
        member=row.member_id,
        data=row.data,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def spend(connection: Connection, code: Code, now: datetime) -> bool:
    """Mark a code used; False when somebody was faster."""
    c = CODES.c
    spent = update(CODES).where(c.digest == code.digest, c.used_at.is_(None)).values(used_at=now)
    return bool(connection.execute(spent).rowcount)


def use(connection: Connection, text: str, member: int, kinds: tuple[Kind, ...], now: datetime) -> Code | Wrong:
    """`find` a code and `spend` it."""
    found = find(connection, text, member, kinds, now)
    if isinstance(found, Code) and not spend(connection, found, now):
        return Wrong(why="used", kind=found.kind)
    return found


def _signs(text: str) -> str:
    return "".join(sign for sign in normalize("NFKC", text).upper() if sign in ALPHABET)


def _digest(text: str) -> str:
    return blake2b(_signs(text).encode(), digest_size=16, person=b"lyceum:code").hexdigest()


def tired(connection: Connection, member: int, now: datetime) -> bool:
    """Whether a member has guessed wrong too often to be told anything for a while."""
    c = CODES.c
    query = select(func.count()).where(c.kind == GUESS, c.member_id == member, c.created_at > now - WITHIN)
    return (connection.scalar(query) or 0) >= GUESSES


def _count(connection: Connection, member: int, now: datetime) -> None:
    c = CODES.c
    connection.execute(delete(CODES).where(c.kind == GUESS, c.member_id == member, c.created_at <= now - WITHIN))
    connection.execute(
        insert(CODES).values(
            digest=f"{GUESS}:{secrets.token_hex(16)}", kind=GUESS, community_id=0, member_id=member, created_at=now
        )
    )
