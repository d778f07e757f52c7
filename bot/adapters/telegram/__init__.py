"""Telegram: news by long polling or webhook, stored before it is acknowledged; commands, buttons, forms; effects.

`adapter.py` puts it together. `wire.py` reads, `events.py` understands, `fetch.py` fetches, `inbox.py` keeps and works
through, `line.py`, `talk.py` and `forms.py` listen, `speech.py` and `render.py` answer, `perform.py` acts, `menu.py`
shows the commands, `checks.py` looks whether all is well. At the doors of gated chats stand `doors.py` and
`admission.py`; Stars are sold by `stars.py`, with `cashier.py` at the checkout and `star_ledger.py` for the books.
"""

from bot.adapters.telegram.adapter import TelegramAdapter

__all__ = ["TelegramAdapter"]
