"""Forms on Telegram: it has none, so that the blanks are asked one after the other.

A draft lives in memory: whoever waits longer than `PATIENCE`, types another command, or sees us restart begins again.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from secrets import token_hex

from bot.adapters.telegram.api import Target
from bot.adapters.telegram.render import Key, Keys, Page, clean, cut, render
from bot.commands import Caller
from bot.i18n import N_, Tongue
from bot.reply import Blank, Form, Option, Reply

PATIENCE = timedelta(minutes=15)
MOST = 1_000
LABEL = 40
MARK = "~"
KEEP = "k"


class Draft:
    """A form being filled in by one user in one chat."""

    def __init__(self, form: Form, caller: Caller, to: Target, say: Tongue, now: datetime) -> None:
        self.form = form
        self.caller = caller
        self.to = to
        self.say = say
        self.until = now + PATIENCE
        self.answers: dict[str, Option] = dict(form.options)
        self.at = 0
        self.prompt = 0
        """The id of the message that asks."""
        self.token = token_hex(3)

    @property
    def blank(self) -> Blank | None:
        """What is asked now; None when all is filled in."""
        return self.form.blanks[self.at] if self.at < len(self.form.blanks) else None

    def fill(self, value: str) -> str:
        """Take an answer; returns what is wrong with it, or ''."""
        blank = self.blank
        assert blank is not None  # noqa: S101 - asked only while there is one
        value = value.strip()
        if not value and blank.required:
            return self.say(N_("Please write something."))
        if len(value) > blank.most:
            return self.say(N_("That is too long: at most {most} characters."), most=blank.most)
        if blank.choices:
            by_label = {label.casefold(): one for one, label in blank.choices}
            value = by_label.get(value.casefold(), value)
            if value not in dict(blank.choices) and (value or blank.required):
                return self.say(N_("Please choose one of the buttons."))
        self.answers[blank.name] = value
        self.at += 1
        return ""

    def press(self, data: str) -> str | None:
        """The answer that a button under a question stands for; None when it is of another question."""
        token, _, rest = data.removeprefix(MARK).partition("&")
        at, _, what = rest.partition("&")
        blank = self.blank
        if token != self.token or at != str(self.at) or blank is None:
            return None
        if what == KEEP:
            return blank.value
        return blank.choices[int(what)][0] if what.isdecimal() and int(what) < len(blank.choices) else None

    def question(self, trouble: str = "") -> tuple[Page, bool]:
        """The page that asks, and whether to open the reply box."""
        blank = self.blank
        assert blank is not None  # noqa: S101 - asked only while there is one
        step = f"{self.form.title} ({self.at + 1}/{len(self.form.blanks)})"
        lines = [one for one in (trouble, f"{blank.label}:", blank.hint) if one]
        if not blank.choices and self.to.group:
            lines.append(self.say(N_("Answer by replying to this message.")))
        keys = self._keys(blank)
        html = render(Reply(title=step, text="\n".join(lines)))[0].html
        return Page(html=html, keys=keys), not keys

    def _keys(self, blank: Blank) -> Keys:
        start = f"{MARK}{self.token}&{self.at}&"
        keys = [
            (Key(label=cut(clean(label), LABEL) or "–", data=f"{start}{number}"),)
            for number, (_, label) in enumerate(blank.choices)
        ]
        if blank.value:
            kept = dict(blank.choices).get(blank.value, blank.value)
            keys.append((Key(label=cut(self.say(N_("Keep: {value}"), value=clean(kept)), LABEL), data=start + KEEP),))
        elif not blank.required:
            keys.append((Key(label=self.say(N_("Leave empty")), data=start + KEEP),))
        return tuple(keys)


class Drafts:
    """The drafts under way, one for each user in a chat."""

    def __init__(self) -> None:
        self._drafts: OrderedDict[tuple[int, int], Draft] = OrderedDict()

    def begin(self, user: int, draft: Draft) -> None:
        """Take the place of an earlier one."""
        self._drafts[draft.to.chat, user] = draft
        while len(self._drafts) > MOST:
            self._drafts.popitem(last=False)

    def of(self, chat: int, user: int, now: datetime) -> Draft | None:
        """The user's draft in a chat, if it is not too old."""
        draft = self._drafts.get((chat, user))
        if draft is not None and draft.until < now:
            del self._drafts[chat, user]
            return None
        return draft

    def end(self, chat: int, user: int) -> None:
        """Forget it."""
        self._drafts.pop((chat, user), None)
