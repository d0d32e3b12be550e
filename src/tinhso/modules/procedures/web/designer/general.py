"""What a version says in general: who, where, on which ground, in which words."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.procedures.queries.designing import Draft
from tinhso.modules.procedures.rules import CHANNELS, LEVELS, ORGANISATION_KINDS, SERVICE_LEVELS
from tinhso.modules.procedures.rules.canonical import written
from tinhso.modules.procedures.web.designer.frame import only_drafts, opened, page, save

_TEXTS = ("decision", "who_may_apply", "summary", "conditions")
_LINES = ("steps_text", "cautions")
# Optional days; "valid_from" is asked for.
_DAYS = ("decided_on", "rule_in_force_on")
_CHOICES = {"service_level": tuple((term.key, term.title) for term in SERVICE_LEVELS.values()),
            "competent_kind": tuple(ORGANISATION_KINDS.items()), "competent_level": tuple(LEVELS.items())}  # fmt: skip
_MANY = {"levels": tuple(LEVELS.items()), "channels": tuple(CHANNELS.items())}
_NULL = ("conditions", "service_level")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guarded("procedures.edit")
@only_drafts
def general(request: ActorRequest, one: Draft) -> HttpResponse:
    """The general part, on one page."""
    values = _shown(one.definition)
    errors: dict[str, str] = {}
    told = ""
    if request.method == "POST":
        posted = _posted(request.POST)
        definition = copy.deepcopy(one.definition)
        for name, value in posted.items():
            if value != values[name]:
                _apply(definition, name, value, errors, today=local_day(request.now))
        if not errors:
            then = reverse("procedures:design", args=[one.version.pk])
            done = save(request, one, definition, "Sửa thông tin chung", then=then)
            if not isinstance(done, str):
                return done
            told = done
            one = opened(request, one.version.pk)
        values = posted
    context = {
        "values": values,
        "choices": _CHOICES,
        "many": _MANY,
        "error_of": errors,
        "errors": ([("", told)] if told else []) + list(errors.items()),
    }
    return page(request, "procedures/designer/general.html", one, "design", context, wrong=bool(errors or told))


def _shown(definition: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: str(definition.get(name) or "") for name in (*_TEXTS, *_CHOICES)}
    found |= {name: "\n".join(map(str, definition.get(name) or [])) for name in _LINES}
    found |= {name: [str(value) for value in definition.get(name) or []] for name in _MANY}
    found["legal_basis"] = "\n".join(
        f"{basis.get('number', '')} | {basis.get('title', '')}" for basis in definition.get("legal_basis") or []
    )
    found["supplement_pauses"] = bool(definition.get("supplement_pauses"))
    for name in ("valid_from", *_DAYS):
        text = str(definition.get(name) or "")
        try:
            day = parse_date(text)
        except ValueError:
            day = None
        found[name] = f"{day:%d/%m/%Y}" if day else text
    return found


def _posted(given: QueryDict) -> dict[str, Any]:
    names = (*_TEXTS, *_CHOICES, *_LINES, "legal_basis", "valid_from", *_DAYS)
    found: dict[str, Any] = {name: given.get(name, "").replace("\r\n", "\n").strip()[:20_000] for name in names}
    found |= {name: [key for key, _ in options if key in given.getlist(name)] for name, options in _MANY.items()}
    found["supplement_pauses"] = "supplement_pauses" in given
    return found


def _apply(definition: dict[str, Any], name: str, value: Any, errors: dict[str, str], *, today: date) -> None:
    if name in _DAYS:
        _apply_day(definition, name, value, errors, today)
    elif name in _CHOICES and value and value not in dict(_CHOICES[name]):
        errors[name] = "Chọn một mục trong danh sách."
    elif name in _LINES:
        definition[name] = [line.strip() for line in value.split("\n") if line.strip()]
    elif name == "legal_basis":
        basis = []
        for line in filter(None, (line.strip() for line in value.split("\n"))):
            number, bar, title = line.partition("|")
            if not bar or not title.strip():
                errors[name] = f"Mỗi dòng ghi «số, ký hiệu | tên văn bản»; dòng «{line[:60]}» thiếu dấu |."
                return
            basis.append({"title": title.strip(), "number": number.strip()})
        definition[name] = basis
    elif name == "valid_from":
        day = parse_date(value)
        if day is None:
            errors[name] = "Ghi ngày dạng ngày/tháng/năm."
        else:
            definition[name] = day.isoformat()
    else:
        definition[name] = value if value or name not in _NULL else None


def _apply_day(definition: dict[str, Any], name: str, value: str, errors: dict[str, str], today: date) -> None:
    try:
        day = parse_date(value)
    except ValueError as wrong:
        errors[name] = str(wrong)
        return
    if name == "decided_on" and day is not None and day > today:
        errors[name] = "Ngày quyết định công bố chưa đến. Ghi ngày ký quyết định, hoặc để trống."
    elif day is None:
        definition.pop(name, None)
    else:
        definition[name] = day.isoformat()


@never_cache
@require_GET
@guarded("procedures.edit")
def definition_file(request: ActorRequest, version_id: int) -> HttpResponse:
    """The version as a file, as the product's own modelled procedures are kept."""
    one = opened(request, version_id)
    procedure = one.version.procedure
    whole = {
        "code": procedure.code,
        "plain_name": procedure.plain_name or procedure.name,
        "life_event": procedure.life_event,
        "version": json.loads(one.version.definition or "{}"),
    }
    response = HttpResponse(written(whole), content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{procedure.code}.json"'
    return response
