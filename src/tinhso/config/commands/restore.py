"""`tinhso restore`: one copy made by `tinhso backup`, into an empty installation, and proof that it is whole."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

from tinhso.config.commands.backup import POSTGRES_COPY, SQLITE_COPY, CannotCopy, copy_files, load_postgres


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("copy", metavar="BẢN_SAO", type=Path, help="một bản sao lưu, ví dụ /var/backups/tinhso/<LÚC>")


def run(args: argparse.Namespace) -> int:
    try:
        rows, files = restore(args.copy)
    except CannotCopy as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Đã khôi phục và kiểm tra: {rows} dòng nhật ký nguyên vẹn, {files} tệp nguyên vẹn.")
    return 0


def restore(copy: Path) -> tuple[int, int]:
    """Audit entries and files found whole. Raises `CannotCopy`: nothing to read, something there already, or a copy
    that does not hold what was sealed when it was made."""
    from django.conf import settings
    from django.db import connection

    from tinhso.kernel.audit.api import verify
    from tinhso.kernel.files.api import check_all

    told = copy / "backup.json"
    if not told.is_file():
        raise CannotCopy(f"{copy} không phải là một bản sao lưu hoàn chỉnh (thiếu backup.json).")
    if connection.introspection.table_names():
        raise CannotCopy("Cơ sở dữ liệu đích không trống. Chỉ khôi phục vào nơi trống, không ghi đè lên dữ liệu.")
    connection.close()
    database = settings.DATABASES["default"]
    on_sqlite = database["ENGINE"].endswith("sqlite3")
    source = copy / (SQLITE_COPY if on_sqlite else POSTGRES_COPY)
    if not source.is_file():
        raise CannotCopy(f"Bản sao lưu là của loại cơ sở dữ liệu khác: không có {source.name}.")
    if on_sqlite:
        target = Path(database["NAME"])
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in (target, target.with_name(f"{target.name}-wal"), target.with_name(f"{target.name}-shm")):
            left.unlink(missing_ok=True)
        shutil.copyfile(source, target)
    else:
        load_postgres(source, database)
    copy_files(copy.parent / "files", Path(settings.FILES_ROOT))
    number, digest = json.loads(told.read_text())["anchor"].split(":")
    verdict = verify(anchor=(int(number), digest) if int(number) else None)
    if not verdict.ok:
        raise CannotCopy(f"Nhật ký sau khi khôi phục KHÔNG nguyên vẹn: {verdict.first_broken}")
    report = check_all()
    if not report.ok:
        raise CannotCopy("Tệp sau khi khôi phục KHÔNG nguyên vẹn: " + "; ".join(str(f) for f in report.faults[:5]))
    return verdict.count, report.count
