"""The report as one HTML page that needs nothing else: no script, no file, no network. Light, dark and printable."""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from math import log

from bot.engine.momentum import Fit, Momentum, Stickiness
from bot.engine.numbers import Part
from bot.i18n import N_, Tongue
from bot.insight.gather import Gathered
from bot.insight.measures import MEASURES, TERMS, shown
from bot.insight.plates import PLATES, enough, freshness, part_name
from bot.pictures.chart import DARK, LIGHT, Palette, svg

MOST_PARTS = 20
GLANCE = ("monthly", "weekly", "daily", "stickiness", "new", "messages")
"""The figures that stand at the top."""
Tell = Callable[[int, int], None]


def _variables(colours: Palette) -> str:
    return "".join(f"--{name}:{getattr(colours, name)};" for name in Palette.__struct_fields__)


STYLE = f"""
:root {{ color-scheme: light dark; {_variables(LIGHT)} }}
@media (prefers-color-scheme: dark) {{ :root {{ {_variables(DARK)} }} }}
@media print {{ :root {{ {_variables(LIGHT)} }} .wide {{ overflow: visible; }} }}
* {{ box-sizing: border-box; }}
body {{ margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 70rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }}
h1 {{ font-size: 1.7rem; line-height: 1.2; margin: 0 0 .4rem; }}
h2 {{ font-size: 1.25rem; margin: 2.5rem 0 .8rem; }}
p {{ margin: .4rem 0; max-width: 46rem; }}
.dim {{ color: var(--dim); }}
.glance {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .8rem; margin: 1.4rem 0; }}
.glance div {{ border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; }}
.glance dt {{ color: var(--dim); font-size: .85rem; line-height: 1.3; min-height: 2.2rem; }}
.glance dd {{ margin: 0; font-size: 1.6rem; font-weight: 600; font-variant-numeric: tabular-nums; }}
.glance small {{ display: block; color: var(--dim); font-size: .8rem; font-weight: 400; }}
.plates {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.2rem; }}
figure {{ margin: 0; border: 1px solid var(--line); border-radius: .5rem; padding: .7rem; break-inside: avoid; }}
svg.chart {{ display: block; width: 100%; height: auto; }}
svg.chart * {{ stroke-linejoin: round; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }}
thead th {{ color: var(--dim); font-weight: 500; font-size: .85rem; }}
td.n, th.n {{ text-align: right; }}
td.n {{ white-space: nowrap; }}
@media (max-width: 36rem) {{ table {{ font-size: .9rem; }} th, td {{ padding: .3rem .35rem; }} }}
tbody th {{ font-weight: 400; }}
tr {{ break-inside: avoid; }}
dl.terms dt {{ font-weight: 600; margin-top: .9rem; }}
dl.terms dd {{ margin: 0; max-width: 46rem; }}
a {{ color: var(--second); }}
footer {{ margin-top: 3rem; font-size: .85rem; }}
"""


def page(found: Gathered, community: str, say: Tongue, tell: Tell | None = None) -> str:
    """The whole page. `tell`, if given, hears how many of how many charts are drawn."""
    title = say(N_("Report of {community}"), community=community)
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{say.locale.replace("_", "-")}">',
            f'<head><meta charset="utf-8"><title>{escape(title)}</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="generator" content="Lyceum"><link rel="icon" href="data:,">',
            f"<style>{STYLE}</style></head><body><header><h1>{escape(title)}</h1>",
            f"<p>{escape(_period(found, say))}</p>",
            f'<p class="dim">{escape(freshness(found, say))} {escape(say(_LEFT_OUT))}</p></header><main>',
            *_glance(found, say),
            *_figures(found, say),
            *_plates(found, say, tell),
            *_models(found, say),
            *_parts(found, say),
            *_definitions(say),
            "</main></body></html>",
        ]
    )


UNKNOWN = N_("– means that it can't be said: the log does not reach back that far, or does not tell of such things.")
_LEFT_OUT = N_("Days that the log holds only in part, at its beginning and its end, are left out everywhere.")


def _period(found: Gathered, say: Tongue) -> str:
    days = say.many("{n} day", "{n} days", found.window[1] - found.window[0])
    return f"{found.start:%Y-%m-%d} – {found.last:%Y-%m-%d} ({days})"


def _head(text: str, name: str) -> str:
    return f'<h2 id="{name}">{escape(text)}</h2>'


def column_title(title: str, days: int, say: Tongue) -> str:
    """Last 28 days."""
    return say(title, n=days)


def _glance(found: Gathered, say: Tongue) -> Iterator[str]:
    now = found.columns[0]
    before = next((one for one in found.columns if one.name == "before"), None)
    yield f'<dl class="glance" aria-label="{escape(column_title(now.title, now.numbers.days, say), quote=True)}">'
    for one in [one for one in MEASURES if one.name in GLANCE]:
        value = escape(shown(say, one.unit, one.value(now.numbers)))
        small = ""
        if before is not None:
            then = shown(say, one.unit, one.value(before.numbers))
            small = f"<small>{escape(say(N_('before: {value}'), value=then))}</small>"
        yield f"<div><dt>{escape(say(one.title))}</dt><dd>{value}{small}</dd></div>"
    yield f'</dl><p class="dim">{escape(_glanced(found, say))}</p>'


def _glanced(found: Gathered, say: Tongue) -> str:
    now = found.columns[0]
    first, last = (f"{found.story.date_of(n):%Y-%m-%d}" for n in (now.window[0], now.window[1] - 1))
    return f"{column_title(now.title, now.numbers.days, say)}: {first} – {last}."


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], numeric: int) -> Iterator[str]:
    """A table; all columns from `numeric` on are numbers."""
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f'<th scope="col"{_class(n, numeric)}>{escape(name)}</th>' for n, name in enumerate(header))
    yield "</tr></thead><tbody>"
    for row in rows:
        cells = "".join(f"<td{_class(n, numeric)}>{escape(cell)}</td>" for n, cell in enumerate(row) if n)
        yield f'<tr><th scope="row">{escape(row[0])}</th>{cells}</tr>'
    yield "</tbody></table></div>"


def _class(n: int, numeric: int) -> str:
    return ' class="n"' if n >= numeric else ""


def _figures(found: Gathered, say: Tongue) -> Iterator[str]:
    yield _head(say(N_("Figures")), "figures")
    header = ["", *(column_title(one.title, one.numbers.days, say) for one in found.columns)]
    rows = [
        [say(one.title), *(shown(say, one.unit, one.value(column.numbers)) for column in found.columns)]
        for one in MEASURES
    ]
    yield from _table(header, rows, 1)
    yield f'<p class="dim">{escape(say(UNKNOWN))}</p>'


def _plates(found: Gathered, say: Tongue, tell: Tell | None) -> Iterator[str]:
    yield _head(say(N_("Charts")), "charts")
    yield '<div class="plates">'
    for number, plate in enumerate(PLATES):
        if tell is not None:
            tell(number, len(PLATES))
        chart = plate.of(found, say)
        yield f'<figure id="{plate.name}">{escape(chart) if isinstance(chart, str) else svg(chart)}</figure>'
    yield "</div>"


def verdict(fit: Fit, say: Tongue) -> str:
    """Whether the model is worth believing."""
    if fit.better:
        return say(N_("better than naive"))
    return say(N_("no better than naive: do not rely on it"))


def _models(found: Gathered, say: Tongue) -> Iterator[str]:
    yield _head(say(N_("Models")), "models")
    rows: list[list[str]] = []
    if isinstance(found.momentum, Momentum):
        rows.append(_model(say(N_("Activity of the community")), "α", "β", found.momentum.community, say))
        rows.append(_model(say(N_("Activity of a member")), "α", "β", found.momentum.members, say, places=3))
    else:
        yield f"<p>{escape(enough(found.momentum, say, weeks=False))}</p>"
    if isinstance(found.stickiness, Stickiness):
        rows.append(_model(say(N_("Retention")), "γ", "δ", found.stickiness.fit, say, places=3))
    else:
        yield f"<p>{escape(enough(found.stickiness, say, weeks=True))}</p>"
    if rows:
        header = (
            N_("Model"), N_("Verdict"), N_("Fitted"), N_("Error"), N_("as the last time"), N_("as a week ago"),
            N_("Forecasts tried"),
        )  # fmt: skip
        yield from _table([say(one) for one in header], rows, 2)
    for text in forecasts(found, say):
        yield f"<p>{escape(text)}</p>"


def _model(name: str, keep: str, gain: str, fit: Fit, say: Tongue, places: int = 2) -> list[str]:
    errors = [f"{one.rmse:.{places}f}" if one else "–" for one in (fit.model, fit.last, fit.week)]
    return [name, verdict(fit, say), f"{keep} = {fit.keep:.3f}, {gain} = {fit.gain:.3f}", *errors, say.show(fit.steps)]


def forecasts(found: Gathered, say: Tongue) -> Iterator[str]:
    """What the models expect next, and what their parameters mean, in sentences."""
    if isinstance(found.momentum, Momentum):
        fit = found.momentum.community
        day = found.story.date_of(found.story.end)
        yield say(
            N_("On {day}, {n} active members are expected, give or take {error}."),
            day=f"{day:%Y-%m-%d}",
            n=f"{found.momentum.tomorrow:.1f}",
            error=f"{fit.model.rmse:.1f}",
        )
        half = log(0.5) / log(found.momentum.members.keep) if found.momentum.members.keep > 0 else 0.0
        yield say(N_("What a member did counts half as much after {n} days without activity."), n=f"{half:.1f}")
    if isinstance(found.stickiness, Stickiness):
        yield say(
            N_("Of those active in the last whole week, {share} are expected to be active in the week after it."),
            share=shown(say, "share", found.stickiness.next),
        )
        if not found.stickiness.useful.any():
            yield say(N_("Nothing in this log tells who got something (U is 0), so δ says nothing."))


def _parts(found: Gathered, say: Tongue) -> Iterator[str]:
    header = [
        say(one) for one in (N_("Platform"), N_("Messages"), N_("Contributors"), N_("Activity"), N_("Active members"))
    ]
    for title, name, parts in (
        (N_("Channels"), "by-channel", found.channels),
        (N_("Platforms"), "by-platform", found.platforms),
    ):
        yield _head(say(title), name)
        rows = [_part(one, say) for one in parts[:MOST_PARTS]]
        yield from _table(["", *header], rows, 2)
        if len(parts) > MOST_PARTS:
            rest = say(N_("And {n} more: the JSON and CSV have all."), n=len(parts) - MOST_PARTS)
            yield f'<p class="dim">{escape(rest)}</p>'


def _part(one: Part, say: Tongue) -> list[str]:
    return [
        part_name(one, say),
        one.platform or "–",
        *(say.show(n) for n in (one.messages, one.contributors, one.activity, one.active)),
    ]


def _definitions(say: Tongue) -> Iterator[str]:
    yield _head(say(N_("What the figures mean")), "definitions")
    yield '<dl class="terms">'
    for one in (*TERMS, *MEASURES):
        yield f"<dt>{escape(say(one.title))}</dt><dd>{escape(say(one.definition))}</dd>"
    yield "</dl>"
