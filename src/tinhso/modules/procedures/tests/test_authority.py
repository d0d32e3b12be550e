"""Which procedures an agency settles, and what their public content lacks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tinhso.modules.directory.tests.factories import get_organisation, make_organisation, make_province
from tinhso.modules.procedures.api import Authority, authority
from tinhso.modules.procedures.models import NationalRecord, ProcedureOffering, ProcedureVersion
from tinhso.modules.procedures.rules.authority import PARTS, is_for_people, is_named, missing_of, missing_of_texts
from tinhso.modules.procedures.tests.factories import NOW, make_procedure, publish_definition
from tinhso.modules.procedures.tests.samples import definition_raw

TODAY = NOW.date()
COMMUNE = {"kind": "people_committee", "level": "commune", "name": "UBND phường Hạc Thành"}
SOME_DEPARTMENT = {"kind": "department", "level": "province", "name": "Sở Xây dựng tỉnh Thanh Hóa"}


def reference(
    code: str, *, agency: str = "", valid_from: date = date(2026, 1, 1), **values: object
) -> ProcedureVersion:
    flags = {key: values.pop(key) for key in ("at_commune", "at_province") if key in values}
    procedure = make_procedure(code, f"Thủ tục {code}", **flags)
    return ProcedureVersion.objects.create(
        procedure=procedure, number=1, status="published", valid_from=valid_from, agency=agency, created_at=NOW,
        published_at=NOW, **values,
    )  # fmt: skip


def held(found: Authority, code: str) -> frozenset[str]:
    return found.of.get(get_organisation(code).pk, frozenset())


@pytest.mark.parametrize(
    ("text", "agency", "expected"),
    [
        ("", COMMUNE, True),
        ("Không có thông tin", COMMUNE, True),
        ("Chủ tịch UBND cấp xã", COMMUNE, True),
        ("Sở Xây dựng, Uỷ ban Nhân dân cấp xã, phường, thị trấn", COMMUNE, True),
        ("Chi cục Hải quan khu vực", COMMUNE, False),
        ("Công an cấp Xã", COMMUNE, False),
        ("Ủy ban nhân dân cấp tỉnh", COMMUNE, False),
        ("Công an cấp Xã", {**COMMUNE, "kind": "police"}, True),
        ("Sở Xây dựng, Uỷ ban Nhân dân cấp xã, phường, thị trấn", SOME_DEPARTMENT, True),
        ("Sở Tư pháp", SOME_DEPARTMENT, False),
        ("Sở Xây dựng Thành phố Hà Nội", SOME_DEPARTMENT, False),
        ("", SOME_DEPARTMENT, False),
        ("Chủ tịch ủy ban nhân dân cấp tỉnh", {**SOME_DEPARTMENT, "kind": "people_committee"}, True),
        ("Cơ quan do Ủy ban nhân dân cấp tỉnh chỉ định", {**SOME_DEPARTMENT, "kind": "people_committee"}, False),
    ],
)
def test_the_catalogues_words_for_an_agency(text: str, agency: dict[str, str], expected: bool) -> None:
    assert is_named(text, at_province=True, at_commune=True, own_city="Thanh Hóa", **agency) is expected
    assert not is_named(text, at_province=False, at_commune=False, **agency)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Công dân Việt Nam; cơ quan, tổ chức", True),
        ("Cá nhân, hộ gia đình", True),
        ("Doanh nghiệp, hợp tác xã", False),
        ("Đơn vị tổ chức lễ hội", False),
        ("", None),
    ],
)
def test_whether_people_may_apply(text: str, expected: bool | None) -> None:
    assert is_for_people(text) is expected


def test_what_of_the_seven_parts_is_missing() -> None:
    whole = definition_raw(steps_text=["Nộp hồ sơ"], who_may_apply="Công dân Việt Nam")
    assert missing_of(whole, name="A") == ()
    for key, part in (
        ("channels", "channels"),
        ("papers", "papers"),
        ("deadline", "time_limit"),
        ("who_may_apply", "applicants"),
    ):
        assert missing_of({**whole, key: None}, name="A") == (part,)
    assert missing_of({}, name="") == tuple(PARTS)
    texts = {"name": "A", "agency": "Không có thông tin", "channels": ["online"], "time_limit": "3 ngày"}
    assert missing_of_texts(content=None, **texts) == ("steps", "papers", "applicants", "agency")
    assert missing_of_texts(content={"papers": ["Đơn"], "has_steps": True}, **texts) == ("applicants", "agency")


@pytest.mark.django_db
def test_what_each_agency_settles() -> None:
    root = make_province()
    make_organisation("UBND phường Sầm Sơn", "H56.103", parent=root)
    department = make_organisation("Sở Xây dựng", "H56.19", parent=root, level="province", kind="department")
    publish_definition(make_procedure("1.000001", "Khai sinh"))
    publish_definition(make_procedure("1.000002", "Sao y"))
    ProcedureOffering.objects.create(
        procedure=make_procedure("1.000003", "Của riêng một phường"),
        organisation=get_organisation("H56.103"),
        valid_from=date(2026, 1, 1),
    )
    reference("1.000004", at_commune=True)
    reference("1.000005", agency="Chi cục Hải quan khu vực", at_commune=True)
    reference("1.000006", agency="Sở Xây dựng", at_commune=False, at_province=True)
    reference("1.000007", at_commune=True, valid_from=TODAY + timedelta(days=1))
    gone = reference("1.000008", at_commune=True)
    gone.procedure.retired_on = TODAY
    gone.procedure.save()
    own = ProcedureOffering.objects.get().procedure
    publish_definition(own)

    found = authority(on=TODAY)
    assert held(found, "H56.102") == {"1.000001", "1.000002", "1.000004"}
    assert held(found, "H56.103") == {"1.000001", "1.000002", "1.000003", "1.000004"}
    assert held(found, "H56.19") == {"1.000006"}
    assert "1.000005" not in found.procedures
    assert department.pk in {one.id for one in found.agencies}
    # As it was before: what has come since is not there, what was replaced or given up is.
    assert held(authority(on=TODAY - timedelta(days=1)), "H56.102") >= {"1.000004", "1.000008"}


@pytest.mark.django_db
def test_what_is_known_of_a_procedure() -> None:
    make_province()
    publish_definition(make_procedure("1.000001", "Khai sinh"), definition_raw(service_level="full"))
    version = reference("1.000004", at_commune=True, is_free=True, channels=["online"], time_limit_text="3 ngày")
    found = authority(on=TODAY).procedures
    assert (found["1.000001"].is_online, found["1.000001"].has_fee, found["1.000001"].is_defined) == (True, True, True)
    assert (found["1.000004"].is_online, found["1.000004"].has_fee, found["1.000004"].for_people) == (
        False,
        False,
        None,
    )
    assert found["1.000004"].missing == ("steps", "papers", "applicants", "agency")
    NationalRecord.objects.create(
        code="1.000004", content={"papers": ["Đơn"], "has_steps": True}, stamp="20261101000000", accepted_at=NOW
    )
    assert authority(on=TODAY).procedures["1.000004"].missing == ("applicants", "agency")
    ProcedureVersion.objects.filter(pk=version.pk).update(service_level="partial", agency="UBND cấp xã")
    again = authority(on=TODAY).procedures["1.000004"]
    assert (again.is_online, again.missing) == (True, ("applicants",))


@pytest.mark.django_db
def test_as_many_queries_for_many_agencies(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    root = make_province()
    for number in range(30):
        make_organisation(f"UBND xã {number}", f"H56.{500 + number}", parent=root)
        reference(f"1.1000{number:02}", at_commune=True)
    publish_definition(make_procedure("1.000001", "Khai sinh"))
    authority(on=TODAY)
    with django_assert_max_num_queries(4):
        authority(on=TODAY)
