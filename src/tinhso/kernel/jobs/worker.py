"""One worker: the relay, the periods and the jobs, each in a thread of its own, until told to stop.

Every thread outlives the loss of the database: it drops its connection, waits a little longer each time, and goes on.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import connections

from tinhso.kernel.clock import now
from tinhso.kernel.events.api import drop_connection, failure_place, run_relay
from tinhso.kernel.jobs import periods, running
from tinhso.kernel.jobs.registry import periods as registered_periods
from tinhso.kernel.jobs.rules import BEAT

log = structlog.get_logger("tinhso.worker")

# Periods up to this long have a thread of their own, so that a slow daily one does not hold up the sealing.
SHORT_SECONDS = 10
JOBS_POLL = 0.5
SHORT_POLL = 0.5
LONG_POLL = 5.0


class Worker:
    """`job_threads`: how many jobs run at the same time in this process."""

    def __init__(self, *, job_threads: int = 1) -> None:
        self.name = secrets.token_hex(8)
        self.stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._jobs = [f"{self.name}/job-{number}" for number in range(1, job_threads + 1)]
        self._short, self._long = f"{self.name}/short", f"{self.name}/long"

    def start(self) -> None:
        self._begin("relay", lambda: run_relay(stop=self.stop))
        self._begin("keeper", lambda: self._loop("keeper", self._keep, BEAT.total_seconds()))
        self._begin("short", lambda: self._loop(self._short, lambda: self._turns(self._short, short=True), SHORT_POLL))
        self._begin("long", lambda: self._loop(self._long, lambda: self._turns(self._long, short=False), LONG_POLL))
        for holder in self._jobs:
            self._begin(holder, lambda holder=holder: self._loop(holder, lambda: self._job(holder), JOBS_POLL))  # type: ignore[misc]
        log.info("worker_started", worker=self.name)

    def close(self, *, grace: timedelta) -> bool:
        """Stop, and wait for what runs now; True when all of it ended in time. What did not is tried again elsewhere
        when its claim has run out."""
        self.stop.set()
        end = time.monotonic() + grace.total_seconds()
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        clean = not any(thread.is_alive() for thread in self._threads)
        log.info("worker_stopped", worker=self.name, clean=clean)
        return clean

    @property
    def alive(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def _begin(self, name: str, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            finally:
                connections.close_all()

        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _loop(self, holder: str, step: Callable[[], bool], poll_seconds: float) -> None:
        """Call `step` until told to stop; after a step that did nothing, or a trouble, wait."""
        trouble = 0
        while not self.stop.is_set():
            try:
                if trouble:
                    running.recover_own(holder=holder, now=now())
                    periods.release(holder=holder)
                busy = step()
                trouble = 0
            except Exception as error:
                trouble += 1
                log.error("thread_interrupted", thread=holder, error=failure_place(error), in_a_row=trouble)
                drop_connection()
                self.stop.wait(min(0.25 * 2 ** min(trouble, 6), 10))
                continue
            if not busy:
                self.stop.wait(poll_seconds)

    def _keep(self) -> bool:
        running.renew(holders=[*self._jobs, self._short, self._long], now=now())
        running.recover(now=now())
        return False

    def _turns(self, holder: str, *, short: bool) -> bool:
        mine = [period for period in registered_periods() if (period.seconds <= SHORT_SECONDS) == short]
        periods.run_turns(mine, holder=holder, clock=now)
        return False

    def _job(self, holder: str) -> bool:
        return running.run_next(holder=holder, clock=now)
