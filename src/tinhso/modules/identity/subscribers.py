"""What identity does when something happened."""

from __future__ import annotations

from tinhso.kernel.events.api import Context, subscribe
from tinhso.kernel.jobs.api import enqueue
from tinhso.modules.identity import jobs
from tinhso.modules.identity.events import SystemSessionEnded


def on_system_session_ended(event: SystemSessionEnded, context: Context) -> None:
    """Telling may take seconds or fail: the delivery only queues it."""
    enqueue(jobs.tell_system, system_session_id=event.system_session_id)


def subscribe_all() -> None:
    subscribe(SystemSessionEnded, name="identity.tell_system")(on_system_session_ended)
