"""Who I am here: /rank, /leaderboard, /language, /notify."""

import asyncio
from typing import Annotated, Literal

from bot.commands import About, Ask, Person, command
from bot.engine.levels import progress
from bot.events import LanguageChosen, NoticesChosen, member_account
from bot.i18n import LOCALES, N_, NAMES, tongue
from bot.pictures.card import Card, Labels, draw_card
from bot.pictures.themes import DEFAULT, THEMES
from bot.reply import Attachment, Button, Field, Reply, Table
from bot.storage import members

PAGE = 10


@command(
    N_("rank"), N_("Your level, points and place, or another member's"), private=False, aliases=("level", "profile")
)
async def rank(
    ask: Ask,
    member: Annotated[Person | None, About(name=N_("member"), description=N_("Whose; yours if left out"))] = None,
) -> Reply:
    """Level, points to the next, place on the board."""
    who = member.profile if member else ask.me
    engagement = who.state.engagement
    level, done, needed = progress(engagement.points, ask.app.rules.levels)
    place = await ask.app.store.read(members.rank_of, ask.community.id, engagement.points)
    place = place if engagement.points else 0
    ahead = ask.say(N_("{n} points to level {level}"), n=needed - done, level=level + 1)
    card = Card(
        name=who.name,
        level=level,
        done=done,
        needed=needed,
        points=engagement.points,
        place=place,
        words=Labels(level=ask.say(N_("Level")), points=ask.say(N_("Points")), ahead=ahead),
    )
    drawn = await asyncio.to_thread(draw_card, card, THEMES[DEFAULT])
    return Reply(
        title=who.name,
        text=ahead,
        image=Attachment(name="rank.png", data=drawn, alt=f"{ask.say(N_('Level'))} {level}, {ahead}"),
        fields=(
            Field(name=ask.say(N_("Level")), value=ask.say.show(level)),
            Field(name=ask.say(N_("Points")), value=ask.say.show(engagement.points)),
            Field(name=ask.say(N_("Place")), value=f"#{place}" if place else "–"),
            Field(name=ask.say(N_("Messages")), value=ask.say.show(engagement.messages)),
            Field(name=ask.say(N_("Reactions received")), value=ask.say.show(engagement.reactions_received)),
        ),
    )


@command(N_("leaderboard"), N_("The members with the most points"), private=False, aliases=("top", "lb"))
async def leaderboard(
    ask: Ask,
    page: Annotated[
        int, About(name=N_("page"), description=N_("Which page, ten to a page"), least=1, most=100_000)
    ] = 1,
) -> Reply:
    """A page of ten, with buttons to turn it."""
    total = await ask.app.store.read(members.ranked, ask.community.id)
    pages = max(-(-total // PAGE), 1)
    page = min(page, pages)
    lines = await ask.app.store.read(members.board, ask.community.id, (page - 1) * PAGE, PAGE)
    if not lines:
        return Reply(text=ask.say(N_("Nobody has points yet. The first message earns some.")), replaces=True)
    turn = (
        Button(label="◀", command="leaderboard", options={"page": page - 1}, off=page == 1),
        Button(label=f"{page} / {pages}", command="leaderboard", options={"page": page}),
        Button(label="▶", command="leaderboard", options={"page": page + 1}, off=page == pages),
    )
    return Reply(
        title=ask.say(N_("Leaderboard of {community}"), community=ask.community.name),
        table=Table(
            header=("#", ask.say(N_("Member")), ask.say(N_("Level")), ask.say(N_("Points"))),
            rows=tuple(
                (str(line.rank), line.name, ask.say.show(line.level), ask.say.show(line.points)) for line in lines
            ),
            numeric=(0, 2, 3),
        ),
        buttons=(turn,) if pages > 1 else (),
        replaces=True,
    )


@command(N_("language"), N_("The language I speak to you in"))
async def language(
    ask: Ask,
    language: Annotated[
        Literal["en", "zh_CN"] | None, About(name=N_("language"), description=N_("English or 中文"), labels=NAMES)
    ] = None,
) -> Reply:
    """Choose, or be asked."""
    if language is None:
        row = tuple(Button(label=NAMES[one], command="language", options={"language": one}) for one in LOCALES)
        return Reply(text=ask.say(N_("Which language shall I speak to you in?")), buttons=(row,))
    who = member_account(ask.community.id, ask.me.member)
    await ask.app.submit([LanguageChosen(key=ask.key, at=ask.now, who=who, locale=language)])
    say = tongue(language)
    return Reply(text=say(N_("From now on I speak {language} to you."), language=NAMES[language]), replaces=True)


@command(N_("notify"), N_("Whether I may write to you in private"))
async def notify(
    ask: Ask,
    wanted: Annotated[
        Literal["on", "off"] | None,
        About(name=N_("wanted"), description=N_("on or off"), labels={"on": N_("on"), "off": N_("off")}),
    ] = None,
) -> Reply:
    """Choose, or be told how it stands and asked."""
    if wanted is None:
        now = ask.me.state.contact.notices
        text = ask.say(N_("I write to you now and then.")) if now else ask.say(N_("I do not write to you."))
        other = Button(
            label=ask.say(N_("Stop that")) if now else ask.say(N_("You may write")),
            command="notify",
            options={"wanted": "off" if now else "on"},
        )
        return Reply(text=text, buttons=((other,),))
    who = member_account(ask.community.id, ask.me.member)
    await ask.app.submit([NoticesChosen(key=ask.key, at=ask.now, who=who, wanted=wanted == "on")])
    if wanted == "on":
        return Reply(text=ask.say(N_("Good: I may write to you in private again.")), replaces=True)
    return Reply(text=ask.say(N_("I will not write to you in private any more.")), replaces=True)


COMMANDS = (rank, leaderboard, language, notify)
