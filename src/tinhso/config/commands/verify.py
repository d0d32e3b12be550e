"""`tinhso verify`: walk the whole audit trail (or the stored files); exit 0 when intact, 1 when not."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import asdict


def _anchor(text: str) -> tuple[int, str]:
    found = re.fullmatch(r"([1-9][0-9]*):([0-9a-f]{64})", text)
    if not found:
        raise argparse.ArgumentTypeError("mốc có dạng SỐ:MÃ_BĂM (64 chữ số hệ 16), như lệnh này đã in ra")
    return int(found[1]), found[2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="in kết quả dạng JSON")
    parser.add_argument("--object", metavar="REF", help="chỉ kiểm tra một đối tượng, ví dụ dossier:12")
    parser.add_argument("--proof", metavar="REF", help="in chuỗi nhật ký của một đối tượng để người giữ tự kiểm tra")
    parser.add_argument("--files", action="store_true", help="băm lại mọi tệp đã lưu và so với lúc lưu")
    parser.add_argument(
        "--anchor", metavar="SỐ:MÃ_BĂM", type=_anchor, help="so với mốc đã lưu bên ngoài của một lần kiểm tra trước"
    )


def _count(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _verify_files(args: argparse.Namespace) -> int:
    from tinhso.kernel.files.api import check_all

    report = check_all()
    if args.json:
        print(json.dumps({"ok": report.ok, **asdict(report)}, ensure_ascii=False))
    else:
        for fault in report.faults:
            print(f"Tệp {fault}")
        found = "nguyên vẹn" if report.ok else f"{_count(len(report.faults))} tệp KHÔNG nguyên vẹn"
        print(f"Đã kiểm tra {_count(report.count)} tệp: {found}.")
    return 0 if report.ok else 1


def run(args: argparse.Namespace) -> int:
    from tinhso.kernel.audit.api import proof, verify, verify_object

    if args.files:
        return _verify_files(args)
    try:
        if args.proof:
            print(proof(args.proof), end="")
            return 0
        verdict = verify_object(args.object) if args.object else verify(anchor=args.anchor)
    except ValueError as error:
        print(error)
        return 2
    if args.json:
        print(json.dumps(asdict(verdict), ensure_ascii=False))
    elif verdict.ok:
        print(f"Đã kiểm tra {_count(verdict.count)} dòng nhật ký: nguyên vẹn.")
        if verdict.last_seq:
            print(f"Mốc để lưu bên ngoài: {verdict.last_seq}:{verdict.last_digest}")
    else:
        print(f"Nhật ký KHÔNG nguyên vẹn, sai đầu tiên: {verdict.first_broken}.")
        print(f"{_count(verdict.count)} dòng trước đó đã được kiểm tra.")
    return 0 if verdict.ok else 1
