"""Who leads, and how one is seen there: /leaderboard, /privacy."""

from asyncio import gather
from typing import Annotated, Literal
from unicodedata import normalize

from bot.cogs.faces import discreet, picture, theme
from bot.commands import About, Ask, Channel, Refused, command
from bot.engine.days import day_of
from bot.events import BoardChosen, member_account
from bot.i18n import N_, Tongue
from bot.pictures import board as drawing
from bot.reply import Blank, Button, Form, Option, Reply, Table
from bot.storage import boards, members
from bot.storage.boards import Board, By, Line, View
from bot.text import display_name

PAGE = 10
Window = Literal["7d", "30d", "all"]
DAYS: dict[Window, int] = {"7d": 7, "30d": 30}
WINDOWS: dict[str, str] = {"7d": N_("7 days"), "30d": N_("30 days"), "all": N_("All time")}
BY: dict[str, str] = {"points": N_("Points"), "quality": N_("Quality points")}
ROW = "~"
"""What a button calls a channel by: its row, for ids may be too long for a button with all the rest."""
FITS = 20
"""So many bytes of an id fit a button."""


@command(N_("leaderboard"), N_("The members with the most points"), private=False, aliases=("top", "lb"))
async def leaderboard(
    ask: Ask,
    page: Annotated[
        int, About(name=N_("page"), description=N_("Which page, ten to a page"), least=1, most=100_000)
    ] = 1,
    window: Annotated[
        Window, About(name=N_("window"), description=N_("Points of how many days"), labels=WINDOWS)
    ] = "all",
    channel: Annotated[
        Channel | None, About(name=N_("channel"), description=N_("Only what was earned by writing there"))
    ] = None,
    by: Annotated[By, About(name=N_("by"), description=N_("What counts"), labels=BY)] = "points",
) -> Reply:
    """A page of ten, as a picture and as text, and whoever asks below it."""
    if channel is not None and by == "quality":
        raise Refused(ask.say(N_("Quality points are not counted by channel: leave one of the two out.")))
    where = await _channel(ask, channel) if channel else None
    rules = await ask.rules()
    since = day_of(ask.now, rules.zone) - DAYS[window] + 1 if window in DAYS else None
    board = Board(community=ask.community.id, by=by, since=since, channels=(where[1],) if where else ())
    found = await ask.app.store.read(boards.view, board, page, PAGE, ask.me.member)
    crowned = await ask.app.store.read(boards.crowned, [line.member for line in found.lines])
    title = ask.say(N_("Leaderboard of {community}"), community=ask.community.name)
    about = _about(ask.say, window, by, where[2] if where else "")
    shown = _shown(found)
    drawn = drawing.Board(
        title=title, subtitle=about, level=ask.say(N_("Lv")), lines=await _lines(ask, shown, crowned, found)
    )
    buttons = _buttons(ask.say, found, window, by, where[0] if where else "") if where is None or where[0] else ()
    if not found.lines:
        return Reply(title=title, text=f"{about}\n{_empty(ask.say, board)}", buttons=buttons, replaces=True)
    return Reply(
        title=title,
        text=about if found.mine else f"{about}\n{_absent(ask)}",
        image=await picture(ask.app, "board.png", f"{title}, {about}", drawing.draw_board, drawn, theme(rules)),
        table=_table(ask.say, shown, crowned, found, by),
        buttons=buttons,
        private=discreet(ask.me),
        replaces=True,
    )


async def _channel(ask: Ask, channel: Channel) -> tuple[str, str, str]:
    """(what a button calls it, id, name) of a channel named by its row, its id or its name.

    One that nothing is known of but that something was earned there, as by an archive, goes by its id.
    """
    known = await ask.app.store.read(members.channels, ask.community.id)
    asked = channel.id.removeprefix("#").casefold()
    for fits in (
        lambda one: f"{ROW}{one.id}" == channel.id,
        lambda one: one.platform == ask.platform and one.external == channel.id,
        lambda one: one.platform == ask.platform and one.name.casefold() == asked,
        lambda one: one.name.casefold() == asked,
    ):
        found = next(filter(fits, known), None)
        if found is not None:
            return f"{ROW}{found.id}", found.external, found.name
    named = channel.name or ask.caller.names.get(channel.id) or channel.id
    if await ask.app.store.read(boards.earned_in, ask.community.id, channel.id):
        return channel.id if len(channel.id.encode()) <= FITS else "", channel.id, named
    raise Refused(ask.say(N_("Nothing was earned in a channel {name} yet."), name=named))


def _about(say: Tongue, window: str, by: str, channel: str) -> str:
    parts = [say(WINDOWS[window]), *([say(BY[by])] if by != "points" else []), *([f"#{channel}"] if channel else [])]
    return " · ".join(parts)


def _empty(say: Tongue, board: Board) -> str:
    if board.by == "quality":
        return say(N_("Nobody has quality points here yet: thank somebody, or react to what helped you."))
    if board.since is None and not board.channels:
        return say(N_("Nobody has points yet. The first message earns some."))
    return say(N_("Nobody has earned points here in this time."))


def _absent(ask: Ask) -> str:
    if ask.me.state.contact.hidden:
        return ask.say(N_("You are hidden from the boards: /privacy changes that."))
    return ask.say(N_("You have no points on this board yet."))


def _shown(found: View) -> tuple[Line, ...]:
    """The page, and whoever asks below it if they are not on it."""
    mine = found.mine
    return found.lines if mine is None or mine in found.lines else (*found.lines, mine)


async def _lines(ask: Ask, shown: tuple[Line, ...], crowned: set[int], found: View) -> tuple[drawing.Line, ...]:
    """As they are drawn; a picture of one's own would tell who is behind an alias."""
    faces = await gather(*[_face(ask, line) for line in shown])
    return tuple(
        drawing.Line(
            rank=line.rank,
            name=line.name,
            level=line.level,
            points=line.points,
            avatar=face,
            crown=line.member in crowned,
            mine=line == found.mine,
        )
        for line, face in zip(shown, faces, strict=True)
    )


async def _face(ask: Ask, line: Line) -> bytes | None:
    return None if line.alias else await ask.app.portraits.of(line.member, ask.platform)


def _table(say: Tongue, shown: tuple[Line, ...], crowned: set[int], found: View, by: str) -> Table:
    rows = [
        (
            str(line.rank),
            f"{line.name}{' 👑' if line.member in crowned else ''}{' ←' if line == found.mine else ''}",
            say.show(line.level),
            say.show(line.points),
        )
        for line in shown
    ]
    if len(shown) > len(found.lines):
        rows.insert(len(found.lines), ("…", "", "", ""))
    return Table(header=("#", say(N_("Member")), say(N_("Level")), say(BY[by])), rows=tuple(rows), numeric=(0, 2, 3))


def _buttons(say: Tongue, found: View, window: str, by: str, channel: str) -> tuple[tuple[Button, ...], ...]:
    """Turn the page; other windows; points or quality. What is the usual is left out: a button's code is short."""

    def go(label: str, page: int, window: str, by: str, *, off: bool) -> Button:
        options: dict[str, Option] = {"page": page}
        options |= {"window": window} if window != "all" else {}
        options |= {"by": by} if by != "points" else {}
        options |= {"channel": channel} if channel else {}
        return Button(label=label, command="leaderboard", options=options, off=off)

    turn = (
        go("◀", max(found.page - 1, 1), window, by, off=found.page == 1),
        go(f"{found.page} / {found.pages}", found.page, window, by, off=False),
        go("▶", min(found.page + 1, found.pages), window, by, off=found.page == found.pages),
    )
    windows = tuple(go(say(label), 1, one, by, off=one == window) for one, label in WINDOWS.items())
    kinds = () if channel else (tuple(go(say(label), 1, window, one, off=one == by) for one, label in BY.items()),)
    return (*((turn,) if found.pages > 1 else ()), windows, *kinds)


# ---------------------------------------------------------------------- how one is seen

ALIAS = (2, 32)
"""The least and the most characters of an alias."""
STAFF = frozenset(
    {"admin", "administrator", "moderator", "mod", "staff", "owner", "creator", "support", "official", "system", "bot"}
)
OFFICES = ("管理员", "版主", "群主", "官方", "客服", "系统", "机器人", "创建者", "创作者")
"""What nobody may pass themselves off as: not as a word of their name, in Chinese not as a part of it."""
How = Literal["open", "alias", "hidden"]
HOW: dict[str, str] = {"open": N_("Under my name"), "alias": N_("Under another name"), "hidden": N_("Not at all")}


@command(N_("privacy"), N_("How others see you on the boards, and what is kept of you"), aliases=("hide",))
async def privacy(
    ask: Ask,
    show: Annotated[
        How | None, About(name=N_("show"), description=N_("How to show you on the boards"), labels=HOW)
    ] = None,
    alias: Annotated[str, About(name=N_("alias"), description=N_("Your name on the boards"), most=64)] = "",
) -> Reply:
    """How it stands, with buttons to change it; or change it."""
    if show is None and not alias:
        return Reply(text=_stands(ask), buttons=(_choices(ask),), replaces=True)
    if show == "alias" and not alias:
        label = ask.say(N_("Your name on the boards"))
        blank = Blank(name="alias", label=label, value=ask.me.state.contact.alias, most=ALIAS[1])
        return Reply(form=Form(title=label, command="privacy", blanks=(blank,), options={"show": "alias"}))
    chosen = await _alias(ask, alias) if show in (None, "alias") else ""
    who = member_account(ask.community.id, ask.me.member)
    hidden = show == "hidden"
    await ask.app.submit([BoardChosen(key=ask.key, at=ask.now, who=who, hidden=hidden, alias=chosen)])
    return Reply(text=_now(ask, hidden=hidden, alias=chosen), replaces=True)


def _stands(ask: Ask) -> str:
    contact = ask.me.state.contact
    kept = ask.say(
        N_(
            "I keep what you did and when, never what you wrote: /mydata export shows all of it, "
            "/mydata delete erases it."
        )
    )
    return f"{_now(ask, hidden=contact.hidden, alias=contact.alias)}\n{kept}"


def _now(ask: Ask, *, hidden: bool, alias: str) -> str:
    if hidden:
        return ask.say(N_("You are on no board, and others can't look at your rank."))
    if alias:
        return ask.say(N_("The boards call you {alias}, and others can't look at your rank."), alias=alias)
    return ask.say(N_("The boards show you as {member}."), member=ask.me.name)


def _choices(ask: Ask) -> tuple[Button, ...]:
    contact = ask.me.state.contact
    now = "hidden" if contact.hidden else "alias" if contact.alias else "open"
    return tuple(
        Button(label=ask.say(label), command="privacy", options={"show": how}, off=how == now and how != "alias")
        for how, label in HOW.items()
    )


async def _alias(ask: Ask, text: str) -> str:
    """The name as it is kept. Raises Refused for one that nobody may have, or somebody else has."""
    alias = display_name(normalize("NFKC", text))
    least, most = ALIAS
    if not least <= len(alias) <= most or not any(char.isalnum() for char in alias):
        raise Refused(
            ask.say(N_("A name on the boards has {least} to {most} characters, with a letter or a digit among them."),
                    least=least, most=most)
        )  # fmt: skip
    words = {normalize("NFKC", word).casefold() for word in alias.replace("-", " ").replace("_", " ").split()}
    office = any(one in alias for one in OFFICES)
    if words & STAFF or office or alias.casefold() == ask.community.name.casefold():
        raise Refused(ask.say(N_("{alias} sounds like somebody in charge. Please choose another name."), alias=alias))
    if await ask.app.store.read(boards.taken, ask.community.id, alias, ask.me.member):
        raise Refused(ask.say(N_("Somebody here is called {alias} already. Please choose another name."), alias=alias))
    return alias


COMMANDS = (leaderboard, privacy)
