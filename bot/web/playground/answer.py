"""A command's `Reply`, drawn the way a chat client does, and its form as a dialog."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from mimetypes import guess_type

from nicegui import ui

from bot.adapters.playground import cast
from bot.i18n import N_, Tongue
from bot.reply import Attachment, Blank, Button, Field, Form, Reply, Table
from bot.web.playground.elements import Box, Press, Words

LONG = 900
"""Characters from which a text is folded until asked for."""
LINES = 16
MANY = 12
WIDE = 24
"""More fields than `MANY`, or one with a value wider than this, stand below each other."""

OnPress = Callable[[Button], Awaitable[None]]


def draw(reply: Reply, say: Tongue, on_press: OnPress) -> None:
    """Put a reply into the current element."""
    with Box(f"card {'error' if reply.error else ''}", data_testid="reply"):
        if reply.title:
            Words(reply.title, "card-title", tag="div", dir="auto")
        if reply.text:
            text(reply.text, say)
        if reply.image is not None:
            _image(reply.image)
        if reply.fields:
            _fields(reply.fields)
        if reply.table is not None:
            _table(reply.table, folded=say(N_("As a table")) if reply.image is not None else "")
        if reply.file is not None:
            _file(reply.file, say)
        for row in reply.buttons:
            with Box("buttons"):
                for button in row:
                    _button(button, on_press)


def text(content: str, say: Tongue, classes: str = "text") -> None:
    """A text, folded when it is very long."""
    long = len(content) > LONG or content.count("\n") > LINES
    shown = Words(content, f"{classes} {'folded' if long else ''}", tag="div", dir="auto", data_testid="text")
    if not long:
        return

    def unfold() -> None:
        folded = "folded" in shown.classes
        shown.classes(remove="folded") if folded else shown.classes("folded")
        more.clear()
        with more:
            Words(say(N_("Show less")) if folded else say(N_("Show all")))
        more.props["aria-expanded"] = str(folded).lower()

    more = Press(unfold, text=say(N_("Show all")), classes="link", aria_expanded="false", data_testid="unfold")


def _fields(fields: tuple[Field, ...]) -> None:
    many = len(fields) > MANY or any(_width(field.value) > WIDE for field in fields)
    with Box("fields list" if many else "fields", tag="dl"):
        for field in fields:
            with Box("field"):
                Words(field.name, tag="dt", dir="auto")
                Words(field.value, tag="dd", dir="auto")


def _width(text: str) -> int:
    """How wide a text is in letters; a Chinese character is as wide as two."""
    return sum(2 if "\u2e80" <= char <= "\uffef" else 1 for char in text)


def _table(table: Table, *, folded: str = "") -> None:
    """A table; `folded` behind these words, where a picture shows it already."""
    if folded:
        with Box("as-table", tag="details", data_testid="as-table"):
            Words(folded, "link", tag="summary")
            _rows(table)
    else:
        _rows(table)


def _rows(table: Table) -> None:
    with Box("table-wrap", tabindex="0"), Box("table", tag="table"):
        with Box(tag="thead"), Box(tag="tr"):
            for index, name in enumerate(table.header):
                Words(name, "number" if index in table.numeric else "", tag="th", scope="col")
        with Box(tag="tbody"):
            for row in table.rows:
                with Box(tag="tr"):
                    for index, cell in enumerate(row):
                        Words(cell, "number" if index in table.numeric else "", tag="td", dir="auto")


def _image(image: Attachment) -> None:
    kind = guess_type(image.name)[0] or "image/png"
    Box("picture", tag="img", src=f"data:{kind};base64,{b64encode(image.data).decode()}", alt=image.alt)


def _file(file: Attachment, say: Tongue) -> None:
    size = say.show(max(len(file.data) // 1024, 1))
    Press(
        lambda: ui.download.content(file.data, file.name),
        text=f"{file.name} · {size} kB",
        icon="download",
        classes="file",
        data_testid="file",
    )


def _button(button: Button, on_press: OnPress) -> None:
    if button.url and not button.url.startswith(cast.JOIN):
        with Box(f"button {button.style}", tag="a", href=button.url, target="_blank", rel="noopener noreferrer"):
            Words(button.label)
        return

    async def pressed() -> None:
        await on_press(button)

    made = Press(pressed, text=button.label, classes=f"button {button.style}", data_testid="button")
    if button.off:
        made.props["disabled"] = True


def ask(form: Form, say: Tongue, hand_in: Callable[[dict[str, str]], Awaitable[None]]) -> None:
    """Open a form as a dialog; `hand_in` gets what was filled in."""
    inputs: dict[str, ui.input | ui.textarea | ui.select] = {}

    async def save() -> None:
        values = {name: str(one.value or "") for name, one in inputs.items()}
        missing = [b for b in form.blanks if b.required and not values[b.name].strip()]
        if missing:
            inputs[missing[0].name].run_method("focus")
            return
        dialog.close()
        await hand_in(values)

    with ui.dialog(value=True) as dialog, Box("dialog", role="document", data_testid="form"):
        dialog.on("hide", dialog.delete)
        Words(form.title, "card-title", tag="h2")
        for blank in form.blanks:
            inputs[blank.name] = _blank(blank)
        with Box("buttons end"):
            Press(dialog.close, text=say(N_("Cancel")), classes="button")
            Press(save, text=say(N_("Save")), classes="button primary", data_testid="form-save")


def _blank(blank: Blank) -> ui.input | ui.textarea | ui.select:
    made: ui.input | ui.textarea | ui.select
    if blank.choices:
        value = blank.value if blank.value in dict(blank.choices) else None
        made = ui.select(dict(blank.choices), value=value, label=blank.label)
    elif blank.lines > 1:
        made = ui.textarea(blank.label, value=blank.value, placeholder=blank.hint)
    else:
        made = ui.input(blank.label, value=blank.value, placeholder=blank.hint)
    made.props("outlined dense")
    made.props.update({"maxlength": blank.most, "data-testid": f"blank-{blank.name}"})
    return made
