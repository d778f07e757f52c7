"""What helps a member next: the recommender of each community, learnt in a process of its own and held in memory.

`suggest` is what commands, the welcome and the digest ask. A model is learnt by `learn` (a job calls `learn_due`),
stored as `KIND`, and picked up by whoever asks next; one that can't be read gives way to the one before, and without
any the list is what is popular, new, and near somebody's interests.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Literal, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import structlog

from bot.apart import Tell, apart
from bot.app import App
from bot.engine.library import Content, Library, Studies
from bot.engine.recommend.blend import YOUNG
from bot.engine.recommend.choice import Chosen, choose
from bot.engine.recommend.model import Model, ModelError, read, read_texts, train, write
from bot.engine.recommend.ranking import Reason, recommend
from bot.engine.recommend.shelf import Shelf, Sight, Taken, circle, learnable, shelf, text_of, upgrade, viewer
from bot.i18n import N_, Tongue
from bot.storage import models, recommending
from bot.storage.library import LEARNT
from bot.storage.members import Profile
from bot.storage.store import Connection, Store
from bot.words import Word

KIND = LEARNT
"""What these models are called among those that are stored."""
FRESH = timedelta(minutes=30)
"""How long what is popular is believed where nothing was learnt yet; what is published counts at once."""
KEPT = 50
"""Communities whose libraries are held at most, the one made longest ago dropped first."""
CIRCLE = 300
"""Members of a circle that are looked at."""
SITTING = timedelta(minutes=30)
"""What was shown just now does not rest: whoever asks again, or comes back from one item, sees the same list."""
PLACES = frozenset({"recommend", "welcome", "digest", "nudge"})
"""Where what was shown counts as recommended; a page of the library does not."""
ENOUGH_ACTS = 200
"""So many new acts are learnt from within the hour…"""
NIGHTLY = timedelta(days=1)
"""…and fewer after a day."""
UNTRIED = Chosen(recipe=YOUNG)
SMALL, NARROW = 20_000, 1_000
"""Rows and items up to which a thread will do: to start a process takes longer. Memory goes by the square of items."""

_SPARE = "a recommender can't be used; the one before stands in, and without one what is popular"

_log = structlog.get_logger()


class Pick(Word, frozen=True):
    """An item that is recommended, why, and the plan that would open it ('' where it is open).

    `because` is the item that a reason speaks of, and `did` what the member did with it.
    """

    content: Content
    reason: Reason
    because: Content | None = None
    did: Literal["finished", "liked", "saved", "began"] = "began"
    plan: str = ""


class Picks(Word, frozen=True):
    """What is recommended; `many` items there are in all, `rested` rest because they were shown in the last `days`."""

    found: tuple[Pick, ...] = ()
    many: int = 0
    rested: int = 0
    days: int = 0


class _Held(NamedTuple):
    library: Library
    trained: datetime | None
    at: datetime
    shelf: Shelf


class _Memory:
    """The shelves of one application, {community: shelf}; one is made at a time."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.held: dict[int, _Held] = {}


_MEMORIES: WeakKeyDictionary[App, _Memory] = WeakKeyDictionary()


async def shelf_of(app: App, community: int) -> Shelf:
    """A community's library, ready to recommend from; made anew in threads when something changed."""
    memory, now = _MEMORIES.setdefault(app, _Memory()), app.clock()
    library = await app.store.read(recommending.whole, community)
    trained = await app.store.read(models.when, community, KIND)
    async with memory.turn:
        held = memory.held.get(community)
        same = held is not None and held.library is library and held.trained == trained
        if held is None or not same or (trained is None and not held.at <= now < held.at + FRESH):
            made = await app.store.read(_shelf, community, library)
            memory.held.pop(community, None)
            held = memory.held[community] = _Held(library, trained, now, made)
            while len(memory.held) > KEPT:
                del memory.held[next(iter(memory.held))]
        return held.shelf


def _shelf(connection: Connection, community: int, library: Library) -> Shelf:
    """By the newest model that can be read and fitted to the library; by what is popular, where there is none."""
    for find in (models.newest, models.before):
        found = find(connection, community, KIND)
        if found is None:
            break
        try:
            return shelf(library, read(BytesIO(found.data)))
        except ModelError as error:
            _log.warning(_SPARE, community=community, trained=found.at.isoformat(), why=str(error))
        except Exception:  # noqa: BLE001 - whatever is wrong with a model, members are recommended something
            _log.exception(_SPARE, community=community, trained=found.at.isoformat())
    return shelf(library, _plain(library, recommending.taken(connection, community)))


def _plain(library: Library, taken: Taken) -> Model:
    """What there is before anything was learnt: popularity and texts."""
    known, items = learnable(library, taken)
    return train(known, np.array([one.id for one in items], np.int64), [text_of(library, i) for i in items], UNTRIED)


# ---------------------------------------------------------------------- a list for somebody


async def suggest(
    app: App,
    who: Profile,
    language: str = "",
    *,
    wanted: int = 4,
    more: bool = False,
    circles: Iterable[tuple[str, Sequence[int]]] = (),
    since: datetime | None = None,
    rests: timedelta | None = None,
) -> Picks:
    """The best `wanted` items for a member who speaks `language`.

    What was recommended, or nudged about, within `rests` (None: as the rules say) rests, with `more` also what was so
    just now. `circles` are (name, members) of people the member belongs to, by whom an item may be explained. With
    `since`, only what was published after that.
    """
    now, rules = app.clock(), await app.rules_of(who.community)
    made = await shelf_of(app, who.community)
    studies = await app.store.read(recommending.of_member, who.member)
    until = now + timedelta(seconds=1) if more else now - SITTING
    begin = now - (timedelta(days=rules.recommend.rests_days) if rests is None else rests)
    recent = await app.store.read(recommending.recent, who.member, begin, until, PLACES)
    held = who.state.membership.plans
    sight = Sight(
        now=now, member=who.member, held=held, language=language, interests=who.state.interests, recent=recent
    )
    around = [
        circle(made, name, await app.store.read(recommending.taken_by, who.community, members[:CIRCLE]))
        for name, members in circles
    ]
    eyes = viewer(made, sight, studies, rules, [one for one in around if one is not None])
    if not rules.recommend.next_plan:
        eyes = eyes._replace(next_opens=None)
    if since is not None:
        old = [at for at, one in enumerate(made.items) if one.published_at < since]
        eyes = eyes._replace(never=eyes.never.union(old))
    found = recommend(made.model, eyes, wanted)
    plan = upgrade({made.library.plan(made.items[one.item]) for one in found if one.locked}, held, rules)
    picks = [
        Pick(
            content=made.items[one.item],
            reason=one.reason,
            because=None if one.reason.item is None else made.items[one.reason.item],
            did="began" if one.reason.item is None else _did(made.items[one.reason.item], studies),
            plan=plan.shown if one.locked and plan is not None else "",
        )
        for one in found
    ]
    days = rules.recommend.rests_days
    return Picks(found=tuple(picks), many=len(made.items), rested=len(recent), days=days)


def _did(item: Content, studies: Studies) -> Literal["finished", "liked", "saved", "began"]:
    """The strongest of what somebody did with an item."""
    study = studies.get(item.id)
    if study is None:
        return "began"
    if study.finished_at is not None:
        return "finished"
    if study.liked:
        return "liked"
    return "saved" if study.saved_at is not None and study.opened_at is None else "began"


_BECAUSE = {
    "finished": N_("Because you finished {item}"),
    "liked": N_("Because you liked {item}"),
    "saved": N_("Because you saved {item}"),
    "began": N_("Because you began {item}"),
}


def why(say: Tongue, pick: Pick) -> str:
    """The reason in words, and with which plan it opens."""
    match pick.reason.kind:
        case "took" if pick.because is not None:
            reason = say(_BECAUSE[pick.did], item=f"“{pick.because.title}”")
        case "alike" if pick.because is not None:
            reason = say(N_("It is about the same as {item}"), item=f"“{pick.because.title}”")
        case "interest":
            reason = say(N_("Near your interest: {topic}"), topic=pick.reason.name)
        case "circle":
            reason = say(N_("Popular among people who answer in {channel}"), channel=f"#{pick.reason.name}")
        case "popular":
            reason = say(N_("Popular here"))
        case _:
            reason = say(N_("New here"))
    return f"{reason} · {say(N_('opens with {plan}'), plan=pick.plan)}" if pick.plan else reason


# ---------------------------------------------------------------------- learning


class Learnt(Word, frozen=True):
    """A trained recommender: the file, from how many `members` and `items`, and how its recipe was chosen."""

    data: bytes
    members: int
    items: int
    chosen: Chosen


def learnt(tell: Tell, address: str, community: int) -> Learnt | None:
    """Learn a community's tastes anew; done over there. None where nobody took anything or there is nothing."""
    store = Store(address)
    try:
        library = store.look(recommending.whole, community)
        taken = store.look(recommending.taken, community)
    finally:
        store.close()
    known, items = learnable(library, taken)
    if not items or not len(known.last):
        return None
    tell("tastes", 0, 2)
    texts = [text_of(library, one) for one in items]
    chosen = choose(known, read_texts(texts)[1])
    tell("tastes", 1, 2)
    model = train(known, np.array([one.id for one in items], np.int64), texts, chosen)
    file = BytesIO()
    write(model, file)
    tell("tastes", 2, 2)
    return Learnt(data=file.getvalue(), members=model.members, items=len(items), chosen=chosen)


async def learn(store: Store, community: int, now: datetime, tell: Tell) -> Learnt | None:
    """Learn a community's tastes, and let them hold from now on; the model before is kept."""
    items = len((await store.read(recommending.whole, community)).items)
    if items <= NARROW and await store.read(recommending.rows, community) <= SMALL:
        found = await asyncio.to_thread(learnt, tell, store.address, community)
    else:
        found = await apart(learnt, tell, store.address, community)
    if found is not None:
        report = {"members": found.members, "items": found.items, "chosen": found.chosen}
        await store.write(models.put, community, KIND, now, found.data, report)
    return found


async def due(store: Store, community: int) -> datetime | None:
    """When there will be something to learn: a day after the last time, at once where there is much; None for never."""
    last = await store.read(models.when, community, KIND)
    new = await store.read(recommending.acts, community, last)
    if not new:
        return None
    return datetime.min.replace(tzinfo=UTC) if last is None or new >= ENOUGH_ACTS else last + NIGHTLY


async def learn_due(app: App, community: int, now: datetime, tell: Tell) -> bool:
    """Learn where it is due; returns whether it was done."""
    when = await due(app.store, community)
    return when is not None and when <= now and await learn(app.store, community, now, tell) is not None
