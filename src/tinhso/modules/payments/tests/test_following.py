"""An agency ends: what is still owed to it is owed to its successor, what it took stays its own."""

from __future__ import annotations

from typing import Any

import pytest

from tinhso.modules.directory.api import Moves
from tinhso.modules.directory.tests.factories import NOW, TODAY, get_organisation, make_organisation, make_province
from tinhso.modules.payments.models import Charge
from tinhso.modules.payments.services import following

pytestmark = pytest.mark.django_db


def charge(number: int, organisation: Any, agency: Any, **values: Any) -> Charge:
    return Charge.objects.create(
        **{
            "subject_ref": f"dossier:{number}", "subject_code": f"H56-{number}", "title": "Phí", "organisation": organisation,
            "agency": agency, "payer_name": "Lê Thị Hai", "lines": [], "amount": 10_000, "state": "open",
            "created_at": NOW, **values,
        }
    )  # fmt: skip


def test_open_charges_go_to_the_successor_once_and_closed_ones_stay() -> None:
    root = make_province()
    old, centre = get_organisation("H56.102"), get_organisation("H56.102.01")
    new = make_organisation("UBND phường Mới", "H56.900", parent=root)
    waiting = charge(1, centre, old)
    paid = charge(2, centre, old, state="paid", closed_at=NOW)
    moves = Moves(1, TODAY, "Nghị quyết", {old.pk: new.pk, centre.pk: new.pk})
    assert following.count(moves.ended, TODAY) == {centre.pk: 1}
    assert len(following.listing(moves.ended, TODAY, 10)) == 1
    assert following.move(moves, 100, NOW) == 1
    assert following.move(moves, 100, NOW) == 0
    waiting.refresh_from_db()
    paid.refresh_from_db()
    assert (waiting.organisation_id, waiting.agency_id) == (new.pk, new.pk)
    assert (paid.organisation_id, paid.agency_id) == (centre.pk, old.pk)
