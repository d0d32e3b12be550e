from __future__ import annotations

from tinhso.modules.dossiers.web.citizen.urls import urlpatterns as citizen_urls
from tinhso.modules.dossiers.web.officer.urls import urlpatterns as officer_urls

app_name = "dossiers"
urlpatterns = [*citizen_urls, *officer_urls]
