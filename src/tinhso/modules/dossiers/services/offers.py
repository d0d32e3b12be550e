"""What an officer may do with a dossier beside its route, now. Changes nothing; the services decide again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tinhso.kernel.access.api import Actor, allow
from tinhso.modules.dossiers.models import UNFINISHED
from tinhso.modules.dossiers.queries.reading import Access, DossierView, TaskInfo
from tinhso.modules.dossiers.rules import FINISHED, MoneyState, State, TaskKind, may_become, role_for_take_over

WORKING = (State.ACCEPTED, State.IN_PROGRESS)


@dataclass(frozen=True)
class ActionOffer:
    """An action that is open to the actor. `task` for those about one piece of work."""

    name: str
    title: str
    help: str
    task: TaskInfo | None = None


def offers_of(actor: Actor, view: DossierView, *, now: datetime) -> tuple[ActionOffer, ...]:
    """In the order of the page: what asks the person, what moves work, what ends. No query."""
    offers = [*_asking(actor, view), *_of_tasks(actor, view, now), *_ending(actor, view)]
    return tuple(offers)


def _asking(actor: Actor, view: DossierView) -> list[ActionOffer]:
    found = []
    before_intake = view.state == State.REGISTERED and bool(allow(actor, "dossiers.accept", view.access))
    in_hand = view.state in WORKING and any(in_hand_of(actor, task) for task in view.open_tasks)
    if before_intake or in_hand:
        found.append(
            ActionOffer("request_supplement", "Yêu cầu bổ sung hồ sơ", "Phiếu mẫu 02: từng chỗ cần sửa, hạn bổ sung.")
        )
        if view.money_state != MoneyState.PAID:
            found.append(
                ActionOffer(
                    "request_payment", "Yêu cầu nộp phí, lệ phí", "Hồ sơ chờ đến khi nộp xong; thời hạn vẫn tính."
                )
            )
    if view.state == State.SUPPLEMENT_REQUESTED and allow(actor, "dossiers.answer_supplement", view.access):
        found.append(
            ActionOffer("supplement", "Nhận bổ sung tại quầy", "Ghi thay người nộp: sửa tờ khai, nhận giấy tờ.")
        )
    if view.state == State.PAYMENT_REQUESTED and allow(actor, "dossiers.take_fee", view.access):
        found.append(
            ActionOffer("resume_payment", "Xử lý tiếp sau khi nộp tiền", "Đã thu đủ, hoặc được miễn có căn cứ.")
        )
    own = Access(frozenset({view.agency_id}), view.owner_id)
    running = view.accepted_at is not None and view.state not in FINISHED and view.due_at is not None
    if running and allow(actor, "dossiers.apologise", own):
        found.append(
            ActionOffer("apologise", "Xin lỗi và hẹn lại ngày trả", "Văn bản mẫu 04; ngày hẹn ban đầu vẫn được giữ.")
        )
    if may_instruct(view) and allow(actor, "dossiers.instruct", own):
        found.append(
            ActionOffer("instruct", "Chỉ đạo xử lý", "Hỏi, đôn đốc một người, có hạn trả lời. Không đổi bước, hạn trả.")
        )
    return found


def may_instruct(view: DossierView) -> bool:
    return view.state in UNFINISHED


def _of_tasks(actor: Actor, view: DossierView, now: datetime) -> list[ActionOffer]:
    found = []
    for task in view.open_tasks:
        if task.kind not in (TaskKind.STEP, TaskKind.OPINION):
            continue
        place = Access(frozenset({task.organisation_id}), None)
        mine = in_hand_of(actor, task)
        name = f"«{task.title}»"
        working = view.state in WORKING
        if working and mine and task.kind == TaskKind.STEP:
            found.append(
                ActionOffer("ask_opinions", "Lấy ý kiến cơ quan, đơn vị khác", f"Hỏi đồng thời từ bước {name}.", task)
            )
            if any(done.kind == TaskKind.STEP and done.key != task.key for done in view.tasks if not done.is_open):
                found.append(ActionOffer("send_back", "Trả lại bước trước", f"Từ bước {name}, có lý do.", task))
        heads = bool(allow(actor, "dossiers.assign", place))
        if working and (mine or heads) and allow(actor, "dossiers.transfer", place):
            found.append(
                ActionOffer("transfer", "Chuyển đơn vị, cơ quan khác", f"Chuyển {name} đến nơi có thẩm quyền.", task)
            )
        roles = frozenset(g.role for g in actor.grants if task.organisation_id in g.organisation_ids)
        held_by_other = task.holder_id is not None and not actor.stands_for(task.holder_id)
        if working and heads and held_by_other and role_for_take_over(roles, task.role):
            found.append(
                ActionOffer("take_over", "Làm thay người vắng mặt", f"{name} đang do {task.holder_name} giữ.", task)
            )
        overdue = task.kind == TaskKind.OPINION and task.due_at is not None and task.due_at < now
        if overdue and allow(actor, "dossiers.close_opinion", view.access):
            found.append(
                ActionOffer(
                    "close_opinion", "Kết thúc chờ ý kiến", f"{name} quá hạn. Im lặng không phải là đồng ý.", task
                )
            )
    return found


def _ending(actor: Actor, view: DossierView) -> list[ActionOffer]:
    found = []
    if may_become(view.state, State.STOPPED) and allow(actor, "dossiers.stop", view.access):
        found.append(ActionOffer("stop", "Dừng giải quyết hồ sơ", "Thông báo mẫu 05, có căn cứ. Không làm lại được."))
    if may_become(view.state, State.WITHDRAWN) and allow(actor, "dossiers.withdraw", view.access):
        found.append(
            ActionOffer("withdraw", "Rút hồ sơ theo yêu cầu của người nộp", "Người nộp đến quầy hoặc gửi bưu chính.")
        )
    if view.result is not None and view.state in (State.COMPLETED, State.RETURNED):
        issuing = next(
            (t for t in reversed(view.tasks) if t.kind == TaskKind.STEP and t.finished_at == view.completed_at), None
        )
        # Who issued puts it right: in a dossier across agencies not always the competent one.
        issuer = view.agency_id if issuing is None else issuing.organisation_id
        own = Access(frozenset({issuer}), view.owner_id)
        here = {g.role for g in actor.grants if issuer in g.organisation_ids}
        if allow(actor, "dossiers.correct_result", own) and (issuing is None or issuing.role in here):
            found.append(
                ActionOffer(
                    "correct_result", "Thay thế kết quả sai", "Kết quả mới nêu tên kết quả cũ; bản cũ vẫn được giữ."
                )
            )
    return found


def in_hand_of(actor: Actor, task: TaskInfo) -> bool:
    """The same answer as `routing.may_work_on`, from what the page has read already; of steps and opinions only."""
    if task.kind not in (TaskKind.STEP, TaskKind.OPINION):
        return False
    role = any(g.role == task.role and task.organisation_id in g.organisation_ids for g in actor.grants)
    return role and (task.holder_id is None or actor.stands_for(task.holder_id))
