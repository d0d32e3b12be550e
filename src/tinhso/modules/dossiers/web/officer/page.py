"""What the page of a dossier shows an officer: gathered here once, drawn by `dossiers/officer/show.html`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from tinhso.kernel.access.api import Refused, allow
from tinhso.kernel.access.web import ActorRequest
from tinhso.modules.dossiers.queries.instructions import instructions_of
from tinhso.modules.dossiers.queries.parts import PartInfo
from tinhso.modules.dossiers.queries.portal import portal_packet
from tinhso.modules.dossiers.queries.reading import (
    Access,
    DossierNotFound,
    DossierView,
    PaperInfo,
    TaskInfo,
    dossier_view,
    may_see,
)
from tinhso.modules.dossiers.rules import ACTING_AS, FINISHED, RESULT_DELIVERY, Channel, MoneyState, State, TaskKind
from tinhso.modules.dossiers.services.digitising import to_scan
from tinhso.modules.dossiers.services.printing import term_in_words
from tinhso.modules.dossiers.services.turns import due_if_accepted, turns_of
from tinhso.modules.dossiers.services.visiting import note_visit
from tinhso.modules.dossiers.web.citizen.story import TONES
from tinhso.modules.dossiers.web.told import told_about
from tinhso.modules.post import api as post
from tinhso.modules.procedures import api as procedures

# Dossiers whose PIN this clerk has just given out: the slip can be printed in this session.
SLIPS_KEPT = "dossier_slips"
TIMELINESS_TONES = {"early": "success", "on_time": "success", "late": "danger"}


@dataclass(frozen=True)
class Typed:
    """What was posted and could not be done: where, why, and the text, so that nothing is lost."""

    place: str = ""
    message: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


NOTHING_TYPED = Typed()


@dataclass(frozen=True)
class Looking:
    """What is open beside the form: a paper or a printed form."""

    key: str
    title: str
    url: str
    is_picture: bool
    paper_id: int | None = None
    previous: str = ""
    next: str = ""


@dataclass(frozen=True)
class PaperLine:
    """A paper that the case asks for, with what was received of it."""

    key: str
    name: str
    required: bool
    present_only: bool
    received: tuple[PaperInfo, ...]

    @property
    def missing(self) -> bool:
        return self.required and not self.present_only and not self.received


def open_dossier(request: ActorRequest, public_id: UUID) -> DossierView:
    """The dossier if the officer's roles cover it; else 404, or a page that says why not. That it was opened is written
    down whatever of it is asked for: a page, a paper by its address, an action."""
    try:
        view = dossier_view(public_id)
    except DossierNotFound:
        raise Http404 from None
    decision = may_see(request.actor, view)
    if not decision:
        raise Refused(decision.reason, permission="dossiers.view")
    # Its owner, too, may come this way; their own looks are nobody's business.
    if request.actor.kind == "officer":
        note_visit(dossier_id=view.id, access=view.access, actor=request.actor, now=request.now)
    return view


def show_dossier(request: ActorRequest, view: DossierView, typed: Typed = NOTHING_TYPED) -> HttpResponse:
    """Draw the page; with `typed`, as the answer to something that could not be done."""
    visited = note_visit(dossier_id=view.id, access=view.access, actor=request.actor, now=request.now)
    version = procedures.version(view.version_id)
    applicant = view.party("applicant")
    case = {**view.form_data, "applicant": {"acting_as": applicant.acting_as if applicant else ""}}
    form = version.definition.form if version.definition else None
    lines = paper_lines(view, procedures.papers_asked(version.definition, case) if version.definition else ())
    looking = _looking(request, view)
    turns = turns_of(request.actor, view, now=request.now)
    intake = next((t for t in turns if t.task.kind == TaskKind.INTAKE), None)
    back = next((t for t in turns if t.task.kind == TaskKind.RETURN), None)
    coming = view.pending_hand_over
    if coming and not allow(
        request.actor, "dossiers.confirm_hand_over", Access(frozenset({coming.to_organisation_id}), None)
    ):
        coming = None
    expected = due_if_accepted(view, now=request.now) if intake else None
    may_take_fee = view.money_state == MoneyState.DUE and bool(allow(request.actor, "dossiers.take_fee", view.access))
    context = {
        "view": view,
        "here": reverse("dossiers:show", args=[view.public_id]),
        "tone": TONES[view.state],
        "tabs": tabs(view, "show"),
        "sections": procedures.describe(form or {}, view.form_data, context={"applicant": case["applicant"]})
        if form
        else (),
        "parties": view.parties,
        "acting_as": ACTING_AS.get(applicant.acting_as, "") if applicant else "",
        "delivery": RESULT_DELIVERY.get(view.result_delivery, ""),
        "lines": lines,
        "to_check": [paper for line in lines for paper in line.received],
        "checked_ids": {int(name[8:]) for name in typed.values if name.startswith("checked-") and name[8:].isdecimal()},
        "looking": looking,
        "coming": coming,
        "may_digitise": bool(view.papers) and bool(allow(request.actor, "dossiers.digitise", view.access)),
        "to_digitise": sum(to_scan(paper.kind, has_file=paper.file_id is not None) for paper in view.papers),
        "turns": [t for t in turns if t.task.kind in (TaskKind.STEP, TaskKind.OPINION)],
        "intake": intake
        if intake and view.state == State.REGISTERED and allow(request.actor, "dossiers.accept", view.access)
        else None,
        "handing_back": back if back and allow(request.actor, "dossiers.return", view.access) else None,
        "consignment": post.last_for(view.ref) if view.result_delivery == "post" else None,
        "own_part": _own_part(request, view),
        "part_typed": {name.removeprefix("part-").replace("-", "_"): text for name, text in typed.values.items()}
        if typed.place.startswith("part-")
        else None,
        "came": post.envelope_of(view.ref) if view.channel == Channel.POST else None,
        "portal": portal_packet(view.id) if view.channel == Channel.NATIONAL else None,
        "expected": expected,
        "expected_term": term_in_words(expected.term) if expected else "",
        "may_take_fee": may_take_fee,
        "may_see_money": bool(allow(request.actor, "payments.take", view.access)),
        "may_renew_pin": bool(allow(request.actor, "dossiers.renew_pin", view.access)),
        "slip_url": reverse("dossiers:slip", args=[view.public_id])
        if str(view.public_id) in request.session.get(SLIPS_KEPT, ())
        else "",
        "prints": prints(view),
        "may_preview": view.state in (State.ACCEPTED, State.IN_PROGRESS) and bool(version.definition),
        "rework": _rework(view),
        "last_done": max(
            (t for t in view.tasks if t.finished_at),
            key=lambda t: (t.finished_at or view.submitted_at, t.id),
            default=None,
        ),
        "opinions": [t for t in view.tasks if t.kind == TaskKind.OPINION and t.finished_at],
        "news": _news(view, visited.before_at, request.actor.label),
        "instructions": instructions_of(view.id, request.actor),
        "before_at": visited.before_at,
        "story": story(view),
        "told": told_about(view.ref),
        "term": term_in_words(dict(view.term)) if view.term else "",
        "typed": typed,
    }
    return render(request, "dossiers/officer/show.html", context, status=422 if typed.message else 200)


def tabs(view: DossierView, current: str) -> list[dict[str, Any]]:
    return [
        {"title": title, "url": reverse(f"dossiers:{name}", args=[view.public_id]), "current": name == current}
        for name, title in (
            ("show", "Hồ sơ"),
            ("actions", "Thao tác khác"),
            ("why", "Vì sao có hạn này"),
            ("audit", "Ai đã làm gì"),
            ("who_sees", "Ai xem được"),
        )
    ]


def paper_lines(view: DossierView, asked: Sequence[procedures.Paper]) -> list[PaperLine]:
    """What the case asks for in the order of the version, then what came beside it."""
    received: dict[str, list[PaperInfo]] = {}
    for paper in view.papers:
        received.setdefault(paper.key, []).append(paper)
    lines = [PaperLine(p.key, p.name, p.required, p.present_only, tuple(received.pop(p.key, ()))) for p in asked]
    return lines + [PaperLine(key, rows[0].name, False, False, tuple(rows)) for key, rows in received.items()]


def prints(view: DossierView) -> list[tuple[str, str]]:
    """(key, title) of the papers that this dossier can have printed now."""
    found = []
    if view.accepted_at is not None:
        found.append(("receipt", "Mẫu 01: Giấy tiếp nhận và hẹn trả"))
    if view.state == State.REFUSED:
        found.append(("refusal", "Mẫu 03: Phiếu từ chối tiếp nhận"))
    if view.result is not None:
        found.append(("result", "Kết quả giải quyết"))
    return found


def _looking(request: ActorRequest, view: DossierView) -> Looking | None:
    """What `?open=` asks for: "p12" (a paper), "receipt", "refusal", "result", "preview" or "slip"."""
    key = request.GET.get("open", "")
    if key.startswith("p"):
        papers = [paper for paper in view.papers if paper.file_id is not None]
        place = next((number for number, paper in enumerate(papers) if key == f"p{paper.id}"), None)
        if place is not None:
            paper = papers[place]
            return Looking(
                key,
                paper.name,
                reverse("dossiers:file", args=[view.public_id, paper.id]),
                paper.media_type.startswith("image/"),
                paper.id,
                previous=f"p{papers[place - 1].id}" if place else "",
                next=f"p{papers[place + 1].id}" if place + 1 < len(papers) else "",
            )
    titles = dict(prints(view))
    if key in titles:
        url = reverse("dossiers:print", args=[view.public_id, key])
        return Looking(key, titles[key], url, False)
    if key == "preview" and view.state in (State.ACCEPTED, State.IN_PROGRESS):
        return Looking(key, "Xem trước kết quả (dự thảo)", reverse("dossiers:preview", args=[view.public_id]), False)
    if key == "slip" and str(view.public_id) in request.session.get(SLIPS_KEPT, ()):
        return Looking(key, "Phiếu mã hồ sơ và mã PIN", reverse("dossiers:slip", args=[view.public_id]), False)
    return None


def _own_part(request: ActorRequest, view: DossierView) -> PartInfo | None:
    """The part being done now, when this officer's agency does it and has confirmed the hand-over."""
    part = next((one for one in view.parts if one.is_open), None)
    if part is None or view.pending_hand_over is not None or view.state in FINISHED:
        return None
    place = Access(frozenset({part.organisation_id}), None)
    return part if allow(request.actor, "dossiers.add_part_result", place) else None


def _by(channel: Channel) -> str:
    """How it came, within a sentence; the portal keeps its name."""
    return f"qua {channel.title}" if channel == Channel.NATIONAL else channel.title.lower()


def _rework(view: DossierView) -> TaskInfo | None:
    """The step that sent the open one back: its comment says what is to be done again."""
    if not any(task.is_rework for task in view.open_tasks):
        return None
    done = [task for task in view.tasks if task.finished_at is not None and task.comment]
    return max(done, key=lambda task: task.finished_at or view.submitted_at, default=None)


def _news(view: DossierView, before_at: datetime | None, own_name: str) -> list[TaskInfo]:
    """What others have finished since this officer looked in the last time."""
    if before_at is None:
        return []
    return [
        task
        for task in view.tasks
        if task.finished_at is not None and task.finished_at > before_at and task.finished_by_name != own_name
    ]


@dataclass(frozen=True)
class Event:
    """A line of the story for officers: names and comments included."""

    what: str
    at: datetime | None = None
    when: str = ""
    who: str = ""
    kind: str = ""
    tone: str = ""
    comment: str = ""
    mark: str = ""
    mark_tone: str = ""
    due_at: datetime | None = None


def story(view: DossierView) -> list[Event]:
    """Oldest first: sent, every finished step with its timeliness, changes of the due time, what is open now."""
    events = [Event(f"Nộp hồ sơ ({_by(view.channel)})", at=view.submitted_at, who=view.applicant_name)]
    for task in view.tasks:
        if task.finished_at is None:
            continue
        mark = task.timeliness
        events.append(
            Event(
                task.title,
                at=task.finished_at,
                who=f"{task.finished_by_name}: {task.action_title}",
                tone="warning" if task.action_title.startswith("Trả lại") else "",
                comment=task.comment,
                mark=mark.title if mark else "",
                mark_tone=TIMELINESS_TONES[mark.value] if mark else "",
            )
        )
    events.extend(
        Event("Đổi hạn trả", at=change.changed_at, who=change.changed_by_name, comment=change.ground, tone="warning")
        for change in view.deadline_changes[1:]
    )
    events.extend(
        Event(
            "Chuyển sang cơ quan kế thừa",
            at=step.inherited_at,
            who=step.successor_name,
            comment=f"Trước đó: {step.agency_name}. Hiệu lực {step.effective_date:%d/%m/%Y}, hạn trả giữ nguyên.",
        )
        for step in view.inherited
    )
    events.sort(key=lambda event: event.at or view.submitted_at)
    for task in view.open_tasks:
        who = task.holder_name or task.unit_name or task.organisation_name
        waiting = "" if task.holder_name else "chưa ai nhận"
        events.append(Event(task.title, when="Đang chờ", who=who, kind="now", comment=waiting, due_at=task.due_at))
    return events
