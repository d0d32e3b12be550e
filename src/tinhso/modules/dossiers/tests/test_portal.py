"""Dossiers that arrive from the national portal: once, whole, and by nobody else."""

from __future__ import annotations

import base64
import json
import threading
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import SYSTEM, CannotGrant, Refused, RoleGrant, User, create_user
from tinhso.kernel.audit.models import Entry
from tinhso.kernel.clock import now
from tinhso.kernel.events.api import drain
from tinhso.kernel.signed import signature_of
from tinhso.modules.directory.models import Organisation
from tinhso.modules.directory.services.granting import request_role
from tinhso.modules.directory.tests.factories import SINCE, give, make_officer
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Draft, Paper, Party, PortalPacket, Task
from tinhso.modules.dossiers.rules import Channel, MoneyState, State, SyncState
from tinhso.modules.dossiers.rules import portal as rules
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.notifications import api as notifications
from tinhso.modules.payments.models import Payment
from tinhso.modules.procedures.models import Procedure, ProcedureVersion

pytestmark = pytest.mark.django_db

DOOR = "/dossiers/portal/"
SECRET = "portal-test"
PAID = {
    "DuocThanhToanTrucTuyen": "1", "MaGiaoDich": "DVCQG26112400017", "SoTien": 16_000, "ThoiGianThanhToan": "20261124085500",
}  # fmt: skip


@pytest.fixture
def stage() -> f.Stage:
    stage = f.make_stage()
    user = create_user(username="congquocgia", full_name="Cổng Dịch vụ công quốc gia", kind="service")
    root = Organisation.objects.get(code="H56")
    RoleGrant.objects.create(
        user=user, role="national_portal", organisation_id=root.pk, subtree=True, valid_from=SINCE, ground="Kiểm thử"
    )
    return stage


def packet(**changes: Any) -> dict[str, Any]:
    """A whole dossier as the portal sends it."""
    data: dict[str, Any] = {
        "MaHoSo": "G22.99.01-261124-000123",
        "MaTTHC": Procedure.objects.get().code,
        "DonViXuLy": "H56.102",
        "NgayNopHoSo": f"{now() - timedelta(minutes=3):%Y%m%d%H%M%S}",
        "NguoiNop": {
            "HoTen": "Lê Thị Hồng Nhung",
            "SoDinhDanh": "038192004517",
            "SoDienThoai": "0912345678",
            "Email": "nhung@example.vn",
            "DiaChi": "Số 12 đường Lê Lợi, phường Hạc Thành",
        },
        "TuCachNop": "1",
        "ChuHoSo": "Lê Thị Hồng Nhung",
        "HinhThuc": "2",
        "ToKhai": deepcopy(f.FORM_DATA),
        "TaiLieuNop": [
            {
                "MaThanhPhanHoSo": "birth_proof",
                "TenTepDinhKem": "giay-chung-sinh.png",
                "NoiDungTep": base64.b64encode(f.picture().read()).decode(),
            }
        ],
    }
    return {key: value for key, value in {**data, **changes}.items() if value is not None}


def knock(data: Any, *, service: str = "NhanHoSo", secret: str = SECRET, age: int = 0, **headers: str) -> Any:
    body = data if isinstance(data, bytes) else json.dumps({"service": service, "data": data}).encode()
    stamp = str(int(now().timestamp()) - age)
    account = settings.NATIONAL_PORTAL["account"]
    sent = {
        "X-Portal-Account": account,
        "X-Portal-Timestamp": stamp,
        "X-Portal-Signature": signature_of(secret, stamp, body, account=account),
        **headers,
    }
    return Client().post(DOOR, body, content_type="application/json", headers=sent)


def nothing_kept() -> bool:
    return not any(model.objects.exists() for model in (Dossier, Draft, Paper, PortalPacket, Payment))


def test_it_arrives_waits_at_the_desk_and_is_told_its_code(stage: f.Stage) -> None:
    answer = knock(packet()).json()
    dossier = Dossier.objects.get()
    assert answer["error_code"] == 0
    assert (answer["MaHoSoDiaPhuong"], answer["TrangThaiHoSo"]) == (dossier.code, 1)
    assert (dossier.channel, dossier.state, dossier.sync_state) == (
        Channel.NATIONAL,
        State.REGISTERED,
        SyncState.QUEUED,
    )
    assert (dossier.owner_id, dossier.agency_id, dossier.office_id) == (None, stage.agency_id, stage.office_id)
    assert Task.objects.get(dossier=dossier).key == "intake"
    assert list(Party.objects.values_list("role", "full_name")) == [("applicant", "Lê Thị Hồng Nhung")]
    assert Paper.objects.get().file is not None
    opened = dossiers.open_by_pin(code=dossier.code, pin=answer["MaPIN"], actor=stage.stranger, now=now())
    assert opened == dossier.public_id
    assert {row.action for row in Entry.objects.filter(object_ref=dossier.ref)} >= {
        "dossiers.submit", "dossiers.receive_from_portal",
    }  # fmt: skip


def test_the_same_again_is_the_same_dossier_and_another_content_is_refused(stage: f.Stage) -> None:
    sent = packet()
    first, second = knock(sent).json(), knock(dict(reversed(sent.items()))).json()
    assert first["MaHoSoDiaPhuong"] == second["MaHoSoDiaPhuong"]
    assert (first["DaNhanTruocDo"], second["DaNhanTruocDo"]) == (False, True)
    changed = knock({**sent, "NguoiNop": {**sent["NguoiNop"], "HoTen": "Người Khác"}})
    assert (changed.status_code, changed.json()["error_code"]) == (409, rules.CHANGED)
    assert Dossier.objects.get().applicant_name == "Lê Thị Hồng Nhung"
    row = PortalPacket.objects.get()
    assert (row.repeats, row.contested) == (1, 1)
    assert Entry.objects.filter(action="dossiers.portal_contested").count() == 1
    shown = Client()
    shown.force_login(User.objects.get(pk=stage.clerk.user_id))
    text = shown.get(reverse("dossiers:show", args=[row.dossier.public_id])).content.decode()
    assert row.portal_code in text
    assert "nội dung khác" in text


def test_the_whole_way_counted_online_and_told_to_the_portal(stage: f.Stage) -> None:
    knock(packet(ThanhToan=PAID))
    dossier, at = Dossier.objects.get(), now()
    same = {"now": at}
    dossiers.accept(dossier_id=dossier.pk, actor=stage.clerk, **same)
    f.do(dossier, "submit", stage.handler, comment="Đủ điều kiện.", now=at)
    f.do(dossier, "approve", stage.leader, now=at)
    code = packet()["MaHoSo"]
    found = knock({"MaHoSo": code}, service="TraCuuHoSo").json()
    assert (found["TrangThaiHoSo"], found["TrangThaiDongBo"]) == (9, "queued")
    # The portal still holds an old state: that is not delivered; silence is not either.
    assert (
        knock({"MaHoSo": code, "TrangThaiHoSo": 2}, service="TraCuuHoSo").json()["TrangThaiDongBo"] == "not_delivered"
    )
    assert knock({"MaHoSo": code, "TrangThaiHoSo": 9}, service="TraCuuHoSo").json()["TrangThaiDongBo"] == "synced"
    dossier.refresh_from_db()
    dossiers.give_back(
        dossier_id=dossier.pk, received_by_name="Lê Thị Hồng Nhung", received_by_identity="", note="", actor=stage.clerk,
        now=at,
    )  # fmt: skip
    drain(now=now())
    dossier.refresh_from_db()
    assert (dossier.state, dossier.sync_state) == (State.RETURNED, SyncState.QUEUED)
    day = at.date()
    (row,) = dossiers.progress_table(since=day, until=day, actor=stage.leader, now=at + timedelta(minutes=1)).rows
    assert (row.received.online, row.received.total) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "code", "word"),
    [
        ({"MaTTHC": "9.999999"}, rules.PROCEDURE, "9.999999"),
        ({"DonViXuLy": "H99.1"}, rules.AGENCY, "H99.1"),
        ({"DonViXuLy": "H56"}, rules.AGENCY, "thẩm quyền"),
        ({"NgayNopHoSo": "24/11/2026"}, rules.MALFORMED, "thiếu hoặc sai"),
        ({"NgayNopHoSo": "20991124090000"}, rules.MALFORMED, "tương lai"),
        ({"MaHoSo": "x; DROP"}, rules.MALFORMED, "thiếu hoặc sai"),
        ({"NguoiNop": "Nhung"}, rules.MALFORMED, "thiếu hoặc sai"),
        ({"TuCachNop": "9"}, rules.MALFORMED, "thiếu hoặc sai"),
        ({"ToKhai": {"child": {"full_name": ""}}}, rules.CONTENT, "thiếu hoặc sai"),
        ({"ToKhai": {"child": "x", "request": [1]}}, rules.CONTENT, "thiếu hoặc sai"),
        ({"TaiLieuNop": []}, rules.CONTENT, "thiếu hoặc sai"),
        ({"TaiLieuNop": "x"}, rules.FILES, "danh sách"),
        ({"TaiLieuNop": [{"MaThanhPhanHoSo": "birth_proof", "TenTepDinhKem": "a.png", "NoiDungTep": "%%%"}]},
         rules.FILES, "không đọc được"),
        ({"TaiLieuNop": [{"MaThanhPhanHoSo": "birth_proof", "TenTepDinhKem": "a.pdf", "NoiDungTep": "aGVsbG8="}]},
         rules.FILES, "không nhận được"),
        ({"TaiLieuNop": [{"MaThanhPhanHoSo": "passport", "TenTepDinhKem": "a.png", "NoiDungTep": "aGVsbG8="}]},
         rules.FILES, "không nhận được"),
        ({"ThanhToan": {"DuocThanhToanTrucTuyen": "1", "MaGiaoDich": "P", "SoTien": -1}}, rules.MALFORMED, "thiếu hoặc sai"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_nothing_is_kept(
    stage: f.Stage, changes: dict[str, Any], code: int, word: str
) -> None:
    answer = knock(packet(**changes))
    told = answer.json()
    assert (answer.status_code, told["error_code"]) == (422, code), told
    assert word in told["message"]
    assert nothing_kept()


def test_a_retired_procedure_is_refused(stage: f.Stage) -> None:
    sent = packet()
    ProcedureVersion.objects.filter(pk=stage.version_id).update(status="retired", valid_until=SINCE)
    assert knock(sent).json()["error_code"] == rules.PROCEDURE
    assert nothing_kept()


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"[]", b'{"service": "NhanHoSo"}', b'{"service": 1, "data": {}}', b'{"service": "X", "data": {}}',
     b'{"service": "NhanHoSo", "data": {"SoTien": NaN}}', b"[" * 100_000,
     b'{"service": "NhanHoSo", "data": ' + b'{"a":' * 900 + b"1" + b"}" * 901],
)  # fmt: skip
def test_what_is_not_json_of_ours(stage: f.Stage, body: bytes) -> None:
    answer = knock(body)
    assert (answer.status_code, answer.json()["error_code"]) == (422, rules.MALFORMED)
    assert nothing_kept()


def test_strangers_are_refused(stage: f.Stage) -> None:
    sent = packet()
    wrong = [
        Client().post(DOOR, json.dumps({"service": "NhanHoSo", "data": sent}), content_type="application/json"),
        knock(sent, secret="guessed"),
        knock(sent, age=3600),
        knock(sent, **{"X-Portal-Account": "clerk"}),
        knock(sent, **{"X-Portal-Signature": "đ"}),
    ]
    assert [answer.status_code for answer in wrong] == [401] * len(wrong)
    assert all(answer.json()["error_code"] != 0 for answer in wrong)
    assert Client().get(DOOR).status_code == 405
    assert nothing_kept()


def test_without_a_grant_that_holds_today_nothing_is_let_in(stage: f.Stage) -> None:
    RoleGrant.objects.filter(role="national_portal").update(valid_until=now().date() - timedelta(days=1))
    answer = knock(packet())
    assert (answer.status_code, answer.json()["error_code"]) == (403, rules.UNSIGNED)
    # Over another agency only: not for this one.
    RoleGrant.objects.filter(role="national_portal").update(
        valid_until=None, subtree=False, organisation_id=Organisation.objects.get(code="H56.103").pk
    )
    assert knock(packet()).status_code == 403
    assert nothing_kept()
    User.objects.filter(username="congquocgia").update(is_active=False)
    assert knock(packet()).status_code == 401


def test_without_a_secret_the_door_is_shut(stage: f.Stage, settings: Any) -> None:
    settings.NATIONAL_PORTAL = {"account": "congquocgia", "secret": ""}
    assert knock(packet(), secret="").status_code == 401


def test_too_large(stage: f.Stage, monkeypatch: Any) -> None:
    monkeypatch.setattr("tinhso.modules.dossiers.web.portal.MOST_BYTES", 100)
    answer = knock(packet())
    assert (answer.status_code, answer.json()["error_code"]) == (413, rules.TOO_LARGE)
    assert nothing_kept()


def test_paid_there_is_paid_here(stage: f.Stage) -> None:
    assert knock(packet(ThanhToan=PAID)).json()["error_code"] == 0
    drain(now=now())
    dossier, payment = Dossier.objects.get(), Payment.objects.get()
    assert dossier.money_state == MoneyState.PAID
    assert (payment.method, payment.amount, payment.reference, payment.is_surplus) == (
        "portal", 16_000, "DVCQG26112400017", False,
    )  # fmt: skip
    # The same transaction for another dossier is a lie.
    answer = knock(packet(MaHoSo="G22.99.01-261124-000124", ThanhToan=PAID))
    assert answer.json()["error_code"] == rules.MONEY
    assert (Dossier.objects.count(), Draft.objects.count(), Payment.objects.count()) == (1, 1, 1)


def test_another_amount_is_kept_and_the_fee_stays_owed(stage: f.Stage) -> None:
    assert knock(packet(ThanhToan={**PAID, "SoTien": 10_000})).json()["error_code"] == 0
    drain(now=now())
    assert Dossier.objects.get().money_state == MoneyState.DUE
    assert Payment.objects.get().is_surplus


def test_not_paid_is_owed_and_the_person_is_told(stage: f.Stage) -> None:
    knock(packet())
    drain(now=now())
    assert Dossier.objects.get().money_state == MoneyState.DUE
    (notice,) = notifications.notices_about(Dossier.objects.get().ref)
    assert notice.kind == notifications.Kind.RECEIVED


@pytest.mark.django_db(transaction=True)
def test_the_same_packet_twice_at_once_is_one_dossier(stage: f.Stage) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("two at once: on PostgreSQL")
    sent, answers = packet(), []

    def go() -> None:
        try:
            answers.append(knock(sent).json())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer["error_code"] for answer in answers] == [0] * 4
    assert len({answer["MaHoSoDiaPhuong"] for answer in answers}) == 1
    assert (Dossier.objects.count(), PortalPacket.objects.get().repeats) == (1, 3)


def test_sync_rules() -> None:
    assert rules.sync_after_change(SyncState.SYNCED) == SyncState.QUEUED
    # A failed delivery never becomes anything better by itself.
    assert rules.sync_after_change(SyncState.NOT_DELIVERED) == SyncState.NOT_DELIVERED
    for held in State:
        wanted = SyncState.SYNCED if held == State.COMPLETED else SyncState.NOT_DELIVERED
        assert rules.sync_after_portal(State.COMPLETED, held) == wanted


def test_the_account_is_made_once_and_may_do_nothing_by_itself(stage: f.Stage) -> None:
    User.objects.filter(username="congquocgia").delete()
    assert "mới" in dossiers.ensure_portal_account(actor=SYSTEM, now=now())
    assert dossiers.ensure_portal_account(actor=SYSTEM, now=now()) == "đã có"
    user = User.objects.get(username="congquocgia")
    assert (user.kind, user.has_usable_password(), RoleGrant.objects.filter(user=user).count()) == ("service", False, 0)
    assert knock(packet()).status_code == 403
    with pytest.raises(Refused):
        dossiers.ensure_portal_account(actor=stage.leader, now=now())


def test_the_role_is_asked_for_by_one_and_only_for_a_system(stage: f.Stage) -> None:
    RoleGrant.objects.filter(role="national_portal").delete()
    root, user = Organisation.objects.get(code="H56"), User.objects.get(username="congquocgia")
    admin = give(make_officer("quantricanbo", "Mai Phương Thảo"), "staff_admin", root, subtree=True)
    same: dict[str, Any] = {
        "role": "national_portal", "organisation_id": root.pk, "subtree": True, "valid_from": now().date(),
        "valid_until": None, "ground": "Công văn kết nối số 12", "actor": admin, "now": now(),
    }  # fmt: skip
    with pytest.raises(CannotGrant):
        request_role(user_id=stage.clerk.user_id or 0, **same)
    assert request_role(user_id=user.pk, **same)


def test_the_senders_account_and_the_national_store_are_kept_as_told(stage: f.Stage) -> None:
    sent = packet(TaiKhoanDuocXacThucVoiVNeID="1")
    sent["TaiLieuNop"] = [*sent["TaiLieuNop"], {**sent["TaiLieuNop"][0], "DuocLayTuKhoDMQG": 1}]
    assert knock(sent).json()["error_code"] == 0
    assert Dossier.objects.get().by_national_identity
    papers = Paper.objects.order_by("pk").values_list("from_national_store", flat=True)
    assert list(papers) == [False, True]


def test_without_a_word_nobody_was_vouched_for(stage: f.Stage) -> None:
    assert knock(packet(TaiKhoanDuocXacThucVoiVNeID="0")).json()["error_code"] == 0
    assert not Dossier.objects.get().by_national_identity
    assert not Paper.objects.get().from_national_store


@pytest.mark.parametrize("value", ["2", "có", [], 1.5, -1])
def test_a_mark_that_is_neither_yes_nor_no_is_refused(stage: f.Stage, value: Any) -> None:
    answer = knock(packet(TaiKhoanDuocXacThucVoiVNeID=value))
    assert "TaiKhoanDuocXacThucVoiVNeID" in str(answer.json())
    sent = packet()
    sent["TaiLieuNop"][0]["DuocLayTuKhoDMQG"] = value
    assert "TaiLieuNop[0].DuocLayTuKhoDMQG" in str(knock(sent).json())
    assert nothing_kept()
