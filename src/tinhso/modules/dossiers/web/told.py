"""What was told to the person, as a line of the dossier's story: sent is not delivered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tinhso.kernel.clock import VIETNAM
from tinhso.modules.notifications import api as notifications

_SENT = {
    notifications.Channel.EMAIL: "gửi thư",
    notifications.Channel.SMS: "gửi SMS",
    notifications.Channel.ZALO: "gửi Zalo",
}


@dataclass(frozen=True)
class Told:
    """A notice and what became of it on each way, in words."""

    title: str
    at: datetime
    ways: tuple[str, ...]


def told_about(ref: str) -> list[Told]:
    """The notices about a dossier, oldest first. Two queries at most."""
    return [Told(notice.title, notice.created_at, _ways(notice)) for notice in notifications.notices_about(ref)]


def _ways(notice: notifications.NoticeInfo) -> tuple[str, ...]:
    ways = [_way(message) for message in notice.messages]
    if notice.read_at is not None:
        ways.append(f"người nhận mở trên trang lúc {_at(notice.read_at)}")
    return tuple(ways) or ("hiện trên trang Thông báo của người nhận",)


def _way(message: notifications.MessageInfo) -> str:
    states = notifications.MessageState
    doing = _SENT[message.channel]
    if message.state == states.DELIVERED and message.delivered_at is not None:
        return f"đã {doing} lúc {_at(message.sent_at)}, đã đến lúc {_at(message.delivered_at)}"
    if message.state == states.SENT:
        # SMTP tells no more than that the server took it; of telephones a report may still come.
        waits = "" if message.channel == notifications.Channel.EMAIL else ", chưa có báo đã đến"
        return f"đã {doing} lúc {_at(message.sent_at)}{waits}"
    if message.state == states.FAILED:
        return f"không {doing} được (lúc {_at(message.failed_at)})"
    if message.state == states.EXPIRED:
        return f"không {doing}: quá lâu không gửi được"
    return f"chờ {doing}"


def _at(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
