"""An import-linter contract: from outside a package of the container, only its doors may be imported."""

from __future__ import annotations

from typing import Any

from importlinter import Contract, ContractCheck, fields, output


class DoorContract(Contract):
    """`doors`: names inside each package that are open to all (`api`); with `root_is_door`, the package itself."""

    container = fields.StringField()
    importers = fields.StringField(required=False, default="")
    doors = fields.ListField(subfield=fields.StringField())
    root_is_door = fields.BooleanField(required=False, default=False)

    def check(self, graph: Any, verbose: bool) -> ContractCheck:
        leaks = []
        scope = str(self.importers or self.container)
        for package in sorted(graph.find_children(self.container)):
            inside = {package} | graph.find_descendants(package)
            doors = {f"{package}.{door}" for door in self.doors}
            if self.root_is_door:
                doors.add(package)
            closed = {
                name for name in inside if not any(name == d or name.startswith(f"{d}.") for d in doors - {package})
            }
            closed -= doors
            for target in closed:
                for importer in graph.find_modules_that_directly_import(target) - inside:
                    # Tests stand above the layers: they may set a scene with anything.
                    if ".tests" not in importer and (importer == scope or importer.startswith(f"{scope}.")):
                        leaks.append((importer, target))
        return ContractCheck(kept=not leaks, metadata={"leaks": sorted(leaks)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, target in check.metadata["leaks"]:
            output.print_error(f"{importer} -> {target}: use a door ({', '.join(self.doors)})")
