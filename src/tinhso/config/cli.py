"""The command `tinhso`. Each command is a module of `config.commands` with `add_arguments` and `run`."""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
from types import ModuleType
from typing import NoReturn

# name → (help, needs Django)
COMMANDS: dict[str, tuple[str, bool]] = {
    "demo": ("dựng sẵn một tỉnh mẫu và chạy sản phẩm (web và việc nền) bằng một lệnh", False),
    "prepare": ("tạo cơ sở dữ liệu, tài nguyên giao diện và dữ liệu tỉnh mẫu", True),
    "web": ("chạy máy chủ web", False),
    "worker": ("chạy việc nền: phát sự kiện, công việc, lịch định kỳ", True),
    "verify": ("kiểm tra toàn bộ chuỗi nhật ký", True),
    "backup": ("sao lưu cơ sở dữ liệu và tệp trong khi hệ thống đang chạy", True),
    "restore": ("khôi phục một bản sao lưu vào nơi trống rồi kiểm tra", True),
    "deadline": ("tính một thời hạn và giải thích từng ngày", False),
    "stats": ("bảng số liệu theo quy định, tính từ hồ sơ thật", True),
    "simulate": ("sinh hồ sơ giả lập để thử tải", True),
    "reform": ("xem, chạy thử, áp dụng một phương án sắp xếp đơn vị hành chính", True),
    "rights": ("in bảng quyền: mọi địa chỉ, thao tác, việc nền, lệnh × mọi loại người", True),
    "map": ("vẽ bản đồ mã nguồn ra docs/map.md", True),
    "reference": ("ghi tài liệu tham chiếu của các mô-đun ra docs/reference.md", True),
    "manage": ("chạy một lệnh quản trị của Django", True),
}


# What argparse says → what we say. `{0}` is what was found in brackets.
MISTAKES: tuple[tuple[str, str], ...] = (
    (r"argument (.+): expected one argument", "thiếu giá trị của {0}"),
    (r"argument (.+): expected at least one argument", "thiếu giá trị của {0}"),
    (r"argument LỆNH: invalid choice: '(.*)' \(choose from .*\)", "không có lệnh «{0}»"),
    (r"argument (.+): invalid choice: '?(.*?)'? \(choose from (.*)\)", "{0} không nhận «{1}», chỉ nhận {2}"),
    (r"argument (.+): invalid int value: '(.*)'", "{0} phải là số nguyên, không phải «{1}»"),
    (r"argument (.+): invalid float value: '(.*)'", "{0} phải là số, không phải «{1}»"),
    (r"argument (.+): not allowed with argument (.+)", "{0} không dùng cùng {1}"),
    (r"argument (.+): ignored explicit argument '(.*)'", "{0} không nhận giá trị «{1}»"),
    (r"argument (.+?): (.+)", "{0}: {1}"),
    (r"the following arguments are required: LỆNH", "chưa có lệnh"),
    (r"the following arguments are required: (.+)", "thiếu {0}"),
    (r"unrecognized arguments: (.+)", "không hiểu {0}"),
    (r"ambiguous option: (\S+) could match (.+)", "{0} chưa rõ là {1}"),
)


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the command line in one Vietnamese line and ends with status 2."""

    def error(self, message: str) -> NoReturn:
        said = message
        for pattern, words in MISTAKES:
            if found := re.fullmatch(pattern, message, re.DOTALL):
                said = words.format(*found.groups())
                break
        self.exit(2, f"{self.prog}: {said}. Xem: {self.prog} --help\n")


def main(argv: list[str] | None = None) -> int:
    """Run one command; its exit status is returned."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tinhso.config.settings.embedded")
    arguments = sys.argv[1:] if argv is None else argv
    if arguments[:1] == ["manage"]:
        from django.core.management import execute_from_command_line

        execute_from_command_line(["tinhso manage", *arguments[1:]])
        return 0
    parser = Parser(prog="tinhso", description="Tỉnh số: chính quyền số của một tỉnh.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="LỆNH")
    for name, (help_text, _) in COMMANDS.items():
        sub = commands.add_parser(name, help=help_text, description=help_text)
        # Only the command asked for is imported, so that a small command starts quickly.
        if arguments[:1] == [name]:
            _module(name).add_arguments(sub)
    args = parser.parse_args(arguments)
    if COMMANDS[args.command][1]:
        import django

        django.setup()
    return int(_module(args.command).run(args))


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"tinhso.config.commands.{name}")


if __name__ == "__main__":
    sys.exit(main())
