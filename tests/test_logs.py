"""No secret reaches a log, whatever it hides in."""

import json
import logging

import pytest
import structlog

from bot.logs import HIDDEN, configure, redact

# Made up, in the shapes that the platforms give theirs; put together here so that no scanner takes them for real.
TELEGRAM = "123456789:" + "AAF" + "x" * 32
DISCORD = "MTAx" + "a" * 22 + ".Gabcde." + "b" * 38
STRIPE = "sk_test_" + "c" * 24
WEBHOOK = "whsec_" + "d" * 32


@pytest.mark.parametrize("secret", [TELEGRAM, DISCORD, STRIPE, WEBHOOK])
def test_a_token_is_taken_out_of_a_text(secret: str) -> None:
    assert redact(f"POST https://host/bot{secret}/getMe failed") in (
        f"POST https://host/bot{HIDDEN}/getMe failed",
        f"POST https://host/{HIDDEN}/getMe failed",
    )


def test_a_password_is_taken_out_of_a_url() -> None:
    assert redact("postgresql://lyceum:secret@db/lyceum") == f"postgresql://{HIDDEN}@db/lyceum"


def test_other_text_stays() -> None:
    text = "member 123456789012345678 wrote at 12:30:45 to https://example.org:8080/a@b"
    assert redact(text) == text


@pytest.mark.usefixtures("logging_as_before")
def test_a_log_line_hides_tokens_in_messages_values_and_errors(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    log = structlog.get_logger("test")
    log.info("calling", url=f"https://api/bot{TELEGRAM}/getMe")
    logging.getLogger("other").warning("key %s", STRIPE)
    try:
        raise ValueError(f"bad token {DISCORD}")
    except ValueError:
        log.exception("it broke")
    printed = capsys.readouterr().err
    lines = [json.loads(line) for line in printed.splitlines()]
    assert [line["level"] for line in lines] == ["info", "warning", "error"]
    assert not [secret for secret in (TELEGRAM, STRIPE, DISCORD) if secret in printed]
    assert printed.count(HIDDEN) >= 3
