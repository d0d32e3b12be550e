"""What an officer's question is about, told from its words alone. Nothing is guessed: no topic word, no topic."""

from __future__ import annotations

from enum import StrEnum

from tinhso.kernel.text import fold


class Topic(StrEnum):
    """The parts of a version that can answer."""

    TIME = "time"
    FEE = "fee"
    PAPERS = "papers"
    BASIS = "basis"
    COMPETENT = "competent"


TOPIC_TITLES = {
    Topic.TIME: "Thời hạn giải quyết",
    Topic.FEE: "Phí, lệ phí",
    Topic.PAPERS: "Thành phần hồ sơ",
    Topic.BASIS: "Căn cứ pháp lý",
    Topic.COMPETENT: "Cơ quan giải quyết",
}
# Longer phrases first: "lệ phí" before "phí".
_WORDS: tuple[tuple[str, Topic], ...] = (
    ("thanh phan ho so", Topic.PAPERS),
    ("giay to gi", Topic.PAPERS),
    ("giay to", Topic.PAPERS),
    ("thoi han giai quyet", Topic.TIME),
    ("thoi han", Topic.TIME),
    ("bao nhieu ngay", Topic.TIME),
    ("bao lau", Topic.TIME),
    ("may ngay", Topic.TIME),
    ("bao nhieu tien", Topic.FEE),
    ("phi le phi", Topic.FEE),
    ("le phi", Topic.FEE),
    ("muc thu", Topic.FEE),
    ("can cu phap ly", Topic.BASIS),
    ("can cu", Topic.BASIS),
    ("van ban nao", Topic.BASIS),
    ("tham quyen", Topic.COMPETENT),
    ("co quan nao", Topic.COMPETENT),
)
_FILLERS = ("doi voi", "the nao", "thu tuc", "quy dinh", "can nhung", "ho so cua", "la gi", "nhu", "cua", "cho hoi")
TEXT_MOST = 200


def read_question(typed: str) -> tuple[frozenset[Topic], str]:
    """(topics named, the other words, folded). "Lệ phí khai sinh?" → ({FEE}, "khai sinh")."""
    text = f" {' '.join(fold(typed.replace(chr(0), '')[:TEXT_MOST]).split())} "
    topics: set[Topic] = set()
    for words, topic in _WORDS:
        if f" {words} " in text:
            topics.add(topic)
            text = text.replace(f" {words} ", " ")
    if topics:
        for words in _FILLERS:
            text = text.replace(f" {words} ", " ")
    return frozenset(topics), text.strip()
