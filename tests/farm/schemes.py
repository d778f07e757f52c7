"""The farm corpus: ways to cheat, each a function of a dice that returns the events of the cheater, as told.

All of them write `COUNT` messages in `SPAN` seconds, as the honest member does whom they are compared with. Those about
words keep a patient, uneven pace, so that it is their words they are caught by. To add a scheme, write it and enter it
in `SCHEMES`.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, cycle, islice

from bot.events import Account, Author, Event, MessageDeleted, MessageEdited, MessagePosted, reaction
from bot.text import features
from bot.wordlist import COMMON
from tests.farm.conversation import pauses, talk

COUNT, SPAN = 240, 2 * 86_400.0
START = datetime(2026, 11, 2, tzinfo=UTC)
TEXT = "come and join my new server for gifts every single day"
ENGLISH = ["the", "of", "to", "and", "a", "in", "is", "it", "you", "that", "he", "was", "for", "on"]
THINGS = [
    "moon",
    "coin",
    "farm",
    "shop",
    "game",
    "hero",
    "rank",
    "boss",
    "loot",
    "gold",
    "raid",
    "clan",
    "mage",
    "tank",
]

Scheme = Callable[[random.Random], list[Event]]


class Desk:
    """Where the messages of one scheme get their keys and authors: a guild of its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._numbers = count(1)

    def account(self, user: str) -> Account:
        """A member of the guild."""
        return Account(platform="discord", space=self.name, user=f"{self.name}-{user}", name=user)

    def post(
        self, at: float, text: str, *, user: str = "cheat", channel: str = "c", reply_to: str = "", attachments: int = 0
    ) -> MessagePosted:
        """A message so many seconds after the start."""
        return MessagePosted(
            key=f"discord:message:{self.name}:{next(self._numbers)}",
            at=START + timedelta(seconds=at),
            who=self.account(user),
            channel=channel,
            text=features(text, attachments),
            reply_to=reply_to,
        )


def patient(dice: random.Random, messages: int = COUNT) -> list[float]:
    """Moments a minute or more apart, uneven."""
    rest = SPAN - 61 * (messages + 1)
    return [moment + 61 * number for number, moment in enumerate(pauses(dice, messages, rest))]


def written(name: str, dice: random.Random, texts: Iterable[str]) -> list[Event]:
    """Messages of these texts at a patient pace."""
    desk = Desk(name)
    return [desk.post(at, text) for at, text in zip(patient(dice), texts, strict=False)]


def noise(dice: random.Random, least: int = 4, most: int = 9) -> str:
    """A word that means nothing."""
    return "".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=dice.randint(least, most)))


def _always(write: Callable[[], str]) -> Iterator[str]:
    while True:
        yield write()


def _salad(dice: random.Random, words: list[str], least: int, most: int, between: str = " ") -> Iterator[str]:
    return _always(lambda: between.join(dice.choices(words, k=dice.randint(least, most))))


def honest(dice: random.Random) -> list[Event]:
    """The member all are compared with: real sentences at a human pace."""
    desk = Desk("honest")
    return [desk.post(at, text, user="honest") for at, text in zip(pauses(dice, COUNT, SPAN), talk(dice), strict=False)]


# ---------------------------------------------------------------------- the same again


def same_text(dice: random.Random) -> list[Event]:
    """One text, over and over."""
    return written("same", dice, cycle([TEXT]))


def noisy_repeats(dice: random.Random) -> list[Event]:
    """One text, two of its words changed each time."""

    def write() -> str:
        words = TEXT.split()
        for place in dice.sample(range(len(words)), 2):
            words[place] = noise(dice)
        return " ".join(words)

    return written("noisy", dice, _always(write))


def shuffled_words(dice: random.Random) -> list[Event]:
    """The words of one text in another order each time."""
    return written("shuffled", dice, _always(lambda: " ".join(dice.sample(TEXT.split(), 11))))


def greeting_and_noise(dice: random.Random) -> list[Event]:
    """A greeting, and a word that means nothing."""
    return written("greeting", dice, _always(lambda: f"hello {noise(dice)}"))


def counters(dice: random.Random) -> list[Event]:
    """A number behind the text."""
    return written("counters", dice, (f"{TEXT} {number}" for number in count()))


def counters_in_words(dice: random.Random) -> list[Event]:
    """A number behind every word."""
    return written("in words", dice, (" ".join([f"{word}{n}" for word in TEXT.split()]) for n in count()))


def zero_width(dice: random.Random) -> list[Event]:
    """Characters that nobody sees, strewn over the text."""

    def write() -> str:
        return "".join(
            [letter + dice.choice(("", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad")) for letter in TEXT]
        )

    return written("zero width", dice, _always(write))


def heaped_marks(dice: random.Random) -> list[Event]:
    """Marks heaped on letters."""

    def write() -> str:
        return "".join([letter + chr(dice.randrange(0x300, 0x370)) * dice.randint(0, 3) for letter in TEXT])

    return written("marks", dice, _always(write))


def homoglyphs(dice: random.Random) -> list[Event]:
    """Cyrillic letters that look like Latin ones."""
    alike = dict(zip("aeopcyxi", "аеорсухі", strict=True))

    def write() -> str:
        return "".join([alike.get(letter, letter) if dice.random() < 0.4 else letter for letter in TEXT])

    return written("homoglyphs", dice, _always(write))


def fullwidth(dice: random.Random) -> list[Event]:
    """Letters of other widths and founts."""

    def dress(letter: str) -> str:
        place = ord(letter) - 97
        return dice.choice((letter, chr(0xFF41 + place), chr(0x1D41A + place))) if letter.isalpha() else letter

    return written("fullwidth", dice, _always(lambda: "".join(map(dress, TEXT))))


def leet(dice: random.Random) -> list[Event]:
    """Digits in the place of letters."""
    alike = str.maketrans("oieastg", "0134579")

    def write() -> str:
        return " ".join([word.translate(alike) if dice.random() < 0.5 else word for word in TEXT.split()])

    return written("leet", dice, _always(write))


def emoji_padding(dice: random.Random) -> list[Event]:
    """Emoji before and behind."""
    return written("emoji", dice, _always(lambda: f"{'😀' * dice.randint(0, 9)}{TEXT}{'🎉' * dice.randint(0, 9)}"))


def drawn_out(dice: random.Random) -> list[Event]:
    """Letters drawn out, more or less."""
    return written("drawn out", dice, _always(lambda: f"hell{'o' * dice.randint(3, 40)} {'e' * dice.randint(3, 40)}"))


def phrase_list(dice: random.Random) -> list[Event]:
    """Sixteen real sentences in rotation; each is worth something once, for it can't be told from talk."""
    return written("phrases", dice, cycle(islice(talk(dice), 16)))


def many_channels(dice: random.Random) -> list[Event]:
    """One text in every channel."""
    desk = Desk("channels")
    return [desk.post(at, TEXT, channel=f"c{number}") for number, at in enumerate(patient(dice))]


# ---------------------------------------------------------------------- words without sense


def letter_spam(dice: random.Random) -> list[Event]:
    """Hands on the keyboard."""
    return written("letters", dice, _always(lambda: " ".join([noise(dice, 3, 14) for _ in range(dice.randint(2, 5))])))


def long_salad(dice: random.Random) -> list[Event]:
    """Many words of a large vocabulary."""
    return written("long salad", dice, _salad(dice, [noise(dice) for _ in range(5_000)], 8, 25))


def short_salad(dice: random.Random) -> list[Event]:
    """Two or three words of a large vocabulary."""
    return written("short salad", dice, _salad(dice, [noise(dice) for _ in range(5_000)], 2, 3))


def small_salad(dice: random.Random) -> list[Event]:
    """Words of a small vocabulary, everyday ones among them."""
    return written("small salad", dice, _salad(dice, [*ENGLISH, *THINGS], 5, 12))


def everyday_salad(dice: random.Random) -> list[Event]:
    """Nothing but everyday words, in any order."""
    return written("everyday salad", dice, _salad(dice, sorted(word for word in COMMON if word.isascii()), 5, 12))


def chinese_salad(dice: random.Random) -> list[Event]:
    """Any Chinese characters."""
    return written("chinese salad", dice, _salad(dice, [chr(code) for code in range(0x4E00, 0x9FA5)], 6, 20, ""))


def small_chinese_salad(dice: random.Random) -> list[Event]:
    """A few Chinese characters in any order."""
    return written(
        "small chinese", dice, _salad(dice, list("我你他好的了是不在有人这上大来天地小金币群里快看加"), 4, 9, "")
    )


def one_word(dice: random.Random) -> list[Event]:
    """A word at a time, out of two dozen."""
    said = [*THINGS, "really", "great", "awesome", "lol", "nice", "yes", "haha", "wow", "cool", "ok"]
    return written("one word", dice, _always(lambda: dice.choice(said)))


def one_word_in_chinese(dice: random.Random) -> list[Event]:
    """The same in Chinese."""
    said = [
        "哈哈哈",
        "好的",
        "收到",
        "嗯嗯",
        "厉害",
        "不错",
        "赞",
        "打卡",
        "来了",
        "早上好",
        "晚安",
        "加油",
        "支持",
        "可以",
    ]
    return written("chinese word", dice, _always(lambda: dice.choice(said)))


# ---------------------------------------------------------------------- padding


def mass_mentions(dice: random.Random) -> list[Event]:
    """Calls for everyone."""
    return written("everyone", dice, cycle(["@everyone @here", "@here look @everyone", "@everyone"]))


def mention_spam(dice: random.Random) -> list[Event]:
    """Others' names and nothing else, as Discord writes them and as Telegram does."""

    def write() -> str:
        names = [dice.choice((f"<@{dice.randrange(10**17, 10**18)}>", f"@{noise(dice)}")) for _ in range(4)]
        return " ".join(names)

    return written("mentions", dice, _always(write))


def code_fences(dice: random.Random) -> list[Event]:
    """The same text behind a fence of fresh code."""
    return written("code", dice, _always(lambda: f"```\n{noise(dice)}={noise(dice)}\n```{TEXT}"))


def noise_in_code(dice: random.Random) -> list[Event]:
    """Code that means nothing."""
    return written("code noise", dice, _always(lambda: f"```{' '.join([noise(dice) for _ in range(9)])}```"))


def links(dice: random.Random) -> list[Event]:
    """A word, and another link each time."""
    return written("links", dice, _always(lambda: f"look https://example.com/{noise(dice)}?id={dice.random()}"))


def quotes(dice: random.Random) -> list[Event]:
    """What others wrote, quoted, and a nod."""
    return written("quotes", dice, (f"> {' '.join(line.split())}\n+1" for line in talk(dice)))


def pictures(dice: random.Random) -> list[Event]:
    """A file each time, without a word."""
    desk = Desk("pictures")
    return [desk.post(at, "", attachments=1) for at in patient(dice)]


# ---------------------------------------------------------------------- time


def clockwork(dice: random.Random) -> list[Event]:
    """Real sentences, every minute to the second."""
    desk = Desk("clockwork")
    moments = [60.0 * n + n + dice.uniform(-1, 1) for n in range(COUNT)]
    return [desk.post(at, text) for at, text in zip(moments, talk(dice), strict=False)]


def loose_clockwork(dice: random.Random) -> list[Event]:
    """The same with some seconds more or less, and a short message in between."""
    desk, lines, told = Desk("loose"), talk(dice), list[Event]()
    for number in range(COUNT // 2):
        at = 70.0 * number + dice.uniform(-3, 3)
        told += [desk.post(at, next(lines)), desk.post(at + dice.uniform(1, 9), "ok")]
    return told


def flood(dice: random.Random) -> list[Event]:
    """Real sentences, one a second."""
    desk = Desk("flood")
    return [desk.post(at, text) for at, text in zip(range(COUNT), talk(dice), strict=False)]


def bursts(dice: random.Random) -> list[Event]:
    """Real sentences, thirty in a minute, again and again."""
    desk = Desk("bursts")
    moments = [7_000.0 * (n // 30) + 2 * (n % 30) + dice.random() for n in range(COUNT)]
    return [desk.post(at, text) for at, text in zip(moments, talk(dice), strict=False)]


def jumping_clock(dice: random.Random) -> list[Event]:
    """Real sentences within minutes, each told with the time of another day than the one before."""
    desk = Desk("jumping")
    return [desk.post(n + 40_000.0 * (n % 3), text) for n, text in zip(range(COUNT), talk(dice), strict=False)]


# ---------------------------------------------------------------------- taking back


def deleted(dice: random.Random) -> list[Event]:
    """Real sentences, gone when they have been counted."""
    told: list[Event] = []
    for event in written("deleted", dice, talk(dice)):
        gone = event.at + timedelta(seconds=30)
        told += [event, MessageDeleted(key=f"{event.key}:deleted", at=gone, who=Author(of=event.key), of=event.key)]
    return told


def hollowed(dice: random.Random) -> list[Event]:
    """Real sentences, edited to nothing when they have been counted."""
    told: list[Event] = []
    for event in written("hollowed", dice, talk(dice)):
        assert isinstance(event, MessagePosted)
        at, text = event.at + timedelta(seconds=30), features(".")
        told += [event, MessageEdited(key=f"{event.key}:edited:1", at=at, who=event.who, of=event.key, text=text)]
    return told


def filled_in(dice: random.Random) -> list[Event]:
    """A dot, edited to a real sentence when it has been looked at."""
    told: list[Event] = []
    for event, line in zip(written("filled in", dice, cycle(["."])), talk(dice), strict=False):
        assert isinstance(event, MessagePosted)
        at = event.at + timedelta(seconds=30)
        key = f"{event.key}:edited:1"
        told += [event, MessageEdited(key=key, at=at, who=event.who, of=event.key, text=features(line))]
    return told


# ---------------------------------------------------------------------- with others


def alternating(dice: random.Random) -> list[Event]:
    """Two accounts that answer each other by a script."""
    desk, script, last = Desk("alternating"), list(islice(talk(dice), 24)), ""
    told: list[Event] = []
    for number, at in enumerate(patient(dice)):
        one = desk.post(at, script[number % 24], user=("cheat", "alt")[number % 2], reply_to=last)
        last = one.key
        told.append(one)
    return told


def answered_by_an_alt(dice: random.Random) -> list[Event]:
    """Every message answered by a second account."""
    desk, told = Desk("answered"), list[Event]()
    for number, at in enumerate(patient(dice, COUNT // 2)):
        one = desk.post(at, f"question {number} for you", user="alt")
        told += [one, desk.post(at + 20, f"the answer is {number}", reply_to=one.key)]
    return told


def _ring(name: str, dice: random.Random, size: int, messages: int) -> list[Event]:
    desk, told = Desk(name), list[Event]()
    users = ["cheat", *[f"alt{number}" for number in range(1, size)]]
    for at in patient(dice, messages):
        for user in users:
            one = desk.post(at, TEXT, user=user)
            told.append(one)
            for other in users:
                emoji = dice.choice(("👍", "❤️", "🔥"))
                given = one.at + timedelta(seconds=dice.uniform(1, 20))
                who = desk.account(other)
                told += reaction(giver=who, of=one.key, emoji=emoji, at=given, given=True, author=one.who.user)
    return told


def ring_of_three(dice: random.Random) -> list[Event]:
    """Three who react to each other's messages."""
    return _ring("ring of three", dice, 3, COUNT)


def ring_of_five(dice: random.Random) -> list[Event]:
    """Five who do."""
    return _ring("ring of five", dice, 5, 60)


def ring_of_eight(dice: random.Random) -> list[Event]:
    """Eight who do."""
    return _ring("ring of eight", dice, 8, 24)


def sock_puppets(dice: random.Random) -> list[Event]:
    """Twenty accounts that write nothing and react to one."""
    desk, told = Desk("puppets"), list[Event]()
    for at in patient(dice, 60):
        one = desk.post(at, TEXT)
        told.append(one)
        for number in range(20):
            who = desk.account(f"puppet{number}")
            told += reaction(giver=who, of=one.key, emoji="👍", at=one.at, given=True, author=one.who.user)
    return told


def thanks_ring(dice: random.Random) -> list[Event]:
    """Five who thank each other for nothing."""
    desk, told, last = Desk("thanks"), list[Event](), ""
    users = ["cheat", "alt1", "alt2", "alt3", "alt4"]
    for number, at in enumerate(patient(dice)):
        one = desk.post(
            at, dice.choice(("thanks!", "thank you so much", "thx", "谢谢")), user=users[number % 5], reply_to=last
        )
        last = one.key
        told.append(one)
    return told


SCHEMES: tuple[Scheme, ...] = (
    same_text,
    noisy_repeats,
    shuffled_words,
    greeting_and_noise,
    counters,
    counters_in_words,
    zero_width,
    heaped_marks,
    homoglyphs,
    fullwidth,
    leet,
    emoji_padding,
    drawn_out,
    phrase_list,
    many_channels,
    letter_spam,
    long_salad,
    short_salad,
    small_salad,
    everyday_salad,
    chinese_salad,
    small_chinese_salad,
    one_word,
    one_word_in_chinese,
    mass_mentions,
    mention_spam,
    code_fences,
    noise_in_code,
    links,
    quotes,
    pictures,
    clockwork,
    loose_clockwork,
    flood,
    bursts,
    jumping_clock,
    deleted,
    hollowed,
    filled_in,
    alternating,
    answered_by_an_alt,
    ring_of_three,
    ring_of_five,
    ring_of_eight,
    sock_puppets,
    thanks_ring,
)
