"""Received at any office of the province for a competent agency elsewhere: who helped, where, who received, who settles
are kept apart."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tinhso.kernel.access.api import Actor, Refused
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer, make_organisation, make_staff
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Draft, Party, Task
from tinhso.modules.dossiers.rules import Channel, PaperKind
from tinhso.modules.dossiers.tests import factories as f
from tinhso.modules.dossiers.tests.test_officer_lists import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> f.Stage:
    return f.make_stage()


def clerk_of_sam_son() -> tuple[int, Actor]:
    parent = get_organisation("H56.103")
    centre = make_organisation("Trung tâm phường Sầm Sơn", "H56.103.01", parent=parent, kind="public_service_centre")
    user = make_officer("samson", "Ngô Thị Sen")
    make_staff(user, centre)
    return centre.pk, give(user, "clerk", centre)


def test_received_there_settled_here(stage: f.Stage) -> None:
    office_id, clerk = clerk_of_sam_son()
    same: dict[str, Any] = {"actor": clerk, "now": f.NOW}
    public_id = dossiers.start(
        version_id=stage.version_id, agency_id=stage.agency_id, channel=Channel.COUNTER, office_id=office_id, **same
    )
    dossiers.save_applicant(public_id=public_id, values=f.APPLICANT, revision=None, keys=(), **same)
    for group, values in f.FORM_DATA.items():
        dossiers.save_group(public_id=public_id, group=group, values=values, revision=None, keys=(), **same)
    sent = dossiers.receive_at_counter(
        public_id=public_id, papers=[dossiers.ReceivedPaper("birth_proof", PaperKind.ORIGINAL, 1)], **same
    )
    dossier = Dossier.objects.get(pk=sent.dossier_id)
    assert (dossier.office_id, dossier.agency_id) == (office_id, stage.agency_id)
    helper = Party.objects.get(dossier=dossier, role=Party.Role.HELPER)
    assert (helper.full_name, helper.place) == ("Ngô Thị Sen", "Trung tâm phường Sầm Sơn")
    step = Task.objects.get(dossier=dossier, finished_at__isnull=True)
    assert step.organisation_id == stage.agency_id


def test_only_for_ones_own_office(stage: f.Stage) -> None:
    office_id, _ = clerk_of_sam_son()
    with pytest.raises(Refused):
        dossiers.start(
            version_id=stage.version_id, agency_id=stage.agency_id, channel=Channel.COUNTER, office_id=office_id,
            actor=stage.clerk, now=f.NOW,
        )  # fmt: skip
    assert not Draft.objects.exists()


def test_the_counter_offers_it(stage: f.Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinhso.kernel.access.web.now", lambda: f.NOW)
    office_id, clerk = clerk_of_sam_son()
    client = browser(clerk)
    begin = reverse("dossiers:counter_begin")
    page = client.get(reverse("dossiers:counter") + "?anywhere=1").content.decode()
    assert "phi địa giới" in page
    chosen = client.post(begin, {"version": stage.version_id, "anywhere": "1", "agency": stage.agency_id})
    assert chosen.status_code == 302, chosen.content.decode()[:500]
    draft = Draft.objects.get()
    assert (draft.office_id, draft.agency_id) == (office_id, stage.agency_id)
