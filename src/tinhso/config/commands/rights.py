"""`tinhso rights`: who may do what: every address, operation, job and command × every kind of actor, and why.

Decided from what the code declares, on sample objects; no database is asked. `tests/architecture/rights.json` keeps the
table in short, so that every change of rights is seen in review; `tests/architecture/test_rights_table.py` holds it to
what the pages really do.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SNAPSHOT = Path(__file__).resolve().parents[4] / "tests/architecture/rights.json"
LIBRARY = "allauth"

# The sample world: a ward and its receiving centre; the same elsewhere; the province above all.
WARD, CENTRE, WARD_ELSEWHERE, CENTRE_ELSEWHERE, PROVINCE = 1, 11, 2, 12, 9
OWNER, STRANGER = 101, 102
EVERYWHERE = frozenset({WARD, CENTRE, WARD_ELSEWHERE, CENTRE_ELSEWHERE, PROVINCE})


@dataclass(frozen=True)
class Sample:
    """An object as access sees it."""

    access_organisation_ids: Collection[int]
    access_owner_id: int | None = None


DOSSIER = Sample(frozenset({WARD, CENTRE}), OWNER)


@dataclass(frozen=True)
class Row:
    operation: str
    permission: str
    actor: str
    allowed: bool
    why: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="in từng dòng: thao tác, người, được hay không, vì sao")
    parser.add_argument("--snapshot", action="store_true", help="ghi lại bảng rút gọn mà bài kiểm thử so sánh")


def run(args: argparse.Namespace) -> int:
    rows = list(table())
    if args.snapshot:
        SNAPSHOT.write_text(snapshot(rows), encoding="utf-8")
        print(f"Đã ghi {SNAPSHOT}")
    elif args.json:
        shown = [{"operation": r.operation, "actor": r.actor, "allowed": r.allowed, "why": r.why} for r in rows]
        print(json.dumps(shown, ensure_ascii=False, indent=1))
    else:
        for row in rows:
            print(f"{'được   ' if row.allowed else 'không  '} {row.actor:22} {row.operation}: {row.why}")
    return 0


def snapshot(rows: list[Row]) -> str:
    """Operation → its permission and those who may; the same code gives the same text."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = found.setdefault(row.operation, {"permission": row.permission, "allowed": []})
        if row.allowed:
            entry["allowed"].append(row.actor)
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in sorted(found.items())]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def actors() -> dict[str, Any]:
    """One actor of every kind. «In charge»: of the sample dossier's ward or its centre."""
    from tinhso.kernel.access.api import NOBODY, Actor, Grant

    def officer(role: str, *places: int) -> Actor:
        return Actor("officer", role, 200, (Grant(role, frozenset(places)),))

    return {
        "nobody": NOBODY,
        "citizen_owner": Actor("citizen", "citizen_owner", OWNER),
        "citizen_other": Actor("citizen", "citizen_other", STRANGER),
        "clerk_in_charge": officer("clerk", CENTRE),
        "clerk_elsewhere": officer("clerk", CENTRE_ELSEWHERE),
        "handler_in_charge": officer("handler", WARD),
        "handler_elsewhere": officer("handler", WARD_ELSEWHERE),
        "unit_head": officer("unit_head", WARD),
        "leader_in_charge": officer("leader", WARD),
        "leader_elsewhere": officer("leader", WARD_ELSEWHERE),
        "staff_admin": officer("staff_admin", *EVERYWHERE),
        "rights_admin": officer("rights_admin", *EVERYWHERE),
        "catalogue_editor": officer("catalogue_editor", *EVERYWHERE),
        "catalogue_approver": officer("catalogue_approver", *EVERYWHERE),
        "system_admin": officer("system_admin", *EVERYWHERE),
        "operator": Actor("operator", "operator", 300),
        "service": Actor("service", "service", 301),
    }


# Where more is asked of the object than the permission at the door: who they are for. The test holds this to reality.
NOT_YOURS = "Chỉ người đã viết, gửi hoặc tải lên mới mở được."
ASK_PIN = "Cần mã hồ sơ và mã PIN."
ONLY: dict[str, tuple[frozenset[str], str]] = {
    **dict.fromkeys(
        (
            "dossiers:draft", "dossiers:draft_applicant", "dossiers:draft_form", "dossiers:draft_saved",
            "dossiers:draft_discard", "dossiers:draft_papers", "dossiers:draft_file", "dossiers:draft_check",
            "dossiers:draft_send", "dossiers:sent", "dossiers:sent_slip",
        ),
        (frozenset({"citizen_owner"}), NOT_YOURS),
    ),
    **dict.fromkeys(
        ("dossiers:counter_applicant", "dossiers:counter_form", "dossiers:counter_papers", "dossiers:counter_discard"),
        (frozenset({"clerk_in_charge"}), NOT_YOURS),
    ),
    **dict.fromkeys(("directory:import_batch", "directory:import_apply"), (frozenset({"staff_admin"}), NOT_YOURS)),
    "directory:withdraw_role_request": (frozenset({"handler_in_charge"}), NOT_YOURS),
    **dict.fromkeys(
        ("dossiers:support_page", "dossiers:end_support"), (frozenset(), "Chỉ người đang hỗ trợ, với sự đồng ý của người nộp.")
    ),
    "dossiers:emergency_dossier": (frozenset(), "Cần một lượt mở khẩn cấp còn hạn cho hồ sơ này."),
    "directory:end_lent": (frozenset({"leader_in_charge", "unit_head"}), "Chỉ người ủy quyền hoặc người làm thay."),
}  # fmt: skip
# Following from outside: the owner signed in, an officer in reach, everybody else by code and PIN.
SEEN = frozenset(
    {
        "dossiers:follow", "dossiers:follow_why", "dossiers:follow_receipt", "dossiers:follow_refusal",
        "dossiers:follow_result", "dossiers:follow_paper", "dossiers:form_pdf", "dossiers:follow_visits", "dossiers:pay",
        "dossiers:follow_part_result",
    }
)  # fmt: skip
# What a person without an account does on a followed dossier needs the PIN as well.
BY_PIN = frozenset(
    {"dossiers:follow_end_support", "dossiers:supplement", "dossiers:supplement_file", "dossiers:withdraw"}
)
# Parameters that name no guarded object; of filters everybody reaches only their own.
PUBLIC_PARAMETERS = {"provider", "code", "number", "token", "kind", "form", "group", "filter_id"}


@dataclass(frozen=True)
class Address:
    """One URL of ours. `route` as written in the urls; `permission` "" for the library's own pages."""

    name: str
    route: str
    permission: str
    methods: tuple[str, ...]
    parameters: frozenset[str]
    module: str


def addresses() -> list[Address]:
    """Every URL, the library's pages too."""
    from django.urls import URLPattern, URLResolver, get_resolver

    def walk(resolver: URLResolver, prefix: str, space: str) -> Iterator[Address]:
        for entry in resolver.url_patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from walk(entry, route, f"{space}{entry.namespace}:" if entry.namespace else space)
            elif isinstance(entry, URLPattern):
                view = entry.callback
                yield Address(
                    f"{space}{entry.name}",
                    route,
                    getattr(view, "permission", ""),
                    methods_of(view),
                    frozenset(entry.pattern.regex.groupindex) | frozenset(entry.pattern.converters),
                    view.__module__,
                )

    return sorted(walk(get_resolver(), "", ""), key=lambda found: found.route)


def methods_of(view: Callable[..., Any]) -> tuple[str, ...]:
    """What `require_GET` and its like let through; a view without them takes both."""
    layer: Any = view
    while layer is not None:
        if "methods" in vars(layer):
            return tuple(layer.methods)
        for cell in getattr(layer, "__closure__", None) or ():
            content = cell.cell_contents
            if isinstance(content, list | tuple) and content and set(content) <= {"GET", "HEAD", "POST"}:
                return tuple(method for method in content if method != "HEAD")
        layer = getattr(layer, "__wrapped__", None)
    return ("GET", "POST")


def table() -> Iterator[Row]:
    """Every operation × every actor, in a fixed order."""
    yield from _address_rows()
    yield from _permission_rows()
    yield from _machine_rows()


def _address_rows() -> Iterator[Row]:
    for address in addresses():
        for method in address.methods:
            for key, actor in actors().items():
                allowed, why = _at_address(address, key, actor)
                yield Row(f"{method} /{address.route}", address.permission, key, allowed, why)


def _at_address(address: Address, key: str, actor: Any) -> tuple[bool, str]:
    from tinhso.kernel.access.api import allow, explain
    from tinhso.modules.dossiers.api import may_see

    if address.module.startswith(LIBRARY):
        return True, "Trang đăng nhập, đăng ký: dành cho người chưa có quyền gì."
    if not allow(actor, address.permission):
        return False, explain(actor, address.permission)
    if address.name in ONLY:
        who, why = ONLY[address.name]
        return key in who, "Là người đã viết, gửi hoặc giữ." if key in who else why
    if address.name in SEEN:
        seen = may_see(actor, _Followed())  # type: ignore[arg-type]
        if actor.kind == "nobody":
            return False, ASK_PIN
        permission = "dossiers.own" if actor.kind == "citizen" else "dossiers.view"
        return bool(seen), explain(actor, permission, DOSSIER)
    if address.name in BY_PIN and actor.kind == "nobody":
        return False, ASK_PIN
    obj = DOSSIER if address.parameters - PUBLIC_PARAMETERS else None
    return bool(allow(actor, address.permission, obj)), explain(actor, address.permission, obj)


class _Followed:
    """As much of a dossier's view as `may_see` reads."""

    public_id = "sample"
    access = DOSSIER
    emergency_user_ids: frozenset[int] = frozenset()


def _permission_rows() -> Iterator[Row]:
    """What services ask: every declared permission, on the sample dossier."""
    from tinhso.kernel.access.api import allow, explain, permissions

    for name in sorted(permissions()):
        for key, actor in actors().items():
            yield Row(f"service {name}", name, key, bool(allow(actor, name, DOSSIER)), explain(actor, name, DOSSIER))


def _machine_rows() -> Iterator[Row]:
    """Jobs and periods act as the system, never for a person; commands belong to whoever runs the server."""
    from tinhso.config.cli import COMMANDS
    from tinhso.kernel.jobs.registry import job_names, periods

    machine = [(f"job {name}", "Chỉ hệ thống tự chạy.") for name in job_names()]
    machine += [(f"period {name}", "Chỉ hệ thống tự chạy.") for name in sorted(p.name for p in periods())]
    for operation, why in machine:
        for key in actors():
            yield Row(operation, "", key, False, why)
    for name in sorted(COMMANDS):
        for key in actors():
            may = key == "operator"
            yield Row(f"command {name}", "", key, may, "Người vận hành máy chủ." if may else "Không vào được máy chủ.")
