"""Pure words and decisions of the queue at a one-stop hall."""

from __future__ import annotations

from enum import StrEnum

# Who is called before others of the same line. Only the reason is kept, nothing of the person.
PRIORITIES: dict[str, str] = {
    "elderly": "Người cao tuổi",
    "disabled": "Người khuyết tật",
    "pregnant": "Phụ nữ mang thai, có con nhỏ",
    "merit": "Người có công",
}


class TicketState(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    DONE = "done"
    ABSENT = "absent"


STATE_TITLES = {"waiting": "Đang chờ", "called": "Đang phục vụ", "done": "Xong", "absent": "Vắng"}


def shown(letter: str, number: int) -> str:
    """The number as it is called: "A012". It runs through all lines, so that no two are alike."""
    return f"{letter}{number:03d}"


def minutes_in_words(seconds: float | None) -> str:
    """An average wait as people say it."""
    if seconds is None:
        return "chưa có số liệu"
    minutes = round(seconds / 60)
    return "dưới 1 phút" if minutes < 1 else f"khoảng {minutes} phút"
