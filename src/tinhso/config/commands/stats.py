"""`tinhso stats`: the tables that the law asks for, from what really happened."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from datetime import date


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--table", choices=["766"], required=True, help="766: tiến độ giải quyết theo Quyết định 766")
    parser.add_argument("--from", dest="since", required=True, metavar="NGÀY", help="từ ngày, dạng 2026-01-31")
    parser.add_argument("--to", dest="until", required=True, metavar="NGÀY", help="đến hết ngày")
    parser.add_argument("--by", choices=["agency", "field"], default="agency", help="gộp theo cơ quan hay lĩnh vực")
    parser.add_argument("--json", action="store_true", help="in JSON cho máy đọc")


def run(args: argparse.Namespace) -> int:
    from tinhso.kernel.access.api import SYSTEM
    from tinhso.kernel.clock import now
    from tinhso.modules.dossiers.api import progress_table

    try:
        since, until = date.fromisoformat(args.since), date.fromisoformat(args.until)
        table = progress_table(since=since, until=until, by=args.by, actor=SYSTEM, now=now())
    except ValueError as error:
        print(f"Ngày phải có dạng 2026-01-31. {error}", file=sys.stderr)
        return 2
    rows = []
    for row in table.rows:
        content = asdict(row)
        rows.append({args.by: content.pop("name"), f"{args.by}_code": content.pop("key"), **content})
    if args.json:
        print(json.dumps({"from": args.since, "to": args.until, "rows": rows}, ensure_ascii=False, indent=1))
        return 0
    print(f"{'':<44}{'tiếp nhận':>10}{'kỳ trước':>10}{'xong':>8}{'quá hạn':>9}{'đang giải quyết':>17}{'tạm dừng':>10}")
    for row in table.rows:
        print(
            f"{row.name[:43]:<44}{row.received.total:>10}{row.received.carried_over:>10}{row.done.total:>8}"
            f"{row.done.late:>9}{row.in_progress.total:>17}{row.paused.total:>10}"
        )
    return 0
