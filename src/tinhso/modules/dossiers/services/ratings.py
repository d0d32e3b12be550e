"""Rating how a dossier was settled: after the return and never a condition of it, by the person, once.

By the person's page, the one-time link or code and PIN at a kiosk; or on paper, typed in by a clerk of another agency.
An officer does not rate. The answers are kept without the dossier (models.Rating).
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.db import transaction

from tinhso.kernel.access.api import Actor, Refused, account_of, reach, require
from tinhso.kernel.access.web import local_day
from tinhso.kernel.audit.api import record
from tinhso.kernel.files.api import FileRefused, store
from tinhso.modules.dossiers.models import Dossier, Rated, Rating, Task
from tinhso.modules.dossiers.queries.ratings import questions_on
from tinhso.modules.dossiers.rules import RatingWay, State, Timeliness, rating_key, timeliness
from tinhso.modules.dossiers.services.person import named, require_person

COMMENT_MAX = 1000


class CannotRate(ValueError):
    """Not returned yet, rated already, or not answered whole: `problems` are (question, message). Nothing was changed."""

    def __init__(self, message: str, problems: Collection[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


def rating_path(public_id: UUID) -> str:
    """The address of the one-time link, without the origin: whoever has it may rate this dossier, and see nothing."""
    return f"/dossiers/rate/{public_id}/{key_of(public_id)}/"


def key_of(public_id: UUID) -> str:
    return rating_key(secret=settings.SECRET_KEY, public_id=str(public_id))


def may_rate(actor: Actor, dossier: Dossier, key: str, opened: Collection[str]) -> bool:
    """As `require_rater`, for a page that then asks for code and PIN instead."""
    try:
        require_rater(actor, dossier, key, opened)
    except Refused:
        return False
    return True


def require_rater(actor: Actor, dossier: Dossier, key: str, opened: Collection[str]) -> None:
    """Raise `Refused` unless `actor` may rate this dossier: by its link, as its owner, or by code and PIN."""
    if actor.kind not in ("nobody", "citizen"):
        raise Refused("Cán bộ không đánh giá hồ sơ. Hãy để người nộp tự đánh giá trên máy của họ hoặc máy ở quầy.")
    if key:
        if not hmac.compare_digest(key.encode(), key_of(dossier.public_id).encode()):
            raise Refused("Liên kết đánh giá không đúng. Hãy mở lại từ tin nhắn, hoặc dùng mã hồ sơ và mã PIN.")
        require(actor, "dossiers.rate")
        return
    if actor.kind == "citizen" and not actor.stands_for(dossier.owner_id) and str(dossier.public_id) not in opened:
        raise Refused("Đây là hồ sơ của người khác.")
    require_person(actor, "dossiers.rate", dossier, opened)


@transaction.atomic
def rate(
    *,
    public_id: UUID,
    answers: Mapping[str, int | None],
    comment: str,
    actor: Actor,
    now: datetime,
    way: RatingWay = RatingWay.ONLINE,
    key: str = "",
    opened: Collection[str] = (),
) -> None:
    """The person rates: every question of the day's set from 1 to 5. `key`: of the one-time link. Raises `CannotRate`,
    `Refused`, `Dossier.DoesNotExist`."""
    dossier = Dossier.objects.select_for_update().get(public_id=public_id)
    require_rater(actor, dossier, key, opened)
    if way == RatingWay.PAPER:
        raise ValueError("a paper form is entered by a clerk")
    _write(dossier, answers, comment, way=way, scan_id=None, entered_by=None, actor=actor, now=now)
    record(who=named(actor, dossier), action="dossiers.rate", object_ref=dossier.ref, after={"way": way}, now=now)


@transaction.atomic
def enter_paper_rating(
    *,
    code: str,
    answers: Mapping[str, int | None],
    comment: str,
    scan: File[Any] | None,
    filename: str,
    actor: Actor,
    now: datetime,
) -> None:
    """A clerk of another agency types a paper form in, with its scan. Raises `CannotRate`."""
    require(actor, "dossiers.enter_rating")
    wanted = "".join(code.split()).upper()[:60]
    dossier = Dossier.objects.select_for_update().filter(code=wanted).first() if wanted else None
    if dossier is None:
        problem = "Không có hồ sơ mang mã này. Hãy xem lại mã ghi trên phiếu."
        raise CannotRate(problem, [("code", problem)])
    places = {dossier.agency_id, dossier.office_id}
    places |= set(Task.objects.filter(dossier=dossier).values_list("organisation_id", flat=True))
    worked = Task.objects.filter(dossier=dossier, finished_by_id=actor.user_id).exists()
    if worked or places & reach(actor, "dossiers.enter_rating"):
        problem = "Phiếu phải do cán bộ của cơ quan khác nhập: cơ quan của bạn đã tiếp nhận hoặc giải quyết hồ sơ này."
        raise CannotRate(problem, [("code", problem)])
    if scan is None:
        problem = "Đính kèm bản chụp phiếu giấy."
        raise CannotRate(problem, [("scan", problem)])
    _check(dossier, answers, comment, now)
    try:
        file = store(scan, filename=filename, actor=actor, now=now, purpose="dossiers.rating")
    except FileRefused as refusal:
        raise CannotRate(str(refusal), [("scan", str(refusal))]) from refusal
    _write(
        dossier,
        answers,
        comment,
        way=RatingWay.PAPER,
        scan_id=file.id,
        entered_by=account_of(actor),
        actor=actor,
        now=now,
    )
    record(who=actor, action="dossiers.enter_rating", object_ref=dossier.ref, after={"way": RatingWay.PAPER}, now=now)


def _check(dossier: Dossier, answers: Mapping[str, int | None], comment: str, now: datetime) -> None:
    if dossier.state != State.RETURNED:
        raise CannotRate("Chỉ đánh giá được sau khi đã trả kết quả.")
    rated = Rated.objects.filter(dossier=dossier).first()
    if rated is not None:
        raise CannotRate(f"Hồ sơ này đã được đánh giá ngày {rated.rated_date:%d/%m/%Y}. Mỗi hồ sơ đánh giá một lần.")
    problems = [
        (question.key, f"Chọn một mức: {question.text}")
        for question in questions_on(local_day(now)).questions
        if answers.get(question.key) not in range(1, 6)
    ]
    if len(comment) > COMMENT_MAX:
        problems.append(("comment", f"Ý kiến dài quá {COMMENT_MAX} ký tự. Hãy viết gọn lại."))
    if problems:
        raise CannotRate("Chưa trả lời đủ các câu.", problems)


def _write(
    dossier: Dossier,
    answers: Mapping[str, int | None],
    comment: str,
    *,
    way: RatingWay,
    scan_id: int | None,
    entered_by: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    _check(dossier, answers, comment, now)
    today = local_day(now)
    asked = questions_on(today)
    given: dict[str, Any] = {question.key: answers[question.key] for question in asked.questions}
    late = dossier.completed_at is not None and timeliness(dossier.completed_at, dossier.due_at) == Timeliness.LATE
    Rated.objects.create(dossier=dossier, rated_date=today, way=way, entered_by_id=entered_by)
    Rating.objects.create(
        agency_id=dossier.agency_id,
        month=today.replace(day=1),
        question_set=asked.key,
        answers=given,
        overall=given["overall"],
        comment=comment.strip(),
        was_late=late,
        way=way,
        scan_id=scan_id,
    )
