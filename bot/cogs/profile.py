"""Who I am here: /rank, /language."""

from typing import Annotated, Literal

from bot.cogs.faces import discreet, open_to, picture, theme
from bot.commands import About, Ask, Person, command
from bot.engine.badges import badges
from bot.engine.days import day_of
from bot.engine.levels import way_up
from bot.engine.points import zone_of
from bot.engine.purse import coins
from bot.engine.rules import Rules
from bot.engine.streaks import streak
from bot.events import LanguageChosen, member_account
from bot.i18n import LOCALES, N_, NAMES, tongue
from bot.pictures.card import Card, Labels, draw_card
from bot.reply import Button, Field, Option, Reply
from bot.storage.boards import Board
from bot.storage.members import Profile

STARS = 10
"""So many times of prestige are shown as stars in words."""


@command(N_("rank"), N_("Your level, points and place, or another member's"), private=False, aliases=("level",))
async def rank(
    ask: Ask,
    member: Annotated[Person | None, About(name=N_("member"), description=N_("Whose; yours if left out"))] = None,
) -> Reply:
    """Level, points to the next, place on the board, streak and badges; coins for nobody else."""
    who = member.profile if member else ask.me
    open_to(ask, who)
    say, rules, state = ask.say, await ask.rules(), who.state
    card = await _card(ask, who, rules)
    others = (
        (N_("Streak"), say.many("{n} day", "{n} days", card.streak or 0)),
        (N_("Quality points"), say.show(state.engagement.quality)),
        *([(N_("Coins"), say.show(card.coins))] if card.coins is not None else []),
        *([(N_("Prestige"), "★" * min(card.prestige, STARS) + f" {say.show(card.prestige)}")] if card.prestige else []),
        (N_("Badges"), " ".join(emoji for emoji, _ in card.badges) or "–"),
        (N_("Messages"), say.show(state.engagement.messages)),
        (N_("Reactions received"), say.show(state.engagement.reactions_received)),
    )
    alt = f"{who.name}: {say(N_('Level'))} {card.level}, {card.words.ahead}"
    return Reply(
        title=f"{who.name}{' 👑' if state.standing.crowned else ''}",
        text=card.words.ahead,
        image=await picture(ask.app, "rank.png", alt, draw_card, card, theme(rules)),
        fields=(
            Field(name=say(N_("Level")), value=say.show(card.level)),
            Field(name=say(N_("Points")), value=say.show(card.points)),
            Field(name=say(N_("Place")), value=f"#{say.show(card.place)}" if card.place else "–"),
            *(Field(name=say(name), value=value) for name, value in others),
        ),
        buttons=(_onward(ask, who),),
        private=discreet(who),
    )


async def _card(ask: Ask, who: Profile, rules: Rules) -> Card:
    say, state = ask.say, who.state
    level, done, needed = way_up(state, rules)
    line = await ask.app.store.read(ask.app.ranks.place, Board(community=who.community), who.member)
    named = {badge.name: badge for badge in badges(rules)}
    won = [named[one.badge] for one in reversed(state.honours.won) if one.badge in named]
    return Card(
        name=who.name,
        level=level,
        done=done,
        needed=needed,
        points=state.engagement.points,
        place=line.rank if line else 0,
        avatar=await ask.app.portraits.of(who.member, ask.platform),
        quality=state.engagement.quality,
        coins=coins(state, rules) if who.member == ask.me.member else None,
        streak=streak(state, rules, day_of(ask.now, zone_of(state, rules))),
        prestige=state.standing.prestige,
        badges=tuple((badge.emoji, say(badge.title or badge.name)) for badge in won),
        words=Labels(
            level=say(N_("Level")),
            points=say(N_("Points")),
            quality=say(N_("Quality points")),
            coins=say(N_("Coins")),
            streak=say(N_("Streak")),
            ahead=say.many("{n} point to level {level}", "{n} points to level {level}", needed - done, level=level + 1),
        ),
    )


def _onward(ask: Ask, who: Profile) -> tuple[Button, ...]:
    board = Button(label=ask.say(N_("Leaderboard")), command="leaderboard")
    whose: dict[str, Option] = {"member": f"#{who.member}"}  # others may press it, too
    theirs = Button(label=ask.say(N_("Badges")), command="badges", options=whose)
    if who.member != ask.me.member:
        return board, theirs
    return board, theirs, Button(label=ask.say(N_("Where my points come from")), command="points why")


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


COMMANDS = (rank, language)
