"""A dossier followed by text message: signed by the gateway, code and PIN together, nothing private in the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tinhso.kernel.clock import now
from tinhso.kernel.signed import signature_of
from tinhso.modules.dossiers.models import PinFailure
from tinhso.modules.dossiers.rules import PIN_LOCKOUT
from tinhso.modules.dossiers.services.submitting import current_pin
from tinhso.modules.dossiers.tests.factories import Stage, accepted, issued, make_stage, send
from tools.doubles.messaging import serve
from tools.doubles.sms_gateway import SmsGateway

pytestmark = pytest.mark.django_db
ADDRESS = "/notifications/incoming/sms/"


@pytest.fixture(autouse=True)
def _gateway(settings: Any) -> None:
    cache.clear()
    known = settings.NOTIFICATIONS_PROVIDERS
    settings.NOTIFICATIONS_PROVIDERS = {**known, "sms": {**known["sms"], "report_secret": "double", "number": "8x88"}}


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def text(content: Any, *, secret: str = "double", age: int = 0) -> Any:
    body = json.dumps({"MOID": "MO1", "Phone": "0912000001", "Content": content}).encode()
    stamp = str(int(now().timestamp()) - age)
    signed = {"X-Timestamp": stamp, "X-Signature": signature_of(secret, stamp, body)}
    return Client().post(ADDRESS, body, content_type="application/json", headers=signed)


def test_code_and_pin_are_answered_with_state_and_time_and_no_name(stage: Stage) -> None:
    new, held, done = send(stage), accepted(stage), issued(stage)
    for dossier, words in ((new, "mới đăng ký"), (held, "Hẹn trả:"), (done, "đã xử lý xong")):
        pin = current_pin(dossier)
        said = text(f" hs  {dossier.code.lower()} {pin[:3]} {pin[3:]}").json()["Reply"]
        assert dossier.code in said
        assert words in said
        assert dossier.applicant_name not in said


def test_a_code_alone_and_a_wrong_pin_tell_nothing_and_count(stage: Stage) -> None:
    dossier = accepted(stage)
    assert "Thiếu mã hồ sơ hoặc mã PIN" in text(f"HS {dossier.code}").json()["Reply"]
    for _ in range(PIN_LOCKOUT.failures):
        assert "không khớp" in text(f"HS {dossier.code} 000000").json()["Reply"]
    assert PinFailure.objects.count() == PIN_LOCKOUT.failures
    assert "sai nhiều lần" in text(f"HS {dossier.code} {current_pin(dossier)}").json()["Reply"]


@pytest.mark.parametrize("content", ["", "XIN CHAO", "   ", "<script>alert(1)</script> 1 2", "HSX 1 2"])
def test_what_is_not_understood_is_told_how_to_write(content: str) -> None:
    assert "Soạn: HS" in text(content).json()["Reply"]


def test_who_does_not_sign_as_the_gateway_is_refused(stage: Stage) -> None:
    dossier = accepted(stage)
    asked = f"HS {dossier.code} {current_pin(dossier)}"
    assert text(asked, secret="forged").status_code == 403
    assert Client().post(ADDRESS, b"{}", content_type="application/json").status_code == 403
    assert text(asked, age=3600).status_code == 403
    assert text(7).status_code == 403


def test_without_a_secret_nobody_is_the_gateway(settings: Any) -> None:
    settings.NOTIFICATIONS_PROVIDERS = {"sms": {"report_secret": "", "number": ""}}
    assert text("HS A 1", secret="").status_code == 403
    assert "Soạn tin" not in Client().get("/dossiers/track/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_gateways_stand_in_really_asks(stage: Stage, live_server: Any) -> None:
    dossier = accepted(stage)
    gateway = SmsGateway(report_url=f"{live_server.url}/notifications/reports/sms/")
    serve(gateway, 0).server_close()
    said = gateway.incoming("0912000001", f"HS {dossier.code} {current_pin(dossier)}")
    assert dossier.code in said["Reply"]
    gateway.behaviour.forge = True
    assert gateway.incoming("0912000001", "HS A 1")["status"] == 403
