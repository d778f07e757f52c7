"""A community's own rules: /rules show, try, apply, set, reset, undo, file. What a change does is shown before."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Any, Literal

from bot.app import RulesChangedError
from bot.cogs import rulebook_views as views
from bot.commands import About, Ask, Rank, Refused, command
from bot.engine import keys
from bot.engine.keys import KeyProblem
from bot.events import hand
from bot.i18n import N_
from bot.reply import Button, Reply
from bot.storage import codes, counted, hands, rulebook
from bot.storage.codes import Wrong
from bot.storage.shifts import Effects
from bot.words import Word, Words, from_json, replace, said, to_json

LASTING = timedelta(days=1)
"""How long what was tried can be applied."""
CHANGES = 5
"""Changes that /rules show lists."""
WHAT = 200
"""Letters of a change in the history."""


class Trial(Word, frozen=True):
    """A change: all that would be the community's own, `what` it is in a line, and on top of which it is made.

    `digest` is that of the rules it was tried under; 0 before that.
    """

    own: dict[str, Any]
    what: str
    page: int
    digest: int = 0


async def _complete(ask: Ask, text: str) -> list[tuple[str, str]]:
    """Keys that contain what was typed, with their values now."""
    now = keys.values(await ask.rules())
    found = [key for key in keys.known() if text.casefold() in key]
    return [(key, f"{key} = {keys.written(now.get(key))}"[:100]) for key in found]


Key = Annotated[
    str,
    About(
        name=N_("key"),
        description=N_("Such as earn.message.cooldown; or several: earn.message.points=10 earn.message.to=20"),
        complete=_complete,
        least=1,
        most=1500,
    ),
]
Value = Annotated[str, About(name=N_("value"), description=N_("What it shall be"), most=1500)]
Sure = Annotated[bool, About(name=N_("sure"), description=N_("Do it, don't ask"))]
Section = Annotated[
    Literal[
        "zone",
        "earn",
        "multipliers",
        "guard",
        "levels",
        "streaks",
        "badges",
        "prestige",
        "boards",
        "shop",
        "card",
        "gates",
        "nudges",
        "asking",
        "recommend",
    ]
    | None,
    About(name=N_("section"), description=N_("Which part of the rules; an overview if left out")),
]


@command(N_("rules show"), N_("The rules of this community, and what was changed"), who=Rank.CREATOR)
async def show(ask: Ask, section: Section = None) -> Reply:
    """The sections, or the values of one."""
    read, number = ask.app.store.read, ask.community.id
    own = await read(rulebook.own, number)
    if section is None:
        pages = await read(rulebook.history, number, CHANGES, undone=True)
        return views.overview(ask, own, pages, await read(hands.names, [page.by for page in pages]))
    return views.section(ask, section, await ask.rules(), ask.app.rules, own)


@command(N_("rules try"), N_("See what another rule would have changed, before it changes anything"),
         who=Rank.CREATOR, slow=True)  # fmt: skip
async def try_(ask: Ask, key: Key, value: Value = "") -> Reply:
    """The log run under the rules as they would be."""
    return await _tried(ask, await _changes(ask, key, value))


@command(N_("rules set"), N_("Change a rule, for what was and what will be"), who=Rank.CREATOR, slow=True)
async def set_(ask: Ask, key: Key, value: Value = "", sure: Sure = False) -> Reply:
    """Shown first, as by /rules try, unless told to be sure."""
    trial = await _changes(ask, key, value)
    return await (_change(ask, trial) if sure else _tried(ask, trial))


@command(N_("rules reset"), N_("Let the rules file decide again"), who=Rank.CREATOR, slow=True)
async def reset(ask: Ask, key: Key, sure: Sure = False) -> Reply:
    """A key, or everything under it; 'all' is everything."""
    own, page = await _own(ask)
    name = key.strip().casefold()
    left = {} if name in ("all", "*", "全部") else keys.without(own, name)
    gone = [one for one in keys.flat(own) if one not in keys.flat(left)]
    if not gone:
        raise Refused(ask.say(N_("{key} is not your own: the rules file decides it already."), key=key))
    file = keys.values(ask.app.rules)
    what = _line(f"{one} → {keys.written(file.get(one))}" for one in gone)
    trial = Trial(own=left, what=what, page=page)
    return await (_change(ask, trial) if sure else _tried(ask, trial))


@command(N_("rules undo"), N_("Take the last change of the rules back"), who=Rank.CREATOR, slow=True)
async def undo(
    ask: Ask,
    change: Annotated[int, About(name=N_("change"), description=N_("Its number, on the button"), least=1)] = 0,
) -> Reply:
    """Shown first; the button takes back the change that was shown and no other."""
    app, number = ask.app, ask.community.id
    pages = await app.store.read(rulebook.history, number, 1)
    if not pages:
        raise Refused(ask.say(N_("Nothing was changed here yet: all is as in the rules file.")))
    what = ask.say(N_("Taken back: {what}"), what=pages[0].what)
    try:
        if change:
            done = await app.undo_rules(number, after=change)
            return views.tried(ask, ask.say(N_("The rules are changed")), what, done, (), done=True)
        found = await app.preview_undo(number)
    except RulesChangedError as error:
        raise Refused(ask.say(CHANGED)) from error
    except ValueError as error:
        raise _unfit(ask, error, {}) from error
    button = Button(
        label=ask.say(N_("Take it back")), command="rules undo", options={"change": pages[0].id}, style="danger"
    )
    return views.tried(ask, ask.say(N_("What that would change")), what, found, (button,))


@command(N_("rules file"), N_("Your own rules as a file"), who=Rank.CREATOR)
async def file(ask: Ask) -> Reply:
    """To be kept, or put into another community's rules file."""
    own = await ask.app.store.read(rulebook.own, ask.community.id)
    if not own:
        raise Refused(ask.say(N_("Nothing was changed here yet: all is as in the rules file.")))
    return views.file(ask, own)


@command(N_("rules apply"), N_("Make the change that was tried"), who=Rank.CREATOR, slow=True)
async def apply(
    ask: Ask,
    code: Annotated[str, About(name=N_("code"), description=N_("On the button of /rules try"), least=1, most=40)],
) -> Reply:
    """Exactly what was tried, or nothing."""
    found = await ask.app.store.write(codes.find, code, ask.me.member, ("rules",), ask.now)
    if isinstance(found, Wrong) or found.community != ask.community.id:
        raise Refused(ask.say(N_("That was tried too long ago. /rules try shows what it would do now.")))
    return await _change(ask, from_json(Trial, found.data))


CHANGED = N_("The rules were changed meanwhile. Nothing was done: try it again to see what it does now.")


async def _own(ask: Ask) -> tuple[dict[str, Any], int]:
    """What is the community's own, and the change that made it so (0 for none)."""
    pages = await ask.app.store.read(rulebook.history, ask.community.id, 1)
    return (pages[0].own, pages[0].id) if pages else ({}, 0)


async def _changes(ask: Ask, key: str, value: str) -> Trial:
    """The change that was typed. Raises Refused for what makes no sense."""
    own, page = await _own(ask)
    now = keys.values(await ask.rules())
    try:
        read = [(name, keys.read(name, text)) for name, text in _pairs(key, value, now)]
    except KeyProblem as error:
        raise Refused(said(error.words, ask.say)) from error
    whole = {**keys.flat(own), **dict(read)}
    what = _line(f"{name}: {keys.written(now.get(name))} → {keys.written(one)}" for name, one in read)
    return Trial(own=keys.nested(whole.items()), what=what, page=page)


def _pairs(key: str, value: str, now: dict[str, Any]) -> list[tuple[str, str]]:
    """What was typed as (key, value): key and value apart, in one, or several with equals signs."""
    text = f"{key} {value}".strip()
    name, _, rest = text.partition(" ")
    if "=" in name or "＝" in name or rest.lstrip()[:1] in ("=", "＝"):
        return keys.assignments(text)
    if not rest.strip():
        kind = keys.kind_of(name)
        message = N_("{key} is {value} now. It may be {allowed}.")
        values = {"key": name, "value": keys.written(now.get(name)), "allowed": keys.allowed(kind, name)}
        raise KeyProblem(Words(message=message, values=values))
    return [(name, rest)]


def _line(changes: Iterable[str]) -> str:
    text = "; ".join(changes)
    return text if len(text) <= WHAT else f"{text[: WHAT - 1]}…"


async def _tried(ask: Ask, change: Trial) -> Reply:
    app, number = ask.app, ask.community.id
    try:
        draft, found = await app.preview_rules(number, change.own, instead=True)
    except ValueError as error:
        raise _unfit(ask, error, change.own) from error
    trial = replace(change, page=draft.page, digest=counted.digest(draft.rules))
    data = to_json(trial).decode()
    code = await app.store.write(codes.make, "rules", number, ask.me.member, ask.now, lasting=LASTING, data=data)
    button = Button(label=ask.say(N_("Apply")), command="rules apply", options={"code": code}, style="primary")
    return views.tried(ask, ask.say(N_("What that would change")), change.what, found, (button,))


async def _change(ask: Ask, trial: Trial) -> Reply:
    app, number = ask.app, ask.community.id
    try:
        draft = await app.store.read(rulebook.draft, app.rules, number, trial.own, instead=True)
        if trial.digest not in (0, counted.digest(draft.rules)):  # the rules file became another
            raise RulesChangedError
        by = hand(ask.me.member)
        done = await app.amend_rules(number, trial.own, what=trial.what, by=by, instead=True, after=trial.page)
    except RulesChangedError as error:
        raise Refused(ask.say(CHANGED)) from error
    except ValueError as error:
        raise _unfit(ask, error, trial.own) from error
    return _changed(ask, trial.what, done)


def _changed(ask: Ask, what: str, done: Effects) -> Reply:
    button = Button(label=ask.say(N_("Undo")), command="rules undo")
    return views.tried(ask, ask.say(N_("The rules are changed")), what, done, (button,), done=True)


def _unfit(ask: Ask, error: ValueError, own: dict[str, Any]) -> Refused:
    nothing = ask.say(N_("Nothing was changed."))
    return Refused(f"{said(keys.explain(error, own), ask.say)} {nothing}")


COMMANDS = (show, try_, set_, reset, undo, file, apply)
