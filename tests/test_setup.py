"""The package that `pip install .` makes holds everything that the product reads at run time."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "tinhso"
# What is read or served beside the code; documentation for developers may stay behind.
CARRIED = {".html", ".css", ".js", ".svg", ".typ", ".json", ".tsv", ".csv", ".xlsx", ".txt", ".py"}


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names in the wheel, built without network from a copy, so that nothing is left in the source folder."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "source"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (copy / name).write_bytes((ROOT / name).read_bytes())
    (copy / "src").mkdir()
    for path in SOURCE.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            target = copy / "src" / path.relative_to(ROOT / "src")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(copy)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


def test_the_wheel_holds_every_template_data_file_and_migration(carried: set[str]) -> None:
    needed = {
        f"tinhso/{path.relative_to(SOURCE)}"
        for path in SOURCE.rglob("*")
        if path.suffix in CARRIED and "__pycache__" not in path.parts
    }
    assert sorted(needed - carried) == []
    assert any("/migrations/0001_" in name for name in carried)


def test_the_wheel_carries_no_data_of_an_installation(carried: set[str]) -> None:
    assert [name for name in carried if name.endswith((".sqlite3", ".woff2", "secret_key"))] == []


def test_every_kind_of_file_beside_the_code_is_known(carried: set[str]) -> None:
    """A new kind of file is named here and in `package-data`, or it would stay behind unnoticed."""
    kinds = {path.suffix for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert kinds - CARRIED - {".md"} == set()
