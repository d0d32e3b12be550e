"""`tinhso web`: the web server (Granian)."""

from __future__ import annotations

import argparse
import os
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="địa chỉ lắng nghe")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")), help="cổng (hoặc biến PORT)")
    parser.add_argument("--workers", type=int, default=1, help="số tiến trình")
    parser.add_argument("--threads", type=int, default=4, help="số luồng mỗi tiến trình")


def run(args: argparse.Namespace) -> int:
    os.execv(sys.executable, [sys.executable, *server_command(args.host, args.port, args.workers, args.threads)])


def server_command(host: str, port: int, workers: int, threads: int) -> list[str]:
    """The arguments of Python that serve the application."""
    return [
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        host,
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--blocking-threads",
        str(threads),
        "--workers-kill-timeout",
        "10",
        "--no-ws",
        "--log-level",
        "warning",
        "tinhso.config.wsgi:application",
    ]
