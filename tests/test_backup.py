"""A copy taken from a running installation comes back whole; a spoilt one is refused, and nothing is overwritten."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty installation on SQLite with one stored file and one audit entry, sealed when it is verified."""
    home = tmp_path_factory.mktemp("home")
    done = tinhso(home, "manage", "migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    scene = (
        "import io; from django.db import transaction\n"
        "from tinhso.kernel.access.api import SYSTEM\n"
        "from tinhso.kernel.audit.api import record\n"
        "from tinhso.kernel.clock import now\n"
        "from tinhso.kernel.files.api import store\n"
        "png = bytes.fromhex('89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082')\n"
        "with transaction.atomic():\n"
        "    store(io.BytesIO(png), filename='a.png', actor=SYSTEM, now=now(), purpose='test')\n"
        "    record(who=SYSTEM, action='test.scene', object_ref='test:1', now=now())\n"
    )
    done = tinhso(home, "manage", "shell", "--no-imports", "-c", scene)
    assert done.returncode == 0, done.stderr
    return home


def tinhso(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("TINHSO_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "tinhso.config.cli", *arguments],
        env={**environment, "TINHSO_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copies")
    done = tinhso(home, "backup", str(folder))
    assert done.returncode == 0, done.stderr
    (made,) = [path for path in folder.iterdir() if path.name != "files"]
    return made


def test_what_was_backed_up_comes_back_and_is_proved_whole(copy: Path, tmp_path: Path) -> None:
    done = tinhso(tmp_path / "new", "restore", str(copy))
    assert done.returncode == 0, done.stderr
    assert "1 tệp nguyên vẹn" in done.stdout


def test_nothing_is_restored_over_data(copy: Path, home: Path) -> None:
    done = tinhso(home, "restore", str(copy))
    assert done.returncode == 1
    assert "không trống" in done.stderr


def test_a_copy_without_its_files_is_not_called_whole(copy: Path, tmp_path: Path) -> None:
    alone = tmp_path / "copies" / copy.name
    alone.mkdir(parents=True)
    for path in copy.iterdir():
        (alone / path.name).write_bytes(path.read_bytes())
    done = tinhso(tmp_path / "new", "restore", str(alone))
    assert done.returncode == 1
    assert "KHÔNG nguyên vẹn" in done.stderr


def test_a_copy_that_lost_its_last_audit_entries_is_found_out(copy: Path, tmp_path: Path) -> None:
    short = tmp_path / "copies" / copy.name
    short.mkdir(parents=True)
    for path in copy.iterdir():
        (short / path.name).write_bytes(path.read_bytes())
    with sqlite3.connect(short / "database.sqlite3") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("DELETE FROM audit_entry")
    done = tinhso(tmp_path / "new", "restore", str(short))
    assert done.returncode == 1
    assert "KHÔNG nguyên vẹn" in done.stderr


def test_an_unfinished_copy_is_not_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "20260101T000000Z.part").mkdir()
    done = tinhso(tmp_path / "new", "restore", str(tmp_path / "20260101T000000Z.part"))
    assert done.returncode == 1
    assert "không phải là một bản sao lưu hoàn chỉnh" in done.stderr
