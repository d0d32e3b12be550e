"""A dossier and its payment: the money state follows the charge, by events, whoever settled it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.events.api import drain
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier
from tinhso.modules.dossiers.queries.money import disagreements
from tinhso.modules.dossiers.rules import MoneyState, State
from tinhso.modules.dossiers.tests.factories import NOW, Stage, accepted, issued, make_stage, send
from tinhso.modules.dossiers.tests.test_actions_pages import browser
from tinhso.modules.payments import api as payments
from tinhso.modules.payments.models import Charge, Payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def charge_of(dossier: Dossier) -> Charge:
    dossier.refresh_from_db()
    assert dossier.charge_id is not None
    return Charge.objects.get(pk=dossier.charge_id)


def agree(dossier: Dossier) -> None:
    assert [row.dossier_id for row in disagreements()] == []
    dossier.refresh_from_db()


def test_sending_opens_the_charge_of_the_version(stage: Stage) -> None:
    charge = charge_of(send(stage))
    assert (charge.amount, charge.state, charge.subject_code[:3], charge.payer_name) == (
        16_000,
        "open",
        "H56",
        "Lê Thị Hồng Nhung",
    )
    assert charge.lines[0]["quantity"] == 2


def test_paid_elsewhere_the_dossier_follows_and_goes_on(stage: Stage) -> None:
    dossier = accepted(stage)
    dossiers.request_payment(
        dossier_id=dossier.pk, amount=50_000, reason="Lệ phí theo Nghị quyết 12.", actor=stage.handler, now=NOW
    )
    charge = charge_of(dossier)
    payments.take_cash(public_id=charge.public_id, tendered=100_000, actor=stage.clerk, now=NOW)
    # Between the money and the event the check names the dossier; nothing is silent.
    assert [row.dossier_id for row in disagreements()] == [dossier.pk]
    drain(now=NOW)
    agree(dossier)
    assert (dossier.state, dossier.money_state) == (State.IN_PROGRESS, MoneyState.PAID)
    drain(now=NOW)
    dossiers.follow_payment(dossier_id=dossier.pk, actor=SYSTEM, now=NOW)
    agree(dossier)


def test_an_exemption_at_the_till_lets_the_dossier_go_on(stage: Stage) -> None:
    dossier = accepted(stage)
    dossiers.request_payment(dossier_id=dossier.pk, amount=5000, reason="Lệ phí.", actor=stage.handler, now=NOW)
    payments.exempt(
        public_id=charge_of(dossier).public_id, ground="Hộ nghèo, Nghị quyết 12", actor=stage.clerk, now=NOW
    )
    drain(now=NOW)
    agree(dossier)
    assert (dossier.state, dossier.money_state, dossier.fee_total) == (State.IN_PROGRESS, MoneyState.FREE, 0)


def test_a_fee_taken_on_the_dossiers_page_is_a_payment_with_its_receipt(stage: Stage) -> None:
    dossier = issued(stage)
    dossiers.take_fee(dossier_id=dossier.pk, amount=16_000, actor=stage.clerk, now=NOW)
    agree(dossier)
    assert Payment.objects.get().charge_id == dossier.charge_id
    assert payments.charge_by_id(dossier.charge_id or 0).receipt is not None
    with pytest.raises(dossiers.CannotTakeFee):
        dossiers.take_fee(dossier_id=dossier.pk, amount=16_000, actor=stage.clerk, now=NOW)


def test_a_result_is_returned_at_once_when_the_money_came_online(stage: Stage) -> None:
    """The event is not there yet: the charge itself is asked."""
    dossier = issued(stage)
    payments.take_cash(public_id=charge_of(dossier).public_id, tendered=16_000, actor=stage.clerk, now=NOW)
    dossiers.give_back(
        dossier_id=dossier.pk, received_by_name="Nhung", received_by_identity="", actor=stage.clerk, now=NOW
    )
    agree(dossier)


@pytest.mark.parametrize("how", ["withdraw", "refuse", "stop"])
def test_a_dossier_that_ends_owes_nothing_more(stage: Stage, how: str) -> None:
    dossier = accepted(stage) if how == "stop" else send(stage)
    if how == "withdraw":
        dossiers.withdraw(dossier_id=dossier.pk, confirmed=True, actor=stage.citizen, now=NOW)
    elif how == "refuse":
        dossiers.refuse(dossier_id=dossier.pk, ground="Thiếu giấy tờ, chụp lại rõ.", actor=stage.clerk, now=NOW)
    else:
        dossiers.stop(
            dossier_id=dossier.pk,
            ground="decision",
            document="Quyết định 12/QĐ-UBND",
            reason="Theo yêu cầu của cơ quan có thẩm quyền.",
            actor=stage.leader,
            now=NOW,
        )
    assert charge_of(dossier).state == "cancelled"
    agree(dossier)
    assert dossier.money_state == MoneyState.FREE


def test_refunded_whole_the_dossier_says_so(stage: Stage) -> None:
    dossier = issued(stage)
    dossiers.take_fee(dossier_id=dossier.pk, amount=16_000, actor=stage.clerk, now=NOW)
    from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer

    approver = give(make_officer("duyet", "Mai Văn Duyệt"), "payment_approver", get_organisation("H56.102.01"))
    cashier = give(make_officer("thungan", "Hà Thu Ngân"), "cashier", get_organisation("H56.102.01"))
    refund = payments.ask_refund(
        payment_id=Payment.objects.get().pk, amount=16_000, reason="Thu nhầm đối tượng", actor=stage.clerk, now=NOW
    )
    payments.decide_refund(refund_id=refund, approve=True, note="", actor=approver, now=NOW)
    payments.finish_refund(refund_id=refund, reference="PC 12", actor=cashier, now=NOW)
    drain(now=NOW)
    agree(dossier)
    assert dossier.money_state == MoneyState.REFUNDED


def test_every_disagreement_is_listed_with_its_kind(stage: Stage) -> None:
    paid, due = send(stage), send(stage)
    Dossier.objects.filter(pk=paid.pk).update(money_state=MoneyState.PAID)
    Dossier.objects.filter(pk=due.pk).update(charge=None)
    found = {row.dossier_id: row for row in disagreements()}
    assert found.keys() == {paid.pk, due.pk}
    page = browser(stage.clerk).get(reverse("dossiers:money_check"))
    assert page.status_code == 200
    for code in (paid.code, due.code):
        assert code in page.content.decode()
    assert paid.code not in browser(stage.elsewhere).get(reverse("dossiers:money_check")).content.decode()


def test_the_citizen_reaches_the_page_of_payment_from_the_dossier(stage: Stage) -> None:
    dossier = send(stage)
    client = browser(stage.citizen)
    follow = client.get(reverse("dossiers:follow", args=[dossier.public_id])).content.decode()
    assert reverse("dossiers:pay", args=[dossier.public_id]) in follow
    page = client.get(reverse("dossiers:pay", args=[dossier.public_id]), follow=True)
    assert "Thanh toán phí, lệ phí" in page.content.decode()
    stranger = browser(stage.stranger)
    assert stranger.get(reverse("dossiers:pay", args=[dossier.public_id])).status_code == 404
    assert stranger.get(reverse("payments:show", args=[charge_of(dossier).public_id])).status_code == 404


def test_an_exemption_claimed_in_the_form_is_kept_with_its_ground() -> None:
    import json

    from tinhso.modules.procedures import api as procedures
    from tinhso.modules.procedures.rules import fees_exempt, read_definition

    raw = json.loads((procedures.DATA / "modelled/1.010038.json").read_text(encoding="utf-8"))
    definition = read_definition(raw["version"]).definition
    assert definition is not None
    case = {"request": {"fee_exemption": "disabled"}}
    (found,) = fees_exempt(definition, case, "counter")
    assert (found.line.amount, bool(found.ground)) == (10_000, True)
    assert fees_exempt(definition, {"request": {"fee_exemption": "none"}}, "counter") == ()
