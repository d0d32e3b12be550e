"""P2: the officer's list, a page of 100, filtered by rights; 16 users; small and large tables in one run.

Sizes are 10,000 and 1,000,000 dossiers (BENCH_P2_LARGE names another large size; BENCH_P2_KEPT=1 measures once, over the
database of the last run). `alone`: one user, each page asked for `TIMES` times, median and slowest in milliseconds.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from pathlib import Path

from bench import product
from bench.load import Figures, Step, run_users

DATABASE = "bench_p2"
USERS, SECONDS, WARM_UP = 16, 15.0, 4.0
SMALL, LARGE = 10_000, int(os.environ.get("BENCH_P2_LARGE", "1000000"))
ADDRESSES = (
    "/dossiers/list/",
    "/dossiers/list/?state=4",
    "/dossiers/list/?q=nguyen+thi+lan",
)
TIMES = 15


def measure(home: Path, shared: Path) -> dict[str, object]:
    kept = bool(os.environ.get("BENCH_P2_KEPT"))
    env = product.prepare(home, DATABASE, fresh=not kept)
    if kept:
        with product.serving(env, worker=False):
            return {"dossiers": _count(), "alone": _alone()}
    small = _sized(env, SMALL)
    large = _sized(env, LARGE - SMALL)
    with product.serving(env, worker=False):
        alone = _alone()
    return {
        "small": {"dossiers": SMALL, **vars(small)},
        "large": {"dossiers": LARGE, **vars(large)},
        "alone": alone,
        "p95_growth": round(large.p95_ms / small.p95_ms, 2),
        "target": {"median_ms": 60, "p95_growth": 1.5},
    }


def _count() -> int:
    return int(product.psql(DATABASE, "select count(*) from dossiers_dossier"))


def _alone() -> dict[str, list[float]]:
    found = {}
    for name in ("chuyenvien", "chutich"):
        browser = product.Browser()
        browser.sign_in(name)
        for address in ADDRESSES:
            took = []
            for _ in range(TIMES):
                began = time.perf_counter()
                browser.get(address)
                took.append(round(1000 * (time.perf_counter() - began), 1))
                if browser.status != 200:
                    raise SystemExit(f"{browser.status} {address}")
            found[f"{name} {address}"] = [statistics.median(took), max(took)]
    return found


def _sized(env: dict[str, str], more: int) -> Figures:
    subprocess.run([product.TINHSO, "simulate", "--dossiers", str(more), "--yes"], env=env, check=True)
    product.psql(DATABASE, "vacuum analyze")

    def make_user(number: int) -> Step:
        browser = product.Browser()
        browser.sign_in("chuyenvien" if number % 2 else "chutich")
        turn = iter(range(number, 10**9))

        def step() -> bool:
            browser.get(ADDRESSES[next(turn) % len(ADDRESSES)])
            return browser.status == 200

        return step

    with product.serving(env, worker=False):
        return run_users(make_user, users=USERS, seconds=SECONDS, warm_up=WARM_UP)
