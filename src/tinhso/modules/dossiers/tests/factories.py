"""A ward, its people and a small procedure with every kind of action: the stage of the dossiers' tests."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from PIL import Image

from tinhso.kernel.access.api import Actor, actor_of, create_user
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory.models import Unit
from tinhso.modules.directory.tests.factories import (
    SINCE,
    get_organisation,
    give,
    make_officer,
    make_organisation,
    make_province,
    make_staff,
)
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, Task
from tinhso.modules.dossiers.rules import Channel, PaperKind
from tinhso.modules.procedures.tests.factories import make_procedure, publish_definition
from tinhso.modules.procedures.tests.samples import definition_raw

# A Tuesday morning, in working time.
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=VIETNAM)
TODAY = NOW.date()

APPLICANT = {
    "full_name": "Lê Thị Hồng Nhung",
    "identity_number": "038192004517",
    "phone": "0912345678",
    "email": "",
    "address": "Số 12 đường Lê Lợi, phường Hạc Thành",
    "acting_as": "self",
    "result_delivery": "counter",
}
FORM_DATA: dict[str, Any] = {
    "child": {"full_name": "Nguyễn Minh Khang", "birth_date": "2026-09-14", "sex": "male"},
    "request": {"copies": 2, "pledge": True},
}
ROUTE: dict[str, Any] = {
    "start": "examine",
    "steps": [
        {
            "key": "examine", "title": "Thẩm tra", "role": "handler", "unit": "Văn phòng HĐND và UBND", "hours": 3,
            "actions": [
                {"key": "submit", "title": "Trình lãnh đạo", "kind": "forward", "to": "approve"},
                {"key": "consult", "title": "Lấy ý kiến", "kind": "parallel", "to": ["culture", "economy"],
                 "join": "examine"},
            ],
        },
        {"key": "culture", "title": "Ý kiến Phòng Văn hóa - Xã hội", "role": "handler", "unit": "Phòng Văn hóa - Xã hội",
         "hours": 1, "actions": [{"key": "send", "title": "Gửi ý kiến", "kind": "forward", "to": "examine"}]},
        {"key": "economy", "title": "Ý kiến Phòng Kinh tế", "role": "handler", "unit": "Phòng Kinh tế", "hours": 1,
         "actions": [{"key": "send", "title": "Gửi ý kiến", "kind": "forward", "to": "examine"}]},
        {
            "key": "approve", "title": "Phê duyệt", "role": "leader", "hours": 1,
            "actions": [
                {"key": "approve", "title": "Phê duyệt, ban hành", "kind": "issue"},
                {"key": "return", "title": "Trả lại để làm lại", "kind": "back", "to": "examine"},
            ],
        },
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """The ward's actors, somebody of another ward, two citizens, and the procedure's version."""

    agency_id: int
    office_id: int
    version_id: int
    clerk: Actor
    handler: Actor
    colleague: Actor
    head: Actor
    leader: Actor
    elsewhere: Actor
    citizen: Actor
    stranger: Actor


def make_stage(**changes: Any) -> Stage:
    """`changes`: keys of the definition written over."""
    root = make_province()
    ward, centre = get_organisation("H56.102"), get_organisation("H56.102.01")
    other = make_organisation("UBND phường Sầm Sơn", "H56.103", parent=root)
    office, culture = (
        Unit.objects.create(organisation=ward, name=name, rank=rank, valid_from=SINCE)
        for rank, name in enumerate(("Văn phòng HĐND và UBND", "Phòng Văn hóa - Xã hội"))
    )

    def officer(username: str, name: str, role: str, place: Any, position: str, unit: Any = None) -> Actor:
        user = make_officer(username, name)
        make_staff(user, place, position=position, unit=unit)
        return give(user, role, place)

    definition = definition_raw(
        deadline={"cases": [{"when": None, "amount": 1, "unit": "working_day"}]}, route=ROUTE, **changes
    )
    procedure = make_procedure(plain_name="Đăng ký khai sinh cho con")
    return Stage(
        agency_id=ward.pk,
        office_id=centre.pk,
        version_id=publish_definition(procedure, definition),
        clerk=officer("clerk", "Lê Thị Mai", "clerk", centre, "Chuyên viên"),
        handler=officer("handler", "Nguyễn Văn Bình", "handler", ward, "Chuyên viên", office),
        colleague=officer("colleague", "Hà Thu Trang", "handler", ward, "Chuyên viên", culture),
        head=officer("head", "Phạm Quang Hưng", "unit_head", ward, "Chánh Văn phòng", office),
        leader=officer("leader", "Lê Minh Tuấn", "leader", ward, "Chủ tịch UBND"),
        elsewhere=officer("elsewhere", "Ngô Xuân Hải", "handler", other, "Chuyên viên"),
        citizen=make_citizen("citizen", "Lê Thị Hồng Nhung"),
        stranger=make_citizen("stranger", "Trần Văn Khác"),
    )


def make_citizen(username: str, full_name: str) -> Actor:
    user = create_user(username=username, full_name=full_name, kind="citizen", password="tinhso-demo-2026")
    return actor_of(user, on=TODAY)


def picture(colour: str = "white") -> io.BytesIO:
    """A small real PNG."""
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(stream, "PNG")
    stream.seek(0)
    return stream


def write_draft(
    stage: Stage, *, actor: Actor | None = None, now: datetime = NOW, papers: bool = True, **applicant: Any
) -> UUID:
    """A complete draft of the citizen, not sent yet."""
    actor = actor or stage.citizen
    public_id = dossiers.start(
        version_id=stage.version_id, agency_id=stage.agency_id, channel=Channel.ONLINE, actor=actor, now=now
    )
    same = {"public_id": public_id, "actor": actor, "keys": (), "now": now}
    dossiers.save_applicant(values={**APPLICANT, **applicant}, revision=None, **same)
    for group, values in FORM_DATA.items():
        dossiers.save_group(group=group, values=values, revision=None, **same)
    if papers:
        dossiers.attach(paper_key="birth_proof", stream=picture(), filename="chung-sinh.png", **same)
    return public_id


def send(stage: Stage, *, actor: Actor | None = None, now: datetime = NOW, **applicant: Any) -> Dossier:
    """A dossier that waits at the counter."""
    actor = actor or stage.citizen
    draft = write_draft(stage, actor=actor, now=now, **applicant)
    sent = dossiers.submit(public_id=draft, actor=actor, keys=(), now=now)
    return Dossier.objects.get(pk=sent.dossier_id)


def accepted(stage: Stage, *, now: datetime = NOW, **applicant: Any) -> Dossier:
    """A dossier at its first step."""
    dossier = send(stage, now=now, **applicant)
    dossiers.accept(dossier_id=dossier.pk, actor=stage.clerk, now=now + timedelta(minutes=1))
    dossier.refresh_from_db()
    return dossier


def open_task(dossier: Dossier, key: str | None = None) -> Task:
    """The open task (of a step)."""
    tasks = Task.objects.filter(dossier=dossier, finished_at__isnull=True)
    return tasks.get(key=key) if key else tasks.get()


def do(
    dossier: Dossier, action: str, actor: Actor, *, comment: str = "", now: datetime = NOW, key: str | None = None
) -> None:
    """Finish the open step with an action."""
    dossiers.act(task_id=open_task(dossier, key).pk, action=action, comment=comment, actor=actor, now=now)
    dossier.refresh_from_db()


def submitted_to_leader(stage: Stage, *, now: datetime = NOW, **applicant: Any) -> Dossier:
    """A dossier that waits for the leader's approval."""
    dossier = accepted(stage, now=now, **applicant)
    do(dossier, "submit", stage.handler, comment="Hồ sơ đủ điều kiện.", now=now + timedelta(minutes=5))
    return dossier


def issued(stage: Stage, *, now: datetime = NOW, **applicant: Any) -> Dossier:
    """A dossier whose result waits to be returned."""
    dossier = submitted_to_leader(stage, now=now, **applicant)
    do(dossier, "approve", stage.leader, now=now + timedelta(minutes=9))
    return dossier


def at_counter(stage: Stage, *, now: datetime = NOW, **applicant: Any) -> dossiers.Submitted:
    """What a clerk took in for a person at the counter."""
    same = {"actor": stage.clerk, "now": now}
    public_id = dossiers.start(version_id=stage.version_id, agency_id=stage.agency_id, channel=Channel.COUNTER, **same)
    dossiers.save_applicant(public_id=public_id, values={**APPLICANT, **applicant}, revision=None, keys=(), **same)
    for group, values in FORM_DATA.items():
        dossiers.save_group(public_id=public_id, group=group, values=values, revision=None, keys=(), **same)
    return dossiers.receive_at_counter(
        public_id=public_id,
        papers=[dossiers.ReceivedPaper("birth_proof", PaperKind.ORIGINAL, 1)],
        **same,
    )
