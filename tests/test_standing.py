"""What /why says: each phase with its dates, each place with its reason and when it mends itself."""

from datetime import timedelta
from typing import Any, get_args

import pytest

from bot.engine.audit import KINDS as EVERY_KIND
from bot.engine.audit import Holder, Place, Way, Why
from bot.engine.membership import Phase
from bot.engine.rules import Gate, MembershipRules, Plan, Rules
from bot.i18n import tongue
from bot.sales import Price, Subscription
from bot.standing import KINDS, PHASES, WHYS, explain, label, standing, tell
from bot.words import replace
from tests.conftest import START

RULES = Rules(
    gates=(Gate(name="lounge", level=3), Gate(name="vip", level=9)),
    plans=(
        Plan(name="gold", title="Gold", prices={"usd": 1000}, gates=("salon",)),
        Plan(name="plus", title="Plus", prices={"usd": 2000}, gates=("salon", "vip")),
        Plan(name="old", title="Old", prices={"usd": 1}, gates=("salon",), archived=True),
    ),
)
SALON = Place(platform="discord", target="role:7", gate="salon")
CHAT = Place(platform="telegram", target="chat:-5", gate="salon")
NAMES = {("discord", "role:7"): "Salon", ("telegram", "chat:-5"): "Salon chat"}
say = tongue("en")


def gold(**changes: Any) -> Subscription:
    base = Subscription(
        id="stripe:sub_1",
        plan="gold",
        status="active",
        since=START - timedelta(days=20),
        as_of=START,
        until=START + timedelta(days=10),
        renews=True,
        months=1,
        price=Price(amount=1000, currency="usd"),
    )
    return replace(base, **changes)


def said(one: Subscription, rules: Rules = RULES, days: float = 0) -> str:
    return tell(say, standing(one, START + timedelta(days=days), rules))


def test_every_phase_reason_and_kind_has_its_words() -> None:
    assert set(PHASES) == set(Phase)
    assert set(WHYS) == set(get_args(Why))
    assert tuple(KINDS) == EVERY_KIND


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (gold(), "Gold: paid until Dec 1, 2026. It renews by itself then."),
        (gold(renews=False), "Gold: cancelled, and still yours until Dec 1, 2026. /status can undo that until then."),
        (gold(renews=False, months=0), "Gold: yours until Dec 1, 2026. It does not renew by itself."),
        (gold(until=None, months=0, renews=False), "Gold: yours for ever."),
        (gold(until=None), "Gold: yours for ever."),
        (
            gold(status="trialing", trial_until=START + timedelta(days=10)),
            "Gold: a trial until Dec 1, 2026; it is charged then, unless you /cancel it before.",
        ),
        (
            gold(status="trialing", renews=False),
            "Gold: a trial until Dec 1, 2026. It ends then, and nothing is charged.",
        ),
        (
            gold(status="past_due", until=START - timedelta(days=1)),
            (
                "Gold: the payment due on Nov 20, 2026 did not go through. "
                "You stay in until Nov 27, 2026: mend it by /portal."
            ),
        ),
        (
            gold(until=START - timedelta(days=1)),
            (
                "Gold: its renewal of Nov 20, 2026 has not been heard of yet and is being asked about. "
                "You stay in meanwhile."
            ),
        ),
        (gold(status="pending"), "Gold: begun, but not paid yet. It opens as soon as the payment arrives."),
        (gold(status="paused"), "Gold: paused. No charges and no access until you resume it by /status."),
        (gold(until=START, renews=False), "Gold: ended on Nov 21, 2026. /subscribe brings you back in."),
        (gold(status="ended"), "Gold: ended. /subscribe brings you back in."),
        (gold(status="refunded"), "Gold: refunded, and access ended with that."),
        (
            gold(status="disputed"),
            "Gold: the payment is disputed at your bank; access rests until that is settled. /paysupport helps.",
        ),
        (gold(plan="unknown"), "unknown: paid until Dec 1, 2026. It renews by itself then."),
    ],
)
def test_a_subscription_in_words(one: Subscription, words: str) -> None:
    assert said(one) == words


def test_a_dispute_may_leave_the_door_open() -> None:
    kind = replace(RULES, membership=MembershipRules(dispute_keeps_access=True))
    assert said(gold(status="disputed"), kind) == (
        "Gold: the payment is disputed at your bank. You stay in meanwhile. /paysupport helps."
    )


def why(
    *subscriptions: Subscription,
    open_: tuple[str, ...] = ("salon",),
    ways: tuple[Way, ...] = (),
    accounts: tuple[tuple[str, str], ...] = (("discord", "10"),),
    places: tuple[Place, ...] = (SALON,),
) -> list[str]:
    holder = Holder(member=1, name="Ann", subscriptions=subscriptions, open=open_, accounts=accounts, ways=ways)
    return [tell(say, line) for line in explain(holder, places, RULES, START, NAMES)]


def way(status: str, **more: Any) -> Way:
    return Way(platform="discord", user="10", target="role:7", status=status, **more)


@pytest.mark.parametrize(
    ("grant", "words"),
    [
        (way("granted"), "Salon (Discord): you are in."),
        (way("giving"), "Salon (Discord): you are being let in, which takes seconds."),
        (way("wanted", waiting=True), "Salon (Discord): you are being let in, which takes seconds."),
        (way("blocked", waiting=True), "Salon (Discord): you are being let in, which takes seconds."),
        (way("found"), "Salon (Discord): you are in; somebody else let you in, and I leave that alone."),
        (way("away", why="gone"), "Salon (Discord): you are not there yet. I let you in when you join."),
        (
            way("held"),
            "Salon (Discord): a moderator took it back, so I do not give it again. Ask them, or /paysupport.",
        ),
        (
            way("blocked", why="the role is above my role."),
            "Salon (Discord): I could not let you in: the role is above my role. I try again every 5 minutes.",
        ),
        (way("gone"), "Salon (Discord): it is open to you and you are not in. I mend that within 5 minutes."),
    ],
)
def test_a_place_that_is_open_says_how_it_stands(grant: Way, words: str) -> None:
    assert why(gold(), ways=(grant,))[1:] == [words]


def test_one_never_given_is_mended_and_an_account_not_known_is_to_be_linked() -> None:
    assert why(gold(), places=(SALON, CHAT))[1:] == [
        "Salon (Discord): it is open to you and you are not in. I mend that within 5 minutes.",
        "Salon chat (Telegram) is open to you, but I do not know you there: /link joins the two.",
    ]


def test_time_has_passed_and_nobody_has_looked_yet() -> None:
    assert why(gold(), open_=())[1:] == ["Salon (Discord) opens within 5 minutes."]


@pytest.mark.parametrize(
    ("gates", "words"),
    [
        (("salon",), "Salon (Discord) is closed to you. It opens by Gold, Plus: /subscribe."),
        (("salon", "vip"), "Salon (Discord) is closed to you. It opens by Gold, Plus, or at level 9."),
        (("lounge",), "Salon (Discord) is closed to you. It opens at level 3."),
        (("attic",), "Salon (Discord) is closed to you."),
    ],
)
def test_a_place_that_is_closed_says_what_opens_it(gates: tuple[str, ...], words: str) -> None:
    places = tuple(replace(SALON, gate=gate) for gate in gates)
    assert why(open_=(), places=places) == ["You have no plan. /plans shows what there is.", words]


def test_access_that_has_ended_is_taken_back_unless_somebody_else_gave_it() -> None:
    ended = gold(status="refunded")
    assert why(ended, open_=(), ways=(way("granted"),)) == [
        "Gold: refunded, and access ended with that.",
        "Salon (Discord): your access has ended and is taken back within 5 minutes.",
    ]
    assert why(ended, open_=(), ways=(way("found"),))[1:] == [
        "Salon (Discord): you are in; somebody else let you in, and I leave that alone."
    ]


def test_what_is_over_is_told_only_when_there_is_nothing_else() -> None:
    old = gold(id="stripe:sub_0", plan="plus", status="ended", until=START - timedelta(days=40))
    older = gold(id="stripe:sub_9", status="refunded", until=START - timedelta(days=80))
    assert why(old, gold(), older, ways=(way("granted"),)) == [
        "Gold: paid until Dec 1, 2026. It renews by itself then.",
        "Salon (Discord): you are in.",
    ]
    assert why(old, older, open_=(), places=()) == ["Plus: ended on Oct 12, 2026. /subscribe brings you back in."]


def test_a_place_without_a_name_is_called_by_its_id() -> None:
    assert label(SALON, {}) == "role 7"


def test_dates_and_money_are_written_as_the_language_writes_them() -> None:
    assert tell(
        tongue("zh_CN"), ("{until} {price} {n}", {"until": START, "price": Price(amount=6800, currency="cny"), "n": 3})
    ) == ("2026年11月21日 ¥68.00 3")
