"""A platform that does what the test says: it notes each task, and answers with what was planned for it."""

import asyncio
from collections import deque
from collections.abc import Callable

from bot.doctor import Check
from bot.storage.outbox import Task


class FakePort:
    """A port called `platform`. `plan` holds exceptions (or None) for the next attempts, in order; then all succeed."""

    def __init__(self, platform: str = "discord") -> None:
        self.platform = platform
        self.performed: list[Task] = []
        self.plan: deque[Exception | None] = deque()
        self.arrived = asyncio.Event()
        self.held: set[tuple[str, str]] = set()
        """(user, target) of what somebody else has given."""
        self.before: Callable[[Task], object] = lambda task: None
        """Called with each task, before the plan."""

    async def perform(self, task: Task) -> None:
        """Note the task; raise what was planned."""
        self.performed.append(task)
        self.arrived.set()
        self.before(task)
        planned = self.plan.popleft() if self.plan else None
        if planned is not None:
            raise planned

    async def holds(self, task: Task) -> bool:
        """Whether somebody else has given it."""
        return (task.account.user, task.target) in self.held

    async def checks(self, space: str | None = None) -> list[Check]:
        """All is well."""
        return []
