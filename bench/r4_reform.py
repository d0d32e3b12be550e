"""R4: the reform of 1 July 2025 in Thanh Hóa, 573 organisations into 166 communes with 100,000 open dossiers.

Two runs from the same data: one straight through, one killed with SIGKILL again and again until it ends. Both have to
come to the same state, with nothing lost (BENCH_R4_DOSSIERS names another number of dossiers).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from bench import product

DATABASE, TEMPLATE = "bench_r4", "bench_r4_before"
DOSSIERS = int(os.environ.get("BENCH_R4_DOSSIERS", "100000"))
KILL_AFTER = float(os.environ.get("BENCH_R4_KILL_AFTER", "12"))

OPEN = "state in (1, 2, 4, 5, 6, 9)"
# What has to be equal before and after, and in both runs.
CONSERVED = {
    "open_dossiers": f"select count(*) from dossiers_dossier where {OPEN}",
    "due_times": "select md5(string_agg(id || ':' || coalesce(due_at::text, '') || original_due_at || state, ',' order by id))"
    " from dossiers_dossier",
    "tasks": "select md5(string_agg(id || ':' || dossier_id || coalesce(holder_id, 0) || role || unit_name || due_at, ','"
    " order by id)) from dossiers_task",
    "people_at_work": "select count(distinct user_id) from directory_staffmember where valid_until is null",
    "rights": "select md5(string_agg(distinct user_id || role, ',')) from access_rolegrant"
    " where revoked_at is null and valid_until is null",
    "drafts": "select count(*) from dossiers_draft where dossier_id is null",
}
ENDED = "select id from directory_organisation where valid_until is not null"
# What has to be nothing afterwards.
LEFT = {
    "dossiers_without_owner": f"select count(*) from dossiers_dossier where {OPEN} and (agency_id in ({ENDED}) or office_id"
    f" in ({ENDED}))",
    "tasks_left": f"select count(*) from dossiers_task where finished_at is null and organisation_id in ({ENDED})",
    "drafts_left": f"select count(*) from dossiers_draft where dossier_id is null and agency_id in ({ENDED})",
    "people_left": f"select count(*) from directory_staffmember where valid_until is null and organisation_id in ({ENDED})",
    "rights_left": f"select count(*) from access_rolegrant where valid_until is null and revoked_at is null and"
    f" organisation_id in ({ENDED})",
    "not_inherited_once": "select count(*) from (select dossier_id from dossiers_inheritance group by 1 having count(*) <> 1)"
    " twice",
}
# What both runs have to agree on: every open dossier at the same agency.
END_STATE = (
    "select md5(string_agg(d.id || ':' || a.code || ':' || o.code, ',' order by d.id)) from dossiers_dossier d"
    " join directory_organisation a on a.id = d.agency_id join directory_organisation o on o.id = d.office_id"
)


def measure(home: Path, shared: Path) -> dict[str, object]:
    env = product.environment(home, TEMPLATE)
    for name in (DATABASE, TEMPLATE):
        product.psql("postgres", f'drop database if exists "{name}" with (force)')
    product.psql("postgres", f'create database "{TEMPLATE}"')
    subprocess.run([product.TINHSO, "manage", "migrate", "-v", "0"], env=env, check=True)
    number = subprocess.run(
        [sys.executable, "-m", "bench.old_province", "--dossiers", str(DOSSIERS)],
        env=env, check=True, capture_output=True, text=True, cwd=product.ROOT,
    ).stdout.strip()  # fmt: skip
    product.psql(TEMPLATE, "vacuum analyze")
    straight, first = _run(home, number, kill_after=None)
    killed, second = _run(home, number, kill_after=KILL_AFTER)
    return {
        "dossiers": DOSSIERS,
        "straight": straight,
        "killed_and_resumed": killed,
        "same_end_state": first == second,
        "load_average": os.getloadavg(),
        "target": {"seconds": 300},
    }


def _facts(questions: dict[str, str]) -> dict[str, str]:
    return {name: product.psql(DATABASE, sql) for name, sql in questions.items()}


def _run(home: Path, number: str, *, kill_after: float | None) -> tuple[dict[str, object], str]:
    product.psql("postgres", f'drop database if exists "{DATABASE}" with (force)')
    product.psql("postgres", f'create database "{DATABASE}" template "{TEMPLATE}"')
    env = product.environment(home, DATABASE)
    before = _facts(CONSERVED)
    kills, started = 0, time.monotonic()
    while True:
        process = subprocess.Popen(
            [product.TINHSO, "reform", "--plan", number, "--apply"],
            env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=kill_after)
        if process.poll() is not None:
            break
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
        kill_after = (kill_after or 0) * 1.3
    seconds = time.monotonic() - started
    after, left = _facts(CONSERVED), _facts(LEFT)
    verified = subprocess.run([product.TINHSO, "verify"], env=env, capture_output=True, text=True)
    state = product.psql(DATABASE, f"{END_STATE} where {OPEN}")
    wrong = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    figures: dict[str, object] = {
        "seconds": round(seconds, 1),
        "state": product.psql(DATABASE, "select state from directory_reform"),
        "kills": kills,
        "changed_that_must_not": wrong,
        "left": {name: count for name, count in left.items() if count != "0"},
        "audit": verified.stdout.strip().splitlines()[-1:] if verified.returncode == 0 else verified.stdout[-400:],
        "inherited": product.psql(DATABASE, "select count(*) from dossiers_inheritance"),
    }
    return figures, state
