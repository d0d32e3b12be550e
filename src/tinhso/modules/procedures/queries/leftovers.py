"""What inflates the catalogue: old procedures left behind, doubled, or offered by nobody. A handful of queries for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from tinhso.kernel.text import fold
from tinhso.modules.procedures.models import CatalogueChange, NationalRecord, ProcedureOffering, ProcedureVersion
from tinhso.modules.procedures.queries import published_on

# Kind → (title, what to do).
KINDS: dict[str, tuple[str, str]] = {
    "gone": (
        "Đang áp dụng ở tỉnh nhưng không còn trong danh mục quốc gia",
        "Duyệt thay đổi «Bãi bỏ» của lần đồng bộ, hoặc thôi áp dụng phiên bản với căn cứ.",
    ),
    "superseded": (
        "Mã đã được thay bằng mã khác",
        "Thôi áp dụng mã cũ; kiểm tra mã mới đã có biểu mẫu và tuyến xử lý.",
    ),
    "twice": ("Hai phiên bản cùng áp dụng", "Thôi áp dụng phiên bản cũ."),
    "same_name": (
        "Cùng tên, cùng lĩnh vực, hai mã",
        "Hỏi bộ quản lý mã nào còn hiệu lực; thôi áp dụng mã còn lại.",
    ),
    "no_agency": (
        "Giao cho cơ quan không còn hoạt động",
        "Khai lại nơi thực hiện: cơ quan kế thừa.",
    ),
}


@dataclass(frozen=True)
class Leftover:
    kind: str
    code: str
    name: str
    number: int
    detail: str

    @property
    def title(self) -> str:
        return KINDS[self.kind][0]

    @property
    def remedy(self) -> str:
        return KINDS[self.kind][1]


@dataclass(frozen=True)
class _InForce:
    procedure_id: int
    code: str
    name: str
    number: int
    field_id: int | None
    replaced_by: str


def leftovers(*, on: date) -> tuple[Leftover, ...]:
    """Everything of the province's own list that should not stand there, by kind and code. Five queries."""
    in_force = _in_force(on)
    found = [
        *_gone(in_force),
        *_superseded(in_force),
        *_twice(in_force, on),
        *_same_name(in_force),
        *_no_agency(in_force, on),
    ]
    order = list(KINDS)
    return tuple(sorted(found, key=lambda one: (order.index(one.kind), one.code)))


def counts_of(found: tuple[Leftover, ...]) -> dict[str, int]:
    """Of every kind, those without any too: nothing left behind is worth showing."""
    return {kind: sum(one.kind == kind for one in found) for kind in KINDS}


def _in_force(on: date) -> dict[int, _InForce]:
    rows = (
        ProcedureVersion.objects.filter(published_on(on))
        .filter(Q(procedure__at_province=True) | Q(procedure__at_commune=True))
        .values_list(
            "procedure_id", "procedure__code", "procedure__name", "number", "procedure__field_id",
            "procedure__replaced_by__code",
        )
    )  # fmt: skip
    return {row[0]: _InForce(*row[:5], row[5] or "") for row in rows}


def _gone(in_force: dict[int, _InForce]) -> Iterator[Leftover]:
    changes = (
        CatalogueChange.objects.filter(kind="retired", state__in=["open", "refused"], procedure_id__in=in_force)
        .order_by("-pk")
        .values_list("procedure_id", "state", "reason", "run_id")
    )
    told: set[int] = set()
    for procedure_id, state, reason, run_id in changes:
        if procedure_id not in told:
            told.add(procedure_id)
            why = f"không áp dụng thay đổi: {reason}" if state == "refused" else f"chờ duyệt ở lần đồng bộ {run_id}"
            yield _row("gone", in_force[procedure_id], f"Không còn trong danh sách; {why}")
    known = set(NationalRecord.objects.values_list("code", flat=True))
    for one in in_force.values():
        # A suffix (1.012753.H56) marks what a province itself publishes: the national list has no line for it.
        is_national = one.code.count(".") == 1
        if is_national and known and one.code not in known and one.procedure_id not in told:
            yield _row("gone", one, "Chưa từng có trong danh sách quốc gia")


def _superseded(in_force: dict[int, _InForce]) -> Iterator[Leftover]:
    waiting = dict(
        CatalogueChange.objects.filter(state__in=["open", "refused"], procedure_id__in=in_force)
        .exclude(replaced_by="")
        .values_list("procedure_id", "replaced_by")
    )
    for procedure_id, one in in_force.items():
        code = one.replaced_by or waiting.get(procedure_id, "")
        if code:
            yield _row("superseded", one, f"Thay bằng mã {code}")


def _twice(in_force: dict[int, _InForce], on: date) -> Iterator[Leftover]:
    """The database forbids it; asked all the same, for a report that only trusts the rule proves nothing."""
    doubled = (
        ProcedureVersion.objects.filter(published_on(on))
        .order_by()
        .values("procedure_id")
        .annotate(number=Count("pk"))
        .filter(number__gt=1)
    )
    for row in doubled:
        if row["procedure_id"] in in_force:
            yield _row("twice", in_force[row["procedure_id"]], f"{row['number']} phiên bản cùng áp dụng")


def _same_name(in_force: dict[int, _InForce]) -> Iterator[Leftover]:
    groups: dict[tuple[str, int | None], list[_InForce]] = defaultdict(list)
    for one in in_force.values():
        groups[fold(one.name).removeprefix("thu tuc ").strip(" ."), one.field_id].append(one)
    for group in groups.values():
        if len(group) > 1:
            for one in group:
                others = ", ".join(sorted(other.code for other in group if other is not one))
                yield _row("same_name", one, f"Cùng tên với mã {others}")


def _no_agency(in_force: dict[int, _InForce], on: date) -> Iterator[Leftover]:
    rows = (
        ProcedureOffering.objects.filter(procedure_id__in=in_force, organisation__valid_until__lt=on)
        .filter(Q(valid_until__isnull=True) | Q(valid_until__gte=on))
        .values_list("procedure_id", "organisation__name", "organisation__valid_until")
    )
    for procedure_id, name, until in rows:
        yield _row("no_agency", in_force[procedure_id], f"{name} kết thúc ngày {until:%d/%m/%Y}")


def _row(kind: str, one: _InForce, detail: str) -> Leftover:
    return Leftover(kind, one.code, one.name, one.number, detail)
