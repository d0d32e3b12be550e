"""A year of finished dossiers for the demo's figures: charts, ranking and satisfaction have something to tell.

Written in bulk and not through the services, in communes where the demo has no accounts: nobody works on these
dossiers, and no event tells of them. Every person is made up.
"""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from PIL import Image, ImageDraw

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.files.api import store
from tinhso.kernel.text import fold
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers.models import Dossier, Paper, Party, Rated, Rating, Result, Task
from tinhso.modules.dossiers.queries.ratings import questions_on
from tinhso.modules.dossiers.rules import (
    DeliveryState,
    MoneyState,
    PaperKind,
    RatingWay,
    State,
    SyncState,
    TaskKind,
    Timeliness,
    timeliness,
)
from tinhso.modules.procedures import api as procedures

COMMUNES = 6
BUSY = ("H56.102", "H56.103")  # where the demo's people work
FAMILY = ("Lê", "Nguyễn", "Trịnh", "Phạm", "Hà", "Đỗ", "Bùi", "Lương", "Cao", "Mai", "Hoàng", "Vũ")
GIVEN = ("Thị Lan", "Văn Dũng", "Thu Hương", "Đức Thắng", "Thu Trang", "Quốc Việt", "Ngọc Ánh", "Minh Đức", "Hữu Tài")
COMMENTS = (
    "Cán bộ hướng dẫn rõ ràng.", "Nên có thêm ghế ngồi chờ.", "Nộp trên mạng tiện, không phải đi lại.",
    "Phải đi hai lần mới xong.", "Trả kết quả sớm hơn hẹn.", "Tờ khai hơi dài.",
)  # fmt: skip


@dataclass(frozen=True)
class _Commune:
    """How a commune does: `quick` is what it mostly takes of its time, `kind` how content its people are."""

    agency: directory.OrganisationInfo
    office: directory.OrganisationInfo
    leader: directory.StaffInfo
    quick: float
    kind: float


@transaction.atomic
def seed_history(*, dossiers: int, actor: Actor, now: datetime) -> int:
    """Write finished dossiers of the year before `now`, with ratings, once; returns how many."""
    require(actor, "dossiers.sweep")
    chance = random.Random(12766)  # noqa: S311 - a demo's variety, no secret
    communes = _communes(chance, now)
    versions = [
        version
        for version in procedures.fileable_versions(now.date())
        if version.procedure.at_commune and not version.procedure.at_province
    ]
    if Rating.objects.exists() or not communes or not versions:
        return 0
    scan = store(_sheet(), filename="ban-chup.png", actor=actor, now=now, purpose="dossiers.sample").id
    rows, parties, papers, tasks, results, rated, ratings = [], [], [], [], [], [], []
    for number in range(dossiers):
        commune = chance.choice(communes)
        version = chance.choice(versions)
        # The work gets better in the course of the year.
        age = chance.uniform(2, 360)
        accepted = _working(now - timedelta(days=age), chance)
        due = accepted + timedelta(days=chance.choice((1, 2, 3, 5, 7, 10)), hours=chance.uniform(0, 2))
        pace = chance.gauss(commune.quick + age / 1500, 0.25)
        finished = min(accepted + (due - accepted) * max(0.05, pace), now - timedelta(hours=1))
        name = f"{chance.choice(FAMILY)} {chance.choice(GIVEN)}"
        code = f"{commune.agency.code}-{accepted:%y%m%d}-{9000 + number % 1000}"
        online = chance.random() < 0.75 - age / 900
        row = Dossier(
            public_id=UUID(int=chance.getrandbits(128), version=4),
            code=code,
            version_id=version.id,
            agency_id=commune.agency.id,
            office_id=commune.office.id,
            channel="online" if online else chance.choice(("counter", "counter", "counter", "post")),
            state=State.RETURNED,
            money_state=MoneyState.FREE,
            delivery_state=DeliveryState.SENT_ONLINE if online else DeliveryState.HANDED_OVER,
            sync_state=SyncState.NOT_CONNECTED,
            applicant_name=name,
            acting_as="self",
            form_data={},
            search_text=fold(f"{code} {name} {version.title}"),
            result_delivery="online" if online else "counter",
            submitted_at=accepted,
            accepted_at=accepted,
            original_due_at=due,
            due_at=due,
            completed_at=finished,
            returned_at=finished,
        )
        rows.append(row)
        parties.append(Party(dossier=row, role=Party.Role.APPLICANT, full_name=name, acting_as="self"))
        digital = chance.random() < 0.85 - age / 1200
        papers.append(
            Paper(
                dossier=row,
                key="sample",
                name="Giấy tờ kèm theo",
                kind=PaperKind.DIGITISED if chance.random() < 0.4 else PaperKind.COPY,
                file_id=scan if digital else None,
                added_at=accepted,
            )
        )
        tasks.append(_done(row, TaskKind.INTAKE, "intake", "Tiếp nhận", "accept", "clerk", commune.office.id, accepted))
        tasks.append(
            _done(row, TaskKind.RETURN, "return", "Trả kết quả", "return", "clerk", commune.office.id, finished)
        )
        results.append(
            Result(
                dossier=row,
                name=f"Kết quả: {version.title}",
                number=number + 1,
                notation=f"{number + 1}/KQ-UBND",
                issued_at=finished,
                signer_id=commune.leader.user_id,
                signer_name=commune.leader.full_name,
                signer_title=commune.leader.position_title,
                verify_token=f"{chance.getrandbits(120):030x}",
                file_id=scan if digital else None,
                received_by_name=name,
            )
        )
        if chance.random() < 0.65:
            rated.append(Rated(dossier=row, rated_date=finished.date(), way=RatingWay.ONLINE))
            late = timeliness(finished, due) == Timeliness.LATE
            ratings.append(_rating(commune, finished, late, chance))
    Dossier.objects.bulk_create(rows, batch_size=500)
    Party.objects.bulk_create(parties, batch_size=500)
    Paper.objects.bulk_create(papers, batch_size=500)
    Task.objects.bulk_create(tasks, batch_size=500)
    Result.objects.bulk_create(results, batch_size=500)
    Rated.objects.bulk_create(rated, batch_size=500)
    Rating.objects.bulk_create(ratings, batch_size=500)
    return len(rows)


def _communes(chance: random.Random, now: datetime) -> Sequence[_Commune]:
    found = []
    for agency in directory.organisations(level="commune", kind="people_committee", on=now.date()):
        office = directory.centre_of(agency.id, on=now.date())
        leaders = directory.colleagues(agency.id, "leader", on=now.date())
        if agency.code in BUSY or office is None or not leaders:
            continue
        found.append(_Commune(agency, office, leaders[0], chance.uniform(0.45, 0.8), chance.uniform(0.55, 1)))
        if len(found) == COMMUNES:
            break
    return found


def _done(row: Dossier, kind: TaskKind, key: str, title: str, action: str, role: str, place: int, at: datetime) -> Task:
    return Task(
        dossier=row,
        kind=kind,
        key=key,
        title=title,
        role=role,
        organisation_id=place,
        created_at=at,
        finished_at=at,
        finished_by_name="Cán bộ một cửa",
        action=action,
        action_title=title,
    )


def _rating(commune: _Commune, at: datetime, late: bool, chance: random.Random) -> Rating:
    asked = questions_on(at.date())
    content = chance.random() < commune.kind - (0.4 if late else 0)
    answers = {question.key: chance.choice((4, 5, 5) if content else (1, 2, 3, 3, 4)) for question in asked.questions}
    return Rating(
        agency_id=commune.agency.id,
        month=at.date().replace(day=1),
        question_set=asked.key,
        answers=answers,
        overall=answers["overall"],
        comment=chance.choice(COMMENTS) if chance.random() < 0.15 else "",
        was_late=late,
        way=RatingWay.ONLINE,
    )


def _working(at: datetime, chance: random.Random) -> datetime:
    """A time of a working day, not of a weekend or the night."""
    day = at - timedelta(days=max(0, at.weekday() - 4))
    return day.replace(hour=chance.choice((8, 9, 10, 14, 15)), minute=chance.randrange(60), second=0, microsecond=0)


def _sheet() -> io.BytesIO:
    """A picture that stands for every scan and result of the made-up year."""
    page = Image.new("L", (620, 877), 250)
    ImageDraw.Draw(page).rectangle((40, 40, 580, 837), outline=120, width=3)
    content = io.BytesIO()
    page.save(content, "PNG")
    content.seek(0)
    return content
