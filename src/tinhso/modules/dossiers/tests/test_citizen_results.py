"""The result in the person's hands, and the page behind its QR code."""

from __future__ import annotations

from hashlib import sha256

import pytest

from tinhso.modules.dossiers.models import Dossier, Result
from tinhso.modules.dossiers.services.submitting import current_pin
from tinhso.modules.dossiers.tests.citizen_steps import browser, budget
from tinhso.modules.dossiers.tests.factories import Stage, issued, make_stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return make_stage()


def result_of(dossier: Dossier) -> Result:
    return Result.objects.get(dossier=dossier)


def test_the_owner_and_whoever_has_the_pin_get_the_result(stage: Stage) -> None:
    dossier = issued(stage)
    url = f"/dossiers/follow/{dossier.public_id}/result.pdf"
    owner = browser(stage.citizen)
    page = owner.get(f"/dossiers/follow/{dossier.public_id}/").content.decode()
    assert result_of(dossier).notation in page
    assert f"/dossiers/verify/{result_of(dossier).verify_token}/" in page
    content = b"".join(owner.get(url))
    assert content.startswith(b"%PDF")
    client = browser()
    assert client.get(url).url == "/dossiers/track/"
    client.post("/dossiers/track/", {"code": dossier.code, "pin": current_pin(dossier)})
    assert b"".join(client.get(url)) == content
    assert browser(stage.stranger).get(url).status_code == 404


def test_anybody_verifies_it_and_learns_no_more_than_the_paper_tells(stage: Stage) -> None:
    dossier = issued(stage)
    token = result_of(dossier).verify_token
    page = browser().get(f"/dossiers/verify/{token}/").content.decode()
    assert "Kết quả này là thật" in page
    assert result_of(dossier).notation in page
    assert "Lê Minh Tuấn" in page
    assert "Lê Thị Hồng Nhung" in page
    for private in ("038192004517", "0912345678", "Lê Lợi", "Nguyễn Minh Khang"):
        assert private not in page
    content = b"".join(browser(stage.citizen).get(f"/dossiers/follow/{dossier.public_id}/result.pdf"))
    digest = sha256(content).hexdigest()
    assert " ".join(digest[at : at + 8] for at in range(0, 64, 8)) in page


def test_a_replaced_result_says_that_it_is_no_longer_good(stage: Stage) -> None:
    dossier = issued(stage)
    token = result_of(dossier).verify_token
    Result.objects.update(is_current=False)
    page = browser().get(f"/dossiers/verify/{token}/").content.decode()
    assert "đã bị thay thế, không còn dùng được" in page
    assert "Kết quả này là thật" not in page


@pytest.mark.parametrize("token", ["abc", "x" * 300, "<script>", "ngữ", "%00"])
@pytest.mark.usefixtures("stage")
def test_a_code_that_nobody_issued_says_so(token: str) -> None:
    response = browser().get(f"/dossiers/verify/{token}/")
    page = response.content.decode()
    assert response.status_code == 404
    assert "Không có kết quả nào mang mã này" in page
    assert "<script>" not in page.replace('<script type="module"', "")


def test_the_code_is_typed_too(stage: Stage) -> None:
    token = result_of(issued(stage)).verify_token
    client = browser()
    assert client.post("/dossiers/verify/", {"code": f" {token} "}).url == f"/dossiers/verify/{token}/"
    assert client.post("/dossiers/verify/", {"code": "a/b"}).status_code == 422
    assert client.post("/dossiers/verify/", {"code": ""}).status_code == 422


def test_pages_keep_their_budget(stage: Stage, django_assert_max_num_queries) -> None:
    token = result_of(issued(stage)).verify_token
    client = browser()
    client.get(f"/dossiers/verify/{token}/")
    with django_assert_max_num_queries(budget("dossiers:verify")):
        client.get(f"/dossiers/verify/{token}/")
    with django_assert_max_num_queries(budget("dossiers:verify_code")):
        client.get("/dossiers/verify/")
