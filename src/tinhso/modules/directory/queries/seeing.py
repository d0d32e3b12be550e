"""Who may see something and why, as far as roles over organisations give the right: the same for dossiers, documents
of the store and whatever else is opened by a permission."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from tinhso.kernel.access.api import permissions, roles
from tinhso.modules.directory.queries.rights import SHOWN, Held, holders_over


@dataclass(frozen=True)
class OrganisationEyes:
    """The people of an organisation who may see the thing, each with the grant behind it."""

    name: str
    why: str
    held: tuple[Held, ...]


@dataclass(frozen=True)
class OfficerEyes:
    """Every officer who may see a thing. `role_titles`: what is asked for; `cut_at`: so many are told of and there are
    more, 0 when these are all."""

    role_titles: tuple[str, ...]
    organisations: tuple[OrganisationEyes, ...]
    cut_at: int


def eyes_over(
    organisation_ids: Collection[int], permission: str, *, on: date, why: Callable[[int], str]
) -> OfficerEyes:
    """Who has `permission` over one of the organisations, by organisation of the grant. `why`: what makes that
    organisation (or one above) see the thing. At most 200 people. Four queries."""
    wanted = permissions()[permission].roles
    found = holders_over(organisation_ids, wanted, on=on, most=SHOWN + 1)
    by_place: dict[int, list[Held]] = {}
    for row in found[:SHOWN]:
        by_place.setdefault(row.organisation_id, []).append(row)
    titles = roles()
    return OfficerEyes(
        role_titles=tuple(sorted(titles[name] for name in wanted)),
        organisations=tuple(
            OrganisationEyes(rows[0].organisation_name, why(number), tuple(rows)) for number, rows in by_place.items()
        ),
        cut_at=SHOWN if len(found) > SHOWN else 0,
    )
