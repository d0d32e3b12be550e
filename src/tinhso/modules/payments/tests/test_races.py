"""Two at once on one charge: the row's lock lets one settle it; no money is lost, none counted twice, no number skipped."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tinhso.modules.payments import api as payments
from tinhso.modules.payments.models import Payment, ProviderMessage, Receipt
from tinhso.modules.payments.tests.factories import NOW, Till, begin, call, make_charge, make_till, vnpay_message

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="threads need a real server"),
]


@pytest.fixture
def till() -> Till:
    return make_till()


def at_once(*calls: Callable[[], object]) -> list[object]:
    together = Barrier(len(calls))

    def run(one: Callable[[], object]) -> object:
        try:
            together.wait()
            return one()
        except ValueError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_the_same_callback_many_times_at_once(till: Till) -> None:
    for number in range(5):
        message = vnpay_message(begin(till, make_charge(till, number=number)))
        answers = at_once(*(lambda message=message: call(message) for _ in range(4)))
        assert [answer["RspCode"] for answer in answers] == ["00"] * 4  # type: ignore[index]
    assert Payment.objects.count() == 5
    assert list(ProviderMessage.objects.values_list("times", flat=True)) == [4] * 5


def test_two_different_callbacks_of_one_payment(till: Till) -> None:
    for number in range(5):
        attempt = begin(till, make_charge(till, number=number))
        answers = at_once(
            lambda attempt=attempt: call(vnpay_message(attempt)),
            lambda attempt=attempt: call(vnpay_message(attempt, vnp_BankCode="VCB")),
        )
        assert sorted(answer["RspCode"] for answer in answers) == ["00", "02"]  # type: ignore[index]
    assert Payment.objects.count() == 5


def test_a_callback_against_the_counter(till: Till) -> None:
    for number in range(6):
        charge = make_charge(till, number=number)
        message = vnpay_message(begin(till, charge))
        at_once(
            lambda message=message: call(message),
            lambda charge=charge: payments.take_cash(
                public_id=charge.public_id, tendered=16_000, actor=till.clerk, now=NOW
            ),
        )
        charge.refresh_from_db()
        found = list(Payment.objects.filter(charge=charge).values_list("is_surplus", flat=True))
        # Online first: the clerk is told and takes nothing. Cash first: what came online is a surplus.
        assert charge.state == "paid"
        assert sorted(found) in ([False], [False, True])
    numbers = sorted(Receipt.objects.values_list("number", flat=True))
    assert numbers == list(range(1, 7))


def test_two_clerks_at_one_charge_and_many_charges_at_once(till: Till) -> None:
    charge = make_charge(till)
    at_once(
        *(
            lambda actor=actor: payments.take_cash(public_id=charge.public_id, tendered=16_000, actor=actor, now=NOW)
            for actor in (till.clerk, till.cashier)
        )
    )
    assert Payment.objects.count() == 1
    others = [make_charge(till, number=100 + n) for n in range(8)]
    at_once(
        *(
            lambda one=one: payments.take_cash(public_id=one.public_id, tendered=16_000, actor=till.clerk, now=NOW)
            for one in others
        )
    )
    assert sorted(Receipt.objects.values_list("number", flat=True)) == list(range(1, 10))
