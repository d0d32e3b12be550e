"""The indicators about procedures, identity, stores and copies, counted again by hand from the raw rows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from tinhso.kernel.access.api import SYSTEM, Actor
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory.models import Organisation
from tinhso.modules.directory.tests.factories import get_organisation
from tinhso.modules.dossiers.models import Dossier, Paper, Result
from tinhso.modules.dossiers.rules import Channel, SyncState
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_lists import browser
from tinhso.modules.identity.models import Person
from tinhso.modules.payments.models import Charge, Payment
from tinhso.modules.procedures.models import Procedure, ProcedureVersion
from tinhso.modules.procedures.tests.factories import make_procedure
from tinhso.modules.scorecards.queries import lost
from tinhso.modules.scorecards.queries.scores import period_of, shares_of
from tinhso.modules.scorecards.queries.sources import Pair
from tinhso.modules.scorecards.rules import Share

pytestmark = pytest.mark.django_db
LATER = datetime(2026, 12, 31, 12, tzinfo=VIETNAM)
NOVEMBER: dict[str, Any] = {"since": date(2026, 11, 1), "until": date(2026, 11, 30)}


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


@pytest.fixture(autouse=True)
def _at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: f.NOW + timedelta(hours=1))


def reference(code: str, **values: Any) -> ProcedureVersion:
    """A procedure of the communes that is known from the catalogue only."""
    return ProcedureVersion.objects.create(
        procedure=make_procedure(code, f"Thủ tục {code}"), number=1, status="published", valid_from=date(2026, 1, 1),
        created_at=f.NOW, published_at=f.NOW, **values,
    )  # fmt: skip


def of_ward(stage: f.Stage, actor: Actor = SYSTEM) -> dict[str, Share]:
    return dict(shares_of(**NOVEMBER, actor=actor, now=LATER)[stage.agency_id])


def test_counted_again_from_the_raw_rows(stage: f.Stage) -> None:
    online, counter, closed = f.issued(stage), f.accepted(stage), f.accepted(stage)
    Dossier.objects.filter(pk=counter.pk).update(channel=Channel.COUNTER)
    # Carried over from October: it was not received in the month.
    Dossier.objects.filter(pk=closed.pk).update(
        submitted_at=f.NOW - timedelta(days=40), accepted_at=f.NOW - timedelta(days=40), sync_state=SyncState.SYNCED
    )
    Dossier.objects.filter(pk=online.pk).update(sync_state=SyncState.SYNCED, by_national_identity=True)
    paper = Paper.objects.filter(dossier=counter).first() or Paper.objects.create(
        dossier=counter, key="x", name="x", kind="digitised", added_at=f.NOW
    )
    Paper.objects.filter(pk=paper.pk).update(from_national_store=True)
    ProcedureVersion.objects.filter(pk=stage.version_id).update(service_level="full")
    reference("1.000002", service_level="partial", is_free=False)
    reference("1.000003", service_level="information", is_free=True)
    reference("1.000004")

    found = of_ward(stage)
    mine = list(Dossier.objects.filter(agency_id=stage.agency_id))
    begun = [one for one in mine if one.accepted_at and one.accepted_at >= datetime(2026, 11, 1, tzinfo=VIETNAM)]
    kept = set(Paper.objects.filter(from_national_store=True).values_list("dossier_id", flat=True))
    vouched = [one for one in mine if one.by_national_identity or one.pk in kept]
    assert found["dossiers_synchronised"] == Share(sum(one.sync_state == "synced" for one in begun), len(begun))
    assert found["dossiers_synchronised"] == Share(1, 2)
    assert found["personal_store"] == Share(len(kept), len(mine)) == Share(1, 3)
    assert found["dossiers_with_identity"] == Share(len(vouched), len(mine)) == Share(2, 3)
    levels = list(ProcedureVersion.objects.values_list("service_level", flat=True))
    served = [one for one in levels if one in ("full", "partial")]
    assert found["procedures_online"] == Share(len(served), Procedure.objects.count()) == Share(2, 4)
    assert found["services_used_online"] == Share(1, 2)
    charged = set(Charge.objects.exclude(state__in=["cancelled", "exempt"]).values_list("topic_code", flat=True))
    assert found["procedures_with_fees"] == Share(len(charged), len({*charged, "1.000002"})) == Share(1, 2)
    assert found["procedures_paid_online"] == Share(0, 2)
    assert not Payment.objects.exists()
    # Only the fileable one tells who may apply.
    assert found["procedures_with_identity"].denominator <= 1
    assert found["content_complete"].denominator == 4


def test_what_a_link_does_not_exist_for_is_a_true_zero(stage: f.Stage) -> None:
    f.accepted(stage)
    found = of_ward(stage)
    for key in ("dossiers_synchronised", "personal_store", "dossiers_with_identity"):
        assert found[key] == Share(0, 1)


def test_our_own_store_is_not_the_national_one(stage: f.Stage) -> None:
    dossier = f.accepted(stage)
    assert Paper.objects.filter(dossier=dossier).exists()
    assert of_ward(stage)["personal_store"].numerator == 0


def test_the_sender_vouched_for_by_the_national_identity(stage: f.Stage) -> None:
    assert not f.send(stage).by_national_identity
    Person.objects.update_or_create(user_id=stage.citizen.user_id, defaults={"national_level": 1, "updated_at": f.NOW})
    sent = f.send(stage)
    assert sent.by_national_identity
    # It was so when it was sent, whatever comes.
    Person.objects.filter(user_id=stage.citizen.user_id).update(national_level=0)
    sent.refresh_from_db()
    assert sent.by_national_identity
    assert not Dossier.objects.get(pk=f.at_counter(stage).dossier_id).by_national_identity


def test_certified_copies_are_the_communes_own(stage: f.Stage) -> None:
    dossier = f.issued(stage)
    assert of_ward(stage)["certified_copies"] == Share(0, 1)
    Procedure.objects.filter(pk=dossier.version.procedure_id).update(code="2.000815")
    assert of_ward(stage)["certified_copies"] == Share(0, 1)
    file_id = Paper.objects.filter(file__isnull=False).values_list("file_id", flat=True)[0]
    Result.objects.filter(dossier=dossier).update(file_id=file_id)
    assert of_ward(stage)["certified_copies"] == Share(1, 1)
    # Of the province: one commune of two.
    whole = period_of(**NOVEMBER, actor=SYSTEM, now=LATER).whole
    assert whole is not None
    (share,) = [
        one.share for group in whole.groups for one in group.indicators if one.indicator.key == "certified_copies"
    ]
    assert share == Share(1, 2)
    Organisation.objects.filter(pk=stage.agency_id).update(level="province", kind="department")
    assert "certified_copies" not in of_ward(stage)


def test_of_the_province_a_procedure_counts_once(stage: f.Stage) -> None:
    f.accepted(stage)
    other = f.accepted(stage)
    elsewhere = get_organisation("H56.103")
    Dossier.objects.filter(pk=other.pk).update(agency_id=elsewhere.pk, channel=Channel.COUNTER)
    ProcedureVersion.objects.filter(pk=stage.version_id).update(service_level="full")
    reference("1.000002", service_level="full")
    found = period_of(**NOVEMBER, actor=SYSTEM, now=LATER)
    assert len(found.cards) == 2
    assert found.whole is not None
    shares = {one.indicator.key: one.share for group in found.whole.groups for one in group.indicators}
    assert shares["procedures_online"] == Share(2, 2)
    # Used online at one of the two: the procedure counts.
    assert shares["services_used_online"] == Share(1, 2)
    assert shares["settled_on_time"] is not None
    assert shares["settled_on_time"].denominator == 2
    # Who sees one agency only sees no sum.
    assert period_of(**NOVEMBER, actor=stage.leader, now=LATER).whole is None


def test_the_procedures_that_cost_points(stage: f.Stage) -> None:
    f.accepted(stage)
    for number in range(60):
        reference(f"1.1000{number:02}")
    client = browser(stage.leader)

    def ask(indicator: str, **query: Any) -> Any:
        return client.get(reverse("scorecards:index_dossiers", args=[stage.agency_id, indicator]), query)

    first = ask("procedures_online")
    assert first.context["total"] == 60
    assert len(first.context["rows"]) == lost.PAGE
    assert {row.why for row in first.context["rows"]} == {"Chưa ghi mức độ dịch vụ công"}
    assert len(ask("procedures_online", page="3").context["rows"]) == 10
    for odd in ("0", "99", "x", "-1", "²"):
        assert ask("procedures_online", page=odd).status_code == 200
    body = ask("content_complete").content.decode()
    assert "Thiếu: trình tự thực hiện" in body
    assert "Mới có trong danh mục" in body
    assert ask("services_used_online").context["rows"] == []


def test_a_pair_counts_only_what_it_is_of() -> None:
    pair = Pair(frozenset({"a", "b"}), frozenset({"b", "c"}))
    assert pair.share == Share(1, 2)
    assert (pair | Pair(frozenset({"c"}), frozenset({"c"}))).share == Share(2, 3)
