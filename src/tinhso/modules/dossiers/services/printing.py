"""Papers of a dossier: receipt (form 01), refusal (form 03), result, and the slip with the PIN.

Each is made once from what the dossier holds, numbered, stored and never altered. Asking again gives the same file.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.files.api import store
from tinhso.kernel.identifiers.api import next_number
from tinhso.kernel.pdf import Paper, print_paper
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Dossier, Printout, Result
from tinhso.modules.dossiers.print import shapes
from tinhso.modules.dossiers.queries.reading import DossierView, PaperInfo, ResultInfo, dossier_view
from tinhso.modules.dossiers.rules import ELECTRONIC, RESULT_DELIVERY, PaperKind, State, signing_of
from tinhso.modules.dossiers.services.parts import planned_due
from tinhso.modules.dossiers.services.submitting import Submitted, current_pin
from tinhso.modules.procedures import api as procedures

UNIT_WORDS = {
    "working_day": "ngày làm việc",
    "working_hour": "giờ làm việc",
    "calendar_day": "ngày",
}


class NothingToPrint(LookupError):
    """The dossier has not reached the state that this paper tells of."""


def term_in_words(term: dict[str, object] | None) -> str:
    """The legal term as people say it: "03 ngày làm việc", "trong ngày (nhận sau 15 giờ: ngày làm việc tiếp theo)"."""
    if term is None:
        return ""
    if term["unit"] == "same_day":
        cutoff = term.get("cutoff")
        return f"trong ngày (nhận sau {cutoff}: ngày làm việc tiếp theo)" if cutoff else "trong ngày"
    return f"{int(str(term['amount'])):02d} {UNIT_WORDS[str(term['unit'])]}"


def ensure_receipt(*, dossier_id: int, actor: Actor, now: datetime) -> int:
    """Form 01 of an accepted dossier; returns the file's number. Raises `NothingToPrint`."""
    view = view_of(dossier_id)
    if view.accepted_at is None:
        raise NothingToPrint("Hồ sơ chưa được tiếp nhận nên chưa có giấy tiếp nhận.")
    known = view.printed_forms.get("01")
    if known is not None:
        return known
    intake = next((task for task in view.tasks if task.key == "intake"), None)
    subject = view.party("subject")
    applicant = view.party("applicant")

    planned = planned_due(dossier_id) if view.parts else {}

    def paper(number: int) -> Paper:
        return shapes.Receipt(
            issuer=letterhead(view),
            issued_at=view.accepted_at or now,
            printed_at=view.accepted_at or now,
            dossier_code=view.code,
            number=f"{number:02d}",
            electronic=view.channel in ELECTRONIC,
            applicant=party_on_paper(view, "applicant"),
            represented=None if subject is None else party_on_paper(view, "subject"),
            authority_paper="" if applicant is None else applicant.authority,
            subject=view.procedure_name,
            papers=_received(view.papers),
            processing_time=term_in_words(dict(view.term) if view.term else None),
            received_at=view.accepted_at or now,
            due_at=view.due_at,
            result_place=view.office_name
            if view.result_delivery == "counter"
            else RESULT_DELIVERY[view.result_delivery],
            receiver_name="" if intake is None else intake.finished_by_name,
            tracking_url=tracking_url(),
            own_agency_name=view.parts[0].organisation_name if view.parts else "",
            own_agency_due_at=view.parts[0].due_at if view.parts else None,
            parts=tuple(
                shapes.PartLine(
                    agency_name=part.organisation_name,
                    time=f"{part.hours:02d} giờ làm việc",
                    due_at=part.due_at if part.started_at else None,
                    planned_at=planned.get(part.number),
                )
                for part in view.parts
            ),
        )

    return print_once(view, "01", paper, "giay-tiep-nhan", actor, now)


def ensure_refusal(*, dossier_id: int, actor: Actor, now: datetime) -> int:
    """Form 03 of a refused dossier; returns the file's number. Raises `NothingToPrint`."""
    view = view_of(dossier_id)
    if view.state != State.REFUSED:
        raise NothingToPrint("Hồ sơ không bị từ chối tiếp nhận.")
    known = view.printed_forms.get("03")
    if known is not None:
        return known
    intake = next(task for task in view.tasks if task.key == "intake")
    refused_at = intake.finished_at or now

    def paper(number: int) -> Paper:
        return shapes.Refusal(
            issuer=letterhead(view),
            issued_at=refused_at,
            printed_at=refused_at,
            dossier_code=view.code,
            number=f"{number:02d}",
            electronic=view.channel in ELECTRONIC,
            applicant=party_on_paper(view, "applicant"),
            subject=view.procedure_name,
            reason=view.closed_reason,
            receiver_name=intake.finished_by_name,
        )

    return print_once(view, "03", paper, "phieu-tu-choi", actor, now)


def ensure_result(*, dossier_id: int, actor: Actor, now: datetime) -> int:
    """The issued result as PDF; returns the file's number. Raises `NothingToPrint`."""
    view = view_of(dossier_id)
    if view.result is None:
        raise NothingToPrint("Hồ sơ chưa có kết quả.")
    if view.result.file_id is not None:
        return view.result.file_id
    # Made outside the lock; whoever comes second throws its bytes away.
    content = print_paper(result_paper(view, view.result))
    with transaction.atomic():
        row = Result.objects.select_for_update().get(dossier_id=dossier_id, is_current=True)
        if row.file_id is None:
            row.file_id = store_printed(content, f"ket-qua-{view.code}.pdf", actor, now)
            row.save(update_fields=["file"])
            record(who=actor, action="dossiers.print_result", object_ref=view.ref, after={"file": row.file_id}, now=now)
        return int(row.file_id)


def preview_result(*, view: DossierView, actor: Actor, now: datetime) -> bytes:
    """What the leader would sign, marked as a draft: number and code are still to come."""
    results = _definition(view).results
    name = results[0].name if results else f"Kết quả giải quyết {view.plain_name}"
    signer = directory.staff_of_user(actor.user_id, on=now.date()) if actor.user_id else None
    draft = ResultInfo(
        name=name,
        notation="DỰ THẢO",
        issued_at=now,
        signer_name=actor.label,
        signer_title=signer.position_title if signer else "",
        verify_token="",
        file_id=None,
        received_by_name="",
        return_note="",
    )
    return print_paper(result_paper(view, draft, draft=True))


def acknowledgement(submitted: Submitted, *, now: datetime) -> bytes:
    """The slip with code and PIN, made for the person who sent the dossier and not stored."""
    view = dossier_view(submitted.public_id)
    accepted = view.accepted_at is not None
    steps = (
        (
            "Hồ sơ đã được tiếp nhận và đang được chuyển đến bộ phận giải quyết.",
            "Theo dõi tiến độ bằng mã hồ sơ và mã PIN.",
        )
        if accepted
        else (
            f"{view.office_name} kiểm tra hồ sơ và gửi giấy tiếp nhận, hẹn ngày trả kết quả.",
            "Nếu hồ sơ còn thiếu, bạn được báo rõ cần sửa gì.",
            "Theo dõi tiến độ bằng mã hồ sơ và mã PIN.",
        )
    )
    return print_paper(
        shapes.Acknowledgement(
            printed_at=view.submitted_at,
            issuer=letterhead(view),
            dossier_code=view.code,
            pin=submitted.pin or "không có",
            procedure_name=view.procedure_name,
            applicant_name=view.applicant_name,
            sent_at=view.submitted_at,
            tracking_url=tracking_url(),
            next_steps=steps,
            papers=tuple(paper.name for paper in view.papers),
            fee="" if view.fee_total is None else f"{view.fee_total:,} đồng".replace(",", "."),
        )
    )


def slip_for(*, dossier_id: int, actor: Actor, now: datetime) -> bytes:
    """The slip with code and PIN for the person at the counter. The trail tells that the PIN was shown."""
    dossier = Dossier.objects.get(pk=dossier_id)
    require(actor, "dossiers.renew_pin", dossier)
    with transaction.atomic():
        record(who=actor, action="dossiers.print_slip", object_ref=dossier.ref, now=now)
    return acknowledgement(
        Submitted(dossier.pk, dossier.public_id, dossier.code, current_pin(dossier), already=True), now=now
    )


def result_paper(view: DossierView, result: ResultInfo, *, draft: bool = False) -> Paper:
    """The result's paper: certificate and the like from the answers, decision or notice by the version's kind."""
    version = procedures.version(view.version_id)
    definition = _definition(view)
    kind = definition.results[0].kind if definition.results else "notice"
    agency = directory.organisation(result.organisation_id or view.agency_id)
    signing = signing_of(result.signer_title, organisation_kind=agency.kind, organisation_name=agency.name)
    signer = shapes.Signer(title=signing.title, full_name=result.signer_name, authority=signing.authority)
    issuer = shapes.Issuer(name=agency.name, place=_place(agency), address=agency.address, phone=agency.phone)
    wanted = definition.results[0].fields if definition.results else ()
    groups = _value_groups(definition.form or {}, view, wanted)
    basis = tuple(f"{law.title} {law.number}".strip() for law in definition.legal_basis)
    head: dict[str, Any] = {
        "printed_at": result.issued_at,
        "issuer": issuer,
        "number": result.notation,
        "issued_at": result.issued_at,
        "signer": signer,
        "verification_url": settings.PUBLIC_ORIGIN + reverse("dossiers:verify", args=[result.verify_token or "-"]),
        "verification_code": result.verify_token or "chưa ban hành",
        "dossier_code": view.code,
        "draft": draft,
    }
    flat = tuple(value for group in groups for value in group.values)
    replacing = _replacing(view, result)
    applicant = party_on_paper(view, "applicant")
    if kind == "decision":
        return shapes.ResultDecision(
            **head,
            title=f"Về việc {version.title[:1].lower()}{version.title[1:]}",
            authority=signing.head,
            grounds=tuple(f"Căn cứ {law}" for law in basis),
            proposal=f"Theo đề nghị của {applicant.full_name} tại hồ sơ mã số {view.code}.",
            articles=(
                shapes.Article(text=f"{result.name} theo hồ sơ mã số {view.code}:", values=flat),
                shapes.Article(text="Quyết định này có hiệu lực kể từ ngày ký."),
                shapes.Article(
                    text=f"{agency.name} và {applicant.full_name} chịu trách nhiệm thi hành Quyết định này."
                ),
                *((shapes.Article(text=replacing),) if replacing else ()),
            ),
        )
    if kind == "notice":
        return shapes.ResultNotice(
            **head,
            title=f"Về việc {version.title[:1].lower()}{version.title[1:]}",
            addressee=applicant.full_name,
            paragraphs=(
                f"{agency.name} đã giải quyết hồ sơ mã số {view.code} về thủ tục {view.procedure_name}.",
                f"Kết quả: {result.name}.",
                *((replacing,) if replacing else ()),
            ),
            values=flat,
        )
    # A certificate or extract names no law on its face; a licence names the laws it stands on, not every decree.
    laws = tuple(law for law in basis if law.startswith(("Luật", "Bộ luật")))[:3] if kind == "licence" else ()
    return shapes.ResultCertificate(**head, title=result.name, groups=groups, legal_basis=laws, closing=replacing)


def _replacing(view: DossierView, result: ResultInfo) -> str:
    """What a corrected result says of the one that it replaces."""
    if not result.correction_reason or not view.former_results:
        return ""
    old = view.former_results[-1]
    return (
        f"Văn bản này thay thế văn bản số {old.notation} ngày {old.issued_at.astimezone(VIETNAM):%d/%m/%Y}. "
        f"Lý do: {result.correction_reason.rstrip('.')}."
    )


def tracking_url() -> str:
    """Where a person follows a dossier; neither code nor PIN is in the address."""
    return str(settings.PUBLIC_ORIGIN + reverse("dossiers:track"))


def _definition(view: DossierView) -> procedures.Definition:
    definition = procedures.version(view.version_id).definition
    if definition is None:
        raise NothingToPrint("Phiên bản thủ tục của hồ sơ này chưa có nội dung đầy đủ.")
    return definition


def view_of(dossier_id: int) -> DossierView:
    return dossier_view(Dossier.objects.values_list("public_id", flat=True).get(pk=dossier_id))


def store_printed(content: bytes, filename: str, actor: Actor, now: datetime) -> int:
    return store(io.BytesIO(content), filename=filename, actor=actor, now=now, purpose="dossiers.printed").id


def print_once(
    view: DossierView, form: str, paper: Callable[[int], Paper], name: str, actor: Actor, now: datetime
) -> int:
    """Number, print and store under the dossier's lock, so that a form gets one number and one file."""
    with transaction.atomic():
        Dossier.objects.select_for_update().get(pk=view.id)
        known = Printout.objects.filter(dossier_id=view.id, form=form).values_list("file_id", flat=True).first()
        if known is not None:
            return known
        number = next_number(f"form{form}:{view.office_id}:{now.year}")
        file_id = store_printed(print_paper(paper(number)), f"{name}-{view.code}.pdf", actor, now)
        Printout.objects.create(
            dossier_id=view.id,
            form=form,
            number=number,
            office_id=view.office_id,
            year=now.year,
            file_id=file_id,
            printed_at=now,
        )
        record(who=actor, action=f"dossiers.print_{form}", object_ref=view.ref, after={"number": number}, now=now)
        return file_id


def _place(organisation: directory.OrganisationInfo) -> str:
    """The place name before the date: the commune's, or the province's for provincial agencies."""
    if organisation.level == "commune":
        for word in ("xã ", "phường ", "đặc khu "):
            _, found, name = organisation.name.partition(word)
            if found:
                return name
    return str(settings.PROVINCE["name"])


def letterhead(view: DossierView) -> shapes.Issuer:
    """The head of forms 01 to 06: the receiving office under its agency."""
    return letterhead_of(directory.organisation(view.office_id))


def letterhead_of(office: directory.OrganisationInfo) -> shapes.Issuer:
    parent = directory.organisation(office.parent_id) if office.parent_id else None
    return shapes.Issuer(
        name=office.name,
        parent_name=parent.name if parent else "",
        place=_place(parent or office),
        address=office.address,
        phone=office.phone,
    )


def party_on_paper(view: DossierView, role: str) -> shapes.Party:
    party = view.party(role)
    if party is None:
        return shapes.Party(full_name=view.applicant_name)
    return shapes.Party(
        full_name=party.full_name,
        identity_number=party.identity_number,
        address=party.address,
        phone=party.phone,
        email=party.email,
    )


def _received(papers: tuple[PaperInfo, ...]) -> tuple[shapes.ReceivedPaper, ...]:
    """One line per paper of the version, however many files it came in."""
    lines: dict[str, dict[str, int | bool]] = {}
    names: dict[str, str] = {}
    for paper in papers:
        line = lines.setdefault(paper.key, {"originals": 0, "certified_copies": 0, "copies": 0, "digitised": False})
        names[paper.key] = paper.name
        if paper.kind == PaperKind.DIGITISED:
            line["digitised"] = True
        else:
            kind = {"original": "originals", "certified": "certified_copies", "copy": "copies"}[paper.kind]
            line[kind] += paper.quantity
    return tuple(
        shapes.ReceivedPaper(
            name=names[key],
            originals=int(line["originals"]),
            certified_copies=int(line["certified_copies"]),
            copies=int(line["copies"]),
            digitised=bool(line["digitised"]),
        )
        for key, line in lines.items()
    )


def _value_groups(form: Mapping[str, Any], view: DossierView, wanted: tuple[str, ...]) -> tuple[shapes.ValueGroup, ...]:
    """The answers that the result names (all of them where it names none), as labelled values by group."""
    groups = []
    for section in procedures.describe(form, view.form_data):
        values = tuple(
            shapes.Value(label=row.label, text=row.text)
            for row in section.rows
            if not wanted or any(row.pointer == pointer or row.pointer.startswith(f"{pointer}/") for pointer in wanted)
        )
        if values:
            groups.append(shapes.ValueGroup(title=section.title, values=values))
    return tuple(groups)
