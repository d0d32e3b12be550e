"""Where the week happens: the reference province with its real procedures, a clock to set, the stand-ins outside."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from tinhso.kernel.access.api import SYSTEM, Actor, User, actor_of, create_user
from tinhso.kernel.clock import VIETNAM
from tinhso.modules.archive import api as archive
from tinhso.modules.counters import api as counters
from tinhso.modules.directory import api as directory
from tinhso.modules.identity import api as identity
from tinhso.modules.payments import api as payments
from tinhso.modules.payments.tests.factories import double_of, running
from tinhso.modules.procedures import api as procedures
from tools.doubles.paying import Provider
from tools.doubles.postal_operator import Operator
from tools.doubles.postal_operator import serve as serve_post

# The Friday before leaves something to carry over; then Monday to Friday.
FRIDAY = date(2026, 12, 4)
MONDAY, END = date(2026, 12, 7), date(2026, 12, 11)
PASSWORD = "tinhso-demo-2026"
JOINT = "2.000986"
PROVIDERS = ("vnpay", "paygov")

# The ten who work all week. Beside their roles as staff, some have one over money.
OFFICERS = (
    "tiepnhan", "tiepnhan.samson", "chuyenvien", "chuyenvien.kinhte", "chuyenvien.vanhoa", "truongphong", "chutich",
    "congan", "congan.truong", "bhxh",
)  # fmt: skip
MONEY_ROLES = (("tiepnhan", "cashier"), ("chuyenvien.kinhte", "accountant"), ("truongphong", "payment_approver"))
LOOKER = "thongke"


class Clock:
    """The product's own means: a file with the seconds to add (settings.CLOCK_SHIFT_FILE)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.now = datetime.combine(FRIDAY, time(7), VIETNAM)

    def set(self, moment: datetime) -> None:
        """Never backwards."""
        self.now = max(self.now, moment)
        self._path.write_text(str((self.now - datetime.now(tz=VIETNAM)).total_seconds()))

    def tick(self, minutes: float = 1) -> datetime:
        self.set(self.now + timedelta(minutes=minutes))
        return self.now


@dataclass(frozen=True)
class Sample:
    """Answers that the form of a procedure takes."""

    code: str
    version_id: int
    acting_as: str
    applicant: dict[str, Any]
    data: dict[str, Any]
    channels: frozenset[str]


@dataclass
class Ground:
    clock: Clock
    agency_id: int
    office_id: int
    # The centre of another ward, whose clerk receives for this one too.
    other_office_id: int
    hall: UUID
    lines: list[int]
    samples: list[Sample]
    joint: list[Sample]
    citizens: list[tuple[str, str]]
    paying: dict[str, Provider]
    post: Operator
    actors: dict[tuple[str, date], Actor] = field(default_factory=dict)

    def actor(self, username: str) -> Actor:
        key = (username, self.clock.now.date())
        if key not in self.actors:
            self.actors[key] = actor_of(User.objects.get(username=username), on=key[1])
        return self.actors[key]


@contextmanager
def prepared(home: Path, seed: int) -> Iterator[Ground]:
    """The province on the Friday morning, and the stand-ins over HTTP for as long as the week lasts."""
    clock = Clock(home / "clock")
    settings.CLOCK_SHIFT_FILE = str(home / "clock")
    clock.set(clock.now)
    now = clock.now
    directory.seed_reference_province(now=now, actor=SYSTEM, password=PASSWORD)
    procedures.load_reference_catalogue(actor=SYSTEM, now=now)
    archive.load_kinds(actor=SYSTEM, now=now)
    identity.seed_demo_citizens(password=PASSWORD, actor=SYSTEM, now=now)
    leader = directory.staff_of_user(User.objects.get(username="chutich").pk, now.date())
    assert leader is not None
    agency = directory.organisation(leader.organisation_id)
    office = directory.centre_of(agency.id, on=now.date())
    assert office is not None
    for username, role in MONEY_ROLES:
        place = directory.staff_of_user(User.objects.get(username=username).pk, now.date())
        assert place is not None
        payments.grant_demo_role(
            username=username, role=role, organisation_id=place.organisation_id, actor=SYSTEM, now=now
        )
    clerk = actor_of(User.objects.get(username="tiepnhan"), on=now.date())
    other = directory.staff_of_user(User.objects.get(username="tiepnhan.samson").pk, now.date())
    assert other is not None
    hall = counters.set_up_hall(office_id=office.id, titles=["Hộ tịch", "Việc khác"], counters=2, actor=clerk, now=now)
    lines = [line.id for line in counters.lines_of(counters.halls_of(clerk)[0].id, now=now)]
    samples, joint = _samples(agency, now)
    with ExitStack() as stack:
        paying = {code: double_of(code) for code in PROVIDERS}
        known: dict[str, Any] = {
            name: dict(part) if isinstance(part, dict) else part for name, part in settings.PAYMENTS.items()
        }
        for code, double in paying.items():
            double.behaviour.call_back = "none"  # carried to the product by the people of the week, when it suits
            address = stack.enter_context(running(double))
            known[code] |= (
                {"url": f"{address}/paymentv2/vpcpay.html", "api_url": f"{address}/merchant_webapi/api/transaction"}
                if code == "vnpay"
                else {"url": address}
            )
        settings.PAYMENTS = known
        post = Operator()
        server = serve_post(post, 0)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        settings.POST_OPERATOR = {
            "url": f"http://127.0.0.1:{server.server_port}", "key": "double", "secret": "double"
        }  # fmt: skip
        yield Ground(
            clock,
            agency.id,
            office.id,
            other.organisation_id,
            hall,
            lines,
            samples,
            joint,
            _citizens(clerk, now),
            paying,
            post,
        )


def _citizens(clerk: Actor, now: datetime) -> list[tuple[str, str]]:
    """Account and number of six people; the stores of the first four are open."""
    found = [(one.username, one.identity_number) for one in identity.DEMO_CITIZENS]
    for number in range(3, 7):
        username = f"091200000{number}"
        create_user(
            username=username, full_name=f"Lê Thị Người Thứ {number}", kind="citizen", phone=username,
            email=f"nguoi{number}@example.vn", password=PASSWORD,
        )  # fmt: skip
        found.append((username, f"03819000000{number}"))
    for username, number in found[:4]:
        archive.prove_at_counter(
            username=username, number=number, full_name=User.objects.get(username=username).full_name,
            evidence="Thẻ căn cước bản chính", seen=True, actor=clerk, now=now,
        )  # fmt: skip
    return found


def _samples(agency: directory.OrganisationInfo, now: datetime) -> tuple[list[Sample], list[Sample]]:
    """The procedures' own samples that the ward settles; and those across agencies."""
    alone, joint = [], []
    for path in sorted((procedures.DATA / "modelled").glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        version = procedures.current_version(content["code"], now.date())
        if version is None or not version.fileable or version.definition is None or version.definition.form is None:
            continue
        if (version.definition.competent_kind, version.definition.competent_level) != (agency.kind, agency.level):
            continue
        for sample in content.get("samples", ()):
            applicant = sample.get("applicant", {})
            acting_as = applicant.get("acting_as", "self")
            context = {"applicant": {"acting_as": acting_as}}
            if procedures.clean(version.definition.form, sample["data"], today=FRIDAY, context=context)[1]:
                continue
            row = Sample(
                content["code"], version.id, acting_as, applicant, sample["data"],
                frozenset(str(channel) for channel in version.definition.channels),
            )  # fmt: skip
            case = {**sample["data"], "applicant": {"acting_as": acting_as}}
            across = len(procedures.stretches(version.definition, case)) > 1
            (joint if across else alone).append(row)
    return alone, joint
