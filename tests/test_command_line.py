"""A wrong command line is answered by one Vietnamese line and status 2."""

from __future__ import annotations

import pytest

from tinhso.config.cli import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "chưa có lệnh"),
        (["chay"], "không có lệnh «chay»"),
        (["web", "--port"], "thiếu giá trị của --port"),
        (["web", "--port", "tám"], "--port phải là số nguyên, không phải «tám»"),
        (["web", "--cong", "1"], "không hiểu --cong 1"),
        (["worker", "--log-level", "loud"], "--log-level không nhận «loud», chỉ nhận"),
        (["verify", "--anchor", "1"], "--anchor: mốc có dạng SỐ:MÃ_BĂM"),
        (["verify", "--json=1"], "--json không nhận giá trị «1»"),
        (["simulate"], "thiếu --dossiers"),
    ],
)
def test_one_vietnamese_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""
