"""The realistic province of a fresh installation: the reference province, its catalogue, accounts and dossiers.

Everything goes through the modules' doors, as people's work does; nothing is written behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tinhso.config import (
    sample_documents,
    sample_dossiers,
    sample_figures,
    sample_guidance,
    sample_joint,
    sample_payments,
    sample_queue,
)
from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import now
from tinhso.modules.archive import api as archive
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.identity import api as identity
from tinhso.modules.procedures import api as procedures

# What a step answers when its part was there before.
THERE_ALREADY = "đã có sẵn"

DEMO_ACCOUNTS: tuple[tuple[str, str], ...] = (
    *((officer.username, f"{officer.full_name}, {officer.title}") for officer in directory.DEMO_OFFICERS),
    *((citizen.username, f"{citizen.full_name}, người dân") for citizen in identity.DEMO_CITIZENS),
)


def steps(*, password: str, samples: bool = True) -> Iterator[tuple[str, Callable[[], object]]]:
    """Title and work of each step, in order; each does nothing when its part is there already.

    `samples`: with the sample citizens and dossiers."""
    yield (
        "Tỉnh Thanh Hóa: cơ quan, xã phường, cán bộ",
        lambda: directory.seed_reference_province(now=now(), actor=SYSTEM, password=password),
    )
    yield "Danh mục thủ tục hành chính", _catalogue
    yield "Danh mục loại giấy tờ", _kinds
    if not samples:
        return
    yield (
        "Một lần đồng bộ danh mục để xem thử",
        lambda: None if procedures.seed_sample_run(actor=SYSTEM, now=now()) else THERE_ALREADY,
    )
    yield "Hướng dẫn nghiệp vụ có nguồn", lambda: sample_guidance.write(now=now())
    yield (
        "Tài khoản người dân dùng thử",
        lambda: identity.seed_demo_citizens(password=password, actor=SYSTEM, now=now()),
    )
    yield "Cổng quốc gia được gửi hồ sơ thử", _portal
    yield "Phương án sắp xếp mẫu", lambda: directory.seed_sample_reform(now=now())
    yield "Kho giấy tờ của người dân dùng thử", lambda: sample_documents.write(now=now())
    yield "Hồ sơ mẫu đi qua các bước", _dossiers
    yield "Sảnh của Trung tâm phường Hạc Thành: quầy, số thứ tự", lambda: sample_queue.write(now=now())
    yield "Số liệu một năm của các xã khác", lambda: sample_figures.write(actor=SYSTEM, now=now())
    yield "Phí, lệ phí của hồ sơ mẫu", lambda: sample_payments.write(actor=SYSTEM, now=now())


def _portal() -> str:
    return dossiers.grant_portal_for_trial(actor=SYSTEM, now=now())


def _kinds() -> str:
    made = archive.load_kinds(actor=SYSTEM, now=now())
    return f"{made.kinds} loại" if made.kinds else THERE_ALREADY


def _dossiers() -> str:
    if dossiers.any_dossier():
        return THERE_ALREADY
    alone = sample_dossiers.write(actor=SYSTEM, now=now())
    return f"{alone}, {sample_joint.write(now=now())} hồ sơ liên thông"


def _catalogue() -> str:
    imported, loaded = procedures.load_reference_catalogue(actor=SYSTEM, now=now())
    fileable = len(loaded.published) + len(loaded.unchanged)
    return f"{imported.procedures} thủ tục, {fileable} thủ tục nhận hồ sơ trực tuyến"
