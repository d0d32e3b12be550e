"""The product as users run it, on a real PostgreSQL of its own: prepared, served by Granian, with its worker."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PORT = 8190
HOST = "127.0.0.1"
PASSWORD = "tinhso-demo-2026"
SERVER = os.environ.get("BENCH_POSTGRES", "postgres://postgres@127.0.0.1:5432")
TINHSO = str(Path(sys.executable).with_name("tinhso"))


def environment(home: Path, database: str) -> dict[str, str]:
    return {
        **os.environ,
        "TINHSO_HOME": str(home),
        "TINHSO_DATABASE_URL": f"{SERVER}/{database}",
        "DJANGO_SETTINGS_MODULE": "tinhso.config.settings.embedded",
    }


def psql(database: str, sql: str) -> str:
    done = subprocess.run(["psql", f"{SERVER}/{database}", "-Atqc", sql], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def prepare(home: Path, database: str, *, fresh: bool = True) -> dict[str, str]:
    """An empty database with the reference province. Returns the environment of every command."""
    env = environment(home, database)
    if fresh:
        psql("postgres", f'drop database if exists "{database}" with (force)')
        psql("postgres", f'create database "{database}"')
    subprocess.run([TINHSO, "prepare"], env=env, check=True, stdout=subprocess.DEVNULL)
    return env


@contextlib.contextmanager
def serving(env: dict[str, str], *, processes: int = 2, threads: int = 4, worker: bool = True) -> Iterator[None]:
    """Web server and worker, until the block ends."""
    started = [
        subprocess.Popen(
            [TINHSO, "web", "--port", str(PORT), "--workers", str(processes), "--threads", str(threads)],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    ]
    if worker:
        started.append(subprocess.Popen([TINHSO, "worker", "--log-level", "error"], env=env, stdout=subprocess.DEVNULL))
    try:
        _wait()
        yield
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=20)
            process.kill()


def _wait() -> None:
    for _ in range(300):
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(HOST, PORT, timeout=10)
            connection.request("GET", "/")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.2)
    raise SystemExit("the product did not start")


class Browser:
    """One signed-in person with a kept-alive connection. `status` and `location` are of the last answer."""

    def __init__(self, address: str = "") -> None:
        """`address`: whom the proxy in front says it is, where limits count by address."""
        self.address = address
        self.connection = http.client.HTTPConnection(HOST, PORT, timeout=60)
        self.cookies: dict[str, str] = {}
        self.status = 0
        self.location = ""

    def request(self, method: str, path: str, body: bytes = b"", content_type: str = "") -> bytes:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if self.address:
            headers["X-Forwarded-For"] = self.address
        if content_type:
            headers["Content-Type"] = content_type
        self.connection.request(method, path, body or None, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        self.status, self.location = answer.status, answer.getheader("Location") or ""
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        return content

    def get(self, path: str) -> bytes:
        return self.request("GET", path)

    def post(self, path: str, fields: dict[str, str]) -> bytes:
        token = {"csrfmiddlewaretoken": self.cookies.get("csrftoken", "")}
        return self.request(
            "POST", path, urllib.parse.urlencode({**token, **fields}).encode(), "application/x-www-form-urlencoded"
        )

    def upload(self, path: str, fields: dict[str, str], files: list[tuple[str, str, bytes]]) -> bytes:
        boundary = "tinhso-bench-boundary"
        parts = []
        for name, value in {"csrfmiddlewaretoken": self.cookies.get("csrftoken", ""), **fields}.items():
            parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
        for name, filename, content in files:
            head = (
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n"
            )
            parts.append(head.encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        return self.request("POST", path, body, f"multipart/form-data; boundary={boundary}")

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        page = self.get("/identity/login/").decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        self.cookies.setdefault("csrftoken", token.group(1) if token else "")
        self.post("/identity/login/", {"login": username, "password": password})
        if self.status != 302:
            raise SystemExit(f"{username} could not sign in: {self.status}")


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        "",
    )
    return {"cpus": os.cpu_count(), "cpu": model, "python": sys.version.split()[0]}
