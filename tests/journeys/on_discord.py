"""Short ways to do and to see on Discord what a journey needs."""

from simcord.actors import MemberActor
from simcord.builders import RoleHandle
from simcord.results import InteractionResult, ResponseMessage

from tests.adapters.discord_world import World, answer, shown


def last(result: InteractionResult) -> ResponseMessage:
    """The message that a call was answered with."""
    found = [one for one in (result.response, *result.followups) if one is not None]
    return found[-1]


def link(result: InteractionResult) -> str:
    """Where the only button of an answer that opens a page leads."""
    (url,) = [one["url"] for row in last(result).components for one in row["components"] if "url" in one]
    return str(url)


def labels(result: InteractionResult) -> list[str]:
    """What the buttons of an answer say."""
    return [one["label"] for row in last(result).components for one in row["components"]]


class Person:
    """A member, what they type and press in the general channel, and what they are told in private."""

    def __init__(self, world: World, actor: MemberActor) -> None:
        self.world, self.actor = world, actor
        self._heard = 0

    async def says(self, path: str, **options: object) -> InteractionResult:
        """Type a command."""
        return await self.actor.slash(self.world.general, path, **options)

    async def presses(self, result: InteractionResult, label: str) -> str:
        """Press a button of an answer; returns what the message says then."""
        return answer(await self.actor.click(last(result), label=label)).strip()

    async def why(self) -> list[str]:
        """The lines of /why."""
        text = answer(await self.says("why")).replace("\\", "")
        return [line.removeprefix("• ") for line in text.splitlines() if line.startswith("• ")]

    def told(self) -> list[str]:
        """What the bot has said to them in private since the last time."""
        everything = [shown(message) for message in self.actor.user.dm_channel.history()]
        fresh, self._heard = everything[self._heard :], len(everything)
        return fresh

    def has(self, role: RoleHandle) -> bool:
        """Whether they have a role."""
        return self.world.holds(self.actor, role)
