"""«Đánh giá»: by the person's page or one-time link, or at a kiosk by code and PIN. Shows nothing of the dossier but its
name and code."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.web import ActorRequest, guarded, local_day
from tinhso.modules.dossiers.models import Dossier
from tinhso.modules.dossiers.queries.ratings import questions_on, rated_on
from tinhso.modules.dossiers.rules import RatingWay, State
from tinhso.modules.dossiers.services.ratings import CannotRate, may_rate, rate
from tinhso.modules.dossiers.services.tracking import CannotTrack, open_by_pin
from tinhso.modules.dossiers.web.citizen import visitor
from tinhso.modules.dossiers.web.citizen.tracking import PIN_LIMIT, TOO_MANY

AT_KIOSK = "rating_at_kiosk"


@never_cache
@guarded("dossiers.rate")
def kiosk(request: ActorRequest) -> HttpResponse:
    """On the machine at the counter: code and PIN, then the questions; the dossier itself is not opened."""
    errors: list[tuple[str, str]] = []
    code = request.POST.get("code", "").strip()[:60]
    if request.method == "POST":
        if not ratelimit.consume(request, action=PIN_LIMIT, dry_run=True):
            errors.append(("code", TOO_MANY))
        else:
            try:
                public_id = open_by_pin(
                    code=code, pin=request.POST.get("pin", ""), actor=request.actor, now=request.now
                )
            except CannotTrack as refusal:
                ratelimit.consume(request, action=PIN_LIMIT)
                errors.append(("code", str(refusal)))
            else:
                request.session[AT_KIOSK] = str(public_id)
                return redirect("dossiers:rate", public_id=public_id)
    context = {"code": code, "errors": errors, "error_of": dict(errors)}
    return render(request, "dossiers/citizen/rate_kiosk.html", context, status=422 if errors else 200)


@never_cache
@guarded("dossiers.rate")
def questions(request: ActorRequest, public_id: UUID, key: str = "") -> HttpResponse:
    """The questions of the day; sent once."""
    at_kiosk = request.session.get(AT_KIOSK) == str(public_id)
    opened = visitor.opened(request) | ({str(public_id)} if at_kiosk else frozenset())
    dossier = Dossier.objects.select_related("version__procedure").filter(public_id=public_id).first()
    # No such dossier, another's, or a wrong link: they look the same.
    if dossier is None or not may_rate(request.actor, dossier, key, opened):
        if request.actor.kind != "nobody":
            raise Http404
        messages.warning(request, "Chưa mở được trang đánh giá. Hãy nhập mã hồ sơ và mã PIN.")
        return redirect("dossiers:rate_kiosk")
    asked = questions_on(local_day(request.now)).questions
    answers = {question.key: level(request.POST, question.key) for question in asked}
    comment = request.POST.get("comment", "").replace("\x00", "")
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            rate(
                public_id=public_id,
                answers=answers,
                comment=comment,
                actor=request.actor,
                now=request.now,
                way=RatingWay.KIOSK if at_kiosk else RatingWay.ONLINE,
                key=key,
                opened=opened,
            )
        except CannotRate as refusal:
            errors = list(refusal.problems) or [("content", str(refusal))]
        else:
            request.session.pop(AT_KIOSK, None)
            return redirect("dossiers:rate_thanks")
    found = dict(errors)
    context = {
        "view": dossier,
        # Whoever has only the link is told no more than the code.
        "name": "" if key else dossier.version.procedure.plain_name or dossier.version.procedure.name,
        "rated_date": rated_on(dossier.pk),
        "is_returned": dossier.state == State.RETURNED,
        "questions": [(q, options(q.words), answers[q.key], found.get(q.key, "")) for q in asked],
        "comment": comment,
        "errors": errors,
        "error_of": found,
    }
    return render(request, "dossiers/citizen/rate.html", context, status=422 if errors else 200)


@never_cache
@guarded("dossiers.rate")
def thanks(request: ActorRequest) -> HttpResponse:
    return render(request, "dossiers/citizen/rate_thanks.html")


def level(given: Mapping[str, str], key: str) -> int | None:
    value = given.get(key, "")
    return int(value) if value in ("1", "2", "3", "4", "5") else None


def options(words: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(str(number), word) for number, word in reversed(list(enumerate(words, start=1)))]
