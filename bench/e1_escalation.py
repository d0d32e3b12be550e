"""E1: escalation over open dossiers in sets. 1,000,000 by default; BENCH_E1_DOSSIERS names another number.

Two fifths are late by up to 12 days, the rest are due within 15 days: the first run raises a sign for most of them and tells
everybody concerned, which is the worst day there can be; the second run, an hour later, is an ordinary one. Every fourth step is
held by an officer of its agency. Then the live board of the fullest agency is counted, without its cache.

The dossiers are made by the simulation, ten thousand of them, and copied in the database; the trigram index of the search is
left off meanwhile, since nothing here reads it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from bench import product

DATABASE = "bench_e1"
DOSSIERS = int(os.environ.get("BENCH_E1_DOSSIERS", "1000000"))
MADE = 10_000
COPY = """
create temporary table copied as
    select d.id as old, nextval(pg_get_serial_sequence('dossiers_dossier', 'id')) as new, n
    from dossiers_dossier d cross join generate_series(1, {times}) n;
insert into dossiers_dossier (id, public_id, code, {names})
    select c.new, gen_random_uuid(), d.code || '-' || c.n, {dossier} from copied c join dossiers_dossier d on d.id = c.old;
insert into dossiers_task (dossier_id, {task}) select c.new, {task_of} from copied c join dossiers_task t on t.dossier_id = c.old;
"""
HOLD = """
update dossiers_task t set holder_id = s.user_id from (
    select organisation_id, min(user_id) as user_id from directory_staffmember where valid_until is null group by 1) s
where s.organisation_id = t.organisation_id and t.id % 4 = 0
"""
# In a process of its own, as the worker has it.
PROGRAM = """
import json, time
import django
django.setup()
from datetime import timedelta
from django.db import connection
from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import now
from tinhso.modules.dossiers.queries.board import count_board
from tinhso.modules.dossiers.services.watching import watch
found = []
at = now()
for hours in (0, 1):
    began, busy = time.monotonic(), time.process_time()
    done = watch(actor=SYSTEM, now=at + timedelta(hours=hours))
    found.append({**done.__dict__, "seconds": round(time.monotonic() - began, 2),
        "own_cpu_seconds": round(time.process_time() - busy, 2)})
with connection.cursor() as cursor:
    cursor.execute("SELECT COUNT(*), COUNT(DISTINCT dossier_id) FROM dossiers_sign")
    signs, dossiers = cursor.fetchone()
    cursor.execute("SELECT agency_id, COUNT(*) FROM dossiers_dossier GROUP BY 1 ORDER BY 2 DESC LIMIT 1")
    agency, its = cursor.fetchone()
board = []
for _ in range(5):
    began = time.monotonic()
    count_board(agency_id=agency, by="procedure", now=at)
    board.append(round(1000 * (time.monotonic() - began)))
print(json.dumps({"first": found[0], "second": found[1], "signs": signs, "dossiers_signed": dossiers,
    "board": {"dossiers_of_the_agency": its, "milliseconds": sorted(board)}}))
"""


def measure(home: Path, shared: Path) -> dict[str, object]:
    env = product.prepare(home, DATABASE)
    made = min(MADE, DOSSIERS)
    subprocess.run([product.TINHSO, "simulate", "--dossiers", str(made), "--open", "1", "--yes"], env=env, check=True)
    product.psql(DATABASE, "drop index dossier_search_trigram")
    times = DOSSIERS // made - 1
    if times:
        dossier = _columns("dossiers_dossier", {"id", "public_id", "code"})
        task = _columns("dossiers_task", {"id", "dossier_id"})
        product.psql(
            DATABASE,
            COPY.format(
                times=times,
                names=", ".join(dossier),
                dossier=", ".join(f"d.{name}" for name in dossier),
                task=", ".join(task),
                task_of=", ".join(f"t.{name}" for name in task),
            ),
        )
    product.psql(DATABASE, HOLD)
    product.psql(DATABASE, "vacuum analyze")
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    load = os.getloadavg()[0]
    return {"open_dossiers": DOSSIERS, **figures, "load": round(load, 1), "target": {"first_seconds": 60}}


def _columns(table: str, without: set[str]) -> list[str]:
    names = product.psql(
        DATABASE,
        f"select column_name from information_schema.columns where table_name = '{table}' "
        "and is_generated = 'NEVER' order by ordinal_position",
    )
    return [name for name in names.split() if name not in without]
