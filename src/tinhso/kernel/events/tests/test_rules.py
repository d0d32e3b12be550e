from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinhso.kernel.events.rules import (
    LONGEST_PAUSE,
    MAX_ATTEMPTS,
    Event,
    Unreadable,
    decode,
    encode,
    failure_place,
    pause_after,
    shape,
)


@dataclass(frozen=True)
class Measured(Event):
    name: ClassVar[str] = "rules_test.measured"
    number: int
    text: str
    flag: bool
    day: date
    instant: datetime
    level: Literal["province", "commune"]
    maybe: int | None = None
    numbers: tuple[int, ...] = ()


@given(
    st.builds(
        Measured,
        number=st.integers(),
        text=st.text(),
        flag=st.booleans(),
        day=st.dates(),
        instant=st.datetimes(timezones=st.just(UTC)),
        level=st.sampled_from(["province", "commune"]),
        maybe=st.none() | st.integers(),
        numbers=st.lists(st.integers()).map(tuple),
    )
)
def test_an_event_comes_back_from_json_as_it_was(event: Measured) -> None:
    assert decode(Measured, json.loads(json.dumps(encode(event)))) == event


GOOD = {
    "number": 1,
    "text": "a",
    "flag": True,
    "day": date(2026, 2, 13),
    "instant": datetime(2026, 2, 13, 9, tzinfo=UTC),
    "level": "commune",
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", True),
        ("number", "1"),
        ("number", 1.0),
        ("flag", 1),
        ("text", None),
        ("day", datetime(2026, 2, 13, 9, tzinfo=UTC)),
        ("instant", datetime(2026, 2, 13, 9)),  # noqa: DTZ001 - a naive instant is the mistake
        ("level", "ward"),
        ("numbers", [1]),
        ("numbers", ("1",)),
    ],
)
def test_a_value_that_is_not_of_its_declared_type_is_refused_when_written(field: str, value: object) -> None:
    with pytest.raises(TypeError, match=field):
        encode(Measured(**{**GOOD, field: value}))


@pytest.mark.parametrize(
    "change",
    [{"number": "1"}, {"extra": 1}, {"day": "13/02/2026"}, {"instant": "2026-02-13T09:00:00"}, {"numbers": 3}],
)
def test_a_stored_payload_that_does_not_fit_is_unreadable(change: dict[str, object]) -> None:
    with pytest.raises(Unreadable):
        decode(Measured, {**encode(Measured(**GOOD)), **change})


def test_a_missing_field_is_unreadable_unless_it_has_a_default() -> None:
    payload = encode(Measured(**GOOD))
    del payload["maybe"]
    assert decode(Measured, payload).maybe is None
    del payload["number"]
    with pytest.raises(Unreadable, match="number"):
        decode(Measured, payload)


def test_only_frozen_named_plain_dataclasses_are_events() -> None:
    @dataclass(frozen=True)
    class Nameless(Event):
        number: int

    @dataclass(frozen=True)
    class Badly(Event):
        name: ClassVar[str] = "Badly Named"

    class Undecorated(Event):
        name: ClassVar[str] = "rules_test.undecorated"

    @dataclass(frozen=True)
    class Deep(Event):
        name: ClassVar[str] = "rules_test.deep"
        data: dict  # type: ignore[type-arg]

    Deep.__annotations__["data"] = dict
    for wrong in (Nameless, Badly, Undecorated, Deep):
        with pytest.raises(TypeError):
            shape(wrong)


def test_pauses_grow_to_a_limit_and_bridge_an_hour() -> None:
    pauses = [pause_after(n) for n in range(1, MAX_ATTEMPTS)]
    assert pauses[:4] == [timedelta(seconds=s) for s in (1, 2, 4, 8)]
    assert pauses == sorted(pauses)
    assert pause_after(10_000) == LONGEST_PAUSE
    assert sum(pauses, timedelta()) > timedelta(hours=1)


def test_what_an_operator_sees_of_a_failure_has_no_values_in_it() -> None:
    try:
        raise ValueError("Nguyễn Văn A, 038090000001")
    except ValueError as error:
        place = failure_place(error)
    assert place.startswith("builtins.ValueError < ")
    assert "test_rules.py" in place
    assert "Nguyễn" not in place
    assert "038090000001" not in place
