from __future__ import annotations

from django.urls import path

from tinhso.modules.archive.web import imports, officers, own

app_name = "archive"

urlpatterns = [
    path("mine/", own.mine, name="mine"),
    path("mine/open/", own.open_store, name="open_store"),
    path("mine/upload/", own.upload, name="upload"),
    path("mine/looks/", own.looks, name="looks"),
    path("mine/<uuid:public_id>/", own.own_document, name="own_document"),
    path("mine/<uuid:public_id>/file/", own.own_file, name="own_file"),
    path("mine/<uuid:public_id>/share/", own.share_document, name="share"),
    path("mine/shares/<int:share_id>/cancel/", own.cancel_share, name="cancel_share"),
    path("shared/", own.shared, name="shared"),
    path("shared/<uuid:public_id>/", own.shared_document, name="shared_document"),
    path("shared/<uuid:public_id>/file/", own.shared_file, name="shared_file"),
    path("search/", officers.search, name="search"),
    path("stores/<int:look_id>/", officers.store, name="store"),
    path("stores/<int:look_id>/<uuid:public_id>/", officers.store_document, name="store_document"),
    path("stores/<int:look_id>/<uuid:public_id>/file/", officers.store_file, name="store_file"),
    path("stores/<int:look_id>/<uuid:public_id>/access/", officers.who_sees, name="who_sees"),
    path("stores/<int:look_id>/<uuid:public_id>/revoke/", officers.revoke_document, name="revoke"),
    path("stores/<int:look_id>/<uuid:public_id>/owner/", officers.confirm_document_owner, name="confirm_owner"),
    path("owners/", officers.prove, name="prove"),
    path("import/", imports.start, name="import_start"),
    path("import/template/", imports.template, name="import_template"),
    path("import/<int:batch_id>/", imports.batch, name="import_batch"),
    path("import/<int:batch_id>/parcel/", imports.parcel, name="import_parcel"),
    path("import/<int:batch_id>/confirm/", imports.confirm_import, name="import_confirm"),
    path("import/<int:batch_id>/discard/", imports.discard_import, name="import_discard"),
    path("report/", imports.report, name="report"),
    path("kinds/", officers.catalogue, name="kinds"),
    path("kinds/<int:mapping_id>/end/", officers.end_kind_mapping, name="end_mapping"),
]
