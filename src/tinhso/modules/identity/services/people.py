"""Writing a person's record and the demo's citizens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from tinhso.kernel.access.api import Actor, User, account_of, create_user, require
from tinhso.kernel.audit.api import record
from tinhso.modules.identity.models import Person
from tinhso.modules.identity.rules import person_errors


class CannotSavePerson(ValueError):
    """Something is wrong with the fields: `errors` maps field → message."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("Thông tin cá nhân còn chỗ cần sửa.")
        self.errors = dict(errors)


VOUCHED = (
    "Đã được xác thực nên không sửa ở đây. Nếu sai, sửa tại cơ quan quản lý căn cước rồi đăng nhập lại bằng VNeID."
)


@dataclass(frozen=True)
class DemoCitizen:
    """A citizen of the demo. `username` is what one signs in with."""

    username: str
    full_name: str
    identity_number: str
    birth_date: date
    address: str
    email: str


# Made-up people; the numbers have the right shape and belong to nobody.
DEMO_CITIZENS: tuple[DemoCitizen, ...] = (
    DemoCitizen(
        "0912000001",
        "Nguyễn Thị Thu Hà",
        "038192000001",
        date(1992, 5, 14),
        "Số 12 đường Lê Lợi, phường Hạc Thành, tỉnh Thanh Hóa",
        "thuha@example.vn",
    ),
    DemoCitizen(
        "0912000002",
        "Trịnh Văn Nam",
        "038085000002",
        date(1985, 9, 2),
        "Thôn 3, xã Hoằng Hóa, tỉnh Thanh Hóa",
        "vannam@example.vn",
    ),
)


@transaction.atomic
def save_person(*, values: Mapping[str, str], birth_date: date | None, actor: Actor, now: datetime) -> None:
    """A citizen changes their own record. Raises `CannotSavePerson` and changes nothing."""
    require(actor, "identity.profile")
    errors = person_errors(values, birth_date=birth_date, today=now.date())
    if errors:
        raise CannotSavePerson(errors)
    user = User.objects.select_for_update().get(pk=account_of(actor))
    stated = {"identity_number": values.get("identity_number", ""), "birth_date": birth_date}
    kept = Person.objects.filter(user=user, verified_at__isnull=False).first()
    if kept is not None:
        vouched = {"full_name": user.full_name, "identity_number": kept.identity_number, "birth_date": kept.birth_date}
        told = {"full_name": values["full_name"], **stated}
        other = [name for name, value in vouched.items() if value and told[name] != value]
        if other:
            raise CannotSavePerson(dict.fromkeys(other, VOUCHED))
    user.full_name = values["full_name"]
    user.email = values.get("email", "")
    user.phone = values.get("phone", "")
    user.save(update_fields=["full_name", "email", "phone"])
    defaults: dict[str, object] = {**stated, "address": values.get("address", ""), "updated_at": now}
    Person.objects.update_or_create(user=user, defaults=defaults)
    # Only that it changed: the values are private.
    record(who=actor, action="identity.save_person", object_ref=f"user:{user.pk}", now=now)


@transaction.atomic
def seed_demo_citizens(*, password: str, actor: Actor, now: datetime) -> str:
    """The citizens that people who try the product sign in as; again without effect."""
    require(actor, "identity.seed")
    if User.objects.filter(username=DEMO_CITIZENS[0].username).exists():
        return "đã có sẵn"
    for citizen in DEMO_CITIZENS:
        user = create_user(
            username=citizen.username,
            full_name=citizen.full_name,
            kind=User.Kind.CITIZEN,
            email=citizen.email,
            phone=citizen.username,
            password=password,
        )
        Person.objects.create(
            user=user,
            identity_number=citizen.identity_number,
            birth_date=citizen.birth_date,
            address=citizen.address,
            updated_at=now,
        )
    return f"{len(DEMO_CITIZENS)} tài khoản"
