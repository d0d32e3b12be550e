"""The post with a real (small) operator behind it: slow, down, lying, repeating, out of order."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from tinhso.kernel.access.api import NOBODY, SYSTEM, Actor, Refused
from tinhso.kernel.audit.api import trail
from tinhso.kernel.clock import now as clock_now
from tinhso.modules.directory.tests.factories import (
    get_organisation,
    give,
    make_officer,
    make_organisation,
    make_province,
)
from tinhso.modules.post import api as post
from tinhso.modules.post.models import Consignment, Sheet, Told
from tinhso.modules.post.rules import ConsignmentState, state_after
from tinhso.modules.post.services import sending, telling
from tools.doubles.postal_operator import Operator, serve

pytestmark = pytest.mark.django_db
S = ConsignmentState


class Office:
    def __init__(self) -> None:
        root = make_province()
        centre = get_organisation("H56.102.01")
        self.id = centre.pk
        self.clerk = give(make_officer("clerk", "Lê Thị Mai"), "clerk", centre)
        elsewhere = make_organisation("Trung tâm phường Sầm Sơn", "H56.103.01", parent=root)
        self.stranger = give(make_officer("stranger", "Ngô Xuân Hải"), "clerk", elsewhere)

    def order(self, reference: str = "dossier:1", actor: Actor | None = None, **changes: str) -> int:
        return post.order(
            **{
                "reference": reference, "office_id": self.id, "subject": "Kết quả hồ sơ H56.102-261124-0001",
                "recipient_name": "Nguyễn Thị Thu Hà", "recipient_phone": "0912000001",
                "recipient_address": "Số 12 đường Lê Lợi, phường Hạc Thành", "actor": actor or self.clerk,
                "now": clock_now(), **changes,
            }
        )  # fmt: skip


@pytest.fixture
def operator(settings: Any) -> Iterator[Operator]:
    running = Operator()
    server = serve(running, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.POST_OPERATOR = {"url": f"http://127.0.0.1:{server.server_port}", "key": "double", "secret": "double"}
    yield running
    server.shutdown()


@pytest.fixture
def office() -> Office:
    return Office()


def created(office: Office, reference: str = "dossier:1") -> Consignment:
    number = office.order(reference)
    assert post.push(consignment_id=number, actor=SYSTEM, now=clock_now())
    return Consignment.objects.get(pk=number)


def handed(office: Office, row: Consignment) -> None:
    sending.hand_to_postman(
        consignment_ids=[row.pk], postman_name="Lê Văn Thư", office_id=office.id, actor=office.clerk, now=clock_now()
    )


def told(operator: Operator, row: Consignment, state: str, **said: Any) -> int:
    """The operator says something and our address answers with a status."""
    event = operator.advance(row.tracking_code, {"state": state, **said})
    return say(event, operator)


def say(event: Any, operator: Operator, *, secret: str = "double", stamp: int | None = None) -> int:
    from tinhso.kernel.signed import signature_of

    body = json.dumps(event).encode()
    at = str(stamp or int(clock_now().timestamp()))
    return Client().post(
        reverse("post:message"), body, content_type="application/json",
        headers={"X-Post-Timestamp": at, "X-Post-Signature": signature_of(secret, at, body)},
    ).status_code  # fmt: skip


def test_from_order_to_delivery(office: Office, operator: Operator) -> None:
    row = created(office)
    assert (row.state, row.fee) == ("created", 26_000)
    handed(office, row)
    for state in ("in_transit", "delivering"):
        assert told(operator, row, state) == 200
    assert told(operator, row, "delivered", received_by="Nguyễn Thị Thu Hà") == 200
    row.refresh_from_db()
    assert (row.state, row.received_by_name) == ("delivered", "Nguyễn Thị Thu Hà")
    assert row.ended_at is not None


def test_the_same_order_is_one_consignment(office: Office, operator: Operator) -> None:
    number = office.order()
    assert office.order() == number
    for _ in range(3):
        post.push(consignment_id=number, actor=SYSTEM, now=clock_now())
    assert len(operator.parcels) == 1


def test_an_answer_that_was_lost_makes_no_second_consignment(office: Office, operator: Operator) -> None:
    number = office.order()
    post.push(consignment_id=number, actor=SYSTEM, now=clock_now())
    Consignment.objects.update(state="ordered", tracking_code="")
    post.push(consignment_id=number, actor=SYSTEM, now=clock_now())
    assert [parcel.asked for parcel in operator.parcels.values()] == [2]


@pytest.mark.parametrize(
    ("control", "says"),
    [
        ({"down": True}, "đang lỗi (mã 503)"),
        ({"lie": "garbage"}, "sai định dạng"),
        ({"lie": "no_code"}, "không có mã vận đơn"),
        ({"lie": "other_order"}, "một yêu cầu khác"),
    ],
)
def test_a_failing_operator_is_waited_for_and_shown(
    office: Office, operator: Operator, control: dict[str, Any], says: str
) -> None:
    number = office.order()
    operator.behaviour.__dict__.update(control)
    assert not post.push(consignment_id=number, actor=SYSTEM, now=clock_now())
    row = Consignment.objects.get(pk=number)
    assert row.state == "ordered"
    assert says in row.problem
    client = Client()
    client.force_login(get_user_model().objects.get(username="clerk"))
    assert says in client.get(reverse("post:consignments")).content.decode()
    operator.behaviour.down, operator.behaviour.lie = False, ""
    assert post.push_waiting(actor=SYSTEM, now=clock_now()) == 1
    assert Consignment.objects.get(pk=number).problem == ""


def test_a_slow_operator_is_not_waited_for_longer_than_agreed(
    office: Office, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinhso.modules.post.services.operator.TIMEOUT_SECONDS", 0.2)
    operator.behaviour.delay = 1
    number = office.order()
    assert not post.push(consignment_id=number, actor=SYSTEM, now=clock_now())
    assert "Không kết nối được" in Consignment.objects.get(pk=number).problem


def test_a_code_of_another_consignment_is_not_taken(office: Office, operator: Operator) -> None:
    created(office)
    operator.behaviour.lie = "same_code"
    number = office.order("dossier:2")
    assert not post.push(consignment_id=number, actor=SYSTEM, now=clock_now())
    assert "mã vận đơn đã cấp" in Consignment.objects.get(pk=number).problem


def test_messages_repeated_and_out_of_order(office: Office, operator: Operator) -> None:
    row = created(office)
    handed(office, row)
    now = clock_now()
    early = {"at": (now - timedelta(minutes=30)).isoformat()}
    event = operator.advance(row.tracking_code, {"state": "delivering"})
    assert [say(event, operator) for _ in range(3)] == [200, 200, 200]
    assert told(operator, row, "in_transit", **early) == 200  # Late news.
    row.refresh_from_db()
    assert row.state == "delivering"
    assert told(operator, row, "delivered", received_by="Hà") == 200
    assert told(operator, row, "returned") == 200  # An end is an end.
    row.refresh_from_db()
    assert row.state == "delivered"
    assert Told.objects.count() == 4


def test_forged_old_unknown_and_broken_messages_are_refused(office: Office, operator: Operator) -> None:
    row = created(office)
    handed(office, row)
    good = operator.advance(row.tracking_code, {"state": "delivered", "received_by": "Ai đó"})
    assert good is not None
    assert say(good, operator, secret="forged") == 401
    assert say(good, operator, stamp=int((clock_now() - timedelta(days=4)).timestamp())) == 401
    assert say({**good, "order_id": "x"}, operator) == 404
    assert say({**good, "tracking_code": "RA999999999VN"}, operator) == 404
    for wrong in (
        {"state": "eaten"},
        {"state": "created"},
        {"at": "yesterday"},
        {"event_id": 5},
        {"at": "2030-01-01T00:00:00+07:00"},
    ):
        assert say({**good, **wrong}, operator) == 422
    assert say([1], operator) == 422
    assert Client().get(reverse("post:message")).status_code == 405
    row.refresh_from_db()
    assert row.state == "handed_over"
    assert not Told.objects.exists()


def test_without_a_secret_nothing_is_genuine(office: Office, operator: Operator, settings: Any) -> None:
    row = created(office)
    settings.POST_OPERATOR = {**settings.POST_OPERATOR, "secret": ""}
    event = operator.advance(row.tracking_code, {"state": "delivered"})
    assert say(event, operator, secret="") == 401


def test_lost_messages_are_asked_for(office: Office, operator: Operator) -> None:
    row = created(office)
    handed(office, row)
    operator.advance(row.tracking_code, {"state": "in_transit", "minutes_ago": 90})
    operator.advance(row.tracking_code, {"state": "delivered", "received_by": "Hà", "minutes_ago": 1})
    assert telling.ask_about_silent(actor=SYSTEM, now=clock_now()) == 2
    row.refresh_from_db()
    assert row.state == "delivered"
    assert telling.ask_about_silent(actor=SYSTEM, now=clock_now()) == 0


def test_what_came_back_can_be_sent_again(office: Office, operator: Operator) -> None:
    row = created(office)
    handed(office, row)
    told(operator, row, "returned")
    again = office.order()
    assert again != row.pk


def test_the_hand_over_sheet_is_numbered_and_signed_once(office: Office, operator: Operator) -> None:
    first, second = created(office), created(office, "dossier:2")
    for names, ids, says in (("", [first.pk], "bưu tá"), ("Thư", [], "ít nhất một")):
        with pytest.raises(sending.CannotHandToPostman, match=says):
            sending.hand_to_postman(
                consignment_ids=ids, postman_name=names, office_id=office.id, actor=office.clerk, now=clock_now()
            )
    with pytest.raises(Refused):
        sending.hand_to_postman(
            consignment_ids=[first.pk], postman_name="Thư", office_id=office.id, actor=office.stranger, now=clock_now()
        )
    assert not Sheet.objects.exists()
    sending.hand_to_postman(
        consignment_ids=[first.pk, second.pk], postman_name="Lê Văn Thư", office_id=office.id, actor=office.clerk,
        now=clock_now(),
    )  # fmt: skip
    with pytest.raises(sending.CannotHandToPostman, match="bàn giao rồi"):
        handed(office, first)
    assert Sheet.objects.get().number == 1


def test_orders_without_address_or_right_are_refused(office: Office) -> None:
    with pytest.raises(post.CannotSend, match="địa chỉ"):
        office.order(recipient_address="Hà Nội")
    with pytest.raises(post.CannotSend, match="điện thoại"):
        office.order(recipient_phone="")
    for actor in (office.stranger, NOBODY):
        with pytest.raises(Refused):
            office.order(actor=actor)
    assert not Consignment.objects.exists()


def test_pages(office: Office, operator: Operator) -> None:
    row = created(office)
    clerk, stranger = Client(), Client()
    clerk.force_login(get_user_model().objects.get(username="clerk"))
    stranger.force_login(get_user_model().objects.get(username="stranger"))
    assert row.tracking_code in clerk.get(reverse("post:consignments")).content.decode()
    page = reverse("post:consignment", args=[row.pk])
    assert "Nguyễn Thị Thu Hà" in clerk.get(page).content.decode()
    label = reverse("post:label", args=[row.pk])
    assert clerk.get(label).content.startswith(b"%PDF")
    refused = clerk.post(reverse("post:hand_over"), {"office": office.id, "postman": "", "consignment": row.pk})
    assert refused.status_code == 422
    done = clerk.post(reverse("post:hand_over"), {"office": office.id, "postman": "Thư", "consignment": row.pk})
    assert done.status_code == 302
    sheet = b"".join(clerk.get(done["Location"]).streaming_content)
    assert sheet.startswith(b"%PDF")
    for address in (page, label, done["Location"]):
        assert stranger.get(address).status_code == 404
    # One look of the clerk's however often it was opened, and none of who was refused.
    assert [one.who_label for one in trail("dossier:1") if one.action == "post.look"] == ["Lê Thị Mai"]
    assert row.tracking_code not in stranger.get(reverse("post:consignments")).content.decode()
    assert Client().get(page).status_code == 302


def test_only_later_news_counts() -> None:
    at = datetime(2026, 11, 24, 9, tzinfo=clock_now().tzinfo)
    assert state_after(S.HANDED_OVER, None, S.IN_TRANSIT, at) == S.IN_TRANSIT
    assert state_after(S.DELIVERING, at, S.IN_TRANSIT, at - timedelta(minutes=1)) == S.DELIVERING
    assert state_after(S.DELIVERED, at, S.RETURNED, at + timedelta(days=1)) == S.DELIVERED
