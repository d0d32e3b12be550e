"""No column that points at an organisation is forgotten when organisations are joined, divided or renamed.

Each one either follows the work or stays as it was issued; who adds a column says which in its module's `register`
(`directory.api.register_follower`, `directory.api.register_stays`)."""

from __future__ import annotations

from django.apps import apps
from django.db.models import BigIntegerField, ForeignKey

from tinhso.modules.directory.api import declared_columns

# A plain number: lower layers know organisations without a foreign key.
NUMBERED = "organisation_id"


def organisation_columns() -> set[str]:
    found = set()
    for model in apps.get_models(include_auto_created=True):
        if not model.__module__.startswith("tinhso."):
            continue
        for field in model._meta.get_fields():
            pointing = (
                isinstance(field, ForeignKey)
                and field.model is model
                and field.related_model._meta.label == "directory.Organisation"
            )
            if pointing or (isinstance(field, BigIntegerField) and field.name == NUMBERED):
                found.add(f"{model._meta.label}.{field.name}")
    return found


def test_every_column_follows_or_stays() -> None:
    undeclared = organisation_columns() - declared_columns().keys()
    assert not undeclared, (
        f"say what a reorganisation does with {sorted(undeclared)}: see directory/services/following.py"
    )


def test_nothing_is_declared_that_is_not_there() -> None:
    assert declared_columns().keys() - organisation_columns() == set()


def test_there_are_columns_to_check() -> None:
    assert len(organisation_columns()) > 15
