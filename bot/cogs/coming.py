"""How somebody comes in who writes to the bot in private before it ever heard of them.

Nobody becomes a member by looking in: a bare /start enrols nobody. Whoever asks what can be bought, redeems a code or
comes by a community's link does.

A link's parameter is what Telegram allows: 64 letters, digits, - and _. `plan_pro` is the plan pro, `code_…` and
`gift_…` redeem a code, `link_…` joins two accounts; `c12_` in front names the community with the number 12. `ref_…` is
a member's invitation, `src_…` a source of the creator's.
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.app import App
from bot.cogs.accounts import by_code
from bot.commands import Newcomers
from bot.events import Account
from bot.storage import newcomers, referrals, sources
from bot.words import Word

_PARAMETER = re.compile(r"(?:c([0-9]{1,15})_)?(?:(plan|code|gift|link)_([A-Za-z0-9_-]+)|(plans))?")
_INVITED = re.compile(r"ref_[0-9a-f]{12}")
_TRACKED = re.compile(r"src_[0-9a-f]{12}")
_COMMANDS = {
    "plan": ("subscribe", "plan"),
    "code": ("redeem", "code"),
    "gift": ("redeem", "code"),
    "link": ("link", "code"),
}


class Link(Word, frozen=True):
    """What a link asks for: a command with options ('' for none), in the community it names (0 for none)."""

    command: str = ""
    options: dict[str, str] = {}
    community: int = 0


def read_link(parameter: str) -> Link | None:
    """What a link's parameter asks for; None when it is just a tag that says where somebody came from."""
    found = _PARAMETER.fullmatch(parameter)
    if found is None or not parameter:
        return None
    community = int(found[1] or 0)
    if found[4]:
        return Link(command="plans", community=community)
    if not found[2]:
        return Link(community=community)
    command, option = _COMMANDS[found[2]]
    return Link(command=command, options={option: found[3]}, community=community)


async def to_the_only_one(app: App, account: Account, options: Mapping[str, Any]) -> int:  # noqa: ARG001
    """Whoever is in no community comes into the only one there is."""
    return await app.store.write(newcomers.enrol, account, 0, app.clock())


async def by_gift(app: App, account: Account, options: Mapping[str, Any]) -> int:
    """Whoever has a gift's code comes into the community it was bought in; else into the only one there is."""
    code = str(options.get("code") or "")
    return await app.store.write(newcomers.enrol_by_gift, account, code, app.clock())


_BY_CODE: dict[str, Newcomers] = {"redeem": by_gift, "link": by_code}


async def by_link(app: App, account: Account, options: Mapping[str, Any]) -> int:
    """Whoever comes by a link comes into the community it names, or that of its code, or into the only one there is."""
    tag = str(options.get("tag") or "")
    if _INVITED.fullmatch(tag):
        return await app.store.write(referrals.by_code, account, tag, app.clock())
    if _TRACKED.fullmatch(tag):
        return await app.store.write(sources.by_code, account, tag, app.clock())
    link = read_link(tag)
    if link is None:
        return 0
    if not link.community and link.command in _BY_CODE:
        return await _BY_CODE[link.command](app, account, link.options)
    return await app.store.write(newcomers.enrol, account, link.community, app.clock())
