"""What a change of the rules means for members: who would rise and fall, what opens and closes, who tops the board.

A `Comparison` takes in one member after the other and keeps what a creator is shown, however many there are.
"""

from collections.abc import Sequence
from heapq import heappush, heappushpop

from bot.words import Word

NAMED = 10
"""Members who are named in each group, those with the most points then first; and lines of the boards."""


class Shift(Word, frozen=True):
    """A member under the rules before and after; `listed` members are on the boards."""

    member: int
    name: str
    points: tuple[int, int]
    level: tuple[int, int]
    was: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    won: tuple[str, ...] = ()
    """Badges that they have after and did not have before…"""
    lost: tuple[str, ...] = ()
    """…and the other way round."""
    listed: bool = True


class Named(Word, frozen=True):
    """A member, by name, with points and level before and after."""

    member: int
    name: str
    points: tuple[int, int]
    level: tuple[int, int]


class Group(Word, frozen=True):
    """So many members, and the first few of them."""

    count: int = 0
    first: tuple[Named, ...] = ()


class Effects(Word, frozen=True):
    """What changes from the rules before to those after.

    `points` are the sums of all `members`; `changed` are those with other points, another level, other gates or badges.
    `opened`, `closed`, `won` and `lost` are by the name of the gate or badge. The boards are the first of all time.
    """

    members: int = 0
    changed: int = 0
    points: tuple[int, int] = (0, 0)
    risen: Group = Group()
    fallen: Group = Group()
    opened: dict[str, Group] = {}
    closed: dict[str, Group] = {}
    won: dict[str, Group] = {}
    lost: dict[str, Group] = {}
    board_before: tuple[Named, ...] = ()
    board_after: tuple[Named, ...] = ()


class _Top:
    """Counts members and keeps the first few, by the points before (0) or after (1); of equals the longest known."""

    def __init__(self, when: int) -> None:
        self.count = 0
        self._when = when
        self._heap: list[tuple[tuple[int, int], Shift]] = []

    def add(self, shift: Shift) -> None:
        self.count += 1
        entry = (shift.points[self._when], -shift.member), shift
        if len(self._heap) < NAMED:
            heappush(self._heap, entry)
        else:
            heappushpop(self._heap, entry)

    def first(self) -> tuple[Named, ...]:
        return tuple(
            Named(member=one.member, name=one.name, points=one.points, level=one.level)
            for _, one in sorted(self._heap, reverse=True)
        )

    def group(self) -> Group:
        return Group(count=self.count, first=self.first())


class Comparison:
    """Takes in members one after the other."""

    def __init__(self) -> None:
        self._members = self._changed = self._before = self._after = 0
        self._risen, self._fallen = _Top(1), _Top(1)
        self._boards = _Top(0), _Top(1)
        self._groups: dict[str, dict[str, _Top]] = {"opened": {}, "closed": {}, "won": {}, "lost": {}}

    def add(self, shift: Shift) -> None:
        """Take in a member."""
        self._members += 1
        self._before += shift.points[0]
        self._after += shift.points[1]
        if shift.listed:
            self._boards[0].add(shift)
            self._boards[1].add(shift)
        if shift.level[1] != shift.level[0]:
            (self._risen if shift.level[1] > shift.level[0] else self._fallen).add(shift)
        self._sort("opened", [gate for gate in shift.open if gate not in shift.was], shift)
        self._sort("closed", [gate for gate in shift.was if gate not in shift.open], shift)
        self._sort("won", shift.won, shift)
        self._sort("lost", shift.lost, shift)
        same = shift.points[0] == shift.points[1] and shift.level[0] == shift.level[1] and shift.was == shift.open
        self._changed += not same or bool(shift.won or shift.lost)

    def _sort(self, kind: str, names: Sequence[str], shift: Shift) -> None:
        for name in names:
            self._groups[kind].setdefault(name, _Top(1)).add(shift)

    def effects(self) -> Effects:
        """What changes for all who were taken in."""
        groups = {
            kind: {name: top.group() for name, top in sorted(tops.items())} for kind, tops in self._groups.items()
        }
        return Effects(
            members=self._members,
            changed=self._changed,
            points=(self._before, self._after),
            risen=self._risen.group(),
            fallen=self._fallen.group(),
            board_before=self._boards[0].first(),
            board_after=self._boards[1].first(),
            **groups,
        )
