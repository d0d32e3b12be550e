"""«Thay mặt, ủy quyền»: whom I act for, who acts for me; an officer enters what a document says."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tinhso.kernel.access.api import Actor, account_of, actor_of
from tinhso.kernel.access.web import ACTING_FOR, ActorRequest, guarded, local_day
from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.directory import api as directory
from tinhso.modules.identity.models import Mandate
from tinhso.modules.identity.rules import ACTS, BASIS_TITLES, Basis, clean_phone, clean_text
from tinhso.modules.identity.services.mandates import CannotMandate, Terms, accept, end, enter, grant, is_of, own

FIELDS = ("holder_username", "holder_name", "acts", "procedure_codes", "valid_from", "valid_until", "ground")
ENTERED = ("principal_number", "principal_name", "basis", *FIELDS, "seen")


@never_cache
@require_GET
@guarded("identity.mandates")
def show(request: ActorRequest) -> HttpResponse:
    """Held and given: living, waiting, ended."""
    return _show(request)


def _show(request: ActorRequest, error: str = "", status: int = 200) -> HttpResponse:
    mine = account_of(request.actor)
    ids = {mine} if request.actor.mandate is None else {request.actor.mandate.principal_id}
    today = local_day(request.now)
    rows = [(row, _standing(row, today)) for row in own(user_ids={mine, *ids})]
    context = {
        "held": [(row, standing) for row, standing in rows if row.holder_id == mine],
        "given": [(row, standing) for row, standing in rows if row.principal_id in ids],
        "acts": ACTS,
        "mandate": request.actor.mandate,
        "error": error,
    }
    return render(request, "identity/mandates.html", context, status=status)


def _standing(row: Mandate, today: Any) -> str:
    if row.ended_at is not None:
        return "đã chấm dứt"
    if row.valid_until < today:
        return "đã hết hạn"
    if row.accepted_at is None:
        return "chờ người được ủy quyền nhận"
    return "sắp có hiệu lực" if row.valid_from > today else "đang có hiệu lực"


def _terms(values: dict[str, str], acts: list[str], basis: Basis) -> Terms:
    def day(name: str) -> Any:
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


def _typed(request: Any, names: tuple[str, ...]) -> dict[str, str]:
    values = {name: clean_text(request.POST.get(name, "")) for name in names}
    values["holder_username"] = clean_phone(values["holder_username"])
    return values


def _form(
    request: Any, template: str, names: tuple[str, ...], values: Any, errors: dict[str, str], **more: Any
) -> HttpResponse:
    summary = [(name, errors[name]) for name in ("", *names) if name in errors]
    context = {
        "values": values, "errors": errors, "summary": summary, "acts": list(ACTS.items()),
        "chosen": request.POST.getlist("acts") if request.method == "POST" else list(ACTS), **more,
    }  # fmt: skip
    return render(request, template, context, status=422 if errors else 200)


@never_cache
@guarded("identity.grant_mandate")
def new(request: ActorRequest) -> HttpResponseBase:
    """The principal grants."""
    if request.method != "POST":
        return _form(request, "identity/mandate_new.html", FIELDS, dict.fromkeys(FIELDS, ""), {})
    values = _typed(request, FIELDS)
    try:
        terms = _terms(values, request.POST.getlist("acts"), Basis.AUTHORISED)
        grant(terms=terms, actor=request.actor, now=request.now)
    except CannotMandate as refusal:
        return _form(request, "identity/mandate_new.html", FIELDS, values, refusal.errors)
    messages.success(request, "Đã lập ủy quyền. Ủy quyền có hiệu lực khi người kia bấm nhận.")
    return redirect("identity:mandates")


@never_cache
@guarded("identity.enter_mandate")
def entered(request: ActorRequest) -> HttpResponseBase:
    """An officer enters a mandate from a document."""
    place = directory.staff_of_user(account_of(request.actor), on=local_day(request.now))
    bases = list(BASIS_TITLES.items())
    if request.method != "POST":
        return _form(request, "identity/mandate_enter.html", ENTERED, dict.fromkeys(ENTERED, ""), {}, bases=bases)
    values = _typed(request, ENTERED)
    values["principal_number"] = "".join(char for char in values["principal_number"] if char not in " .-")
    try:
        if place is None:
            raise CannotMandate({"": "Tài khoản của bạn không thuộc cơ quan nào hôm nay."})
        if values["basis"] not in BASIS_TITLES:
            raise CannotMandate({"basis": "Chọn tư cách thay mặt."})
        enter(
            principal_number=values["principal_number"],
            principal_name=values["principal_name"],
            terms=_terms(values, request.POST.getlist("acts"), Basis(values["basis"])),
            seen=values["seen"] == "1",
            organisation_id=place.organisation_id,
            actor=request.actor,
            now=request.now,
        )
    except CannotMandate as refusal:
        return _form(request, "identity/mandate_enter.html", ENTERED, values, refusal.errors, bases=bases)
    messages.success(request, "Đã nhập. Người được thay mặt đăng nhập và bấm nhận thì có hiệu lực.")
    return redirect("identity:mandate_enter")


@require_POST
@guarded("identity.mandates")
def change(request: ActorRequest, mandate_id: int) -> HttpResponseBase:
    """Accept it, or end it."""
    if not is_of(mandate_id, user_ids=[request.actor.user_id, request.actor.owner_id]):
        raise Http404("Không có ủy quyền này.")
    try:
        if "accept" in request.POST:
            accept(mandate_id=mandate_id, actor=request.actor, now=request.now)
            messages.success(request, "Đã nhận. Khi cần, bấm «Thay mặt» ở dòng đó.")
        else:
            reason = request.POST.get("reason", "").replace("\0", " ")
            end(mandate_id=mandate_id, reason=reason, actor=request.actor, now=request.now)
            messages.success(request, "Đã chấm dứt, có hiệu lực ngay.")
    except CannotMandate as refusal:
        return _show(request, str(refusal), 422)
    return redirect("identity:mandates")


@require_POST
@guarded("identity.mandates")
def act(request: ActorRequest) -> HttpResponseBase:
    """From now on this session acts for somebody, or for oneself again."""
    request.session.pop(ACTING_FOR, None)
    asked = request.POST.get("mandate", "")
    if not asked:
        messages.success(request, "Bạn đang làm việc của chính mình.")
        return redirect("home_after_login")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 18 else 0
    actor: Actor = actor_of(request.user, on=local_day(request.now), acting_for=number)  # type: ignore[arg-type]
    if actor.mandate is None:
        raise Http404("Không có ủy quyền này đang có hiệu lực.")
    request.session[ACTING_FOR] = number
    following = request.POST.get("next", "")
    messages.success(request, f"Bạn đang thay mặt {actor.mandate.principal_name}. Mọi việc từ bây giờ ghi rõ điều đó.")
    inside = following.startswith("/") and url_has_allowed_host_and_scheme(following, allowed_hosts=None)
    return redirect(following if inside else "home_after_login")
