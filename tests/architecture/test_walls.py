"""The contracts hold, and each fails when its wall is breached: the breach is planted in a copy of the tree."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": f"{folder / 'src'}:{folder}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_walls_stand() -> None:
    outcome = lint(ROOT)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


BREACHES = {
    "a kernel package imports a module": ("kernel/clock/breach.py", "import tinhso.modules.dossiers.api"),
    "a lower module imports a higher one": ("modules/directory/web/breach.py", "import tinhso.modules.dossiers.api"),
    "another module's tables are reached": (
        "modules/dossiers/web/breach.py",
        "import tinhso.modules.procedures.models",
    ),
    "rules import Django": ("modules/dossiers/rules.py", "import django.utils"),
    "queries import services": ("modules/dossiers/queries/breach.py", "import tinhso.modules.dossiers.services.intake"),
    "a module reaches behind a kernel door": ("modules/dossiers/web/breach.py", "import tinhso.kernel.audit.models"),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_planted_breach_is_seen(breach: str, tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "data", "static")
    )
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    shutil.copy(ROOT / ".importlinter", tmp_path)
    place, line = BREACHES[breach]
    target = tmp_path / "src" / "tinhso" / place
    with target.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    outcome = lint(tmp_path)
    assert outcome.returncode != 0, outcome.stdout
    assert "BROKEN" in outcome.stdout
