"""Words for people: gettext catalogues read from `bot/locale/*/LC_MESSAGES/lyceum.po` as they stand.

Nothing is compiled.

`_` and `N_` mark what is to be translated; `make messages` collects it. Code that speaks holds a `Tongue` (`say
= tongue(locale)`).
"""

import gettext
import os
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.core import Locale, UnknownLocaleError, negotiate_locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, get_currency_precision

from bot import words
from bot.sales import STARS, Price, decimals

N_ = words.N_
"""Marks a message for translation at another place."""
CATALOGUES = Path(__file__).parent / "locale"
DEFAULT = "en"
LOCALES = ("en", "zh_CN")
NAMES = {"en": "English", "zh_CN": "中文"}
DISCORD_LOCALES = {"zh_CN": ("zh-CN", "zh-TW")}
TELEGRAM_LANGUAGES = {"zh_CN": "zh"}


def match(*wanted: str) -> str:
    """The first of the `wanted` languages that we speak ('zh-CN', 'zh_TW', 'zh-hans' → 'zh_CN'), else English."""
    for tag in wanted:
        if not tag:
            continue
        try:
            language = Locale.parse(tag.replace("-", "_")).language
        except (UnknownLocaleError, ValueError):
            language = tag[:2].lower()
        found = negotiate_locale([tag.replace("-", "_"), language], LOCALES) or next(
            (ours for ours in LOCALES if ours.split("_", 1)[0] == language), None
        )
        if found:
            return found
    return DEFAULT


def of_environment() -> str:
    """The language of the terminal: LYCEUM_LANG, or what the system's variables say."""
    return match(*(os.environ.get(name, "").split(".")[0] for name in ("LYCEUM_LANG", "LC_ALL", "LC_MESSAGES", "LANG")))


class Tongue:
    """One language. Calling it translates a message and puts the values in; placeholders are `{name}`.

    Values are put in by plain replacement, so that a member's name can't reach into the format.
    """

    def __init__(self, locale: str, catalogue: gettext.NullTranslations) -> None:
        self.locale = locale
        self._catalogue = catalogue

    def __call__(self, message: str, /, **values: object) -> str:
        """Translate `message`; numbers are written the way the language writes them."""
        return self._put(self._catalogue.gettext(message) if message else "", values)

    def many(self, one: str, several: str, n: int, /, **values: object) -> str:
        """Translate the form for `n` things; `{n}` is among the values."""
        return self._put(self._catalogue.ngettext(one, several, n), {"n": n, **values})

    def _put(self, text: str, values: dict[str, object]) -> str:
        if not values:
            return text
        parts = text.split("{")
        kept = [parts[0]]
        for part in parts[1:]:
            name, closed, rest = part.partition("}")
            kept.append(f"{self.show(values[name])}{rest}" if closed and name in values else "{" + part)
        return "".join(kept)

    def show(self, value: object) -> str:
        """A value as this language writes it."""
        if isinstance(value, int) and not isinstance(value, bool):
            return format_decimal(value, locale=self.locale)
        return str(value)

    def money(self, price: Price) -> str:
        """An amount of money: $9.99, ¥68.00, 250 ⭐."""
        if price.currency == STARS:
            return f"{format_decimal(price.amount, locale=self.locale)} ⭐"
        # Some currencies are shown without their hundredths (RSD 5): not where that would hide some.
        code, whole = price.currency.upper(), price.major == price.major.to_integral_value()
        usual = whole or get_currency_precision(code) >= decimals(price.currency)
        return format_currency(price.major, code, locale=self.locale, currency_digits=usual)

    def day(self, value: object) -> str:
        """A date, in its medium form."""
        return format_date(value, format="medium", locale=self.locale)  # type: ignore[arg-type]

    def moment(self, value: datetime) -> str:
        """A day and the time on it, in UTC."""
        return f"{self.day(value)}, {value:%H:%M} UTC"


@lru_cache(maxsize=8)
def tongue(locale: str) -> Tongue:
    """The language `locale`; one we do not speak gives English."""
    chosen = match(locale)
    path = CATALOGUES / chosen / "LC_MESSAGES" / "lyceum.po"
    if not path.exists():
        return Tongue(chosen, gettext.NullTranslations())
    with path.open("rb") as source:
        catalogue = read_po(source, locale=chosen)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Tongue(chosen, gettext.GNUTranslations(compiled))


def everywhere(message: str, locales: Iterable[str] = LOCALES) -> dict[str, str]:
    """{locale: the message in it} for those that say it differently than English does."""
    said = {locale: tongue(locale)(message) for locale in locales if locale != DEFAULT}
    return {locale: text for locale, text in said.items() if text != message}
