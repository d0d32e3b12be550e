"""A version on its way: who may, in which state, what is kept, what is refused and then unchanged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import SYSTEM, Actor, Grant, Refused, User, create_user
from tinhso.kernel.audit.api import trail
from tinhso.modules.procedures import api, queries
from tinhso.modules.procedures.models import ProcedureVersion
from tinhso.modules.procedures.services import (
    CannotDraft,
    CannotPublish,
    CannotRetire,
    CannotSubmit,
    publish,
    retire,
    save_draft,
    send_back,
    start_draft,
    submit_for_review,
    take_back,
    withdraw,
)
from tinhso.modules.procedures.tests.factories import NOW, make_procedure, make_ward_with_staff, publish_definition
from tinhso.modules.procedures.tests.samples import definition_raw

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def officer(role: str, username: str) -> Actor:
    user = User.objects.filter(username=username).first() or create_user(
        username=username, full_name=username, kind="officer"
    )
    return Actor("officer", username, user.pk, (Grant(role, frozenset({1})),))


@pytest.fixture
def editor() -> Actor:
    return officer("catalogue_editor", "editor")


@pytest.fixture
def approver() -> Actor:
    return officer("catalogue_approver", "approver")


def state(version_id: int) -> str:
    return ProcedureVersion.objects.get(pk=version_id).status


def test_a_version_goes_from_draft_to_force_by_two_people(editor: Actor, approver: Actor) -> None:
    make_ward_with_staff()
    procedure = make_procedure()
    first = publish_definition(procedure)
    version_id = start_draft(procedure_id=procedure.pk, note="Bớt một giờ", actor=editor, now=NOW)
    draft = queries.raw_definition(version_id)
    assert isinstance(draft, dict)
    assert draft == {**definition_raw(), "valid_from": "2026-11-24"}
    seen = ProcedureVersion.objects.get(pk=version_id).definition_digest
    draft["summary"] = "Bạn nhận bản giấy khai sinh."
    save_draft(version_id=version_id, definition=draft, seen=seen, actor=editor, now=NOW)
    submit_for_review(version_id=version_id, actor=editor, now=NOW)
    publish(version_id=version_id, actor=approver, now=NOW)
    row = ProcedureVersion.objects.get(pk=version_id)
    assert (row.status, row.number, row.based_on_id, row.authors) == ("published", 2, first, [editor.user_id])
    assert ProcedureVersion.objects.get(pk=first).valid_until == TODAY
    assert [entry.action for entry in trail(f"procedure:{procedure.pk}")][-4:] == [
        "procedures.start_draft",
        "procedures.save_draft",
        "procedures.submit_for_review",
        "procedures.publish",
    ]


def test_who_wrote_or_submitted_does_not_publish(editor: Actor) -> None:
    procedure = make_procedure()
    version_id = start_draft(procedure_id=procedure.pk, definition=definition_raw(), actor=editor, now=NOW)
    submit_for_review(version_id=version_id, actor=SYSTEM, now=NOW)
    with pytest.raises(Refused):
        publish(version_id=version_id, actor=editor, now=NOW)
    # Even with the other role as well (over another organisation), and in somebody else's absence.
    grants = (*editor.grants, Grant("catalogue_approver", frozenset({2})))
    for both in (
        Actor("officer", "editor", editor.user_id, grants),
        Actor("officer", "deputy", None, grants, on_behalf_of=editor.user_id),
    ):
        with pytest.raises(Refused, match="người duyệt khác"):
            publish(version_id=version_id, actor=both, now=NOW)
    assert state(version_id) == "in_review"


def test_the_database_refuses_publication_by_who_submitted(editor: Actor) -> None:
    version_id = publish_definition(make_procedure())
    with pytest.raises(IntegrityError), transaction.atomic():
        ProcedureVersion.objects.filter(pk=version_id).update(
            submitted_by_id=editor.user_id, published_by_id=editor.user_id
        )


def test_one_draft_of_a_procedure_at_a_time(editor: Actor) -> None:
    procedure = make_procedure()
    start_draft(procedure_id=procedure.pk, definition=definition_raw(), actor=editor, now=NOW)
    with pytest.raises(CannotDraft, match="đã có phiên bản 1"):
        start_draft(procedure_id=procedure.pk, actor=editor, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProcedureVersion.objects.create(procedure=procedure, number=7, valid_from=TODAY, created_at=NOW)


def test_what_another_saved_is_not_overwritten_unseen(editor: Actor) -> None:
    version_id = start_draft(procedure_id=make_procedure().pk, definition=definition_raw(), actor=editor, now=NOW)
    seen = ProcedureVersion.objects.get().definition_digest
    newer = save_draft(
        version_id=version_id, definition=definition_raw(summary="Của A"), seen=seen, actor=editor, now=NOW
    )
    with pytest.raises(CannotDraft, match="vừa được người khác lưu"):
        save_draft(version_id=version_id, definition=definition_raw(summary="Của B"), seen=seen, actor=SYSTEM, now=NOW)
    assert ProcedureVersion.objects.get().definition_digest == newer


def test_a_draft_with_defects_is_kept_but_not_submitted(editor: Actor) -> None:
    raw = definition_raw(levels=["city"], valid_from="mai")
    version_id = start_draft(procedure_id=make_procedure().pk, definition=raw, actor=editor, now=NOW)
    with pytest.raises(CannotSubmit) as caught:
        submit_for_review(version_id=version_id, actor=editor, now=NOW)
    assert {defect.path for defect in caught.value.defects} >= {"/levels/0", "/valid_from"}
    assert (state(version_id), queries.raw_definition(version_id)) == ("draft", raw)


def test_a_draft_of_what_is_known_from_the_catalogue_only_begins_with_its_facts(editor: Actor) -> None:
    procedure = make_procedure()
    ProcedureVersion.objects.create(
        procedure=procedure, number=1, status="published", valid_from=date(2026, 6, 1), levels=["commune"],
        decision="163/QĐ-BTP", time_limit_amount=3, time_limit_unit="working_day", created_at=NOW, published_at=NOW,
    )  # fmt: skip
    raw: Any = queries.raw_definition(start_draft(procedure_id=procedure.pk, actor=editor, now=NOW))
    assert (raw["decision"], raw["competent_level"]) == ("163/QĐ-BTP", "commune")
    assert raw["deadline"]["cases"] == [{"when": None, "amount": 3, "unit": "working_day"}]


def test_sent_back_taken_back_withdrawn(editor: Actor, approver: Actor) -> None:
    procedure = make_procedure()
    version_id = start_draft(procedure_id=procedure.pk, definition=definition_raw(), actor=editor, now=NOW)
    submit_for_review(version_id=version_id, actor=editor, now=NOW)
    with pytest.raises(CannotDraft, match="Ghi lý do"):
        send_back(version_id=version_id, reason=" ", actor=approver, now=NOW)
    assert state(version_id) == "in_review"
    send_back(version_id=version_id, reason="Thiếu phí", actor=approver, now=NOW)
    assert (state(version_id), ProcedureVersion.objects.get().review_note) == ("draft", "Thiếu phí")
    submit_for_review(version_id=version_id, actor=editor, now=NOW)
    with pytest.raises(CannotDraft, match="Chờ duyệt"):
        save_draft(version_id=version_id, definition={}, seen="", actor=editor, now=NOW)
    take_back(version_id=version_id, actor=editor, now=NOW)
    withdraw(version_id=version_id, reason="Làm lại từ đầu", actor=editor, now=NOW)
    assert state(version_id) == "withdrawn"
    with pytest.raises(CannotPublish, match="Đã bỏ"):
        publish(version_id=version_id, actor=approver, now=NOW)
    again = start_draft(procedure_id=procedure.pk, definition=definition_raw(), actor=editor, now=NOW)
    assert ProcedureVersion.objects.get(pk=again).number == 2, "a number is never given twice"


def test_each_step_is_for_those_who_may(editor: Actor, approver: Actor) -> None:
    procedure = make_procedure()
    version_id = start_draft(procedure_id=procedure.pk, definition=definition_raw(), actor=editor, now=NOW)
    refused: list[Callable[[], object]] = [
        lambda: start_draft(procedure_id=procedure.pk, actor=approver, now=NOW),
        lambda: save_draft(version_id=version_id, definition={}, seen="", actor=approver, now=NOW),
        lambda: submit_for_review(version_id=version_id, actor=approver, now=NOW),
        lambda: take_back(version_id=version_id, actor=approver, now=NOW),
        lambda: withdraw(version_id=version_id, reason="x", actor=approver, now=NOW),
        lambda: send_back(version_id=version_id, reason="x", actor=editor, now=NOW),
        lambda: publish(version_id=version_id, actor=editor, now=NOW),
        lambda: retire(version_id=version_id, last_day=TODAY, reason="x", actor=editor, now=NOW),
    ]
    for attempt in refused:
        with pytest.raises(Refused):
            attempt()
    assert state(version_id) == "draft"


def test_a_version_ends_without_a_successor(approver: Actor) -> None:
    version_id = publish_definition(make_procedure())
    with pytest.raises(CannotRetire, match="căn cứ"):
        retire(version_id=version_id, last_day=TODAY, reason="", actor=approver, now=NOW)
    with pytest.raises(CannotRetire, match="trước ngày bắt đầu"):
        retire(version_id=version_id, last_day=date(2020, 1, 1), reason="QĐ 1", actor=approver, now=NOW)
    retire(version_id=version_id, last_day=TODAY, reason="QĐ 1", actor=approver, now=NOW)
    assert api.is_fileable("1.001193", TODAY)
    assert not api.is_fileable("1.001193", date(2026, 11, 24))
    assert api.version(version_id).definition is not None, "dossiers under it go on"
