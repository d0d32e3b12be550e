"""Foreign keys point down only and leave no reverse door: string keys are invisible to import-linter."""

from __future__ import annotations

import configparser
from pathlib import Path

from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField, Model

ROOT = Path(__file__).resolve().parents[2]


def layer_order() -> dict[str, int]:
    """Package name → height, read from the import contracts so that there is one list only."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    order: dict[str, int] = {}
    for height, contract in enumerate(("kernel", "modules")):
        layers = config[f"importlinter:contract:{contract}"]["layers"].split("\n")
        for depth, line in enumerate(reversed([line for line in layers if line.strip()])):
            for name in line.split("|"):
                order[name.strip()] = height * 100 + depth
    return order


def our_models() -> list[type[Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("tinhso.")]


def test_there_are_models_to_check() -> None:
    assert len(our_models()) > 20


def test_foreign_keys_point_down_only() -> None:
    order = layer_order()
    wrong = []
    for model in our_models():
        for field in model._meta.get_fields():
            if isinstance(field, ForeignKey | ManyToManyField) and field.model is model:
                here, there = model._meta.app_label, field.related_model._meta.app_label
                if here != there and there in order and order[there] >= order[here]:
                    wrong.append(f"{here}.{model.__name__}.{field.name} -> {there}")
    assert wrong == []


def test_foreign_keys_leave_no_reverse_door() -> None:
    open_doors = [
        f"{model._meta.app_label}.{model.__name__}.{field.name}"
        for model in our_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey | ManyToManyField)
        and field.model is model
        and not str(field.remote_field.related_name or "").endswith("+")
    ]
    assert open_doors == []


def test_tables_are_named_after_their_module() -> None:
    strays = [m._meta.db_table for m in our_models() if not m._meta.db_table.startswith(f"{m._meta.app_label}_")]
    assert strays == []
