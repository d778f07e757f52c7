"""Messages that were chosen to join the library and wait for their form: in memory only, not many, and not for long.

So a text that is not published is gone.
"""

from datetime import datetime, timedelta
from uuid import uuid4

from bot.words import Word


class Chosen(Word, frozen=True):
    """A message that is about to be published.

    Its key, who wrote it, its text, a link to where it stands, and its file by its platform's words.
    """

    key: str
    author: int
    text: str
    link: str = ""
    platform: str = ""
    attached: str = ""


class Waiting:
    """Chosen messages, the one chosen first first. Whoever keeps one sees to it that its text is no longer than fits.

    At most `MOST` wait, none for longer than `SPAN`: the oldest give way.
    """

    MOST = 100
    SPAN = timedelta(hours=1)

    def __init__(self) -> None:
        self._chosen: dict[str, tuple[datetime, Chosen]] = {}

    def put(self, chosen: Chosen, now: datetime) -> str:
        """Remember one; returns its token."""
        self._let_go(now)
        while len(self._chosen) >= self.MOST:
            del self._chosen[next(iter(self._chosen))]
        token = uuid4().hex[:12]
        self._chosen[token] = now, chosen
        return token

    def take(self, token: str, now: datetime) -> Chosen | None:
        """The one with this token, if it still waits."""
        self._let_go(now)
        found = self._chosen.get(token)
        return None if found is None else found[1]

    def end(self, token: str) -> None:
        """It is published, or can't be any more."""
        self._chosen.pop(token, None)

    def _let_go(self, now: datetime) -> None:
        for token in [token for token, (since, _) in self._chosen.items() if now - since >= self.SPAN]:
            del self._chosen[token]
