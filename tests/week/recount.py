"""Counting again from raw rows in plain Python, by the rules of the law and not by the product's queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory.models import Organisation
from tinhso.modules.dossiers.models import Dossier, Paper, Part, PaymentRequest, Result, SupplementRequest
from tinhso.modules.procedures.models import ProcedureVersion

CHANNEL = {"online": "online", "national": "online", "counter": "direct", "post": "postal"}
REFUSED, WITHDRAWN, STOPPED = 3, 7, 8


@dataclass(frozen=True)
class Counted:
    """One dossier in a row: where it came from and how it stood at the end of the period."""

    code: str
    origin: str
    standing: str
    agency_id: int
    level: str
    field: str
    channel: str

    def is_in(self, number: str) -> bool:
        group, _, part = number.partition(".")
        received = self.standing != "refused"
        if group == "refused":
            return not received
        if group == "received":
            wanted = {"total": None, "carried_over": "carried"}.get(part, part)
            return received and wanted in (None, self.origin)
        standings = {
            "done": ("early", "on_time", "late"),
            "in_progress": ("working", "working_late"),
            "paused": ("paused", "paused_late"),
        }[group]
        in_time = {"done": None, "in_progress": "working", "paused": "paused"}[group]
        if part == "total":
            return self.standing in standings
        if part == "in_time":
            return self.standing == in_time
        if part == "late" and group != "done":
            return self.standing == f"{in_time}_late"
        return self.standing == part


class Recount:
    """Everything read once. `since` to `until` are days; `now` is when it is counted."""

    def __init__(self, since: date, until: date, now: datetime) -> None:
        self.start = datetime.combine(since, time.min, VIETNAM)
        self.end = min(datetime.combine(until + timedelta(days=1), time.min, VIETNAM), now)
        self.dossiers: list[dict[str, Any]] = list(Dossier.objects.values())
        organisations = {row["id"]: row for row in Organisation.objects.values("id", "level", "code", "name")}
        fields = dict(ProcedureVersion.objects.values_list("pk", "procedure__field__name"))
        for row in self.dossiers:
            row["level"] = organisations[row["agency_id"]]["level"]
            row["field"] = fields[row["version_id"]] or ""
        self.organisations = organisations
        self.by_id = {row["id"]: row for row in self.dossiers}
        self.supplements = _by_dossier(SupplementRequest.objects.values())
        self.payment_requests = _by_dossier(PaymentRequest.objects.values())
        self.parts = _by_dossier(Part.objects.order_by("number").values())
        self.papers = _by_dossier(Paper.objects.filter(superseded_at=None).values())
        self.results = _by_dossier(Result.objects.values())

    # At the person's level

    def people(self) -> list[Counted]:
        found = []
        for row in self.dossiers:
            standing = self._standing(row)
            if standing is not None:
                found.append(self._counted(row, standing, row["accepted_at"], row["agency_id"], row["level"]))
        return found

    def _counted(
        self, row: dict[str, Any], standing: str, received_at: datetime | None, agency_id: int, level: str
    ) -> Counted:
        channel = CHANNEL[row["channel"]]
        carried = received_at is not None and received_at < self.start
        return Counted(
            row["code"], "carried" if carried else channel, standing, agency_id, level, row["field"], channel
        )

    def _standing(self, row: dict[str, Any]) -> str | None:
        """None: not of this period."""
        ended_at, due_at = row["completed_at"] or row["closed_at"], row["due_at"]
        if row["state"] == REFUSED:
            return "refused" if self.start <= ended_at < self.end else None
        if row["accepted_at"] is None or row["accepted_at"] >= self.end:
            return None
        if ended_at is not None and ended_at < self.start:
            return None
        past = due_at is not None and due_at < self.end
        if ended_at is None or ended_at >= self.end:
            word = "paused" if self.waits(row["id"]) else "working"
            return f"{word}_late" if past else word
        if row["state"] == STOPPED:
            return "paused_late" if past else "paused"
        return _timeliness(ended_at, due_at, late=due_at is not None and ended_at > due_at)

    def waits(self, dossier_id: int) -> bool:
        """For the person, at the end of the period."""
        for one in self.supplements[dossier_id]:
            over = [at for at in (one["answered_at"], one["closed_at"]) if at is not None]
            if one["requested_at"] < self.end and all(at >= self.end for at in over):
                return True
        return any(
            one["requested_at"] < self.end and (one["settled_at"] is None or one["settled_at"] >= self.end)
            for one in self.payment_requests[dossier_id]
        )

    # At the agencies' level

    def agencies(self) -> list[Counted]:
        """Dossiers of one agency as they are; of those across agencies what each does of them."""
        found = [one for one in self.people() if self._id(one.code) not in self.parts]
        for dossier_id, parts in self.parts.items():
            by_agency: dict[int, list[dict[str, Any]]] = defaultdict(list)
            for part in parts:
                by_agency[part["organisation_id"]].append(part)
            for agency_id, own in by_agency.items():
                row = self.by_id[dossier_id]
                share = self._share(row, own)
                if share is not None:
                    received_at, standing = share
                    level = self.organisations[agency_id]["level"]
                    found.append(self._counted(row, standing, received_at, agency_id, level))
        return found

    def _id(self, code: str) -> int:
        return next(row["id"] for row in self.dossiers if row["code"] == code)

    def _share(self, row: dict[str, Any], own: list[dict[str, Any]]) -> tuple[datetime, str] | None:
        begun = [one for one in own if one["started_at"] is not None and one["started_at"] < self.end]
        if not begun:
            return None
        ended_at = row["completed_at"] or row["closed_at"]
        over = ended_at is not None and ended_at < self.end
        undone = [
            one
            for one in own
            if not one["is_skipped"] and not over and (one["done_at"] is None or one["done_at"] >= self.end)
        ]
        late = any(
            one["due_at"] is not None and min(one["done_at"] or self.end, self.end) > one["due_at"] for one in begun
        )
        received_at = min(one["started_at"] for one in begun)
        if undone:
            here = any(one["done_at"] is None or one["done_at"] >= self.end for one in begun)
            word = "paused" if here and self.waits(row["id"]) else "working"
            return received_at, f"{word}_late" if late else word
        never_begun = any(one["started_at"] is None and not one["is_skipped"] for one in own)
        finished = ended_at if never_begun else max(one["done_at"] for one in begun if one["done_at"] is not None)
        if finished < self.start:
            return None
        if row["state"] == STOPPED and finished == ended_at:
            return received_at, "paused_late" if late else "paused"
        dues = [one["due_at"] for one in begun if one["due_at"] is not None]
        return received_at, _timeliness(finished, max(dues, default=None), late=late)


def _timeliness(ended_at: datetime, due_at: datetime | None, *, late: bool) -> str:
    if late:
        return "late"
    if due_at is not None and ended_at.astimezone(VIETNAM).date() < due_at.astimezone(VIETNAM).date():
        return "early"
    return "on_time"


def _by_dossier(rows: Iterable[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["dossier_id"]].append(row)
    return found


def codes(counted: Iterable[Counted], where: Callable[[Counted], bool]) -> list[str]:
    return [one.code for one in counted if where(one)]
