"""`tinhso reform`: look at, try and carry out a plan of reorganisation (sắp xếp đơn vị hành chính).

A plan is drafted by one person and approved by another, on the page or, from a file, with `--draft`; `--apply` carries
out an approved one and goes on with one that was interrupted.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plan", required=True, help="số của phương án, hoặc tệp XLSX, CSV, JSON")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="chạy thử toàn bộ rồi hoàn tác, in báo cáo")
    what.add_argument("--apply", action="store_true", help="áp dụng phương án đã phê duyệt (chạy lại được khi bị ngắt)")
    what.add_argument("--draft", action="store_true", help="lưu tệp thành phương án đang soạn")
    parser.add_argument("--day", type=date.fromisoformat, help="ngày hiệu lực của tệp, ví dụ 2025-07-01")
    parser.add_argument("--by", default="", help="tên đăng nhập của người soạn (với tệp)")
    parser.add_argument("--title", default="Phương án sắp xếp", help="tên phương án (với --draft)")
    parser.add_argument("--ground", default="Nhập từ tệp bằng lệnh", help="căn cứ (với --draft)")
    parser.add_argument("--problems", type=Path, help="ghi các điểm phải giải quyết ra tệp CSV này")


def run(args: argparse.Namespace) -> int:
    from tinhso.kernel.access.api import Refused
    from tinhso.modules.directory.api import CannotReform

    try:
        return _run(args)
    except (CannotReform, Refused) as reason:
        print(f"Không thực hiện được: {reason}", file=sys.stderr)
        for problem in getattr(reason, "problems", ())[:20]:
            print(f"  - {problem}", file=sys.stderr)
        for fault in getattr(reason, "faults", ())[:20]:
            print(f"  - dòng {fault.row} {fault.cell} {fault.column}: {fault.reason}", file=sys.stderr)
        return 1


def _run(args: argparse.Namespace) -> int:
    from django.db import transaction

    from tinhso.kernel.access.api import SYSTEM
    from tinhso.kernel.clock import now
    from tinhso.modules.directory import api as directory

    number = int(args.plan) if args.plan.isascii() and args.plan.isdigit() else None
    if args.apply:
        if number is None:
            raise directory.CannotReform("Tệp phải được soạn (--draft) và một người khác phê duyệt trước khi áp dụng.")
        _print(directory.apply_reform(reform_id=number, actor=SYSTEM, now=now(), tell=_tell))
        return 0
    if args.draft:
        if number is not None:
            raise directory.CannotReform("--draft dùng với tệp.")
        print(f"Đã lưu phương án số {_draft(args)}. Trình và phê duyệt trên trang «Sắp xếp đơn vị».")
        return 0
    with transaction.atomic():
        reform_id = number if number is not None else _draft(args)
        _write_problems(args.problems, directory.reform_problems(reform_id))
        report = directory.try_reform(reform_id=reform_id, actor=SYSTEM, now=now(), tell=_tell)
        # Of a file nothing is kept; of a plan the report.
        transaction.set_rollback(number is None)
    _print(report)
    return 0


def _draft(args: argparse.Namespace) -> int:
    from tinhso.kernel.access.api import User, actor_of
    from tinhso.kernel.clock import now
    from tinhso.modules.directory import api as directory

    at = now()
    user = User.objects.filter(username=args.by).first()
    if user is None or args.day is None:
        raise directory.CannotReform("Với tệp, ghi --day (ngày hiệu lực) và --by (tên đăng nhập của người soạn).")
    path = Path(args.plan)
    if not path.is_file():
        raise directory.CannotReform(f"Không có tệp {path.name}, và không phải số của phương án.")
    actor = actor_of(user, on=at.date())
    number = directory.draft_reform(title=args.title, ground=args.ground, effective_date=args.day, actor=actor, now=at)
    directory.import_actions(reform_id=number, content=path.read_bytes(), filename=path.name, actor=actor, now=at)
    return number


def _tell(title: str, done: int, total: int) -> None:
    print(f"\r{title}: {done}/{total}".ljust(70), end="", file=sys.stderr, flush=True)


def _print(report: Mapping[str, Any]) -> None:
    print(file=sys.stderr)
    impact = report.get("impact", {})
    trial = "Chạy thử, đã hoàn tác" if report.get("trial") else "Đã áp dụng"
    print(
        f"{trial}: {impact.get('ended', 0)} cơ quan kết thúc, {impact.get('founded', 0)} cơ quan thành lập, "
        f"{impact.get('moved', 0)} cơ quan đổi cấp trên; {report.get('seconds', 0)} giây."
    )
    for step in report.get("steps", ()):
        print(f"  {step['title']}: {step['moved']}")
    for problem in impact.get("problems", ())[:20]:
        print(f"  ! {problem['message']}")
    for title, count in report.get("left", {}).items():
        print(f"  CÒN LẠI {title}: {count}")


def _write_problems(path: Path | None, problems: Iterable[Any]) -> None:
    if path is None:
        return
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Mức", "Dòng", "Vấn đề", "Cách xử lý"])
        writer.writerows([p.severity, p.number, p.message, p.remedy] for p in problems)
