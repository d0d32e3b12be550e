"""Reports that are made again and again: their definitions, with versions, and what they told when they were closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from tinhso.kernel.access.api import Actor, account_of, require
from tinhso.kernel.audit.api import record
from tinhso.modules.dossiers.api import NUMBERS, Narrowing, progress_table
from tinhso.modules.scorecards.models import Report, ReportClosing, ReportVersion
from tinhso.modules.scorecards.queries.progress import scope_in_words

REPORTS_PER_USER = 50


class CannotReport(ValueError):
    """No name, too many, another's, or figures that do not add up. Nothing was changed."""


@transaction.atomic
def save_report(*, name: str, query: Mapping[str, str], actor: Actor, now: datetime) -> int:
    """Keep how a table was asked for (`query`: grouping and narrowing, without its days) under a name; under a name
    used before it is the next version, unless nothing differs. Returns the report's number. Raises `CannotReport`."""
    require(actor, "scorecards.report")
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise CannotReport("Đặt tên cho báo cáo trước khi lưu.")
    if len(name) > 150:
        raise CannotReport("Tên báo cáo dài quá 150 ký tự. Hãy đặt tên gọn lại.")
    owner = account_of(actor)
    report = Report.objects.select_for_update().filter(owner_id=owner, name=name).first()
    if report is None:
        if Report.objects.filter(owner_id=owner).count() >= REPORTS_PER_USER:
            raise CannotReport(f"Mỗi người lưu tối đa {REPORTS_PER_USER} báo cáo.")
        report = Report.objects.create(name=name, owner_id=owner, created_at=now)
    last = ReportVersion.objects.filter(report=report).order_by("-number").first()
    kept = {key: value for key, value in sorted(query.items()) if value}
    if last is None or last.query != kept:
        version = ReportVersion.objects.create(
            report=report,
            number=(last.number if last else 0) + 1,
            query=kept,
            made_at=now,
            made_by_name=actor.label[:300],
        )
        record(
            who=actor,
            action="scorecards.save_report",
            object_ref=f"report:{report.pk}",
            after={"name": name, "version": version.number, "query": kept},
            now=now,
        )
    return report.pk


@transaction.atomic
def close_report(
    *, report_id: int, since: date, until: date, narrowing: Narrowing, by: str, actor: Actor, now: datetime
) -> int:
    """Keep the numbers of a period as they stand now, by the report's last version, whose `narrowing` and `by` the
    caller has read. Returns the closing's number. Raises `CannotReport`, `ValueError` on days that make no period."""
    require(actor, "scorecards.report")
    report = Report.objects.select_for_update().filter(pk=report_id, owner_id=account_of(actor)).first()
    if report is None:
        raise CannotReport("Không có báo cáo này trong các báo cáo của bạn.")
    version = ReportVersion.objects.filter(report=report).order_by("-number")[0]
    table = progress_table(since=since, until=until, by=by, narrowing=narrowing, actor=actor, now=now)
    broken = next(iter(table.broken), None)
    if broken is not None:
        raise CannotReport(
            f"Dòng «{broken.name}» lệch {broken.missing} hồ sơ nên chưa chốt được. Hãy báo quản trị kỹ thuật."
        )
    closing = ReportClosing.objects.create(
        version=version,
        since=since,
        until=until,
        as_of=table.as_of,
        scope=scope_in_words(narrowing, actor),
        rows=[
            {"key": row.key, "name": row.name, "numbers": {name: row.number(name) for name in NUMBERS}}
            for row in (*table.rows, table.total)
        ],
        closed_at=now,
        closed_by_name=actor.label[:300],
    )
    record(
        who=actor,
        action="scorecards.close_report",
        object_ref=f"report:{report.pk}",
        after={"closing": closing.pk, "version": version.number, "since": str(since), "until": str(until)},
        now=now,
    )
    return closing.pk


@transaction.atomic
def delete_report(*, report_id: int, actor: Actor, now: datetime) -> None:
    """Forget a report of one's own that was never closed. Raises `CannotReport`: what was closed is kept."""
    require(actor, "scorecards.report")
    report = Report.objects.select_for_update().filter(pk=report_id, owner_id=account_of(actor)).first()
    if report is None:
        raise CannotReport("Không có báo cáo này trong các báo cáo của bạn.")
    if ReportClosing.objects.filter(version__report=report).exists():
        raise CannotReport("Báo cáo đã có số liệu chốt nên được giữ lại.")
    last = ReportVersion.objects.filter(report=report).aggregate(last=Max("number"))["last"]
    record(
        who=actor,
        action="scorecards.delete_report",
        object_ref=f"report:{report.pk}",
        before={"name": report.name, "version": last},
        now=now,
    )
    report.delete()
