"""Two addresses for load balancers and supervisors. They tell states and counts, nothing about anybody."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from tinhso.kernel.access.web import guarded


@never_cache
@guarded("health.read")
def live(_request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing else, so that a slow database restarts no web process."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@guarded("health.read")
def ready(_request: HttpRequest) -> HttpResponse:
    """200 when the database answers, else 503: send no people here."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        return JsonResponse({"ready": False, "database": False}, status=503)
    return JsonResponse({"ready": True, "database": True})
