from __future__ import annotations

from django.urls import path

from tinhso.modules.counters.web import desk, kiosk

app_name = "counters"
urlpatterns = [
    path("kiosk/<uuid:token>/", kiosk.kiosk, name="kiosk"),
    path("kiosk/<uuid:token>/take/", kiosk.take, name="take"),
    path("kiosk/<uuid:token>/slip/<int:number>/", kiosk.slip, name="slip"),
    path("kiosk/<uuid:token>/slip/<int:number>/pdf/", kiosk.slip_pdf, name="slip_pdf"),
    path("screen/<uuid:token>/", kiosk.screen, name="screen"),
    path("desk/", desk.desk, name="desk"),
    path("desk/sit/", desk.sit, name="sit"),
    path("desk/stand/", desk.stand, name="stand"),
    path("desk/next/", desk.next_number, name="next"),
    path("desk/numbers/<int:ticket_id>/<str:what>/", desk.change, name="change"),
    path("setup/<int:office_id>/", desk.set_up, name="set_up"),
]
