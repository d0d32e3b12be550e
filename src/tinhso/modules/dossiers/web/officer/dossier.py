"""The page of a dossier: what was asked, its papers, what to do now; why this date; who did what."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tinhso.kernel.access.api import allow
from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.audit.api import trail, verify_object
from tinhso.modules.dossiers.queries.delays import step_times
from tinhso.modules.dossiers.queries.reading import Access, DossierView
from tinhso.modules.dossiers.rules.watching import DELAY_GROUNDS
from tinhso.modules.dossiers.services.printing import term_in_words
from tinhso.modules.dossiers.web.citizen.story import TONES, days_of, stretches
from tinhso.modules.dossiers.web.officer.page import open_dossier, show_dossier, tabs
from tinhso.modules.dossiers.web.officer.wording import ACTION_TITLES, facts_of


@never_cache
@require_GET
@guarded("dossiers.view")
def show(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The dossier. `?open=` opens a paper or a printed form beside it."""
    return show_dossier(request, open_dossier(request, public_id))


@never_cache
@require_GET
@guarded("dossiers.view")
def why(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """«Vì sao có hạn này»: every value that the due time had, day by day."""
    return show_why(request, open_dossier(request, public_id))


def show_why(request: ActorRequest, view: DossierView, *, refused: str = "") -> HttpResponse:
    """The page of the due time; with `refused`, as the answer to a ground of delay that was not taken."""
    times = step_times(view, now=request.now)
    changes = [(change, stretches(days_of(change.explanation))) for change in reversed(view.deadline_changes)]
    context = {
        "view": view,
        "tone": TONES[view.state],
        "tabs": tabs(view, "why"),
        "changes": changes,
        "times": times,
        "may_explain": times.late
        and bool(allow(request.actor, "dossiers.explain_delay", Access(frozenset({view.agency_id}), view.owner_id))),
        "grounds": list(DELAY_GROUNDS.items()),
        "steps": [(row.task_id, row.title) for row in times.rows],
        "typed": {name: request.POST.get(name, "") for name in ("ground", "task", "note")},
        "refused": refused,
        "term": term_in_words(dict(view.term)) if view.term else "",
    }
    return render(request, "dossiers/officer/why.html", context, status=422 if refused else 200)


@never_cache
@require_GET
@guarded("dossiers.view")
def audit(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """«Ai đã làm gì»: the dossier's trail, and whether its chain is whole."""
    view = open_dossier(request, public_id)
    entries = [
        (entry, ACTION_TITLES.get(entry.action, entry.action), facts_of(entry)) for entry in reversed(trail(view.ref))
    ]
    context = {
        "view": view,
        "tone": TONES[view.state],
        "tabs": tabs(view, "audit"),
        "entries": entries,
        "verdict": verify_object(view.ref),
    }
    return render(request, "dossiers/officer/audit.html", context)
