"""The real product as people start it: `tinhso demo` on a home and a database of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[2]
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
# A Tuesday morning, so that what falls due does not depend on the hour at which the tests run.
BEGINNING = datetime(2026, 12, 1, 8, 30, tzinfo=VIETNAM)
PATIENCE = 240


class Product:
    """One installation. `database_url`: "" for SQLite in its home."""

    def __init__(self, home: Path, port: int, database_url: str = "") -> None:
        self.home = home
        self.port = port
        self.origin = f"http://127.0.0.1:{port}"
        self.database_url = database_url
        self.output: list[str] = []
        self.took = 0.0
        self._clock = home.parent / f"{home.name}-clock"
        self._process: subprocess.Popen[str] | None = None
        self.set_clock(BEGINNING)

    # The process

    def start(self) -> None:
        """`tinhso demo` until it has printed the accounts. `output` holds what it printed, `took` the seconds."""
        began = time.monotonic()
        log = (self.home.parent / f"{self.home.name}.log").open("ab")
        self._process = subprocess.Popen(
            [*_command(), "demo", "--port", str(self.port)],
            cwd=ROOT,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        self.output = []
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), True)
        while time.monotonic() - began < PATIENCE:
            line = self._process.stdout.readline()
            if not line:
                raise AssertionError(
                    f"tinhso demo stopped ({self._process.wait(30)}):\n{''.join(self.output)}\n{self.log()}"
                )
            self.output.append(line)
            # The accounts are a block of their own; an empty line ends it.
            if line == "\n" and any("Tài khoản dùng thử" in earlier for earlier in self.output):
                self.took = time.monotonic() - began
                return
        raise AssertionError("tinhso demo did not come up")

    def stop(self) -> None:
        """As Ctrl+C does; what has not ended after a while is killed."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        finally:
            if process.stdout:
                process.stdout.close()

    def log(self) -> str:
        path = self.home.parent / f"{self.home.name}.log"
        return path.read_text(encoding="utf-8", errors="replace")[-4000:] if path.exists() else ""

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One `tinhso` command on this installation."""
        return subprocess.run(
            [*_command(), *arguments],
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TINHSO_", "DJANGO_"))}
        kept |= {
            "DJANGO_SETTINGS_MODULE": "tests.journeys.settings",
            # The code of this very tree, wherever the command is installed from.
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
            "TINHSO_HOME": str(self.home),
            "TINHSO_JOURNEYS_CLOCK": str(self._clock),
            "TINHSO_JOURNEYS_PORTS": os.environ.get("TINHSO_JOURNEYS_PORTS", "0"),
            "PYTHONUNBUFFERED": "1",
        }
        if self.database_url:
            kept["TINHSO_DATABASE_URL"] = self.database_url
        return kept

    # The clock

    def set_clock(self, moment: datetime) -> None:
        """From now on it is `moment` in the product, and time goes on."""
        shift = (moment - datetime.now(tz=VIETNAM)).total_seconds()
        written = self._clock.with_suffix(".new")
        written.write_text(str(shift))
        written.replace(self._clock)

    def advance(self, span: timedelta) -> None:
        shift = float(self._clock.read_text()) + span.total_seconds()
        written = self._clock.with_suffix(".new")
        written.write_text(str(shift))
        written.replace(self._clock)

    def now(self) -> datetime:
        return datetime.now(tz=VIETNAM) + timedelta(seconds=float(self._clock.read_text()))

    # The database

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What stands in the database; parameters are written `%s`."""
        if not self.database_url:
            import sqlite3

            with sqlite3.connect(self.home / "tinhso.sqlite3", timeout=30) as connection:
                found = connection.execute(sql.replace("%s", "?"), tuple(parameters)).fetchall()
            connection.close()
            return found
        import psycopg

        with psycopg.connect(self.database_url) as connection:
            cursor = connection.execute(sql, tuple(parameters))  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def copy(self, name: str, port: int) -> Product:
        """A copy of a stopped installation, with a database of its own."""
        home = self.home.with_name(name)
        shutil.copytree(self.home, home)
        url = ""
        if self.database_url:
            url = f"{self.database_url}_{name}"
            create_database(url, template=database_name(self.database_url))
        return Product(home, port, url)

    def discard(self) -> None:
        """Forget a copy."""
        shutil.rmtree(self.home)
        if self.database_url:
            drop_database(self.database_url)

    def execute(self, *statements: str) -> None:
        """Change the database behind the product's back."""
        if not self.database_url:
            import sqlite3

            with sqlite3.connect(self.home / "tinhso.sqlite3", timeout=30) as connection:
                for statement in statements:
                    connection.execute(statement)
            connection.close()
            return
        import psycopg

        with psycopg.connect(self.database_url) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[arg-type]


def _command() -> list[str]:
    """The installed command, beside the Python that runs the tests."""
    installed = Path(sys.executable).with_name("tinhso")
    return [str(installed)] if installed.exists() else [sys.executable, "-m", "tinhso.config.cli"]


def database_name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def _administration(url: str) -> Any:
    import psycopg

    return psycopg.connect(urlsplit(url)._replace(path="/postgres").geturl(), autocommit=True)


def create_database(url: str, *, template: str = "template1") -> None:
    """Make the database that the URL names anew. Only one whose name says that it is for journeys is replaced."""
    name = database_name(url)
    if "journeys" not in name or '"' in name + template:
        raise SystemExit(f"Journeys replace their database: its name must contain «journeys», not {name}")
    with _administration(url) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop_database(url: str) -> None:
    with _administration(url) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database_name(url)}" WITH (FORCE)')
