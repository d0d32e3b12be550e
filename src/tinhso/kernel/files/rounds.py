"""What comes round: files that wait for the scanner, contents that nobody names any more."""

from __future__ import annotations

from datetime import datetime

from tinhso.kernel.files.services import rescan, sweep
from tinhso.kernel.jobs.api import every


@every(seconds=60, name="files.rescan")
def rescan_waiting(*, now: datetime) -> None:
    rescan(now=now)


@every(seconds=3600, name="files.sweep")
def sweep_unnamed(*, now: datetime) -> None:
    sweep(now=now)
