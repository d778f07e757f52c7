"""Plain pages of our own: HTML built from elements, no script at all, one style sheet, strict headers.

Everything put into an element is text and is escaped; only what `el` made is taken as it is.
"""

from html import escape
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from bot.i18n import N_, Tongue, match, tongue

STYLE = Path(__file__).parent / "pages.css"
STYLE_AT = "/pages.css"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No scripts, nothing from elsewhere, in nobody's frame; forms come back to us only."""
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
FAVICON = (
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'>"
    "<text y='8.5' font-size='9'>🏛️</text></svg>"
)
_VOID = frozenset({"input", "link", "meta", "br", "hr"})
_HTML_LANGUAGE = {"zh_CN": "zh-Hans"}


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def el(tag: str, /, *inside: str, **attributes: str | bool) -> Html:
    """An element; `class_` and `data_testid` become `class` and `data-testid`, a False attribute is left out."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not False
    )
    if tag in _VOID:
        return Html(f"<{tag}{written}>")
    return Html(f"<{tag}{written}>{''.join(one if isinstance(one, Html) else escape(one) for one in inside)}</{tag}>")


def document(say: Tongue, title: str, *body: str, status: int = 200) -> HTMLResponse:
    """A whole page in a language."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", title),
        el("link", rel="icon", href=FAVICON),
        el("link", rel="stylesheet", href=STYLE_AT),
    )
    page = el("html", head, el("body", el("main", *body)), lang=_HTML_LANGUAGE.get(say.locale, say.locale))
    return HTMLResponse(f"<!doctype html>{page}", status_code=status, headers=HEADERS)


def card(icon: str, title: str, *more: str) -> Html:
    """A page's one message: a sign, a headline, and what to do."""
    return el("section", el("div", icon, class_="sign", aria_hidden="true"), el("h1", title), *more, class_="card calm")


def language(request: Request) -> Tongue:
    """The language somebody wants: what the address says, else their browser."""
    accepted = [part.split(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    return tongue(match(request.query_params.get("lang", ""), *accepted))


def mount(web: FastAPI) -> None:
    """Serve the style sheet, and the pages that members come back to from a payment elsewhere."""
    style = STYLE.read_text(encoding="utf-8")

    @web.get(STYLE_AT)
    async def sheet() -> Response:
        return Response(style, media_type="text/css", headers={"Cache-Control": "max-age=300"})

    @web.get("/paid")
    async def paid(request: Request) -> HTMLResponse:
        say = language(request)
        title = say(N_("Thank you, it is paid"))
        text = say(N_("Go back to the chat: what you bought opens there within seconds. You can close this page."))
        return document(say, title, card("🎉", title, el("p", text)))

    @web.get("/unpaid")
    async def unpaid(request: Request) -> HTMLResponse:
        say = language(request)
        title = say(N_("Nothing was charged"))
        text = say(N_("You left before paying. The link in the chat still works, and /plans shows what there is."))
        return document(say, title, card("🌱", title, el("p", text)))
