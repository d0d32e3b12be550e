"""The reform of Thanh Hóa killed with SIGKILL in mid-way, again and again, comes to its end with nothing lost.

Small: the full size is `make bench NAME=R4`."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.faults.ground import ROOT

DOSSIERS = 150
OPEN = "state IN (1, 2, 4, 5, 6, 9)"
CONSERVED = (
    f"SELECT count(*) FROM dossiers_dossier WHERE {OPEN}",
    "SELECT group_concat(id || due_at || original_due_at || state) FROM (SELECT * FROM dossiers_dossier ORDER BY id)",
    "SELECT group_concat(id || dossier_id || coalesce(holder_id, 0) || role) FROM (SELECT * FROM dossiers_task ORDER BY id)",
    "SELECT count(DISTINCT user_id) FROM directory_staffmember WHERE valid_until IS NULL",
    "SELECT count(*) FROM (SELECT DISTINCT user_id, role FROM access_rolegrant WHERE valid_until IS NULL)",
)
ENDED = "SELECT id FROM directory_organisation WHERE valid_until IS NOT NULL"
LEFT = (
    f"SELECT count(*) FROM dossiers_dossier WHERE {OPEN} AND (agency_id IN ({ENDED}) OR office_id IN ({ENDED}))",
    f"SELECT count(*) FROM dossiers_task WHERE finished_at IS NULL AND organisation_id IN ({ENDED})",
    f"SELECT count(*) FROM directory_staffmember WHERE valid_until IS NULL AND organisation_id IN ({ENDED})",
    f"SELECT count(*) FROM access_rolegrant WHERE valid_until IS NULL AND organisation_id IN ({ENDED})",
)


def run(env: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], env=env, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True
    )
    return done.stdout.strip()


def killed_at(env: dict[str, str], number: str, word: str) -> None:
    """Apply until the command tells of a step, then SIGKILL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tinhso.config.cli", "reform", "--plan", number, "--apply"],
        env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    told = b""
    assert process.stderr is not None
    while word.encode() not in told:
        part = os.read(process.stderr.fileno(), 200)
        assert part, "it ended before it was killed"
        told += part
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def test_killed_in_mid_way_it_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    file = tmp_path / "province.sqlite3"
    env = {
        **os.environ,
        "TINHSO_HOME": str(tmp_path),
        "TINHSO_DATABASE_URL": f"sqlite:///{file}",
        "DJANGO_SETTINGS_MODULE": "tinhso.config.settings.embedded",
    }
    run(env, "-m", "tinhso.config.cli", "manage", "migrate", "-v", "0")
    number = run(env, "-m", "bench.old_province", "--dossiers", str(DOSSIERS))

    def ask(questions: tuple[str, ...]) -> list[object]:
        with sqlite3.connect(file) as database:
            return [database.execute(sql).fetchone()[0] for sql in questions]

    before = ask(CONSERVED)
    assert before[0] == DOSSIERS
    for word in ("Cán bộ: ", "Vai trò, ủy quyền: ", "Hồ sơ đang giải quyết: "):
        killed_at(env, number, word)
        assert ask(("SELECT state FROM directory_reform",)) == ["applying"]
    run(env, "-m", "tinhso.config.cli", "reform", "--plan", number, "--apply")
    assert ask(("SELECT state FROM directory_reform",)) == ["applied"]
    assert ask(CONSERVED) == before
    assert ask(LEFT) == [0, 0, 0, 0]
    assert ask(("SELECT count(*) FROM dossiers_inheritance",)) == [DOSSIERS]
    run(env, "-m", "tinhso.config.cli", "verify")
