"""Where a discussion is for whoever wants to go there: its address on its platform, as far as an id says it."""

SUPERGROUP = "-100"


def link(platform: str, channel: str, topic: str = "", *, message: str = "", space: str = "") -> str:
    """A link that opens a discussion in its platform's app, at `message` if that is known; '' where there is none.

    Discord: `space` is the guild, and a thread is a channel of its own (https://discord.com/developers/docs). Telegram:
    `t.me/c/<id without -100>/<topic>/<message>`, for members of a supergroup; a basic group has no links
    (https://core.telegram.org/api/links#message-links).
    """
    if platform == "discord" and space:
        return "/".join(["https://discord.com/channels", space, topic or channel, *([message] if message else [])])
    chat, _, thread = (topic or channel).partition("/")
    parts = [part for part in (thread, message) if part]
    if platform == "telegram" and chat.startswith(SUPERGROUP) and parts:
        return "/".join(["https://t.me/c", chat.removeprefix(SUPERGROUP), *parts])
    return ""
