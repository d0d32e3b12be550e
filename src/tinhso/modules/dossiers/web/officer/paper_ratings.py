"""«Nhập phiếu đánh giá»: a paper form, typed in by a clerk of another agency, with its scan."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.modules.dossiers.queries.ratings import questions_on
from tinhso.modules.dossiers.services.ratings import CannotRate, enter_paper_rating
from tinhso.modules.dossiers.web.citizen.rating import level, options


@never_cache
@guarded("dossiers.enter_rating")
def enter(request: ActorRequest) -> HttpResponse:
    """What was ticked stays when the form is refused; the scan has to be chosen again, as browsers want it."""
    asked = questions_on(local_day(request.now)).questions
    answers = {question.key: level(request.POST, question.key) for question in asked}
    code = request.POST.get("code", "").replace("\x00", "").strip()[:60]
    comment = request.POST.get("comment", "").replace("\x00", "")
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        scan = request.FILES.get("scan")
        try:
            enter_paper_rating(
                code=code,
                answers=answers,
                comment=comment,
                scan=scan,
                filename=scan.name or "" if scan else "",
                actor=request.actor,
                now=request.now,
            )
        except CannotRate as refusal:
            errors = list(refusal.problems) or [("code", str(refusal))]
        else:
            messages.success(request, "Đã nhập phiếu. Câu trả lời được giữ riêng, không gắn với hồ sơ.")
            return redirect("dossiers:enter_rating")
    found = dict(errors)
    context = {
        "code": code,
        "questions": [(q, options(q.words), answers[q.key], found.get(q.key, "")) for q in asked],
        "comment": comment,
        "errors": errors,
        "error_of": found,
    }
    return render(request, "dossiers/officer/enter_rating.html", context, status=422 if errors else 200)
