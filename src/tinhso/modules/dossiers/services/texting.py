"""A dossier followed by text message (tra cứu bằng tin nhắn): code and PIN together, as on the page. Telephones are a weak
channel: only the state and the times are told, no name and no content."""

from __future__ import annotations

from datetime import datetime

from tinhso.kernel.access.api import Actor
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers.models import UNFINISHED, Dossier
from tinhso.modules.dossiers.rules import State
from tinhso.modules.dossiers.services.tracking import CannotTrack, open_by_pin
from tinhso.modules.notifications import api as notifications

WORD = "HS"
USAGE = "HS (cách) mã hồ sơ (cách) mã PIN"


def register() -> None:
    notifications.register_incoming(WORD, USAGE, answer)


def answer(words: list[str], actor: Actor, now: datetime) -> str:
    """State and due time of the dossier whose code and PIN were sent. Wrong ones count as on the page."""
    if len(words) < 2:
        return f"Thiếu mã hồ sơ hoặc mã PIN. Soạn: {USAGE}."
    code, pin = words[0], "".join(words[1:])
    try:
        public_id = open_by_pin(code=code, pin=pin, actor=actor, now=now)
    except CannotTrack as refusal:
        return str(refusal)
    row = Dossier.objects.only("code", "state", "due_at").get(public_id=public_id)
    state = State(row.state)
    said = f"Hồ sơ {row.code}: {state.title.lower()}."
    if row.due_at is not None and state in UNFINISHED and state != State.COMPLETED:
        said += f" Hẹn trả: {row.due_at.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}."
    if state == State.COMPLETED:
        said += " Kết quả chờ bạn tại nơi nhận hoặc trên trang hồ sơ."
    return said
