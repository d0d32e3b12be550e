"""`tinhso deadline` as a person or a program calls it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tinhso.config.cli import main

RECEIVED = ["--received", "2026-02-13T16:50+07:00"]
THREE_DAYS = [*RECEIVED, "--amount", "3", "--unit", "working_day"]


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deadline", *THREE_DAYS, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["due"] == "2026-02-25T16:50:00+07:00"
    assert found["explanation"][0] == {
        "date": "2026-02-13",
        "counted_minutes": 10,
        "reason": "Tiếp nhận lúc 16:50, tính 10 phút còn lại của buổi chiều",
    }
    assert sum(line["counted_minutes"] for line in found["explanation"]) == 3 * 480


@pytest.mark.parametrize(
    ("arguments", "due"),
    [
        ([*THREE_DAYS, "--cutoff", "15:00"], "2026-02-25T17:00:00+07:00"),
        ([*THREE_DAYS, "--hours", "08:00-12:00,13:00-17:00"], "2026-02-25T16:50:00+07:00"),
        ([*THREE_DAYS, "--pause", "2026-02-23T07:30+07:00/2026-02-24T07:30+07:00"], "2026-02-26T16:50:00+07:00"),
        ([*THREE_DAYS, "--off", "2026-02-23", "--work", "2026-02-14"], "2026-02-25T16:50:00+07:00"),
        ([*RECEIVED, "--unit", "same_day", "--cutoff", "15:00"], "2026-02-23T17:00:00+07:00"),
        ([*RECEIVED, "--unit", "same_day", "--amount", "1"], "2026-02-13T17:00:00+07:00"),
        ([*RECEIVED, "--unit", "working_hour", "--amount", "0,5"], "2026-02-23T07:50:00+07:00"),
        ([*RECEIVED, "--unit", "calendar_day", "--amount", "15"], "2026-03-02T17:00:00+07:00"),
        (["--received", "2026-02-13T09:50Z", "--amount", "3", "--unit", "working_day"], "2026-02-25T16:50:00+07:00"),
        (["--received", "2026-02-13 16:50", "--amount", "3", "--unit", "working_day"], "2026-02-25T16:50:00+07:00"),
    ],
)
def test_options(arguments: list[str], due: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deadline", *arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["due"] == due


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deadline", *THREE_DAYS]) == 0
    out = capsys.readouterr().out
    assert "Hạn trả:   16:50 thứ Tư, 25/02/2026" in out
    assert out.count("Nghỉ Tết Nguyên đán") == 5


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--received", "hôm qua", "--amount", "3", "--unit", "working_day"],
        ["--received", "2026-02-30T08:00", "--amount", "3", "--unit", "working_day"],
        ["--received", "2026-02-13", "--amount", "3", "--unit", "working_day"],
        ["--received", "0001-01-01T00:00+14:00", "--amount", "3", "--unit", "working_day"],
        [*RECEIVED, "--unit", "working_day"],
        [*RECEIVED, "--amount", "3"],
        [*RECEIVED, "--amount", "0", "--unit", "working_day"],
        [*RECEIVED, "--amount", "-3", "--unit", "working_day"],
        [*RECEIVED, "--amount", "ba", "--unit", "working_day"],
        [*RECEIVED, "--amount", "nan", "--unit", "working_day"],
        [*RECEIVED, "--amount", "1e999999999", "--unit", "working_day"],
        [*RECEIVED, "--amount", "3", "--unit", "week"],
        [*THREE_DAYS, "--cutoff", "chiều"],
        [*THREE_DAYS, "--hours", "17:00-07:30"],
        [*THREE_DAYS, "--pause", "2026-02-23T07:30"],
        [*THREE_DAYS, "--pause", "2026-02-24T07:30/2026-02-23T07:30"],
        [*THREE_DAYS, "--off", "ngày mai"],
    ],
)
def test_bad_input_is_one_vietnamese_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deadline", *arguments, "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1


def test_an_option_without_its_value(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["deadline", "--received"])
    assert left.value.code == 2
    assert capsys.readouterr().err == "Thiếu giá trị của --received. Xem: tinhso deadline --help\n"


def test_it_needs_no_django() -> None:
    code = (
        "import sys; from tinhso.config.cli import main; "
        f"code = main({['deadline', *THREE_DAYS, '--json']!r}); "
        "sys.exit(code or 'django' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
