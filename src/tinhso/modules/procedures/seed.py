"""A reading of the national database for people who try the product: the real catalogue with a few invented changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tinhso.kernel.access.api import Actor
from tinhso.modules.procedures.models import NationalRecord, SyncRun
from tinhso.modules.procedures.services import advance, start_run
from tinhso.modules.procedures.services.national import PAGE_SIZE

_CHANNELS = {"Trực tiếp": "1", "Trực tuyến": "2", "Dịch vụ bưu chính": "3"}
_STAMP = "20260701000000"
# Code → what the national side is made to say. None: it is gone.
_CHANGES: dict[str, dict[str, Any] | None] = {
    "1.000656": {"TENTTHC": "Đăng ký khai tử (trong nước)", "QUYETDINHCONGBO": "2101/QĐ-BTP"},
    "1.004873": {"THOIHAN": "5 Ngày làm việc", "QUYETDINHCONGBO": "2101/QĐ-BTP"},
    "2.000815": {"QUYETDINHCONGBO": "2102/QĐ-BTP"},
    "2.000884": {"QUYETDINHCONGBO": "2102/QĐ-BTP"},
    "2.002165": {"PHILEPHI": "Không thu phí từ khi có quyết định mới"},
    "1.003622": None,
}
_NEW = ("1.019990", "Cấp bản sao điện tử Giấy khai sinh theo yêu cầu", "2.000635")


class SampleSource:
    """The national database as it might answer a day later."""

    def __init__(self) -> None:
        contents = dict(NationalRecord.objects.order_by("code").values_list("code", "content"))
        self._rows = {code: _row(code, content) for code, content in contents.items()}
        for code, changes in _CHANGES.items():
            if changes is None:
                self._rows.pop(code, None)
            elif code in self._rows:
                self._rows[code] |= changes
        code, name, like = _NEW
        if like in self._rows:
            self._rows[code] = {**self._rows[like], "MATTHC": code, "TENTTHC": name, "DUONGDAN": ""}

    def list_page(self, page: int) -> Any:
        rows = list(self._rows.values())[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        return {"error_code": "0", "total": len(self._rows), "result": rows}

    def procedure(self, code: str) -> Any:
        return {"error_code": "0", "result": [self._rows[code]]}


def seed_sample_run(*, actor: Actor, now: datetime) -> bool:
    """One run with a handful of changes to decide on. False when there was a run before."""
    if SyncRun.objects.exists():
        return False
    run_id = start_run(actor=actor, now=now)
    advance(run_id=run_id, source=SampleSource(), actor=actor, now=now)
    return True


def _row(code: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "MATTHC": code,
        "TENTTHC": content["name"],
        "LINHVUC": content["field"],
        "CAPTHUCHIEN": "; ".join(content["levels"]),
        "COQUANTHUCHIEN": content["agency"],
        "MUCDODVC": content["service_level"],
        "THOIHAN": content["time_limit"],
        "PHILEPHI": content["fee"],
        "CACHTHUCTHUCHIEN": [{"KENH": _CHANNELS[one]} for one in content["channels"]],
        "BONGANH": content["ministry"],
        "QUYETDINHCONGBO": content["decision"],
        "DUONGDAN": content["portal_url"],
        "NGAYCAPNHAT": _STAMP,
        "TRANGTHAI": "1",
    }
