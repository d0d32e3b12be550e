"""P1: an officer's step on a dossier over HTTP, 8 users, PostgreSQL, against Caluma doing the same, in one run.

A step is one POST of the officer's page: the handler submits, the leader approves and issues. Rights, audit, events,
session and CSRF are on; the worker runs beside. Caluma completes a work item by one GraphQL call, its authorisation
open as it comes.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from bench import product
from bench.load import Step, run_users
from bench.peers import caluma

DATABASE = "bench_p1"
USERS, SECONDS, WARM_UP = 8, 20.0, 5.0
DOSSIERS = 6000

PREPARE = """
import django, sys
django.setup()
from tinhso.config.commands.simulate import simulate
from tinhso.modules.dossiers.models import Task
simulate(dossiers=int(sys.argv[1]), agency_code="H56.102", open_share=1.0, procedure_code="1.001193")
for public_id, task in Task.objects.filter(
    finished_at__isnull=True, key="examine", dossier__form_data={}
).order_by("pk").values_list("dossier__public_id", "pk"):
    print(public_id, task)
"""


def measure(home: Path, shared: Path) -> dict[str, object]:
    env = product.prepare(home, DATABASE)
    prepared = subprocess.run(
        [sys.executable, "-c", PREPARE, str(DOSSIERS)], env=env, check=True, capture_output=True, text=True
    )
    work = [line.split() for line in prepared.stdout.splitlines()]
    queue = iter(work)
    lock = threading.Lock()

    def make_user(number: int) -> Step:
        handler, leader = product.Browser(), product.Browser()
        handler.sign_in("chuyenvien")
        leader.sign_in("chutich")
        waiting: list[tuple[str, int]] = []

        def step() -> bool:
            if waiting:
                public_id, task = waiting.pop()
                leader.post(f"/dossiers/{public_id}/tasks/{task}/act/", {"action": "approve", "comment": ""})
                return leader.status == 302
            with lock:
                public_id, task = next(queue)
            handler.post(f"/dossiers/{public_id}/tasks/{task}/act/", {"action": "submit", "comment": "Đủ điều kiện."})
            if handler.status != 302:
                return False
            waiting.append((public_id, _next_task(public_id)))
            return True

        return step

    with product.serving(env):
        ours = run_users(make_user, users=USERS, seconds=SECONDS, warm_up=WARM_UP)
    with caluma.serving(shared, cases=1200) as items:
        theirs = run_users(caluma.user_maker(items), users=USERS, seconds=SECONDS, warm_up=WARM_UP)
    return {
        "tinhso": vars(ours),
        "caluma": vars(theirs),
        "times_the_requests": round(ours.per_second / theirs.per_second, 2),
        "share_of_the_p95": round(ours.p95_ms / theirs.p95_ms, 3),
        "target": {"times_the_requests": 10, "share_of_the_p95": 0.25},
    }


_connection = threading.local()


def _next_task(public_id: str) -> int:
    """The number of the leader's task, as the leader's desk would show it; read outside the product's server."""
    import psycopg

    if not hasattr(_connection, "value"):
        _connection.value = psycopg.connect(f"{product.SERVER}/{DATABASE}", autocommit=True)
    row = _connection.value.execute(
        "select t.id from dossiers_task t join dossiers_dossier d on d.id = t.dossier_id"
        " where d.public_id = %s and t.finished_at is null",
        [public_id],
    ).fetchone()
    return int(row[0])
