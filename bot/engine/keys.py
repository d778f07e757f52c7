"""The keys of the rules (`earn.message.cooldown`): which there are, what each may be, how they are read and written.

They are found by walking the types of `Rules`, so that a new field is a key the day it is written.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from difflib import get_close_matches
from functools import lru_cache, reduce
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints
from unicodedata import normalize

import msgspec

from bot.engine.rules import OWN, Rules
from bot.engine.strict import Strict
from bot.words import N_, Problem, Words

EXAMPLES = {
    "multipliers": '[{channel = "1122", factor = 2}]',
    "badges": '[{name = "talker", metric = "messages", goal = 100}]',
    "gates": '[{name = "lounge", level = 2}]',
    "levels.totals": "[100, 300, 700]",
}
_QUOTES = str.maketrans("“”„‟＂", '"' * 5)
"""What phones make of quotation marks."""
YES, NO = ("true", "on", "yes", "1", "是", "开"), ("false", "off", "no", "0", "否", "关")


class KeyProblem(Problem):
    """A key or its value can't be used; the words say which, what is wrong and what is allowed."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.message, **words.values)


@lru_cache(maxsize=1)
def known() -> dict[str, Any]:
    """{key: its type} of everything a community may have of its own, in the order of the rules file."""
    return dict(_walk("", Rules, OWN))


def _walk(prefix: str, table: type, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
    hints = get_type_hints(table, include_extras=True)
    for name in names:
        kind = hints[name]
        if isinstance(kind, type) and issubclass(kind, Strict):
            yield from _walk(f"{prefix}{name}.", kind, kind.__struct_fields__)
        else:
            yield f"{prefix}{name}", kind


def kind_of(key: str) -> Any:
    """The type of a key. Raises KeyProblem for one that does not exist, with those that are written alike."""
    kind = known().get(key)
    if kind is None:
        raise KeyProblem(_unknown(key))
    return kind


def _unknown(key: str) -> Words:
    last = key.rsplit(".", 1)[-1]
    near = get_close_matches(key, known(), n=3, cutoff=0.6) or [one for one in known() if one.endswith(last)][:3]
    if not near:
        return Words(message=N_("There is no key {key}. /rules show lists them all."), values={"key": key})
    return Words(
        message=N_("There is no key {key}. Did you mean {near}?"), values={"key": key, "near": ", ".join(near)}
    )


def allowed(kind: Any, key: str = "") -> Words:
    """What a value of this type may be."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _within(arguments[0], arguments[1], key)
    if origin is Literal:
        return Words(message=N_("one of: {choices}"), values={"choices": ", ".join(arguments)})
    if origin is tuple:
        return Words(message=N_("a list, such as {example}"), values={"example": EXAMPLES.get(key, "[…]")})
    if isinstance(kind, type) and issubclass(kind, Strict):
        return Words(message=N_("a table, with {names}"), values={"names": ", ".join(kind.__struct_fields__)})
    return Words(message=_PLAIN.get(kind, N_("a day, such as 2027-06-01")))


_PLAIN = {bool: N_("on or off"), int: N_("a whole number"), float: N_("a number"), str: N_("text")}


def _within(kind: Any, meta: msgspec.Meta, key: str) -> Words:
    if kind in (int, float) and meta.ge is not None and meta.le is not None:
        message = N_("a whole number from {least} to {most}") if kind is int else N_("a number from {least} to {most}")
        return Words(message=message, values={"least": meta.ge, "most": meta.le})
    if meta.max_length is not None:
        return Words(message=N_("text of at most {most} characters"), values={"most": meta.max_length})
    if meta.pattern is not None:
        return Words(message=N_("a name: small letters, digits, - and _, 32 at most"))
    return allowed(kind, key)


# ---------------------------------------------------------------------- reading


def assignments(text: str) -> list[tuple[str, str]]:
    """'earn.message.points=10 earn.message.to=20' as pairs. Raises KeyProblem for what is no such list."""
    starts = [match for match in _BEGINS.finditer(text) if _depth(text[: match.start()]) == 0]
    if not starts or text[: starts[0].start()].strip():
        raise KeyProblem(Words(message=N_("Write it like {example}."), values={"example": "earn.message.cooldown=30"}))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return [(match[1], text[match.end() : end].strip(" ,;\n")) for match, end in zip(starts, ends, strict=True)]


_BEGINS = re.compile(r"(?:^|(?<=[\s,;]))([a-z_]+(?:\.[a-z_]+)*)\s*[=＝](?!=)\s*")


def _depth(text: str) -> int:
    """How many brackets and quotation marks are open at the end of a text."""
    bare = re.sub(r'"(?:\\.|[^"\\])*"', "", text)
    return bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}") + bare.count('"') % 2


def read(key: str, text: str) -> Any:
    """The value of a key as it was typed. Raises KeyProblem that says what it may be."""
    kind = kind_of(key)
    plain = _plain(kind)
    text = text.strip().translate(_QUOTES)
    if plain is bool:
        word = normalize("NFKC", text).casefold()
        if word not in (*YES, *NO):
            raise KeyProblem(_wrong(key, text, allowed(kind, key)))
        return word in YES
    if plain is str:
        return _toml(text) if text[:1] in ('"', "'") else text
    tries = (text, _BARE.sub(r'"\1"', text)) if plain is tuple else (normalize("NFKC", text).replace(" ", ""),)
    for one in tries:
        with suppress(tomllib.TOMLDecodeError):
            return _toml(one)
    raise KeyProblem(_wrong(key, text, allowed(kind, key)))


_BARE = re.compile(r"(?<==)\s*(?!true\b|false\b)([A-Za-z\u0080-\uffff][^\s,}\"']*)(?=\s*[,}])")
"""A value in a table whose quotation marks a chat took away."""


def _plain(kind: Any) -> Any:
    """What a type is at bottom: bool, int, float, str or tuple."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return str
    return get_origin(kind) or kind


def _toml(text: str) -> Any:
    return _jsonable(tomllib.loads(f"value = {text}")["value"])


def _jsonable(value: Any) -> Any:
    """A value as it is kept in JSON: dates as text."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _wrong(key: str, value: str, may_be: Words) -> Words:
    return Words(
        message=N_("{key} can't be {value}: it is {allowed}."), values={"key": key, "value": value, "allowed": may_be}
    )


def nested(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Keys and values as tables in tables."""
    tables: dict[str, Any] = {}
    for key, value in pairs:
        *path, last = key.split(".")
        table = tables
        for name in path:
            table = table.setdefault(name, {})
        table[last] = value
    return tables


def flat(tables: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Tables in tables as {key: value}; the other way round of `nested`."""
    found: dict[str, Any] = {}
    for name, value in tables.items():
        if isinstance(value, Mapping):
            found.update(flat(value, f"{prefix}{name}."))
        else:
            found[f"{prefix}{name}"] = value
    return found


def values(rules: Rules) -> dict[str, Any]:
    """{key: value} of rules, plain."""
    return {key: msgspec.to_builtins(reduce(getattr, key.split("."), rules)) for key in known()}


def explain(error: ValueError, changes: Mapping[str, Any]) -> Words:
    """Why changes do not fit, in words: which key, what is wrong, what is allowed."""
    if isinstance(error, KeyProblem):
        return error.words
    if isinstance(error, Problem):
        return Words(message=N_("This does not fit: {why}."), values={"why": error.words})
    found = re.fullmatch(r"(.*) - at `\$\.?(.*)`", str(error))
    if not isinstance(error, msgspec.ValidationError) or found is None:
        return Words(message=N_("This does not fit: {why}."), values={"why": str(error)})
    problem, path = found[1], found[2]
    if unknown := re.search(r"unknown field `(.*)`", problem):
        return _unknown_at(path, unknown[1])
    kind = _kind_at(path)
    if kind is None:
        return Words(message=N_("This does not fit: {why}."), values={"why": f"{path}: {problem}"})
    return _wrong(path, written(_value_at(changes, path)), allowed(kind, path))


def _unknown_at(path: str, name: str) -> Words:
    if "[" not in path:
        return _unknown(f"{path}.{name}" if path else name)
    values = {"path": path, "name": name, "known": ", ".join(_fields(path))}
    return Words(message=N_("{path} knows no {name}. It knows: {known}."), values=values)


def _fields(path: str) -> tuple[str, ...]:
    kind = _kind_at(path)
    return tuple(kind.__struct_fields__) if kind is not None and hasattr(kind, "__struct_fields__") else ()


def _kind_at(path: str) -> Any:
    """The type at a path such as badges[0].name."""
    key, *rest = re.split(r"\[\d+\]\.?", path)
    kind = known().get(key)
    if kind is None or not rest:
        return kind
    element = get_args(kind)[0]
    return get_type_hints(element, include_extras=True).get(rest[0]) if rest[0] else element


def _value_at(tables: Any, path: str) -> Any:
    for step in re.findall(r"[^.\[\]]+", path):
        try:
            tables = tables[int(step)] if step.isdecimal() else tables[step]
        except (KeyError, IndexError, TypeError):
            return None
    return tables


# ---------------------------------------------------------------------- writing


def written(value: Any) -> str:
    """A plain value as TOML writes it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {written(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if value is None:
        return "–"
    return json.dumps(value)


def document(own: Mapping[str, Any]) -> str:
    """Tables as a TOML file."""
    lines: list[str] = []
    _write("", own, lines)
    return "\n".join(lines).strip() + "\n"


def _write(name: str, table: Mapping[str, Any], lines: list[str]) -> None:
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping) and value is not None}
    if name and plain:
        lines += ["", f"[{name}]"]
    lines += [f"{key} = {written(value)}" for key, value in plain.items()]
    for key, value in table.items():
        if isinstance(value, Mapping):
            _write(f"{name}.{key}" if name else key, value, lines)


def without(own: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Tables without a key, or without everything under it."""
    return nested((one, value) for one, value in flat(own).items() if one != key and not one.startswith(f"{key}."))
