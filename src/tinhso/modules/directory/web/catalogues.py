"""Pages of the shared catalogues: which there are, and the codes of each."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tinhso.kernel.access.web import ActorRequest, guarded
from tinhso.kernel.text import fold
from tinhso.modules.directory.rules.catalogues import catalogue_of, catalogues

MAX_WORDS = 200


@require_GET
@guarded("directory.view")
def index(request: ActorRequest) -> HttpResponse:
    rows = [
        (one, reverse(one.page) if one.page else reverse("directory:shared_catalogue", args=[one.key]))
        for one in catalogues()
    ]
    return render(request, "directory/catalogues.html", {"rows": rows})


@require_GET
@guarded("directory.view")
def catalogue(request: ActorRequest, key: str) -> HttpResponse:
    shown = catalogue_of(key)
    if shown is None or shown.entries is None:
        raise Http404("Không có danh mục này.")
    text = request.GET.get("q", "").strip()[:MAX_WORDS]
    wanted = fold(text).split()
    entries = [one for one in shown.entries() if all(word in fold(f"{one.code} {one.name}") for word in wanted)]
    today = request.now.date()
    context = {
        "shown": shown,
        "text": text,
        "entries": [(one, one.valid_until is not None and one.valid_until < today) for one in entries],
        "coded": any(one.code for one in entries),
        "dated": any(one.valid_from or one.valid_until for one in entries),
        "noted": any(one.note or one.source for one in entries),
    }
    return render(request, "directory/catalogue.html", context)
