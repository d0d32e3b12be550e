"""Where the national portal sends. The address is public; a signature and a dated grant are what lets anybody in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tinhso.kernel.access.api import Refused
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers.rules import portal as rules
from tinhso.modules.dossiers.services import portal as service

MOST_BYTES = 64 * 1024 * 1024
STATUS = {rules.UNSIGNED: 401, rules.CHANGED: 409, rules.TOO_LARGE: 413, rules.UNKNOWN: 404}


@csrf_exempt
@require_POST
@guarded("dossiers.portal_door")
def door(request: ActorRequest) -> HttpResponseBase:
    """`{"service": "NhanHoSo" | "TraCuuHoSo", "data": {…}}`, signed. Every answer carries `error_code`, 0 for success."""
    try:
        body = _body(request)
        actor = service.portal_actor(
            account=request.headers.get("X-Portal-Account", ""),
            timestamp=request.headers.get("X-Portal-Timestamp", ""),
            signature=request.headers.get("X-Portal-Signature", ""),
            body=body,
            now=request.now,
        )
        name, data = rules.read_body(body)
        if name == "NhanHoSo":
            received = service.receive_from_portal(data=data, actor=actor, now=request.now)
            return _say(_told(received) | {"DaNhanTruocDo": received.already})
        if name == "TraCuuHoSo":
            received, dossier = service.look_up(data=data, actor=actor, now=request.now)
            due = dossier.due_at
            return _say(
                _told(received)
                | {
                    "NgayHenTra": f"{due.astimezone(VIETNAM):%Y%m%d%H%M%S}" if due else "",
                    "TrangThaiDongBo": dossier.sync_state,
                }
            )
        raise rules.PacketRefused(rules.MALFORMED, "«service» là NhanHoSo hoặc TraCuuHoSo.")
    except service.NotGenuine:
        return _fail(rules.UNSIGNED, "Chữ ký không đúng, đã quá hạn, hoặc tài khoản kết nối không còn hiệu lực.")
    except Refused:
        return JsonResponse(
            {"error_code": rules.UNSIGNED, "message": "Tài khoản kết nối không có quyền gửi hồ sơ cho cơ quan này."},
            status=403,
        )
    except rules.PacketRefused as refusal:
        return _fail(refusal.code, str(refusal), refusal.errors)


def _body(request: HttpRequest) -> bytes:
    """At most `MOST_BYTES`; an unsigned caller is not read at all."""
    if not request.headers.get("X-Portal-Signature") or not request.headers.get("X-Portal-Account"):
        raise service.NotGenuine
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdigit() or int(length) > MOST_BYTES:
        raise rules.PacketRefused(rules.TOO_LARGE, f"Gói tin quá lớn: tối đa {MOST_BYTES // 1024**2} MB.")
    # Not `request.body`: that stops at the limit of forms.
    return request.read(int(length))


def _told(received: service.Received) -> dict[str, Any]:
    return {
        "MaHoSo": received.portal_code,
        "MaHoSoDiaPhuong": received.code,
        "MaPIN": received.pin,
        "TrangThaiHoSo": int(received.state),
        "TenTrangThai": received.state.title,
        "DonViXuLy": received.agency_name,
    }


def _say(what: dict[str, Any]) -> JsonResponse:
    return JsonResponse({"error_code": rules.OK, "message": "Thành công", **what})


def _fail(code: int, message: str, errors: dict[str, str] | None = None) -> JsonResponse:
    listed = [{"field": key, "message": text} for key, text in (errors or {}).items()]
    return JsonResponse({"error_code": code, "message": message, "errors": listed}, status=STATUS.get(code, 422))
