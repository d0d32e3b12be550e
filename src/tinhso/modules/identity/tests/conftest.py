"""An officer, an administrator and a registered system, for the tests of signing in elsewhere."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.cache import cache

from tinhso.kernel.access.api import SYSTEM, Actor, User, grant_role
from tinhso.kernel.clock import now
from tinhso.modules.directory.tests.factories import get_organisation, give, make_officer, make_province, make_staff
from tinhso.modules.identity.services.keys import ensure_key
from tinhso.modules.identity.services.systems import Registered, register_system
from tinhso.modules.identity.tests.exchange import a_form


@pytest.fixture
def key() -> None:
    cache.clear()
    ensure_key(now=now())


@pytest.fixture
def admin() -> Actor:
    make_province()
    return give(make_officer("ketnoi", "Hồ Sỹ Quang"), "system_admin", get_organisation("H56"), subtree=True)


@pytest.fixture
def system(admin: Actor) -> Registered:
    return register_system(form=a_form(), actor=admin, now=now())


@pytest.fixture
def officer(admin: Actor) -> User:
    user: User = make_officer("tiepnhan", "Lê Thị Mai")
    make_staff(user, get_organisation("H56.102"))
    grant_role(
        user_id=user.pk, role="clerk", organisation_id=get_organisation("H56.102").pk, valid_from=date(2025, 7, 1),
        ground="Kiểm thử", actor=SYSTEM, now=now(),
    )  # fmt: skip
    return user
