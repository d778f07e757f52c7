"""One trial for each person: one with the e-mail or the card of somebody else's trial ends at once."""

from collections.abc import Mapping, Sequence

import structlog

from bot.app import App
from bot.payments import Busy, Provider, Truth, Unable
from bot.storage import orders, sales
from bot.till import intake

_log = structlog.get_logger()


async def end_repeated(app: App, providers: Mapping[str, Provider], truths: Sequence[Truth]) -> None:
    """End those of these trials, taken in before, that are somebody's second.

    Where a provider can't be asked just now the reconciliation, which hears of the trial again, tries again.
    """
    for truth in truths:
        one = truth.subscription
        provider = providers.get(one.provider)
        if provider is None or not await _repeated(app, truth):
            continue
        try:
            ended = await provider.cancel(one, now=True)
        except (Busy, Unable) as error:
            _log.warning("a second trial of the same person could not be ended", subscription=one.id, why=str(error))
            continue
        _log.info("a second trial of the same person was ended", subscription=one.id)
        await intake.take(app, [ended])


async def _repeated(app: App, truth: Truth) -> bool:
    one, buyer = truth.subscription, truth.buyer
    if one.status != "trialing" or not (buyer.email or buyer.card):
        return False
    held = (await app.store.read(sales.by_id, [one.id])).get(one.id)
    return held is not None and await app.store.read(
        orders.others_tried, held.community, held.member, buyer.email, buyer.card
    )
