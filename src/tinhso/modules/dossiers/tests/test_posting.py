"""A result by post: the legal state waits for the postman's proof; refusals change nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from tinhso.kernel.access.api import SYSTEM, Refused
from tinhso.kernel.clock import now as clock_now
from tinhso.kernel.events.api import drain
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Result
from tinhso.modules.dossiers.queries.books import book_rows
from tinhso.modules.dossiers.rules import DeliveryState, State, applicant_errors
from tinhso.modules.dossiers.services import posting
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.action_steps import by_pin, check_whole
from tinhso.modules.dossiers.tests.test_officer_lists import browser
from tinhso.modules.post import api as post
from tinhso.modules.post.models import Consignment
from tinhso.modules.post.services import sending, telling
from tools.doubles.postal_operator import Operator, serve

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(settings: Any) -> Iterator[Operator]:
    running = Operator()
    server = serve(running, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.POST_OPERATOR = {"url": f"http://127.0.0.1:{server.server_port}", "key": "double", "secret": "double"}
    yield running
    server.shutdown()


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


def paid(stage: f.Stage) -> Dossier:
    """A result that may be returned, to be sent by post."""
    dossier = f.issued(stage, result_delivery="post")
    dossiers.take_fee(dossier_id=dossier.pk, amount=dossier.fee_total or 0, actor=stage.clerk, now=f.NOW)
    return dossier


def under_way(stage: f.Stage) -> tuple[Dossier, Consignment]:
    dossier = paid(stage)
    number = posting.send_result(dossier_id=dossier.pk, actor=stage.clerk, now=clock_now())
    post.push(consignment_id=number, actor=SYSTEM, now=clock_now())
    sending.hand_to_postman(
        consignment_ids=[number], postman_name="Lê Văn Thư", office_id=stage.office_id, actor=stage.clerk,
        now=clock_now(),
    )  # fmt: skip
    dossier.refresh_from_db()
    return dossier, Consignment.objects.get(pk=number)


def test_delivered_with_proof_the_dossier_is_returned(stage: f.Stage, operator: Operator) -> None:
    dossier, parcel = under_way(stage)
    assert (dossier.state, dossier.delivery_state) == (State.COMPLETED, DeliveryState.POSTED)
    operator.advance(parcel.tracking_code, {"state": "delivered", "received_by": "Lê Thị Hồng Nhung"})
    telling.ask_about_silent(actor=SYSTEM, now=clock_now())
    drain(clock_now())
    dossier.refresh_from_db()
    assert (dossier.state, dossier.delivery_state) == (State.RETURNED, DeliveryState.BY_POST)
    (line,) = book_rows(dossier.office_id, first=date(2026, 1, 1), last=date(2030, 1, 1), limit=9)
    assert line.return_method == "Bưu chính công ích"
    proof = Result.objects.get(dossier=dossier)
    assert proof.received_by_name == "Lê Thị Hồng Nhung"
    assert parcel.tracking_code in proof.return_note
    posting.delivered(reference=dossier.ref, consignment_id=parcel.pk, now=clock_now())  # Once more: nothing.
    check_whole(dossier)


def test_what_comes_back_is_the_counters_again(stage: f.Stage, operator: Operator) -> None:
    dossier, parcel = under_way(stage)
    operator.advance(parcel.tracking_code, {"state": "returned"})
    telling.ask_about_silent(actor=SYSTEM, now=clock_now())
    drain(clock_now())
    dossier.refresh_from_db()
    assert (dossier.state, dossier.delivery_state) == (State.COMPLETED, DeliveryState.POST_BACK)
    dossiers.give_back(
        dossier_id=dossier.pk, received_by_name="Lê Thị Hồng Nhung", received_by_identity="", actor=stage.clerk,
        now=clock_now(),
    )  # fmt: skip
    dossier.refresh_from_db()
    assert (dossier.state, dossier.delivery_state) == (State.RETURNED, DeliveryState.HANDED_OVER)


def test_nothing_is_sent_without_result_payment_or_right(stage: f.Stage) -> None:
    waiting = f.submitted_to_leader(stage, result_delivery="post")
    with pytest.raises(posting.CannotPost, match="chưa có kết quả"):
        posting.send_result(dossier_id=waiting.pk, actor=stage.clerk, now=f.NOW)
    owing = f.issued(stage, result_delivery="post")
    with pytest.raises(posting.CannotPost, match="chưa nộp phí"):
        posting.send_result(dossier_id=owing.pk, actor=stage.clerk, now=f.NOW)
    dossier = paid(stage)
    for actor in (stage.handler, stage.citizen, stage.elsewhere):
        with pytest.raises(Refused):
            posting.send_result(dossier_id=dossier.pk, actor=actor, now=f.NOW)
    assert not Consignment.objects.exists()


def test_on_its_way_it_is_not_handed_out_at_the_counter_too(stage: f.Stage, operator: Operator) -> None:
    dossier, _ = under_way(stage)
    with pytest.raises(dossiers.CannotReturn, match="trên đường bưu chính"):
        dossiers.give_back(
            dossier_id=dossier.pk, received_by_name="Ai đó", received_by_identity="", actor=stage.clerk, now=f.NOW
        )
    with pytest.raises(posting.CannotPost, match="đã được yêu cầu"):
        posting.send_result(dossier_id=dossier.pk, actor=stage.clerk, now=f.NOW)
    with pytest.raises(posting.CannotChoose, match="trên đường"):
        posting.choose_delivery(dossier_id=dossier.pk, how="counter", address="", actor=stage.citizen, now=f.NOW)


def test_the_person_chooses_later(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    same: dict[str, Any] = {"dossier_id": dossier.pk, "now": f.NOW}
    with pytest.raises(posting.CannotChoose, match="địa chỉ đầy đủ"):
        posting.choose_delivery(how="post", address="Hà Nội", actor=stage.citizen, **same)
    with pytest.raises(posting.CannotChoose, match="Chọn cách"):
        posting.choose_delivery(how="pigeon", address="", actor=stage.citizen, **same)
    for actor in (stage.stranger, stage.elsewhere):
        with pytest.raises(Refused):
            posting.choose_delivery(how="post", address="Số 5 đường Hạc Thành", actor=actor, **same)
    dossier.refresh_from_db()
    assert dossier.result_delivery == "counter"
    posting.choose_delivery(how="post", address="Số 5 đường Hạc Thành, phường Hạc Thành", **by_pin(dossier), **same)
    dossier.refresh_from_db()
    assert dossier.result_delivery == "post"


def test_at_filing_the_address_is_asked_for() -> None:
    assert "bưu tá" in applicant_errors({**f.APPLICANT, "result_delivery": "post", "address": "Xã A"})["address"]
    assert "address" not in applicant_errors({**f.APPLICANT, "result_delivery": "post"})


def test_pages(stage: f.Stage, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: f.NOW)
    dossier = paid(stage)
    clerk, person = browser(stage.clerk), browser(stage.citizen)
    show = reverse("dossiers:show", args=[dossier.public_id])
    assert "Gửi qua bưu chính" in clerk.get(show).content.decode()
    assert clerk.post(reverse("dossiers:post_result", args=[dossier.public_id])).status_code == 302
    assert "Đang gửi qua bưu chính" in clerk.get(show).content.decode()
    assert clerk.post(reverse("dossiers:post_result", args=[dossier.public_id])).status_code == 422
    told = person.get(reverse("dossiers:follow", args=[dossier.public_id])).content.decode()
    assert "Bưu chính: chờ bưu chính nhận yêu cầu" in told
    other = f.accepted(stage)
    page = reverse("dossiers:delivery", args=[other.public_id])
    assert "Bạn muốn nhận kết quả thế nào?" in person.get(page).content.decode()
    refused = person.post(page, {"result_delivery": "post", "address": "Ngắn"})
    assert refused.status_code == 422
    assert "Ngắn" in refused.content.decode()
    done = person.post(page, {"result_delivery": "post", "address": "Số 5 đường Hạc Thành, phường Hạc Thành"})
    assert done.status_code == 302
    assert browser(stage.stranger).get(page).status_code == 404
