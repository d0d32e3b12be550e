"""The periods of the kernel itself, for packages below jobs."""

from __future__ import annotations

from datetime import datetime

from tinhso.kernel.audit import api as audit
from tinhso.kernel.events import api as events
from tinhso.kernel.jobs import services
from tinhso.kernel.jobs.registry import every


@every(seconds=1, name="audit.seal")
def seal_audit(*, now: datetime) -> None:
    audit.seal(now=now)


@every(seconds=86_400, name="events.prune")
def prune_events(*, now: datetime) -> None:
    events.prune(now=now)


@every(seconds=86_400, name="jobs.prune")
def prune_jobs(*, now: datetime) -> None:
    services.prune(now=now)
