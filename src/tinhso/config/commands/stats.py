"""`tinhso stats`: the tables that the law asks for, from what really happened."""

from __future__ import annotations

import argparse
import json
import sys
from calendar import monthrange
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinhso.modules.scorecards.api import Scorecard


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--table",
        choices=["766", "766-score"],
        required=True,
        help="766: tiến độ giải quyết theo Quyết định 766; 766-score: bộ chỉ số 100 điểm của Quyết định 766",
    )
    parser.add_argument("--from", dest="since", metavar="NGÀY", help="từ ngày, dạng 2026-01-31")
    parser.add_argument("--to", dest="until", metavar="NGÀY", help="đến hết ngày")
    parser.add_argument("--month", metavar="THÁNG", help="cả tháng, dạng 2026-08, thay cho --from và --to")
    parser.add_argument(
        "--by",
        choices=["agency", "field", "level", "channel"],
        default="agency",
        help="gộp theo cơ quan, lĩnh vực, cấp hay kênh tiếp nhận",
    )
    parser.add_argument("--inputs", metavar="TỆP", help="766-score: chấm theo số liệu trong tệp JSON này")
    parser.add_argument("--json", action="store_true", help="in JSON cho máy đọc")


def run(args: argparse.Namespace) -> int:
    if args.table == "766-score" and args.inputs:
        return _given(args)
    try:
        since, until = _period(args)
    except ValueError as error:
        print(f"Cần --from và --to dạng 2026-01-31, hoặc --month dạng 2026-08. {error}", file=sys.stderr)
        return 2
    try:
        return _scores(args, since, until) if args.table == "766-score" else _progress(args, since, until)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2


def _period(args: argparse.Namespace) -> tuple[date, date]:
    if args.month:
        first = date.fromisoformat(f"{args.month}-01")
        return first, first.replace(day=monthrange(first.year, first.month)[1])
    return date.fromisoformat(args.since or ""), date.fromisoformat(args.until or "")


def _progress(args: argparse.Namespace, since: date, until: date) -> int:
    from tinhso.kernel.access.api import SYSTEM
    from tinhso.kernel.clock import now
    from tinhso.modules.dossiers.api import progress_table
    from tinhso.modules.scorecards.api import counted_how

    table = progress_table(since=since, until=until, by=args.by, actor=SYSTEM, now=now())
    for row in table.broken:
        print(f"Dòng «{row.name}» lệch {row.missing} hồ sơ: không dùng số liệu này.", file=sys.stderr)
    if args.json:
        rows = []
        for row in table.rows:
            content = asdict(row)
            rows.append({args.by: content.pop("name"), f"{args.by}_code": content.pop("key"), **content})
        # By agency a dossier across agencies stands once in the row of each; in the total every dossier is counted once.
        total = {key: value for key, value in asdict(table.total).items() if key not in ("key", "name")}
        _print({"from": since.isoformat(), "to": until.isoformat(), "rows": rows, "total": total})
        return 0
    print(f"{'':<44}{'tiếp nhận':>10}{'kỳ trước':>10}{'xong':>8}{'quá hạn':>9}{'đang giải quyết':>17}{'tạm dừng':>10}")
    for row in (*table.rows, table.total):
        print(
            f"{row.name[:43]:<44}{row.received.total:>10}{row.received.carried_over:>10}{row.done.total:>8}"
            f"{row.done.late:>9}{row.in_progress.total:>17}{row.paused.total:>10}"
        )
    print(counted_how(by=args.by, one_agency=False, shared=table.shared))
    return 0


def _scores(args: argparse.Namespace, since: date, until: date) -> int:
    from tinhso.kernel.access.api import SYSTEM
    from tinhso.kernel.clock import now
    from tinhso.modules.scorecards.api import month_of, period_of

    # A month that was closed tells what it told then, as on the pages.
    found = (
        month_of(month=since, actor=SYSTEM, now=now())
        if args.month
        else period_of(since=since, until=until, actor=SYSTEM, now=now())
    )
    head: dict[str, Any] = {"from": since.isoformat(), "to": until.isoformat()}
    if found.closed_at is not None:
        head["closed_at"] = found.closed_at.isoformat()
    _show(args, tuple(one.card for one in found.cards), head, found.whole)
    return 0


def _given(args: argparse.Namespace) -> int:
    from tinhso.modules.scorecards.api import CannotRead, read_inputs, score

    try:
        cards = tuple(score(one) for one in read_inputs(json.loads(Path(args.inputs).read_text(encoding="utf-8"))))
    except OSError:
        print(f"Không đọc được tệp {args.inputs}.", file=sys.stderr)
        return 2
    except CannotRead as error:
        print(error, file=sys.stderr)
        return 2
    except ValueError:
        print(f"Tệp {args.inputs} không phải là JSON (UTF-8).", file=sys.stderr)
        return 2
    _show(args, cards, {"inputs": Path(args.inputs).name})
    return 0


def _show(
    args: argparse.Namespace, cards: tuple[Scorecard, ...], head: dict[str, Any], whole: Scorecard | None = None
) -> None:
    from tinhso.modules.scorecards.api import rounded

    if args.json:
        # "province": every procedure once; null where no agency has figures.
        total = {"province": None if whole is None else _row(whole)} if "inputs" not in head else {}
        _print({**head, "max": 100, "rows": [_row(card) for card in cards], **total})
        return
    print(f"{'':<44}{'điểm':>8}{'trên':>6}   (phần có số liệu; tối đa 100)")
    for card in (*cards, *(() if whole is None else (whole,))):
        points = rounded(card.points)
        print(f"{card.agency[:43]:<44}{'–' if points is None else f'{points:.2f}':>8}{card.known_max:>6}")


def _row(card: Scorecard) -> dict[str, Any]:
    """`known_max`: how many of the points there is data for. `missing`: how many more would bring all points."""
    from tinhso.modules.scorecards.api import rounded

    return {
        "agency": card.agency,
        "agency_code": card.agency_code,
        "score": rounded(card.points),
        "known_max": card.known_max,
        "groups": [
            {
                "key": found.group.key,
                "name": found.group.title,
                "score": rounded(found.points),
                "max": found.group.max_points,
                "known_max": found.known_max,
                "indicators": [
                    {
                        "key": one.indicator.key,
                        "code": one.indicator.code,
                        "name": one.indicator.title,
                        "numerator": one.share.numerator if one.share else None,
                        "denominator": one.share.denominator if one.share else None,
                        "score": rounded(one.points),
                        "max": one.indicator.max_points,
                        "missing": one.missing,
                    }
                    for one in found.indicators
                ],
            }
            for found in card.groups
        ],
    }


def _print(content: dict[str, Any]) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=1))
