"""Writes form_cases.json: answers to the sample form with what must come out, run by the server's tests and by the
browser's (tests/journeys). `python -m tinhso.modules.procedures.tests.make_form_cases` prints the file anew; every
change of it is read by a person before it is kept."""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import Any

from tinhso.modules.procedures.rules import clean
from tinhso.modules.procedures.tests.samples import ANSWERS, FORM

TODAY = "2026-11-23"
_CHILD = ANSWERS["child"]
_REQUEST = ANSWERS["request"]

# A second form: every keyword and widget once.
FIELDS: dict[str, Any] = {
    "type": "object",
    "required": ["all"],
    "properties": {
        "all": {
            "type": "object",
            "title": "Mọi kiểu ô",
            "required": ["text", "day", "yes", "kinds", "people", "UBND"],
            "properties": {
                "text": {"type": "string", "title": "Chữ", "minLength": 3, "maxLength": 5},
                "code": {"type": "string", "title": "Mã", "pattern": "^\\d{3}$"},
                "note": {"type": "string", "title": "Ghi chú", "x-widget": "textarea"},
                "mail": {"type": "string", "title": "Thư điện tử", "x-widget": "email"},
                "phone": {"type": "string", "title": "Điện thoại", "x-widget": "phone"},
                "person": {"type": "string", "title": "Số định danh", "x-widget": "identity"},
                "day": {"type": "string", "format": "date", "title": "Từ ngày", "x-not-before": "2026-01-01"},
                "until": {"type": "string", "format": "date", "title": "Đến ngày", "x-not-before": "/all/day"},
                "born": {"type": "string", "format": "date", "title": "Ngày sinh", "x-not-after": "today"},
                "number": {"type": "number", "title": "Diện tích", "minimum": 0.5, "maximum": 1000},
                "step": {"type": "integer", "title": "Số tầng", "multipleOf": 2, "exclusiveMinimum": 0},
                "yes": {"type": "boolean", "title": "Có nhà", "x-widget": "radio"},
                "UBND": {"type": "string", "title": "UBND xã", "x-widget": "commune"},
                "one": {
                    "type": "integer",
                    "title": "Bậc",
                    "oneOf": [{"const": 1, "title": "Một"}, {"const": 2, "title": "Hai"}],
                },
                "kinds": {
                    "type": "array",
                    "title": "Loại đất",
                    "minItems": 1,
                    "uniqueItems": True,
                    "items": {"type": "string", "oneOf": [{"const": "a", "title": "A"}, {"const": "b", "title": "B"}]},
                },
                "people": {
                    "type": "array",
                    "title": "Người",
                    "minItems": 1,
                    "maxItems": 2,
                    "x-item-title": "Người",
                    "items": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {
                            "name": {"type": "string", "title": "Tên"},
                            "since": {"type": "string", "format": "date", "title": "Từ ngày", "x-not-after": "today"},
                        },
                    },
                },
            },
        },
        "more": {
            "type": "object",
            "title": "Thêm",
            "x-when": {
                "any": [
                    {"field": "/applicant/acting_as", "equals": "authorised"},
                    {"field": "/all/yes", "equals": True},
                ]
            },
            "required": ["why"],
            "properties": {
                "why": {"type": "string", "title": "Lý do"},
                "flag": {"type": "boolean", "title": "Đồng ý"},
            },
        },
    },
}
_GOOD = {
    "text": "chữ",
    "day": "2026-03-05",
    "yes": False,
    "UBND": "Phường Hạc Thành",
    "kinds": ["a"],
    "people": [{"name": "An"}],
}


def _all(**changes: Any) -> dict[str, Any]:
    return {"all": {**_GOOD, **changes}}


CASES: list[tuple[str, str, Any, dict[str, Any]]] = [
    ("good answers are kept", "child", ANSWERS, {}),
    ("nothing answered", "child", {}, {}),
    ("not even an object", "child", "x", {}),
    ("groups of a wrong kind", "child", {"child": [1], "members": "x", "request": 5}, {}),
    (
        "text is trimmed and composed",
        "child",
        {**ANSWERS, "child": {**_CHILD, "full_name": "  Nguyễn Hoa\u0300 \u0007 "}},
        {},
    ),
    ("a day as typed", "child", {**ANSWERS, "child": {**_CHILD, "birth_date": "5/3/2026"}}, {}),
    ("no such day", "child", {**ANSWERS, "child": {**_CHILD, "birth_date": "31/02/2026"}}, {}),
    ("a day of words", "child", {**ANSWERS, "child": {**_CHILD, "birth_date": "hôm qua"}}, {}),
    ("a day to come", "child", {**ANSWERS, "child": {**_CHILD, "birth_date": "2026-11-24"}}, {}),
    ("today itself", "child", {**ANSWERS, "child": {**_CHILD, "birth_date": TODAY}}, {}),
    ("an unknown option", "child", {**ANSWERS, "child": {**_CHILD, "sex": "x"}}, {}),
    ("too short", "child", {**ANSWERS, "child": {**_CHILD, "full_name": "A"}}, {}),
    ("three hundred letters", "child", {**ANSWERS, "child": {**_CHILD, "full_name": "ă" * 300}}, {}),
    (
        "letters beyond the first plane count once",
        "child",
        {**ANSWERS, "child": {**_CHILD, "full_name": "😀" * 100}},
        {},
    ),
    ("markup is text", "child", {**ANSWERS, "child": {**_CHILD, "full_name": "<script>alert(1)</script>"}}, {}),
    ("unknown fields are dropped", "child", {**ANSWERS, "x": 1, "child": {**_CHILD, "y": 2}}, {}),
    ("a hidden field is dropped", "child", {**ANSWERS, "child": {**_CHILD, "country": "Lào"}}, {}),
    ("a shown field is asked", "child", {**ANSWERS, "child": {**_CHILD, "abroad": True}}, {}),
    ("an identity number with spaces", "child", {**ANSWERS, "child": {**_CHILD, "identity": "038 192 004 517"}}, {}),
    ("an identity number too short", "child", {**ANSWERS, "child": {**_CHILD, "identity": "03819"}}, {}),
    ("digits of another script", "child", {**ANSWERS, "child": {**_CHILD, "identity": "٠٣٨١٩٢٠٠٤٥١٧"}}, {}),
    (
        "members with their own conditions",
        "child",
        {**ANSWERS, "members": [{"name": "An"}, {"name": "Bình", "adult": True}, {"adult": False, "note": "x"}]},
        {},
    ),
    (
        "empty members are left out",
        "child",
        {**ANSWERS, "members": [{}, {"name": " "}, {"name": "An", "adult": False}]},
        {},
    ),
    ("too many members", "child", {**ANSWERS, "members": [{"name": f"Người {n}"} for n in range(9)]}, {}),
    ("numbers as typed", "child", {**ANSWERS, "request": {**_REQUEST, "copies": " 7 ", "income": "1.458.818"}}, {}),
    ("numbers out of range", "child", {**ANSWERS, "request": {**_REQUEST, "copies": 21, "income": "12,5"}}, {}),
    ("words for numbers", "child", {**ANSWERS, "request": {**_REQUEST, "copies": "hai"}}, {}),
    ("true is no number", "child", {**ANSWERS, "request": {**_REQUEST, "copies": True}}, {}),
    ("a pledge not given", "child", {**ANSWERS, "request": {"copies": 1, "pledge": False}}, {}),
    ("a phone with the country's code", "child", {**ANSWERS, "request": {**_REQUEST, "phone": "+84 912 345 678"}}, {}),
    ("a wrong phone", "child", {**ANSWERS, "request": {**_REQUEST, "phone": "12345"}}, {}),
    ("every kind of field, good", "fields", _all(), {}),
    ("every kind of field, empty", "fields", {"all": {}}, {}),
    (
        "every kind of field, wrong",
        "fields",
        _all(
            text="ab",
            code="12",
            mail="a@b",
            phone="x",
            person="1",
            day="2025-12-31",
            until="2025-01-01",
            born="2027-01-01",
            number="0,4",
            step=3,
            yes="maybe",
            one=3,
            kinds=["c", "a", "a"],
            people=[],
        ),
        {},
    ),
    (
        "every kind of field, too much",
        "fields",
        _all(
            text="dài quá rồi",
            number=1000.5,
            step=0,
            kinds=["a", "a"],
            people=[{"name": "A"}, {"name": "B"}, {"name": "C"}],
        ),
        {},
    ),
    ("a list that is none", "fields", _all(kinds="a", people={"name": "An"}), {}),
    ("a date before another date", "fields", _all(until="2026-03-04"), {}),
    ("a date after another date", "fields", _all(until="06.03.2026"), {}),
    ("an item's date to come", "fields", _all(people=[{"name": "An", "since": "01/01/2030"}]), {}),
    ("a group shown by an answer", "fields", _all(yes="true"), {}),
    ("a group shown by the applicant", "fields", _all(), {"applicant": {"acting_as": "authorised"}}),
    ("a group hidden is dropped", "fields", {**_all(), "more": {"why": "vì", "flag": True}}, {}),
    ("a long note", "fields", _all(note="x" * 4001), {}),
    ("lines are kept", "fields", _all(note="một\r\nhai\rba"), {}),
]


def outcome() -> dict[str, Any]:
    forms = {"child": FORM, "fields": FIELDS}
    cases = []
    for name, form, data, context in CASES:
        answers, errors = clean(forms[form], data, today=date.fromisoformat(TODAY), context=context)
        case = {"name": name, "form": form, "data": data, "context": context}
        cases.append({**case, "answers": answers, "errors": [list(pair) for pair in errors.items()]})
    return {"today": TODAY, "forms": forms, "cases": cases}


if __name__ == "__main__":
    json.dump(outcome(), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
