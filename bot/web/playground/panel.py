"""The right column: the first minute's steps, the time, the test card, and what just happened inside."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
from nicegui.element import Element

from bot.adapters.playground.trace import Act
from bot.batch import Change
from bot.i18n import N_
from bot.web.playground import story
from bot.web.playground.elements import Box, Icon, Press, Words
from bot.web.playground.view import View
from bot.web.playground.wallet import Wallet

SHOWN = 12
"""Acts in the list."""
CHANGES = 12
"""Changes drawn in the details of one act."""
SPANS = (
    (timedelta(hours=1), N_("1 hour")),
    (timedelta(days=1), N_("1 day")),
    (timedelta(weeks=1), N_("1 week")),
    (timedelta(days=31), N_("1 month")),
)


class Panel:
    """Shows the acts of whom the tab acts as, and what others did to them."""

    def __init__(self, view: View, *, advance: Callable[[timedelta], Awaitable[None]]) -> None:
        self._view = view
        self._advance = advance
        self._acts: dict[int, Element] = {}
        self._order: list[int] = []
        self._steps_away = False
        self._steps = Box("steps")
        self._time = Box("time-card")
        self._wallet = Wallet(view)
        with Box("happened"):
            Words(view.say(N_("What just happened")), "section", tag="h2")
            self._empty = Words(
                view.say(N_("Do something: here you see what the engine makes of it.")), "empty", tag="p"
            )
            self._list = Box("acts", data_testid="acts")
        self.show()

    def show(self) -> None:
        """Draw everything anew, for another person."""
        self._acts, self._order = {}, []
        self._list.clear()
        for act in self._view.playground.trace.acts:
            self.act(act)
        self._empty.set_visibility(not self._acts)
        self.steps()
        self.time()
        self.wallet()

    def wallet(self) -> None:
        """Show how the person's subscriptions stand by now."""
        self._wallet.refresh_soon()

    # ------------------------------------------------------------------ the first minute

    def steps(self) -> None:
        """The few things to try first, ticked off as they are done."""
        view = self._view
        self._steps.clear()
        channels = view.playground.place.channels.values()
        gated = next((c for c in channels if c.closed and view.gate_level(c) is not None), None)
        sold = next((c for c in channels if c.closed and view.gate_plans(c)), None)
        self._steps.set_visibility(not self._steps_away)
        if gated is None or self._steps_away:
            return
        acts = [act for act in view.playground.trace.acts if act.user == view.user]
        level = view.gate_level(gated) or 0
        steps = [
            (view.say(N_("Say something in a channel")), any(act.kind == "wrote" for act in acts)),
            (
                view.say(N_("Reach level {level}: the {channel} opens"), level=level, channel=view.say(gated.name)),
                view.open(gated.id),
            ),
            (view.say(N_("Try a command: type / and choose")), any(act.kind == "command" for act in acts)),
            (
                view.say(N_("Let a week pass")),
                any(act.kind == "time" and int(act.values["hours"]) >= 168 for act in acts),
            ),
        ]
        if sold is not None:
            text = view.say(
                N_("Subscribe by /plans with the test card: the {channel} opens"), channel=view.say(sold.name)
            )
            steps.insert(3, (text, view.open(sold.id)))
        done = sum(ticked for _, ticked in steps)
        with self._steps:
            with Box("steps-head"):
                Words(view.say(N_("Your first minute")), "section", tag="h2")
                Words(f"{done}/{len(steps)}", "count")
                Press(self._close_steps, icon="close", label=view.say(N_("Close")), classes="round small")
            for text, ticked in steps:
                with Box(f"step {'done' if ticked else ''}", data_testid="step"):
                    Icon("check_circle" if ticked else "radio_button_unchecked")
                    Words(text)

    def _close_steps(self) -> None:
        self._steps_away = True
        self.steps()

    # ------------------------------------------------------------------ the time

    def time(self) -> None:
        """The date, the buttons that let time pass, and the switch for ambient life."""
        view = self._view
        now = view.playground.clock()
        self._time.clear()
        with self._time:
            with Box("time-head"):
                Icon("schedule")
                with Box("time-words"):
                    Words(view.date(now), "time-date", tag="div", data_testid="date")
                    ahead = round(view.playground.clock.offset / timedelta(days=1))
                    below = (
                        view.say.many("{n} day ahead of the real date", "{n} days ahead of the real date", ahead)
                        if ahead
                        else view.say(N_("Let time pass"))
                    )
                    Words(below, "time-more", tag="div")
            with Box("buttons spans"):
                for index, (span, name) in enumerate(SPANS):
                    self._span(span, view.say(name), index)
            lively = view.playground.deeds.lively
            switch = Press(
                lambda: view.playground.deeds.set_lively(lively=not view.playground.deeds.lively),
                classes=f"switch {'on' if lively else ''}",
                role="switch",
                aria_checked=str(lively).lower(),
                data_testid="lively",
            )
            with switch:
                Words(view.say(N_("Others answer and react")))
                Box("knob", aria_hidden="true")

    def _span(self, span: timedelta, name: str, index: int) -> None:
        async def go() -> None:
            made.props["disabled"] = True
            await self._advance(span)

        made = Press(
            go,
            text=name,
            icon="fast_forward" if index else "play_arrow",
            classes="button",
            data_testid=f"advance-{index}",
        )

    # ------------------------------------------------------------------ what just happened

    def concerns(self, act: Act) -> bool:
        """Whether the act is of whom the tab acts as, or changed something for them, or is the time's."""
        users = (self._view.playground.user_of(change.seat.member) for change in act.changes)
        return act.user == self._view.user or act.kind == "time" or self._view.user in users

    def act(self, act: Act) -> None:
        """Draw an act, or draw it anew."""
        if not self.concerns(act):
            return
        row = self._acts.get(act.id)
        if row is None:
            with self._list:
                row = self._acts[act.id] = Box("act", data_testid="act", data_kind=act.kind)
            row.move(target_index=0)
            self._order.append(act.id)
            self._empty.set_visibility(False)
            while len(self._order) > SHOWN:
                self._acts.pop(self._order.pop(0)).delete()
        row.clear()
        with row:
            self._act(act)

    def _act(self, act: Act) -> None:
        view = self._view
        with Box("act-head"):
            Words(
                story.headline(act, view.user, view.playground, view.say),
                "act-title",
                dir="auto",
                data_testid="act-title",
            )
            Words(view.clock(act.at), "time")
        with Box("chips"):
            for chip in story.chips(act, view.user, view.playground, view.say):
                with Box(f"chip {chip.kind}", data_testid=f"chip-{chip.kind}"):
                    Icon(chip.icon)
                    Words(chip.text, dir="auto")
        if not act.changes:
            return
        details = Box("details")

        def unfold() -> None:
            if details.default_slot.children:
                details.clear()
            else:
                with details:
                    self._details(act)
            more.props["aria-expanded"] = str(bool(details.default_slot.children)).lower()

        more = Press(
            unfold,
            text=view.say(N_("How it works inside")),
            icon="expand_more",
            classes="link",
            aria_expanded="false",
            data_testid="details",
        )
        more.move(target_index=-1)
        details.move(target_index=-1)

    def _details(self, act: Act) -> None:
        view = self._view
        shown = [change for change in act.changes if change.effects or change.before is not change.after] or act.changes
        for change in shown[:CHANGES]:
            self._change(change)
        if len(shown) > CHANGES:
            Words(view.say.many("and {n} more", "and {n} more", len(shown) - CHANGES), "empty", tag="p")
        raw = Box("raw")

        def show_raw() -> None:
            if raw.default_slot.children:
                raw.clear()
                return
            with raw:
                for change in shown[:CHANGES]:
                    data = msgspec.json.format(msgspec.json.encode(change), indent=2).decode()
                    Words(data, "json", tag="pre", data_testid="json")

        Press(show_raw, text="JSON", icon="data_object", classes="link", data_testid="raw")
        raw.move(target_index=-1)

    def _change(self, change: Change) -> None:
        view = self._view
        event = change.event
        with Box("change"):
            with Box("line"):
                Words(view.say(N_("Event")), "label")
                Words(type(event).__name__, "mono strong")
                Words(view.playground.name_of(change.seat.member), "whose", dir="auto")
            Words(event.key, "mono small", tag="div")
            text = getattr(event, "text", None)
            if text is not None:
                self._features(text)
            rows = story.rows(change, view.say)
            if rows:
                with Box("diff", tag="dl"):
                    for name, before, after in rows:
                        Words(name, tag="dt")
                        with Box(tag="dd"):
                            Words(before, "before")
                            Words("→", "arrow", aria_hidden="true")
                            Words(after, "after")
            for effect in change.effects:
                with Box("line"):
                    Words(view.say(N_("Effect")), "label")
                    Words(type(effect).__name__, "mono strong")
                    Words(story.effect_words(effect, view.playground, view.say), "whose")

    def _features(self, text: object) -> None:
        view = self._view
        shown = {
            view.say(N_("characters")): getattr(text, "length", 0),
            view.say(N_("words")): getattr(text, "tokens", 0),
            view.say(N_("question")): "✓" if getattr(text, "question", False) else "–",
        }
        with Box("features"):
            for name, value in shown.items():
                Words(f"{name} {value}", "feature")
            Words(view.say(N_("the text itself is never kept")), "feature never")
