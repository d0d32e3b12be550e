"""The catalogues that dossiers keep for all: legal states, with who brings a dossier into each, and channels."""

from __future__ import annotations

from functools import partial

from tinhso.kernel.access.api import permissions, roles
from tinhso.modules.directory.api import Catalogue, Entry, register_catalogue
from tinhso.modules.dossiers.rules import TRANSITIONS, Channel, DeliveryState, MoneyState, State, SyncState, Titled

# Which operation brings a dossier into a state.
BROUGHT_BY = {
    State.REGISTERED: "dossiers.submit",
    State.ACCEPTED: "dossiers.accept",
    State.REFUSED: "dossiers.refuse",
    State.IN_PROGRESS: "dossiers.work",
    State.SUPPLEMENT_REQUESTED: "dossiers.request_supplement",
    State.PAYMENT_REQUESTED: "dossiers.request_payment",
    State.WITHDRAWN: "dossiers.withdraw",
    State.STOPPED: "dossiers.stop",
    State.COMPLETED: "dossiers.issue",
    State.RETURNED: "dossiers.return",
}
OWN = "Phần mềm tỉnh số; lưu riêng, không trộn với trạng thái pháp lý"
WORDS: tuple[tuple[str, str, type[Titled]], ...] = (
    ("channels", "Kênh tiếp nhận", Channel),
    ("money-states", "Tình trạng nộp tiền", MoneyState),
    ("delivery-states", "Tình trạng trả kết quả", DeliveryState),
    ("sync-states", "Tình trạng đồng bộ", SyncState),
)
KEPT = "Hồ sơ cũ giữ nguyên mã; không mã nào bị dùng lại cho nghĩa khác."


def register() -> None:
    register_catalogue(
        Catalogue(
            "dossier-states",
            "Trạng thái hồ sơ",
            "Bộ trạng thái đồng bộ với Cổng Dịch vụ công quốc gia",
            KEPT,
            entries=lambda: [Entry(str(state.value), state.title, note=_note(state)) for state in State],
        )
    )
    for key, title, kind in WORDS:
        register_catalogue(Catalogue(key, title, OWN, KEPT, entries=partial(_words, kind)))


def _words(kind: type[Titled]) -> list[Entry]:
    return [Entry(one.value, one.title) for one in kind]


def _note(state: State) -> str:
    """Who brings a dossier there, by which operation, and where it may go from there."""
    permission = permissions()[BROUGHT_BY[state]]
    named = roles()
    who = sorted(named[role] for role in permission.roles)
    if "citizen" in permission.kinds:
        who.insert(0, "Người nộp hồ sơ")
    onward = ", ".join(f"{target.value} {target.title}" for target in sorted(TRANSITIONS[state]))
    return f"Do: {', '.join(who)} ({permission.title}). " + (
        f"Được chuyển tiếp sang: {onward}." if onward else "Kết thúc."
    )
