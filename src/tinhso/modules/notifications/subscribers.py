"""What modules below have to tell people, told from here: they cannot call upwards."""

from __future__ import annotations

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import Context, subscribe
from tinhso.modules.directory import api as directory
from tinhso.modules.identity import api as identity
from tinhso.modules.identity.events import (
    DataReady,
    MandateChanged,
    MandateRequestChanged,
    SecondFactorRemovalAsked,
    SecondFactorRemoved,
)
from tinhso.modules.notifications import api

ASKED = "có người đề nghị gỡ xác thực hai lớp của tài khoản bạn"
REMOVED = "xác thực hai lớp của tài khoản bạn đã được gỡ, mọi nơi đăng nhập đã bị đăng xuất"


def on_data_ready(event: DataReady, context: Context) -> None:
    """The person's data can be downloaded."""
    wanted = api.Wanted(
        kind=api.Kind.DATA_READY,
        key=f"data_ready:{event.export_id}",
        recipient=api.Recipient(user_id=event.user_id),
        values={"date": event.until},
        url="/identity/data/",
    )
    api.notify(wanted=wanted, actor=SYSTEM, now=context.now)


def _safety(key: str, user_id: int, what: str, context: Context) -> None:
    wanted = api.Wanted(
        kind=api.Kind.ACCOUNT_SAFETY,
        key=key,
        recipient=api.Recipient(user_id=user_id),
        values={"step": what, "date": context.now.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")},
        url="/identity/sessions/",
    )
    api.notify(wanted=wanted, actor=SYSTEM, now=context.now)


def on_factor_removal_asked(event: SecondFactorRemovalAsked, context: Context) -> None:
    _safety(f"factor_removal_asked:{event.removal_id}", event.user_id, ASKED, context)


def on_factor_removed(event: SecondFactorRemoved, context: Context) -> None:
    _safety(f"factor_removed:{event.removal_id}", event.user_id, REMOVED, context)


def on_mandate_changed(event: MandateChanged, context: Context) -> None:
    """Both sides, each once. Who represents an organisation by law is told by the national identity."""
    told = identity.mandate_told(event.mandate_id)
    if told is None or told.is_legal:
        return
    who = f"{told.holder_name} thay mặt {told.principal_name}"
    summary, text = {
        "made": (
            "đã lập",
            f"Đã lập ủy quyền số {told.number}: {who}. Căn cứ: {told.ground}. "
            + ("Ủy quyền đã được xác nhận." if told.accepted else "Có hiệu lực khi người làm thay bấm nhận."),
        ),
        "accepted": (
            "đã được nhận",
            f"{told.holder_name} đã nhận ủy quyền số {told.number} của {told.principal_name}.",
        ),
        "ended": (
            "đã chấm dứt",
            f"Ủy quyền số {told.number} ({who}) đã chấm dứt lúc {told.ended_at}. Lý do: {told.end_reason}. "
            "Hồ sơ đã nộp vẫn giữ nguyên và thuộc về người được thay mặt.",
        ),
        "ending": (
            "sắp hết hạn",
            f"Ủy quyền số {told.number} ({who}) sắp hết hạn. Muốn tiếp tục, lập ủy quyền mới trước ngày đó.",
        ),
    }[event.what]
    wanted = [
        api.Wanted(
            kind=api.Kind.MANDATE,
            key=f"mandate:{event.mandate_id}:{event.what}",
            recipient=api.Recipient(user_id=user_id),
            values={"code": str(told.number), "procedure": summary, "reason": text, "date": told.until},
            url=f"/identity/mandates/{told.number}/",
        )
        for user_id in (told.principal_id, told.holder_id)
    ]
    api.notify_many(wanted=wanted, actor=SYSTEM, now=context.now)


def on_mandate_request_changed(event: MandateRequestChanged, context: Context) -> None:
    """The office that was asked; or who asked, when the answer is no."""
    told = identity.request_told(event.request_id)
    if told is None:
        return
    day = context.now.astimezone(VIETNAM)
    if event.what == "asked":
        wanted = [
            api.Wanted(
                kind=api.Kind.MANDATE_ASKED,
                key=f"mandate_asked:{told.number}",
                recipient=api.Recipient(user_id=clerk.user_id),
                values={"date": f"{day:%d/%m/%Y}"},
                url=f"/identity/mandates/requests/{told.number}/",
            )
            for clerk in directory.colleagues(told.organisation_id, "clerk", on=day.date())
        ]
    else:
        wanted = [
            api.Wanted(
                kind=api.Kind.MANDATE,
                key=f"mandate_refused:{told.number}",
                recipient=api.Recipient(user_id=told.holder_id),
                values={
                    "code": f"{told.number} (yêu cầu)",
                    "procedure": "không được xác nhận",
                    "reason": f"Yêu cầu thay mặt {told.principal_name} không được xác nhận. Lý do: {told.reason}",
                    "date": told.until,
                },
                url="/identity/mandates/",
            )
        ]
    api.notify_many(wanted=wanted, actor=SYSTEM, now=context.now)


def subscribe_all() -> None:
    subscribe(MandateChanged, name="notifications.tell_mandate")(on_mandate_changed)
    subscribe(MandateRequestChanged, name="notifications.tell_mandate_request")(on_mandate_request_changed)
    subscribe(DataReady, name="notifications.tell_data_ready")(on_data_ready)
    subscribe(SecondFactorRemovalAsked, name="notifications.tell_removal_asked")(on_factor_removal_asked)
    subscribe(SecondFactorRemoved, name="notifications.tell_factor_removed")(on_factor_removed)
