"""«Tiếp nhận tại quầy»: a clerk fills in the form for a person who has come, ticks the papers, and receives at once.

The draft is the clerk's; services, form and checks are those of the citizens' way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.api import Refused, account_of, reach
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.text import fold, sort_key
from tinhso.modules.archive import api as archive
from tinhso.modules.counters import api as counters
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Draft
from tinhso.modules.dossiers.queries.counter import scans_by_paper, unfinished_at_counter
from tinhso.modules.dossiers.rules import (
    ACTING_AS,
    APPLICANT_FIELDS,
    RESULT_DELIVERY,
    Channel,
    PaperKind,
    applicant_errors,
    clean_applicant,
)
from tinhso.modules.dossiers.services.drafts import (
    CannotSave,
    CannotStart,
    DraftNotFound,
    discard,
    find,
    save_applicant,
    save_group,
    start,
)
from tinhso.modules.dossiers.services.intake import PAPER_QUANTITY_MAX, CannotAccept, receive_at_counter
from tinhso.modules.dossiers.services.renewing import NoLongerOffered, has_ended, renew
from tinhso.modules.dossiers.services.reusing import offers_at_counter
from tinhso.modules.dossiers.services.submitting import CannotSubmit, Problem, ReceivedPaper, applicant_context
from tinhso.modules.dossiers.web.officer import envelope
from tinhso.modules.dossiers.web.officer.posting import post_else
from tinhso.modules.dossiers.web.officer.steps import keep_slip
from tinhso.modules.post import api as post
from tinhso.modules.procedures import api as procedures
from tinhso.modules.procedures.web.forms import element_id, error_list, pages, render_context

APPLICANT, PAPERS = "applicant", "papers"
# At the counter the person stands in front of the clerk.
ACTING_AT_COUNTER = {**ACTING_AS, "self": "Cho chính mình", "representative": "Cho con, người được giám hộ, đại diện",
                     "authorised": "Cho người khác, theo ủy quyền", "organisation": "Cho tổ chức, doanh nghiệp"}  # fmt: skip
OFFERS_SHOWN = 3
KINDS = [(kind.value, kind.title) for kind in (PaperKind.ORIGINAL, PaperKind.CERTIFIED, PaperKind.COPY)]


class Way:
    """A clerk's draft with its pages in order: applicant, the groups of the form, papers."""

    def __init__(self, draft: Draft) -> None:
        version = procedures.version(draft.version_id)
        if version.definition is None or version.definition.form is None:
            raise Http404
        self.draft, self.version, self.definition, self.form = (
            draft,
            version,
            version.definition,
            version.definition.form,
        )
        key = draft.public_id
        self.pages = [
            (APPLICANT, "Người nộp", reverse("dossiers:counter_applicant", args=[key])),
            *(
                (group, title, reverse("dossiers:counter_form", args=[key, group]))
                for group, title in pages(self.form, draft.form_data, context=applicant_context(draft))
            ),
            (PAPERS, "Giấy tờ, tiếp nhận", reverse("dossiers:counter_papers", args=[key])),
        ]

    def has(self, key: str) -> bool:
        return any(key == known for known, _, _ in self.pages)

    def after(self, key: str) -> str:
        keys = [known for known, _, _ in self.pages]
        return self.pages[min(keys.index(key) + 1, len(keys) - 1)][2]

    def steps(self, current: str) -> list[dict[str, str]]:
        keys = [known for known, _, _ in self.pages]
        here = keys.index(current)
        return [
            {"title": title, "url": url, "state": "current" if n == here else "done" if n < here else "todo"}
            for n, (_, title, url) in enumerate(self.pages)
        ]

    def url_of(self, problem: Problem) -> str:
        url = next((url for key, _, url in self.pages if key == problem.page), self.pages[0][2])
        anchor = f"paper-{problem.field}" if problem.page == PAPERS else element_id(problem.field)
        return f"{url}#{anchor}"


def open_draft(request: ActorRequest, public_id: UUID) -> Draft:
    try:
        draft = find(public_id=public_id, actor=request.actor, keys=())
        if has_ended(draft, request.now.date()):
            messages.warning(request, renew(public_id=public_id, actor=request.actor, keys=(), now=request.now))
            draft = find(public_id=public_id, actor=request.actor, keys=())
    except NoLongerOffered as ended:
        # The clerk still sees what was written; sending is refused with the same words.
        messages.error(request, str(ended))
    except (DraftNotFound, Refused):
        raise Http404 from None
    return draft


@never_cache
@require_GET
@guarded("dossiers.counter_intake")
def counter(request: ActorRequest) -> HttpResponse:
    """Choose the procedure. Those settled at the clerk's own place come first; unfinished drafts can be gone on with."""
    return _choose(request)


def _choose(request: ActorRequest, error: str = "") -> HttpResponse:
    came = envelope.asked(request)
    begun = None if came is None else envelope.draft_of(came)
    if begun is not None and not error and begun.written_by_id == account_of(request.actor):
        return redirect("dossiers:counter_applicant", begun.public_id)
    if begun is not None and not error:
        error = f"{begun.written_by.full_name if begun.written_by else 'Cán bộ khác'} đang lập hồ sơ từ phong bì này."
    channel = Channel.COUNTER if came is None else Channel.POST
    text = request.GET.get("q", "")[:200]
    today = request.now.date()
    offices = directory.organisations_by_id(reach(request.actor, "dossiers.counter_intake"))
    levels = {office.level for office in offices.values()}
    words = fold(text).split()
    anywhere = request.GET.get("anywhere") == "1"
    found = [
        version
        for version in procedures.fileable_versions(today)
        if (anywhere or version.competent_level in levels)
        and channel in version.channels
        and all(word in fold(f"{version.code} {version.title} {version.name}") for word in words)
    ]
    context = {
        "text": text,
        "anywhere": anywhere,
        "found": sorted(found, key=lambda version: sort_key(version.title)),
        "error": error,
        "came": came,
        "drafts": () if came else unfinished_at_counter(request.actor, limit=10),
        "offices": list(offices.values()),
        "seat": counters.seat_of(request.actor, now=request.now),
    }
    return render(request, "dossiers/officer/counter.html", context, status=422 if error else 200)


@never_cache
@post_else("dossiers:counter")
@guarded("dossiers.counter_intake")
def begin(request: ActorRequest) -> HttpResponse:
    """Start a draft. Where several agencies settle the procedure, the clerk is asked which."""
    today = request.now.date()
    version = next(
        (v for v in procedures.fileable_versions(today) if str(v.id) == request.POST.get("version", "")), None
    )
    came = envelope.asked(request)
    if version is None:
        return _choose(request, "Thủ tục này không còn nhận hồ sơ. Hãy chọn lại.")
    offices = directory.organisations_by_id(reach(request.actor, "dossiers.counter_intake"))
    above = {office.parent_id for office in offices.values()} | set(offices)
    agencies = {a.id: a for a in procedures.agencies_offering(version.id, today)}
    own = [agencies[number] for number in agencies if number in above]
    province = any(office.level == "province" for office in offices.values())
    # The province's centre receives for every department; a commune's for its own committee.
    anywhere = request.POST.get("anywhere") == "1"
    offered = list(agencies.values()) if anywhere or (province and version.competent_level == "province") else own
    chosen = request.POST.get("agency", "")
    agency = offered[0] if len(offered) == 1 else next((a for a in offered if str(a.id) == chosen), None)
    if not offered:
        return _choose(request, "Cơ quan của bạn không tiếp nhận thủ tục này.")
    if agency is None:
        context = {
            "version": version,
            "agencies": [(a.id, a.name) for a in offered],
            "error": "",
            "anywhere": anywhere,
            "came": came,
        }
        return render(request, "dossiers/officer/counter_agency.html", context)
    try:
        public_id = start(
            version_id=version.id,
            agency_id=agency.id,
            channel=Channel.COUNTER if came is None else Channel.POST,
            envelope_id=None if came is None else came.id,
            actor=request.actor,
            now=request.now,
            # Received here, settled there: the person need not go.
            office_id=next((o.id for o in offices.values() if o.kind == "public_service_centre"), None)
            if anywhere
            else None,
        )
    except CannotStart as refusal:
        return _choose(request, str(refusal))
    if came is None:
        counters.note_use(reference=f"draft:{public_id}", actor=request.actor, now=request.now)
    return redirect("dossiers:counter_applicant", public_id)


@never_cache
@guarded("dossiers.counter_intake")
def applicant(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The person who has come."""
    draft = open_draft(request, public_id)
    if draft.dossier_id is not None:
        return _received(draft)
    values: Mapping[str, Any] = draft.applicant or envelope.sender_as_applicant(draft)
    errors: dict[str, str] = {}
    conflict = ""
    if request.method == "POST":
        values = clean_applicant({name: request.POST.get(name, "") for name in APPLICANT_FIELDS})
        try:
            save_applicant(public_id=public_id, values=values, **_writing(request))
        except CannotSave as refusal:
            conflict = str(refusal)
        else:
            errors = applicant_errors(values)
            if not errors:
                draft.applicant = dict(values)
                return HttpResponseRedirect(Way(draft).after(APPLICANT))
        draft = open_draft(request, public_id)
    context = {
        **frame(Way(draft), APPLICANT),
        "values": values,
        "errors": errors,
        "summary": [*_told(conflict), *((name, errors[name]) for name in APPLICANT_FIELDS if name in errors)],
        "acting_as": list(ACTING_AT_COUNTER.items()),
        "deliveries": list(RESULT_DELIVERY.items()),
    }
    return render(
        request, "dossiers/officer/counter_applicant.html", context, status=422 if conflict or errors else 200
    )


@never_cache
@guarded("dossiers.counter_intake")
def form_page(request: ActorRequest, public_id: UUID, group: str) -> HttpResponse:
    """One group of the procedure's form."""
    draft = open_draft(request, public_id)
    if draft.dossier_id is not None:
        return _received(draft)
    way = Way(draft)
    if group not in way.form["properties"]:
        raise Http404
    context = applicant_context(draft)
    values: Mapping[str, Any] = {**procedures.blank(way.form), **draft.form_data}
    errors: dict[str, str] = {}
    conflict = ""
    if request.method == "POST":
        data = {**draft.form_data, group: None, **procedures.from_post(way.form, request.POST, group=group)}
        data, here = procedures.apply_list_action(way.form, data, request.POST)
        try:
            save_group(public_id=public_id, group=group, values=data[group], **_writing(request))
        except CannotSave as refusal:
            conflict = str(refusal)
        else:
            if here is not None:
                return HttpResponseRedirect(f"{request.path}#{element_id(here.replace('.', '/'))}")
            _, found = procedures.clean(way.form, data, today=request.now.date(), context=context)
            errors = {p: message for p, message in found.items() if p == f"/{group}" or p.startswith(f"/{group}/")}
            if not errors:
                draft.form_data = data
                return HttpResponseRedirect(Way(draft).after(group))
        values = data
        draft = open_draft(request, public_id)
        way = Way(draft)
    if not way.has(group):
        return redirect("dossiers:counter_papers", public_id)
    shown = {
        **frame(way, group),
        "page": render_context(way.form, group, values, errors, today=request.now.date(), context=context),
        "summary": [*_told(conflict), *error_list(errors, f"/{group}")],
    }
    return render(request, "dossiers/officer/counter_form.html", shown, status=422 if conflict or errors else 200)


@never_cache
@guarded("dossiers.counter_intake")
def papers(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Tick what was handed over, then receive: code, form 01 and the slip with the PIN."""
    draft = open_draft(request, public_id)
    if draft.dossier_id is not None:
        return _received(draft)
    way = Way(draft)
    case = {**draft.form_data, **applicant_context(draft)}
    asked = procedures.papers_asked(way.definition, case)
    problems: tuple[Problem, ...] = ()
    error = ""
    handed = _handed_over(request, [paper.key for paper in asked]) if request.method == "POST" else []
    if "refuse" in request.POST and draft.envelope_id is not None:
        done_with, problems, error = envelope.refuse(request, draft, handed)
        if done_with is not None:
            return done_with
    elif request.method == "POST":
        try:
            done = receive_at_counter(
                public_id=public_id,
                papers=handed,
                note=request.POST.get("note", "").strip()[:2000],
                actor=request.actor,
                now=request.now,
            )
        except CannotSubmit as refusal:
            problems = refusal.problems
        except CannotAccept as refusal:
            error = str(refusal)
        else:
            if not done.already:
                keep_slip(request, done.public_id)
                messages.success(request, f"Đã tiếp nhận hồ sơ {done.code}. In giấy tiếp nhận và phiếu có mã PIN.")
            return HttpResponseRedirect(reverse("dossiers:show", args=[done.public_id]) + "?open=receipt")
    told = {problem.field: problem.message for problem in problems if problem.page == PAPERS}
    scanned = scans_by_paper(draft)
    offers = offers_at_counter(draft, asked, actor=request.actor, now=request.now)
    fees = procedures.fees_for(draft.version_id, case, "counter" if draft.envelope_id is None else "post")
    context = {
        **frame(way, PAPERS),
        "lines": [_line(request, paper, told, offers.get(paper.key), scanned.get(paper.key, 0)) for paper in asked],
        "kinds": KINDS,
        "fees": fees,
        "problems": [(way.url_of(problem), problem.message) for problem in problems],
        "error": error,
        "note": request.POST.get("note", ""),
        "ground": request.POST.get("ground", ""),
        "came": None if draft.envelope_id is None else post.envelope_by_id(draft.envelope_id),
        "sections": procedures.describe(way.form, draft.form_data, context=applicant_context(draft)),
    }
    return render(request, "dossiers/officer/counter_papers.html", context, status=422 if problems or error else 200)


def _line(
    request: ActorRequest, paper: procedures.Paper, told: Mapping[str, str], offer: archive.Offer | None, scans: int
) -> dict[str, Any]:
    posted = request.method == "POST"
    usual = PaperKind.COPY if paper.copy and not paper.original else PaperKind.ORIGINAL
    return {
        "paper": paper,
        "scans": scans,
        "ticked": paper.key in request.POST.getlist("paper") if posted else bool(scans),
        "kind": request.POST.get(f"kind-{paper.key}", usual),
        "quantity": request.POST.get(f"quantity-{paper.key}", str(max(paper.original, paper.copy, 1))),
        "error": told.get(paper.key, ""),
        "offered": offer.usable[:OFFERS_SHOWN] if offer else (),
        "not_offered": offer.unusable[:OFFERS_SHOWN] if offer else (),
        "chosen": request.POST.get(f"store-{paper.key}", ""),
    }


def _handed_over(request: ActorRequest, keys: list[str]) -> list[ReceivedPaper]:
    kinds = {value for value, _ in KINDS}
    found = []
    for key in keys:
        chosen = _uuid(request.POST.get(f"store-{key}", ""))
        if chosen is not None:
            found.append(ReceivedPaper(key, PaperKind.DIGITISED, document=chosen))
        elif key in request.POST.getlist("paper"):
            kind, quantity = request.POST.get(f"kind-{key}", ""), request.POST.get(f"quantity-{key}", "1").strip()
            # A number that cannot be read is out of range, and is told as such.
            number = int(quantity) if quantity.isascii() and quantity.isdigit() and len(quantity) < 5 else 0
            found.append(ReceivedPaper(key, PaperKind(kind) if kind in kinds else PaperKind.ORIGINAL, number))
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@never_cache
@post_else("dossiers:counter")
@guarded("dossiers.counter_intake")
def throw_away(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Forget an unfinished draft of one's own."""
    draft = open_draft(request, public_id)
    try:
        discard(public_id=draft.public_id, actor=request.actor, keys=())
        messages.success(request, "Đã xóa hồ sơ đang nhập dở.")
    except CannotSave as refusal:
        messages.error(request, str(refusal))
    return redirect("dossiers:counter")


def _writing(request: ActorRequest) -> dict[str, Any]:
    typed = request.POST.get("revision", "")
    revision = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None
    return {"revision": revision, "actor": request.actor, "keys": (), "now": request.now}


def _received(draft: Draft) -> HttpResponse:
    """A draft that has become a dossier leads to it: back button and second tab included."""
    dossier = draft.dossier
    if dossier is None:
        raise Http404
    return redirect("dossiers:show", dossier.public_id)


def frame(way: Way, key: str) -> dict[str, Any]:
    return {"way": way, "draft": way.draft, "steps": way.steps(key), "quantity_most": PAPER_QUANTITY_MAX}


def _told(conflict: str) -> list[tuple[str, str]]:
    return [("", conflict)] if conflict else []
