"""What a person sees of who looked at their data, and what they take away: theirs, whole, for a few days, told and proven."""

from __future__ import annotations

import json
import time
import zipfile
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from allauth.account.internal.flows import login
from django.test import Client

from tinhso.kernel.access.api import SYSTEM, Actor, Refused, User
from tinhso.kernel.audit.api import trail
from tinhso.kernel.clock import now as clock
from tinhso.kernel.events.api import Context
from tinhso.modules.archive.models import Holder
from tinhso.modules.archive.services.looking import look_for
from tinhso.modules.archive.tests.factories import make_document, make_kind, open_store
from tinhso.modules.dossiers.queries.reading import dossier_view
from tinhso.modules.dossiers.services.visiting import note_visit
from tinhso.modules.dossiers.tests.factories import APPLICANT, NOW, Stage, issued, make_stage, send, write_draft
from tinhso.modules.identity.events import DataReady
from tinhso.modules.identity.models import DataExport
from tinhso.modules.identity.print import page
from tinhso.modules.identity.services.own_data import (
    CannotAsk,
    NotThere,
    ask,
    exports,
    hand_over,
    looks,
    make,
    path_of,
    sweep_exports,
)
from tinhso.modules.notifications.models import Notice
from tinhso.modules.notifications.subscribers import on_data_ready

pytestmark = pytest.mark.django_db
PAGE = "/identity/data/"


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def browser(actor: Actor, *, ago: int = 0) -> Client:
    """Signed in so many seconds ago."""
    client = Client()
    client.force_login(
        User.objects.get(pk=actor.user_id), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    session = client.session
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(actor.user_id)
    session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() - ago}]
    session.save()
    return client


def opened(stage: Stage, dossier: Any, actor: Actor) -> None:
    view = dossier_view(dossier.public_id)
    assert view is not None
    note_visit(dossier_id=dossier.pk, access=view.access, actor=actor, now=NOW)


def test_all_looks_stand_in_one_list(stage: Stage) -> None:
    dossier = send(stage)
    opened(stage, dossier, stage.clerk)
    make_document(make_kind())
    open_store(stage.citizen, stage.clerk)
    number = Holder.objects.get().number
    look_for(number=number, purpose="Đối chiếu hồ sơ khai sinh", actor=stage.clerk, now=NOW + timedelta(minutes=5))
    found = looks(actor=stage.citizen)
    assert [(look.what, look.purpose) for look in found] == [
        ("Kho giấy tờ: danh sách", "Đối chiếu hồ sơ khai sinh"),
        (f"Hồ sơ {dossier.code}", "Giải quyết hồ sơ"),
    ]
    assert all(look.agency for look in found)
    assert looks(actor=stage.stranger) == []
    text = browser(stage.citizen).get(PAGE).content.decode()
    assert "Đối chiếu hồ sơ khai sinh" in text
    assert dossier.code in text
    assert "Chưa có ai xem" in browser(stage.stranger).get(PAGE).content.decode()
    assert browser(stage.clerk).get(PAGE).status_code == 403
    assert Client().get(PAGE).status_code == 302


def made(stage: Stage) -> DataExport:
    number = ask(actor=stage.citizen, now=NOW)
    make(export_id=number, actor=SYSTEM, now=NOW)
    return DataExport.objects.get(pk=number)


def test_everything_of_theirs_and_nothing_of_others(stage: Stage) -> None:
    dossier = issued(stage)
    write_draft(stage)
    other = send(stage, actor=stage.stranger, full_name="Trần Văn Khác", identity_number="038192009999")
    make_document(make_kind())
    open_store(stage.citizen, stage.clerk)
    make_document(make_kind(), holder="038192009999", full_name="Trần Văn Khác", source="o:1", colour="red")
    row = made(stage)
    with zipfile.ZipFile(path_of(row)) as archive:
        names = archive.namelist()
        told = {name: json.loads(archive.read(name)) for name in names if name.startswith("json/")}
        text = archive.read("doc-duoc.html").decode()
        assert archive.testzip() is None
    assert [one["mã"] for one in told["json/dossiers.json"]["hồ sơ"]] == [dossier.code]
    assert len(told["json/dossiers.json"]["bản nháp"]) == 1
    assert (
        told["json/dossiers.json"]["hồ sơ"][0]["những người liên quan"][0]["số định danh"]
        == APPLICANT["identity_number"]
    )
    assert len(told["json/archive.json"]["giấy tờ"]) == 1
    assert "json/luot-xem.json" in told
    assert [name for name in names if name.startswith(f"tep/ho-so/{dossier.code}/")]
    assert [name for name in names if name.startswith("tep/kho-giay-to/")]
    whole = json.dumps(told, ensure_ascii=False) + text
    for stranger in (other.code, "Trần Văn Khác", "038192009999", "argon2", "md5$"):
        assert stranger not in whole
    assert dossier.code in text
    assert "<script" not in text
    assert path_of(row).stat().st_mode & 0o077 == 0
    # Again after a failure of the queue: the same.
    before = row.sha256
    make(export_id=row.pk, actor=SYSTEM, now=NOW + timedelta(hours=1))
    row.refresh_from_db()
    assert row.sha256 == before


def test_it_is_told_taken_and_gone(stage: Stage) -> None:
    row = made(stage)
    on_data_ready(
        DataReady(export_id=row.pk, user_id=row.user_id, until="09:00 01/12/2026"),
        Context(NOW, 1, f"user:{row.user_id}", 1),
    )
    notice = Notice.objects.get(user_id=row.user_id)
    assert (notice.kind, notice.url) == ("data_ready", PAGE)
    path = hand_over(public_id=row.public_id, actor=stage.citizen, now=NOW)
    assert path.is_file()
    with pytest.raises(NotThere):
        hand_over(public_id=row.public_id, actor=stage.stranger, now=NOW)
    with pytest.raises(Refused):
        hand_over(public_id=row.public_id, actor=stage.clerk, now=NOW)
    late = NOW + timedelta(days=7)
    with pytest.raises(NotThere):
        hand_over(public_id=row.public_id, actor=stage.citizen, now=late)
    assert not exports(actor=stage.citizen, now=late)[0].open
    assert sweep_exports(now=late) == 1
    assert not path.exists()
    assert sweep_exports(now=late) == 0
    actions = [entry.action for entry in trail(f"user:{row.user_id}")]
    assert actions == ["identity.ask_data", "identity.make_data", "identity.take_data"]


def test_not_asked_for_again_and_again(stage: Stage) -> None:
    row = ask(actor=stage.citizen, now=NOW)
    with pytest.raises(CannotAsk, match="đang được làm"):
        ask(actor=stage.citizen, now=NOW)
    make(export_id=row, actor=SYSTEM, now=NOW)
    with pytest.raises(CannotAsk, match="Mỗi giờ"):
        ask(actor=stage.citizen, now=NOW + timedelta(minutes=59))
    assert ask(actor=stage.citizen, now=NOW + timedelta(hours=1)) != row
    for actor in (stage.clerk, stage.leader):
        with pytest.raises(Refused):
            ask(actor=actor, now=NOW)
    assert DataExport.objects.count() == 2


def test_over_the_page_with_a_recent_proof(stage: Stage, settings: Any) -> None:
    settings.STEP_UP_MINUTES = 15
    stale = browser(stage.citizen, ago=3600)
    asked = stale.post(f"{PAGE}ask/")
    assert "Xác nhận là bạn" in asked.content.decode()
    assert not DataExport.objects.exists()
    fresh = browser(stage.citizen)
    answer = fresh.post(f"{PAGE}ask/")
    assert answer.status_code == 302, answer.content.decode()
    row = DataExport.objects.get()
    make(export_id=row.pk, actor=SYSTEM, now=clock())
    assert "Tải về" in fresh.get(PAGE).content.decode()
    refused = fresh.post(f"{PAGE}ask/")
    assert refused.status_code == 422
    assert "Mỗi giờ làm được một bản mới" in refused.content.decode()
    address = f"{PAGE}{row.public_id}/"
    assert "Xác nhận là bạn" in stale.post(address).content.decode()
    assert fresh.get(address).status_code == 405
    assert browser(stage.stranger).post(address).status_code == 404
    assert browser(stage.clerk).post(address).status_code == 403
    got = fresh.post(address)
    assert got.headers["Content-Type"] == "application/zip"
    assert "no-store" in got.headers["Cache-Control"]
    with zipfile.ZipFile(BytesIO(b"".join(got.streaming_content))) as archive:
        assert "doc-duoc.html" in archive.namelist()
    row.refresh_from_db()
    assert row.download_count == 1


def test_the_page_shows_text_as_text() -> None:
    text = page("<b>", [("<i>", {"a": "<script>", "b": [True, None, {}], "c": []})])
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "Không có gì." in text
