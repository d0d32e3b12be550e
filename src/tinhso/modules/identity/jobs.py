"""Work behind the pages of identity: other systems told of ended sessions, old sessions and tokens swept."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.models import Session

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import now
from tinhso.kernel.jobs.api import every, job
from tinhso.modules.identity.services.mandates_kept import remind
from tinhso.modules.identity.services.own_data import make, sweep_exports
from tinhso.modules.identity.services.systems import sweep
from tinhso.modules.identity.services.telling import tell


@job(name="identity.tell_system", attempts=8)
def tell_system(*, system_session_id: int) -> None:
    """Tried again after growing pauses; what stays unheard is shown beside the system."""
    tell(system_session_id=system_session_id, actor=SYSTEM, now=now())


@job(name="identity.make_export", attempts=5)
def make_export(*, export_id: int) -> None:
    """All that is kept of a person, as they asked; minutes for who has much."""
    make(export_id=export_id, actor=SYSTEM, now=now())


@every(seconds=3600, name="identity.remind_mandates")
def remind_mandates(*, now: datetime) -> None:
    """Both sides hear of a mandate that ends soon."""
    remind(actor=SYSTEM, now=now)


@every(seconds=600, name="identity.sweep")
def sweep_sessions(*, now: datetime) -> None:
    """Sessions that ran out leave the database; what they opened elsewhere ends too."""
    Session.objects.filter(expire_date__lt=now).delete()
    sweep(now=now)
    sweep_exports(now=now)
