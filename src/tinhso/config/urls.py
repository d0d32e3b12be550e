"""One word everywhere: a module's first URL segment is its name; the public home page stands at the root."""

from __future__ import annotations

from django.urls import include, path

from tinhso.config import health

urlpatterns = [
    path("", include("tinhso.modules.identity.urls")),
    path("", include("tinhso.modules.procedures.urls")),
    path("", include("tinhso.modules.dossiers.urls")),
    path("archive/", include("tinhso.modules.archive.urls")),
    path("counters/", include("tinhso.modules.counters.urls")),
    path("directory/", include("tinhso.modules.directory.urls")),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("notifications/", include("tinhso.modules.notifications.urls")),
    path("post/", include("tinhso.modules.post.urls")),
    path("payments/", include("tinhso.modules.payments.urls")),
    path("scorecards/", include("tinhso.modules.scorecards.urls")),
    path("ui/", include("tinhso.kernel.ui.urls")),
]
