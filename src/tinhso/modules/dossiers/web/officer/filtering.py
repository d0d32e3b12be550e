"""From the address of the list to what is asked of the database, and the choices that the toolbar offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from tinhso.kernel.ui.typed import parse_date
from tinhso.modules.dossiers.queries.lists import OPEN_STATES, Filters, Scope, Sort
from tinhso.modules.dossiers.rules import STATE_TITLES, Channel, State
from tinhso.modules.procedures import api as procedures

MAX_TEXT = 200
ALL = frozenset(int(state) for state in State)
OPEN, EVERY = "open", "all"
STATES = [(OPEN, "Chưa xong"), *((str(s.value), title) for s, title in STATE_TITLES.items()), (EVERY, "Tất cả")]
DUES = [("today", "Đến hạn hôm nay"), ("soon", "Đến hạn trong 3 ngày"), ("late", "Quá hạn")]
HOLDERS = [
    ("me", "Tôi đang giữ"),
    ("work", "Việc của tôi và vai trò của tôi"),
    ("here", "Cơ quan khác chuyển đến"),
    ("nobody", "Chưa ai nhận"),
]
CHANNELS = [(channel.value, channel.title) for channel in Channel]
SORTS: Sequence[tuple[Sort, str]] = [("due", "Hạn trả"), ("received", "Ngày nộp"), ("code", "Mã hồ sơ")]
# What the list can show beside the code, the state and the due time.
COLUMNS = [
    ("applicant", "Người nộp"), ("procedure", "Thủ tục"), ("agency", "Cơ quan"), ("step", "Bước, người giữ"),
    ("received", "Ngày nộp"), ("channel", "Kênh"), ("money", "Phí, lệ phí"),
]  # fmt: skip
USUAL_COLUMNS = ("applicant", "procedure", "step")
# The parameters that make a filter; the rest of an address is where one stands in the list.
NAMES = (
    "q",
    "state",
    "due",
    "procedure",
    "agency",
    "channel",
    "holder",
    "name",
    "returned",
    "from",
    "until",
    "step",
    "unit",
    "sort",
)


@dataclass(frozen=True)
class Asked:
    """The filters, what was typed, and the mistakes in it: field → message."""

    filters: Filters
    typed: Mapping[str, str]
    errors: Mapping[str, str]

    @property
    def query(self) -> dict[str, str]:
        return {name: value for name, value in self.typed.items() if value}

    @property
    def narrowed(self) -> bool:
        return any(name != "sort" for name in self.query)


def read(given: Mapping[str, str], offered: Sequence[procedures.VersionInfo]) -> Asked:
    """A filter that makes no sense is as good as none; a date that cannot be read is told."""
    typed = {name: str(given.get(name, "")).replace("\x00", "").strip()[:MAX_TEXT] for name in NAMES}
    errors: dict[str, str] = {}
    text, due = typed["q"], typed["due"]
    if due not in {key for key, _ in DUES}:
        typed["due"] = due = ""
    if typed["state"] not in {key for key, _ in STATES}:
        # Whoever looks for a name wants it wherever it is; whoever asks what is due means the unfinished.
        typed["state"] = ""
    state = typed["state"] or (EVERY if text and not due else OPEN)
    states = OPEN_STATES if state == OPEN else ALL if state == EVERY else frozenset({int(state)})
    if typed["channel"] not in {key for key, _ in CHANNELS}:
        typed["channel"] = ""
    if typed["holder"] not in {key for key, _ in HOLDERS}:
        typed["holder"] = ""
    if typed["sort"] not in {key for key, _ in SORTS}:
        typed["sort"] = ""
    agency = int(typed["agency"]) if typed["agency"].isascii() and typed["agency"].isdigit() else None
    return Asked(
        filters=Filters(
            states=states,
            due=cast(Any, due),
            procedure_ids=_procedures(typed["procedure"], offered),
            agency_id=agency,
            channel=typed["channel"],
            holder=typed["holder"] or typed["name"],
            returned_only=typed["returned"] == "1",
            received_from=_day(typed, "from", errors),
            received_until=_day(typed, "until", errors),
            text=text,
            step=typed["step"],
            unit=typed["unit"],
            sort=cast(Sort, typed["sort"] or "due"),
        ),
        typed=typed,
        errors=errors,
    )


def _day(typed: Mapping[str, str], name: str, errors: dict[str, str]) -> date | None:
    try:
        return parse_date(typed[name])
    except ValueError as error:
        errors[name] = str(error)
        return None


def _procedures(value: str, offered: Sequence[procedures.VersionInfo]) -> frozenset[int] | None:
    """ "field:<name>": all procedures of a field; else a procedure's code."""
    if not value:
        return None
    if value.startswith("field:"):
        return frozenset(v.procedure.id for v in offered if v.procedure.field_name == value[6:])
    return frozenset(v.procedure.id for v in offered if v.code == value)


def procedure_choices(offered: Sequence[procedures.VersionInfo]) -> list[tuple[str, list[tuple[str, str]]]]:
    """By field: "all of it", then its procedures."""
    fields: dict[str, list[tuple[str, str]]] = {}
    for version in offered:
        name = version.procedure.field_name or "Lĩnh vực khác"
        fields.setdefault(name, []).append((version.code, version.title))
    return [
        (name, [(f"field:{name}", f"Mọi thủ tục: {name}"), *rows] if len(rows) > 1 else rows)
        for name, rows in sorted(fields.items())
    ]


def choices(scope: Scope, offered: Sequence[procedures.VersionInfo]) -> dict[str, Any]:
    return {
        "states": STATES,
        "dues": DUES,
        "holders": HOLDERS,
        "channels": CHANNELS,
        "agencies": [(organisation.id, organisation.name) for organisation in scope.agencies],
        "procedure_groups": procedure_choices(offered),
    }
