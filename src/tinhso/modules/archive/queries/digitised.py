"""How far the digitisation of old results has come: by agency and by level, against what each has declared to hold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from tinhso.modules.archive.models import Document, HoldingFigure
from tinhso.modules.archive.rules.documents import Origin
from tinhso.modules.archive.rules.targets import TARGETS, Target
from tinhso.modules.directory import api as directory


@dataclass(frozen=True)
class AgencyLine:
    """`declared` None: the agency has not said how many results it holds, so there is no share."""

    organisation_id: int
    name: str
    level: str
    digitised: int
    scanned_at_intake: int
    declared: int | None
    as_of_date: date | None

    @property
    def share(self) -> float | None:
        return None if not self.declared else min(100.0, 100 * self.digitised / self.declared)


@dataclass(frozen=True)
class LevelLine:
    """Only agencies that declared a figure are in numerator and denominator; `silent`: how many did not."""

    level: str
    title: str
    target: int
    digitised: int
    declared: int
    agencies: int
    silent: int

    @property
    def share(self) -> float | None:
        return None if not self.declared else min(100.0, 100 * self.digitised / self.declared)

    @property
    def reached(self) -> bool | None:
        return None if self.share is None else self.share >= self.target


@dataclass(frozen=True)
class Report:
    levels: tuple[LevelLine, ...]
    agencies: tuple[AgencyLine, ...]


def report(organisation_ids: Collection[int], *, until: date, on: date) -> Report:
    """Results (issued electronically, or old ones imported) still valid on `until`, by keeper. Three queries."""
    valid = Q(valid_until__isnull=True) | Q(valid_until__gte=until)
    counted: dict[int, tuple[int, int]] = {
        row["keeper_id"]: (row["results"], row["scanned"])
        for row in Document.objects.filter(keeper_id__in=organisation_ids)
        .values("keeper_id")
        .annotate(
            results=Count("pk", filter=valid & Q(origin__in=[Origin.ISSUED, Origin.IMPORTED])),
            scanned=Count("pk", filter=Q(origin=Origin.DIGITISED)),
        )
        .order_by("keeper_id")
    }
    figures: dict[int, HoldingFigure] = {}
    for figure in HoldingFigure.objects.filter(organisation_id__in=organisation_ids, as_of_date__lte=until).order_by(
        "as_of_date"
    ):
        figures[figure.organisation_id] = figure
    names = directory.organisations_by_id({*counted, *figures})
    agencies = [_agency(names[number], counted.get(number, (0, 0)), figures.get(number)) for number in names]
    targets = TARGETS[max(since for since in TARGETS if since <= on)]
    return Report(
        tuple(line for target in targets if (line := _level(target, agencies)).agencies),
        tuple(sorted(agencies, key=lambda line: (line.level, line.name))),
    )


def _agency(
    organisation: directory.OrganisationInfo, counted: tuple[int, int], figure: HoldingFigure | None
) -> AgencyLine:
    return AgencyLine(
        organisation.id,
        organisation.name,
        organisation.level,
        *counted,
        figure.count if figure else None,
        figure.as_of_date if figure else None,
    )


def _level(target: Target, agencies: Collection[AgencyLine]) -> LevelLine:
    here = [line for line in agencies if line.level == target.level]
    told = [line for line in here if line.declared is not None]
    return LevelLine(
        target.level,
        directory.LEVELS[target.level],
        target.percent,
        sum(line.digitised for line in told),
        sum(line.declared or 0 for line in told),
        len(here),
        len(here) - len(told),
    )
