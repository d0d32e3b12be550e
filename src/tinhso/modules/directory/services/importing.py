"""Import of organisations and staff: read and check a whole file, show what it would do, then all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tinhso.kernel.access.api import Actor, create_user, require
from tinhso.kernel.audit.api import record
from tinhso.kernel.events.api import publish
from tinhso.kernel.search import searchable
from tinhso.kernel.text import fold, person_sort_key, sort_key
from tinhso.modules.directory.events import DirectoryImported
from tinhso.modules.directory.models import ImportBatch, Organisation, Position, StaffMember, Unit
from tinhso.modules.directory.queries import in_force, known_to_import
from tinhso.modules.directory.rules.checking import Checked, Known, check, mentioned
from tinhso.modules.directory.rules.sheets import RawTable, Record
from tinhso.modules.directory.services.people import staff_search_text
from tinhso.modules.directory.services.tree import settle_paths
from tinhso.modules.directory.services.workbooks import read_upload

MAX_KEPT_FAULTS = 500
# Of new units and positions so many are told by name.
NAMED = 20
KEPT_UNCONFIRMED = timedelta(days=1)

_Entry = tuple[str, str, dict[str, Any]]


class CannotImport(Exception):
    """The file cannot be imported now. The message tells why, in Vietnamese."""


def upload(*, content: bytes, filename: str, actor: Actor, now: datetime) -> int:
    """Read and check a file; returns the number of the batch that shows its faults or what it would bring.

    Writes nothing to the directory. Raises `CannotRead` when the file is no table at all, `CannotImport` for an
    actor without an account.
    """
    require(actor, "directory.import")
    if actor.user_id is None:
        raise CannotImport("Chỉ cán bộ có tài khoản mới nhập được danh sách.")
    tables, read_as = read_upload(content, filename)
    checked = check(tables, _known(tables, actor))
    state = ImportBatch.State.FAULTY if checked.faults else ImportBatch.State.READY
    with transaction.atomic():
        ImportBatch.objects.filter(
            uploaded_by_id=actor.user_id, applied_at__isnull=True, uploaded_at__lt=now - KEPT_UNCONFIRMED
        ).delete()
        batch = ImportBatch.objects.create(
            uploaded_by_id=actor.user_id,
            uploaded_at=now,
            filename=filename.replace("\0", "")[-255:],
            sha256=hashlib.sha256(content).hexdigest(),
            read_as=read_as,
            state=state,
            # A faulty file is uploaded again: its content, which holds personal data, is not kept.
            tables=[] if checked.faults else [asdict(table) for table in tables],
            faults=[asdict(fault) for fault in checked.faults[:MAX_KEPT_FAULTS]],
            counts=_counts(checked),
        )
        record(
            who=actor,
            action="directory.import_checked",
            object_ref=f"import:{batch.pk}",
            after={"sha256": batch.sha256, "state": batch.state, "faults": len(checked.faults)},
            now=now,
        )
    return batch.pk


def apply(*, batch_id: int, actor: Actor, now: datetime) -> int:
    """Write the whole batch in one transaction, after checking it again; returns how many rows were written.

    A second call for an applied batch writes nothing and returns 0 (double click). Raises `CannotImport` when the
    batch has faults, when the directory has changed so that it has some now, or when it is another person's.
    """
    require(actor, "directory.import")
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().filter(pk=batch_id, uploaded_by_id=actor.user_id).first()
        if batch is None:
            raise CannotImport("Không tìm thấy lần nhập này hoặc nó do người khác tải lên.")
        if batch.state == ImportBatch.State.APPLIED:
            return 0
        if batch.state != ImportBatch.State.READY:
            raise CannotImport("Tệp còn lỗi nên chưa nhập được. Hãy sửa rồi tải lên lại.")
        tables = [_table(raw) for raw in batch.tables]
        known = _known(tables, actor)
        checked = check(tables, known)
        if not checked.faults:
            trail: list[_Entry] = []
            organisations = _write_organisations(checked.organisations, known, trail)
            _write_staff(checked.staff, organisations, known, trail, now)
            batch.tables = []
            batch.state = ImportBatch.State.APPLIED
            batch.applied_at = now
            batch.counts = _counts(checked)
            batch.save(update_fields=["tables", "state", "applied_at", "counts"])
            trail.append((f"import:{batch.pk}", "directory.import_applied", {"sha256": batch.sha256, **batch.counts}))
            # One order for every import, so that two of them never wait for each other's rows of the trail.
            for object_ref, action, after in sorted(trail, key=lambda entry: entry[0]):
                record(who=actor, action=action, object_ref=object_ref, after=after, now=now)
            publish(
                DirectoryImported(len(checked.organisations), len(checked.staff)), key=f"directory_import:{batch.pk}"
            )
            return len(checked.organisations) + len(checked.staff)
        # The faults are kept so that the page shows them: the transaction ends well, only the directory is untouched.
        batch.state = ImportBatch.State.FAULTY
        batch.faults = [asdict(fault) for fault in checked.faults[:MAX_KEPT_FAULTS]]
        batch.counts = _counts(checked)
        batch.tables = []
        batch.save(update_fields=["state", "faults", "counts", "tables"])
    raise CannotImport("Danh bạ đã thay đổi từ khi tệp được kiểm tra nên tệp có lỗi mới. Chưa dòng nào được nhập.")


def _known(tables: Sequence[RawTable], actor: Actor) -> Known:
    codes, usernames = mentioned(tables)
    return known_to_import(codes, usernames, actor)


def _table(raw: dict[str, Any]) -> RawTable:
    return RawTable(
        sheet=raw["sheet"],
        rows=tuple(tuple(row) for row in raw["rows"]),
        first_row=raw["first_row"],
        merged=tuple(raw["merged"]),
        formulas=tuple(raw["formulas"]),
    )


def _counts(checked: Checked) -> dict[str, object]:
    """How many of what; and by name, the first of them, what the file would found beside people."""
    return {
        "organisations": len(checked.organisations),
        "staff": len(checked.staff),
        "new_people": checked.new_people,
        "new_units": len(checked.unit_names),
        "unit_names": checked.unit_names[:NAMED],
        "new_positions": len(checked.position_titles),
        "position_titles": checked.position_titles[:NAMED],
        "faults": len(checked.faults),
    }


def _write_organisations(records: Iterable[Record], known: Known, trail: list[_Entry]) -> dict[str, Organisation]:
    """Parents come first, so each row finds its parent among those known or just written."""
    written: dict[str, Organisation] = {}
    for row in records:
        parent_code = row.text("parent_code")
        held = known.organisation_on(parent_code, row.valid_from) if parent_code not in written else None
        made = Organisation(
            name=row.text("name"),
            short_name=row.text("short_name"),
            code=row.text("code"),
            code_source="official",
            level=row.text("level"),
            kind=row.text("kind"),
            admin_unit_code=row.text("admin_unit_code"),
            address=row.text("address"),
            phone=row.text("phone"),
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            parent_id=held.id if held else written[parent_code].pk if parent_code else None,
            search_text=searchable(row.text("name"), row.text("short_name"), row.text("code")),
            sort_key=sort_key(row.text("name")),
        )
        made.save(force_insert=True)
        written[made.code] = made
        after = {
            "code": made.code,
            "name": made.name,
            "parent_id": made.parent_id,
            "valid_from": str(made.valid_from),
        }
        trail.append((f"organisation:{made.pk}", "directory.create_organisation", after))
    settle_paths()
    return written


def _write_staff(
    records: Sequence[Record], organisations: dict[str, Organisation], known: Known, trail: list[_Entry], now: datetime
) -> None:
    users = {username: account.id for username, account in known.users.items()}
    positions = {fold(position.title): position for position in Position.objects.all()}
    numbers = {
        held.id for row in records if (held := known.organisation_on(row.text("organisation_code"), row.valid_from))
    }
    numbers |= {organisation.pk for organisation in organisations.values()}
    units: dict[tuple[int, str], Unit] = {
        (unit.organisation_id, fold(unit.name)): unit
        for unit in Unit.objects.filter(in_force(now.date()), organisation_id__in=numbers)
    }
    names = dict(Organisation.objects.filter(pk__in=numbers).values_list("pk", "name"))
    for row in records:
        held = known.organisation_on(row.text("organisation_code"), row.valid_from)
        organisation_id = held.id if held else organisations[row.text("organisation_code")].pk
        username, title, unit_name = row.text("username"), row.text("position"), row.text("unit")
        if username not in users:
            users[username] = create_user(
                username=username,
                full_name=row.text("full_name"),
                kind="officer",
                email=row.text("email"),
                phone=row.text("phone"),
            ).pk
        if fold(title) not in positions:
            positions[fold(title)] = Position.objects.create(title=title)
        unit = units.get((organisation_id, fold(unit_name))) if unit_name else None
        if unit_name and unit is None:
            unit = Unit.objects.create(organisation_id=organisation_id, name=unit_name, valid_from=row.valid_from)
            units[organisation_id, fold(unit_name)] = unit
        StaffMember.objects.create(
            user_id=users[username],
            organisation_id=organisation_id,
            unit=unit,
            position=positions[fold(title)],
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            search_text=staff_search_text(row.text("full_name"), title, names[organisation_id], unit_name),
            sort_key=person_sort_key(row.text("full_name")),
        )
        after = {"organisation_id": organisation_id, "position": title, "valid_from": str(row.valid_from)}
        trail.append((f"user:{users[username]}", "directory.appoint", after))
