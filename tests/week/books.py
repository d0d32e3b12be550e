"""The pages over dossiers beside the recount: progress table, lists, board, desks, register and control sheets, trail."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from openpyxl import load_workbook

from tests.week.ground import END, FRIDAY, LOOKER, MONDAY, OFFICERS, Ground
from tests.week.ledger import Ledger
from tests.week.people import Office
from tests.week.recount import Counted, Recount, codes
from tinhso.kernel.audit.models import Entry
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, HandOver, Task
from tinhso.modules.dossiers.queries.books import hand_overs
from tinhso.modules.dossiers.rules import TRANSITIONS, State

PERIOD = {"from": MONDAY.isoformat(), "until": END.isoformat()}


def progress(ledger: Ledger, office: Office, again: Recount) -> None:
    """Every number of the table, by each grouping, and the list that it opens: as many dossiers, and the same ones."""
    people, agencies = again.people(), again.agencies()
    named = {row["name"]: number for number, row in again.organisations.items()}
    for by in ("agency", "level", "field", "channel"):
        counted = agencies if by == "agency" else people
        page = office.get(LOOKER, reverse("scorecards:progress"), {**PERIOD, "by": by}).context
        table = page["table"]
        ledger.none(f"progress by {by}: rows that do not add up", [row.name for row in table.broken])
        keys = {_key(by, one) for one in counted}
        ledger.same(f"progress by {by}: rows", len(table.rows), len(keys))
        for shown in page["rows"]:
            row = shown["row"]
            key: Any = named[row.name] if by == "agency" else "" if row.key == "-" else row.key
            own = [one for one in counted if _key(by, one) == key]
            _numbers(ledger, office, f"progress by {by}, {row.name}", shown["cells"], own, every_list=by == "agency")
        _numbers(ledger, office, f"progress by {by}, sum", page["total"]["cells"], people, every_list=by == "agency")
    _narrowed(ledger, office, again, agencies)


def _narrowed(ledger: Ledger, office: Office, again: Recount, agencies: list[Counted]) -> None:
    """One agency by field: its rows add up to its own row."""
    for number in {one.agency_id for one in agencies}:
        own = [one for one in agencies if one.agency_id == number]
        query = {**PERIOD, "by": "field", "agency": str(number)}
        total = office.get(LOOKER, reverse("scorecards:progress"), query).context["total"]
        _numbers(ledger, office, f"progress of {again.organisations[number]['code']}", total["cells"], own)


def _key(by: str, one: Counted) -> Any:
    return {"agency": one.agency_id, "level": one.level, "field": one.field, "channel": one.channel}[by]


def _numbers(
    ledger: Ledger, office: Office, where: str, cells: Any, own: list[Counted], *, every_list: bool = False
) -> None:
    """Every number; the lists of all of them, or of the sums."""
    for name, (number, url, _) in zip(dossiers.NUMBERS, cells, strict=True):
        wanted = codes(own, lambda one, name=name: one.is_in(name))
        ledger.same(f"{where}, {name}", number, len(wanted), wanted)
        if url and (every_list or name.endswith(".total")):
            ledger.same_codes(f"{where}, list of {name}", _listed(office, url), wanted)


def _listed(office: Office, url: str) -> list[str]:
    found: list[str] = []
    while url:
        page = office.get(LOOKER, url).context
        found += [row.code for row, _ in page["rows"]]
        url = page["next_url"] and reverse("scorecards:progress_dossiers") + page["next_url"]
    return found


def lists_and_board(ledger: Ledger, office: Office, ground: Ground, again: Recount) -> None:
    """The leader's list of all, the board with the list of each number, and everybody's desk."""
    now = ground.clock.now
    own = {row["id"] for row in again.dossiers if row["agency_id"] == ground.agency_id}
    shown, url = [], reverse("dossiers:list") + "?state=all"
    while url:
        page = office.get("chutich", url).context
        shown += [row.code for row, _ in page["rows"]]
        url = page["next_url"]
    ledger.same_codes("list of the leader", shown, [again.by_id[one]["code"] for one in own])
    unfinished = {1, 2, 4, 5, 6, 9}
    tasks = [
        task
        for task in Task.objects.filter(finished_at=None).values()
        if again.by_id[task["dossier_id"]]["state"] in unfinished
        and ground.agency_id in (again.by_id[task["dossier_id"]]["agency_id"], task["organisation_id"])
    ]
    for by in ("procedure", "unit"):
        board = office.get("chutich", reverse("dossiers:board"), {"agency": str(ground.agency_id), "by": by}).context
        ledger.same(
            f"board by {by}: work", board["total"],
            len({(task["dossier_id"], task["title"], task["unit_name"]) for task in tasks}),
        )  # fmt: skip
        for lane, columns in board["lanes"]:
            for column, url, _ in columns:
                rows = office.get("chutich", url).context["rows"]
                ledger.same(f"board by {by}, {lane.name}, {column.title}: its list", len(rows), column.total,
                            [row.code for row, _ in rows])  # fmt: skip
    for username in OFFICERS:
        desk = office.get(username, reverse("dossiers:desk")).context["desk"]
        mine = [
            task for task in Task.objects.filter(finished_at=None).values()
            if task["holder_id"] == ground.actor(username).user_id
        ]  # fmt: skip
        ledger.same(f"desk of {username}: in hand", desk.mine.found, len({one["dossier_id"] for one in mine}),
                    [again.by_id[one["dossier_id"]]["code"] for one in mine])  # fmt: skip
        back = {one["dossier_id"] for one in mine if one["is_rework"]}
        ledger.same(f"desk of {username}: returned", desk.returned.found, len(back))
        if desk.agency_late is not None and username in ("truongphong", "chutich"):
            late = [one for one in own if _runs_late(again.by_id[one], now)]
            ledger.same(f"desk of {username}: late in the agency", desk.agency_late.found, len(late),
                        [again.by_id[one]["code"] for one in late])  # fmt: skip


def _runs_late(row: dict[str, Any], now: datetime) -> bool:
    return row["state"] in (2, 4, 5, 6) and row["due_at"] is not None and row["due_at"] < now


def register(ledger: Ledger, office: Office, ground: Ground, again: Recount) -> None:
    """Form 07 of each office as the workbook that a clerk takes away; form 06 of every dossier against its tasks."""
    for clerk, office_id in (("tiepnhan", ground.office_id), ("tiepnhan.samson", ground.other_office_id)):
        received = [row for row in again.dossiers if row["office_id"] == office_id and row["accepted_at"] is not None]
        if not received:  # an office without dossiers has no register to take
            continue
        query = {"office": str(office_id), "first": f"{FRIDAY:%d/%m/%Y}", "last": f"{END:%d/%m/%Y}", "take": "xlsx"}
        answer = office.get(clerk, reverse("dossiers:book"), query)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        sheet: Any = load_workbook(io.BytesIO(content)).active
        cells = {str(cell.value): row for row in sheet.iter_rows() for cell in row if cell.value}
        known = {row["code"] for row in again.dossiers}
        ledger.same_codes(f"register of {clerk}", set(cells) & known, [row["code"] for row in received])
        for row in received:
            line = " ".join(str(cell.value or "") for cell in cells.get(row["code"], ()))
            word = {"handed_over": "Trực tiếp", "sent_online": "Bản điện tử", "by_post": "Bưu chính"}.get(
                row["delivery_state"], ""
            )
            if row["returned_at"] is not None and word:
                ledger.same(f"register of {clerk}: how returned", word in line, True, [row["code"]])
    for row in again.dossiers:
        view = dossiers.dossier_view(row["public_id"])
        lines = hand_overs(view)
        tasks = Task.objects.filter(dossier_id=row["id"]).count()
        asked = again.supplements[row["id"]]
        money = again.payment_requests[row["id"]]
        counted = tasks + len(asked) + sum(one["answered_at"] is not None for one in asked)
        counted += len(money) + sum(one["settled_at"] is not None for one in money)
        ledger.same("control sheet: lines", len(lines), counted, [row["code"]])


ENDINGS = {
    "dossiers.accept": "accepted_at", "dossiers.receive": "accepted_at", "dossiers.return": "returned_at",
}  # fmt: skip


def trail(ledger: Ledger, again: Recount) -> None:
    """What the trail says happened against how the dossiers stand."""
    entries: dict[str, list[Entry]] = {}
    for entry in Entry.objects.order_by("object_ref", "object_number"):
        entries.setdefault(entry.object_ref, []).append(entry)
    for row in again.dossiers:
        own = entries.get(f"dossier:{row['id']}", [])
        done = Counter(entry.action for entry in own)
        code = [row["code"]]
        ledger.same(
            "trail: numbers without a gap", [one.object_number for one in own], list(range(1, len(own) + 1)), code
        )
        ledger.same("trail: refused", done["dossiers.refuse"], int(row["state"] == State.REFUSED), code)
        ledger.same("trail: withdrawn", done["dossiers.withdraw"], int(row["state"] == State.WITHDRAWN), code)
        ledger.same("trail: stopped", done["dossiers.stop"], int(row["state"] == State.STOPPED), code)
        ledger.same(
            "trail: supplements asked", done["dossiers.request_supplement"], len(again.supplements[row["id"]]), code
        )
        ledger.same(
            "trail: supplements answered", done["dossiers.answer_supplement"],
            sum(one["answered_at"] is not None for one in again.supplements[row["id"]]), code,
        )  # fmt: skip
        ledger.same("supplements counted", row["supplement_count"], len(again.supplements[row["id"]]), code)
        ledger.same(
            "trail: money asked", done["dossiers.request_payment"], len(again.payment_requests[row["id"]]), code
        )
        ledger.same(
            "trail: corrections", done["dossiers.correct_result"],
            sum(one["replaces_id"] is not None for one in again.results[row["id"]]), code,
        )  # fmt: skip
        ledger.same("results in force", sum(one["is_current"] for one in again.results[row["id"]]),
                    int(row["completed_at"] is not None), code)  # fmt: skip
        ledger.same("trail: has its return", done["dossiers.return"] > 0, row["returned_at"] is not None, code)
        _states_in_order(ledger, row, own)


def _states_in_order(ledger: Ledger, row: dict[str, Any], own: list[Entry]) -> None:
    """Every state that the trail tells of follows the one before by law; the last is the dossier's."""
    state: State | None = None
    for entry in own:
        before, after = (json.loads(text) if text else {} for text in (entry.before, entry.after))
        if not isinstance(after, dict) or not isinstance(after.get("state"), int):
            continue
        known = before.get("state") if isinstance(before, dict) else None
        following = State(after["state"])
        if isinstance(known, int) and known != following:
            ledger.same(
                f"trail: {entry.action} from a state that may become {following}",
                following in TRANSITIONS[State(known)], True, [row["code"]],
            )  # fmt: skip
        state = following
    if state is not None and state not in (State.ACCEPTED, State.IN_PROGRESS):
        ledger.same("trail: the last state", int(state), row["state"], [row["code"]])


def parts(ledger: Ledger, office: Office, ground: Ground, again: Recount) -> None:
    """Parts and hand-overs of dossiers across agencies; the list of open parts of each agency."""
    for dossier_id, own in again.parts.items():
        row, code = again.by_id[dossier_id], [again.by_id[dossier_id]["code"]]
        ended = row["completed_at"] or row["closed_at"]
        running = [one for one in own if one["started_at"] is not None and one["done_at"] is None]
        moved = list(HandOver.objects.filter(dossier_id=dossier_id).order_by("pk").values())
        story = [f"{one['number']}@{one['organisation_id']} {one['started_at']}–{one['done_at']}" for one in own]
        story += [
            f"{one['from_organisation_id']}→{one['to_organisation_id']} {one['handed_at']} "
            f"{'confirmed' if one['confirmed_at'] else 'refused' if one['refused_at'] else 'waits'}"
            for one in moved
        ]
        ledger.same("parts running", len(running), 0 if ended else 1, [*code, *story])
        pending = [one for one in moved if one["confirmed_at"] is None and one["refused_at"] is None]
        waiting = Task.objects.filter(dossier_id=dossier_id, finished_at=None, awaits_receipt=True).count()
        ledger.same("hand-overs that wait", waiting, len(pending), code)
        if running and not pending:
            taken = [one for one in moved if one["confirmed_at"] is not None]
            where = taken[-1]["to_organisation_id"] if taken else own[0]["organisation_id"]
            refused = [one for one in moved if one["refused_at"] is not None]
            if not refused:
                ledger.same("where the running part is", running[0]["organisation_id"], where, code)
    for username, key in (("congan", "organisation_id"), ("bhxh", "organisation_id")):
        place = {number for grant in ground.actor(username).grants for number in grant.organisation_ids}
        counted = [
            again.by_id[one["dossier_id"]]["code"]
            for own in again.parts.values()
            for one in own
            if one["started_at"] is not None and one["done_at"] is None and one[key] in place
        ]
        rows = office.get(username, reverse("dossiers:parts")).context["rows"]
        ledger.same_codes(f"open parts of {username}", [row.code for row in rows], counted)


def numbers(ledger: Ledger, again: Recount) -> None:
    """Codes of dossiers: per day without a gap, none twice."""
    by_day: dict[str, list[int]] = {}
    for row in again.dossiers:
        stem, _, number = row["code"].rpartition("-")
        by_day.setdefault(stem.rpartition("-")[2], []).append(int(number))
        day = (row["submitted_at"].astimezone(VIETNAM)).strftime("%y%m%d")
        ledger.same("code: its day", stem.rpartition("-")[2], day, [row["code"]])
    for day, found in by_day.items():
        ledger.same(f"codes of {day}: without a gap", sorted(found), list(range(1, len(found) + 1)))


def all_of(ledger: Ledger, office: Office, ground: Ground, again: Recount) -> None:
    assert ground.clock.now > again.start + timedelta(days=4)
    ledger.section("progress table", lambda: progress(ledger, office, again))
    ledger.section("lists, board, desks", lambda: lists_and_board(ledger, office, ground, again))
    ledger.section("register, control sheets", lambda: register(ledger, office, ground, again))
    ledger.section("trail", lambda: trail(ledger, again))
    ledger.section("parts", lambda: parts(ledger, office, ground, again))
    ledger.section("codes", lambda: numbers(ledger, again))
    ledger.same("dossiers", Dossier.objects.count(), len(again.dossiers))
