"""Open work follows the successor of an agency that ended: the dossiers with their open tasks, drafts, saved filters.

Due times, holders, history and everything that was issued stay as they are; the names of before are kept beside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.audit.api import Change, record_many
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Dossier, Draft, Inheritance, Result, SavedFilter, Task
from tinhso.modules.dossiers.queries import inheriting as found
from tinhso.modules.dossiers.rules import State

_FIELD = "version__procedure__field__name"


def move_dossiers(moves: directory.Moves, limit: int, now: datetime) -> int:
    """The next open dossiers of agencies and offices that ended, each with its open tasks there."""
    rows = list(
        found.open_at(moves.main.keys())
        .select_for_update(of=("self",))
        .order_by("pk")
        .values("pk", "agency_id", "office_id", "due_at", "state", _FIELD)[:limit]
    )
    if not rows:
        return 0
    names = {n: info.name for n, info in directory.organisations_by_id(_mentioned(moves, rows)).items()}
    to: dict[tuple[int, int], list[int]] = {}
    targets: dict[int, tuple[int, int]] = {}
    for row in rows:
        agency, office = _targets(moves, row)
        targets[row["pk"]] = (agency, office)
        to.setdefault((agency, office), []).append(row["pk"])
    Inheritance.objects.bulk_create(
        (
            Inheritance(
                dossier_id=row["pk"], reform_id=moves.reform_id, effective_date=moves.day, inherited_at=now,
                agency_before_id=row["agency_id"], office_before_id=row["office_id"],
                agency_name=names[row["agency_id"]], office_name=names[row["office_id"]],
                successor_name=names[targets[row["pk"]][0]], due_at=row["due_at"],
            )
            for row in rows
        ),
        batch_size=1000,
        ignore_conflicts=True,
    )  # fmt: skip
    _keep_issuers(rows)
    for (agency, office), numbers in to.items():
        Dossier.objects.filter(pk__in=numbers).update(agency_id=agency, office_id=office)
    _move_their_tasks(moves, rows, targets)
    record_many(
        who=SYSTEM,
        action="dossiers.inherit",
        changes=[
            Change(
                f"dossier:{row['pk']}",
                {"agency": names[row["agency_id"]], "office": names[row["office_id"]]},
                {"agency": names[targets[row["pk"]][0]], "office": names[targets[row["pk"]][1]]},
            )
            for row in rows
        ],
        reason=moves.ground,
        now=now,
    )
    return len(rows)


def _keep_issuers(rows: list[dict[str, Any]]) -> None:
    """A result issued and not returned yet names who issued it, not who returns it."""
    issued: dict[int, list[int]] = {}
    for row in rows:
        if row["state"] == State.COMPLETED:
            issued.setdefault(row["agency_id"], []).append(row["pk"])
    for agency, numbers in issued.items():
        Result.objects.filter(dossier_id__in=numbers, organisation__isnull=True).update(organisation_id=agency)


def _targets(moves: directory.Moves, row: dict[str, Any]) -> tuple[int, int]:
    field = row[_FIELD] or ""
    agency = moves.target(row["agency_id"], field) or row["agency_id"]
    # Received by the agency itself: whoever settles it now returns it too.
    if row["office_id"] == row["agency_id"]:
        return agency, agency
    return agency, moves.target(row["office_id"], field) or row["office_id"]


def _mentioned(moves: directory.Moves, rows: list[dict[str, Any]]) -> set[int]:
    return {n for row in rows for n in (row["agency_id"], row["office_id"], *_targets(moves, row))}


def _move_their_tasks(moves: directory.Moves, rows: list[dict[str, Any]], targets: dict[int, tuple[int, int]]) -> None:
    """An open task at the dossier's agency or office goes where the dossier goes."""
    before = {row["pk"]: (row["agency_id"], row["office_id"]) for row in rows}
    to: dict[int, list[int]] = {}
    tasks = Task.objects.filter(dossier_id__in=before, finished_at__isnull=True)
    for number, dossier_id, organisation_id in tasks.values_list("pk", "dossier_id", "organisation_id"):
        for old, new in zip(before[dossier_id], targets[dossier_id], strict=True):
            if organisation_id == old and old != new:
                to.setdefault(new, []).append(number)
                break
    for organisation_id, numbers in to.items():
        Task.objects.filter(pk__in=numbers).update(organisation_id=organisation_id)


def move_tasks(moves: directory.Moves, limit: int, now: datetime) -> int:
    """What is left: opinions asked of an ended organisation by another agency."""
    rows = list(
        found.open_tasks_at(moves.main.keys()).select_for_update(of=("self",)).order_by("dossier_id", "pk")
        .values("pk", "key", "organisation_id", "dossier_id", f"dossier__{_FIELD}")[:limit]
    )  # fmt: skip
    to: dict[int, list[int]] = {}
    changes: dict[int, Change] = {}
    for row in rows:
        target = moves.target(row["organisation_id"], row[f"dossier__{_FIELD}"] or "") or row["organisation_id"]
        to.setdefault(target, []).append(row["pk"])
        changes[row["dossier_id"]] = Change(
            f"dossier:{row['dossier_id']}", {"organisation_id": row["organisation_id"]},
            {"task": row["key"], "organisation_id": target},
        )  # fmt: skip
    for organisation_id, numbers in to.items():
        Task.objects.filter(pk__in=numbers).update(organisation_id=organisation_id)
    record_many(who=SYSTEM, action="dossiers.inherit", changes=changes.values(), reason=moves.ground, now=now)
    return len(rows)


def move_drafts(moves: directory.Moves, limit: int, now: datetime) -> int:
    """What people are writing is written to the successor."""
    rows = list(
        found.drafts_at(moves.main.keys()).select_for_update(of=("self",)).order_by("pk")
        .values("pk", "agency_id", "office_id", _FIELD)[:limit]
    )  # fmt: skip
    to: dict[tuple[int, int], list[int]] = {}
    for row in rows:
        to.setdefault(_targets(moves, row), []).append(row["pk"])
    for (agency, office), numbers in to.items():
        Draft.objects.filter(pk__in=numbers).update(agency_id=agency, office_id=office)
    return len(rows)


def move_filters(moves: directory.Moves, limit: int, now: datetime) -> int:
    """A filter that an officer keeps shows the successor's dossiers."""
    numbers = found.filters_on(moves.main.keys())
    rows = list(SavedFilter.objects.filter(pk__in=numbers))
    for row in rows:
        _, old = numbers[row.pk]
        row.query = "&".join(
            f"agency={moves.main[old]}" if part == f"agency={old}" else part for part in row.query.split("&")
        )
    SavedFilter.objects.bulk_update(rows, ["query"], batch_size=500)
    return len(rows)


def register() -> None:
    """Called when the app is ready."""
    for follower in (
        directory.Follower(
            "dossiers", "Hồ sơ đang giải quyết", 100,
            frozenset({"dossiers.Dossier.agency", "dossiers.Dossier.office"}),
            found.count_open, found.list_open, move_dossiers,
        ),
        directory.Follower(
            "tasks", "Việc đang làm trong hồ sơ", 110, frozenset({"dossiers.Task.organisation"}),
            found.count_tasks, found.list_tasks, move_tasks, found.needs,
        ),
        directory.Follower(
            "drafts", "Bản nháp của người dân", 120, frozenset({"dossiers.Draft.agency", "dossiers.Draft.office"}),
            found.count_drafts, found.list_drafts, move_drafts,
        ),
        directory.Follower(
            "saved_filters", "Bộ lọc đã lưu", 130, frozenset(), found.count_filters, found.list_filters, move_filters,
            wants_owner=False,
        ),
    ):  # fmt: skip
        directory.register_follower(follower)
    directory.register_records(directory.Records("done", "Hồ sơ đã xong", found.count_done))
    directory.register_stays(
        {f"dossiers.{model}.office" for model in ("SupplementRequest", "Apology", "Closing", "Printout")},
        because="A numbered paper keeps the office that issued it.",
    )
    directory.register_stays({"dossiers.Support.place"}, because="Where the helper worked when the person agreed.")
    directory.register_stays(
        {"dossiers.Rating.agency"}, because="People rated the agency that settled their dossier, under its name then."
    )
    directory.register_stays(
        {"dossiers.Inheritance.agency_before", "dossiers.Inheritance.office_before"},
        because="The name it stood under before.",
    )
    directory.register_stays(
        {"dossiers.WatchThreshold.organisation", "dossiers.WatchRun.agency"},
        because="Days before which people are reminded, and how a run went: the successor sets and has its own.",
    )
