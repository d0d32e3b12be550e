"""A document drawn from the code: written by its command, or only compared with what is there (`--check`)."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

DOCS = Path(__file__).resolve().parents[3] / "docs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="chỉ kiểm tra tài liệu có khớp mã nguồn không")


def write_or_check(name: str, draw: Callable[[], str], *, check: bool) -> int:
    """Exit status: 1 when `check` finds `docs/<name>` other than what `draw` gives."""
    target = DOCS / name
    drawn = draw()
    if check:
        if not target.exists() or target.read_text(encoding="utf-8") != drawn:
            print(f"docs/{name} không khớp mã nguồn: chạy make map")
            return 1
        return 0
    target.write_text(drawn, encoding="utf-8")
    print(f"Đã ghi {target}")
    return 0
