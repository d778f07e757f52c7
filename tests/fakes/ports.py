"""A platform that does what the test says: it notes each task, and answers with what was planned for it."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from bot.delivery import Invitation
from bot.doctor import Check
from bot.i18n import Tongue
from bot.storage.outbox import Task


class FakePort:
    """A port called `platform`. `plan` holds exceptions (or None) for the next attempts, in order; then all succeed."""

    def __init__(self, platform: str = "discord") -> None:
        self.platform = platform
        self.performed: list[Task] = []
        self.plan: deque[Exception | None] = deque()
        self.arrived = asyncio.Event()
        self.found: set[tuple[str, str]] = set()
        """(user, target) of what somebody else has given."""
        self.obstacles: dict[str, str] = {}
        """{target: what keeps us from giving it}."""
        self.holders: dict[str, set[str]] | None = None
        """What `held` answers."""
        self.rechecked: list[tuple[str, str]] = []
        """(space, user) of everybody who was to be looked at again."""
        self.links: dict[tuple[str, str], str] = {}
        """{(space, user): their way in}."""
        self.pictures: dict[str, bytes | Exception | None] = {}
        """{user: their picture, or what goes wrong}."""
        self.asked: list[str] = []
        """Whose pictures were asked for."""
        self.invitations: bool | Exception = True
        """Whether it is told who comes by an invitation, or why none can be made."""
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
        return (task.account.user, task.target) in self.found

    async def obstacle(self, space: str, kind: str, target: str, say: Tongue) -> str:
        """What the test says."""
        return self.obstacles.get(f"{kind}:{target}", "")

    async def held(self, space: str, targets: Sequence[str]) -> dict[str, set[str]] | None:
        """What the test says, of the targets asked for."""
        return None if self.holders is None else {one: who for one, who in self.holders.items() if one in targets}

    async def recheck(self, space: str, users: Sequence[str]) -> None:
        """Note whom."""
        self.rechecked += [(space, user) for user in users]

    async def way_in(self, space: str, user: str) -> str:
        """What the test says."""
        return self.links.get((space, user), "")

    async def invitation(self, space: str, code: str, say: Tongue, link: str = "") -> Invitation:
        """The link that there is, else one with the code, as the test says."""
        if isinstance(self.invitations, Exception):
            raise self.invitations
        return Invitation(link=link or f"https://there.example/{space}?code={code}", counted=self.invitations)

    async def portrait(self, space: str, user: str) -> bytes | None:
        """What the test says."""
        self.asked.append(user)
        found = self.pictures.get(user)
        if isinstance(found, Exception):
            raise found
        return found

    async def checks(self, space: str | None = None) -> list[Check]:
        """All is well."""
        return []
