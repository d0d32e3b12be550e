"""The real `tinhso worker`: does all three kinds of work, stops when told, and outlives its database."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.ground import ROOT, Ground, environment, ground
from tests.faults.test_relay_killed import OPEN, postgres_url

__all__ = ["postgres_url"]

UNSEALED = "SELECT count(*) FROM audit_entry WHERE seq IS NULL"
EFFECTS = "SELECT count(*) FROM fault_effect WHERE subscriber = '{}'"


@contextmanager
def worker(there: Ground, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "worker.log").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tinhso.config.cli", "worker"],
            env=environment(there.url),
            cwd=ROOT,
            stderr=output,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def entries(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "worker.log").read_text().splitlines()]


def test_it_delivers_runs_jobs_and_seals_and_stops_cleanly_when_told(tmp_path: Path) -> None:
    with ground(f"sqlite:///{tmp_path / 'fault.sqlite3'}", tmp_path) as there, worker(there, tmp_path) as process:
        there.wait_for("SELECT count(*) FROM jobs_periodstate WHERE name = 'audit.seal'", 1)
        there.tell("record")
        there.tell("enqueue 5")
        there.publisher(1, 1)
        there.wait_for(EFFECTS.format("faults.steady"), 1, seconds=5)
        there.wait_for(EFFECTS.format("job"), 1, seconds=5)
        there.wait_for(UNSEALED, 0, seconds=5)
        process.terminate()
        assert process.wait(timeout=10) == 0
        written = entries(tmp_path)
    assert [e["outcome"] for e in written if e["event"] == "job_ended"] == ["done"]
    assert written[-1]["event"] == "worker_stopped"
    assert written[-1]["clean"] is True


@pytest.mark.postgres
def test_it_goes_on_after_its_database_was_away(postgres_url: str, tmp_path: Path) -> None:
    with ground(postgres_url, tmp_path) as there, worker(there, tmp_path) as process:
        there.wait_for("SELECT count(*) FROM jobs_periodstate WHERE name = 'audit.seal'", 1)
        for number in range(3):
            there.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            time.sleep(0.2)
            there.tell("record")
            there.tell(f"enqueue {number}")
            there.publisher(number, 1)
            there.wait_for(EFFECTS.format("faults.steady"), number + 1)
            there.wait_for(EFFECTS.format("job"), number + 1)
            there.wait_for(UNSEALED, 0)
        there.wait_for(OPEN, 0)
        process.terminate()
        assert process.wait(timeout=10) == 0
