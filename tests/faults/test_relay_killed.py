"""`kill -9` of relays and publishers under load: nothing lost, nothing doubled, the order of each key kept."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests.faults.ground import Ground, ground, kill

OPEN = "SELECT count(*) FROM events_delivery WHERE closed_at IS NULL"
KILLS = 10


def test_on_sqlite_a_killed_relay_is_followed_by_the_one_standing_by(tmp_path: Path) -> None:
    with ground(f"sqlite:///{tmp_path / 'fault.sqlite3'}", tmp_path) as there:
        chance = random.Random(1)
        publishers = [there.publisher(1, 120), there.publisher(2, 120), there.publisher(3, 10_000)]
        relays = [there.relay(), there.relay()]
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.05, 0.4))
            kill(relays.pop(0))
            relays.append(there.relay())
        kill(publishers[2])
        there.wait_for("SELECT count(*) >= 240 FROM events_storedevent", 1)
        there.wait_for(OPEN, 0)
        assert there.check_nothing_lost_doubled_or_disordered() >= 240


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of the test's own on the server that the suite runs on."""
    if connection.vendor != "postgresql":
        pytest.skip("the database of this run is not PostgreSQL (set TINHSO_DATABASE_URL)")
    settings = connection.settings_dict
    login = settings["USER"] + (f":{settings['PASSWORD']}" if settings["PASSWORD"] else "")
    server = f"postgres://{login}@{settings['HOST'] or 'localhost'}:{settings['PORT'] or 5432}"
    name = f"{settings['NAME']}_faults_{time.time_ns()}"[-60:]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        yield f"{server}/{name}"
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.postgres
def test_on_postgresql_three_relays_are_killed_and_cut_off(postgres_url: str, tmp_path: Path) -> None:
    with ground(postgres_url, tmp_path) as there:
        chance = random.Random(2)
        publishers = [there.publisher(1, 200), there.publisher(2, 200), there.publisher(3, 10_000)]
        relays = [there.relay() for _ in range(3)]
        for round_number in range(2 * KILLS):
            time.sleep(chance.uniform(0.02, 0.25))
            if round_number % 4 == 3:
                _cut_off_one_relay(there)
            else:
                kill(relays.pop(chance.randrange(3)))
                relays.append(there.relay())
        kill(publishers[2])
        there.wait_for("SELECT count(*) >= 400 FROM events_storedevent", True)
        there.wait_for(OPEN, 0)
        assert there.check_nothing_lost_doubled_or_disordered() >= 400


def _cut_off_one_relay(there: Ground) -> None:
    """What a restart of the server does to one that is connected: its connection ends in the middle of its work."""
    there.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND query LIKE '%events_delivery%' LIMIT 1"
    )
