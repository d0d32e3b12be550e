"""`tinhso backup`: the database and the files, while people work. `tinhso restore` brings them back.

The database first, then the files: a file is written before the row that names it, so every file that the copy of the
database names is there when its turn comes. Files are named by content, so each is copied once, ever.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3._functions import register as register_functions

POSTGRES_COPY = "database.dump"
SQLITE_COPY = "database.sqlite3"


class CannotCopy(Exception):
    """Says in Vietnamese why there is no copy, or no restoring."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("to", metavar="THƯ_MỤC", type=Path, help="nơi giữ các bản sao lưu")


def run(args: argparse.Namespace) -> int:
    try:
        made = backup(args.to)
    except CannotCopy as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Đã sao lưu vào {made}")
    return 0


def backup(folder: Path) -> Path:
    """A new `<folder>/<UTC time>/` with the database and the anchor of its audit trail; new files into
    `<folder>/files`. Returns the new directory. Raises `CannotCopy`."""
    from django.conf import settings

    from tinhso.kernel.audit.api import verify

    verdict = verify()
    if not verdict.ok:
        raise CannotCopy(f"Nhật ký không nguyên vẹn ({verdict.first_broken}): xem xét trước khi sao lưu.")
    target = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    unfinished = target.with_suffix(".part")
    unfinished.mkdir(parents=True, mode=0o700)
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        _copy_sqlite(Path(database["NAME"]), unfinished / SQLITE_COPY)
    else:
        _postgres(["pg_dump", "--format=custom", f"--file={unfinished / POSTGRES_COPY}"], database)
    copied = copy_files(Path(settings.FILES_ROOT), folder / "files")
    told = {"audit_count": verdict.count, "anchor": f"{verdict.last_seq}:{verdict.last_digest}", "new_files": copied}
    (unfinished / "backup.json").write_text(json.dumps(told) + "\n")
    # Only a whole copy bears its final name.
    unfinished.rename(target)
    return target


def copy_files(source: Path, target: Path) -> int:
    """Copy what is not there yet, by content name; returns how many. What is still coming in is left out."""
    copied = 0
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in sorted(source.glob("??/??/*")):
        there = target / path.relative_to(source)
        if there.exists():
            continue
        there.parent.mkdir(parents=True, exist_ok=True)
        unfinished = there.with_name(f".{there.name}")
        shutil.copyfile(path, unfinished)
        unfinished.rename(there)
        copied += 1
    return copied


def _copy_sqlite(source: Path, target: Path) -> None:
    """Page by page through SQLite itself: a file copy of a database in use may be torn."""
    reading, writing = sqlite3.connect(f"file:{source}?mode=ro", uri=True), sqlite3.connect(target)
    try:
        # The check reads generated columns, which use Django's own functions.
        register_functions(writing)
        reading.backup(writing)
        fault = writing.execute("PRAGMA quick_check").fetchone()[0]
    finally:
        reading.close()
        writing.close()
    if fault != "ok":
        raise CannotCopy(f"Bản sao cơ sở dữ liệu không lành lặn: {fault}")


def _postgres(command: list[str], database: Mapping[str, Any]) -> None:
    """Run a tool of PostgreSQL against our database; the password goes by environment, so that no list of processes
    shows it."""
    if shutil.which(command[0]) is None:
        raise CannotCopy(f"Thiếu {command[0]}: cài gói postgresql-client cùng đời với máy chủ.")
    places = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    environment = {**os.environ, **{key: str(database[name]) for key, name in places.items() if database.get(name)}}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotCopy(f"{command[0]} báo lỗi:\n{done.stderr.strip()}")


def load_postgres(copy: Path, database: Mapping[str, Any]) -> None:
    """All or nothing, into an empty database. Raises `CannotCopy`."""
    name = str(database["NAME"])
    _postgres(["pg_restore", "--no-owner", "--single-transaction", f"--dbname={name}", str(copy)], database)
