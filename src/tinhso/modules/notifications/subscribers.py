"""What modules below have to tell people, told from here: they cannot call upwards."""

from __future__ import annotations

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.api import Context, subscribe
from tinhso.modules.identity.events import DataReady, SecondFactorRemovalAsked, SecondFactorRemoved
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


def subscribe_all() -> None:
    subscribe(DataReady, name="notifications.tell_data_ready")(on_data_ready)
    subscribe(SecondFactorRemovalAsked, name="notifications.tell_removal_asked")(on_factor_removal_asked)
    subscribe(SecondFactorRemoved, name="notifications.tell_factor_removed")(on_factor_removed)
