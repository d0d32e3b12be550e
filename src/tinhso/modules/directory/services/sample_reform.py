"""A plan for those who try the product: two communes of the reference province would become one. Invented."""

from __future__ import annotations

from datetime import date, datetime

from tinhso.kernel.access.api import User, actor_of
from tinhso.modules.directory.models import Organisation, Reform
from tinhso.modules.directory.rules.reforms import Action
from tinhso.modules.directory.services.reforming import add_action, draft_reform, submit_reform

DRAFTER = "quantricanbo"
JOINED = ("Trung Lý", "Mường Lý")
NAME = "xã Trung Lý - Mường Lý"
CODE = "H56.301"
# Below each commune: its centre and its police.
PARTS = ((".01", "Trung tâm Phục vụ hành chính công", "public_service_centre"), (".02", "Công an", "police"))


def seed_sample_reform(*, now: datetime) -> str:
    """Write the plan once, submitted and waiting for approval. Returns a line in Vietnamese."""
    if Reform.objects.exists():
        return "đã có sẵn"
    user = User.objects.get(username=DRAFTER)
    actor = actor_of(user, on=now.date())
    old = [Organisation.objects.get(name=f"UBND xã {name}", valid_until__isnull=True) for name in JOINED]
    number = draft_reform(
        title=f"Nhập xã {JOINED[0]} và xã {JOINED[1]} (giả định, để dùng thử)",
        ground="Phương án giả định, không phải chủ trương của tỉnh",
        effective_date=date(now.year + 1, 1, 1),
        actor=actor,
        now=now,
    )
    actions = [
        Action(0, "create", new_code=CODE, name=f"UBND {NAME}", level="commune", organisation_kind="people_committee",
               parent_code="H56")
    ]  # fmt: skip
    actions += [Action(0, "merge", one.code, CODE) for one in old]
    for suffix, title, kind in PARTS:
        actions.append(
            Action(0, "create", new_code=f"{CODE}{suffix}", name=f"{title} {NAME}", level="commune",
                   organisation_kind=kind, parent_code=CODE)
        )  # fmt: skip
        actions += [Action(0, "merge", f"{one.code}{suffix}", f"{CODE}{suffix}") for one in old]
    for action in actions:
        add_action(reform_id=number, action=action, actor=actor, now=now)
    submit_reform(reform_id=number, actor=actor, now=now)
    return "1 phương án chờ phê duyệt"
