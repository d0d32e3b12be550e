"""The words around the progress table: its columns, its scope, what it can be narrowed to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from tinhso.kernel.access.api import Actor, reach
from tinhso.kernel.text import fold
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.api import Narrowing, ProgressTable, Standing
from tinhso.modules.procedures import api as procedures

COLUMNS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Tiếp nhận",
        (
            ("received.total", "Tổng số"),
            ("received.carried_over", "Kỳ trước"),
            ("received.online", "Trực tuyến"),
            ("received.direct", "Trực tiếp"),
            ("received.postal", "Bưu chính"),
        ),
    ),
    (
        "Đã giải quyết",
        (
            ("done.total", "Tổng số"),
            ("done.early", "Trước hạn"),
            ("done.on_time", "Đúng hạn"),
            ("done.late", "Quá hạn"),
        ),
    ),
    (
        "Đang giải quyết",
        (("in_progress.total", "Tổng số"), ("in_progress.in_time", "Trong hạn"), ("in_progress.late", "Quá hạn")),
    ),
    ("Tạm dừng", (("paused.total", "Tổng số"), ("paused.in_time", "Trong hạn"), ("paused.late", "Quá hạn"))),
    ("Từ chối", (("refused.total", "Tổng số"),)),
)
TITLES: Mapping[str, str] = {
    name: group if title == "Tổng số" else f"{group}: {title[0].lower()}{title[1:]}"
    for group, columns in COLUMNS
    for name, title in columns
}
# How a dossier stood at the end of the period: the tone of its mark, and the words.
STANDINGS: Mapping[Standing, tuple[str, str]] = {
    Standing.EARLY: ("success", "Xong trước hạn"),
    Standing.ON_TIME: ("success", "Xong đúng hạn"),
    Standing.LATE: ("danger", "Xong quá hạn"),
    Standing.WORKING: ("progress", "Đang giải quyết"),
    Standing.WORKING_LATE: ("danger", "Đang giải quyết, quá hạn"),
    Standing.PAUSED: ("neutral", "Tạm dừng"),
    Standing.PAUSED_LATE: ("warning", "Tạm dừng, quá hạn"),
    Standing.REFUSED: ("neutral", "Từ chối"),
}
_LEVELS = {"province": "các cơ quan cấp tỉnh", "commune": "các cơ quan cấp xã"}
_CHANNELS = {"online": "nộp trực tuyến", "direct": "nộp trực tiếp", "postal": "nộp qua bưu chính"}


def agencies_within(actor: Actor, permission: str = "dossiers.statistics") -> list[directory.OrganisationInfo]:
    """The agencies whose figures the actor sees (or may `permission`), in Vietnamese order; centres stand under their
    agencies. One query."""
    known = directory.organisations_by_id(reach(actor, permission)).values()
    agencies = (o for o in known if o.kind != "public_service_centre")
    return sorted(agencies, key=lambda o: fold(o.name))


def silent(
    table: ProgressTable, agencies: list[directory.OrganisationInfo], narrowing: Narrowing, on: date
) -> list[directory.OrganisationInfo]:
    """The agencies within reach that no row of the table speaks of: they had no dossier in the period. Nobody is left out
    without a word (opencps-v2#1293, #1376). Empty for other groupings, and where one agency is asked for. No query."""
    if table.by != "agency" or narrowing.agency_id is not None:
        return []
    told = set(table.ids.values())
    return [
        one
        for one in agencies
        if one.id not in told
        and (not narrowing.level or one.level == narrowing.level)
        and (one.valid_until is None or one.valid_until >= on)
    ]


def agency_name(agency_id: int) -> str:
    """The name of an agency, closed ones too. One query."""
    return directory.organisation(agency_id).name


def field_names(on: date) -> list[str]:
    """The fields of the procedures whose dossiers are filed here. One query."""
    found = {version.procedure.field_name for version in procedures.fileable_versions(on)}
    return sorted(found - {""}, key=fold)


def scope_in_words(narrowing: Narrowing, actor: Actor) -> str:
    """Of what the figures speak, as a heading of a table says it. At most one query."""
    within = reach(actor, "dossiers.statistics")
    if narrowing.agency_id is not None:
        known = directory.organisations_by_id([narrowing.agency_id])
        first = known[narrowing.agency_id].name if narrowing.agency_id in known else "Cơ quan không có"
    elif narrowing.level:
        first = _LEVELS[narrowing.level]
    else:
        known = directory.organisations_by_id(within)
        names = [o.name for o in known.values() if o.parent_id not in known]
        first = f"{names[0]} và các cơ quan trực thuộc" if len(known) > 2 and len(names) == 1 else "; ".join(names[:3])
    parts = [first or "Chưa có cơ quan nào trong phạm vi của bạn"]
    if narrowing.field:
        parts.append("chưa xếp lĩnh vực" if narrowing.field == "-" else f"lĩnh vực {narrowing.field}")
    if narrowing.channel:
        parts.append(_CHANNELS[narrowing.channel])
    text = ", ".join(parts)
    return text[0].upper() + text[1:]
