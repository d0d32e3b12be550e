"""What the store does when something happened: slow work is queued."""

from __future__ import annotations

from tinhso.kernel.events.api import Context, subscribe
from tinhso.kernel.jobs.api import enqueue
from tinhso.modules.archive import jobs
from tinhso.modules.archive.events import ImportConfirmed, ParcelReceived


def on_parcel(event: ParcelReceived, context: Context) -> None:
    enqueue(jobs.unpack, batch_id=event.batch_id)


def on_confirmed(event: ImportConfirmed, context: Context) -> None:
    enqueue(jobs.apply_import, batch_id=event.batch_id)


def subscribe_all() -> None:
    subscribe(ParcelReceived, name="archive.unpack_parcel")(on_parcel)
    subscribe(ImportConfirmed, name="archive.write_import")(on_confirmed)
