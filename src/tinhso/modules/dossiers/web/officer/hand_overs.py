"""Pages that put work into other hands: transfer, opinions, back, in the place of an absent one; and correct a result."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.text import fold
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.queries.reading import DossierView, TaskInfo
from tinhso.modules.dossiers.services.consulting import ask_opinions, close_unanswered
from tinhso.modules.dossiers.services.correcting import CannotCorrect, correct_result
from tinhso.modules.dossiers.services.reassigning import CannotHandOver, earlier_steps, send_back, take_over, transfer
from tinhso.modules.dossiers.services.routing import CannotAct
from tinhso.modules.dossiers.services.supplement_fields import field_targets, groups_of, value_at
from tinhso.modules.dossiers.web.officer.actions import ActionPage, answer
from tinhso.modules.dossiers.web.officer.page import open_dossier
from tinhso.modules.procedures import api as procedures
from tinhso.modules.procedures.web.forms import ListView, render_context

OPINION_HOURS = "16"
# Of the places that a name finds: a province has a thousand.
FOUND_MOST = 30


def _of_task(request: ActorRequest, public_id: UUID, task_id: int) -> tuple[DossierView, TaskInfo]:
    """The dossier of the address and its task, done or open: the service says what has happened to it meanwhile."""
    view = open_dossier(request, public_id)
    task = next((one for one in view.tasks if one.id == task_id), None)
    if task is None:
        raise Http404
    return view, task


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


@never_cache
@guarded("dossiers.transfer")
def transfer_task(request: ActorRequest, public_id: UUID, task_id: int) -> HttpResponseBase:
    """To a unit that has somebody for it, or to an agency that is competent by the version."""
    view, task = _of_task(request, public_id, task_id)
    role = next(one.role for one in view.tasks if one.key == task.key)  # the first: a head may stand in meanwhile
    staff = directory.colleagues(task.organisation_id, role=role, on=request.now.date())
    units = sorted({person.unit_name for person in staff if person.unit_name and person.unit_name != task.unit_name})
    agencies = [
        agency
        for agency in procedures.agencies_offering(view.version_id, request.now.date())
        if agency.id != task.organisation_id
    ]

    def do() -> None:
        kind, _, chosen = request.POST.get("to", "").partition(":")
        number = _number(chosen) if kind == "agency" else task.organisation_id
        if kind == "other":
            kind, number = "agency", _number(request.POST.get("agency", ""))
        if kind not in ("unit", "agency") or number is None:
            raise CannotHandOver("Chọn nơi nhận.")
        transfer(
            task_id=task.id, organisation_id=number, unit_name=chosen if kind == "unit" else "",
            ground=request.POST.get("ground", ""), actor=request.actor, now=request.now,
        )  # fmt: skip

    context = {
        "task": task,
        "units": [(f"unit:{name}", name) for name in units],
        "agencies": [(agency.id, agency.name) for agency in agencies],
    }
    return answer(request, view, ActionPage("transfer.html", context, "Đã chuyển.", do, (CannotAct,)))


@never_cache
@guarded("dossiers.work")
def ask(request: ActorRequest, public_id: UUID, task_id: int) -> HttpResponseBase:
    """Ask several organisations at once; all must answer before the step goes on."""
    view, task = _of_task(request, public_id, task_id)
    chosen = {number for text in request.POST.getlist("organisations") if (number := _number(text)) is not None}
    wanted = fold(request.POST.get("place", ""))[:100]
    staff = directory.colleagues(task.organisation_id, on=request.now.date())
    units = sorted({person.unit_name for person in staff if person.unit_name and person.unit_name != task.unit_name})
    picked = set(request.POST.getlist("units"))
    known = directory.organisations(on=request.now.date())
    places = [place for place in known if place.kind != "public_service_centre" and place.id != view.agency_id]
    found = [place for place in places if wanted and wanted in fold(place.name)]
    shown = [
        place for place in places if place.id in chosen or place.level == "province" or place in found[:FOUND_MOST]
    ]

    def do() -> None:
        ask_opinions(
            task_id=task.id, organisation_ids=sorted(chosen), question=request.POST.get("question", ""),
            hours=_number(request.POST.get("hours", "")) or 0, units=[unit for unit in units if unit in picked], actor=request.actor, now=request.now,
        )  # fmt: skip

    levels = (("province", "Cấp tỉnh"), ("commune", "Cấp xã"))
    context = {
        "task": task,
        "hours": request.POST.get("hours", OPINION_HOURS),
        "groups": [
            (title, [(place, place.id in chosen) for place in shown if place.level == level]) for level, title in levels
        ],
        "units": [(unit, unit in picked) for unit in units],
        "found": len(found) if wanted else None,
        "more": len(found) > FOUND_MOST,
    }
    done = "Đã gửi câu hỏi. Bước này mở lại cho bạn khi mọi nơi đã trả lời."
    return answer(
        request, view, ActionPage("opinions.html", context, done, do, (CannotAct,), acts="find" not in request.POST)
    )


@never_cache
@guarded("dossiers.close_opinion")
def close_opinion(request: ActorRequest, public_id: UUID, task_id: int) -> HttpResponseBase:
    """Go on without an opinion that has not come."""
    view, task = _of_task(request, public_id, task_id)

    def do() -> None:
        close_unanswered(task_id=task.id, ground=request.POST.get("ground", ""), actor=request.actor, now=request.now)

    done = "Đã ghi nhận là không có ý kiến trả lời."
    return answer(request, view, ActionPage("unanswered.html", {"task": task}, done, do, (CannotAct,)))


@never_cache
@guarded("dossiers.work")
def give_back_step(request: ActorRequest, public_id: UUID, task_id: int) -> HttpResponseBase:
    """Back to a step that the dossier has passed."""
    view, task = _of_task(request, public_id, task_id)

    def do() -> None:
        send_back(
            task_id=task.id, step_key=request.POST.get("step", ""), reason=request.POST.get("ground", ""),
            actor=request.actor, now=request.now,
        )  # fmt: skip

    context = {"task": task, "steps": earlier_steps(view.id, task.key)}
    return answer(request, view, ActionPage("send_back.html", context, "Đã trả lại.", do, (CannotAct,)))


@never_cache
@guarded("dossiers.take_over")
def stand_in(request: ActorRequest, public_id: UUID, task_id: int) -> HttpResponseBase:
    """Do the work of an absent colleague oneself."""
    view, task = _of_task(request, public_id, task_id)

    def do() -> None:
        take_over(task_id=task.id, ground=request.POST.get("ground", ""), actor=request.actor, now=request.now)

    done = "Việc này nay do bạn xử lý."
    return answer(request, view, ActionPage("take_over.html", {"task": task}, done, do, (CannotAct,)))


@never_cache
@guarded("dossiers.correct_result")
def correct(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """The fields that the result prints, to be put right, and why."""
    view = open_dossier(request, public_id)
    if view.result is None:
        raise Http404
    definition = procedures.version(view.version_id).definition
    form: Any = (definition.form if definition else None) or {"type": "object", "properties": {}}
    applicant = view.party("applicant")
    context = {"applicant": {"acting_as": applicant.acting_as if applicant else ""}}
    targets = tuple(field_targets(form, view.form_data, context))
    posted: dict[str, Any] = {}
    for group in groups_of(targets):
        posted.update(procedures.from_post(form, request.POST, group=group))
    lists = {pointer for pointer in targets if isinstance(value_at(view.form_data, pointer), list)}
    # Only what was shown and changed; lists are put right by a supplement, not here.
    values = {
        pointer: value_at(posted, pointer)
        for pointer in targets
        if pointer not in lists and f"shown.{pointer}" in request.POST
        if value_at(posted, pointer) != value_at(view.form_data, pointer)
    }

    def do() -> None:
        correct_result(
            dossier_id=view.id, reason=request.POST.get("reason", ""), values=values, actor=request.actor,
            now=request.now,
        )  # fmt: skip

    shown = {
        **view.form_data,
        **{key: {**_mapping(view.form_data.get(key)), **_mapping(part)} for key, part in posted.items()},
    }
    pages = [
        render_context(
            form,
            group,
            shown if request.method == "POST" else view.form_data,
            {},
            today=request.now.date(),
            context=context,
        )
        for group in groups_of(targets)
    ]
    data = {
        "groups": [
            (page.title, [part for part in page.body.parts if part.kind not in ("list", "group") and part.shown])
            for page in pages
            if not isinstance(page.body, ListView)
        ],
        "datalists": [pair for page in pages for pair in page.datalists],
    }
    done = "Đã ban hành kết quả thay thế. Kết quả cũ được đánh dấu không còn dùng."
    return answer(request, view, ActionPage("correct.html", data, done, do, (CannotCorrect,)))


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}
