"""The pace of speaking, on a clock of our own."""

from bot.adapters.telegram.pace import CHAT_BURST, Pace

GROUP, OTHER, ANN = -100, -200, 11


def moments(pace: Pace, chat: int, number: int, now: float = 1000.0) -> list[float]:
    """When each of `number` messages goes out, if each waits for its turn."""
    found = []
    for _ in range(number):
        now += pace.turn(chat, now)
        found.append(now)
    return found


def most_within(times: list[float], window: float) -> int:
    return max(sum(1 for other in times if one <= other < one + window) for one in times)


def test_a_group_hears_fewer_than_twenty_a_minute() -> None:
    times = moments(Pace(), GROUP, 100)
    assert most_within(times, 60) < 20
    assert times[-1] - times[0] < 6 * 60


def test_a_chat_hears_one_a_second_after_a_short_burst() -> None:
    times = moments(Pace(), ANN, 60)
    assert times[CHAT_BURST - 1] - times[0] < 0.2
    assert most_within(times, 1) <= CHAT_BURST
    assert most_within(times, 30) <= 30 + CHAT_BURST


def test_all_chats_together_hear_fewer_than_thirty_a_second() -> None:
    pace, now, times = Pace(), 1000.0, []
    for chat in range(1, 301):
        now += pace.turn(chat, now)
        times.append(now)
    assert most_within(times, 1) < 30


def test_a_turn_that_comes_too_late_is_not_taken() -> None:
    pace = Pace()
    pace.hold(GROUP, 1060.0)
    assert [pace.turn(GROUP, 1000.0, patience=5) for _ in range(50)] == [60.0] * 50
    assert pace.turn(OTHER, 1000.0, patience=5) == 0
    assert pace.turn(GROUP, 1060.0, patience=5) == 0
