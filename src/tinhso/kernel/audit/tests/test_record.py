"""Recording: one short write in the transaction of the change."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from tinhso.kernel.access.api import SYSTEM, Actor
from tinhso.kernel.audit.api import Change, record, record_look, record_many, verify_object
from tinhso.kernel.audit.models import Entry, ObjectHead
from tinhso.kernel.clock import VIETNAM

NOW = datetime(2026, 11, 23, 9, 15, 0, 123456, tzinfo=VIETNAM)


def put(ref: str = "dossier:1", action: str = "dossiers.accept", **more: object) -> int:
    return record(who=SYSTEM, action=action, object_ref=ref, now=NOW, **more)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_entries_of_one_object_are_linked() -> None:
    put()
    put(action="dossiers.forward", reason="Trình lãnh đạo", before={"state": 2}, after={"state": 4})
    put("dossier:2")
    first, second = Entry.objects.filter(object_ref="dossier:1").order_by("id")
    assert (first.object_number, first.prev_object_digest) == (1, "")
    assert (second.object_number, second.prev_object_digest) == (2, first.digest)
    assert ObjectHead.objects.get(pk="dossier:1").digest == second.digest
    assert second.after == '{"state":4}'


@pytest.mark.django_db
def test_recording_costs_one_select_and_one_insert(django_assert_num_queries) -> None:
    put()
    with django_assert_num_queries(2):
        put()


@pytest.mark.django_db
def test_a_look_is_written_once_a_day_and_person_and_action(django_assert_num_queries) -> None:
    def look(ref: str = "dossier:1", action: str = "post.look", who: Actor = SYSTEM, days: int = 0) -> None:
        record_look(who=who, action=action, object_ref=ref, now=NOW + timedelta(days=days))

    for _ in range(2):
        look()
    look(days=1)
    look("dossier:2")
    look(action="payments.look")
    look(who=replace(SYSTEM, user_id=7))
    assert Entry.objects.count() == 5
    with django_assert_num_queries(1):
        look()


@pytest.mark.django_db(transaction=True)
def test_recording_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError):
        put()
    with transaction.atomic():
        put()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "bad",
    [
        {"ref": "dossier"},
        {"ref": "Hồ sơ:1"},
        {"ref": "dossier:" + "9" * 200},
        {"action": "accept"},
        {"after": {"at": NOW}},
        {"after": {"x": float("nan")}},
        {"after": {"x": "\ud800"}},
        {"after": {"x": "a" * 300_000}},
    ],
)
def test_malformed_entries_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"object_ref|action|state|JSON"):
        put(**bad)
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_hostile_texts_are_kept_readable() -> None:
    put(reason="a\0b\ud800<script>", after={"note": "x\0y"})
    entry = Entry.objects.get()
    assert entry.reason == "a�b?<script>"
    assert entry.after == '{"note":"x\\u0000y"}'


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        lambda: Entry.objects.update(reason="khác"),
        lambda: Entry.objects.update(seq=1),
        lambda: Entry.objects.all().delete(),
        lambda: ObjectHead.objects.update(digest=""),
        lambda: ObjectHead.objects.all().delete(),
        lambda: Entry.objects.create(
            object_ref="dossier:1",
            object_number=5,
            recorded_us=1,
            who_kind="x",
            who_label="x",
            action="x.y",
            digest="z",
        ),
    ],
)
def test_the_database_refuses_to_change_the_trail(change) -> None:
    put()
    with pytest.raises(DatabaseError), transaction.atomic():
        change()
    assert Entry.objects.count() == 1


@pytest.mark.django_db
def test_one_change_of_many_objects_links_each_to_its_own_chain(django_assert_max_num_queries) -> None:
    put("dossier:7")
    refs = [f"dossier:{number}" for number in range(1, 300)]
    changes = [Change(ref, {"agency": "A"}, {"agency": "B"}) for ref in refs]
    with django_assert_max_num_queries(10):
        assert record_many(who=SYSTEM, action="dossiers.inherit", changes=changes, reason="Nghị quyết", now=NOW) == 299
    assert all(verify_object(ref).ok for ref in ("dossier:1", "dossier:7", "dossier:299"))
    assert Entry.objects.filter(object_ref="dossier:7").count() == 2
    put("dossier:7")
    assert verify_object("dossier:7").count == 3


@pytest.mark.django_db
def test_an_object_stands_once_in_a_change_of_many() -> None:
    with pytest.raises(ValueError, match="twice"):
        record_many(who=SYSTEM, action="dossiers.inherit", changes=[Change("dossier:1"), Change("dossier:1")], now=NOW)
    assert not Entry.objects.exists()
