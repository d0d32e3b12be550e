"""The texts: those that came with the program, and those that an administrator put after them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from django.db import IntegrityError, transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.modules.notifications.models import Template
from tinhso.modules.notifications.rules import KINDS, Channel, Kind, check_template

_DATA = Path(__file__).resolve().parents[1] / "data" / "templates.json"


@dataclass(frozen=True)
class TemplateInfo:
    """A text in force from `valid_from`. `made_by_name` is "" for one that came with the program."""

    kind: Kind
    channel: Channel
    valid_from: datetime
    subject: str
    text: str
    provider_template: str = ""
    made_by_name: str = ""


class CannotSaveTemplate(ValueError):
    """Something is wrong with the text: `errors` maps field → message. Nothing was changed."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("Mẫu còn chỗ cần sửa.")
        self.errors = errors


@cache
def shipped() -> dict[tuple[Kind, Channel], TemplateInfo]:
    """The texts that came with the program, read and checked once."""
    raw = json.loads(_DATA.read_text(encoding="utf-8"))
    since = datetime.fromisoformat(raw["valid_from"])
    found = {}
    for row in raw["templates"]:
        info = TemplateInfo(
            Kind(row["kind"]),
            Channel(row["channel"]),
            since,
            row.get("subject", ""),
            row["text"],
            row.get("provider_template", ""),
        )
        errors = check_template(
            info.kind,
            info.channel,
            subject=info.subject,
            text=info.text,
            provider_template=info.provider_template,
        )
        if errors:
            raise ValueError(f"{_DATA.name}: {info.kind}/{info.channel}: {errors}")
        found[info.kind, info.channel] = info
    return found


def in_force(kinds: Iterable[Kind], *, now: datetime) -> dict[tuple[Kind, Channel], TemplateInfo]:
    """(kind, channel) → its text now. One query."""
    wanted = set(kinds)
    found = {key: info for key, info in shipped().items() if key[0] in wanted}
    for row in Template.objects.filter(kind__in=wanted, valid_from__lte=now).order_by("valid_from", "pk"):
        found[Kind(row.kind), Channel(row.channel)] = _info(row)
    return found


def history(kind: Kind, channel: Channel) -> list[TemplateInfo]:
    """All texts of a kind on a channel, the newest first, those to come too. One query."""
    rows = [_info(row) for row in Template.objects.filter(kind=kind, channel=channel).order_by("-valid_from", "-pk")]
    first = shipped().get((kind, channel))
    return rows + ([first] if first else [])


def _info(row: Template) -> TemplateInfo:
    return TemplateInfo(
        Kind(row.kind),
        Channel(row.channel),
        row.valid_from,
        row.subject,
        row.text,
        row.provider_template,
        row.made_by_name,
    )


@transaction.atomic
def save_template(
    *,
    kind: Kind,
    channel: Channel,
    subject: str,
    text: str,
    provider_template: str = "",
    valid_from: datetime,
    actor: Actor,
    now: datetime,
) -> None:
    """Put a text in force from a moment, now or later; the texts before it stay as they were. Raises
    `CannotSaveTemplate`."""
    require(actor, "notifications.edit_templates")
    subject, text = subject.strip(), text.replace("\r\n", "\n").strip()
    if (kind, channel) not in shipped():
        raise CannotSaveTemplate({"text": f"«{KINDS[kind].title}» không gửi qua kênh này."})
    errors = check_template(kind, channel, subject=subject, text=text, provider_template=provider_template)
    if valid_from < now:
        errors["valid_from"] = "Mẫu chỉ áp dụng từ lúc này hoặc về sau; thư đã gửi không đổi được."
    if errors:
        raise CannotSaveTemplate(errors)
    try:
        with transaction.atomic():
            row = Template.objects.create(
                kind=kind,
                channel=channel,
                valid_from=valid_from,
                subject=subject,
                text=text,
                provider_template=provider_template,
                made_at=now,
                made_by_name=actor.label,
            )
    except IntegrityError:
        raise CannotSaveTemplate({"valid_from": "Đã có một mẫu áp dụng đúng từ lúc đó. Chọn lúc khác."}) from None
    record(
        who=actor,
        action="notifications.save_template",
        object_ref=f"template:{row.pk}",
        after={
            "kind": kind.value,
            "channel": channel.value,
            "valid_from": valid_from.isoformat(),
            "subject": subject,
            "text": text,
        },
        now=now,
    )
