"""The ground of the fault tests: the nursery, and the database looked at from outside, by its own driver."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parents[2]


def environment(url: str) -> dict[str, str]:
    return {
        **os.environ,
        "TINHSO_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.faults.slim",
        "PYTHONPATH": str(ROOT),
    }


class Ground:
    def __init__(self, url: str, nursery: subprocess.Popen[str], acknowledged: Path) -> None:
        self.url = url
        self.acknowledged = acknowledged
        self._nursery = nursery

    def tell(self, command: str) -> str:
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write(command + "\n")
        self._nursery.stdin.flush()
        answer = self._nursery.stdout.readline().strip()
        assert answer, f"the nursery died at {command}"
        return answer

    def relay(self) -> int:
        return int(self.tell("relay"))

    def publisher(self, number: int, count: int) -> int:
        return int(self.tell(f"publish {number} {count} {self.acknowledged}"))

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        if self.url.startswith("sqlite"):
            with sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=30) as database:
                rows = database.execute(sql).fetchall()
            database.close()
            return rows
        with psycopg.connect(self.url, autocommit=True) as server:
            return server.execute(sql).fetchall()  # type: ignore[call-overload, no-any-return]

    def wait_for(self, sql: str, expected: object, seconds: float = 30) -> None:
        """Until the query's one value is `expected`."""
        end = time.monotonic() + seconds
        while (value := self.query(sql)[0][0]) != expected:
            assert time.monotonic() < end, f"{sql}: still {value}, not {expected}, after {seconds} s"
            time.sleep(0.05)

    def check_nothing_lost_doubled_or_disordered(self) -> int:
        """Every committed event reached both subscribers once, in the order of its key; returns how many events."""
        lines = self.acknowledged.read_text().split("\n")
        noted = [tuple(map(int, line.split())) for line in lines if len(line.split()) == 2]
        events = dict(self.query("SELECT id, key FROM events_storedevent"))
        stored = len(events)
        # A publisher killed between its commit and its note leaves one more than was noted, never one less.
        assert len(set(noted)) <= stored
        effects = self.query("SELECT subscriber, event_id FROM fault_effect ORDER BY id")
        for subscriber in ("faults.steady", "faults.shaky"):
            got = [event_id for name, event_id in effects if name == subscriber]
            assert len(got) == len(set(got)), "delivered twice"
            assert set(got) == set(events), "lost"
            for key in set(events.values()):
                lane = [event_id for event_id in got if events[event_id] == key]
                assert lane == sorted(lane), f"order of {key} broken"
        return stored


def kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


@contextmanager
def ground(url: str, folder: Path) -> Iterator[Ground]:
    nursery = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.faults.nursery"],
        env=environment(url),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=(folder / "nursery.log").open("w"),
        text=True,
    )
    try:
        there = Ground(url, nursery, folder / "acknowledged")
        there.acknowledged.touch()
        there.tell("prepare")
        yield there
    finally:
        assert nursery.stdin is not None
        nursery.stdin.close()
        try:
            nursery.wait(timeout=10)
        except subprocess.TimeoutExpired:
            nursery.kill()
