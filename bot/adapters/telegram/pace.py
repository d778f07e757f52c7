"""How fast we may speak: some 30 messages a second in all, one a second to a chat, twenty a minute to a group.

Telegram's own figures (core.telegram.org/bots/faq). A chat told to wait does not hold up the others.
"""

from collections import OrderedDict

OVERALL = 1 / 28
GROUP_WINDOW = 60.0
GROUP_MOST = 19
CHAT = 1.0
CHAT_BURST = 5
"""Short bursts to one chat are let through, so that a long answer comes at once."""
REMEMBERED = 5_000


class _Lane:
    """The moments at which a chat was written to, and until when it wants to be left alone."""

    __slots__ = ("even", "held", "turns")

    def __init__(self) -> None:
        self.turns: list[float] = []
        self.held = 0.0
        self.even = 0.0
        """When it would be even again, had all been said at one a second."""


class Pace:
    """Says how long to wait for a turn. The clock is passed in: any that only goes forward, in seconds."""

    def __init__(self) -> None:
        self._next = 0.0
        self._lanes: OrderedDict[int, _Lane] = OrderedDict()

    def turn(self, chat: int, now: float, patience: float = float("inf")) -> float:
        """Seconds to wait before writing to `chat`. The turn is taken, unless that is more than `patience`."""
        lane = self._lane(chat)
        lane.turns = [one for one in lane.turns if one > now - GROUP_WINDOW]
        at = max(now, self._next, lane.held, lane.even - (CHAT_BURST - 1) * CHAT)
        if chat < 0 and len(lane.turns) >= GROUP_MOST:
            at = max(at, lane.turns[-GROUP_MOST] + GROUP_WINDOW)
        if at - now <= patience:
            lane.turns.append(at)
            lane.even = max(lane.even, at) + CHAT
            self._next = max(self._next, now) + OVERALL
        return at - now

    def hold(self, chat: int, until: float) -> None:
        """Leave `chat` alone until then: Telegram said so."""
        lane = self._lane(chat)
        lane.held = max(lane.held, until)

    def _lane(self, chat: int) -> _Lane:
        lane = self._lanes.setdefault(chat, _Lane())
        self._lanes.move_to_end(chat)
        while len(self._lanes) > REMEMBERED:
            self._lanes.popitem(last=False)
        return lane
