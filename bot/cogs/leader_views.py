"""What /leaders shows, view by view: the lines and the reasons in words.

A new view is an entry in `VIEWS` and its name in `What`.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Literal

from bot.engine.rings import Ring, Satellite
from bot.engine.survey import Survey
from bot.i18n import N_, Tongue
from bot.reply import Field
from bot.words import Word

SHOWN, OPEN, NAMED = 10, 8, 12
"""Lines of a list, of each of the two lists of the unheard, and names in a line."""
ONE_IN_A_MILLION = 1e-6
What = Literal["connectors", "answerers", "followed", "starters", "unanswered", "groups", "suspects"]


class Page:
    """What the lines of a view are made of: the survey, and names as the community knows them."""

    def __init__(
        self, say: Tongue, found: Survey, names: dict[int, tuple[str, bool]], channels: dict[str, str]
    ) -> None:
        self.say, self.found = say, found
        self._names, self._channels = names, channels

    def known(self, member: int) -> bool:
        """Whether the member is (still) one of the community."""
        return member in self._names

    def here(self, member: int) -> bool:
        """Whether they are known and did not leave."""
        return self._names.get(member, ("", False))[1]

    def count(self, members: Iterable[int]) -> int:
        """How many of them are known."""
        return sum(self.known(member) for member in members)

    def name(self, member: int) -> str:
        """The name, with a word for those who left."""
        name, here = self._names[member]
        return name if here else self.say(N_("{name} (left)"), name=name)

    def names(self, members: Iterable[int]) -> str:
        """The names of those who are known, the first dozen."""
        known = [self.name(member) for member in members if self.known(member)]
        more = len(known) - NAMED
        listed = ", ".join(known[:NAMED])
        return listed if more <= 0 else listed + self.say.many(" and {n} more", " and {n} more", more)

    def where(self, channel: str) -> str:
        """A channel as its people call it."""
        return f"#{self._channels.get(channel, channel)}"

    def share(self, value: float) -> str:
        """A share in percent."""
        return "<1%" if 0 < value < 0.01 else f"{value:.0%}"

    def facts(self, *facts: str) -> str:
        """Several in a row."""
        return " · ".join(fact for fact in facts if fact)

    def top(self, lines: Iterable[tuple[int, str]]) -> list[Field]:
        """The first of a ranking who are here, with the reason."""
        here = [(member, why) for member, why in lines if self.here(member)][:SHOWN]
        return [Field(name=f"{rank}. {self.name(member)}", value=why) for rank, (member, why) in enumerate(here, 1)]


def _connectors(page: Page) -> list[Field]:
    say, text = page.say, N_("{share} of the shortest ways between two others lead through them")
    return page.top(
        (
            one.member,
            page.facts(
                say(text, share=page.share(one.share)),
                say.many("talks with {n} person", "talks with {n} people", one.partners),
            ),
        )
        for one in page.found.ranked.connectors
    )


def _answerers(page: Page) -> list[Field]:
    many = page.say.many
    return page.top(
        (
            one.member,
            page.facts(
                many("answered {n} question", "answered {n} questions", one.questions),
                many("helped {n} person", "helped {n} people", one.askers),
                many("{n} answer accepted", "{n} answers accepted", one.accepted) if one.accepted else "",
                many("thanked {n} time", "thanked {n} times", one.thanks) if one.thanks else "",
            ),
        )
        for one in page.found.ranked.answerers
    )


def _followed(page: Page) -> list[Field]:
    many = page.say.many
    return page.top(
        (
            one.member,
            page.facts(
                many("{n} person turned to them", "{n} people turned to them", one.people),
                many("{n} time in all", "{n} times in all", one.times),
            ),
        )
        for one in page.found.ranked.followed
    )


def _starters(page: Page) -> list[Field]:
    many = page.say.many
    return page.top(
        (
            one.member,
            page.facts(
                many("started {n} conversation", "started {n} conversations", one.started),
                many("{n} person joined in", "{n} people joined in", one.people),
            ),
        )
        for one in page.found.ranked.starters
    )


def _unanswered(page: Page) -> list[Field]:
    """Newcomers whom nobody heard, and open questions; whoever left is marked, for that may be why."""
    say, found = page.say, page.found
    came = [one for one in found.newcomers if page.known(one.member)]
    asked = [one for one in found.questions if page.known(one.member)]
    lines = [
        page.facts(
            page.name(one.member),
            say.moment(one.first_at),
            page.where(one.place.channel),
            say.many("{n} message", "{n} messages", one.posts),
        )
        for one in came[:OPEN]
    ]
    open_ = [
        page.facts(page.name(one.member), say.moment(one.at), page.where(one.place.channel)) for one in asked[:OPEN]
    ]
    titles = (
        say.many("{n} newcomer whom nobody answered", "{n} newcomers whom nobody answered", len(came)),
        say.many("{n} question open for more than a day", "{n} questions open for more than a day", len(asked)),
    )
    return [
        Field(name=title, value="\n".join(each)) for title, each in zip(titles, (lines, open_), strict=True) if each
    ]


def _groups(page: Page) -> list[Field]:
    say = page.say
    fields: list[Field] = []
    for group in page.found.circles.groups[: SHOWN // 2]:
        title = _with_place(
            page,
            group.channel,
            say(N_("{n} people who mostly talk to each other"), n=page.count(group.members)),
        )
        inside = say(N_("{share} of their talk is with each other"), share=page.share(group.share))
        fields.append(Field(name=title, value=page.facts(page.names(group.members), inside)))
    for circle in page.found.circles.circles[: SHOWN // 2]:
        title = _with_place(
            page,
            circle.channel,
            say(N_("{n} people who all talk with each other"), n=page.count(circle.members)),
        )
        times = say.many("{n} reply or mention", "{n} replies and mentions", circle.links)
        fields.append(Field(name=title, value=page.facts(page.names(circle.members), times)))
    return fields


def _with_place(page: Page, channel: str, title: str) -> str:
    return page.say(N_("{what}, in {channel}"), what=title, channel=page.where(channel)) if channel else title


def _suspects(page: Page) -> list[Field]:
    found = page.found.suspects
    rings = [_ring(page, one) for one in found.rings if any(page.known(member) for member in one.members)]
    alone = [_satellite(page, one) for one in found.satellites if page.known(one.member) and page.known(one.star)]
    return [*rings[:SHOWN], *alone[:SHOWN]]


def _ring(page: Page, ring: Ring) -> Field:
    say = page.say
    text = N_(
        "{inside} of the {given} reactions and thanks they gave stayed among them, and they got {received} in all"
    )
    return Field(
        name=say(N_("Give almost only to each other: {names}"), names=page.names(ring.members)),
        value=page.facts(
            say(text, inside=ring.inside, given=ring.given, received=ring.received),
            say(N_("for {share} of each other's messages"), share=page.share(ring.eager)),
            say.many(
                "{n} reply or mention with anybody else", "{n} replies and mentions with anybody else", ring.outside
            ),
            _chance(say, ring.chance),
        ),
    )


def _satellite(page: Page, one: Satellite) -> Field:
    say = page.say
    came, shared = one.came_together, one.hours_shared
    return Field(
        name=say(N_("{name} gives almost only to {star}"), name=page.name(one.member), star=page.name(one.star)),
        value=page.facts(
            say(N_("{n} of {given} reactions and thanks"), n=one.to_star, given=one.given),
            say.many("wrote {n} message", "wrote {n} messages", one.posts),
            say(N_("talks with nobody else")),
            "" if came is None else _came(say, came),
            "" if shared is None else say(N_("{share} of their hours are the other's, too"), share=page.share(shared)),
            _chance(say, one.chance),
        ),
    )


def _came(say: Tongue, apart: timedelta) -> str:
    hours = round(apart.total_seconds() / 3600)
    return say.many("came within {n} hour of each other", "came within {n} hours of each other", max(hours, 1))


def _chance(say: Tongue, chance: float) -> str:
    if chance < ONE_IN_A_MILLION:
        return say(N_("by chance: less than once in a million"))
    return say(N_("by chance: at most once in {n}"), n=int(1 / chance))


def _unheard(found: Survey) -> list[int]:
    return [*[one.member for one in found.newcomers], *[one.member for one in found.questions]]


def _grouped(found: Survey) -> set[int]:
    listed = [*[one.members for one in found.circles.groups], *[one.members for one in found.circles.circles]]
    return set[int]().union(*listed)


def _suspected(found: Survey) -> set[int]:
    pairs = [(one.member, one.star) for one in found.suspects.satellites]
    return set[int]().union(*[ring.members for ring in found.suspects.rings], *pairs)


class View(Word, frozen=True):
    """One choice of /leaders.

    Its name, what it shows in a sentence, what is said when there is nothing, its lines, and whose names they need.
    """

    label: str
    meaning: str
    nothing: str
    lines: Callable[[Page], list[Field]]
    members: Callable[[Survey], Iterable[int]]


NOTHING_YET = N_("Not enough happened in this time to say so.")
VIEWS: dict[What, View] = {
    "connectors": View(
        label=N_("Connectors"),
        meaning=N_("Who connects people that do not talk to each other (betweenness in replies and mentions)."),
        nothing=NOTHING_YET,
        lines=_connectors,
        members=lambda found: (one.member for one in found.ranked.connectors),
    ),
    "answerers": View(
        label=N_("Answerers"),
        meaning=N_("Who answers questions, of many and of those who answer others (PageRank of answers)."),
        nothing=NOTHING_YET,
        lines=_answerers,
        members=lambda found: (one.member for one in found.ranked.answerers),
    ),
    "followed": View(
        label=N_("Followed"),
        meaning=N_("Whom others reply to, mention, react to and thank (PageRank)."),
        nothing=NOTHING_YET,
        lines=_followed,
        members=lambda found: (one.member for one in found.ranked.followed),
    ),
    "starters": View(
        label=N_("Starters"),
        meaning=N_("Who writes what at least two others reply to."),
        nothing=NOTHING_YET,
        lines=_starters,
        members=lambda found: (one.member for one in found.ranked.starters),
    ),
    "unanswered": View(
        label=N_("Unanswered"),
        meaning=N_(
            "Newcomers who got no reply, mention or reaction in 24 hours, and questions nobody answered for longer. "
            "In a thread or topic whoever writes next counts as an answer; a plain line in a channel does not."
        ),
        nothing=N_("Everybody was heard."),
        lines=_unanswered,
        members=_unheard,
    ),
    "groups": View(
        label=N_("Groups"),
        meaning=N_("Who mostly keeps to whom, and in which circles everybody talks with everybody."),
        nothing=N_("No groups stand out."),
        lines=_groups,
        members=_grouped,
    ),
    "suspects": View(
        label=N_("Suspects"),
        meaning=N_(
            "Hints that reactions are passed around. They prove nothing, and nothing was done: close friends and quiet "
            "readers may look the same. Look at what they wrote before you speak to them."
        ),
        nothing=N_("Nothing looks passed around."),
        lines=_suspects,
        members=_suspected,
    ),
}
