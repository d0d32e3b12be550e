"""`tinhso prepare`: database, assets and the reference province. Safe to call again: it only adds what is missing.

In production (`DEMO_ALLOWED` false) no account ever gets the published password and no sample people or dossiers are
made: the province is loaded only when asked for, with a password of this installation's own, printed once.
"""

from __future__ import annotations

import argparse
import secrets
import time
from collections.abc import Callable

DEMO_PASSWORD = "tinhso-demo-2026"  # noqa: S105 - printed for everybody who tries the demo


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--province", action="store_true", help="môi trường thật: nạp tỉnh tham chiếu và danh mục")
    parser.add_argument(
        "--no-province", action="store_true", help="chỉ tạo cơ sở dữ liệu và tài nguyên, không nạp tỉnh mẫu"
    )
    parser.add_argument(
        "--full-staff", action="store_true", help="thêm đủ 75.894 cán bộ, công chức, viên chức giả lập của tỉnh mẫu"
    )


def run(args: argparse.Namespace) -> int:
    from django.conf import settings

    prepare(with_province=args.province or (settings.DEMO_ALLOWED and not args.no_province))
    if args.full_staff:
        from tinhso.kernel.access.api import SYSTEM
        from tinhso.kernel.clock import now
        from tinhso.modules.directory import api as directory

        _step("Toàn bộ cán bộ của tỉnh", lambda: directory.seed_full_staff(actor=SYSTEM, now=now()))
    return 0


def prepare(*, with_province: bool = True) -> None:
    """Bring the installation up to date, telling each step and how long it took."""
    from django.conf import settings
    from django.core.management import call_command

    from tinhso.config.commands import assets
    from tinhso.kernel.clock import now
    from tinhso.modules.identity.api import ensure_key

    _step("Cơ sở dữ liệu", lambda: call_command("migrate", verbosity=0, interactive=False))
    if "db.DatabaseCache" in settings.CACHES["default"]["BACKEND"]:
        _step("Bảng đệm dùng chung", lambda: call_command("createcachetable", verbosity=0))
    _step("Phông chữ và tài nguyên giao diện", lambda: assets.build(settings.HOME_DIR))
    _step("Khóa ký đăng nhập một lần", lambda: "khóa mới" if ensure_key(now=now()) else "đã có")
    if settings.NATIONAL_PORTAL["secret"]:
        from tinhso.kernel.access.api import SYSTEM
        from tinhso.modules.dossiers import api as dossiers

        _step("Tài khoản kết nối của Cổng quốc gia", lambda: dossiers.ensure_portal_account(actor=SYSTEM, now=now()))
    if with_province:
        from tinhso.config import province

        password = DEMO_PASSWORD if settings.DEMO_ALLOWED else secrets.token_urlsafe(18)
        steps = province.steps(password=password, samples=settings.DEMO_ALLOWED)
        outcomes = [_step(title, seed) for title, seed in steps]
        made_accounts = bool(outcomes) and outcomes[0] != province.THERE_ALREADY
        if made_accounts and not settings.DEMO_ALLOWED:
            print(f"Mật khẩu ban đầu của các tài khoản cán bộ vừa tạo (chỉ in một lần, đổi ngay): {password}")


def _step(title: str, work: Callable[[], object]) -> object:
    print(f"  • {title} …", end="", flush=True)
    began = time.monotonic()
    outcome = work()
    note = f" ({outcome})" if isinstance(outcome, str) else ""
    print(f" xong{note} [{time.monotonic() - began:.1f} s]", flush=True)
    return outcome
