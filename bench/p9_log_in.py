"""P9: password log-in at the cost of decision 32, over HTTP, and what it does to other traffic. PostgreSQL.

A log-in is the page's form sent with the right password, by an account of its own each time: form checked, limits,
Argon2, session, trail. The first run is without log-ins: officers open their list; the second of log-ins
alone; the third has both together.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import product
from bench.load import Step, run_users

DATABASE = "bench_p9"
PEOPLE, USERS, READERS, SECONDS, WARM_UP = 64, 8, 2, 15.0, 4.0
LIST = "/dossiers/list/"

PREPARE = """
import django, sys
django.setup()
from tinhso.kernel.access.api import create_user
for number in range(int(sys.argv[1])):
    create_user(username=f"093000{number:04d}", full_name=f"Người {number}", kind="citizen", password="mot-cau-de-nho")
"""


def measure(home: Path, shared: Path) -> dict[str, object]:
    env = product.prepare(home, DATABASE) | {"TINHSO_PROXIES": "1"}
    subprocess.run([sys.executable, "-c", PREPARE, str(PEOPLE)], env=env, check=True)

    def make_log_in(number: int) -> Step:
        turn = iter(range(number, 10**9, USERS))

        def step() -> bool:
            mark = next(turn)
            browser = product.Browser(f"10.{mark >> 16 & 255}.{mark >> 8 & 255}.{mark & 255}")
            browser.sign_in(f"093000{mark % PEOPLE:04d}", "mot-cau-de-nho")
            return True

        return step

    def make_reader(number: int) -> Step:
        browser = product.Browser()
        browser.sign_in("chuyenvien" if number % 2 else "chutich")

        def step() -> bool:
            browser.get(LIST)
            return browser.status == 200

        return step

    with product.serving(env, worker=False):
        alone = run_users(make_reader, users=READERS, seconds=SECONDS, warm_up=WARM_UP)
        log_ins = run_users(make_log_in, users=USERS, seconds=SECONDS, warm_up=WARM_UP)
        with ThreadPoolExecutor(1) as other:
            reading = other.submit(run_users, make_reader, users=READERS, seconds=SECONDS, warm_up=WARM_UP)
            run_users(make_log_in, users=USERS, seconds=SECONDS, warm_up=WARM_UP)
            together = reading.result()
    cores = os.cpu_count() or 1
    return {
        "log_ins": vars(log_ins),
        "per_core_per_second": round(log_ins.per_second / cores, 1),
        "list_without_log_ins": vars(alone),
        "list_with_log_ins": vars(together),
        "target": {"per_core_per_second": 15},
    }
