"""`tinhso worker`: delivers events, runs jobs and what comes round. Start as many as needed; one is enough on SQLite."""

from __future__ import annotations

import argparse
import os
import signal
import time
from datetime import timedelta
from types import FrameType


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--threads", type=int, default=1, help="số việc nền chạy cùng lúc trong tiến trình này")
    parser.add_argument("--grace", type=int, default=8, help="số giây chờ việc đang chạy khi được lệnh dừng")
    parser.add_argument(
        "--nice", type=int, default=10, help="mức nhường máy cho web, từ 0 (ngang hàng) đến 19 (chỉ chạy khi rảnh)"
    )
    parser.add_argument(
        "--log-level", choices=["debug", "info", "warning", "error"], default="info", help="mức ghi nhật ký vận hành"
    )


def run(args: argparse.Namespace) -> int:
    """Until SIGTERM or SIGINT. Exit status 0 after a clean stop, 1 when something had to be left or a thread died."""
    from tinhso.config import logs
    from tinhso.kernel.jobs.api import Worker

    logs.configure(args.log_level)
    # People who wait for a page come first; what is printed in the background may take a moment longer.
    os.nice(min(19, max(0, args.nice)))
    worker = Worker(job_threads=max(1, args.threads))

    told: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        # Only this: a handler that took a lock could meet itself.
        told.append(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    worker.start()
    while not told and worker.alive:
        time.sleep(0.25)
    whole = worker.alive
    clean = worker.close(grace=timedelta(seconds=args.grace))
    return 0 if clean and whole else 1
