"""Synchronisation with the national database, over HTTP with its stand-in: what differs, what is wrong, what is held."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import NOBODY, SYSTEM, Refused
from tinhso.kernel.audit.api import trail
from tinhso.modules.procedures import api, queries
from tinhso.modules.procedures.models import (
    CatalogueChange,
    NationalRecord,
    Procedure,
    ProcedureOffering,
    ProcedureVersion,
    SyncItem,
    SyncRun,
)
from tinhso.modules.procedures.services import (
    CannotDecide,
    CannotPublish,
    CannotSynchronise,
    advance,
    approve_changes,
    decide_run,
    import_catalogue,
    install_version,
    load_modelled,
    refuse_changes,
    set_offerings,
    start_draft,
    start_run,
)
from tinhso.modules.procedures.tests.factories import NOW, make_committee, publish_definition
from tinhso.modules.procedures.tests.national import Double, national_database
from tinhso.modules.procedures.tests.samples import definition_raw

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
# Birth, death, marital status, change of entries, three attestations, extract, care: what the script of the double touches.
CODES = (
    *("1.001193", "1.000656", "1.004873", "1.004859", "2.000815", "2.000884", "2.000908", "2.000635", "1.001776"),
    *(f"1.0000{number}" for number in ("05", "10", "14", "16")),
)


def catalogue_of(folder: Path, codes: tuple[str, ...]) -> Path:
    with (api.DATA / "procedures.tsv").open(encoding="utf-8", newline="") as stream:
        lines = stream.read().split("\n")
    path = folder / "catalogue.tsv"
    path.write_text("\n".join([lines[0], *(line for line in lines if line.split("\t")[0] in codes)]) + "\n")
    return path


@pytest.fixture
def catalogue(tmp_path: Path) -> None:
    import_catalogue(catalogue_of(tmp_path, CODES), actor=SYSTEM, now=NOW)
    folder = tmp_path / "modelled"
    folder.mkdir()
    for code in ("1.001193", "1.004873", "2.000815", "1.001776", "1.004859", "1.000656"):
        (folder / f"{code}.json").write_bytes((api.DATA / "modelled" / f"{code}.json").read_bytes())
    load_modelled(folder, actor=SYSTEM, now=NOW)


@pytest.fixture
def national(catalogue: None) -> Iterator[Double]:
    codes = {*CODES, "1.019990", "1.019991"}
    with national_database(*sorted(codes)) as double:
        yield double


def read(double: Double, now: datetime = NOW, **options: Any) -> SyncRun:
    run_id = start_run(actor=SYSTEM, now=now)
    advance(run_id=run_id, source=double.source(**options), actor=SYSTEM, now=now)
    return SyncRun.objects.get(pk=run_id)


def waiting() -> dict[str, str]:
    return dict(CatalogueChange.objects.filter(state="open").values_list("code", "kind"))


def approve_all(now: datetime = NOW) -> None:
    approve_changes(
        change_ids=CatalogueChange.objects.filter(state="open").values_list("pk", flat=True), actor=SYSTEM, now=now
    )


def settled_catalogue(double: Double) -> None:
    """The first reading: what the file of the product did not know (papers, legal basis) is taken over."""
    read(double)
    approve_all()


def test_the_first_reading_adds_only_what_was_unknown_and_again_nothing(national: Double) -> None:
    run = read(national)
    assert (run.state, run.total, run.problems, run.doubts) == ("open", len(CODES), [], [])
    assert set(waiting().values()) == {"changed"}
    assert CatalogueChange.objects.filter(is_harmless=False).count() == 0
    every = ProcedureVersion.objects.order_by("pk").values_list("procedure__code", "number", "status", "valid_until")
    before = list(every)
    approve_all()
    assert SyncRun.objects.get().state == "settled"
    again = read(national)
    assert (again.state, CatalogueChange.objects.filter(run=again).count()) == ("settled", 0)
    assert list(every.all()) == before, "more is known, but nothing is different"


def test_what_is_not_touched_is_not_read_again(national: Double) -> None:
    settled_catalogue(national)
    calls = national.calls
    read(national)
    assert national.calls - calls == 2, "a log-in and one page of the list"


def test_a_day_of_the_script_gives_its_change_set(national: Double) -> None:
    settled_catalogue(national)
    national.control.day = 1
    run = read(national)
    assert run.state == "open"
    assert waiting() == {
        "1.000656": "changed", "1.004873": "changed", "2.000815": "changed", "2.000884": "changed",
        "2.000908": "changed", "1.019990": "new", "1.001776": "retired", "1.004859": "retired", "1.019991": "new",
    }  # fmt: skip
    rename = CatalogueChange.objects.get(code="1.000656", state="open")
    assert [(one["key"], one["after"]) for one in rename.fields] == [
        ("name", "Đăng ký khai tử (trong nước)"),
        ("decision", "2101/QĐ-BTP"),
    ]
    assert rename.is_harmless
    term = CatalogueChange.objects.get(code="1.004873", state="open")
    assert not term.is_harmless
    assert {one["key"]: (one["before"], one["after"]) for one in term.fields}["time_limit"] == ("3", "5 Ngày làm việc")
    # Read again before anybody decided: nothing new.
    read(national)
    assert CatalogueChange.objects.filter(state="open").count() == 9
    assert CatalogueChange.objects.filter(state="outdated").count() == 0


def test_approval_makes_dated_versions_and_keeps_what_is_ours(national: Double) -> None:
    settled_catalogue(national)
    birth = Procedure.objects.get(code="1.000656")
    ward = make_committee()
    set_offerings(
        code=birth.code, organisation_ids=[ward.pk], valid_from=date(2026, 1, 1), ground="QĐ 1", actor=SYSTEM, now=NOW
    )
    old = queries.current_version("1.000656", TODAY)
    assert old is not None
    assert old.definition is not None
    national.control.day = 1
    read(national)
    approve_all()
    new = queries.current_version("1.000656", TODAY)
    assert new is not None
    assert new.definition is not None
    assert (new.number, new.valid_from, new.decision) == (old.number + 1, TODAY, "2101/QĐ-BTP")
    assert (new.name, new.procedure.plain_name) == ("Đăng ký khai tử (trong nước)", old.procedure.plain_name)
    for part in ("form", "route", "fees", "papers", "deadline", "results"):
        assert getattr(new.definition, part) == getattr(old.definition, part), part
    kept = queries.version(old.id)
    assert kept is not None
    assert (kept.name, kept.valid_until) == ("Thủ tục đăng ký khai tử", TODAY - timedelta(days=1))
    assert kept.definition == old.definition, "dossiers under it go on by it"
    assert ProcedureOffering.objects.filter(procedure=birth, valid_until__isnull=True).count() == 1
    assert "procedures.decide_change" in [entry.action for entry in trail(f"procedure:{birth.pk}")]
    # New ones stand in the catalogue for reference until somebody models them.
    made = queries.current_version("1.019990", TODAY)
    assert made is not None
    assert (made.fileable, made.definition, made.valid_from) == (False, None, TODAY)
    assert read(national).state == "settled"


def test_a_term_that_tells_cases_apart_goes_to_an_editor(national: Double) -> None:
    settled_catalogue(national)
    before = queries.current_version("1.004873", TODAY)
    national.control.day = 1
    read(national)
    approve_all()
    change = CatalogueChange.objects.get(code="1.004873", kind="changed", state="drafted")
    assert change.version is not None
    assert (change.version.status, change.version.valid_from) == ("draft", date(2026, 12, 1))
    assert "thời hạn giải quyết" in change.version.review_note
    assert "Thời hạn giải quyết: 3 → 5 Ngày làm việc" in change.version.change_note
    assert queries.current_version("1.004873", TODAY) == before, "what people meet stays until somebody has looked"
    assert read(national).state == "settled", "and it is not asked again"


def test_a_plain_term_is_carried_over_and_shorter_than_the_route_goes_to_an_editor(national: Double) -> None:
    settled_catalogue(national)
    procedure = Procedure.objects.get(code="2.000908")
    cases = {"cases": [{"when": None, "amount": 2, "unit": "working_day"}]}
    publish_definition(procedure, definition_raw(deadline=cases))
    record = national.records["2.000908"]
    national.records["2.000908"] = {**record, "THOIHAN": "4 Ngày làm việc", "NGAYCAPNHAT": "20261121000000"}
    read(national)
    approve_all()
    current = queries.current_version("2.000908", TODAY)
    assert current is not None
    assert current.definition is not None
    assert current.definition.deadline is not None
    assert current.definition.deadline[0].term.amount == 4
    # Now nothing fits any more: the route takes six hours.
    route = definition_raw(deadline={"cases": [{"when": None, "amount": 4, "unit": "working_day"}]})
    route["route"]["steps"][0]["hours"] = 20
    later = NOW + timedelta(days=1)
    publish_definition(procedure, {**route, "valid_from": later.date().isoformat()}, now=later)
    national.records["2.000908"] = {**record, "THOIHAN": "1 Ngày làm việc", "NGAYCAPNHAT": "20261122000000"}
    read(national, now=later)
    approve_all(later)
    change = CatalogueChange.objects.get(code="2.000908", state="drafted")
    assert change.version is not None
    assert change.version.status == "draft"


def test_an_open_draft_goes_on_from_the_new_facts(national: Double) -> None:
    settled_catalogue(national)
    procedure = Procedure.objects.get(code="1.000656")
    draft = start_draft(procedure_id=procedure.pk, actor=SYSTEM, now=NOW)
    national.control.day = 1
    read(national)
    approve_all()
    row = ProcedureVersion.objects.get(pk=draft)
    raw: Any = queries.raw_definition(draft)
    current = queries.current_version("1.000656", TODAY)
    assert current is not None
    assert (row.status, raw["decision"], row.based_on_id) == ("draft", "2101/QĐ-BTP", current.id)
    assert "vừa đổi thủ tục này" in row.review_note


def test_what_is_retired_is_not_offered_not_found_not_startable(national: Double) -> None:
    settled_catalogue(national)
    old = queries.current_version("1.001776", TODAY)
    assert old is not None
    assert old.fileable
    draft = start_draft(procedure_id=old.procedure.id, actor=SYSTEM, now=NOW)
    national.control.day = 1
    read(national)
    approve_all()
    assert queries.current_version("1.001776", TODAY) is None
    assert not api.is_fileable("1.001776", TODAY)
    assert "1.001776" not in {one.code for one in api.fileable_versions(TODAY)}
    for scope in ("offered", "fileable", "all"):
        found = queries.search(queries.Search(text="1.001776", scope=scope), on=TODAY)  # type: ignore[arg-type]
        assert found.total == 0
    assert "1.001776" not in {one.code for one in queries.examples(on=TODAY)}
    procedure = Procedure.objects.get(code="1.001776")
    assert procedure.retired_on == TODAY
    assert ProcedureVersion.objects.get(pk=draft).status == "withdrawn"
    assert api.version(old.id).definition is not None, "its dossiers go on"
    replaced = Procedure.objects.select_related("replaced_by").get(code="1.004859")
    assert replaced.replaced_by is not None
    assert replaced.replaced_by.code == "1.019991"


def test_nothing_brings_a_retired_procedure_back_by_the_way(national: Double, tmp_path: Path) -> None:
    settled_catalogue(national)
    national.control.day = 1
    read(national)
    approve_all()
    procedure = Procedure.objects.get(code="1.001776")
    # The database itself.
    with pytest.raises(IntegrityError), transaction.atomic():
        ProcedureVersion.objects.create(
            procedure=procedure, number=90, status="published", valid_from=TODAY, created_at=NOW, published_at=NOW
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        ProcedureVersion.objects.filter(procedure=procedure, status="published").update(valid_until=None)
    # A new start of the program with its own file and models; a draft that somebody publishes.
    import_catalogue(tmp_path / "catalogue.tsv", actor=SYSTEM, now=NOW)
    load_modelled(tmp_path / "modelled", actor=SYSTEM, now=NOW)
    assert queries.current_version("1.001776", TODAY) is None
    renamed = queries.current_version("1.000656", TODAY)
    assert renamed is not None
    assert renamed.name == "Đăng ký khai tử (trong nước)", "the file of the product is older than the national word"
    with pytest.raises(CannotPublish, match="đã bị bãi bỏ"):
        install_version(procedure_id=procedure.pk, definition=definition_raw(), actor=SYSTEM, now=NOW)


def test_a_procedure_that_comes_back_is_new_again(national: Double) -> None:
    settled_catalogue(national)
    national.control.day = 1
    read(national)
    approve_all()
    national.control.day = 0
    later = NOW + timedelta(days=3)
    read(national, now=later)
    assert waiting()["1.001776"] == "new"
    approve_all(later)
    back = queries.current_version("1.001776", later.date())
    assert back is not None
    assert (back.valid_from, back.definition, back.procedure.plain_name != "") == (later.date(), None, True)


def test_a_list_that_shrinks_over_night_is_held_and_says_why(national: Double) -> None:
    settled_catalogue(national)
    national.control.fault = "shrunk"
    run = read(national)
    assert run.state == "held"
    assert any("Danh sách chỉ còn 2 thủ tục, trong khi đang áp dụng 13" in doubt for doubt in run.doubts)
    with pytest.raises(CannotDecide, match="tạm giữ"):
        approve_all()
    assert Procedure.objects.filter(retired_on__isnull=False).count() == 0
    with pytest.raises(CannotSynchronise, match="Ghi lý do"):
        decide_run(run_id=run.pk, believe=False, reason=" ", actor=SYSTEM, now=NOW)
    decide_run(run_id=run.pk, believe=False, reason="Nguồn xác nhận lỗi", actor=SYSTEM, now=NOW)
    assert waiting() == {}
    national.control.fault = ""
    assert read(national).state == "settled"


def test_a_held_run_may_be_believed(national: Double) -> None:
    settled_catalogue(national)
    national.control.fault = "shrunk"
    run = read(national)
    decide_run(run_id=run.pk, believe=True, reason="Bộ đã bãi bỏ theo QĐ 99", actor=SYSTEM, now=NOW)
    approve_all()
    assert Procedure.objects.filter(retired_on__isnull=False).count() == 11
    assert trail(f"catalogue:{run.pk}")[-1].action in ("procedures.decide_run", "procedures.decide_change")


def test_a_later_good_reading_takes_the_place_of_a_held_one(national: Double) -> None:
    settled_catalogue(national)
    national.control.fault = "empty"
    held = read(national)
    assert held.state == "held"
    national.control.fault = ""
    assert read(national).state == "settled"
    held.refresh_from_db()
    assert (held.state, waiting()) == ("discarded", {})


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("dates", "hết hiệu lực 01/01/2025 trước khi có hiệu lực 01/12/2026"),
        ("missing", "thiếu TENTTHC"),
    ],
)
def test_one_wrong_answer_is_told_and_stops_no_other(catalogue: None, fault: str, problem: str) -> None:
    with national_database(*CODES) as double:
        double.control.fault = fault
        run = read(double)
        assert any(problem in one for one in run.problems), run.problems
        told = {one.split(":")[0] for one in run.problems if problem in one}
        assert not told & set(waiting())
        assert len(waiting()) + len(told) >= 5
        gone = CatalogueChange.objects.filter(kind="retired").count()
        assert run.state == ("held" if gone else "open"), "unread is not gone"


def test_a_code_that_comes_twice_with_two_dates_is_told(national: Double) -> None:
    settled_catalogue(national)
    national.control.fault = "duplicates"
    run = read(national)
    assert [one for one in run.problems if "có hai lần trong danh sách" in one]
    assert waiting() == {}


def test_tags_in_texts_do_not_come_through(national: Double) -> None:
    settled_catalogue(national)
    for code, record in national.records.items():
        if code in CODES:
            national.records[code] = {**record, "NGAYCAPNHAT": "20261121000000"}
    national.control.fault = "html"
    assert read(national).state == "settled", "the same words, so nothing changed"
    names = NationalRecord.objects.values_list("content", flat=True)
    assert not [content["name"] for content in names if "<" in content["name"]]


@pytest.mark.parametrize("fault", ["malformed", "down"])
def test_when_the_other_side_is_down_the_run_waits_and_gives_up_at_last(national: Double, fault: str) -> None:
    if fault == "down":
        national.control.down = True
    else:
        national.control.fault = fault
    now, pauses = NOW, []
    run = read(national)
    assert run.state == "fetching"
    while run.state == "fetching":
        assert run.next_try_at is not None
        pauses.append(round((run.next_try_at - now).total_seconds() / 60))
        # Too early: nobody asks.
        calls = national.calls
        assert not advance(run_id=run.pk, source=national.source(), actor=SYSTEM, now=now)
        assert national.calls == calls
        now = run.next_try_at
        advance(run_id=run.pk, source=national.source(), actor=SYSTEM, now=now)
        run.refresh_from_db()
    assert pauses == [1, 2, 4, 8, 16, 32, 60]
    assert run.state == "failed"
    assert run.last_error
    assert not CatalogueChange.objects.exists()
    national.control.down, national.control.fault = False, ""
    assert read(national).state == "open"


def test_a_run_goes_on_where_it_stopped(national: Double) -> None:
    run_id = start_run(actor=SYSTEM, now=NOW)
    ticks = iter(range(1000))
    # The clock runs a second with each look: a slice of three seconds reads only a few.
    done = advance(run_id=run_id, source=national.source(), actor=SYSTEM, now=NOW, seconds=3, clock=lambda: next(ticks))
    assert not done
    read_once = SyncItem.objects.filter(run_id=run_id, is_read=True).count()
    assert 0 < read_once < len(CODES)
    national.control.down = True
    assert not advance(run_id=run_id, source=national.source(), actor=SYSTEM, now=NOW)
    assert SyncItem.objects.filter(run_id=run_id, is_read=True).count() == read_once
    national.control.down = False
    calls = national.calls
    later = NOW + timedelta(minutes=2)
    assert advance(run_id=run_id, source=national.source(), actor=SYSTEM, now=later)
    assert national.calls - calls == len(CODES) - read_once + 1
    start_run(actor=SYSTEM, now=later)
    with pytest.raises(CannotSynchronise, match="đang chạy"):
        start_run(actor=SYSTEM, now=later)


def test_a_session_that_runs_out_is_renewed(national: Double) -> None:
    national.control.fault = "session"
    assert read(national).state == "open"


def test_a_wrong_password_is_told_without_being_shown(national: Double) -> None:
    run = read(national, password="bi-mat-sai")
    assert (run.state, "không đăng nhập được" in run.last_error) == ("fetching", True)
    assert "bi-mat" not in run.last_error


def test_too_slow_counts_as_down(national: Double) -> None:
    national.control.delay = 0.5
    run = read(national, seconds=0.1)
    assert (run.state, "ReadTimeoutError" in run.last_error) == ("fetching", True)


def test_what_was_refused_is_not_asked_again_until_it_changes(national: Double) -> None:
    settled_catalogue(national)
    national.control.day = 1
    read(national)
    change = CatalogueChange.objects.get(code="1.001776", state="open")
    with pytest.raises(CannotDecide, match="Ghi lý do"):
        refuse_changes(change_ids=[change.pk], reason="", actor=SYSTEM, now=NOW)
    refuse_changes(change_ids=[change.pk], reason="Tỉnh còn 3 hồ sơ, chờ văn bản", actor=SYSTEM, now=NOW)
    assert api.is_fileable("1.001776", TODAY)
    read(national)
    assert "1.001776" not in waiting()
    approve_all()
    assert read(national).state == "settled"


def test_only_who_may() -> None:
    for attempt in (
        lambda: start_run(actor=NOBODY, now=NOW),
        lambda: approve_changes(change_ids=[], actor=NOBODY, now=NOW),
        lambda: refuse_changes(change_ids=[], reason="x", actor=NOBODY, now=NOW),
        lambda: decide_run(run_id=1, believe=True, reason="x", actor=NOBODY, now=NOW),
    ):
        with pytest.raises(Refused):
            attempt()


def test_the_whole_real_catalogue_is_the_same_on_both_sides(catalogue: None, tmp_path: Path) -> None:
    import_catalogue(api.DATA / "procedures.tsv", actor=SYSTEM, now=NOW)
    with national_database() as double:
        run = read(double)
    assert (run.state, run.total, run.problems) == ("open", 3591, [])
    assert CatalogueChange.objects.count() == 36
    keys = {one["key"] for change in CatalogueChange.objects.all() for one in change.fields}
    assert keys == {"papers", "results", "legal_basis"}
    with (api.DATA / "procedures.tsv").open(encoding="utf-8", newline="") as stream:
        codes = {row["code"] for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)}
    assert set(NationalRecord.objects.exclude(stamp="").values_list("code", flat=True)) == codes - set(waiting())
