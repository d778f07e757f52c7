"""Members to be: habits, fatigue, money, and reasons to leave. Seeded; every figure is here, with where it is from.

What a nudge can do is assumed, not known: it is written down as `Power`, and a year is lived with none, half and all of
it. What happens without us is from measurements where there are some. Nothing here knows who is in the hold-out:
a life changes by what arrived and by nothing else.
"""

from math import exp, log

import numpy as np

from bot.engine.experiments.assignment import unit
from bot.words import Word

RETURNS = ((7, 0.57), (35, 0.20), (98, 0.08), (270, 0.02))
"""(days of silence, the share who are back within 28 days): the middle of what was measured on public chat archives for
those nobody wrote to: 48-66 %, 10-29 %, 3-15 % and 1-3 %."""
RATE = (0.9, 0.7)
"""Days a week on which a member with a habit is there: log-normal (mean of the logarithm, its deviation); assumed."""
MESSAGES = 1.6
"""Messages of a day on which a member is there, on average; assumed."""
DRIFT = 1 / 75
"""How likely a habit ends on a day, for no reason of ours; assumed: a habit holds for two months and a half."""
PAYS = 0.6
"""The share who pay from the start; assumed."""
PRICE = 2_000
"""Minor units of each month; assumed."""
CANCELS, UNUSED, USED = 0.02, 0.45, 3.0
"""How likely a renewal is cancelled by who uses it much; what is added for who does not use it at all; and the active
days of 28 by which that falls to 37 %; assumed."""
BACK = 0.01
"""How likely one who lapsed pays again in a week, if they are there; assumed."""
FATIGUE_HALVES = 10.0
"""Days until half of the fatigue of a contact is gone; assumed."""
BEARABLE = 2.5
"""Fatigue that does no harm: about two contacts a week; assumed."""
AT_NIGHT = 2.0
"""What a contact in somebody's night wears them out more than one by day; assumed."""
WEARS = 0.35
"""How much likelier a habit ends for each contact too many; assumed."""
ANNOYED = 0.004
"""How likely somebody leaves at once, for each contact too many, when one more comes; assumed."""
SILENCES = 0.03
"""How likely they switch nudges off instead; assumed."""


class Power(Word, frozen=True):
    """What nudges can do at their best; all assumed. `share` is how much of it is so.

    `read` is how likely one is read. `back` is how likely who reads one comes back after a day of silence, falling with
    e^(-silence / `fades`). `today` is how likely a streak is kept that would have ended. `renews` is what a receipt of
    what the month gave takes off the likelihood to cancel of who used it, and adds to that of who did not. `wins` is
    how likely a lapsed one pays again.
    """

    share: float = 1.0
    read: float = 0.6
    back: float = 0.30
    fades: float = 25.0
    today: float = 0.25
    renews: float = 0.20
    wins: float = 0.06


KINDS = {"at_risk": 1.0, "course": 0.8, "welcome": 0.5, "first_win": 0.5, "unanswered": 0.5, "win_back": 0.6}
"""How much of `Power.back` a kind has; what is not here brings nobody back."""


def natural(silence: float) -> float:
    """How likely one who has been silent for so many days comes back on the next, by themselves.

    Between the points of `RETURNS` the logarithm of the daily likelihood is a straight line.
    """
    days = [float(day) for day, _ in RETURNS]
    daily = [log(1 - (1 - share) ** (1 / 28)) for _, share in RETURNS]
    return exp(float(np.interp(silence, days, daily)))


class Life:
    """One member, a day at a time. All chance is drawn by the day.

    The same member of the same seed has the same luck in every regime, so that two years differ by what was done.
    """

    def __init__(self, seed: int, number: int, power: Power) -> None:
        rng = np.random.default_rng((seed, number))
        self.number = number
        self.power = power
        self.rate = min(float(np.exp(rng.normal(*RATE))), 6.5) / 7
        self.pays = bool(rng.random() < PAYS)
        self.charged_on = int(rng.integers(0, 30))
        self._seed = seed
        self.habit = True
        self.silence = 0.0
        self.gone = False
        self.muted = False
        self.fatigue = 0.0
        self.lately: list[int] = []
        self.paid = 0
        self._pulled = 0.0
        self._kept = 0.0
        self._receipt = False
        self._won = 0.0

    def luck(self, today: int, what: str) -> float:
        """A number uniform on [0, 1), the same for the same member, day and question in every regime."""
        return unit(f"{self._seed}:{today}:{what}", self.number)

    def hears(self, kind: str, today: int, hour: int, *, at_night: bool) -> str:
        """A nudge arrives; returns what they do about it at once: 'leave', 'mute' or ''."""
        luck = self.luck(today, f"hears {hour}")
        over = max(self.fatigue - BEARABLE, 0.0)
        self.fatigue += 1.0 + (AT_NIGHT if at_night else 0.0)
        if luck < ANNOYED * over:
            return "leave"
        if luck < (ANNOYED + SILENCES) * over:
            return "mute"
        power = self.power.share * self.power.read / (1 + over)
        if not self.habit:
            self._pulled += power * self.power.back * KINDS.get(kind, 0.0) * exp(-self.silence / self.power.fades)
        self._kept += power * self.power.today * (kind == "streak")
        self._receipt = self._receipt or (kind == "receipt")
        self._won += power * self.power.wins * kind.startswith("win_back")
        return ""

    def day(self, today: int) -> int:
        """A day passes; returns how many messages they write on it."""
        drift, comes, there, words = [self.luck(today, what) for what in ("drift", "comes", "there", "words")]
        self.fatigue *= 0.5 ** (1 / FATIGUE_HALVES)
        pulled, kept = min(self._pulled, 1.0), min(self._kept, 1.0)
        self._pulled = self._kept = 0.0
        if self.habit and drift < DRIFT * (1 + WEARS * max(self.fatigue - BEARABLE, 0.0)):
            self.habit = False
        elif not self.habit and comes < natural(self.silence) + pulled:
            self.habit = True
            there = 0.0  # who comes back is there
        active = self.habit and there < self.rate + kept
        self.silence = 0.0 if active else self.silence + 1
        if not active:
            return 0
        self.lately = [one for one in self.lately if one > today - 28] + [today]
        return 1 + int(words * 2 * (MESSAGES - 1) + 0.5)

    def renews(self, today: int) -> bool:
        """Whether they let a charge come, on the day of it."""
        luck = self.luck(today, "renews")
        used = len([one for one in self.lately if one > today - 28])
        likely = CANCELS + UNUSED * exp(-used / USED)
        if self._receipt:
            told = self.power.share * self.power.read * self.power.renews
            likely *= 1 - told if used else 1 + told
        self._receipt = False
        return luck >= likely + 0.01 * max(self.fatigue - BEARABLE, 0.0)

    def pays_again(self, today: int) -> bool:
        """Whether one who lapsed takes a membership again on a day."""
        luck = self.luck(today, "pays")
        won, self._won = min(self._won, 1.0), 0.0
        return luck < won + (BACK / 7 if self.silence < 7 else 0.0)
