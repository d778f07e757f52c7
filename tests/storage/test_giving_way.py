"""Whoever goes on without a pause stands aside for the writer, and never for nothing."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from bot.storage.store import Store


class Work:
    """A piece of work that has begun when `begun` is set, and ends when `free` is."""

    def __init__(self) -> None:
        self.begun, self.free = Event(), Event()

    def __call__(self) -> bool:
        self.begun.set()
        return self.free.wait(10)

    async def under_way(self) -> None:
        with ThreadPoolExecutor(1) as waiting:
            assert await asyncio.get_running_loop().run_in_executor(waiting, self.begun.wait, 10)


async def test_nobody_stands_aside_for_a_writer_at_rest(store: Store) -> None:
    assert store.give_way()
    await store.write(lambda _: None)
    assert store.give_way()


async def test_the_writer_is_given_way_to_for_a_while_and_not_for_ever(store: Store) -> None:
    work = Work()
    asked = asyncio.create_task(store.in_writer(work))
    await work.under_way()
    assert not store.give_way()
    work.free.set()
    assert await asked
    assert store.give_way()


async def test_what_is_short_is_done_when_it_was_given_way_to(store: Store) -> None:
    asked = [asyncio.create_task(store.in_writer(sum, range(100))) for _ in range(3)]
    await asyncio.sleep(0)
    while not store.give_way():
        pass
    assert await asyncio.gather(*asked) == [4_950] * 3


async def test_what_fails_or_is_called_off_keeps_nobody_waiting(store: Store) -> None:
    work = Work()
    first = asyncio.create_task(store.in_writer(work))
    await work.under_way()
    second = asyncio.create_task(store.in_writer(sum, range(100)))
    await asyncio.sleep(0)
    second.cancel()
    work.free.set()
    await first
    results = await asyncio.gather(second, store.in_writer(int, "none"), return_exceptions=True)
    assert [type(one) for one in results] == [asyncio.CancelledError, ValueError]
    assert store.give_way()
