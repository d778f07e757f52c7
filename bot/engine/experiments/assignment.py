"""Which arm a member is in: a salted hash, so that nothing need be stored to know it, and no two tests share a split.

The same salt and member always give the same answer, on any machine and after any restart. Different salts split the
members independently of each other. A member is named by the number that stays when two are merged: what was already
decided for either stays in the books as it was (`bot/storage/merge.py`), what is decided later follows that number.
"""

from collections.abc import Mapping
from hashlib import blake2b
from math import log

_STEPS = 1 << 53
"""As many equally likely values as a float tells apart between 0 and 1."""


def unit(salt: str, member: int) -> float:
    """A number that is uniform on [0, 1) over members and over salts, and always the same for both."""
    digest = blake2b(f"{salt}\0{member}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / _STEPS


def holdout(salt: str, member: int, share: float) -> bool:
    """Whether a member is in the hold-out and gets nothing. `share` is from 0 to 1; raising it only adds members."""
    if not 0 <= share <= 1:
        raise ValueError(f"a hold-out is a share from 0 to 1, not {share}")
    return unit(salt, member) < share


def pick(salt: str, member: int, weights: Mapping[str, float]) -> str:
    """The arm of a member: each arm gets members in proportion to its weight, whatever order they are written in.

    Raising one arm's weight only moves members into it, and a new arm takes only what it gets: nobody changes between
    the others. Weighted rendezvous hashing, Schindelhauer and Schomaker, 'Weighted distributed hash tables', SPAA 2005:
    each arm draws −ln(u) / weight of its own and the least wins. Weights of 0 are arms that get nobody.
    """
    open_ = {arm: weight for arm, weight in weights.items() if weight}
    if not open_ or min(open_.values()) < 0:
        raise ValueError(f"arms need weights of at least 0, and one above it: {dict(weights)}")
    return min((-log(1 - unit(f"{salt}\0{arm}", member)) / weight, arm) for arm, weight in open_.items())[1]
