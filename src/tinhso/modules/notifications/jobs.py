"""Carrying messages out behind the page: each channel by a job of its own, so that a slow one holds up no other."""

from __future__ import annotations

from datetime import datetime

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import now as clock
from tinhso.kernel.jobs.api import enqueue, every, job
from tinhso.modules.notifications import api


@job(name="notifications.send_channel")
def send_channel(*, channel: str) -> None:
    """Send what is due on a channel."""
    api.send_due(channel=api.Channel(channel), actor=SYSTEM, clock=clock)


@every(seconds=10, name="notifications.look_for_due")
def look_for_due(*, now: datetime) -> None:
    """A job for each channel that has something to send."""
    for channel in api.ask_to_send(actor=SYSTEM, now=now):
        enqueue(send_channel, channel=channel.value)


@every(seconds=3600, name="notifications.prune")
def prune(*, now: datetime) -> None:
    """Empty what is no longer needed."""
    api.prune(actor=SYSTEM, now=now)
