"""The life of a dossier as a person reads it: what happened, where it is, what comes next. No names of officers but
the official ones; no inner comments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tinhso.modules.dossiers.queries.actions import ActionHistory
from tinhso.modules.dossiers.queries.reading import DossierView, TaskInfo
from tinhso.modules.dossiers.rules import State, TaskKind

TONES = {
    State.REGISTERED: "info",
    State.ACCEPTED: "progress",
    State.REFUSED: "danger",
    State.IN_PROGRESS: "progress",
    State.SUPPLEMENT_REQUESTED: "warning",
    State.PAYMENT_REQUESTED: "warning",
    State.WITHDRAWN: "neutral",
    State.STOPPED: "neutral",
    State.COMPLETED: "success",
    State.RETURNED: "success",
}

# What the person should know or do now, by state.
MEANINGS = {
    State.REGISTERED: "Hồ sơ đã đến nơi tiếp nhận và đang chờ cán bộ kiểm tra. Bạn chưa phải làm gì thêm.",
    State.ACCEPTED: "Hồ sơ đã được tiếp nhận. Thời gian giải quyết bắt đầu tính.",
    State.REFUSED: "Hồ sơ không được tiếp nhận. Lý do và việc cần làm ở bên dưới; sửa xong, bạn nộp hồ sơ mới.",
    State.IN_PROGRESS: "Hồ sơ đang được giải quyết. Bạn chưa phải làm gì thêm.",
    State.SUPPLEMENT_REQUESTED: "Hồ sơ cần bổ sung. Hãy làm theo phiếu yêu cầu bổ sung.",
    State.PAYMENT_REQUESTED: "Hồ sơ chờ bạn nộp phí, lệ phí.",
    State.WITHDRAWN: "Bạn đã rút hồ sơ.",
    State.STOPPED: "Việc giải quyết hồ sơ đã dừng.",
    State.COMPLETED: "Đã có kết quả.",
    State.RETURNED: "Kết quả đã được trả.",
}


@dataclass(frozen=True)
class Event:
    what: str
    at: datetime | None = None
    when: str = ""
    who: str = ""
    kind: str = ""
    tone: str = ""
    text: str = ""


def story(view: DossierView, past: ActionHistory | None = None) -> list[Event]:
    """From the sending to the next expected step; `past`: what was asked of the person and promised to them."""
    events = [
        Event("Đã gửi hồ sơ", at=view.submitted_at, who=view.applicant_name, text=f"Kênh nộp: {view.channel.title}.")
    ]
    for task in view.tasks:
        if task.finished_at is not None and (event := _done(view, task)) is not None:
            events.append(event)
    events.extend(_between_agencies(view))
    if past is not None:
        events.extend(_beside(view, past))
    if past is not None or view.hand_overs or view.inherited:
        events.sort(key=lambda event: event.at or view.submitted_at)
    if view.completed_at is not None:
        events.append(Event("Đã có kết quả", at=view.completed_at, who=_issuer(view), tone="success"))
    if view.returned_at is not None:
        events.append(Event("Đã trả kết quả", at=view.returned_at, who=view.office_name, tone="success"))
    events.extend(_now(task) for task in view.open_tasks)
    upcoming = _upcoming(view)
    if upcoming is not None:
        events.append(upcoming)
    return events


def _issuer(view: DossierView) -> str:
    return (view.result.issuer_name if view.result else "") or view.agency_name


# How work left a step otherwise than by being done; "" is told by another line of the story.
LEFT = {
    "withdrawn": "",
    "stopped": "",
    "take_over": "",
    "transfer": "Chuyển đơn vị xử lý bước",
    "send_back": "Yêu cầu xem xét lại từ bước",
    "ask_opinions": "Lấy ý kiến ở bước",
    "no_answer": "Không có ý kiến trả lời",
    "refuse_hand_over": "",
}


def _done(view: DossierView, task: TaskInfo) -> Event | None:
    if task.action in LEFT:
        said = LEFT[task.action]
        return Event(f"{said}: {task.title}", at=task.finished_at, who=_place(task)) if said else None
    if task.kind == TaskKind.INTAKE:
        if view.state == State.REFUSED:
            return Event(
                "Không được tiếp nhận", at=task.finished_at, who=_official(task), tone="danger", text=view.closed_reason
            )
        return Event("Đã tiếp nhận hồ sơ", at=task.finished_at, who=_official(task), tone="success")
    if task.kind == TaskKind.RETURN:
        return None
    return Event(f"Xong bước: {task.title}", at=task.finished_at, who=_place(task))


def _between_agencies(view: DossierView) -> list[Event]:
    """From one agency to the next, as the person reads it."""
    events = [
        Event(
            f"{step.successor_name} tiếp tục giải quyết thay {step.agency_name}",
            at=step.inherited_at,
            who=step.successor_name,
            text=f"Sắp xếp đơn vị từ ngày {step.effective_date:%d/%m/%Y}. Ngày hẹn trả giữ nguyên.",
        )
        for step in view.inherited
    ]
    for row in view.hand_overs:
        word = "trả lại" if row.is_return else "chuyển hồ sơ đến"
        events.append(Event(f"{row.from_name} {word} {row.to_name}", at=row.handed_at, who=row.from_name))
        if row.confirmed_at is not None:
            events.append(Event(f"{row.to_name} đã nhận hồ sơ", at=row.confirmed_at, who=row.to_name, tone="success"))
        elif row.refused_at is not None:
            what = f"{row.to_name} chưa nhận, trả lại {row.from_name}"
            events.append(Event(what, at=row.refused_at, who=row.to_name, tone="warning"))
    return events


def _beside(view: DossierView, past: ActionHistory) -> list[Event]:
    events = []
    for row in past.supplements:
        events.append(
            Event("Yêu cầu bổ sung", at=row.requested_at, who=view.office_name, tone="warning", text=row.reason)
        )
        if row.answered_at is not None:
            events.append(Event("Đã bổ sung", at=row.answered_at, who=row.answered_by_name, tone="success"))
    events += [
        Event(
            "Cơ quan xin lỗi và hẹn lại ngày trả", at=row.made_at, who=row.signer_name, tone="warning", text=row.reason
        )
        for row in past.apologies
    ]
    if past.closing is not None:
        events.append(Event(past.closing.title, at=past.closing.closed_at, who=view.office_name, tone="danger"))
    return events


def _now(task: TaskInfo) -> Event:
    title = {
        TaskKind.INTAKE: "Chờ kiểm tra và tiếp nhận",
        TaskKind.RETURN: "Chờ trả kết quả",
        TaskKind.STEP: f"Đang ở bước: {task.title}",
        TaskKind.OPINION: f"Đang lấy ý kiến: {task.title}",
    }[task.kind]
    return Event(title, when="Hiện nay", who=_place(task), kind="now")


def _upcoming(view: DossierView) -> Event | None:
    if view.state == State.REGISTERED:
        return Event("Tiếp nhận và hẹn ngày trả kết quả", when="Tiếp theo", who=view.office_name, kind="next")
    if view.state in (State.ACCEPTED, State.IN_PROGRESS):
        return Event("Trả kết quả", when="Dự kiến", who=view.office_name, kind="next")
    if view.state == State.COMPLETED:
        return Event("Nhận kết quả", when="Tiếp theo", who=view.office_name, kind="next")
    return None


def holder(view: DossierView) -> str:
    """Who holds the dossier now: a unit, not a person."""
    return "; ".join(dict.fromkeys(_place(task) for task in view.open_tasks))


def _place(task: TaskInfo) -> str:
    return f"{task.unit_name}, {task.organisation_name}" if task.unit_name else task.organisation_name


def _official(task: TaskInfo) -> str:
    return f"{task.finished_by_name}, {task.organisation_name}" if task.finished_by_name else task.organisation_name


@dataclass(frozen=True)
class Day:
    """A day of the explanation. `date` is a day, `minutes` the working time counted on it."""

    date: date
    minutes: int
    reason: str

    @property
    def counted(self) -> str:
        if self.minutes == 24 * 60:
            return "1 ngày"
        hours, minutes = divmod(self.minutes, 60)
        parts = [f"{hours} giờ" if hours else "", f"{minutes} phút" if minutes else ""]
        return " ".join(part for part in parts if part) or "không tính"


@dataclass(frozen=True)
class Stretch:
    """Days shown as one row: a single day, or a run of days on which nothing counts."""

    first: Day
    last: Day
    length: int

    @property
    def reasons(self) -> str:
        return self.first.reason


def days_of(explanation: Sequence[Mapping[str, Any]]) -> list[Day]:
    return [
        Day(date.fromisoformat(row["date"]), int(row["counted_minutes"]), str(row["reason"])) for row in explanation
    ]


def stretches(days: Sequence[Day]) -> list[Stretch]:
    """Runs of days that do not count, for the same reason, are one."""
    found: list[Stretch] = []
    for day in days:
        last = found[-1] if found else None
        if last is not None and not day.minutes and not last.first.minutes and day.reason == last.first.reason:
            found[-1] = Stretch(last.first, day, last.length + 1)
        else:
            found.append(Stretch(day, day, 1))
    return found
