"""An order is told to the operator behind the page."""

from __future__ import annotations

from tinhso.kernel.events.api import Context, subscribe
from tinhso.kernel.jobs.api import enqueue
from tinhso.modules.post import jobs
from tinhso.modules.post.events import ConsignmentOrdered


def on_ordered(event: ConsignmentOrdered, context: Context) -> None:
    enqueue(jobs.push, consignment_id=event.consignment_id)


def subscribe_all() -> None:
    subscribe(ConsignmentOrdered, name="post.push")(on_ordered)
