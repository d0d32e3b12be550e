"""Which agencies settle a procedure that is known from the catalogue only, and what of a procedure's public content is
there. Read from the catalogue's own words; nothing is guessed beyond them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from tinhso.kernel.text import fold

# Khoản 2 Điều 8 Nghị định 63/2010/NĐ-CP: what a published procedure must tell.
PARTS: Mapping[str, str] = {
    "name": "tên thủ tục",
    "steps": "trình tự thực hiện",
    "channels": "cách thức thực hiện",
    "papers": "thành phần, số lượng hồ sơ",
    "time_limit": "thời hạn giải quyết",
    "applicants": "đối tượng thực hiện",
    "agency": "cơ quan thực hiện",
}
# The catalogue's words for an agency that its source does not name.
_UNNAMED = ("", "khong co thong tin")
_COMMITTEE = re.compile(r"uy ban nhan dan|ubnd")
_COMMUNE = re.compile(r"\b(xa|phuong|dac khu)\b")
_PROVINCE = re.compile(r"\btinh\b")
# "Cơ quan thuộc Ủy ban nhân dân cấp tỉnh" is not the committee itself.
_BELOW = re.compile(r"\b(do|thuoc|cua) (uy ban nhan dan|ubnd)")
# Procedures of the central cities stand in the same catalogue; they are another province's.
_CITIES = ("ha noi", "ho chi minh", "hai phong", "da nang", "can tho", "hue")
_CITY = re.compile(rf"thanh pho ({'|'.join(_CITIES)})\b")
# How the texts name people; the rest of the words for applicants are organisations.
_PEOPLE = re.compile(
    r"\b(cong dan|ca nhan|nguoi|ho gia dinh|chu ho|gia dinh|tre em|cha|me|vo chong|doi tuong|hoc sinh|sinh vien)\b"
)


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    """The catalogue says the same of many procedures."""
    return fold(text)


def missing_of(definition: Mapping[str, Any], *, name: str) -> tuple[str, ...]:
    """The parts of `PARTS` that a definition (as JSON) does not tell."""
    competent = definition.get("competent_kind") and definition.get("competent_level")
    return _absent(
        {
            "name": name,
            "steps": definition.get("steps_text") or definition.get("route"),
            "channels": definition.get("channels"),
            "papers": definition.get("papers"),
            "time_limit": definition.get("deadline"),
            "applicants": definition.get("who_may_apply"),
            "agency": competent,
        }
    )


def missing_of_texts(
    *, name: str, agency: str, channels: Collection[str], time_limit: str, content: Mapping[str, Any] | None
) -> tuple[str, ...]:
    """The same of what the catalogue tells, and the record of the national database (`content`) where it was read."""
    content = content or {}
    return _absent(
        {
            "name": name,
            "steps": content.get("has_steps"),
            "channels": channels,
            "papers": content.get("papers"),
            "time_limit": time_limit,
            "applicants": None,  # No interface known to us tells it.
            "agency": "" if _folded(agency) in _UNNAMED else agency,
        }
    )


def _absent(told: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(key for key in PARTS if not told[key])


def is_for_people(who_may_apply: str) -> bool | None:
    """Are people among those who may apply? None: the text does not tell."""
    folded = _folded(who_may_apply)
    return None if not folded else bool(_PEOPLE.search(folded))


def is_named(
    text: str, *, kind: str, level: str, name: str, at_province: bool, at_commune: bool, own_city: str = ""
) -> bool:
    """Does the catalogue give a procedure to an agency of this kind, level and name? Where it names nobody, a procedure
    of the commune level is every commune's; of the province level it is not known whose."""
    folded = _folded(text)
    city = _CITY.search(folded)
    if city is not None and city.group(1) not in _folded(own_city):
        return False
    if level == "commune":
        if not at_commune:
            return False
        if kind == "people_committee":
            return folded in _UNNAMED or bool(_COMMITTEE.search(folded) and _COMMUNE.search(folded))
        return kind == "police" and "cong an" in folded and bool(_COMMUNE.search(folded))
    if level != "province" or not at_province or folded in _UNNAMED:
        return False
    if kind == "people_committee":
        return bool(_COMMITTEE.search(folded) and _PROVINCE.search(folded) and not _BELOW.search(folded))
    if kind == "police":
        return "cong an" in folded and bool(_PROVINCE.search(folded))
    return kind == "department" and _bare(name) in folded


@lru_cache(maxsize=512)
def _bare(name: str) -> str:
    """ "Sở Xây dựng tỉnh Thanh Hóa" as the catalogue writes it: "so xay dung"."""
    return re.split(r" (?:tinh|thanh pho) ", _folded(name))[0]
