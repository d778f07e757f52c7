"""Whether parameters and objects fit what stripe-python's generated types say of the pinned API version.

`read_params(cls, tree)` turns a decoded form into Python values by a `…Params` TypedDict; `misfits(object)` lists what
in an object does not fit the annotations of its class. Both work from type hints alone: nothing here knows any object.

stripe-python writes enumerations as `Literal[…] | str`, to be open to later versions. Here they are closed, since both
sides speak one version; only `Literal[''] | str` (a value that may be emptied) lets any text through.
"""

import ast
import importlib
import inspect
import re
import types
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, ForwardRef, Literal, NamedTuple, Union, get_args, get_origin

import typing_extensions
from stripe._list_object import ListObject
from stripe._object_classes import OBJECT_CLASSES
from stripe._request_options import RequestOptions
from stripe._stripe_object import StripeObject, UntypedStripeObject

Json = dict[str, Any]
OPTIONS = frozenset(RequestOptions.__annotations__)


class Field(NamedTuple):
    kind: Any
    required: bool


class MisfitError(Exception):
    """A parameter that Stripe would refuse. `code` is Stripe's error code, `param` its name as in `items[0][price]`."""

    def __init__(self, param: str, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.param, self.message, self.code = param, message, code


# ---------------------------------------------------------------------- annotations


class _Names(dict[str, Any]):
    """A module's names, with those that it imports only for type checkers."""

    def __init__(self, module: str) -> None:
        loaded = importlib.import_module(module)
        super().__init__(vars(loaded))
        self.later: dict[str, tuple[str, str]] = {}
        for node in ast.walk(ast.parse(inspect.getsource(loaded))):
            if isinstance(node, ast.ImportFrom) and node.module:
                self.later |= {one.asname or one.name: (node.module, one.name) for one in node.names}

    def __missing__(self, name: str) -> Any:
        module, attribute = self.later[name]
        found = self[name] = getattr(importlib.import_module(module), attribute)
        return found


@cache
def _names(module: str) -> _Names:
    return _Names(module)


def _plain(kind: Any, module: str) -> Any:
    """An annotation with its forward references followed, one level deep."""
    if isinstance(kind, ForwardRef):
        kind = kind.__forward_arg__
    if isinstance(kind, str):
        return _plain(eval(kind, {}, _names(module)), module)  # noqa: S307 - stripe-python's own text
    return kind


def _arms(kind: Any, module: str) -> Iterator[Any]:
    kind = _plain(kind, module)
    if get_origin(kind) in (Union, types.UnionType):
        for one in get_args(kind):
            yield from _arms(one, module)
    else:
        yield kind


@cache
def _closed(kind: Any, module: str) -> tuple[Any, ...]:
    """The alternatives of an annotation; `str` is left out where it only opens an enumeration."""
    arms = tuple(_arms(kind, module))
    words = [word for one in arms if get_origin(one) is Literal for word in get_args(one) if isinstance(word, str)]
    return tuple(one for one in arms if one is not str) if any(words) else arms


@cache
def fields(cls: Any) -> dict[str, Field]:
    """What a resource, a part of one, or a TypedDict of parameters may hold."""
    found: dict[str, Field] = {}
    if typing_extensions.is_typeddict(cls):
        for name, kind in cls.__annotations__.items():
            plain = _plain(kind, cls.__module__)
            optional = get_origin(plain) is typing_extensions.NotRequired
            if name not in OPTIONS:
                found[name] = Field(get_args(plain)[0] if optional else plain, not optional)
        return found
    for name, kind in inspect.get_annotations(cls).items():
        if not name.startswith("_") and "ClassVar" not in str(kind):
            found[name] = Field(kind, type(None) not in _closed(kind, cls.__module__))
    return found


# ---------------------------------------------------------------------- parameters


def tree(pairs: list[tuple[str, str]]) -> Json:
    """A form's `a[b][0]=c` as nested dicts; indexes stay keys until an annotation says that it is a list."""
    root: Json = {}
    for name, value in pairs:
        keys: list[str] = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name) or [name]
        node: Any = root
        for key in keys[:-1]:
            node = node.setdefault(key, {}) if isinstance(node, dict) else None
        last = keys[-1] or str(len(node or ()))
        if not isinstance(node, dict) or last in node:
            raise MisfitError(name, f"Invalid {name}: given twice, or as a value and as a hash")
        node[last] = value
    return root


def read_params(cls: Any, given: Mapping[str, Any], path: str = "") -> Json:
    """The values of a form by its TypedDict; raises MisfitError for what is unknown, missing or of another type."""
    known = fields(cls)
    for name in given:
        if name not in known:
            param = f"{path}[{name}]" if path else name
            raise MisfitError(param, f"Received unknown parameter: {param}", "parameter_unknown")
    for name, field in known.items():
        if field.required and name not in given:
            param = f"{path}[{name}]" if path else name
            raise MisfitError(param, f"Missing required param: {param}.", "parameter_missing")
    return {
        name: _read(value, known[name].kind, cls.__module__, f"{path}[{name}]" if path else name)
        for name, value in given.items()
    }


def _read(value: Any, kind: Any, module: str, path: str) -> Any:
    failures: list[MisfitError] = []
    for arm in _closed(kind, module):
        try:
            return _read_arm(value, arm, module, path)
        except MisfitError as error:
            failures.append(error)
    raise max(failures, key=lambda error: len(error.param))


def _read_arm(value: Any, arm: Any, module: str, path: str) -> Any:
    origin = get_origin(arm)
    if typing_extensions.is_typeddict(arm) and isinstance(value, dict):
        return read_params(arm, value, path)
    if origin is list:
        return _read_list(value, get_args(arm)[0], module, path)
    if origin in (dict, UntypedStripeObject) and isinstance(value, dict):
        return {key: _read(one, get_args(arm)[-1], module, f"{path}[{key}]") for key, one in value.items()}
    if isinstance(value, str):
        return _read_text(value, arm, path)
    raise MisfitError(path, f"Invalid {path}: not a value of this kind")


def _read_list(value: Any, kind: Any, module: str, path: str) -> list[Any]:
    if not isinstance(value, dict) or not all(key.isdecimal() for key in value):
        raise MisfitError(path, "Invalid array")
    ordered = sorted(value.items(), key=lambda pair: int(pair[0]))
    return [_read(one, kind, module, f"{path}[{key}]") for key, one in ordered]


def _read_text(value: str, arm: Any, path: str) -> Any:
    if get_origin(arm) is Literal:
        if value not in get_args(arm):
            choices = ", ".join(map(str, get_args(arm)))
            raise MisfitError(path, f"Invalid {path}: must be one of {choices}")
        return value
    if arm is str:
        if not value:
            raise MisfitError(
                path,
                f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a parameter; "
                f"however '{path}' cannot be unset. You should remove '{path}' from your request or supply a non-empty "
                "value.",
                "parameter_invalid_empty",
            )
        return value
    if arm is bool and value in ("true", "false"):
        return value == "true"
    if arm is int and re.fullmatch(r"-?\d+", value):
        return int(value)
    if arm in (float, Decimal):
        try:
            return arm(value)
        except (ValueError, InvalidOperation):
            pass
    name = {int: "integer", bool: "boolean", float: "decimal", Decimal: "decimal"}.get(arm, "object")
    raise MisfitError(path, f"Invalid {name}: {value}", "parameter_invalid_integer" if arm is int else None)


# ---------------------------------------------------------------------- objects


@cache
def resource(name: str) -> Any:
    """The class of an object such as `checkout.session`; raises KeyError for a name that stripe-python has not."""
    module, cls = OBJECT_CLASSES[name]
    return getattr(importlib.import_module(module), cls)


def misfits(value: Json) -> list[str]:
    """What does not fit: fields that the class has not, that it must have, or of another type. Empty is good."""
    if value.get("object") == "list":
        return [fault for one in value["data"] for fault in misfits(one)]
    return list(_part(value, resource(value["object"]), value["object"]))


def _part(value: Json, cls: Any, path: str) -> Iterator[str]:
    known = fields(cls)
    for name, one in value.items():
        if name not in known:
            yield f"{path} has no {name}"
        else:
            yield from _faults(one, known[name].kind, cls.__module__, f"{path}.{name}")
    if value.get("deleted") is not True:
        yield from (f"{path} lacks {name}" for name, field in known.items() if field.required and name not in value)


def _faults(value: Any, kind: Any, module: str, path: str) -> list[str]:
    arms = _closed(kind, module)
    if type(value) in arms:
        return []  # what is written often: a text where a text may be
    if isinstance(value, dict) and "object" in value:
        named = [one for one in arms if getattr(one, "OBJECT_NAME", None) == value["object"]]
        arms = tuple(named) or arms
    if isinstance(value, dict):
        arms = tuple(one for one in arms if one not in (str, type(None))) or arms  # the others' faults say more
    found = []
    for arm in arms:
        faults = list(_arm_faults(value, arm, module, path))
        if not faults:
            return []
        found.append(faults)
    return min(found, key=len)


def _arm_faults(value: Any, arm: Any, module: str, path: str) -> Iterator[str]:
    origin = get_origin(arm)
    if arm is Any:
        return
    if origin is Literal:
        fits = value in get_args(arm)
    elif origin is list and isinstance(value, list):
        for number, one in enumerate(value):
            yield from _faults(one, get_args(arm)[0], module, f"{path}[{number}]")
        return
    elif origin is ListObject and isinstance(value, dict):
        if missing := {"object", "data", "has_more", "url"} - set(value):
            yield f"{path} lacks {sorted(missing)}"
        for number, one in enumerate(value.get("data", ())):
            yield from _faults(one, get_args(arm)[0], module, f"{path}.data[{number}]")
        return
    elif origin in (UntypedStripeObject, dict) and isinstance(value, dict):
        for key, one in value.items():
            yield from _faults(one, get_args(arm)[-1], module, f"{path}.{key}")
        return
    elif isinstance(arm, type) and issubclass(arm, StripeObject) and isinstance(value, dict):
        yield from _part(value, arm, path)
        return
    else:
        fits = _scalar(value, arm)
    if not fits:
        wanted = f"one of {list(get_args(arm))}" if origin is Literal else getattr(arm, "__name__", arm)
        yield f"{path}: {value!r} is not {wanted}"


def _scalar(value: Any, arm: Any) -> bool:
    if arm is Decimal:  # goes over the wire as a string
        return isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
    if arm is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if arm is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(arm, type) and get_origin(arm) is None and isinstance(value, arm)
