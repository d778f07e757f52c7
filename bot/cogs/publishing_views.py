"""The forms by which a creator fills the library, the words for what is wrong with an item, and its card."""

from bot.cogs.library_views import ICONS, KINDS, LANGUAGES, LEVELS, about, reader, to_open
from bot.cogs.publishing_waiting import Chosen
from bot.commands import Ask, Refused
from bot.engine.library import Content, Library
from bot.engine.publishing import BODY, SUMMARY, TITLE, Flaw, Why, first_line, flaw
from bot.engine.rules import Rules
from bot.i18n import N_
from bot.reply import Blank, Button, Field, Form, Reply
from bot.words import replace

NONE = "-"
"""What is typed, or chosen from a menu, to say: none."""
TYPED = 4_000
"""Characters that a line of a form takes on every platform."""
MENU = 24
"""Things to choose from, besides none."""
FLAWS: dict[Why, str] = {
    "title": N_("A title has 1 to {about} characters."),
    "summary": N_("A summary has at most {about} characters."),
    "body": N_("A text has at most {about} characters. Put a longer one somewhere and publish its link."),
    "url": N_("{about} is no link: it begins with https:// and has no spaces."),
    "empty": N_("There is nothing in {about} yet: give it a text or a link."),
    "kind": N_("There is no kind {about}: course, lesson, article, live, recording, file, link, thread."),
    "level": N_("There is no level {about}: beginner, intermediate, advanced, or none."),
    "language": N_("{about} is no language: write it like en or zh."),
    "tag": N_("The tag {about} is too long: 27 letters, or 9 Chinese characters, at most."),
    "tags": N_("At most {about} tags."),
    "plan": N_("There is no plan {about}. /plan list shows what there is."),
    "course": N_("{about} is no course of this library."),
    "course_in_course": N_("{about} is a course itself and can't be part of one."),
    "has_parts": N_("{about} has lessons: it stays a course as long as it has some."),
    "parts": N_("The course is full: {about} parts at most."),
    "needs": N_("There is no item {about} that could come first."),
    "itself": N_("{about} can't come before itself."),
    "circle": N_("Nobody could ever begin: {about}. Each would have to be finished before the next."),
    "position": N_("A position is a number from 0 to {about}."),
    "name": N_("Another item is called {about} already."),
}


def check(ask: Ask, item: Content, shelf: Library, rules: Rules) -> None:
    """Raises Refused that says what is wrong with an item about to be published or changed."""
    found = flaw(item, shelf, rules)
    if found is not None:
        raise Refused(said(ask, found))


def said(ask: Ask, found: Flaw) -> str:
    """What is wrong, in words."""
    return ask.say(FLAWS[found.why], about=found.about)


# ---------------------------------------------------------------------- forms


def form_new(ask: Ask) -> Form:
    """Something new: the five things that matter."""
    return Form(
        title=ask.say(N_("Publish")),
        command="publish",
        blanks=(_title(ask, ""), _kind(ask, "article"), _summary(ask, ""), _text(ask, ""), _tags(ask, ())),
    )


def form_message(ask: Ask, chosen: Chosen, token: str, rules: Rules) -> Form:
    """A message that joins the library; its text and file are taken as they are."""
    kind = "file" if chosen.attached else "thread"
    blanks = (_title(ask, first_line(chosen.text)), _kind(ask, kind), _summary(ask, ""), _tags(ask, ()))
    return Form(
        title=ask.say(N_("Add to library")),
        command="publish",
        blanks=(*blanks, _plan(ask, "", rules)),
        options={"chosen": token},
    )


def form_words(ask: Ask, item: Content) -> Form:
    """What an item says."""
    dash = ask.say(N_("A dash (-) empties it"))
    blanks = [_title(ask, item.title), replace(_summary(ask, item.summary), hint=dash)]
    if len(item.body) <= TYPED:
        blanks.append(replace(_text(ask, item.body), hint=dash))
    link = Blank(name="link", label=ask.say(N_("Link")), value=item.url, hint=dash, required=False, most=500)
    return Form(
        title=ask.say(N_("Edit: {item}"), item=item.title[:30]),
        command="content edit",
        blanks=(*blanks, link, _tags(ask, item.tags)),
        options={"item": item.id},
    )


def form_place(ask: Ask, item: Content, shelf: Library, rules: Rules) -> Form:
    """Where an item stands, for whom it is, and what comes first."""
    say = ask.say
    levels = tuple((one or NONE, say(label)) for one, label in LEVELS.items())
    languages = tuple((one or NONE, say(label)) for one, label in LANGUAGES.items())
    blanks = [
        Blank(name="level", label=say(N_("Difficulty")), value=item.level or NONE, choices=levels),
        Blank(name="language", label=say(N_("Language")), value=item.language or NONE, choices=languages),
        _plan(ask, item.plan, rules),
    ]
    courses = [one for one in shelf.shown() if one.kind == "course"][-MENU:]
    if courses and item.kind != "course":
        menu = ((NONE, say(N_("none"))), *((f"#{one.id}", one.title[:90]) for one in courses))
        own = f"#{item.course}" if item.course else NONE
        blanks.append(Blank(name="course", label=say(N_("Part of the course")), value=own, choices=menu))
    needs = ", ".join(shelf.items[one].name for one in item.needs if one in shelf.items)
    hint = say(N_("Names of items, with commas; a dash (-) for none"))
    label = say(N_("To be finished before"))
    blanks.append(Blank(name="needs", label=label, value=needs, hint=hint, required=False, most=500))
    return Form(
        title=say(N_("Details: {item}"), item=item.title[:30]),
        command="content place",
        blanks=tuple(blanks),
        options={"item": item.id},
    )


def _title(ask: Ask, value: str) -> Blank:
    return Blank(name="title", label=ask.say(N_("Title")), value=value, most=TITLE)


def _kind(ask: Ask, value: str) -> Blank:
    menu = tuple((kind, f"{ICONS[kind]} {ask.say(label)}") for kind, label in KINDS.items())
    return Blank(name="kind", label=ask.say(N_("What it is")), value=value, choices=menu)


def _summary(ask: Ask, value: str) -> Blank:
    label = ask.say(N_("In a sentence or two"))
    return Blank(name="summary", label=label, value=value, required=False, most=SUMMARY, lines=3)


def _text(ask: Ask, value: str) -> Blank:
    label = ask.say(N_("The text, or a link"))
    return Blank(name="text", label=label, value=value, required=False, most=min(TYPED, BODY), lines=10)


def _tags(ask: Ask, value: tuple[str, ...]) -> Blank:
    hint = ask.say(N_("Like rust, async"))
    return Blank(name="tags", label=ask.say(N_("Tags")), value=", ".join(value), hint=hint, required=False, most=300)


def _plan(ask: Ask, value: str, rules: Rules) -> Blank:
    plans = [one for one in rules.plans if not one.archived or one.name == value][:MENU]
    menu = ((NONE, ask.say(N_("everybody"))), *((one.name, one.shown) for one in plans))
    return Blank(name="plan", label=ask.say(N_("For whom")), value=value or NONE, choices=menu)


# ---------------------------------------------------------------------- an item


async def card(ask: Ask, item: Content, text: str) -> Reply:
    """An item as the creator sees it, with what can be done next."""
    say, read = ask.say, await reader(ask)
    lines = [about(read, item)]
    if item.course in read.library.items:
        words = N_("number {position} of {course}")
        lines.append(say(words, position=item.position, course=read.library.items[item.course].title))
    if before := read.library.before(item):
        lines.append(say(N_("after: {items}"), items=", ".join(one.title for one in before)))
    turned = say(N_("Put it back")) if item.archived else say(N_("Take it out"))
    buttons = [
        Button(label=say(N_("Details")), command="content place", options={"item": item.id}, style="primary"),
        Button(label=say(N_("Edit")), command="content edit", options={"item": item.id}),
        Button(label=turned, command="content archive", options={"item": item.id}, style="danger"),
    ]
    view = () if item.archived else (to_open(item, "creator", say(N_("See it as members do"))),)
    return Reply(
        text=text,
        fields=(Field(name=f"#{item.id} {item.name}", value="\n".join(lines)),),
        buttons=tuple(row for row in (tuple(buttons), view) if row),
    )
