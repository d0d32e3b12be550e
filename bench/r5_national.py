"""R5: the reform of 1 July 2025 in the whole country, at the level of units: 63 provinces, 696 districts and 10,035
communes into 34 provinces and 3,321 communes, from the draft to the report.

A person's steps are taken by two accounts through the same services as the pages: the doubtful rows are listed, the
plan cannot be submitted with them, one settles them and submits, another approves. Applied straight, and from the same
data killed with SIGKILL again and again; both have to come to the same state.
"""

from __future__ import annotations

import contextlib
import csv
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import product
from bench.old_country import DRAFTER, PLAN

DATABASE, TEMPLATE = "bench_r5", "bench_r5_before"
DAY = "2025-07-01"
KILL_AFTER = float(os.environ.get("BENCH_R5_KILL_AFTER", "20"))
OPEN = "valid_until is null"
# The reform as the law has it: resolutions 202/2025/QH15 and 1654 to 1687/NQ-UBTVQH15.
EXPECTED = {"provinces": "34", "districts": "0", "communes": "3321", "special_zones": "13", "ended": "10794"}
FACTS = {
    "provinces": f"select count(*) from directory_organisation where {OPEN} and level = 'province'",
    "districts": f"select count(*) from directory_organisation where {OPEN} and level = 'district'",
    "communes": f"select count(*) from directory_organisation where {OPEN} and level = 'commune'",
    "special_zones": f"select count(*) from directory_organisation where {OPEN} and name like 'Đặc khu %'",
    "ended": f"select count(*) from directory_organisation where valid_until = date '{DAY}' - 1",
}
# What has to be nothing afterwards.
LEFT = {
    "old_without_successor": "select count(*) from directory_organisation o where valid_until is not null and not exists"
    f" (select 1 from directory_succession s join directory_organisation n on n.id = s.successor_id and n.{OPEN}"
    " where s.predecessor_id = o.id)",
    "communes_without_province": f"select count(*) from directory_organisation c where {OPEN} and level = 'commune' and not"
    f" exists (select 1 from directory_organisation p where p.id = c.parent_id and p.{OPEN} and p.level = 'province')",
    "communes_with_wrong_path": f"select count(*) from directory_organisation where {OPEN} and level = 'commune'"
    " and path <> '/' || parent_id || '/' || id || '/'",
    "communes_that_nobody_became": f"select count(*) from directory_organisation o where {OPEN} and not exists"
    " (select 1 from directory_succession where successor_id = o.id)",
    "people_left": "select count(*) from directory_staffmember m join directory_organisation o on o.id = m.organisation_id"
    " where m.valid_until is null and o.valid_until is not null",
    "rights_left": "select count(*) from access_rolegrant g join directory_organisation o on o.id = g.organisation_id"
    " where g.valid_until is null and g.revoked_at is null and o.valid_until is not null",
    "people_without_place": "select count(*) from access_user u where kind = 'officer' and username like 'r5.%' and not"
    " exists (select 1 from directory_staffmember m where m.user_id = u.id and m.valid_until is null)",
    "people_without_rights": "select count(*) from access_user u where kind = 'officer' and not exists (select 1 from"
    " access_rolegrant g where g.user_id = u.id and g.valid_until is null and g.revoked_at is null)",
}  # fmt: skip
END_STATE = (
    "select md5(string_agg(o.code || ':' || o.name || ':' || coalesce(p.code, '') || ':' || (select count(*) from"
    " directory_staffmember m where m.organisation_id = o.id and m.valid_until is null), ',' order by o.code))"
    f" from directory_organisation o left join directory_organisation p on p.id = o.parent_id where o.{OPEN}"
)


def measure(home: Path, shared: Path) -> dict[str, object]:
    env = product.environment(home, TEMPLATE)
    for name in (DATABASE, TEMPLATE):
        product.psql("postgres", f'drop database if exists "{name}" with (force)')
    product.psql("postgres", f'create database "{TEMPLATE}"')
    _run([product.TINHSO, "manage", "migrate", "-v", "0"], env)
    _run([sys.executable, "-m", "bench.old_country", "seed"], env)
    seconds: dict[str, float] = {}

    def timed(step: str, do: Callable[[], str]) -> str:
        began = time.monotonic()
        said = do()
        seconds[step] = round(time.monotonic() - began, 1)
        return said

    drafting = [
        product.TINHSO, "reform", "--plan", str(PLAN), "--draft", "--day", DAY, "--by", DRAFTER,
        "--title", "Sắp xếp 63 tỉnh, thành phố thành 34", "--ground", "Nghị quyết 202/2025/QH15",
    ]  # fmt: skip
    number = re.search(r"số (\d+)", timed("draft", lambda: _run(drafting, env)))
    assert number is not None
    plan = number.group(1)
    listed = home / "problems.csv"
    checking = [product.TINHSO, "reform", "--plan", plan, "--check", "--problems", str(listed)]
    timed("judge_and_try", lambda: _run(checking, env))
    with listed.open(encoding="utf-8-sig", newline="") as stream:
        levels = [row["Mức"] for row in csv.DictReader(stream)]
    problems = {level: levels.count(level) for level in ("error", "question", "warning")}
    deciding = [sys.executable, "-m", "bench.old_country", "decide", plan]
    refused = timed("settle_submit_approve", lambda: _run(deciding, env)).strip()
    product.psql(TEMPLATE, "vacuum analyze")
    straight, first = _apply(home, plan, kill_after=None)
    killed, second = _apply(home, plan, kill_after=KILL_AFTER)
    return {
        "problems_told": problems,
        "submitted_with_doubts": refused,
        "seconds": seconds,
        "straight": straight,
        "killed_and_resumed": killed,
        "same_end_state": first == second,
        "load_average": os.getloadavg(),
    }


def _run(command: list[str], env: dict[str, str]) -> str:
    done = subprocess.run(command, env=env, capture_output=True, text=True, cwd=product.ROOT)
    if done.returncode:
        raise SystemExit(f"{command[1:4]}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def _apply(home: Path, plan: str, *, kill_after: float | None) -> tuple[dict[str, object], str]:
    product.psql("postgres", f'drop database if exists "{DATABASE}" with (force)')
    product.psql("postgres", f'create database "{DATABASE}" template "{TEMPLATE}"')
    env = product.environment(home, DATABASE)
    kills, began = 0, time.monotonic()
    while True:
        process = subprocess.Popen(
            [product.TINHSO, "reform", "--plan", plan, "--apply"],
            env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=kill_after)
        if process.poll() is not None:
            if process.returncode:
                raise SystemExit(f"tinhso reform --apply ended with {process.returncode}")
            break
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
        kill_after = (kill_after or 0) * 1.3
    seconds = time.monotonic() - began
    facts = {name: product.psql(DATABASE, sql) for name, sql in FACTS.items()}
    left = {name: product.psql(DATABASE, sql) for name, sql in LEFT.items()}
    verified = subprocess.run([product.TINHSO, "verify"], env=env, capture_output=True, text=True)
    figures: dict[str, object] = {
        "seconds": round(seconds, 1),
        "state": product.psql(DATABASE, "select state from directory_reform"),
        "kills": kills,
        "facts": facts,
        "not_as_the_law_has_it": {name: facts[name] for name, value in EXPECTED.items() if facts[name] != value},
        "left": {name: count for name, count in left.items() if count != "0"},
        "audit": verified.stdout.strip().splitlines()[-1:] if verified.returncode == 0 else verified.stdout[-400:],
    }
    return figures, product.psql(DATABASE, END_STATE)
