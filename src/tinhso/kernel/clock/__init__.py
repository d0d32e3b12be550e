"""One clock. Services take `now`; only the edges (views, jobs, commands) ask `now()`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    """The present instant, aware, in Vietnam time.

    Where the settings name a `CLOCK_SHIFT_FILE` (tests only), the seconds in it are added.
    """
    from django.conf import settings

    instant = datetime.now(tz=VIETNAM)
    shift_file = settings.CLOCK_SHIFT_FILE
    if shift_file and Path(shift_file).exists():
        instant += timedelta(seconds=float(Path(shift_file).read_text() or 0))
    return instant
