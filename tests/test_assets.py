from __future__ import annotations

from pathlib import Path

from fontTools.ttLib import TTFont

from tinhso.config.commands.assets import build_fonts

VIETNAMESE = "Nguyễn Thị Ánh – Đăng ký khai sinh, thủ tục ở xã: “ẰẲẴẶ ỰỮỬỪ ₫”"


def test_each_weight_is_small_and_has_every_vietnamese_letter(tmp_path: Path) -> None:
    fonts = build_fonts(tmp_path)
    assert [path.name for path in fonts] == [f"be-vietnam-pro-{weight}.woff2" for weight in (400, 500, 600, 700)]
    assert sum(path.stat().st_size for path in fonts) <= 70_000
    letters = TTFont(fonts[0]).getBestCmap()
    assert [c for c in VIETNAMESE if ord(c) not in letters] == []


def test_a_second_call_keeps_what_is_made(tmp_path: Path) -> None:
    before = [path.stat().st_mtime_ns for path in build_fonts(tmp_path)]
    assert [path.stat().st_mtime_ns for path in build_fonts(tmp_path)] == before
