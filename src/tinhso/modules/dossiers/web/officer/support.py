"""«Hỗ trợ từ xa»: ask for a person's consent, help them to fill in and send, and see no more than they agreed to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.text import fold, sort_key
from tinhso.modules.dossiers.models import Support
from tinhso.modules.dossiers.queries.supporting import SupportInfo, supports_of
from tinhso.modules.dossiers.rules import Channel
from tinhso.modules.dossiers.rules.supporting import DAYS_MOST, SCOPES, WAYS
from tinhso.modules.dossiers.services.supporting import CannotSupport, WrongCode, ask, confirm, end
from tinhso.modules.dossiers.web.officer.posting import post_else
from tinhso.modules.procedures import api as procedures

FIELDS = ("full_name", "identity_number", "phone", "email", "way", "scope", "days", "seen_document", "agency")
FOUND_MOST = 30


@never_cache
@guarded("dossiers.support")
def supports(request: ActorRequest) -> HttpResponse:
    """Whom this officer helps; choose the procedure of somebody new."""
    text = request.GET.get("q", "")[:200]
    words = fold(text).split()
    found = [
        version
        for version in (procedures.fileable_versions(request.now.date()) if words else ())
        if Channel.ONLINE in version.channels
        and all(word in fold(f"{version.code} {version.title} {version.name}") for word in words)
    ]
    context = {
        "rows": supports_of(request.actor, now=request.now),
        "text": text,
        "found": sorted(found, key=lambda version: sort_key(version.title))[:FOUND_MOST],
    }
    return render(request, "dossiers/officer/supports.html", context)


@never_cache
@guarded("dossiers.support")
def begin(request: ActorRequest, code: str) -> HttpResponse:
    """Who is helped, with what, and how they agree."""
    version = procedures.current_version(code, request.now.date()) if code.isprintable() else None
    if version is None or not version.fileable or Channel.ONLINE not in version.channels:
        raise Http404
    agencies = procedures.agencies_offering(version.id, request.now.date())
    typed: dict[str, str] = {"way": "code", "scope": "fill", "days": "7"}
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "")[:300] for name in FIELDS}
        agency = next((one for one in agencies if str(one.id) == typed["agency"]), None)
        days = (
            int(typed["days"]) if typed["days"].isascii() and typed["days"].isdigit() and len(typed["days"]) < 4 else 0
        )
        try:
            if agency is None:
                raise CannotSupport({"agency": "Chọn cơ quan giải quyết."})
            public_id = ask(
                version_id=version.id, agency_id=agency.id, person=typed, way=typed["way"], scope=typed["scope"],
                days=days, seen_document=typed["seen_document"], actor=request.actor, now=request.now,
            )  # fmt: skip
        except CannotSupport as refusal:
            errors = refusal.errors
        else:
            return redirect("dossiers:support_page", public_id=public_id)
    context = {
        "version": version,
        "agencies": [(str(one.id), one.name) for one in agencies],
        "ways": list(WAYS.items()),
        "scopes": list(SCOPES.items()),
        "days_most": DAYS_MOST,
        "typed": typed,
        "errors": errors,
        "summary": list(errors.items()),
    }
    return render(request, "dossiers/officer/support_begin.html", context, status=422 if errors else 200)


def _own(request: ActorRequest, public_id: UUID) -> SupportInfo:
    found = next((one for one in supports_of(request.actor, now=request.now, public_id=public_id)), None)
    if found is None:
        raise Http404
    return found


@never_cache
@guarded("dossiers.support")
def support_page(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """One person helped. POST: the code that they told."""
    row = _own(request, public_id)
    error = ""
    if request.method == "POST":
        try:
            confirm(public_id=public_id, code=request.POST.get("code", ""), actor=request.actor, now=request.now)
        except WrongCode as refusal:
            error = str(refusal)
            row = _own(request, public_id)
        else:
            messages.success(request, "Người được hỗ trợ đã đồng ý. Điền hồ sơ cùng họ.")
            return redirect("dossiers:support_page", public_id=public_id)
    return render(request, "dossiers/officer/support.html", {"row": row, "error": error}, status=422 if error else 200)


@never_cache
@post_else("dossiers:supports")
@guarded("dossiers.support")
def end_support(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The helper stops."""
    _own(request, public_id)
    end(public_id=public_id, actor=request.actor, now=request.now)
    messages.success(request, "Đã kết thúc hỗ trợ. Bạn không mở được hồ sơ này nữa.")
    return redirect("dossiers:support_page", public_id=public_id)


def as_shown(row: Support) -> dict[str, Any]:
    """What the person is told of a helper."""
    return {
        "helper": row.helper_name, "place": row.place.name, "title": row.title, "scope": row.get_scope_display(),
        "way": row.consent_note or "chưa đồng ý", "until": row.until_at, "ended": row.ended_at,
        "consented": row.consented_at,
    }  # fmt: skip
