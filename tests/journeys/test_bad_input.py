"""Wrong, hostile and doubled input: a clear message at its place, nothing typed is lost, one dossier at most."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.journeys import papers, scenes
from tests.journeys.browser import Person
from tests.journeys.conftest import sign_in
from tests.journeys.product import Product

pytestmark = pytest.mark.journey

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"


def dossiers(product: Product) -> int:
    return int(product.rows("SELECT count(*) FROM dossiers_dossier")[0][0])


def test_html_in_every_field_is_shown_as_typed(product: Product, person: Callable[..., Person]) -> None:
    somebody = person("nobody")
    scenes.start_birth(somebody)
    scenes.tell_who(
        somebody,
        full_name=HOSTILE,
        address=HOSTILE,
        acting_as="authorised",
        subject_name=HOSTILE,
        authority=HOSTILE,
    )
    answers = scenes.birth(full_name=HOSTILE, birth_proof="electronic", birthplace=HOSTILE, home_town=HOSTILE)
    answers["child"]["birth_certificate_number"] = HOSTILE[:50]
    for parent in ("mother", "father"):
        answers[parent] |= {"full_name": HOSTILE, "residence": HOSTILE}
    answers["request"]["marriage_record"] = HOSTILE
    scenes.fill_pages(somebody, answers)
    somebody.press("Lưu và tiếp tục")
    assert somebody.text().count(HOSTILE) >= 8
    receipt = scenes.send(somebody)
    assert HOSTILE in papers.text_of(somebody.fetch(somebody.address_of("Tải giấy biên nhận (PDF)"))).replace("\n", "")
    somebody.go("/dossiers/track/")
    somebody.type("code", HOSTILE)
    somebody.type("pin", HOSTILE)
    somebody.press("Xem hồ sơ")
    assert somebody.page.locator("[name=code]").input_value() == HOSTILE[:60]
    scenes.track(somebody, receipt)
    assert somebody.text().count(HOSTILE) >= 2
    somebody.go(f"/procedures/?{urlencode({'q': HOSTILE})}")
    assert somebody.page.locator("#q").input_value() == HOSTILE
    assert somebody.page.locator("main img, main script").count() == 0


def test_wrong_answers_are_named_at_their_place_and_kept(person: Callable[..., Person]) -> None:
    somebody = person("nobody")
    scenes.start_birth(somebody)
    # Nothing at all.
    for name in ("full_name", "phone"):
        somebody.type(name, "")
    somebody.press("Lưu và tiếp tục")
    assert len(somebody.errors()) >= 4
    # Each line of the summary leads to its field; the message stands at the field too.
    for link in somebody.page.locator("[data-error-summary] a").all():
        target = (link.get_attribute("href") or "")[1:]
        assert somebody.page.locator(f'[id="{target}"]').count() == 1, target
        assert link.inner_text() in somebody.page.locator("form .error").all_inner_texts()
    long = "Nguyễn " + "Rất Dài " * 37
    wrong = {
        "full_name": long[:301],
        "identity_number": "12345",
        "phone": "12",
        "email": "khong-phai-thu",
        "address": "x" * 400,
    }
    for name, value in wrong.items():
        somebody.type(name, value)
    somebody.choose("acting_as", "self")
    somebody.press("Lưu và tiếp tục")
    text = "\n".join(somebody.errors())
    for message in ("tối đa 300 ký tự", "12 chữ số", "bắt đầu bằng 0", "Thư điện tử chưa đúng"):
        assert message in text
    for name in ("full_name", "identity_number", "phone", "email", "address"):
        assert somebody.page.locator(f"[name={name}]").input_value() == wrong[name].strip(), name
    # 300 characters are a name.
    scenes.tell_who(somebody, full_name=long[:299] + "n")
    somebody.answer("requester.relation", "mother")
    somebody.press("Lưu và tiếp tục")
    child = scenes.birth()["child"] | {"full_name": long[:300], "birth_date": "31/02/2026"}
    somebody.fill("child", child)
    before = somebody.path
    somebody.page.get_by_role("button", name="Lưu và tiếp tục", exact=True).last.click()
    somebody.page.locator("[data-error-summary]").wait_for()
    somebody.look()
    assert somebody.path == before
    assert any("100" in line for line in somebody.errors())
    assert any("ngày/tháng/năm" in line for line in somebody.errors())
    assert somebody.page.locator('[name="child.full_name"]').input_value() == long[:300]
    assert somebody.page.locator('[name="child.birth_date"]').input_value() == "31/02/2026"


def test_files_that_are_not_what_they_say_are_refused(person: Callable[..., Person], tmp_path: Path) -> None:
    somebody = person("nobody")
    somebody.go(f"{scenes.write_birth(somebody)}form/child/")
    draft = somebody.path.removesuffix("form/child/")
    somebody.choose("child.birth_proof", "paper")
    somebody.press("Lưu và tiếp tục")
    somebody.go(f"{draft}papers/")
    box = somebody.page.locator("#paper-birth_certificate")
    empty = tmp_path / "rong.pdf"
    empty.touch()
    for file, word in (
        (papers.disguised(tmp_path), "chương trình"),
        (papers.encrypted(tmp_path), "mật khẩu"),
        (papers.page_of_scripts(tmp_path), ""),
        (empty, "rỗng"),
    ):
        box.locator("#file-birth_certificate").set_input_files(str(file))
        refusal = box.locator("[data-refusals] .error", has_text=file.name)
        refusal.wait_for()
        assert word in refusal.inner_text(), refusal.inner_text()
    assert box.locator("[data-files] li").count() == 0
    # A good one among them is taken, and the way goes on.
    scenes.attach(somebody, "birth_certificate", papers.scan(tmp_path))
    somebody.look()
    somebody.press("Lưu và tiếp tục")
    assert somebody.path == f"{draft}check/"


@pytest.mark.parametrize("scripts", [True, False], ids=["", "without scripts"])
def test_an_upload_of_200_mb_is_refused_in_time(person: Callable[..., Person], tmp_path: Path, scripts: bool) -> None:
    somebody = person("nobody", scripts=scripts)
    somebody.go(f"{scenes.write_birth(somebody, birth_proof='paper')}papers/")
    box = somebody.page.locator("#paper-birth_certificate")
    box.locator("#file-birth_certificate").set_input_files(str(papers.enormous(tmp_path)))
    began = time.monotonic()
    if not scripts:
        with somebody.page.expect_navigation(timeout=60_000):
            box.get_by_role("button", name="Tải lên", exact=True).click()
    refusal = somebody.page.locator("#paper-birth_certificate [data-refusals] .error")
    refusal.wait_for()
    assert time.monotonic() - began < 30
    assert "tối đa 20 MB" in refusal.inner_text()
    somebody.look()


def test_a_double_click_two_tabs_and_the_back_button_give_one_dossier(
    product: Product, person: Callable[..., Person]
) -> None:
    citizen = person("citizen", username=scenes.CITIZEN)
    draft = scenes.write_birth(citizen, full_name="Nguyễn Một Lần")
    before = dossiers(product)
    other_tab = citizen.context.new_page()
    other_tab.goto(f"{draft}check/")
    citizen.go(f"{draft}check/")
    button = citizen.page.get_by_role("button", name="Gửi hồ sơ", exact=True)
    with citizen.page.expect_navigation(url="**/sent/**"):
        button.dblclick(no_wait_after=True)
    receipt = scenes.read_receipt(citizen)
    # The second tab knows nothing of it yet.
    with other_tab.expect_navigation(url="**/sent/**"):
        other_tab.get_by_role("button", name="Gửi hồ sơ", exact=True).click()
    assert receipt.code in other_tab.locator("main").inner_text()
    # Back to the page one sent from: it shows the receipt, not the form.
    citizen.page.go_back()
    citizen.page.wait_for_url("**/sent/**")
    assert scenes.read_receipt(citizen) == receipt
    # Two sends at once, as a bad line may repeat them.
    codes = {scenes.post(citizen, f"{draft}send/", {}) for _ in range(2)}
    assert codes == {citizen.path}
    assert dossiers(product) == before + 1
    # What belongs to a sent draft can no longer be written.
    citizen.go(f"{draft}form/child/")
    assert "/sent/" in citizen.path


def test_the_session_ends_in_the_middle_of_a_page(person: Callable[..., Person]) -> None:
    citizen = person("citizen", username=scenes.CITIZEN, fresh=True)
    draft = scenes.write_birth(citizen)
    citizen.go(f"{draft}form/mother/")
    typed = "Nguyễn Đang Viết Dở"
    citizen.type("mother.full_name", typed)
    citizen.context.clear_cookies(name="sessionid")
    citizen.press("Lưu và tiếp tục")
    assert citizen.path == "/identity/login/"
    sign_in(citizen, scenes.CITIZEN)
    citizen.page.wait_for_url(f"**{draft}form/mother/")
    assert citizen.page.locator('[name="mother.full_name"]').input_value() == typed
    citizen.press("Lưu và tiếp tục")
    citizen.go(f"{draft}form/mother/")
    assert citizen.page.locator('[name="mother.full_name"]').input_value() == typed


def test_two_tabs_on_one_page_do_not_write_over_each_other(person: Callable[..., Person]) -> None:
    citizen = person("citizen", username=scenes.CITIZEN)
    draft = scenes.write_birth(citizen)
    citizen.go(f"{draft}form/mother/")
    tab: Any = citizen.context.new_page()
    tab.goto(f"{draft}form/mother/")
    tab.locator('[name="mother.full_name"]').fill("Viết ở thẻ thứ hai")
    with tab.expect_navigation():
        tab.get_by_role("button", name="Lưu và tiếp tục", exact=True).last.click()
    citizen.type("mother.full_name", "Viết ở thẻ thứ nhất")
    citizen.press("Lưu và tiếp tục")
    # Told, and what was typed here is still here.
    assert citizen.path == f"{draft}form/mother/"
    assert "cửa sổ khác" in citizen.errors()[0]
    assert citizen.page.locator('[name="mother.full_name"]').input_value() == "Viết ở thẻ thứ nhất"
    citizen.press("Lưu và tiếp tục")
    assert citizen.path != f"{draft}form/mother/"
    citizen.go(f"{draft}form/mother/")
    assert citizen.page.locator('[name="mother.full_name"]').input_value() == "Viết ở thẻ thứ nhất"
