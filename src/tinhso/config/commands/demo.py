"""`tinhso demo`: a realistic province on embedded defaults, web and worker, by one command."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from tinhso.config.commands.web import server_command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="địa chỉ lắng nghe")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")), help="cổng (hoặc biến PORT)")


def run(args: argparse.Namespace) -> int:
    if not _is_free(args.host, args.port):
        print(f"Cổng {args.port} đang có chương trình khác dùng. Chọn cổng khác: PORT=8001 make demo", file=sys.stderr)
        return 1
    os.environ["TINHSO_PUBLIC_ORIGIN"] = f"http://{args.host}:{args.port}"
    print("Chuẩn bị tỉnh mẫu Thanh Hóa:", flush=True)
    import django

    django.setup()
    from django.conf import settings

    if not settings.DEMO_ALLOWED:
        print("Môi trường vận hành thật không chạy bản dùng thử. Xem docs/operations.md.", file=sys.stderr)
        return 1
    from tinhso.config.commands.prepare import DEMO_PASSWORD, prepare
    from tinhso.config.province import DEMO_ACCOUNTS

    prepare()
    # Each in a process group of its own: Ctrl+C reaches this command alone, which then stops both in order.
    web = subprocess.Popen([sys.executable, *server_command(args.host, args.port, 1, 4)], process_group=0)
    worker = subprocess.Popen(
        [sys.executable, "-m", "tinhso.config.cli", "worker", "--log-level", "warning"], process_group=0
    )
    processes = [web, worker]
    # Started in the background by a script, a program inherits «ignore Ctrl+C»: say otherwise.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        _wait_for(f"http://{args.host}:{args.port}/", web)
        print(f"\nTỉnh số đang chạy tại http://{args.host}:{args.port}  (Ctrl+C để dừng; dữ liệu được giữ lại)\n")
        print(f"Tài khoản dùng thử, cùng mật khẩu {DEMO_PASSWORD}:")
        for username, who in DEMO_ACCOUNTS:
            print(f"  {username:<18} {who}")
        print(flush=True)
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
        print("Một tiến trình đã dừng ngoài ý muốn; xem thông báo phía trên.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nĐang dừng …", flush=True)
        return 0
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Until the first page answers; at most 60 seconds."""
    for _ in range(300):
        if process.poll() is not None:
            raise SystemExit("Máy chủ web dừng ngay khi khởi động; xem thông báo phía trên.")
        try:
            urllib.request.urlopen(address, timeout=5).read()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise SystemExit("Máy chủ web không trả lời sau 60 giây.")
