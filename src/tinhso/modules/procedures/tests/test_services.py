from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import NOBODY, SYSTEM, Refused
from tinhso.kernel.audit.api import trail
from tinhso.kernel.events.api import drain, forget, subscribe
from tinhso.modules.procedures import api, queries
from tinhso.modules.procedures.events import ProcedureVersionPublished
from tinhso.modules.procedures.models import Procedure, ProcedureOffering, ProcedureVersion
from tinhso.modules.procedures.services import (
    CannotImport,
    CannotLoad,
    CannotPublish,
    CannotSubmit,
    import_catalogue,
    load_modelled,
    publish,
    set_offerings,
    start_draft,
    submit_for_review,
)
from tinhso.modules.procedures.services.loading import problems_of_file
from tinhso.modules.procedures.tests.factories import NOW, make_committee, make_procedure, publish_definition
from tinhso.modules.procedures.tests.samples import ANSWERS, definition_raw

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
HEADER = "code\tname\tfield\tlevel\tagency\ttime_limit\tfee\tonline_level\tchannels\tministry\tdecision\tportal_url\tas_of\tremark"


def catalogue(folder: Path, *rows: str) -> Path:
    path = folder / "catalogue.tsv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def line(
    code: str = "1.001193", name: str = "Thủ tục đăng ký khai sinh", level: str = "xã", time: str = "1 Ngày"
) -> str:
    return f"{code}\t{name}\tHộ tịch\t{level}\t\t{time}\tMiễn phí\ttoàn trình\tTrực tuyến\tBộ Tư pháp\t163/QĐ-BTP\t\t2026-06/07\t"


def test_the_whole_catalogue_is_imported_and_again_without_effect(django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(216):
        report = import_catalogue(api.DATA / "procedures.tsv", actor=SYSTEM, now=NOW)
    assert (report.procedures, report.new_versions, report.replaced_versions) == (3591, 3591, 0)
    counts = queries.counts(on=TODAY)
    assert (counts.total, counts.offered, counts.fileable) == (3591, 2032, 0)
    again = import_catalogue(api.DATA / "procedures.tsv", actor=SYSTEM, now=NOW)
    assert again.new_versions == 0
    found = queries.search(queries.Search(text="dang ky khai sinh"), on=TODAY)
    assert found.rows[0].code == "1.001193"


def test_a_changed_row_makes_a_new_reference_version(tmp_path: Path) -> None:
    import_catalogue(catalogue(tmp_path, line()), actor=SYSTEM, now=NOW)
    report = import_catalogue(catalogue(tmp_path, line(time="2 Ngày")), actor=SYSTEM, now=NOW)
    assert (report.new_versions, report.replaced_versions) == (1, 1)
    version = api.current_version("1.001193", TODAY)
    assert version is not None
    assert (version.number, version.time_limit_amount, version.fileable) == (2, 2, False)
    assert len(trail("catalogue:procedures")) == 2


def test_every_wrong_row_is_told_and_nothing_is_imported(tmp_path: Path) -> None:
    path = catalogue(tmp_path, line(), line(level="thôn", code="1.1"), line(), "2.2\t\t")
    with pytest.raises(CannotImport) as caught:
        import_catalogue(path, actor=SYSTEM, now=NOW)
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["Dòng 3", "Dòng 4", "Dòng 5"]
    assert not Procedure.objects.exists()
    (tmp_path / "catalogue.tsv").write_text("code\tname\n")
    with pytest.raises(CannotImport, match="Thiếu cột"):
        import_catalogue(path, actor=SYSTEM, now=NOW)


def test_only_who_may_imports_and_publishes(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        import_catalogue(catalogue(tmp_path, line()), actor=NOBODY, now=NOW)
    version_id = start_draft(procedure_id=make_procedure().pk, definition=definition_raw(), actor=SYSTEM, now=NOW)
    with pytest.raises(Refused):
        publish(version_id=version_id, actor=NOBODY, now=NOW)
    with pytest.raises(Refused):
        load_modelled(tmp_path, actor=NOBODY, now=NOW)
    with pytest.raises(Refused):
        set_offerings(code="1.001193", organisation_ids=[], valid_from=TODAY, ground="", actor=NOBODY, now=NOW)
    assert ProcedureVersion.objects.get().status == "draft"


def test_a_published_version_answers_what_a_dossier_asks() -> None:
    version_id = publish_definition(make_procedure())
    version = api.version(version_id)
    assert version.fileable
    assert version.definition is not None
    assert api.is_fileable("1.001193", TODAY)
    assert not api.is_fileable("9.9", TODAY)
    fees = api.fees_for(version_id, ANSWERS, "online")
    assert fees is not None
    assert fees.total == 16000
    assert [paper.key for paper in api.papers_for(version_id, ANSWERS)] == ["birth_proof"]
    term = api.deadline_rule_for(version_id, ANSWERS)
    assert term is not None
    assert term.amount == 1
    with pytest.raises(api.UnknownVersion):
        api.version(0)


def test_a_definition_read_once_is_not_read_again(django_assert_num_queries) -> None:
    version_id = publish_definition(make_procedure())
    first = api.version(version_id)
    with django_assert_num_queries(1):
        assert api.version(version_id) == first
    with django_assert_num_queries(0):
        assert api.definition(version_id, digest=first.definition_digest) is first.definition


def test_publishing_is_refused_with_every_defect() -> None:
    raw = definition_raw(levels=["city"], papers=[{"key": "a", "name": ""}])
    version_id = start_draft(procedure_id=make_procedure().pk, definition=raw, actor=SYSTEM, now=NOW)
    with pytest.raises(CannotSubmit) as caught:
        submit_for_review(version_id=version_id, actor=SYSTEM, now=NOW)
    assert {defect.path for defect in caught.value.defects} >= {"/levels/0", "/papers/0/name"}
    assert ProcedureVersion.objects.get().status == "draft"
    assert not api.is_fileable("1.001193", TODAY)


def test_the_order_of_questions_is_kept() -> None:
    version_id = publish_definition(make_procedure())
    raw = queries.raw_definition(version_id)
    assert raw == definition_raw()
    assert json.dumps(raw) == json.dumps(definition_raw()), "a database that sorts keys would mix up the questions"


def test_a_version_is_published_once() -> None:
    version_id = publish_definition(make_procedure())
    with pytest.raises(CannotPublish, match="Chỉ phiên bản đã trình duyệt"):
        publish(version_id=version_id, actor=SYSTEM, now=NOW)


def test_publishing_is_recorded_and_announced() -> None:
    heard: list[ProcedureVersionPublished] = []
    subscribe(ProcedureVersionPublished, name="tests.heard")(lambda event, context: heard.append(event))
    try:
        procedure = make_procedure()
        publish_definition(procedure)
        assert [entry.action for entry in trail(f"procedure:{procedure.pk}")] == [
            "procedures.start_draft",
            "procedures.publish",
        ]
        drain(NOW)
    finally:
        forget(name="tests.heard")
    assert [(event.procedure_code, event.number, event.fileable) for event in heard] == [("1.001193", 1, True)]


def test_the_next_version_ends_the_one_before_the_day_before() -> None:
    procedure = make_procedure()
    first = publish_definition(procedure)
    second = publish_definition(procedure, definition_raw(valid_from="2027-01-01"))
    now_valid, then_valid = api.current_version("1.001193", TODAY), api.current_version("1.001193", date(2027, 1, 1))
    assert now_valid is not None
    assert then_valid is not None
    assert (now_valid.id, now_valid.valid_until, then_valid.id) == (first, date(2026, 12, 31), second)


def test_a_version_of_the_same_day_replaces_and_the_old_one_stays_readable() -> None:
    procedure = make_procedure()
    first = publish_definition(procedure)
    second = publish_definition(procedure, definition_raw(summary="Nói rõ hơn."))
    current = api.current_version("1.001193", TODAY)
    assert current is not None
    assert current.id == second
    old = api.version(first)
    assert (old.status, old.definition is not None) == ("retired", True)


def test_an_earlier_version_cannot_come_after_a_later_one() -> None:
    procedure = make_procedure()
    publish_definition(procedure, definition_raw(valid_from="2026-01-01"))
    with pytest.raises(CannotPublish, match="sớm hơn"):
        publish_definition(procedure, definition_raw(valid_from="2025-01-01"))


def test_the_database_itself_refuses_two_versions_in_force_at_once() -> None:
    procedure = make_procedure()
    publish_definition(procedure)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProcedureVersion.objects.create(
            procedure=procedure,
            number=9,
            status="published",
            valid_from=date(2026, 5, 1),
            created_at=NOW,
            published_at=NOW,
        )


def test_modelled_files_are_loaded_over_the_catalogue_and_again_without_effect(tmp_path: Path) -> None:
    import_catalogue(catalogue(tmp_path, line()), actor=SYSTEM, now=NOW)
    folder = tmp_path / "modelled"
    folder.mkdir()
    raw = {"code": "1.001193", "plain_name": "Khai sinh cho con", "life_event": "birth", "version": definition_raw()}
    (folder / "1.001193.json").write_text(json.dumps(raw), encoding="utf-8")
    assert load_modelled(folder, actor=SYSTEM, now=NOW).published == ("1.001193",)
    again = load_modelled(folder, actor=SYSTEM, now=NOW)
    assert (again.published, again.unchanged) == ((), ("1.001193",))
    version = api.current_version("1.001193", TODAY)
    assert version is not None
    assert (version.number, version.fileable, version.title) == (2, True, "Khai sinh cho con")
    # What the catalogue alone knew goes on with the defined version.
    assert version.time_limit_text == "1 Ngày"
    # And a new import leaves both the plain name and the defined version in place.
    import_catalogue(catalogue(tmp_path, line(time="3 Ngày")), actor=SYSTEM, now=NOW)
    assert api.current_version("1.001193", TODAY) == version
    found = queries.search(queries.Search(text="khai sinh cho con"), on=TODAY)
    assert [row.code for row in found.rows] == ["1.001193"]


def test_one_wrong_file_keeps_all_out(tmp_path: Path) -> None:
    good = {"code": "1.1", "plain_name": "A", "life_event": "birth", "version": definition_raw()}
    (tmp_path / "a.json").write_text(json.dumps(good))
    (tmp_path / "b.json").write_text(json.dumps({**good, "life_event": "party", "extra": 1, "version": {}}))
    (tmp_path / "c.json").write_text("{")
    with pytest.raises(CannotLoad) as caught:
        load_modelled(tmp_path, actor=SYSTEM, now=NOW)
    assert any("b.json: /life_event" in problem for problem in caught.value.problems)
    assert any("c.json: không đọc được JSON" in problem for problem in caught.value.problems)
    assert not Procedure.objects.exists()


@pytest.mark.parametrize("path", sorted((api.DATA / "modelled").glob("*.json")), ids=lambda path: path.stem)
def test_every_modelled_file_is_without_defect_and_its_samples_pass(path: Path) -> None:
    assert problems_of_file(path) == []
    raw = json.loads(path.read_text(encoding="utf-8"))
    form = raw["version"]["form"]
    for sample in raw.get("samples", ()):
        context = {"applicant": sample.get("applicant", {})}
        kept, errors = api.clean(form, sample["data"], today=TODAY, context=context)
        assert errors == {}, sample["name"]
        assert kept == sample["data"], sample["name"]


@pytest.mark.parametrize("kind", ["other", "department"])
def test_what_an_agency_outside_or_an_unnamed_department_settles_has_no_agency_here(kind: str) -> None:
    version_id = publish_definition(make_procedure(), definition_raw(competent_kind=kind))
    assert api.agencies_offering(version_id, TODAY) == ()
    assert api.version(version_id).fileable is (kind == "department")


def test_the_packaged_catalogue_is_loaded_and_again_without_effect() -> None:
    department = make_committee("Sở Nông nghiệp và Môi trường", "H56.23", level="province", kind="department")
    imported, loaded = api.load_reference_catalogue(actor=SYSTEM, now=NOW)
    assert imported.procedures == 3591
    assert len(loaded.published) >= 20
    land = api.current_version("1.012783", TODAY)
    assert land is not None
    assert [one.id for one in api.agencies_offering(land.id, TODAY)] == [department.pk]
    imported, loaded = api.load_reference_catalogue(actor=SYSTEM, now=NOW)
    assert (imported.new_versions, loaded.published) == (0, ())
    assert ProcedureOffering.objects.count() == 3


def test_offerings_are_dated() -> None:
    procedure = make_procedure()
    version_id = publish_definition(procedure)
    agencies = [
        make_committee("Ủy ban nhân dân xã Bá Thước", "H56.901"),
        make_committee("Ủy ban nhân dân phường An Hưng", "H56.902"),
    ]
    assert [one.code for one in api.agencies_offering(version_id, TODAY)] == ["H56.902", "H56.901"]
    change = {"code": procedure.code, "ground": "QĐ 1", "actor": SYSTEM, "now": NOW}
    set_offerings(organisation_ids=[agencies[0].pk], valid_from=date(2026, 1, 1), **change)
    assert [one.code for one in api.agencies_offering(version_id, TODAY)] == ["H56.901"]
    set_offerings(organisation_ids=[agencies[1].pk], valid_from=date(2027, 1, 1), **change)
    set_offerings(organisation_ids=[agencies[1].pk], valid_from=date(2027, 1, 1), **change)
    assert ProcedureOffering.objects.count() == 2
    assert [one.code for one in api.agencies_offering(version_id, TODAY)] == ["H56.901"]
    assert [one.code for one in api.agencies_offering(version_id, date(2027, 2, 1))] == ["H56.902"]
