"""Consignments as pages show them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from tinhso.kernel.access.api import Actor, reach
from tinhso.modules.post.models import Consignment, Envelope, Sheet, Told
from tinhso.modules.post.rules import ENVELOPE_TITLES, STATE_TITLES, ConsignmentState, EnvelopeState

SHOWN = 100


@dataclass(frozen=True)
class ToldInfo:
    title: str
    at: datetime
    place: str
    note: str


@dataclass(frozen=True)
class ConsignmentInfo:
    """A consignment. Money in đồng; `problem`: why the operator has not taken it yet."""

    id: int
    reference: str
    subject: str
    recipient_name: str
    recipient_address: str
    state: ConsignmentState
    tracking_code: str
    fee: int | None
    ordered_at: datetime
    problem: str
    tries: int
    sheet_id: int | None
    told_at: datetime | None
    received_by_name: str
    ended_at: datetime | None

    @property
    def title(self) -> str:
        return STATE_TITLES[self.state]


def info_of(row: Consignment) -> ConsignmentInfo:
    return ConsignmentInfo(
        id=row.pk,
        reference=row.reference,
        subject=row.subject,
        recipient_name=row.recipient_name,
        recipient_address=row.recipient_address,
        state=ConsignmentState(row.state),
        tracking_code=row.tracking_code,
        fee=row.fee,
        ordered_at=row.ordered_at,
        problem=row.problem,
        tries=row.tries,
        sheet_id=row.sheet_id,
        told_at=row.told_at,
        received_by_name=row.received_by_name,
        ended_at=row.ended_at,
    )


def consignment(consignment_id: int) -> ConsignmentInfo:
    """One query. Raises `Consignment.DoesNotExist` as `LookupError`."""
    row = Consignment.objects.filter(pk=consignment_id).first()
    if row is None:
        raise LookupError(consignment_id)
    return info_of(row)


def last_for(reference: str) -> ConsignmentInfo | None:
    """The last consignment of a reference. One query."""
    row = Consignment.objects.filter(reference=reference).order_by("-pk").first()
    return None if row is None else info_of(row)


def own_data(references: Collection[str]) -> dict[str, list[dict[str, object]]]:
    """What went and came by post for these, ready for the person to take away: reference → lines. Two queries."""
    found: dict[str, list[dict[str, object]]] = {}
    for sent in Consignment.objects.filter(reference__in=references).select_related("office").order_by("pk"):
        found.setdefault(sent.reference, []).append(
            {
                "chiều": "gửi đi", "nơi gửi": sent.office.name, "nội dung": sent.subject,
                "người nhận": sent.recipient_name, "điện thoại": sent.recipient_phone, "địa chỉ": sent.recipient_address,
                "mã vận đơn": sent.tracking_code, "cước (đồng)": sent.fee,
                "trạng thái": STATE_TITLES[ConsignmentState(sent.state)], "đặt lúc": sent.ordered_at,
                "xong lúc": sent.ended_at, "người ký nhận": sent.received_by_name,
            }
        )  # fmt: skip
    for came in Envelope.objects.filter(reference__in=references).select_related("office").order_by("pk"):
        found.setdefault(came.reference, []).append(
            {
                "chiều": "gửi đến", "nơi nhận": came.office.name, "người gửi": came.sender_name,
                "điện thoại": came.sender_phone, "địa chỉ": came.sender_address, "mã vận đơn": came.tracking_code,
                "trạng thái": ENVELOPE_TITLES[EnvelopeState(came.state)], "nhận lúc": came.arrived_at,
                "gửi trả vì": came.reason,
            }
        )  # fmt: skip
    return found


def told_of(consignment_id: int) -> list[ToldInfo]:
    """What the operator told, the oldest first. One query."""
    rows = Told.objects.filter(consignment_id=consignment_id).order_by("at", "pk")
    return [ToldInfo(STATE_TITLES[row.state], row.at, row.place, row.note) for row in rows]


def consignments_of(actor: Actor, *, state: str = "") -> list[ConsignmentInfo]:
    """The last hundred of the actor's offices, the newest first. One query."""
    rows = Consignment.objects.filter(office_id__in=reach(actor, "post.view"))
    if state in STATE_TITLES:
        rows = rows.filter(state=state)
    return [info_of(row) for row in rows.order_by("-ordered_at")[:SHOWN]]


def sheets_of(actor: Actor) -> list[Sheet]:
    """The last twenty hand-over sheets. One query."""
    return list(
        Sheet.objects.filter(office_id__in=reach(actor, "post.view")).select_related("office").order_by("-pk")[:20]
    )


@dataclass(frozen=True)
class EnvelopeInfo:
    """An envelope that came or comes. `reference`: what was in it, "" while nobody has written it down."""

    id: int
    office_id: int
    tracking_code: str
    sender_name: str
    sender_phone: str
    sender_address: str
    state: EnvelopeState
    announced_at: datetime | None
    arrived_at: datetime | None
    registered_by_name: str
    postman_name: str
    reference: str
    handled_at: datetime | None
    handled_by_name: str
    reason: str

    @property
    def title(self) -> str:
        return ENVELOPE_TITLES[self.state]


def _envelope(row: Envelope) -> EnvelopeInfo:
    return EnvelopeInfo(
        row.pk, row.office_id, row.tracking_code, row.sender_name, row.sender_phone, row.sender_address,
        EnvelopeState(row.state), row.announced_at, row.arrived_at, row.registered_by_name, row.postman_name,
        row.reference, row.handled_at, row.handled_by_name, row.reason,
    )  # fmt: skip


def envelope_in_reach(envelope_id: int, actor: Actor) -> EnvelopeInfo | None:
    """An envelope of the actor's offices. One query."""
    row = Envelope.objects.filter(pk=envelope_id, office_id__in=reach(actor, "post.receive")).first()
    return None if row is None else _envelope(row)


def envelope_by_id(envelope_id: int) -> EnvelopeInfo | None:
    """One query. The caller has asked who may see it."""
    row = Envelope.objects.filter(pk=envelope_id).first()
    return None if row is None else _envelope(row)


def envelope_of(reference: str) -> EnvelopeInfo | None:
    """The envelope in which something came. One query."""
    row = Envelope.objects.filter(reference=reference).first()
    return None if row is None else _envelope(row)


def open_envelopes(actor: Actor) -> list[EnvelopeInfo]:
    """What nobody has taken in or sent back, the longest lying first; what is only announced last. One query."""
    rows = Envelope.objects.filter(
        office_id__in=reach(actor, "post.receive"), state__in=[EnvelopeState.ANNOUNCED, EnvelopeState.ARRIVED]
    )
    found = [_envelope(row) for row in rows.order_by("pk")[: SHOWN * 2]]
    return sorted(found, key=lambda one: (one.arrived_at is None, one.arrived_at or one.announced_at))


def handled_envelopes(actor: Actor) -> list[EnvelopeInfo]:
    """The last fifty that were taken in or sent back. One query."""
    rows = Envelope.objects.filter(
        office_id__in=reach(actor, "post.receive"), state__in=[EnvelopeState.TAKEN_IN, EnvelopeState.SENT_BACK]
    )
    return [_envelope(row) for row in rows.order_by("-handled_at")[:50]]
