"""S1: the progress table of Quyết định 766 over a year of 600,000 dossiers, its lists, and the officer's list.

Over HTTP, signed in, rights on, PostgreSQL set as deploy/postgresql says where a database may set it itself. One user:
each page is asked for a few times with nothing kept between, the median and the slowest are told. The table has
2,600 numbers, each a link. BENCH_S1_DOSSIERS names another size; BENCH_S1_KEPT=1
measures over the database of the last run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bench import product

DATABASE = "bench_s1"
DOSSIERS = int(os.environ.get("BENCH_S1_DOSSIERS", "600000"))
TIMES = 7


def measure(home: Path, shared: Path) -> dict[str, object]:
    kept = bool(os.environ.get("BENCH_S1_KEPT"))
    env = product.prepare(home, DATABASE, fresh=not kept)
    for setting in ("jit = off", "work_mem = '16MB'", "random_page_cost = 1.1"):
        product.psql("postgres", f'alter database "{DATABASE}" set {setting}')
    if not kept:
        seed = [product.TINHSO, "simulate", "--dossiers", str(DOSSIERS), "--open", "0.05", "--yes"]
        subprocess.run(seed, env=env, check=True, stdout=subprocess.DEVNULL)
    product.psql(DATABASE, "vacuum analyze")
    ward = product.psql(DATABASE, "select id from directory_organisation where code = 'H56.102'")
    today = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()
    year = f"from={today - timedelta(days=365)}&until={today}"
    month = f"from={today - timedelta(days=30)}&until={today}"
    lists = [
        f"/scorecards/progress/dossiers/?{year}{narrowing}&number={number}"
        for narrowing in ("", f"&agency={ward}", "&field=H%E1%BB%99+t%E1%BB%8Bch&level=commune&channel=postal")
        for number in (
            "received.total", "received.carried_over", "received.postal", "done.late", "in_progress.late",
            "paused.total", "refused.total",
        )
    ]  # fmt: skip
    with product.serving(env, worker=False):
        province, leader = product.Browser(), product.Browser()
        province.sign_in("thongke")
        leader.sign_in("chutich")
        return {
            "dossiers": int(product.psql(DATABASE, "select count(*) from dossiers_dossier")),
            "table_of_the_province_by_agency": _times(province, [f"/scorecards/progress/?{year}"]),
            "table_of_the_province_by_field": _times(province, [f"/scorecards/progress/?{year}&by=field"]),
            "table_of_the_province_of_a_month": _times(province, [f"/scorecards/progress/?{month}"]),
            "table_of_a_ward": _times(leader, [f"/scorecards/progress/?{year}&by=field"]),
            "workbook": _times(province, [f"/scorecards/progress/export/?{year}"]),
            "lists_of_the_province": _times(province, lists),
            "lists_of_a_ward": _times(leader, lists[:7]),
            "index_of_a_month": _times(province, [f"/scorecards/index/?month={today:%Y-%m}"]),
            "officers_list": _times(
                leader, ["/dossiers/list/", "/dossiers/list/?state=all", "/dossiers/list/?q=nguyen+thi+lan"]
            ),
            "target": {"table_ms": 2000, "list_ms": 150},
        }


def _times(browser: product.Browser, addresses: list[str]) -> dict[str, object]:
    """Milliseconds. The slowest is the median of its page: one that was slow once only is not counted against it."""
    medians = {}
    for address in addresses:
        took = []
        browser.connection.close()  # kept alive for half a minute only; opened again by the next request
        for _ in range(TIMES):
            began = time.perf_counter()
            browser.get(address)
            took.append((time.perf_counter() - began) * 1000)
            if browser.status != 200:
                raise SystemExit(f"{browser.status} {address}")
        medians[address] = statistics.median(took)
    slowest = max(medians, key=lambda address: medians[address])
    return {
        "pages": len(medians),
        "median_ms": round(statistics.median(medians.values()), 1),
        "slowest_ms": round(medians[slowest], 1),
        "slowest": slowest,
    }
