"""The jobs and the periods that the code knows. Filled when apps get ready."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec, Protocol, TypeVar

from tinhso.kernel.jobs.rules import ATTEMPTS

P = ParamSpec("P")
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


class Turn(Protocol):
    """What a period calls."""

    def __call__(self, *, now: datetime) -> object: ...


T = TypeVar("T", bound=Turn)


@dataclass(frozen=True)
class Job:
    name: str
    function: Callable[..., object]
    attempts: int


@dataclass(frozen=True)
class Period:
    name: str
    seconds: int
    function: Turn


_jobs: dict[str, Job] = {}
_periods: dict[str, Period] = {}


def job(*, name: str, attempts: int = ATTEMPTS) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Make a function a job: `@job(name="dossiers.render_receipt")`. It stays a plain function too.

    It takes keyword arguments of JSON. It may run more than once (its worker may die just before it is marked done),
    so it is safe to repeat. It acts as `access.api.SYSTEM`, asks `clock.now()` itself, and calls services.
    The name is what is stored: the function may move, the name stays.
    """
    _require_name(name)

    def register(function: Callable[P, None]) -> Callable[P, None]:
        known = _jobs.get(name)
        if known is not None and _origin(known.function) != _origin(function):
            raise ValueError(f"two jobs are named {name}")
        _jobs[name] = Job(name, function, attempts)
        return function

    return register


def every(*, seconds: int, name: str) -> Callable[[T], T]:
    """Call a function once in each period, by whichever worker comes first: `@every(seconds=60, name="dossiers.remind")`.

    The function takes `now` as keyword. It is short and safe to repeat; what takes long it hands to jobs.
    """
    _require_name(name)
    if seconds < 1:
        raise ValueError("a period is at least one second")

    def register(function: T) -> T:
        if "now" not in inspect.signature(function).parameters:
            raise TypeError(f"the function of period {name} takes `now` as keyword")
        known = _periods.get(name)
        if known is not None and _origin(known.function) != _origin(function):
            raise ValueError(f"two periods are named {name}")
        _periods[name] = Period(name, seconds, function)
        return function

    return register


def job_named(name: str) -> Job | None:
    return _jobs.get(name)


def job_of(function: Callable[..., object]) -> Job:
    """Raises `LookupError` when the function is no job."""
    for known in _jobs.values():
        if known.function is function:
            return known
    raise LookupError(f"{_origin(function)} is no job; decorate it with @job(name=…)")


def job_names() -> list[str]:
    """The names of all jobs, in order."""
    return sorted(_jobs)


def periods() -> list[Period]:
    return list(_periods.values())


def forget(*, name: str) -> None:
    """Take a job or a period away: for tests that add their own."""
    _jobs.pop(name, None)
    _periods.pop(name, None)


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name) or len(name) > 100:
        raise ValueError(f"a name reads like dossiers.render_receipt, not {name!r}")


def _origin(function: Any) -> tuple[str, str]:
    return function.__module__, function.__qualname__
