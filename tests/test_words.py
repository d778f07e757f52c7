"""Any word survives JSON, and what does not fit is refused by name."""

from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.effects import Effect, GrantAccess, Priority
from bot.engine.rules import Rules
from bot.events import Event, MessagePosted
from bot.reply import Reply
from bot.state import MemberState
from bot.text import Features, features
from bot.words import from_json, replace, to_json
from tests.strategies import any_of

KINDS = (*get_args(Event), *get_args(Effect), MemberState, Reply)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_a_word_survives_json(kind: type[Any], data: st.DataObject) -> None:
    word = data.draw(any_of(kind))
    assert from_json(kind, to_json(word)) == word


@given(event=any_of(Event))
def test_an_event_is_known_by_its_json_alone(event: Event) -> None:
    back: Event = from_json(Event, to_json(event))
    assert back == event
    assert type(back) is type(event)


@given(effect=any_of(Effect))
def test_an_effect_is_known_by_its_json_alone(effect: Effect) -> None:
    back: Effect = from_json(Effect, to_json(effect))
    assert back == effect
    assert type(back) is type(effect)


def test_every_effect_has_a_priority() -> None:
    assert all(effect.PRIORITY in Priority for effect in get_args(Effect))


def test_a_new_members_state_is_written_as_nothing() -> None:
    assert to_json(MemberState()) == b"{}"
    assert from_json(MemberState, b"{}") == MemberState()


def test_a_state_from_before_a_part_was_added_reads_with_the_parts_default() -> None:
    old = from_json(MemberState, b'{"engagement":{"points":40},"a part long gone":{"x":1}}')
    assert old.engagement.points == 40
    assert old.contact.here


def test_what_does_not_fit_is_refused_by_its_path() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.earn\.message\.points"):
        from_json(Rules, b'{"earn":{"message":{"points":"many"}}}')


def test_a_word_can_not_be_changed_but_copied_with_a_change() -> None:
    grant = GrantAccess(gate="lounge")
    with pytest.raises(AttributeError):
        grant.gate = "vault"  # type: ignore[misc]
    assert replace(grant, gate="vault") == GrantAccess(gate="vault")
    assert grant == GrantAccess(gate="lounge")


def test_all_that_is_kept_of_a_text_is_numbers() -> None:
    kept = features("a secret", attachments=1)
    assert {type(value) for value in msgspec.structs.asdict(kept).values()} == {int, bool, tuple}
    assert {type(value) for value in kept.sketch} == {int}
    assert get_type_hints(MessagePosted)["text"] is Features
