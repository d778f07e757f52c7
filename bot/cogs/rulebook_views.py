"""How /rules shows the rules, what a change of them would do, and what was changed before."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.cogs.rulebook_words import SECTIONS
from bot.commands import Ask
from bot.engine import keys
from bot.engine.rules import Rules
from bot.i18n import N_
from bot.reply import Attachment, Button, Field, Reply, Table
from bot.storage.rulebook import Page
from bot.storage.shifts import Effects, Group

LONGEST = 60
"""Letters of a value in a table."""
OWN_MARK = "✎"
GROUPS: tuple[tuple[str, str, str], ...] = (
    ("risen", N_("Would rise to a higher level"), N_("Rose to a higher level")),
    ("fallen", N_("Would fall to a lower level"), N_("Fell to a lower level")),
)
"""Whom a change concerns: the field, and its words before and after it is made."""
NAMED_GROUPS: tuple[tuple[str, str, str], ...] = (
    ("opened", N_("{name} would open to"), N_("{name} opened to")),
    ("closed", N_("{name} would close to"), N_("{name} closed to")),
    ("won", N_("Would win the badge {name}"), N_("Won the badge {name}")),
    ("lost", N_("Would lose the badge {name}"), N_("Lost the badge {name}")),
)


def overview(ask: Ask, own: Mapping[str, Any], pages: Sequence[Page], called: Mapping[str, str]) -> Reply:
    """The sections, with what is the community's own in them, and the last changes, by whom (as they are `called`)."""
    changed = keys.flat(own)
    lines = []
    for section, words in SECTIONS.items():
        mine = [key for key in changed if key.split(".", 1)[0] == section]
        mark = f" {OWN_MARK} {', '.join(mine)}" if mine else ""
        lines.append(f"{section}: {ask.say(words)}{mark}")
    texts = ["\n".join(lines), ask.say(N_("/rules show with a section lists its values. ✎ is your own."))]
    fields = tuple(_history(ask, page, called[page.by]) for page in pages)
    if not fields:
        texts.append(ask.say(N_("Nothing was changed here yet: all is as in the rules file.")))
    buttons: tuple[Button, ...] = ()
    if own:
        buttons = (
            Button(label=ask.say(N_("As a file")), command="rules file"),
            Button(label=ask.say(N_("Undo the last change")), command="rules undo"),
        )
    return Reply(
        title=ask.say(N_("The rules")), text="\n\n".join(texts), fields=fields, buttons=(buttons,) if buttons else ()
    )


def _history(ask: Ask, page: Page, who: str) -> Field:
    day = ask.say.day(page.at)
    name = ask.say(N_("{day}, {who}"), day=day, who=who) if who else day
    undone = f" ({ask.say(N_('undone'))})" if page.undone_at else ""
    return Field(name=name, value=f"{page.what}{undone}")


def section(ask: Ask, name: str, rules: Rules, base: Rules, own: Mapping[str, Any]) -> Reply:
    """The keys of a section with their values; those of the community's own with what the file says."""
    now, file, mine = keys.values(rules), keys.values(base), keys.flat(own)
    rows = [
        row
        for key, value in now.items()
        if key.split(".", 1)[0] == name
        for row in _rows(key, value, file.get(key), own=key in mine)
    ]
    header = (ask.say(N_("Key")), ask.say(N_("Value")), ask.say(N_("In the file")))
    text = ask.say(N_("/rules try shows what another value would change, before it changes anything."))
    return Reply(title=f"{name}: {ask.say(SECTIONS[name])}", text=text, table=Table(header=header, rows=tuple(rows)))


def _rows(key: str, value: Any, file: Any, *, own: bool) -> list[tuple[str, str, str]]:
    """A key as a line; a list of tables as one for each of them, by its name."""
    now, before = _tables(value), _tables(file)
    if not (now or before):
        return [(key, _short(value), f"{OWN_MARK} {_short(file)}" if own else "")]
    rows = []
    for name in dict.fromkeys((*now, *before)):
        was = _short(before[name]) if name in before else "–"
        mark = f"{OWN_MARK} {was}" if own and now.get(name) != before.get(name) else ""
        rows.append((f"{key}: {name}", _short(now[name]) if name in now else "–", mark))
    return rows


def _tables(value: Any) -> dict[str, dict[str, Any]]:
    """The tables of a list by their names: of a gate or badge its own, of a multiplier that of what it is for."""
    if not (isinstance(value, list | tuple) and value and all(isinstance(one, Mapping) for one in value)):
        return {}
    return {_named(one): {key: it for key, it in one.items() if key not in _NAMING} for one in value}


_NAMING = ("name", "channel", "role")


def _named(one: Mapping[str, Any]) -> str:
    name, which = one.get("name", ""), one.get("channel") or one.get("role")
    return f"{name} ({which})" if name and which else str(name or which or "")


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        text = ", ".join(f"{name} = {keys.written(one)}" for name, one in value.items())
    else:
        text = keys.written(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def tried(ask: Ask, title: str, what: str, found: Effects, buttons: Sequence[Button], *, done: bool = False) -> Reply:
    """What a change would do, or did."""
    say = ask.say
    fields = [Field(name=say(N_("Points of all members")), value=_change(ask, found.points))]
    for name, *labels in GROUPS:
        group: Group = getattr(found, name)
        if group.count:
            fields.append(Field(name=say(labels[done]), value=_members(ask, group)))
    for name, *labels in NAMED_GROUPS:
        groups: dict[str, Group] = getattr(found, name)
        label = labels[done]
        fields += [Field(name=say(label, name=one), value=_members(ask, group)) for one, group in groups.items()]
    summary = say.many(
        "It concerns {changed} of {n} member.", "It concerns {changed} of {n} members.", found.members,
        changed=found.changed,
    )  # fmt: skip
    if not found.changed:
        summary = say(N_("It changes nothing for anybody."))
    text = [what, summary]
    if not done:
        text.append(say(N_("Nothing has been changed yet.")))
    return Reply(
        title=title,
        text="\n".join(one for one in text if one),
        fields=tuple(fields),
        table=_boards(ask, found, done=done) if found.changed else None,
        buttons=(tuple(buttons),) if buttons else (),
        replaces=done,
    )


def _change(ask: Ask, pair: tuple[int, int]) -> str:
    return f"{ask.say.show(pair[0])} → {ask.say.show(pair[1])}" if pair[0] != pair[1] else ask.say.show(pair[0])


def _members(ask: Ask, group: Group) -> str:
    names = [
        f"{one.name} ({one.level[0]} → {one.level[1]})" if one.level[0] != one.level[1] else one.name
        for one in group.first
    ]
    more = "…" if group.count > len(group.first) else ""
    return f"{ask.say.show(group.count)}: {', '.join(names)}{more}"


def _boards(ask: Ask, found: Effects, *, done: bool) -> Table | None:
    """The first ten as they are and as they would be, or as they were and are, side by side."""
    pairs = list(zip(found.board_before, found.board_after, strict=False))
    if not pairs:
        return None
    was, then = (N_("Board before"), N_("Board now")) if done else (N_("Board now"), N_("Board then"))
    header = ("#", ask.say(was), ask.say(N_("Points")), ask.say(then), ask.say(N_("Points")))
    rows = tuple(
        (str(n), before.name, ask.say.show(before.points[0]), after.name, ask.say.show(after.points[1]))
        for n, (before, after) in enumerate(pairs, 1)
    )
    return Table(header=header, rows=rows, numeric=(0, 2, 4))


def file(ask: Ask, own: Mapping[str, Any]) -> Reply:
    """The community's own rules as a TOML file."""
    data = keys.document(own).encode()
    return Reply(
        text=ask.say(N_("What your community has of its own. It can be put into another rules file as it is.")),
        file=Attachment(name="rules.toml", data=data),
    )
