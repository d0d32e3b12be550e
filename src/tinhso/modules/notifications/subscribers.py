"""What modules below have to tell people, told from here: they cannot call upwards."""

from __future__ import annotations

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.events.api import Context, subscribe
from tinhso.modules.identity.events import DataReady
from tinhso.modules.notifications import api


def on_data_ready(event: DataReady, context: Context) -> None:
    """The person's data can be downloaded."""
    wanted = api.Wanted(
        kind=api.Kind.DATA_READY,
        key=f"data_ready:{event.export_id}",
        recipient=api.Recipient(user_id=event.user_id),
        values={"date": event.until},
        url="/identity/data/",
    )
    api.notify(wanted=wanted, actor=SYSTEM, now=context.now)


def subscribe_all() -> None:
    subscribe(DataReady, name="notifications.tell_data_ready")(on_data_ready)
