"""Where a discussion is for whoever wants to go there, as far as its id says it: its address on Telegram.

Other platforms say it themselves (`bot/sight.py`).
"""

SUPERGROUP = "-100"


def link(platform: str, channel: str, topic: str = "", *, message: str = "") -> str:
    """A link that opens a discussion in its platform's app, at `message` if that is known; '' where there is none.

    Telegram: `t.me/c/<id without -100>/<topic>/<message>`, for members of a supergroup; a basic group has no links
    (https://core.telegram.org/api/links#message-links).
    """
    chat, _, thread = (topic or channel).partition("/")
    parts = [part for part in (thread, message) if part]
    if platform == "telegram" and chat.startswith(SUPERGROUP) and parts:
        return "/".join(["https://t.me/c", chat.removeprefix(SUPERGROUP), *parts])
    return ""
