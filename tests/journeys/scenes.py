"""What people do, again and again, in the journeys."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.journeys.browser import Person

BIRTH = "1.001193"
WARD = "phường Hạc Thành"
CITIZEN = "0912000001"
OTHER_CITIZEN = "0912000002"

APPLICANT: dict[str, str] = {
    "full_name": "Nguyễn Thị Thu Hà",
    "identity_number": "038192000001",
    "phone": "0912000001",
    "email": "thuha@example.vn",
    "address": "Số 12 đường Lê Lợi, phường Hạc Thành, tỉnh Thanh Hóa",
    "acting_as": "self",
    "result_delivery": "online",
}

# Answers of the e-form «Đăng ký khai sinh», page by page; the child has a certificate of birth on paper.
BIRTH_ANSWERS: dict[str, dict[str, Any]] = {
    "requester": {"relation": "mother"},
    "child": {
        "full_name": "Nguyễn Minh Khang",
        "birth_date": "2026-11-14",
        "sex": "male",
        "ethnicity": "Kinh",
        "nationality": "Việt Nam",
        "birthplace_kind": "facility",
        "birthplace": "Bệnh viện Phụ sản Thanh Hóa, phường Hạc Thành, tỉnh Thanh Hóa",
        "home_town": "Xã Hoằng Hóa, tỉnh Thanh Hóa",
        "circumstance": "ordinary",
        "birth_proof": "paper",
        "birth_certificate_number": "012345/2026",
        "recorded_parents": "both",
    },
    "mother": {
        "full_name": "Nguyễn Thị Thu Hà",
        "birth_date": "1992-05-14",
        "identity_number": "038192000001",
        "ethnicity": "Kinh",
        "nationality": "Việt Nam",
        "residence": "Số 12 đường Lê Lợi, phường Hạc Thành, tỉnh Thanh Hóa",
    },
    "father": {
        "full_name": "Nguyễn Văn Hưng",
        "birth_date": "1990-02-03",
        "identity_number": "038090001234",
        "ethnicity": "Kinh",
        "nationality": "Việt Nam",
        "residence": "Số 12 đường Lê Lợi, phường Hạc Thành, tỉnh Thanh Hóa",
    },
    "request": {
        "parents_married": "yes",
        "marriage_record": "Số 45/2021, ngày 12/03/2021, UBND phường Hạc Thành",
        "wants_copies": "yes",
        "copies": 2,
        "pledge": True,
    },
}


@dataclass(frozen=True)
class Receipt:
    """What a person takes home after sending."""

    code: str
    pin: str
    follow: str


def birth(**child: Any) -> dict[str, dict[str, Any]]:
    """The answers, with some of the child's changed."""
    answers = copy.deepcopy(BIRTH_ANSWERS)
    answers["child"] |= child
    return answers


def start_birth(citizen: Person) -> None:
    """From the procedure's page to the first page of a new draft."""
    citizen.go(f"/dossiers/start/{BIRTH}/")
    choose_ward(citizen)
    signed_in = citizen.page.get_by_role("button", name="Bắt đầu", exact=True).count()
    citizen.press("Bắt đầu" if signed_in else "Làm tiếp, không cần tài khoản")
    assert citizen.path.endswith("/applicant/"), citizen.path


def choose_ward(citizen: Person) -> None:
    citizen.type("place", "hac thanh")


def tell_who(citizen: Person, **changed: str) -> None:
    """The page «Người nộp hồ sơ»."""
    values = APPLICANT | changed
    for name, value in values.items():
        if name in ("acting_as", "result_delivery"):
            citizen.choose(name, value)
        else:
            citizen.type(name, value)
    citizen.press("Lưu và tiếp tục")


def fill_pages(citizen: Person, answers: dict[str, dict[str, Any]]) -> None:
    """The pages of the e-form, each by «Lưu và tiếp tục»."""
    for group, values in answers.items():
        assert citizen.path.endswith(f"/form/{group}/"), f"{citizen.path}: {citizen.errors()}"
        citizen.fill(group, values)
        citizen.press("Lưu và tiếp tục")


def attach(citizen: Person, paper: str, *files: Path) -> None:
    """Choose files for a paper and wait until they are there. With scripts they go up at once."""
    box = citizen.page.locator(f"#paper-{paper}")
    box.locator(f"#file-{paper}").set_input_files([str(file) for file in files])
    if not citizen.scripts:
        citizen.press("Tải lên", within=box)
    for file in files:
        box.locator("[data-files]").get_by_role("link", name=file.name, exact=True).wait_for()


def send(citizen: Person) -> Receipt:
    """From the check page to the receipt."""
    assert citizen.path.endswith("/check/"), citizen.path
    assert not citizen.page.locator("[data-error-summary]").count(), citizen.errors()
    citizen.press("Gửi hồ sơ")
    return read_receipt(citizen)


def read_receipt(citizen: Person) -> Receipt:
    text = citizen.text()
    code = re.search(r"H56[\w.]*-\d{6}-\d{4}", text)
    pin = re.search(r"Mã PIN:?\s+(\d{3}) (\d{3})", text)
    assert code, f"{citizen.path}: {text[:800]}"
    assert pin, f"{citizen.path}: {text[:800]}"
    link = citizen.page.get_by_role("link", name="Theo dõi hồ sơ", exact=True).first.get_attribute("href") or ""
    return Receipt(code[0], pin[1] + pin[2], link)


def post(one: Person, path: str, values: dict[str, Any]) -> str:
    """Send a form as the browser would, without drawing the pages. Where it led."""
    token = next(cookie["value"] for cookie in one.context.cookies() if cookie["name"] == "csrftoken")
    form = {name: str(value) for name, value in values.items()}
    answer = one.context.request.post(
        path, form={**form, "csrfmiddlewaretoken": token}, headers={"Referer": one.around.origin + path}
    )
    assert answer.status == 200, f"{path}: {answer.status}\n{answer.text()[:3000]}"
    url = urlsplit(answer.url).path
    answer.dispose()
    return url


def posted(group: str, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers of a page as its controls send them."""
    sent = {}
    for key, value in answers.items():
        day = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", str(value))
        sent[f"{group}.{key}"] = "/".join(reversed(day.groups())) if day else "true" if value is True else value
    return sent


def write_birth(citizen: Person, **child: Any) -> str:
    """A draft filled in up to the check page, without papers, quickly. Its address."""
    citizen.page.goto(f"/dossiers/start/{BIRTH}/")
    path = post(citizen, f"/dossiers/start/{BIRTH}/", {"place": "hac thanh", "go": "on"})
    draft = path.removesuffix("applicant/")
    path = post(citizen, path, APPLICANT)
    for group, answers in birth(**{"birth_proof": "electronic", **child}).items():
        assert path == f"{draft}form/{group}/"
        path = post(citizen, path, posted(group, answers))
    assert path == f"{draft}papers/"
    return draft


def file_birth(citizen: Person, **child: Any) -> Receipt:
    """A dossier sent, quickly: a birth with an electronic certificate, no papers. `citizen` stands at the receipt."""
    citizen.go(f"{write_birth(citizen, **child)}check/")
    return send(citizen)


def track(somebody: Person, receipt: Receipt) -> None:
    """Open the dossier by code and PIN."""
    somebody.go("/dossiers/track/")
    somebody.type("code", receipt.code)
    somebody.type("pin", receipt.pin)
    somebody.press("Xem hồ sơ")
    somebody.sees(receipt.code)
