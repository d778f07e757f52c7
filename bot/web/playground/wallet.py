"""The test card: how the subscriptions of whom one acts as stand at the sandbox, and buttons to try what may happen.

Its parts are drawn once and change in place: a press on a button is never lost to a redraw.
"""

from nicegui import background_tasks

from bot.adapters.sandbox import Deal, Sandbox
from bot.adapters.sandbox.deal import RUNNING
from bot.i18n import N_, Tongue
from bot.payments import Unable
from bot.web.playground.elements import Box, Press, Words
from bot.web.playground.view import View
from bot.web.wording import stands


class _Held:
    """One subscription: its name, how it stands, and what can be tried with it."""

    def __init__(self, wallet: "Wallet", name: str, say: Tongue) -> None:
        self.box = Box("held", data_testid="held")
        with self.box:
            self._title = Words("", "held-title", tag="div", dir="auto")
            self._stands = Words("", "held-stands", tag="div", data_testid="held-stands")
            with Box("buttons"):
                self._renew = self._press(wallet, name, "renew", say(N_("Renew now")))
                self._decline = self._press(wallet, name, "decline", say(N_("Let renewals fail")))
                self._mend = self._press(wallet, name, "mend", say(N_("Mend the card")))
                self._refund = self._press(wallet, name, "refund", say(N_("Refund")))

    def _press(self, wallet: "Wallet", name: str, what: str, text: str) -> Press:
        return Press(lambda: wallet.prod(name, what), text=text, classes="button", data_testid=f"sandbox-{what}")

    def show(self, deal: Deal, title: str, say: Tongue) -> None:
        """Show it as it stands."""
        one = deal.sold
        renews = one.status in RUNNING and one.renews
        self._title.text = title
        self._stands.text = stands(deal, say)
        self._renew.set_visibility(renews)
        self._decline.set_visibility(renews and deal.card == "works")
        self._mend.set_visibility(renews and deal.card == "declines")
        self._refund.set_visibility(deal.refundable)


class Wallet:
    """The card in the panel; not there for whoever has bought nothing."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._held: dict[str, _Held] = {}
        self._whose = ""
        self._box = Box("wallet", data_testid="wallet")
        with self._box:
            Words(view.say(N_("Your test card")), "section", tag="h2")
            self._list = Box("holdings")
        self._box.set_visibility(False)

    def refresh_soon(self) -> None:
        """Look again, without anybody waiting for it."""
        background_tasks.create(self._refresh(), name="wallet")

    async def prod(self, name: str, what: str) -> None:
        """Try something. What can't be done as things stand changes nothing, and the buttons then say so."""
        sandbox = self._sandbox()
        if sandbox is None:
            return
        try:
            ring = await sandbox.rehearse(name, what)
        except Unable:
            await self._refresh()
            return
        await self._view.playground.desk.till.ring(sandbox.name, *ring)
        await self._refresh()

    def _sandbox(self) -> Sandbox | None:
        found = self._view.playground.desk.till.providers.get("sandbox")
        return found if isinstance(found, Sandbox) else None

    async def _refresh(self) -> None:
        view, sandbox = self._view, self._sandbox()
        user, member = view.user, view.playground.member_of(view.user)
        deals = await sandbox.deals(view.playground.community, member) if sandbox is not None and member else []
        if user != view.user or self._box.is_deleted:
            return  # somebody else by now, or nobody looks any more
        if user != self._whose:
            self._whose, self._held = user, {}
            self._list.clear()
        rules = view.playground.rules
        for deal in deals:
            if deal.name not in self._held:
                with self._list:
                    self._held[deal.name] = _Held(self, deal.name, view.say)
                self._held[deal.name].box.move(target_index=0)
            plan = rules.plan(deal.sold.plan)
            self._held[deal.name].show(deal, plan.shown if plan else deal.sold.plan, view.say)
        self._box.set_visibility(bool(deals))
