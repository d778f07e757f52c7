"""What opens a channel of the playground, as the rules have it."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.engine.rules import Rules


class Key(NamedTuple):
    """What opens a channel: a `level`, and any of the `plans`, each as it is called before people."""

    level: int | None = None
    plans: tuple[str, ...] = ()


def key_of(names: Sequence[str], rules: Rules) -> Key:
    """What opens a channel that stands behind these gates: the lowest level, and every plan that is sold."""
    levels = [gate.level for gate in rules.gates if gate.name in names]
    plans = [plan.shown for plan in rules.plans if not plan.archived and not {*names}.isdisjoint(plan.gates)]
    return Key(min(levels, default=None), tuple(plans))


def gates_of(rules: Rules) -> set[str]:
    """The names of all gates that the rules know: those of levels, and those of plans."""
    return {gate.name for gate in rules.gates} | {gate for plan in rules.plans for gate in plan.gates}
