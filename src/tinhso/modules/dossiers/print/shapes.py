"""What each printed paper of a dossier holds. Pure data: services fill it, `kernel.pdf.print_paper` prints it.

Forms 01–07 follow Thông tư 03/2025/TT-VPCP, phụ lục I. An empty string is printed as dots to be filled in by hand
where the form has a place for it; instants are aware; texts are plain text, printed literally.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar

from tinhso.kernel.pdf import Paper

_HERE = Path(__file__).resolve().parent


# ---------------------------------------------------------------- parts


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """The office whose head stands on the paper: for forms the one-stop centre under its agency, for results the
    competent agency alone (`parent_name` empty). `place` is the place name before the date; `sign` the office's
    part of the number ("TTPVHCC", "BPTNTKQ")."""

    name: str
    place: str
    parent_name: str = ""
    sign: str = "TTPVHCC"
    address: str = ""
    phone: str = ""


@dataclass(frozen=True, kw_only=True)
class Party:
    """A person or an organisation on a paper."""

    full_name: str
    identity_number: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, kw_only=True)
class ReceivedPaper:
    """A paper of the dossier with how it was received: numbers of each kind, and whether it was digitised."""

    name: str
    originals: int = 0
    certified_copies: int = 0
    copies: int = 0
    digitised: bool = False


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Who signs a result: ("TM. Ủy ban nhân dân",), "Chủ tịch" or ("TM. Ủy ban nhân dân", "KT. Chủ tịch"),
    "Phó Chủ tịch" (Nghị định 30/2020)."""

    title: str
    full_name: str
    authority: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Value:
    """One labelled value of a result, already written for people ("05/03/2026", "Nam")."""

    label: str
    text: str


@dataclass(frozen=True, kw_only=True)
class ValueGroup:
    title: str
    values: tuple[Value, ...]


@dataclass(frozen=True, kw_only=True)
class Article:
    """One article of a decision. `values` are listed under its text."""

    text: str
    values: tuple[Value, ...] = ()


# ---------------------------------------------------------------- forms 01–07


@dataclass(frozen=True, kw_only=True)
class Form(Paper):
    """What forms 01–06 share. `number` without the sign ("12"); `electronic` words the signatures as digital ones."""

    issuer: Issuer
    issued_at: datetime
    dossier_code: str
    number: str = ""
    electronic: bool = False


@dataclass(frozen=True, kw_only=True)
class PartLine:
    """A line of the receipt of a dossier across agencies. `due_at` None: it is known when the agency receives it;
    `planned_at`: when it will be, if the agencies before take their whole time."""

    agency_name: str
    time: str
    due_at: datetime | None = None
    planned_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Receipt(Form):
    """Mẫu 01: Giấy tiếp nhận hồ sơ và hẹn trả kết quả.

    `due_at` is the total due time; for a procedure across agencies `own_agency_name` and `own_agency_due_at` add the
    line of the agency that received it, and `parts` one line for each agency on the way. `processing_time` is the legal term in words ("03 ngày làm việc").
    `tracking_url` must not hold the PIN.
    """

    template: ClassVar[Path] = _HERE / "form_01_receipt.typ"

    applicant: Party
    subject: str
    papers: tuple[ReceivedPaper, ...]
    processing_time: str
    received_at: datetime
    due_at: datetime | None
    result_place: str
    receiver_name: str
    tracking_url: str
    represented: Party | None = None  # who authorised the applicant
    authority_paper: str = ""
    sets: int = 1
    own_agency_name: str = ""
    own_agency_due_at: datetime | None = None
    parts: tuple[PartLine, ...] = ()
    book_volume: str = ""
    book_ordinal: str = ""

    @property
    def qr_text(self) -> str:
        return self.tracking_url


@dataclass(frozen=True, kw_only=True)
class SupplementRequest(Form):
    """Mẫu 02: Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ. `contact_name` is whom to ask, `guide_name` who signs;
    `answer_by_at` adds a line of our own: until when, and where to answer online."""

    template: ClassVar[Path] = _HERE / "form_02_supplement.typ"

    applicant: Party
    subject: str
    items: tuple[str, ...]
    reason: str
    contact_name: str
    contact_phone: str
    guide_name: str
    answer_by_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Refusal(Form):
    """Mẫu 03: Phiếu từ chối tiếp nhận giải quyết hồ sơ. `dossier_code` may be empty: it is printed if there is one."""

    template: ClassVar[Path] = _HERE / "form_03_refusal.typ"

    applicant: Party
    subject: str
    reason: str
    receiver_name: str


@dataclass(frozen=True, kw_only=True)
class Apology(Form):
    """Mẫu 04: Văn bản xin lỗi và đề nghị gia hạn thời gian giải quyết. `agency_name` is the one that is late."""

    template: ClassVar[Path] = _HERE / "form_04_apology.typ"

    applicant: Party
    agency_name: str
    procedure_name: str
    received_at: datetime
    due_at: datetime
    reason: str
    new_due_at: datetime
    head_title: str
    head_name: str


@dataclass(frozen=True, kw_only=True)
class StopNotice(Form):
    """Mẫu 05: Thông báo dừng giải quyết hồ sơ (layout our own, contents by Điều 7 Thông tư 03/2025).

    `channel` in words: "trực tiếp", "qua dịch vụ bưu chính", "trực tuyến". Not `on_request`: the agency stops on a
    `ground`.
    """

    template: ClassVar[Path] = _HERE / "form_05_stop.typ"

    applicant: Party
    subject: str
    received_at: datetime
    requested_at: datetime
    channel: str
    reason: str
    stopped_at: datetime
    papers_returned: tuple[str, ...]
    contact_name: str
    contact_phone: str
    signer_title: str
    signer_name: str
    on_request: bool = True
    ground: str = ""


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """One hand-over. `outcome`: "trước hạn", "đúng hạn", "quá hạn" or empty while work goes on."""

    from_unit: str
    to_unit: str
    from_name: str
    to_name: str
    at: datetime | None
    outcome: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ControlSheet(Form):
    """Mẫu 06: Phiếu kiểm soát quá trình giải quyết hồ sơ: every hand-over in order, none overwritten."""

    template: ClassVar[Path] = _HERE / "form_06_control.typ"

    agency_name: str
    partner_agencies: tuple[str, ...]
    received_at: datetime
    due_at: datetime | None
    hand_overs: tuple[HandOver, ...]


@dataclass(frozen=True, kw_only=True)
class BookEntry:
    """A line of the book. `returned_at` and `return_method` are empty until the result is returned."""

    ordinal: int
    dossier_code: str
    procedure_name: str
    applicant_name: str
    contact: str
    agency_name: str
    received_at: datetime
    due_at: datetime | None
    returned_at: datetime | None = None
    return_method: str = ""


@dataclass(frozen=True, kw_only=True)
class FollowUpBook(Paper):
    """Mẫu 07: Sổ theo dõi hồ sơ, landscape. `field_name` is the field or group of fields the book is kept for."""

    template: ClassVar[Path] = _HERE / "form_07_book.typ"

    issuer: Issuer
    issued_at: datetime
    field_name: str
    entries: tuple[BookEntry, ...]
    number: str = ""
    from_date: date | None = None
    to_date: date | None = None


# ---------------------------------------------------------------- slip for the citizen


@dataclass(frozen=True, kw_only=True)
class Acknowledgement(Paper):
    """The slip with code and PIN after sending. It is not form 01: the dossier is not received yet when it is sent
    online. `next_steps` tell in order what happens now; `tracking_url` must not hold the PIN."""

    template: ClassVar[Path] = _HERE / "acknowledgement.typ"

    issuer: Issuer
    dossier_code: str
    pin: str
    procedure_name: str
    applicant_name: str
    sent_at: datetime
    tracking_url: str
    next_steps: tuple[str, ...]
    papers: tuple[str, ...] = ()
    fee: str = ""

    @property
    def qr_text(self) -> str:
        return self.tracking_url


# ---------------------------------------------------------------- results


@dataclass(frozen=True, kw_only=True)
class Result(Paper):
    """What issued results share. `number` is the full number with its sign ("12/QĐ-UBND"); `verification_url` the page
    that shows whether this paper is real, `verification_code` what to type there; a `draft` says so across each page."""

    issuer: Issuer
    number: str
    issued_at: datetime
    title: str
    signer: Signer
    verification_url: str
    verification_code: str
    dossier_code: str = ""
    draft: bool = False

    @property
    def qr_text(self) -> str:
        return self.verification_url


@dataclass(frozen=True, kw_only=True)
class ResultCertificate(Result):
    """A certificate, licence or extract: values from the form, grouped. `opening` and `closing` are sentences before
    and after them; `legal_basis` is named in one line."""

    template: ClassVar[Path] = _HERE / "result_certificate.typ"

    groups: tuple[ValueGroup, ...]
    opening: str = ""
    closing: str = ""
    legal_basis: tuple[str, ...] = ()
    valid_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class ResultDecision(Result):
    """A decision: `title` is what it is about ("Về việc …"), `authority` who decides ("Chủ tịch Ủy ban nhân dân xã
    Hoằng Hóa"), `grounds` each a whole sentence part from "Căn cứ" on, `proposal` from "Theo đề nghị" on."""

    template: ClassVar[Path] = _HERE / "result_decision.typ"

    authority: str
    grounds: tuple[str, ...]
    articles: tuple[Article, ...]
    proposal: str = ""
    recipients: tuple[str, ...] = field(default=("Như Điều 3", "Lưu: VT"))


@dataclass(frozen=True, kw_only=True)
class ResultNotice(Result):
    """A notice to one person: `title` is what it is about ("Về việc …"), `addressee` after "Kính gửi"."""

    template: ClassVar[Path] = _HERE / "result_notice.typ"

    addressee: str
    paragraphs: tuple[str, ...]
    values: tuple[Value, ...] = ()
    recipients: tuple[str, ...] = field(default=("Như trên", "Lưu: VT"))
