"""The forms of mandates: what was typed, the paper that was chosen, and the page that shows both again with what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render

from tinhso.kernel.access.web import ActorRequest
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.identity.rules import ACTS, Basis, clean_phone, clean_text
from tinhso.modules.identity.services.mandates import Terms, Upload

TERMS = ("holder_username", "holder_name", "acts", "procedure_codes", "valid_from", "valid_until", "ground")
DOCUMENT_ACCEPT = ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"
CHOOSE_AGAIN = "Chọn lại tệp giấy tờ: trình duyệt không giữ tệp đã chọn khi trang báo lỗi."


def terms_of(values: Mapping[str, str], acts: list[str], basis: Basis) -> Terms:
    def day(name: str) -> date | None:
        try:
            return parse_date(values[name])
        except ValueError:
            return None

    return Terms(
        holder_username=values["holder_username"],
        holder_name=values["holder_name"],
        basis=basis,
        acts=frozenset(acts),
        procedure_codes=tuple(sorted({code for code in values["procedure_codes"].replace(",", " ").split() if code})),
        valid_from=day("valid_from"),
        valid_until=day("valid_until"),
        ground=values["ground"],
    )


def typed(request: ActorRequest, names: tuple[str, ...]) -> dict[str, str]:
    values = {name: clean_text(request.POST.get(name, "")) for name in names}
    if "holder_username" in values:
        values["holder_username"] = clean_phone(values["holder_username"])
    if "principal_number" in values:
        values["principal_number"] = "".join(char for char in values["principal_number"] if char not in " .-")
    return values


def chosen_document(request: ActorRequest) -> Upload | None:
    """The first file that was chosen: of the two ways in the form one is empty."""
    found = next(iter(request.FILES.getlist("document")), None)
    return None if found is None or found.file is None else Upload(found, found.name or "giay-to")


def show_form(
    request: ActorRequest,
    template: str,
    names: tuple[str, ...],
    values: Mapping[str, str],
    errors: Mapping[str, str],
    **more: object,
) -> HttpResponse:
    told = dict(errors)
    if told and "document" not in told and request.FILES.getlist("document"):
        told["document"] = CHOOSE_AGAIN
    context = {
        "values": values,
        "errors": told,
        "summary": [(name, told[name]) for name in ("", *names, "document") if name in told],
        "acts": list(ACTS.items()),
        "chosen": request.POST.getlist("acts") if request.method == "POST" else list(ACTS),
        "accept": DOCUMENT_ACCEPT,
        **more,
    }
    return render(request, template, context, status=422 if told else 200)
