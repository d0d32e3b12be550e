"""The operator is outside: it is told, and asked, behind the page."""

from __future__ import annotations

from datetime import datetime

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import now as clock_now
from tinhso.kernel.jobs.api import every, job
from tinhso.modules.post import api


@job(name="post.push")
def push(*, consignment_id: int) -> None:
    """Tell the operator of one order; if it is down, `push_waiting` tries again."""
    api.push(consignment_id=consignment_id, actor=SYSTEM, now=clock_now())


@every(seconds=60, name="post.push_waiting")
def push_waiting(*, now: datetime) -> object:
    return api.push_waiting(actor=SYSTEM, now=now)


@every(seconds=1800, name="post.ask_about_silent")
def ask_about_silent(*, now: datetime) -> object:
    return api.ask_about_silent(actor=SYSTEM, now=now)
