"""Questions on Telegram: what is handed on has buttons that act in the group, also in a private chat."""

import json

from bot.adapters.telegram import TelegramAdapter
from bot.adapters.telegram.render import where
from bot.effects import Relay
from bot.reply import decode
from tests.adapters.telegram.conftest import ANN, CLUB
from tests.adapters.telegram.test_perform import port, task
from tests.fakes.telegram import FakeTelegram

__all__ = ["port"]
FILLED: dict[str, int | str] = {
    "asker": "Ola",
    "text": "<b>Which</b> @zither?",
    "brief": "",
    "hours": 24,
    "answerer": "",
    "answer_text": "",
}


async def test_an_invitation_in_private_has_buttons_that_act_in_the_group(
    port: TelegramAdapter, telegram: FakeTelegram
) -> None:
    telegram.started.add(ANN)
    await port.perform(task(Relay(notice="question_for_you", question=12, values=FILLED), "private"))
    said = telegram.sent[-1]
    assert said["chat"]["id"] == ANN
    assert said["text"].endswith("Question 12:\n\n<b>Which</b> @\u2060zither?")
    markup = said["reply_markup"]
    (row,) = (json.loads(markup) if isinstance(markup, str) else markup)["inline_keyboard"]
    pressed = [where(one["callback_data"]) for one in row]
    assert [(decode(data), space) for data, space in pressed] == [
        (("answer", {"number": "12"}), str(CLUB)),
        (("question decline", {"number": "12"}), str(CLUB)),
    ]
