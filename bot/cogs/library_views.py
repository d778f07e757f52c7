"""How the library looks: a line for an item with its marks, a page of items, what is locked and what comes first."""

from collections.abc import Iterable, Sequence

from bot.cogs.selling import get
from bot.commands import Ask, Rank, Refused
from bot.engine.library import Content, Kind, Library, Progress, Studies, Study, finished, opened_by, opens
from bot.engine.rules import Rules
from bot.events import Account, ContentShown, member_account
from bot.i18n import N_
from bot.reply import Button, Field, Option, Reply, code
from bot.storage import library, studies

KINDS: dict[Kind, str] = {
    "course": N_("course"),
    "lesson": N_("lesson"),
    "article": N_("article"),
    "live": N_("live session"),
    "recording": N_("recording"),
    "file": N_("file"),
    "link": N_("web page"),
    "thread": N_("discussion"),
}
LEVELS = {
    "": N_("any level"),
    "beginner": N_("beginner"),
    "intermediate": N_("intermediate"),
    "advanced": N_("advanced"),
}
LANGUAGES = {"": N_("any language"), "en": N_("English"), "zh": N_("Chinese")}
ICONS: dict[Kind, str] = {
    "course": "🎓",
    "lesson": "📘",
    "article": "📄",
    "live": "🔴",
    "recording": "🎬",
    "file": "📎",
    "link": "🔗",
    "thread": "💬",
}
LABEL = 38
"""Characters of a title on a button."""


class Reader:
    """One member in the library: what it holds, what they did with it, and what is open to them."""

    def __init__(self, ask: Ask, library: Library, studies: Studies, rules: Rules) -> None:
        self.ask = ask
        self.library = library
        self.studies = studies
        self.rules = rules

    def study(self, item: Content) -> Study:
        """What they did with an item."""
        return self.studies.get(item.id) or Study(member=self.ask.me.member, content=item.id)

    def may(self, item: Content) -> bool:
        """Whether an item is open to them: by a plan, or because it is theirs, or the community is."""
        if self.ask.caller.rank >= Rank.CREATOR or item.author == self.ask.me.member:
            return True
        return opens(self.library.plan(item), self.ask.me.state.membership.plans, self.rules)

    def progress(self, item: Content) -> Progress:
        """How far they are in a course."""
        return self.library.progress(item.id, self.studies)

    def find(self, named: str) -> Content:
        """An item by its number, name or title, as it was typed or pressed. Raises Refused for what is not there."""
        found = _find(self.library, named.strip())
        if found is None or self.library.hidden(found):
            raise Refused(
                self.ask.say(N_("There is no {item} in the library. /library shows what there is."), item=named)
            )
        return found


def _find(shelf: Library, named: str) -> Content | None:
    number = named.removeprefix("#")
    if number.isascii() and number.isdecimal() and len(number) < 19 and int(number) in shelf.items:
        return shelf.items[int(number)]
    wanted = named.casefold()
    same = [one for one in shelf.items.values() if wanted in (one.name, one.title.casefold())]
    return min(same, key=lambda one: (one.archived, one.id), default=None)


async def reader(ask: Ask) -> Reader:
    """The caller in the library."""
    shelf = await ask.app.store.read(library.whole, ask.community.id)
    done = await ask.app.store.read(studies.of_member, ask.me.member)
    return Reader(ask, shelf, done, await ask.rules())


async def complete_item(ask: Ask, text: str) -> Sequence[tuple[str, str]]:
    """Items whose title or name has the text in it; titles that begin so first."""
    shelf = await ask.app.store.read(library.whole, ask.community.id)
    wanted = text.strip().casefold()
    found = [one for one in shelf.shown() if wanted in one.title.casefold() or wanted in one.name]
    found.sort(key=lambda one: (not one.title.casefold().startswith(wanted), one.course, one.position, one.id))
    return [(f"#{one.id}", f"{ICONS[one.kind]} {one.title}"[:100]) for one in found[:25]]


# ---------------------------------------------------------------------- an item in a list


def title(read: Reader, item: Content) -> str:
    """An item's title with its marks: finished, locked, kept for later."""
    marks = "✅" if finished(item.id, read.studies) else ("🔒" if not read.may(item) else "")
    saved = "🔖" if read.study(item).saved_at else ""
    return " ".join(part for part in (ICONS[item.kind], item.title, marks, saved) if part)


def about(read: Reader, item: Content) -> str:
    """What there is to say of an item in a list."""
    say = read.ask.say
    parts = [say(KINDS[item.kind])]
    if item.level:
        parts.append(say(LEVELS[item.level]))
    if item.language:
        parts.append(say(LANGUAGES.get(item.language, item.language)))
    if item.kind == "live" and item.starts_at is not None:
        parts.append(say.moment(item.starts_at))
    if item.kind == "course":
        progress = read.progress(item)
        parts.append(say(N_("{done} of {many} finished"), done=progress.done, many=progress.many))
    if plan := read.library.plan(item):
        held = read.rules.plan(plan)
        parts.append(say(N_("with {plan}"), plan=held.shown if held else plan))
    if item.tags:
        parts.append(" ".join(f"#{tag}" for tag in item.tags))
    return "\n".join(part for part in (item.summary, " · ".join(parts)) if part)


def fields(read: Reader, items: Iterable[Content]) -> tuple[Field, ...]:
    """A field for each."""
    return tuple(Field(name=title(read, one), value=about(read, one)) for one in items)


def to_open(item: Content, place: str, label: str = "") -> Button:
    """A button that opens an item; `place` is where it was shown."""
    text = label or f"{ICONS[item.kind]} {short(item.title)}"
    return Button(label=text, command="study open", options={"item": item.id, "place": place})


def short(text: str) -> str:
    """A title that fits on a button."""
    return text if len(text) <= LABEL else f"{text[: LABEL - 1].rstrip()}…"


def in_rows(buttons: Sequence[Button], wide: int = 2) -> tuple[tuple[Button, ...], ...]:
    """Buttons side by side."""
    return tuple(tuple(buttons[at : at + wide]) for at in range(0, len(buttons), wide))


def fits(button: Button) -> bool:
    """Whether a button's code is short enough."""
    try:
        return bool(code(button))
    except ValueError:
        return False


def pager(ask: Ask, command: str, options: dict[str, Option], page: int, pages: int) -> tuple[Button, ...]:
    """The buttons to the pages before and after, as far as there are some."""
    turns = [(page - 1, N_("◀ Back")), (page + 1, N_("More ▶"))]
    buttons = [
        Button(label=ask.say(label), command=command, options={**options, "page": number})
        for number, label in turns
        if 1 <= number <= pages
    ]
    return tuple(one for one in buttons if fits(one))


def me(ask: Ask) -> Account:
    """How events name the caller."""
    return member_account(ask.community.id, ask.me.member)


async def tell_shown(ask: Ask, items: Iterable[Content], place: str) -> None:
    """Note what a member was shown."""
    shown = tuple(str(one.id) for one in items)
    if shown:
        await ask.app.submit([ContentShown(key=ask.key, at=ask.now, who=me(ask), items=shown, place=place)])


# ---------------------------------------------------------------------- what an item holds


def handed(read: Reader, item: Content) -> Reply:
    """What an item of any kind holds, for whom it is open: its text, its link and its file."""
    say, kept = read.ask.say, item.file.get(read.ask.platform, "")
    lines = [item.body, item.url]
    if item.file and not kept:
        platforms = ", ".join(sorted(item.file)).title()
        lines.append(say(N_("Its file is on {platform}: open it there."), platform=platforms))
    plan = read.rules.plan(read.library.plan(item))
    return Reply(
        text="\n\n".join(line for line in lines if line),
        buttons=((Button(label=say(N_("Open the link")), url=item.url),),) if item.url else (),
        kept=kept,
        protect=plan is not None and plan.protect,
    )


# ---------------------------------------------------------------------- what is in the way


async def locked(read: Reader, item: Content) -> Reply:
    """Which plans open an item, with a button for each that is to be had."""
    ask, say = read.ask, read.ask.say
    plans = opened_by(read.library.plan(item), read.rules)
    offered = {one.plan.name for one in await ask.till.counter.offers(ask.me, ask.now)}
    to_be_had = [one for one in plans if one.name in offered]
    if not to_be_had:
        text = say(N_("🔒 {item} is for members of a plan that is not sold now. Ask the creator."), item=item.title)
        return Reply(text=text)
    names = " / ".join(one.shown for one in to_be_had)
    return Reply(
        title=title(read, item),
        text=say(N_("🔒 This is opened by {plans}. /subscribe shows what it costs."), plans=names),
        fields=(Field(name=say(N_("What it is")), value=about(read, item)),),
        buttons=in_rows([get(ask, one) for one in to_be_had[:4]]),
    )


def first_these(read: Reader, item: Content, missing: Sequence[Content], place: str) -> Reply:
    """What should be finished before an item; it can be opened all the same."""
    say = read.ask.say
    anyway: dict[str, Option] = {"item": item.id, "place": place, "anyway": True}
    return Reply(
        title=title(read, item),
        text=say.many("This builds on something. Better first:", "This builds on others. Better first:", len(missing)),
        fields=fields(read, missing[:6]),
        buttons=(
            *in_rows([to_open(one, "needs") for one in missing[:6]]),
            (Button(label=say(N_("Open it all the same")), command="study open", options=anyway),),
        ),
    )
