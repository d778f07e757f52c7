"""Who lives in the playground and what they said lately. Data only: to add a member, add a line.

Messages are in `lines.toml`. The people and their words are made up, in the languages they would use, and are not
translated. Channels are.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from bot.adapters.playground.place import Channel, User
from bot.commands import Rank
from bot.engine.rules import Plan, Rules
from bot.i18n import N_
from bot.storage.market import Item
from bot.words import Word, replace

LINES = Path(__file__).parent / "lines.toml"
SPACE = "northlight"
SPACE_NAME = "Northlight 北窗"
CREATOR = "lin"
NEWCOMERS = {"en": "nora", "zh_CN": "xiaoyu"}
"""Whom a visitor is at first, by their language: a few messages short of the level that opens the lounge."""
GATED = "lounge"
PAID = "vip"
STAFF = "staff"
ANNOUNCEMENTS = "announcements"
PLANS = (
    Plan(
        name="pro",
        title="Pro 会员",
        about="Live sessions and reviews of your work · 直播与作业点评",
        period="month",
        prices={"usd": 1200, "cny": 6800},
        gates=("vip",),
    ),
    Plan(
        name="year",
        title="Pro 年度会员",
        about="The same for a year, with a week to try it · 全年畅学，先试用一周",
        period="year",
        prices={"usd": 9900, "cny": 58800},
        gates=("vip",),
        trial_days=7,
    ),
)
"""What is sold here when the rules name no plans."""

ITEMS = (
    Item(name="pro-20", price=15, kind="coupon", title="Pro −20 %", percent=20, days=90, each=3),
    Item(name="vip-days", price=40, kind="role", title="VIP · 3 days 三天", gate=PAID, days=3, each=1),
    Item(name="week", price=60, kind="credit", title="A week longer 续一周", days=7),
)
"""What there is for coins when the creator has put nothing into the shop."""


def channels() -> list[Channel]:
    """The channels, as they stand in the list."""
    return [
        Channel("welcome", N_("welcome"), N_("Say hello. Everybody began here.")),
        Channel("questions", N_("questions"), N_("No question is too small.")),
        Channel("showcase", N_("showcase"), N_("What you made this week.")),
        Channel(ANNOUNCEMENTS, N_("announcements"), N_("News of the community."), writers=Rank.MODERATOR),
        Channel(GATED, N_("lounge"), N_("For those who have been around a while."), gate="lounge", closed=True),
        Channel(
            PAID, N_("vip room"), N_("For those who have a plan: live sessions and reviews."), gate="vip", closed=True
        ),
        Channel(STAFF, N_("staff"), N_("Only the creator and moderators see this."), closed=True, hidden=True),
        Channel("workshop", N_("workshop"), N_("Still empty. The creator may sell it: /plan create."), closed=True),
    ]


def with_plans(rules: Rules) -> Rules:
    """These rules with something to sell, if they sell nothing."""
    return rules if rules.plans else replace(rules, plans=PLANS)


class Part(NamedTuple):
    """A member of the cast: messages a day, and for how many days they have been here."""

    user: User
    pace: float
    days: int


def _member(user: str, name: str, pace: float, days: int, **more: object) -> Part:
    return Part(User(user, name, **more), pace, days)  # type: ignore[arg-type]


def parts() -> list[Part]:
    """Twenty-four people: a creator, a moderator, regulars, lurkers, two newcomers."""
    new, played = N_("newcomer"), True
    return [
        _member("nora", "Nora Lind", 3.0, 6, about=new, playable=played),
        _member("xiaoyu", "林小雨", 3.0, 6, about=new, playable=played),
        _member(CREATOR, "Lin Wan 林婉", 3.5, 22, about=N_("creator"), rank=Rank.CREATOR, playable=played),
        _member("daniel", "Daniel Okafor", 3.0, 22, about=N_("moderator"), rank=Rank.MODERATOR, playable=played),
        _member("mei", "陈梅", 5.5, 21, about=N_("regular"), playable=played),
        _member("tomas", "Tomás Rivera", 4.5, 20, about=N_("regular"), playable=played),
        _member("zihao", "王子豪", 3.2, 20, about=N_("regular"), playable=played),
        _member("aisha", "Aisha Khan", 4.0, 18, about=N_("regular"), playable=played),
        _member("siyuan", "刘思远", 2.2, 16, about=N_("member"), playable=played),
        _member("emma", "Emma Novák", 1.6, 15, about=N_("member"), playable=played),
        _member("zhou", "老周", 0.5, 21, about=N_("rarely here"), playable=played),
        _member("ren", "Ren Sato", 0.3, 14, about=N_("rarely here"), playable=played),
        _member("priya", "Priya Nair", 2.8, 19),
        _member("xiaotong", "赵晓彤", 2.4, 17),
        _member("lucas", "Lucas Meyer", 1.9, 20),
        _member("hanna", "Hanna Berg", 1.3, 13),
        _member("jiahui", "吴嘉慧", 1.7, 12),
        _member("omar", "Omar Haddad", 1.1, 19),
        _member("yifan", "孙一凡", 0.9, 11),
        _member("chloe", "Chloé Dubois", 0.8, 16),
        _member("dawei", "黄大为", 0.6, 18),
        _member("sofia", "Sofia Rossi", 0.5, 9),
        _member("minho", "Park Min-ho", 0.4, 8),
        _member("grace", "Grace Mwangi", 0.7, 10),
    ]


class Line(Word, frozen=True):
    """A message still to be read; `ago` is how long before now, as in "1d 02:30"."""

    ago: str
    channel: str
    user: str
    text: str
    reactions: dict[str, str] = {}
    mark: str = ""
    to: str = ""

    @property
    def age(self) -> timedelta:
        """`ago` as a span."""
        days, _, clock = self.ago.partition("d ")
        hours, _, minutes = clock.partition(":")
        return timedelta(days=int(days), hours=int(hours), minutes=int(minutes))

    def givers(self) -> Iterator[tuple[str, str]]:
        """(user, emoji) of each reaction."""
        for emoji, users in self.reactions.items():
            for user in users.split():
                yield user, emoji


def lines() -> list[Line]:
    """What was said lately, oldest first."""
    read = msgspec.toml.decode(LINES.read_bytes(), type=dict[str, list[Line]])
    return sorted(read["line"], key=lambda line: -line.age)


ANSWERS = {
    "en": (
        ("tomas", "Good question. I would try it on ten rows first, then on the whole sheet."),
        ("aisha", "I had exactly this last week! Lesson four has a worked example, from minute twelve on."),
        ("daniel", "Short answer: yes, but label it clearly. Long answer: bring it to Friday's session."),
        ("priya", "Could you show us how your data looks? Two lines are enough."),
    ),
    "zh": (
        ("mei", "好问题！先拿十行数据试一下，再用到整张表。"),
        ("zihao", "我上周刚遇到，第四课十二分钟那里有例子。"),
        ("xiaotong", "可以的，不过要标注清楚。周五直播也可以带来一起看。"),
        ("siyuan", "能贴两行数据看看吗？这样更好回答。"),
    ),
}
"""What members answer to a question, by its language."""

JOIN = "https://playground.invalid/join"
"""Begins the links by which members of the playground invite others: they lead nowhere, newcomers come by them."""
FRIENDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "kai",
        "Kai Larsen",
        (
            "Hello everybody, a friend sent me here. Where do I begin?",
            "Lesson one is done, and the worked example helped a lot.",
            "I tried the second exercise on my own data today.",
            "My first chart is ready, I will show it tomorrow.",
        ),
    ),
    (
        "anning",
        "许安宁",
        (
            "大家好，我是朋友介绍来的，请多关照！",
            "第一课学完了，例子讲得很清楚。",
            "今天用自己的数据做了第二个练习。",
            "我的第一张图做好了，明天发出来看看。",
        ),
    ),
    (
        "leila",
        "Leila Haddou",
        (
            "Hi, I heard good things about this place.",
            "Is the recording of Friday's session somewhere?",
            "Found the recording, it answers nearly all of my questions.",
            "Finished my first week here, thank you all.",
        ),
    ),
)
"""Who comes by an invitation, one after the other, and what they write: a line on each of their first days."""
