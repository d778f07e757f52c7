"""The sandbox's pages: where an order is paid with a test card, and where its subscriptions are pressed and prodded.

They need no script and no cookie. Whoever has the address (it holds a random token) may pay, as with any payment link;
each form carries a signature of its own page, so that no other site can press its buttons.
"""

import hmac
from contextlib import suppress
from hashlib import sha256
from secrets import token_bytes
from urllib.parse import parse_qs, urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.adapters.sandbox import Card, Deal, Sandbox
from bot.adapters.sandbox.deal import RUNNING, cost
from bot.adapters.sandbox.provider import Ring
from bot.cogs.selling import costs
from bot.i18n import N_, Tongue, tongue
from bot.payments import Unable
from bot.sales import Price
from bot.storage import members
from bot.till import Till
from bot.web.body import TooLargeError, read
from bot.web.pages import Html, card, document, el, language
from bot.web.wording import stands
from bot.words import replace

LARGEST = 4_000
"""Bytes of a form."""
CARDS: dict[Card, str] = {
    "works": N_("Works, now and at every renewal"),
    "declines": N_("Works now, but renewals are declined"),
}


class _Pages:
    """The pages of one sandbox. `back` leads to where the buyer came from, if that is a page of ours."""

    def __init__(self, till: Till, sandbox: Sandbox, back: str) -> None:
        self.till = till
        self.sandbox = sandbox
        self.back = back
        self._secret = token_bytes(32)

    # ------------------------------------------------------------------ forms

    def sign(self, path: str) -> str:
        """What a form of the page at `path` carries."""
        return hmac.new(self._secret, path.encode("utf-8", "replace"), sha256).hexdigest()

    def form(self, path: str, *inside: str) -> Html:
        """A form that comes back to its own page."""
        return el(
            "form", el("input", type="hidden", name="sign", value=self.sign(path)), *inside, method="post", action=path
        )

    async def pressed(self, request: Request, path: str) -> dict[str, str] | None:
        """What was filled in; None when it was not one of our forms."""
        try:
            body = await read(request, LARGEST)
        except TooLargeError:
            return None
        given = {key: values[0] for key, values in parse_qs(body.decode("utf-8", "replace"), max_num_fields=20).items()}
        signed = given.get("sign", "").encode()
        return given if hmac.compare_digest(signed, self.sign(path).encode()) else None

    async def ring(self, ring: Ring) -> None:
        """Tell the till as a provider's webhook would."""
        await self.till.ring(self.sandbox.name, *ring)

    # ------------------------------------------------------------------ paying

    async def order(self, token: str, request: Request) -> Response:
        """The order: to be paid, paid, or over."""
        deal = await self.sandbox.deal(token)
        if deal is None:
            return _nowhere(language(request))
        say = tongue(deal.order.locale)
        if deal.subscription is not None:
            return self._thanks(deal, say)
        if not deal.payable(self.sandbox.clock()):
            title = say(N_("This offer is over"))
            text = say(N_("Nothing was charged. /plans in the chat gives you a new link."))
            return document(say, title, _banner(say), card("⌛", title, el("p", text)), status=410)
        community = await self.till.app.store.read(members.community, deal.order.community)
        declined = "declined" in request.query_params
        return self._offer(deal, community.name, say, declined=declined)

    def _offer(self, deal: Deal, community: str, say: Tongue, *, declined: bool) -> HTMLResponse:
        order, plan = deal.order, deal.order.plan
        path = f"/checkout/{order.token}"
        wrong = say(N_("The card was declined. Nothing was charged; try again, perhaps with another card."))
        radios = [
            el(
                "label",
                el("input", type="radio", name="card", value=kind, checked=kind == "works"),
                el("span", say(text)),
                class_="choice",
            )
            for kind, text in CARDS.items()
        ]
        today = say.money(_today(deal))
        pay = say(N_("Begin the free trial")) if order.trial_days else say(N_("Pay {price}"), price=today)
        body = el(
            "section",
            el("p", community, class_="community", dir="auto"),
            el("h1", plan.shown, dir="auto"),
            el("p", plan.about, class_="about", dir="auto") if plan.about else Html(),
            el("p", costs(say, plan, order.price), class_="price", data_testid="price"),
            el("p", wrong, class_="alert", role="alert", data_testid="declined") if declined else Html(),
            el("ul", *[el("li", line) for line in _happens(deal, say)], class_="happens", data_testid="happens"),
            self.form(
                path,
                el("fieldset", el("legend", say(N_("Test card"))), *radios),
                _button("pay", pay, "primary"),
                _button("bank", say(N_("Confirm with your bank first"))),
                _button("decline", say(N_("Card is declined")), "quiet"),
            ),
            class_="card",
        )
        return document(say, f"{plan.shown} · {community}", _banner(say), body)

    def _thanks(self, deal: Deal, say: Tongue) -> HTMLResponse:
        trial = deal.sold.status == "trialing"
        title = say(N_("Your trial has begun")) if trial else say(N_("Thank you, it is paid"))
        text = say(N_("Go back to the chat: what you bought opens there within seconds. You can close this page."))
        if deal.order.gift:
            text = say(N_("Go back to the chat: there is the code of your present. You can close this page."))
        links = [el("a", say(N_("Card, bills and subscriptions")), href=f"/checkout/customer/{deal.customer}")]
        if self.back and deal.order.platform == "playground":
            back = f"{self.back}?{urlencode({'as': deal.order.user, 'lang': deal.order.locale})}"
            links.insert(0, el("a", say(N_("Back to the playground")), href=back, class_="button primary"))
        body = card(
            "🎉",
            title,
            el("p", el("b", deal.order.plan.shown), " · ", stands(deal, say), data_testid="stands"),
            el("p", text),
            *links,
        )
        return document(say, title, _banner(say), body)

    async def press_order(self, token: str, request: Request) -> Response:
        """A button on the order's page."""
        path = f"/checkout/{token}"
        deal = await self.sandbox.deal(token)
        if deal is None:
            return _nowhere(language(request))
        given = await self.pressed(request, path)
        if given is None:
            return _stale(tongue(deal.order.locale), path)
        kind = _card(given)
        if given.get("do") == "decline":
            return _see(f"{path}?declined=1")
        if given.get("do") == "bank":
            return _see(f"{path}/bank?card={kind}")
        return await self._pay(token, kind)

    async def _pay(self, token: str, kind: Card) -> Response:
        with suppress(Unable):  # the page says that the offer is over
            await self.ring(await self.sandbox.pay(token, kind))
        return _see(f"/checkout/{token}")

    # ------------------------------------------------------------------ the detour

    async def bank(self, token: str, request: Request) -> Response:
        """What a bank shows before it lets a payment through."""
        deal = await self.sandbox.deal(token)
        if deal is None or not deal.payable(self.sandbox.clock()):
            return await self.order(token, request)
        say, path = tongue(deal.order.locale), f"/checkout/{token}/bank"
        title = say(N_("Is it you?"))
        text = say(N_("{plan} asks your bank for {price}. No real bank does so here."))
        text = text.replace("{price}", say.money(_today(deal))).replace("{plan}", deal.order.plan.shown)
        body = el(
            "section",
            el("p", say(N_("Your test bank")), class_="community"),
            el("h1", title),
            el("p", text, dir="auto"),
            self.form(
                path,
                el("input", type="hidden", name="card", value=_card(dict(request.query_params))),
                _button("confirm", say(N_("Yes, confirm")), "primary"),
                _button("refuse", say(N_("No, refuse"))),
            ),
            class_="card bank",
        )
        return document(say, title, _banner(say), body)

    async def press_bank(self, token: str, request: Request) -> Response:
        """The bank's answer."""
        path = f"/checkout/{token}/bank"
        deal = await self.sandbox.deal(token)
        if deal is None:
            return _nowhere(language(request))
        given = await self.pressed(request, path)
        if given is None:
            return _stale(tongue(deal.order.locale), f"/checkout/{token}")
        if given.get("do") != "confirm":
            return _see(f"/checkout/{token}?declined=1")
        return await self._pay(token, _card(given))

    # ------------------------------------------------------------------ the customer's page

    async def customer(self, customer: str, request: Request) -> Response:
        """A customer's subscriptions, each with what can be rehearsed with it."""
        deals = await self.sandbox.of_customer(customer)
        if not deals:
            return _nowhere(language(request))
        say, path = tongue(deals[-1].order.locale), f"/checkout/customer/{customer}"
        title = say(N_("Card, bills and subscriptions"))
        refused = "refused" in request.query_params
        wrong = say(N_("That can't be done as things stand."))
        return document(
            say,
            title,
            _banner(say),
            el("h1", title),
            el("p", wrong, class_="alert", role="alert") if refused else Html(),
            *[await self._subscription(deal, path, say) for deal in reversed(deals)],
        )

    async def _subscription(self, deal: Deal, path: str, say: Tongue) -> Html:
        one, plan = deal.sold, deal.order.plan
        bills = await self.sandbox.invoices((one,), "", 12)
        paid, unpaid = say(N_("paid")), say(N_("unpaid"))
        rows = [
            el(
                "tr",
                el("td", say.day(bill.at)),
                el("td", bill.number),
                el("td", say.money(bill.price), class_="number"),
                el("td", paid if bill.paid else unpaid),
            )
            for bill in bills
        ]
        return el(
            "section",
            el("h2", plan.shown if plan.name == one.plan else one.plan, dir="auto"),
            el("p", stands(deal, say), data_testid="stands"),
            el("div", el("table", *rows), class_="scroll") if rows else Html(),
            self.form(path, el("input", type="hidden", name="deal", value=deal.name), *_prods(deal, say)),
            class_="card",
        )

    async def press_customer(self, customer: str, request: Request) -> Response:
        """A button on the customer's page."""
        path = f"/checkout/customer/{customer}"
        deals = {deal.name: deal for deal in await self.sandbox.of_customer(customer)}
        if not deals:
            return _nowhere(language(request))
        given = await self.pressed(request, path)
        deal = deals.get(given.get("deal", "")) if given is not None else None
        if given is None or deal is None:
            return _stale(tongue(next(iter(deals.values())).order.locale), path)
        try:
            ring = await self.sandbox.rehearse(deal.name, given.get("do", ""))
        except Unable:
            return _see(f"{path}?refused=1")
        await self.ring(ring)
        return _see(path)


def _prods(deal: Deal, say: Tongue) -> list[Html]:
    one = deal.sold
    found: list[Html] = []
    if one.status in RUNNING and one.renews:
        again = say(N_("Try again now")) if one.status == "past_due" else say(N_("Renew now"))
        found.append(_button("renew", again))
        works = deal.card == "works"
        card_words = say(N_("Let the next renewal fail")) if works else say(N_("Mend the card"))
        found.append(_button("decline" if works else "mend", card_words))
    if deal.refundable:
        found.append(_button("refund", say(N_("Refund and end")), "quiet"))
    return found


def mount(web: FastAPI, till: Till, sandbox: Sandbox, *, back: str = "") -> None:
    """Serve the sandbox's pages under `/checkout`."""
    pages = _Pages(till, sandbox, back)
    for path, look, press in (
        ("/checkout/customer/{customer}", pages.customer, pages.press_customer),
        ("/checkout/{token}", pages.order, pages.press_order),
        ("/checkout/{token}/bank", pages.bank, pages.press_bank),
    ):
        web.add_api_route(path, look, methods=["GET"], response_model=None)
        web.add_api_route(path, press, methods=["POST"], response_model=None)


# ---------------------------------------------------------------------- pieces


def _button(do: str, text: str, classes: str = "") -> Html:
    return el("button", text, type="submit", name="do", value=do, class_=f"button {classes}", data_testid=do)


def _banner(say: Tongue) -> Html:
    return el("p", el("b", say(N_("Sandbox"))), " ", say(N_("A rehearsal: no money moves.")), class_="banner")


def _card(given: dict[str, str]) -> Card:
    return "declines" if given.get("card") == "declines" else "works"


def _today(deal: Deal) -> Price:
    """What is charged at once; what the trial would cost is charged at its end."""
    order = deal.order
    return replace(order.price, amount=cost(order.price, order.discount, 0, order.plan.months))


def _happens(deal: Deal, say: Tongue) -> list[str]:
    order, plan = deal.order, deal.order.plan
    due = say.money(_today(deal))
    lines: list[str] = []
    if order.trial_days:
        lines.append(
            say.many(
                "{n} day free. Nothing is charged today; the first payment is {price}.",
                "{n} days free. Nothing is charged today; the first payment is {price}.",
                order.trial_days,
                price=due,
            )
        )
    elif order.discount is not None:
        lines.append(say(N_("With the coupon {code} you pay {price} today."), code=order.discount.code, price=due))
    else:
        lines.append(say(N_("You pay {price} today."), price=due))
    if order.gift:
        lines.append(say(N_("It is a present: you get a code to give away, and it does not renew.")))
        return lines
    if plan.months:
        lines.append(say(N_("It renews by itself. /cancel ends it at any time; what is paid stays yours to its date.")))
    lines.append(say(N_("What the plan opens is open to you within seconds.")))
    return lines


def _see(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=303)


def _nowhere(say: Tongue) -> HTMLResponse:
    title = say(N_("There is no such offer"))
    text = say(N_("Perhaps the link was cut off. /plans in the chat gives you a new one."))
    return document(say, title, card("🧭", title, el("p", text)), status=404)


def _stale(say: Tongue, path: str) -> HTMLResponse:
    title = say(N_("This page was too old"))
    again = el("a", say(N_("Load it again")), href=path, class_="button primary")
    return document(say, title, card("🔁", title, el("p", say(N_("Nothing was charged."))), again), status=403)
