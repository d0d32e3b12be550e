"""The life of a message: what may become what, pauses, quiet hours."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinhso.kernel.clock import VIETNAM
from tinhso.modules.notifications.rules import (
    Channel,
    MessageState,
    masked,
    may_become,
    next_try_at,
    pause_of_channel,
    send_from,
)

AT = datetime(2026, 11, 24, 9, 0, tzinfo=VIETNAM)
MOMENTS = st.integers(0, 365 * 24 * 60).map(lambda minutes: AT + timedelta(minutes=minutes))


def test_sent_is_not_delivered_and_delivered_stays() -> None:
    assert may_become(MessageState.SENT, MessageState.DELIVERED)
    assert not any(may_become(MessageState.DELIVERED, state) for state in MessageState)
    assert not may_become(MessageState.SENT, MessageState.QUEUED)


@given(st.integers(1, 100))
def test_pauses_grow_and_end(times: int) -> None:
    assert timedelta(0) < pause_of_channel(times) <= pause_of_channel(times + 1) <= timedelta(minutes=15)
    assert AT < next_try_at(AT, times) <= next_try_at(AT, times + 1) <= AT + timedelta(hours=2)


@given(MOMENTS, st.tuples(st.integers(0, 23), st.integers(0, 23)))
def test_no_telephone_rings_in_the_quiet_hours(at: datetime, quiet: tuple[int, int]) -> None:
    begins, ends = quiet
    for channel in (Channel.SMS, Channel.ZALO):
        goes = send_from(channel, at, quiet=quiet)
        assert at <= goes <= at + timedelta(days=1)
        inside = begins != ends and (
            begins <= goes.hour < ends if begins < ends else (goes.hour >= begins or goes.hour < ends)
        )
        assert not inside
    assert send_from(Channel.EMAIL, at, quiet=quiet) == at


@pytest.mark.parametrize(
    ("hour", "goes"),
    [(20, (24, 20)), (21, (25, 7)), (23, (25, 7)), (2, (24, 7)), (6, (24, 7)), (7, (24, 7))],
)
def test_from_nine_in_the_evening_to_seven(hour: int, goes: tuple[int, int]) -> None:
    at = AT.replace(hour=hour)
    found = send_from(Channel.SMS, at, quiet=(21, 7))
    assert (found.day, found.hour) == goes


def test_an_operator_sees_no_whole_address() -> None:
    assert masked("0912345678") == "••••678"
    assert masked("nhung.le@example.vn") == "n••@example.vn"
    assert masked("") == "••••"
