"""The download is whole: two persons with a row of everything each; all of one is in theirs, nothing of the other. And
no table can come to point at a person without somebody saying whether it belongs into the download."""

from __future__ import annotations

import json
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tinhso.kernel.access.api import SYSTEM, Actor, User
from tinhso.modules.archive.models import DocumentUse
from tinhso.modules.archive.services.sharing import share
from tinhso.modules.archive.tests.factories import make_document, make_kind, open_store
from tinhso.modules.counters.models import Hall, Line, Ticket
from tinhso.modules.dossiers.models import (
    Apology,
    Closing,
    DeadlineChange,
    Dossier,
    Draft,
    FormVersion,
    Part,
    PartResult,
    Pause,
    Printout,
    Rated,
    Rating,
    Result,
    SupplementItem,
    SupplementRequest,
    Support,
)
from tinhso.modules.dossiers.queries.own_data import export
from tinhso.modules.dossiers.services.belonging import claim
from tinhso.modules.dossiers.tests.factories import NOW, Stage, at_counter, make_stage, send, write_draft
from tinhso.modules.identity.models import DataExport, FactorRemoval, Mandate
from tinhso.modules.identity.services.holdings import holdings
from tinhso.modules.identity.services.own_data import ask, make, path_of
from tinhso.modules.notifications.models import ContactChoice, Message, Notice
from tinhso.modules.payments.models import Attempt, Charge, Payment, Receipt, Refund
from tinhso.modules.post.models import Consignment, Envelope

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=2)


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def seed(stage: Stage, actor: Actor, name: str, number: str, mark: str) -> set[str]:
    """A row of everything that is kept of a person, each with a word of its own. Returns the words."""
    words: set[str] = set()

    def word(what: str) -> str:
        words.add(f"{mark}-{what}")
        return f"{mark}-{what}"

    place = stage.agency_id
    dossier = send(stage, actor=actor, full_name=name, identity_number=number, address=word("nha"))
    words |= {name, number, dossier.code}
    mine: dict[str, Any] = {"dossier": dossier}
    paper = {"office_id": place, "year": 2026, "number": sum(map(ord, mark))}
    file = make_document(
        make_kind(), holder=number, full_name=name, source=mark, colour=f"#00{ord(mark[-1]):02x}00"
    ).file
    request = SupplementRequest.objects.create(
        **mine, **paper, reason=word("thieu"), requested_at=NOW, answer_by_at=LATER, requested_by_name="Cán bộ"
    )
    SupplementItem.objects.create(
        request=request, position=1, kind="text", label=word("muc"), note=word("sua"), answer=word("dap")
    )
    FormVersion.objects.create(
        **mine, number=1, form_data={"cu": word("cu")}, replaced_at=NOW, replaced_by_name="X", ground="Bổ sung"
    )
    Apology.objects.create(
        **mine, **paper, reason=word("xinloi"), due_before=NOW, new_due_at=LATER, made_at=NOW,
        signer_id=stage.leader.user_id, signer_name="X", signer_title="Y",
    )  # fmt: skip
    Closing.objects.create(
        **mine,
        **paper,
        kind="stopped",
        reason=word("dung"),
        closed_at=NOW,
        closed_by_name="X",
        papers_returned=[word("tra")],
    )
    DeadlineChange.objects.create(**mine, changed_at=NOW, changed_by_name="X", ground=word("han"), explanation=[])
    Pause.objects.create(**mine, ground="other", document=word("tamdung"), started_at=NOW)
    Rated.objects.create(**mine, rated_date=NOW.date(), way="online")
    Printout.objects.create(**mine, **paper, form="02", file=file, printed_at=NOW)
    Result.objects.create(
        **mine, name=word("ketqua"), number=1, notation=word("so"), issued_at=NOW, signer_id=stage.leader.user_id,
        signer_name="X", signer_title="Y", verify_token=mark, file=file, received_by_name=word("nhan"),
    )  # fmt: skip
    part = Part.objects.create(**mine, number=9, organisation_id=place, title="Phần", keys=[], hours=8, minutes=480)
    PartResult.objects.create(
        part=part, name=word("phan"), notation="1", issued_date=NOW.date(), file=file, added_at=NOW, added_by_name="X"
    )
    draft = Draft.objects.get(public_id=write_draft(stage, actor=actor, address=word("nhap")))
    Support.objects.create(
        helper_id=stage.clerk.user_id, helper_name="X", place_id=place, draft=draft, title=word("hotro"),
        person_name=name, identity_number=number, phone="0912", scope="fill", way="code", asked_at=NOW, until_at=LATER,
    )  # fmt: skip
    line, _ = Line.objects.get_or_create(
        hall=Hall.objects.get_or_create(office_id=place)[0], letter=mark[-1], title="Hộ tịch"
    )
    Ticket.objects.create(
        hall=line.hall, date=NOW.date(), number=ord(mark[-1]), letter=mark[-1], line=line, state="done", taken_at=NOW,
        reference=f"draft:{draft.public_id}",
    )  # fmt: skip
    words.add(f"{mark[-1]}0{ord(mark[-1])}")
    Consignment.objects.create(
        office_id=place, reference=dossier.ref, subject="Kết quả", recipient_name=word("goiden"), recipient_phone="09",
        recipient_address=word("diachi"), state="ordered", ordered_at=NOW,
    )  # fmt: skip
    Envelope.objects.create(
        office_id=place, tracking_code=mark, sender_name=word("guitu"), state="taken_in", arrived_at=NOW,
        reference=dossier.ref,
    )  # fmt: skip
    money(stage, actor, dossier, mark, word, file)
    notice = Notice.objects.create(key=mark, kind="accepted", user_id=actor.user_id, title=word("tin"), text=word("noidung"), created_at=NOW)  # fmt: skip
    Message.objects.create(
        notice=notice, channel="email", address=f"{word('thu')}@example.vn", text="x", state="sent", sent_at=NOW,
        queued_at=NOW, expires_at=LATER, next_try_at=NOW,
    )  # fmt: skip
    ContactChoice.objects.create(user_id=actor.user_id, phone_channel="sms", changed_at=NOW)
    Mandate.objects.create(
        principal_id=actor.user_id, holder=User.objects.create(username=mark, full_name=word("thaymat"), kind="citizen"),
        basis="authorised", acts=["file"], valid_from=date(2026, 1, 1), valid_until=date(2027, 1, 1),
        ground=word("uyquyen"), granted_by_id=actor.user_id, granted_at=NOW,
    )  # fmt: skip
    FactorRemoval.objects.create(
        user_id=actor.user_id, ground=word("goxacthuc"), requested_by_id=stage.clerk.user_id, requested_at=NOW
    )
    document = make_document(
        make_kind(), holder=number, full_name=name, source=f"{mark}2", name=word("giay"), colour="red"
    )
    open_store(actor, stage.clerk, number=number)
    DocumentUse.objects.create(
        document=document, dossier_ref=dossier.ref, dossier_code=dossier.code, paper_key="a", paper_name=word("dung"),
        agency_id=place, ground="Căn cứ", used_at=NOW, used_by_name="X", digest=mark,
        snapshot={"name": "G", "number": "", "issuer": "Y", "issued": "2026-01-01"},
    )  # fmt: skip
    share(document_id=document.pk, purpose=word("chiase"), hours=1, actor=actor, now=NOW)
    return words


def money(stage: Stage, actor: Actor, dossier: Dossier, mark: str, word: Any, file: Any) -> None:
    charge = Charge.objects.create(
        subject_ref=dossier.ref, subject_code=dossier.code, title=word("phi"), organisation_id=stage.office_id,
        agency_id=stage.agency_id, owner_id=actor.user_id, payer_name=word("nguoinop"), amount=16_000, state="paid",
        lines=[{"name": word("khoan"), "amount": 16_000}], created_at=NOW, closed_at=NOW,
    )  # fmt: skip
    attempt = Attempt.objects.create(
        charge=charge, provider="vnpay", reference=word("thamchieu"), amount=16_000, state="paid",
        pay_url="https://cong/?bimat=khoa", problem="bimat-cua-cong", started_at=NOW, expires_at=LATER,
    )  # fmt: skip
    payment = Payment.objects.create(
        charge=charge, attempt=attempt, organisation_id=stage.office_id, method="vnpay", amount=16_000,
        reference=word("giaodich"), paid_at=NOW, noted_at=NOW, taken_by_name="X",
    )  # fmt: skip
    Receipt.objects.create(
        payment=payment, organisation_id=stage.office_id, year=2026, number=ord(mark[-1]), form="01BLP", series=word("bl"),
        issued_at=NOW, file=file,
    )  # fmt: skip
    Refund.objects.create(
        payment=payment, organisation_id=stage.office_id, amount=16_000, reason=word("hoantra"), state="asked",
        asked_at=NOW, asked_by_id=stage.clerk.user_id, asked_by_name="X",
    )  # fmt: skip


def download(actor: Actor) -> tuple[str, list[str]]:
    make(export_id=ask(actor=actor, now=NOW), actor=SYSTEM, now=NOW)
    row = DataExport.objects.get(user_id=actor.user_id)
    with zipfile.ZipFile(path_of(row)) as archive:
        names = archive.namelist()
        told = {name: json.loads(archive.read(name)) for name in names if name.startswith("json/")}
        return json.dumps(told, ensure_ascii=False) + archive.read("doc-duoc.html").decode(), names


def test_all_of_one_person_and_nothing_of_the_other(stage: Stage) -> None:
    own = seed(stage, stage.citizen, "Lê Thị Hồng Nhung", "038192004517", "dau-A")
    others = seed(stage, stage.stranger, "Trần Văn Khác", "038192009999", "dau-B")
    Rating.objects.create(
        agency_id=stage.agency_id, month=date(2026, 11, 1), question_set="x", answers={}, overall=1,
        comment="y-kien-an-danh", was_late=False, way="online",
    )  # fmt: skip
    text, names = download(stage.citizen)
    assert {word for word in own if word not in text} == set()
    assert {word for word in others if word in text} == set()
    for secret in ("bimat", "y-kien-an-danh", "pay_url", "code_hash"):
        assert secret not in text
    folders = {name.split("/")[1] for name in names if name.startswith("tep/")}
    assert folders >= {"ho-so", "bien-lai", "kho-giay-to", "ban-nhap"}
    assert not [name for name in names if "dau-B" in name]
    assert len(names) == len(set(names))


def test_so_many_queries_whatever_the_number(stage: Stage) -> None:
    counts = []
    for _ in range(2):
        send(stage)
        write_draft(stage)
        with CaptureQueriesContext(connection) as queries:
            for one in holdings():
                if one.export is not None:
                    one.export(stage.citizen.user_id or 0)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_was_charged_at_the_counter_follows_its_dossier(stage: Stage) -> None:
    """Taken in for somebody without an account: when the person is proven, the charge is theirs too."""
    code = at_counter(stage).code
    dossier = Dossier.objects.get(code=code)
    charge = Charge.objects.get(subject_ref=dossier.ref)
    assert charge.owner_id is None
    claim(stage.stranger.user_id or 0, "038192004517", "Trần Văn Khác", NOW)
    charge.refresh_from_db()
    assert charge.owner_id is None
    claim(stage.citizen.user_id or 0, "038192004517", "Lê Thị Hồng Nhung", NOW)
    charge.refresh_from_db()
    assert charge.owner_id == stage.citizen.user_id


def test_charges_go_with_the_account_that_stays(stage: Stage) -> None:
    seed(stage, stage.citizen, "Lê Thị Hồng Nhung", "038192004517", "dau-A")
    kept = stage.stranger.user_id or 0
    for one in holdings():
        if one.key == "payments" and one.adopt is not None:
            one.adopt(kept, stage.citizen.user_id or 0)
    assert set(Charge.objects.values_list("owner_id", flat=True)) == {kept}
    assert export(kept).content["hồ sơ"] == []


# Whose row it is, where it is a citizen's: in the download. Everything else points at officers and other hands.
IN_THE_DOWNLOAD = {
    "archive.AccountLink.user", "dossiers.Dossier.owner", "dossiers.Draft.owner", "identity.DataExport.user",
    "identity.FactorRemoval.user", "identity.Mandate.holder", "identity.Mandate.principal", "identity.MandateLook.user",
    "identity.MandateRequest.holder", "identity.Person.user",
    "identity.SystemSession.user", "notifications.ContactChoice.user", "notifications.Notice.user", "payments.Charge.owner",
}  # fmt: skip
OF_OFFICERS = {
    "access.RoleGrant", "access.RoleRequest", "counters.Counter", "dossiers.SavedFilter", "dossiers.Visit",
    "dossiers.EmergencyAccess", "directory.StaffMember", "directory.Departure", "dossiers.Task", "archive.StoreLook", "scorecards.Report",
}  # fmt: skip
# Files come with the rows that name them; an organisation's account is nobody's to sign in to.
ELSEWHERE = {"files.FileRef.owner_user", "identity.OrganisationAccount.user"}


def test_every_column_that_points_at_a_person_was_thought_of() -> None:
    """A new column of accounts: into the download if it says whose the row is; else name it as an officer's hand."""
    hand = ("_by", "signer", "helper", "clerk", "addressee")
    found = set()
    for model in apps.get_models():
        if not model.__module__.startswith("tinhso."):
            continue
        for column in model._meta.get_fields():
            if column.concrete and column.related_model is User and not column.name.endswith(hand):
                found.add(f"{model._meta.label}.{column.name}")
    left = {name for name in found if name.rsplit(".", 1)[0] not in OF_OFFICERS}
    assert left - IN_THE_DOWNLOAD - ELSEWHERE == set()
    assert found >= IN_THE_DOWNLOAD
    assert settings.AUTH_USER_MODEL == "access.User"
