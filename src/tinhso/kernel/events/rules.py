"""The pure part of events: what an event is, how it becomes JSON and comes back, when a failed delivery is tried again."""

from __future__ import annotations

import dataclasses
import re
import traceback
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import PurePath
from typing import Any, ClassVar, Literal, TypeVar, Union

# 1, 2, 4 … 512 s, then 15 minutes each: fifteen attempts bridge an outage of more than an hour.
MAX_ATTEMPTS = 15
LONGEST_PAUSE = timedelta(minutes=15)

MAX_KEY_LENGTH = 200
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


@dataclass(frozen=True)
class Event:
    """Something that happened, in the past tense. A subclass is a frozen dataclass with a `name` ("dossiers.accepted").

    Fields hold numbers of objects and plain values only: int, str, bool, None, date, aware datetime, `Literal` of those,
    and tuples of them. Never personal data: events are kept and logged.
    A new field gets a default, so that events written before it can still be read.
    """

    name: ClassVar[str]


class Unreadable(ValueError):
    """The stored payload does not fit the event class."""


E = TypeVar("E", bound=Event)
Plain = Any  # a value of JSON
_Read = Callable[[Any], Any]
_SCALARS: tuple[type, ...] = (bool, int, str, date, datetime, type(None))


def encode(event: Event) -> dict[str, Plain]:
    """The event's fields as JSON-plain values. Raises `TypeError` where a value is not of its declared type."""
    cls = type(event)
    payload = {}
    for field, kinds in shape(cls).items():
        value = getattr(event, field)
        if not _fits(value, kinds):
            raise TypeError(f"{cls.__name__}.{field}: {type(value).__name__} is not what is declared")
        payload[field] = _plain(value)
    return payload


def decode(cls: type[E], payload: Mapping[str, Plain]) -> E:
    """The event again. Strict: an unknown field, a missing one without default or a wrong type is `Unreadable`."""
    fields = shape(cls)
    unknown = payload.keys() - fields.keys()
    if unknown:
        raise Unreadable(f"{cls.__name__} has no field {sorted(unknown)}")
    values = {}
    for field in dataclasses.fields(cls):
        if field.name in payload:
            values[field.name] = _from_plain(payload[field.name], fields[field.name], f"{cls.__name__}.{field.name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise Unreadable(f"{cls.__name__}.{field.name} is missing")
    return cls(**values)


@dataclass(frozen=True)
class _Kinds:
    """What a field may hold: scalar types, exact values (`Literal`), or tuples of `items`."""

    scalars: frozenset[type]
    values: tuple[Any, ...] = ()
    items: _Kinds | None = None


_shapes: dict[type[Event], dict[str, _Kinds]] = {}


def shape(cls: type[Event]) -> dict[str, _Kinds]:
    """Field → what it may hold. Raises `TypeError` on a class that is no proper event: the programmer's mistake."""
    if cls not in _shapes:
        _shapes[cls] = _read_shape(cls)
    return _shapes[cls]


def _read_shape(cls: type[Event]) -> dict[str, _Kinds]:
    name = getattr(cls, "name", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise TypeError(f'{cls.__qualname__}: an event has a name like "dossiers.accepted"')
    params = cls.__dict__.get("__dataclass_params__")
    if params is None or not params.frozen:
        raise TypeError(f"{cls.__qualname__}: an event is a frozen dataclass")
    hints = typing.get_type_hints(cls)
    return {
        field.name: _kinds(hints[field.name], f"{cls.__qualname__}.{field.name}") for field in dataclasses.fields(cls)
    }


def _kinds(hint: Any, where: str) -> _Kinds:
    if hint in _SCALARS:
        return _Kinds(frozenset({hint}))
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return _Kinds(frozenset(), values=arguments)
    if origin in (Union, types.UnionType):
        parts = [_kinds(argument, where) for argument in arguments]
        items = [part.items for part in parts if part.items]
        if len(items) > 1:
            raise TypeError(f"{where}: two kinds of tuple in one field")
        return _Kinds(
            frozenset().union(*(part.scalars for part in parts)),
            tuple(value for part in parts for value in part.values),
            items[0] if items else None,
        )
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return _Kinds(frozenset(), items=_kinds(arguments[0], where))
    raise TypeError(f"{where}: {hint} is not plain (int, str, bool, None, date, datetime, tuples of them)")


def _fits(value: object, kinds: _Kinds) -> bool:
    if isinstance(value, tuple):
        return kinds.items is not None and all(_fits(item, kinds.items) for item in value)
    if isinstance(value, datetime) and value.tzinfo is None:
        return False
    # Exact types: True is no int here, and a datetime no date.
    return type(value) in kinds.scalars or any(value == v and type(value) is type(v) for v in kinds.values)


def _plain(value: Any) -> Plain:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _from_plain(plain: Plain, kinds: _Kinds, where: str) -> Any:
    if isinstance(plain, list) and kinds.items is not None:
        return tuple(_from_plain(item, kinds.items, where) for item in plain)
    if _fits(plain, kinds):
        return plain
    if isinstance(plain, str):
        for kind in (datetime, date):
            if kind in kinds.scalars:
                try:
                    value = kind.fromisoformat(plain)
                except ValueError:
                    continue
                if _fits(value, kinds):
                    return value
    raise Unreadable(f"{where}: {type(plain).__name__} does not fit")


def pause_after(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th failure (from 1). Doubles, up to `LONGEST_PAUSE`; no chance in it."""
    return min(timedelta(seconds=2 ** min(attempts - 1, 20)), LONGEST_PAUSE)


def failure_place(error: BaseException) -> str:
    """What failed and where, for an operator: the error's class, and file, line and function of the last frames.

    Not its message: messages carry values, and values may be personal data.
    """
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = [f"{'/'.join(PurePath(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}" for frame in frames]
    return " < ".join([f"{type(error).__module__}.{type(error).__qualname__}", *reversed(places)])[:1000]
