"""All that dossiers keep of a person, to take away. Asked by identity. What was opened by their account is theirs; where
they only stand in somebody else's dossier, it is that person's. Answers to ratings lead back to nobody and are not here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, Q

from tinhso.modules.counters import api as counters
from tinhso.modules.dossiers.models import (
    Apology,
    Closing,
    DeadlineChange,
    Dossier,
    Draft,
    DraftFile,
    FormVersion,
    Paper,
    PartResult,
    Party,
    Pause,
    Printout,
    Rated,
    Result,
    SupplementItem,
    SupplementRequest,
    Support,
)
from tinhso.modules.dossiers.rules import CLOSING_TITLES, Channel, RatingWay, State
from tinhso.modules.identity import api as identity
from tinhso.modules.post import api as post

# What is handed to the person; the control sheet goes from desk to desk.
GIVEN_FORMS = ("01", "02", "03", "04", "05")
Lines = dict[int, list[Any]]


@dataclass
class Files:
    """The person's files, each under the folder of its dossier or draft."""

    found: list[identity.OwnFile] = field(default_factory=list)

    def add(self, folder: str, file: Any) -> str | None:
        """Its name, None where there is no file."""
        if file is None:
            return None
        self.found.append(identity.OwnFile(file.pk, f"{folder}/{file.pk}-{file.filename}"))
        return str(file.filename)


def _by(rows: Iterable[Model], key: str, tell: Callable[[Any], Any]) -> Lines:
    found: Lines = defaultdict(list)
    for row in rows:
        found[getattr(row, key)].append(tell(row))
    return found


def export(user_id: int) -> identity.OwnData:
    """Every dossier and draft of the account, with papers, results, and all that was asked, told, sent and paused; and
    help that was given from a distance. So many queries, whatever the number."""
    rows = list(Dossier.objects.filter(owner_id=user_id).select_related("version__procedure", "agency").order_by("pk"))
    drafts = list(Draft.objects.filter(owner_id=user_id).select_related("version__procedure", "dossier").order_by("pk"))
    files = Files()
    tickets = counters.tickets_of([f"draft:{draft.public_id}" for draft in drafts])
    taken = {draft.dossier_id: tickets.get(f"draft:{draft.public_id}", []) for draft in drafts if draft.dossier_id}
    about = _around(rows, files)
    posted = post.own_data([row.ref for row in rows])
    return identity.OwnData(
        {
            "hồ sơ": [
                {
                    **_dossier(row),
                    **{title: lines.get(row.pk, []) for title, lines in about.items()},
                    "bưu chính": posted.get(row.ref, []),
                    "số thứ tự tại quầy": _tickets(taken.get(row.pk, [])),
                }
                for row in rows
            ],
            "bản nháp": _drafts([draft for draft in drafts if draft.dossier_id is None], tickets, files),
            "được hỗ trợ từ xa": _helped(user_id),
        },
        tuple(files.found),
    )


def _dossier(row: Dossier) -> dict[str, Any]:
    return {
        "mã": row.code, "thủ tục": row.version.procedure.name, "cơ quan giải quyết": row.agency.name,
        "cách nộp": Channel(row.channel).title, "trạng thái": State(row.state).title, "gửi lúc": row.submitted_at,
        "tiếp nhận lúc": row.accepted_at, "hẹn trả": row.due_at, "xong lúc": row.completed_at,
        "trả lúc": row.returned_at, "nội dung kê khai": row.form_data,
    }  # fmt: skip


def _around(dossiers: Sequence[Dossier], files: Files) -> dict[str, Lines]:
    """What stands beside the dossiers, by heading and dossier. Thirteen queries."""
    numbers = [row.pk for row in dossiers]
    codes = {row.pk: row.code for row in dossiers}
    mine = {"dossier_id__in": numbers}

    def kept(row: Any) -> str | None:
        return files.add(f"ho-so/{codes[row.dossier_id]}", row.file)

    items = _by(
        SupplementItem.objects.filter(request__dossier_id__in=numbers).order_by("request_id", "position"),
        "request_id",
        lambda row: {"cần sửa": row.label, "thế nào": row.note, "trả lời": row.answer},
    )
    parts = PartResult.objects.filter(part__dossier_id__in=numbers).select_related("file", "part").order_by("pk")
    partial: Lines = defaultdict(list)
    for row in parts:
        name = files.add(f"ho-so/{codes[row.part.dossier_id]}", row.file)
        partial[row.part.dossier_id].append(
            {
                "tên": row.name,
                "số": row.notation,
                "ngày": row.issued_date,
                "được thay lúc": row.superseded_at,
                "tệp": name,
            }
        )
    return {
        "những người liên quan": _by(Party.objects.filter(**mine).order_by("pk"), "dossier_id", _party),
        "giấy tờ": _by(
            Paper.objects.filter(**mine).select_related("file").order_by("pk"),
            "dossier_id",
            lambda row: {"tên": row.name, "tệp": kept(row), "được thay lúc": row.superseded_at},
        ),
        "kết quả": _by(
            Result.objects.filter(**mine).select_related("file").order_by("pk"),
            "dossier_id",
            lambda row: {
                "tên": row.name, "số": row.notation, "ngày": row.issued_at, "người ký": row.signer_name,
                "còn dùng": row.is_current, "đính chính vì": row.correction_reason,
                "người nhận": row.received_by_name, "số định danh người nhận": row.received_by_identity, "tệp": kept(row),
            },
        ),
        "kết quả của cơ quan phối hợp": partial,
        "phiếu đã in": _by(
            Printout.objects.filter(**mine, form__in=GIVEN_FORMS).select_related("file").order_by("pk"),
            "dossier_id",
            lambda row: {"mẫu": row.form, "số": row.number, "năm": row.year, "lúc": row.printed_at, "tệp": kept(row)},
        ),
        "yêu cầu bổ sung": _by(
            SupplementRequest.objects.filter(**mine).order_by("pk"),
            "dossier_id",
            lambda row: {
                "phiếu": row.reference, "lý do": row.reason, "lúc": row.requested_at, "hạn": row.answer_by_at,
                "trả lời lúc": row.answered_at, "các mục": items[row.pk],
            },
        ),
        "nội dung kê khai trước đây": _by(
            FormVersion.objects.filter(**mine).order_by("pk"),
            "dossier_id",
            lambda row: {"nội dung": row.form_data, "thay lúc": row.replaced_at, "vì": row.ground},
        ),
        "hạn trả": _by(
            DeadlineChange.objects.filter(**mine).order_by("pk"),
            "dossier_id",
            lambda row: {"từ": row.due_before, "thành": row.due_after, "lúc": row.changed_at, "căn cứ": row.ground},
        ),
        "tạm dừng tính thời gian": _by(
            Pause.objects.filter(**mine).order_by("pk"),
            "dossier_id",
            lambda row: {
                "vì": row.get_ground_display(), "văn bản": row.document, "từ": row.started_at, "đến": row.ended_at,
            },
        ),
        "xin lỗi, hẹn lại": _by(
            Apology.objects.filter(**mine).order_by("pk"),
            "dossier_id",
            lambda row: {"lý do": row.reason, "hẹn cũ": row.due_before, "hẹn mới": row.new_due_at, "lúc": row.made_at},
        ),
        "kết thúc không có kết quả": _by(
            Closing.objects.filter(**mine).order_by("pk"),
            "dossier_id",
            lambda row: {
                "cách": CLOSING_TITLES[row.kind], "căn cứ": row.ground, "lý do": row.reason, "lúc": row.closed_at,
                "giấy tờ trả lại": row.papers_returned,
            },
        ),
        "đã đánh giá": _by(
            Rated.objects.filter(**mine).order_by("pk"),
            "dossier_id",
            lambda row: {"ngày": row.rated_date, "cách": RatingWay(row.way).title},
        ),
    }  # fmt: skip


def _party(row: Party) -> dict[str, str]:
    return {
        "vai trò": Party.Role(row.role).label, "họ và tên": row.full_name, "số định danh": row.identity_number,
        "điện thoại": row.phone, "thư điện tử": row.email, "địa chỉ": row.address, "căn cứ": row.authority,
        "nơi hỗ trợ": row.place,
    }  # fmt: skip


def _tickets(found: Iterable[tuple[Any, str, Any]]) -> list[dict[str, Any]]:
    return [{"ngày": day, "số": number, "lấy lúc": at} for day, number, at in found]


def _drafts(drafts: Sequence[Draft], tickets: Any, files: Files) -> list[dict[str, Any]]:
    papers = _by(
        DraftFile.objects.filter(draft__in=drafts).select_related("file").order_by("pk"),
        "draft_id",
        lambda row: {"mã giấy tờ": row.paper_key, "tệp": files.add(f"ban-nhap/{row.draft_id}", row.file)},
    )
    return [
        {
            "thủ tục": draft.version.procedure.name, "sửa lần cuối": draft.updated_at, "người nộp": draft.applicant,
            "nội dung kê khai": draft.form_data, "giấy tờ": papers[draft.pk],
            "số thứ tự tại quầy": _tickets(tickets.get(f"draft:{draft.public_id}", [])),
        }
        for draft in drafts
    ]  # fmt: skip


def _helped(user_id: int) -> list[dict[str, Any]]:
    """Of the account's drafts, and under the number that was proven to be theirs."""
    person = identity.person(user_id)
    mine = Q(draft__owner_id=user_id)
    if person is not None and person.verified_at is not None and person.identity_number:
        mine |= Q(identity_number=person.identity_number)
    return [
        {
            "thủ tục": row.title, "nơi hỗ trợ": row.place.name, "người được hỗ trợ": row.person_name,
            "điện thoại": row.phone, "phạm vi đồng ý": row.get_scope_display(), "cách đồng ý": row.get_way_display(),
            "hỏi lúc": row.asked_at, "đồng ý lúc": row.consented_at, "đến": row.until_at, "kết thúc lúc": row.ended_at,
        }
        for row in Support.objects.filter(mine).select_related("place").order_by("pk")
    ]  # fmt: skip
