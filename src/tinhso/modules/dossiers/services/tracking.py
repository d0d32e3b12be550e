"""Following a dossier from outside: by code and PIN together. A code alone opens nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from tinhso.kernel.access.api import Actor, require
from tinhso.kernel.audit.api import record
from tinhso.modules.dossiers.models import Dossier, PinFailure
from tinhso.modules.dossiers.rules import PIN_LOCKOUT, pin_matches
from tinhso.modules.dossiers.services.submitting import current_pin


class CannotTrack(LookupError):
    """Code and PIN do not go together, or too many wrong PINs. Whether the code exists is not told."""


WRONG = "Mã hồ sơ và mã PIN không khớp. Hãy xem lại giấy tiếp nhận: mã hồ sơ có dạng H56.12-261123-0007, mã PIN gồm 6 chữ số."


def open_by_pin(*, code: str, pin: str, actor: Actor, now: datetime) -> UUID:
    """The dossier's public id when code and PIN go together. Raises `CannotTrack`.

    Failures are counted per code, for existing and made-up codes alike, so that the answers look the same.
    """
    require(actor, "dossiers.track")
    code = "".join(char for char in code.upper() if char.isalnum() or char in ".-")[:60]
    since = now - timedelta(minutes=PIN_LOCKOUT.minutes)
    if PinFailure.objects.filter(code=code, failed_at__gt=since).count() >= PIN_LOCKOUT.failures:
        raise CannotTrack(
            f"Mã PIN đã nhập sai nhiều lần. Hãy thử lại sau {PIN_LOCKOUT.minutes} phút, "
            "hoặc đăng nhập để xem hồ sơ của bạn."
        )
    dossier = Dossier.objects.filter(code=code).first()
    right = current_pin(dossier) if dossier else ""
    if dossier is None or not right or not pin_matches(pin, right):
        with transaction.atomic():
            PinFailure.objects.filter(failed_at__lte=since).delete()
            PinFailure.objects.create(code=code, failed_at=now)
        raise CannotTrack(WRONG)
    return dossier.public_id


@transaction.atomic
def renew_pin(*, dossier_id: int, actor: Actor, now: datetime) -> str:
    """A new PIN; the old one ends. For the owner, or a clerk who has seen the person's identity card."""
    dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
    require(actor, "dossiers.renew_pin", dossier)
    dossier.pin_serial += 1
    dossier.save(update_fields=["pin_serial"])
    record(who=actor, action="dossiers.renew_pin", object_ref=dossier.ref, now=now)
    return current_pin(dossier)
