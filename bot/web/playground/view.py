"""What one browser tab is looking at: as whom, in which language, at which channel. Shared by the parts of the page."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from babel.dates import format_date, format_time

from bot.adapters.playground import Playground
from bot.adapters.playground.keys import Key
from bot.adapters.playground.place import PRIVATE, Channel, User
from bot.engine.curves import thresholds
from bot.engine.days import day_of
from bot.engine.levels import way_up
from bot.engine.points import zone_of
from bot.engine.purse import coins
from bot.engine.streaks import streak
from bot.i18n import N_, Tongue


@dataclass(slots=True)
class View:
    """The state of a tab."""

    playground: Playground
    say: Tongue
    user: str
    channel: str
    theme: str = "auto"
    unread: dict[str, int] = field(default_factory=dict)

    @property
    def me(self) -> User:
        """Whom the tab acts as."""
        return self.playground.place.users[self.user]

    @property
    def place_name(self) -> str:
        """The channel's name, in the tab's language."""
        return self.name(self.channel)

    def name(self, channel: str) -> str:
        """A channel's name, in the tab's language."""
        return "Lyceum" if channel == PRIVATE else self.say(self.playground.place.channels[channel].name)

    def open(self, channel: str) -> bool:
        """Whether the channel can be read."""
        return self.playground.place.sees(self.user, channel)

    def key(self, channel: Channel) -> str:
        """What opens a locked channel, in words."""
        level, plans = self.gate_level(channel), self.gate_plans(channel)
        if level is not None:
            return self.say(N_("Opens at level {level}"), level=level)
        return self.say(N_("Opens with {plan}"), plan=plans[0]) if plans else self.say(N_("Closed"))

    def gate_level(self, channel: Channel) -> int | None:
        """The level that opens the channel; None when none does."""
        return self.playground.keys.get(channel.id, Key()).level

    def gate_plans(self, channel: Channel) -> tuple[str, ...]:
        """What the plans that open the channel are called."""
        return self.playground.keys.get(channel.id, Key()).plans

    def missing(self, channel: Channel) -> int:
        """Points to go until the channel opens."""
        level = self.gate_level(channel) or 0
        base = self.playground.state_of(self.user).standing.base
        return max(thresholds(self.playground.rules.levels)[level] - (self.me.points - base), 0)

    def progress(self) -> tuple[int, int, int]:
        """(level, points since it began, points to the next) of whom the tab acts as."""
        return way_up(self.playground.state_of(self.user), self.playground.rules)

    def purse(self) -> tuple[int, int]:
        """(days of the streak, coins) of whom the tab acts as."""
        state, rules = self.playground.state_of(self.user), self.playground.rules
        today = day_of(self.playground.clock(), zone_of(state, rules))
        return streak(state, rules, today), coins(state, rules)

    def clock(self, at: datetime) -> str:
        """A time of day, where the machine stands."""
        return format_time(at.astimezone(), "short", locale=self.say.locale)

    def day(self, at: datetime) -> str:
        """A date with its weekday, or Today or Yesterday."""
        there, now = at.astimezone().date(), self.playground.clock().astimezone().date()
        if there == now:
            return self.say(N_("Today"))
        if (now - there).days == 1:
            return self.say(N_("Yesterday"))
        return self.date(at)

    def date(self, at: datetime) -> str:
        """A date with its weekday."""
        pattern = "M月d日 EEEE" if self.say.locale == "zh_CN" else "EEEE, d MMMM"
        return format_date(at.astimezone(), pattern, locale=self.say.locale)

    def url(self, **changed: str) -> str:
        """The page's address that shows the same, but for what is `changed`."""
        shown = {"as": self.user, "in": self.channel, "lang": self.say.locale, "theme": self.theme, **changed}
        return f"/?{urlencode(shown)}"
