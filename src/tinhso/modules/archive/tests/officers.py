"""Officers of the store's tests."""

from __future__ import annotations

from tinhso.kernel.access.api import Actor
from tinhso.modules.directory.models import Organisation
from tinhso.modules.directory.tests.factories import give, make_officer, make_staff
from tinhso.modules.dossiers.tests.factories import Stage


def make_archivist(stage: Stage, username: str = "archivist") -> Actor:
    place = Organisation.objects.get(pk=stage.agency_id)
    user = make_officer(username, "Nguyễn Thị Hòa")
    make_staff(user, place, position="Chuyên viên")
    return give(user, "archivist", place)
