"""Hostile strings, for every place where something a member typed comes out again.

`HOSTILE` is {name: text}. A place passes when nobody is mentioned, no markup or script takes effect, nothing fails and,
where the text is shown whole, it reads as it was typed. `COSTLY` are those made to be slow; `ENCODABLE` leaves out what
no encoding can hold.
"""

RIGHT_TO_LEFT = "user\u202etxt.exe\u2066 \u2067abc\u2069"
ZALGO = "".join(f"{letter}{chr(0x0300 + n % 0x70) * 40}" for n, letter in enumerate("zalgo is coming"))
UNIQUE_WORDS = " ".join(f"w{n:x}q" for n in range(4_000))[:4_000]

COSTLY = {
    "4,000 characters of unique words": UNIQUE_WORDS,
    "4,000 unique words": " ".join(f"w{n}" for n in range(4_000)),
    "mentions cut short": "<@1" * 1_333,
    "U+FDFA": "\ufdfa" * 4_000,
    "zalgo": ZALGO * 6,
    "backticks": "`" * 4_000,
    "pairs of backticks": "`a`" * 1_333,
    "backticks and lines": "`\n" * 2_000,
    "links": "https://" * 500,
    "joiners": "\U0001f468\u200d" * 2_000,
    "ideographs": "龍" * 4_000,
    "question marks": "?" * 4_000,
}

HOSTILE = {
    "right-to-left override": RIGHT_TO_LEFT,
    "zalgo": ZALGO,
    "NUL": "a\0b",
    "control characters": "a\x07\x1b[31mb\x7f\x85c",
    "zero width": "a\u200bb\u200cc\ufeffd\u2060e",
    "lone surrogate": "a\ud800b",
    "@everyone": "@everyone @here",
    "Discord user": "<@123456789012345678> <@!123456789012345678>",
    "Discord role": "<@&123456789012345678>",
    "Discord channel": "<#123456789012345678> <:name:123456789012345678> <t:0:R> </rank:1>",
    "Discord markup": "**a** __b__ ~~c~~ ||d|| `e` ```f``` > g\n# h\n- i\n-# j",
    "Telegram mention": "@admin @all t.me/joinchat/x",
    "Telegram link": "tg://user?id=1 [x](tg://user?id=1)",
    "Telegram markup": "*a* _b_ ~c~ `d` [e](f) (g) > h # i + j - k = l | m {n} . !",
    "link in Markdown": "[click](javascript:alert(1)) [x](https://evil.example/)",
    "script": "</b><script>alert(1)</script>",
    "attribute": '"><img src=x onerror=alert(1)>',
    "entity": "&lt;b&gt; &amp; &#60;",
    "format string": "{0.__class__} {member} %s %(x)s ${x} {",
    "SQL": "'; DROP TABLE members; --",
    "wildcards": "%_\\",
    "formula": "=cmd|' /C calc'!A0",
    "formula, at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "path": "../../etc/passwd\\..\\x",
    "line ends": "a\r\nb\u2028c\u2029d",
    "only spaces": " \t\u3000\u00a0 ",
    "empty": "",
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466\U0001f3f3\ufe0f\u200d\U0001f308",
    "very long": "x" * 10_000,
    **COSTLY,
}

ENCODABLE = {name: text for name, text in HOSTILE.items() if not any("\ud800" <= char <= "\udfff" for char in text)}
