"""Dossiers of the demo: the procedures' own samples, filed and worked on through the real services, weeks back.

Deterministic: the same installation day gives the same dossiers. Every person in them is made up.
"""

from __future__ import annotations

import io
import json
import random
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import fontpkg_be_vietnam_pro
from PIL import Image, ImageDraw, ImageFont

from tinhso.kernel.access.api import SYSTEM, Actor, User, actor_of, require
from tinhso.kernel.calendar.api import add_working_minutes, calendar_for
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.directory import api as directory
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.identity import api as identity
from tinhso.modules.payments import api as payments
from tinhso.modules.procedures import api as procedures

DAYS_BACK = 24
DOSSIERS = 72
OFFICE = ("tiepnhan", "chuyenvien", "truongphong", "chutich")


@dataclass(frozen=True)
class Sample:
    """One sample of a procedure: answers that its form takes."""

    code: str
    applicant: dict[str, Any]
    data: dict[str, Any]


def write(*, actor: Actor, now: datetime) -> str:
    """File and work on the demo's dossiers, once. Returns a line of counts."""
    require(actor, "dossiers.sweep")
    if dossiers.any_dossier():
        return "đã có sẵn"
    chance = random.Random(2026)  # noqa: S311 - a demo's variety, no secret
    leader = directory.staff_of_user(User.objects.get(username=OFFICE[3]).pk, now.date())
    if leader is None:
        return "tỉnh mẫu chưa có cán bộ"
    agency = directory.organisation(leader.organisation_id)
    samples = [sample for sample in _samples() if _fits(sample, agency, now)]
    calendar = calendar_for(agency.id, around=now.date())
    filed = 0
    made: list[UUID] = []
    for number in range(DOSSIERS):
        back = timedelta(days=DAYS_BACK * (1 - number / DOSSIERS), hours=chance.uniform(0, 6))
        filed_at = add_working_minutes(calendar, now - back, chance.randrange(1, 240))
        if filed_at >= now:
            filed_at = now - timedelta(minutes=chance.randrange(20, 300))
        # A sample tells of days that have passed: one filed earlier than its own dates is not taken.
        turn = [*samples[number % len(samples) :], *samples[: number % len(samples)]]
        sample = next(sample for sample in turn if _is_past(sample, filed_at))
        public_id = _live(sample, agency.id, filed_at, now, chance, number)
        if public_id is not None:
            made.append(public_id)
        filed += 1
    _beside_the_route(made, agency.id, now)
    return f"{filed} hồ sơ"


def _samples() -> Iterator[Sample]:
    """The samples of every modelled procedure, the first of each before the second of any."""
    by_rank: dict[int, list[Sample]] = {}
    for path in sorted((procedures.DATA / "modelled").glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        for rank, sample in enumerate(content.get("samples", ())):
            by_rank.setdefault(rank, []).append(Sample(content["code"], sample.get("applicant", {}), sample["data"]))
    for rank in sorted(by_rank):
        yield from by_rank[rank]


def _fits(sample: Sample, agency: directory.OrganisationInfo, now: datetime) -> bool:
    version = procedures.current_version(sample.code, now.date())
    if version is None or not version.fileable or version.definition is None:
        return False
    competent = (version.definition.competent_kind, version.definition.competent_level)
    return competent == (agency.kind, agency.level) and bool(version.definition.channels)


def _is_past(sample: Sample, at: datetime) -> bool:
    version = procedures.current_version(sample.code, at.date())
    form = version.definition.form if version and version.definition else None
    applicant = {"acting_as": sample.applicant.get("acting_as", "self")}
    return (
        form is not None
        and not procedures.clean(form, sample.data, today=at.date(), context={"applicant": applicant})[1]
    )


def _live(
    sample: Sample, agency_id: int, filed_at: datetime, now: datetime, chance: random.Random, number: int
) -> UUID | None:
    """One dossier from its draft to as far as its age and chance bring it; None when none could be filed."""
    version = procedures.current_version(sample.code, now.date())
    if version is None or version.definition is None:
        return None
    clerk = _officer(OFFICE[0], filed_at)
    applicant = _applicant(sample, chance, number)
    online = "online" in version.definition.channels and number % 3 != 0
    if online:
        citizen = identity.DEMO_CITIZENS[number % len(identity.DEMO_CITIZENS)]
        person = _officer(citizen.username, filed_at)
        applicant |= {"full_name": citizen.full_name, "identity_number": citizen.identity_number}
        public_id = _write_draft(version.id, agency_id, dossiers.Channel.ONLINE, sample, applicant, person, filed_at)
        for paper in procedures.papers_for(version.id, _case(sample, applicant)):
            if paper.required and not paper.present_only:
                dossiers.attach(
                    public_id=public_id,
                    paper_key=paper.key,
                    stream=photograph(paper.name, applicant["full_name"]),
                    filename=f"{paper.key}.jpg",
                    actor=person,
                    keys=(),
                    now=filed_at,
                )
        sent = dossiers.submit(public_id=public_id, actor=person, keys=(), now=filed_at)
        # Of two who owe a fee one pays online at once.
        if number % 2 and number < DOSSIERS - 8:
            _pay_online(sent.dossier_id, "paygov" if number % 5 == 0 else "vnpay", filed_at)
        if number >= DOSSIERS - 8:
            return sent.public_id  # still waiting at the counter
        accepted_at = _later(agency_id, filed_at, chance.randrange(15, 120))
        if accepted_at > now:
            return sent.public_id
        if number % 23 == 11:
            dossiers.refuse(
                dossier_id=sent.dossier_id,
                ground="Bản chụp giấy tờ mờ, không đọc được số và ngày cấp. Đề nghị chụp lại rõ cả bốn góc rồi nộp lại.",
                actor=clerk,
                now=accepted_at,
            )
            return sent.public_id
        dossiers.accept(dossier_id=sent.dossier_id, actor=clerk, now=accepted_at)
    else:
        if dossiers.Channel.COUNTER not in version.definition.channels:
            return None
        public_id = _write_draft(version.id, agency_id, dossiers.Channel.COUNTER, sample, applicant, clerk, filed_at)
        received = [
            dossiers.ReceivedPaper(
                paper.key, dossiers.PaperKind.ORIGINAL if paper.original else dossiers.PaperKind.COPY
            )
            for paper in procedures.papers_for(version.id, _case(sample, applicant))
            if paper.required and not paper.present_only
        ]
        sent = dossiers.receive_at_counter(public_id=public_id, papers=received, actor=clerk, now=filed_at)
        accepted_at = filed_at
    _work(sent.public_id, agency_id, accepted_at, now, chance)
    return sent.public_id


def _pay_online(dossier_id: int, provider: str, at: datetime) -> None:
    if payments.pay_demo(subject_ref=f"dossier:{dossier_id}", code=provider, actor=SYSTEM, now=at):
        dossiers.follow_payment(dossier_id=dossier_id, actor=SYSTEM, now=at)


def _beside_the_route(made: list[UUID], agency_id: int, now: datetime) -> None:
    """What also happens in an office: two dossiers wait for their person, a late one has an apology, one is withdrawn."""
    asked = apologised = withdrawn = 0
    for public_id in reversed(made):
        view = dossiers.dossier_view(public_id)
        working = view.state in (dossiers.State.ACCEPTED, dossiers.State.IN_PROGRESS)
        if working and view.due_at is not None and view.due_at < now and not apologised:
            dossiers.apologise(
                dossier_id=view.id,
                reason="Phải chờ kết quả xác minh của nơi đăng ký trước đây; đã có văn bản đôn đốc.",
                new_due_at=_closing(agency_id, now + timedelta(days=5)),
                actor=_officer(OFFICE[3], now),
                now=now,
            )
            apologised += 1
        elif working and view.papers and asked < 2 and _asks_again(view, now):
            asked += 1
        elif view.state == dossiers.State.REGISTERED and view.owner_id is not None and not withdrawn:
            dossiers.withdraw(
                dossier_id=view.id,
                confirmed=True,
                reason="Không còn nhu cầu.",
                actor=actor_of(User.objects.get(pk=view.owner_id), on=now.date()),
                now=now,
            )
            withdrawn += 1


def _asks_again(view: dossiers.DossierView, now: datetime) -> bool:
    """Ask for a better picture of the first paper, by whoever has the step in hand; False when nobody of the cast has."""
    for username in (*OFFICE[1:], "chuyenvien.kinhte", "chuyenvien.vanhoa"):
        officer = _officer(username, now)
        if any(task.kind == dossiers.TaskKind.STEP for task in dossiers.open_tasks_for(officer, view.id)):
            dossiers.request_supplement(
                dossier_id=view.id,
                items=[
                    dossiers.Asked(
                        dossiers.ItemKind.PAPER,
                        view.papers[0].key,
                        "Bản đã nộp mờ góc dưới, không đọc được con dấu. Chụp lại rõ cả bốn góc.",
                    )
                ],
                reason="Giấy tờ không đọc được nên chưa đối chiếu được với tờ khai.",
                answer_by=(now + timedelta(days=10)).date(),
                actor=officer,
                now=now,
            )
            return True
    return False


def _closing(agency_id: int, at: datetime) -> datetime:
    """Four in the afternoon of the first working day from then on."""
    calendar = calendar_for(agency_id, around=at.date())
    day = at.astimezone(VIETNAM).date()
    while not calendar.spans_on(day):
        day += timedelta(days=1)
    return datetime.combine(day, time(16), VIETNAM)


def _work(public_id: UUID, agency_id: int, since: datetime, now: datetime, chance: random.Random) -> None:
    """Officers act, each after some working time, until the present or until somebody lets it lie."""
    at = since
    for _ in range(12):
        view = dossiers.dossier_view(public_id)
        since, minutes = at, chance.randrange(30, 420)
        at = _later(agency_id, since, minutes)
        if at > now or chance.random() < 0.06:
            return
        if view.state == dossiers.State.COMPLETED:
            clerk = _officer(OFFICE[0], at)
            if view.money_state == dossiers.MoneyState.DUE and view.fee_total:
                dossiers.take_fee(dossier_id=view.id, amount=view.fee_total, actor=clerk, now=at)
            dossiers.give_back(
                dossier_id=view.id, received_by_name=view.applicant_name, received_by_identity="", actor=clerk, now=at
            )
            return
        if not view.open_tasks:
            return
        task = view.open_tasks[0]
        doer = next(
            (
                officer
                for officer in (*OFFICE[1:], "chuyenvien.kinhte", "chuyenvien.vanhoa")
                if any(mine.id == task.id for mine in dossiers.open_tasks_for(_officer(officer, at), view.id))
            ),
            None,
        )
        if doer is None:
            return
        who = _officer(doer, at)
        if task.holder_id is None:
            dossiers.claim(task_id=task.id, actor=who, now=_later(agency_id, since, minutes // 3))
        definition = procedures.version(view.version_id).definition
        forward = [
            action
            for action in (procedures.actions_open(definition, task.key, dict(view.form_data)) if definition else ())
            if action.kind != "back"
        ]
        dossiers.act(
            task_id=task.id,
            action=forward[0].key if forward else "opinion",
            comment="Đã kiểm tra hồ sơ, đủ điều kiện giải quyết.",
            actor=who,
            now=at,
        )


def _later(agency_id: int, at: datetime, minutes: int) -> datetime:
    return add_working_minutes(calendar_for(agency_id, around=at.date()), at, minutes)


def _officer(username: str, at: datetime) -> Actor:
    return actor_of(User.objects.get(username=username), on=at.date())


def _case(sample: Sample, applicant: dict[str, Any]) -> dict[str, Any]:
    return {**sample.data, "applicant": {"acting_as": applicant["acting_as"]}}


GIVEN = ("Thị Lan", "Văn Dũng", "Thị Hương", "Đức Thắng", "Thu Trang", "Quốc Việt", "Thị Ngọc", "Minh Đức", "Hữu Tài")
FAMILY = ("Lê", "Nguyễn", "Trịnh", "Phạm", "Hà", "Đỗ", "Bùi", "Lương", "Cao", "Mai")


def _applicant(sample: Sample, chance: random.Random, number: int) -> dict[str, Any]:
    known = sample.applicant
    acting_as = known.get("acting_as", "self")
    return {
        "full_name": f"{chance.choice(FAMILY)} {chance.choice(GIVEN)}",
        "identity_number": f"038{chance.choice('01')}{chance.randrange(60, 99)}{number:06d}",
        "phone": f"0912{number:06d}",
        "email": "",
        "address": known.get("address", "Số 12 đường Lê Lợi, phường Hạc Thành, tỉnh Thanh Hóa"),
        "acting_as": acting_as,
        "subject_name": known.get("subject_name", "Nguyễn Văn Hùng") if acting_as != "self" else "",
        "subject_identity": known.get("subject_id", "") if acting_as != "self" else "",
        "authority": "Giấy ủy quyền có chứng thực" if acting_as == "authorised" else "",
        "result_delivery": "counter" if number % 2 else "online",
    }


def _write_draft(
    version_id: int,
    agency_id: int,
    channel: dossiers.Channel,
    sample: Sample,
    applicant: dict[str, Any],
    writer: Actor,
    at: datetime,
) -> UUID:
    public_id = dossiers.start(version_id=version_id, agency_id=agency_id, channel=channel, actor=writer, now=at)
    dossiers.save_applicant(public_id=public_id, values=applicant, revision=None, actor=writer, keys=(), now=at)
    for group, values in sample.data.items():
        dossiers.save_group(
            public_id=public_id, group=group, values=values, revision=None, actor=writer, keys=(), now=at
        )
    return public_id


def photograph(title: str, name: str) -> io.BytesIO:
    """A picture as a phone would take it of a paper: readable, plainly a sample."""
    fonts = Path(fontpkg_be_vietnam_pro.__file__).parent
    face = next(iter(sorted(fonts.rglob("*Regular.ttf"))))
    page = Image.new("L", (900, 1270), 250)
    draw = ImageDraw.Draw(page)
    draw.rectangle((40, 40, 860, 1230), outline=120, width=3)
    draw.text((80, 80), "GIẤY TỜ MẪU – KHÔNG CÓ GIÁ TRỊ", font=ImageFont.truetype(face, 34), fill=60)
    draw.multiline_text(
        (80, 170), "\n".join(textwrap.wrap(title, 48)[:12]), font=ImageFont.truetype(face, 28), fill=20, spacing=14
    )
    draw.text((80, 1100), f"Người nộp: {name}", font=ImageFont.truetype(face, 28), fill=20)
    content = io.BytesIO()
    page.save(content, "JPEG", quality=60)
    content.seek(0)
    return content
